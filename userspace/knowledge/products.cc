#include "userspace/knowledge/products.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "userspace/core/toml.h"
#include "userspace/core/words.h"

namespace vialens {

extern const std::string_view products_toml;

namespace {

std::string text_of(const toml::table& table, std::string_view key) { return table[key].value_or(std::string()); }

std::vector<std::string> texts_of(const toml::table& table, std::string_view key) {
  std::vector<std::string> texts;
  if (const toml::array* const values = table[key].as_array())
    for (const toml::node& value : *values) texts.push_back(value.value_or(std::string()));
  return texts;
}

Product product_of(const toml::table& table) {
  Product product{.id = text_of(table, "id"),
                  .name = text_of(table, "name"),
                  .also = texts_of(table, "also"),
                  .makers = texts_of(table, "makers"),
                  .models = texts_of(table, "models"),
                  .fingerprints = texts_of(table, "fingerprints"),
                  .setting = text_of(table, "setting"),
                  .by_default = text_of(table, "default"),
                  .sure = text_of(table, "sure"),
                  .source = text_of(table, "source"),
                  .note = text_of(table, "note"),
                  .ways = {},
                  .fixed = table["fixed"].value_or(false)};
  if (const toml::array* const ways = table["ways"].as_array())
    for (const toml::node& way : *ways)
      if (const toml::table* const one = way.as_table())
        product.ways.push_back({text_of(*one, "where"), texts_of(*one, "steps"), texts_of(*one, "commands")});
  return product;
}

}  // namespace

Knowledge read_knowledge(std::string_view toml) {
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed)
    throw std::runtime_error(
        fmt::format("line {}: {}", parsed.error().source().begin.line, std::string_view(parsed.error().description())));
  const toml::table& file = parsed.table();
  Knowledge known{.setting_names = texts_of(file, "setting_names"), .after = {}, .otherwise = {}, .products = {}};
  if (const toml::table* const after = file["after"].as_table()) known.after = texts_of(*after, "steps");
  if (const toml::table* const otherwise = file["otherwise"].as_table())
    known.otherwise = texts_of(*otherwise, "steps");
  if (const toml::array* const products = file["product"].as_array())
    for (const toml::node& product : *products)
      if (const toml::table* const table = product.as_table()) known.products.push_back(product_of(*table));
  return known;
}

const Knowledge& knowledge() {
  static const Knowledge known = read_knowledge(products_toml);
  return known;
}

const Product* Knowledge::find(std::string_view word) const {
  const std::string wanted = lower(word);
  for (const Product& product : products)
    if (product.id == wanted || lower(product.name) == wanted ||
        std::find(product.also.begin(), product.also.end(), wanted) != product.also.end())
      return &product;
  return nullptr;
}

std::vector<std::string> Knowledge::near(std::string_view word) const {
  constexpr std::size_t kMost = 5;
  const std::string wanted = lower(word);
  const std::size_t farthest = 1 + wanted.size() / 4;
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const Product& product : products) {
    std::size_t distance = edit_distance(wanted, product.id);
    for (const std::string& name : product.also) distance = std::min(distance, edit_distance(wanted, name));
    if (lower(product.name).find(wanted) != std::string::npos) distance = 0;
    if (distance <= farthest) found.emplace_back(distance, product.id);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> ids;
  for (auto& [distance, id] : found)
    if (ids.size() < kMost) ids.push_back(std::move(id));
  return ids;
}

}  // namespace vialens

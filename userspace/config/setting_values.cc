// Reading, printing and comparing the value of a setting.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "userspace/config/settings.h"

namespace vialens {
namespace {

SettingField field(const Setting& setting, const Config& config) {
  return setting.field(const_cast<Config&>(config));  // NOLINT(cppcoreguidelines-pro-type-const-cast): read only
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

template <class Numbers, class Parse>
std::string joined(const Numbers& values, const Parse& print) {
  std::string result;
  for (const auto& value : values) result += (result.empty() ? "" : ", ") + print(value);
  return result;
}

struct FromWords {
  const Setting& setting;
  const std::vector<std::string>& words;

  const std::string& last() const { return words.back(); }

  std::string operator()(bool* value) const {
    if (last() != "true" && last() != "false") return fmt::format("\"{}\" is neither true nor false", last());
    *value = last() == "true";
    return "";
  }
  std::string operator()(std::uint32_t* value) const { return number(last(), *value); }
  std::string operator()(std::string* value) const {
    std::string wrong = judge(setting, last());
    if (wrong.empty()) *value = last();
    return wrong;
  }
  std::string operator()(std::vector<std::string>* values) const {
    for (const std::string& word : words)
      if (std::string wrong = judge(setting, word); !wrong.empty()) return wrong;
    *values = words;
    return "";
  }
  std::string operator()(std::vector<std::uint16_t>* values) const {
    std::vector<std::uint16_t> read;
    for (const std::string& word : words) {
      std::uint32_t value = 0;
      if (std::string wrong = number(word, value); !wrong.empty()) return wrong;
      read.push_back(static_cast<std::uint16_t>(value));
    }
    *values = std::move(read);
    return "";
  }
  std::string operator()(std::map<std::string, std::string>* values) const {
    std::map<std::string, std::string> read;
    for (const std::string& word : words) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) return "a name and a value are expected, with = in between";
      if (std::string wrong = judge(setting, word.substr(equals + 1)); !wrong.empty()) return wrong;
      read[word.substr(0, equals)] = word.substr(equals + 1);
    }
    *values = std::move(read);
    return "";
  }

 private:
  std::string number(const std::string& word, std::uint32_t& value) const {
    std::int64_t read = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), read);
    if (error != std::errc{} || end != word.data() + word.size())
      return fmt::format("\"{}\" is no number from {} to {}", word, setting.least, setting.most);
    return set_number(setting, read, value);
  }
};

}  // namespace

std::vector<std::string_view> choices(const Setting& setting) {
  std::vector<std::string_view> found;
  if (!setting.value.starts_with('{')) return found;
  std::string_view rest = setting.value.substr(1, setting.value.size() - 2);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    found.push_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return found;
}

std::string judge(const Setting& setting, std::string_view text) {
  const bool list = !std::holds_alternative<std::string*>(field(setting, Config{}));
  if (text.empty()) return list ? "an empty text" : "";
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return "a control character in it";
  const std::vector<std::string_view> allowed = choices(setting);
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), text) == allowed.end())
    return fmt::format("\"{}\" is none of {}", text, joined(allowed, [](auto choice) { return std::string(choice); }));
  return setting.judge != nullptr ? setting.judge(text) : "";
}

std::string set_number(const Setting& setting, std::int64_t number, std::uint32_t& into) {
  if (number < setting.least || number > setting.most)
    return fmt::format("{} is not within {} to {}", number, setting.least, setting.most);
  into = static_cast<std::uint32_t>(number);
  return "";
}

std::string set(const Setting& setting, Config& config, const std::vector<std::string>& words) {
  if (words.empty()) return "no value";
  return std::visit(FromWords{setting, words}, setting.field(config));
}

void copy(const Setting& setting, const Config& from, Config& to) {
  std::visit([&](auto* value) { *std::get<decltype(value)>(setting.field(to)) = *value; }, field(setting, from));
}

bool equal(const Setting& setting, const Config& a, const Config& b) {
  return std::visit([&](auto* value) { return *std::get<decltype(value)>(field(setting, b)) == *value; },
                    field(setting, a));
}

std::string to_toml(const Setting& setting, const Config& config) {
  struct {
    std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
    std::string operator()(const std::uint32_t* value) const { return std::to_string(*value); }
    std::string operator()(const std::string* value) const { return quoted(*value); }
    std::string operator()(const std::vector<std::string>* values) const {
      return '[' + joined(*values, [](const std::string& text) { return quoted(text); }) + ']';
    }
    std::string operator()(const std::vector<std::uint16_t>* values) const {
      return '[' + joined(*values, [](std::uint16_t port) { return std::to_string(port); }) + ']';
    }
    std::string operator()(const std::map<std::string, std::string>* values) const {
      if (values->empty()) return "{}";
      return "{ " +
             joined(*values, [](const auto& entry) { return quoted(entry.first) + " = " + quoted(entry.second); }) +
             " }";
    }
  } const print;
  return std::visit(print, field(setting, config));
}

}  // namespace vialens

#include "userspace/knowledge/guess.h"

#include <algorithm>

#include "userspace/core/words.h"

namespace vialens {
namespace {

bool begins_with_one_of(std::string_view text, const std::vector<std::string>& beginnings) {
  const std::string wanted = lower(text);
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& beginning) { return wanted.starts_with(lower(beginning)); });
}

}  // namespace

std::vector<const Product*> made_by(const Knowledge& known, std::string_view maker, std::string_view model) {
  std::vector<const Product*> all, exact;
  for (const Product& product : known.products) {
    if (!begins_with_one_of(maker, product.makers)) continue;
    all.push_back(&product);
    if (!model.empty() && begins_with_one_of(model, product.models)) exact.push_back(&product);
  }
  return exact.empty() ? all : exact;
}

std::vector<const Product*> with_alg(const Knowledge& known, std::string_view fingerprint) {
  std::vector<const Product*> found;
  for (const Product& product : known.products)
    if (std::find(product.fingerprints.begin(), product.fingerprints.end(), fingerprint) != product.fingerprints.end())
      found.push_back(&product);
  return found;
}

}  // namespace vialens

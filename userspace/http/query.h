// The question in a URL, as a filter for the board. Strict: a word that is misspelt must not look like an answer.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/board/filter.h"

namespace vialens {

// A question that cannot be answered as asked; what() says why, and what may be asked.
class BadQuery : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Parameters = std::multimap<std::string, std::string>;  // as decoded

// "alg,media": what stands between commas.
std::vector<std::string> words_of(std::string_view text);

// `known`: the parameters that this path has. Throws BadQuery.
Filter parse_filter(const Parameters& parameters, const std::vector<std::string_view>& known, Time now);

}  // namespace vialens

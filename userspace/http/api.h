// The answers of /api/v1, as docs/api/openapi.yaml has them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "userspace/http/query.h"
#include "userspace/http/sources.h"

namespace vialens {

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::string file_name;  // to be saved as; empty: to be shown
};

// `path` as decoded, with its beginning "/api/v1/"; nothing if there is no such path. Throws BadQuery.
std::optional<Answer> answer(const Sources& sources, std::string_view path, const Parameters& parameters, Time now);

// {"error": "..."}
Answer error_answer(int status, std::string_view what);

}  // namespace vialens

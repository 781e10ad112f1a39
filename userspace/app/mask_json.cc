#include "userspace/app/mask_json.h"

#include <algorithm>
#include <array>

#include "userspace/core/host_port.h"
#include "userspace/sink/json_fields.h"

namespace vialens::app {
namespace {

// Whatever may stand there was chosen by vialens.
bool is_our_own(std::string_view key) {
  static constexpr std::array<std::string_view, 38> kKeys{
      "type",   "id",   "state", "severity",  "subject",   "segment", "direction", "grade",   "title", "causes",
      "remedy", "rfc",  "time",  "started",   "answered",  "ended",   "method",    "status",  "field", "where",
      "tap",    "side", "hook",  "interface", "transport", "codec",   "ssrc",      "columns", "level", "version",
      "commit", "kind", "now",   "at",        "findings",  "fix",     "table",     "message"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

std::string masked_endpoint(const std::string& text, const Mask& mask) {
  const auto endpoint = parse_endpoint(text);
  return endpoint ? to_string(mask.endpoint(*endpoint)) : mask.text(text);
}

std::string masked_text(std::string_view key, const std::string& text, const Json& parent, const Mask& mask) {
  if (key == "text") return mask.message(text);
  if (key == "call_id") return mask.call_id(text);
  if (key == "from" || key == "to" || key == "aor") return mask.uri(text);
  if (key == "src" || key == "dst") return masked_endpoint(text, mask);
  if (key == "contact") return mask.value("Contact", text);
  if (key == "before" || key == "after")
    return mask.value(parent.contains("where") ? text_in(parent, "where") : text_in(parent, "field"), text);
  return is_our_own(key) ? text : mask.text(text);
}

Json masked_member(std::string_view key, const Json& value, const Json& parent, const Mask& mask) {
  if (value.is_string()) return masked_text(key, value.get<std::string>(), parent, mask);
  if (value.is_array()) {
    Json result = Json::array();
    for (const Json& item : value) result.push_back(masked_member(key, item, parent, mask));
    return result;
  }
  return value.is_object() ? masked(value, mask) : value;
}

}  // namespace

Json masked(const Json& object, const Mask& mask) {
  Json result = Json::object();
  for (const auto& [key, value] : object.items()) result[key] = masked_member(key, value, object, mask);
  return result;
}

}  // namespace vialens::app

#include "userspace/sink/json_fields.h"

#include <fmt/format.h>

namespace vialens {

std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "-";
}

std::optional<double> number_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::string count_in(const Json& object, const char* key) {
  const auto number = number_in(object, key);
  return number ? fmt::format("{:.0f}", *number) : "-";
}

const Json& object_in(const Json& object, const char* key) {
  static const Json nothing = Json::object();
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : nothing;
}

std::string words_in(const Json& object, const char* key) {
  std::string list;
  if (const auto found = object.find(key); found != object.end() && found->is_array())
    for (const Json& word : *found)
      if (word.is_string()) list += (list.empty() ? "" : ", ") + word.get<std::string>();
  return list.empty() ? "-" : list;
}

std::string time_in(const Json& object, const char* key, Time now) {
  constexpr std::size_t kDay = 10, kSecond = 19;  // "2026-11-21", and "T07:30:28" behind
  std::string time = text_in(object, key);
  if (time.size() < kSecond) return time;
  const std::string clock = time.substr(kDay + 1, kSecond - kDay - 1);
  return time.starts_with(to_rfc3339(now).substr(0, kDay)) ? clock : time.substr(0, kDay) + ' ' + clock;
}

std::optional<Time> moment_in(const Json& object, const char* key) { return parse_time(text_in(object, key), {}); }

}  // namespace vialens

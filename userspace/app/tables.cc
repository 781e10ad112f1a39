#include "userspace/app/tables.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "userspace/core/time.h"
#include "userspace/finding/finding.h"
#include "userspace/sink/call_line.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

using nlohmann::json;

constexpr std::size_t kTimeWidth = 19;  // "2026-11-21 07:30:28"
constexpr std::size_t kSubject = 40;

std::string text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "-";
}

std::string time_in(const json& object, const char* key) {
  std::string time = text_in(object, key).substr(0, kTimeWidth);
  if (time.size() == kTimeWidth) time[10] = ' ';
  return time;
}

std::string seconds_of(double seconds) { return fmt::format("{:.1f} s", seconds); }

std::string setup_of(const json& call) {
  const auto found = call.find("setup_ms");
  return found != call.end() && found->is_number() ? seconds_of(found->get<double>() / 1000) : "-";
}

std::string talk_of(const json& call) {
  const auto answered = parse_time(text_in(call, "answered"), {});
  const auto ended = parse_time(text_in(call, "ended"), {});
  return answered && ended ? seconds_of(std::chrono::duration<double>(*ended - *answered).count()) : "-";
}

std::string findings_of(const json& call) {
  std::string list;
  if (const auto found = call.find("findings"); found != call.end() && found->is_array())
    for (const json& id : *found)
      if (id.is_string()) list += (list.empty() ? "" : ", ") + printable(id.get<std::string>());
  return list.empty() ? "-" : list;
}

std::string subject_of(const json& finding) {
  for (const char* const key : {"call_id", "aor"})
    if (std::string subject = text_in(finding, key); subject != "-") return subject;
  return "the router";
}

std::string confidence_of(const json& finding) {
  const auto found = finding.find("confidence");
  return found != finding.end() && found->is_number() ? std::string(confidence_word(found->get<double>())) : "-";
}

}  // namespace

void print_call_table(std::FILE* out, const std::vector<std::string>& calls) {
  print_call_heading(out, kTimeWidth);
  for (const std::string& text : calls) {
    const json call = json::parse(text, nullptr, false);
    const std::string from = text_in(call, "from");
    const std::string to = text_in(call, "to");
    const std::string state = printable(text_in(call, "state"));
    print_call_line(
        out, kTimeWidth,
        {printable(time_in(call, "started")), from, to, state, setup_of(call), talk_of(call), findings_of(call)});
    if (state == "failed" || state == "unanswered")
      fmt::print(out, "  {:{}} {}\n", "", kTimeWidth, shorten(text_in(call, "end_reason"), 80));
  }
}

void print_finding_table(std::FILE* out, const std::vector<std::string>& findings) {
  constexpr std::string_view kLine = "  {:{}} {:8} {:22} {:7} {:{}}  {}\n";
  fmt::print(out, fmt::runtime(kLine), "time", kTimeWidth, "severity", "finding", "sure", "about", kSubject, "what");
  for (const std::string& text : findings) {
    const json finding = json::parse(text, nullptr, false);
    fmt::print(out, fmt::runtime(kLine), printable(time_in(finding, "time")), kTimeWidth,
               printable(text_in(finding, "severity")), printable(text_in(finding, "id")), confidence_of(finding),
               shorten(subject_of(finding), kSubject), kSubject, printable(text_in(finding, "detail")));
  }
}

}  // namespace vialens::app

#include "userspace/board/filter.h"

#include <algorithm>

namespace vialens {
namespace {

// Of the id, or of its family.
bool is_asked_for(const std::vector<std::string>& wanted, std::string_view id) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
           return id == word || (id.starts_with(word) && id.substr(word.size()).starts_with('-'));
         });
}

bool any_asked_for(const std::vector<std::string>& wanted, const std::vector<std::string>& ids) {
  return wanted.empty() ||
         std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return is_asked_for(wanted, id); });
}

bool state_asked_for(const std::vector<std::string>& wanted, std::string_view state, bool live) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
           return word == state || word == (live ? "live" : "over");
         });
}

bool contains(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [&](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool in_time(const Filter& filter, Time time) {
  return (!filter.since || time >= *filter.since) && (!filter.until || time < *filter.until);
}

}  // namespace

bool is_live(const Call& call) noexcept {
  return call.state == CallState::calling || call.state == CallState::ringing || call.state == CallState::answered;
}

bool is_live(const Registration& registration) noexcept { return registration.state == RegistrationState::registered; }

bool matches(const Filter& filter, const Finding& finding) {
  if (!is_asked_for(filter.findings, finding.kind->id) || !in_time(filter, finding.time)) return false;
  if (filter.severity && finding.kind->severity != *filter.severity) return false;
  if (finding.confidence < filter.confidence) return false;
  if (!filter.call_id.empty() && finding.subject.call_id != filter.call_id) return false;
  if (!filter.subscriber.empty() && !contains(finding.subject.aor, filter.subscriber) &&
      !contains(finding.subject.call_id, filter.subscriber))
    return false;
  if (!filter.side) return true;
  const std::string_view side = to_string(*filter.side);
  return contains(finding.segment, side) ||
         std::any_of(finding.evidence.begin(), finding.evidence.end(),
                     [&](const Evidence& evidence) { return contains(evidence.tap, side); });
}

bool matches(const Filter& filter, const Call& call) {
  if (!any_asked_for(filter.findings, call.findings) || !in_time(filter, call.started)) return false;
  if (!state_asked_for(filter.states, to_string(call.state), is_live(call))) return false;
  if (!filter.call_id.empty() && call.call_id != filter.call_id) return false;
  if (!filter.subscriber.empty() && !contains(call.from, filter.subscriber) && !contains(call.to, filter.subscriber))
    return false;
  return !filter.side || std::any_of(call.media.begin(), call.media.end(),
                                     [&](const CallStream& stream) { return stream.tap->side == *filter.side; });
}

bool matches(const Filter& filter, const Registration& registration) {
  return any_asked_for(filter.findings, registration.findings) && in_time(filter, registration.started) &&
         state_asked_for(filter.states, to_string(registration.state), is_live(registration)) &&
         (filter.call_id.empty() || registration.call_id == filter.call_id) &&
         (filter.subscriber.empty() || contains(registration.aor, filter.subscriber));
}

}  // namespace vialens

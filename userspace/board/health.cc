#include "userspace/board/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/finding/gravity.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

std::string sentence_of(const Finding& finding) {
  if (!finding.verdict.empty()) return finding.verdict;
  if (finding.kind->id.starts_with("alg-"))
    return fmt::format("This router changes SIP on its way: {}.", finding.kind->title);
  return finding.detail.empty() ? fmt::format("{}.", finding.kind->title)
                                : fmt::format("{}: {}", finding.kind->title, finding.detail);
}

std::uint64_t crossed_in(const Summary& now) {
  return now.totals.crossings_unchanged + now.totals.crossings_rewritten();
}

// "13:50 UTC", with the day before it unless that is today.
std::string moment_of(Time time, Time now) {
  const std::string text = to_rfc3339(time), today = to_rfc3339(now);
  const std::string clock = text.substr(11, 5) + " UTC";
  return text.substr(0, 10) == today.substr(0, 10) ? clock : text.substr(0, 10) + ' ' + clock;
}

std::string crossings_of(const Summary& now) {
  const std::uint64_t rewritten = now.totals.crossings_rewritten(), crossed = crossed_in(now);
  if (rewritten == 0)
    return fmt::format(", and {} passed the router unchanged",
                       crossed == 1 ? "the one SIP message" : fmt::format("all {} SIP messages", crossed));
  if (now.rewriting.over)
    return fmt::format(
        ". The router rewrote SIP until {}, and not since: the same kinds of messages have passed it unchanged",
        moment_of(now.rewriting.last, now.now));
  return fmt::format(", and what the router changed in {} of {} is no alarm", rewritten,
                     plural(crossed, "SIP message"));
}

}  // namespace

std::string_view to_string(Health::Level level) noexcept {
  static constexpr std::array<std::string_view, 4> kNames{"unknown", "green", "amber", "red"};
  return kNames[static_cast<std::size_t>(level)];
}

Health health_of(const Summary& now, const std::vector<const Finding*>& active) {
  std::vector<const Finding*> alarms;
  std::copy_if(active.begin(), active.end(), std::back_inserter(alarms),
               [](const Finding* finding) { return is_alarm(finding->kind->id, finding->confidence); });
  std::stable_sort(alarms.begin(), alarms.end(), [](const Finding* a, const Finding* b) { return graver(*a, *b); });
  Health health;
  for (const Finding* finding : alarms)
    if (std::find(health.findings.begin(), health.findings.end(), finding->kind->id) == health.findings.end())
      health.findings.push_back(finding->kind->id);
  if (!alarms.empty()) {
    const Finding& worst = *alarms.front();
    health.level = is_trouble(worst) ? Health::Level::red : Health::Level::amber;
    health.sentence = sentence_of(worst);
    health.remedy = worst.advice();
    return health;
  }
  if (const std::uint64_t missed = packets_missed(now); missed != 0) {
    health.level = Health::Level::amber;
    health.sentence = fmt::format("Nothing wrong was seen, but {} missed: what is not reported may have happened.",
                                  plural(missed, "packet was", "packets were"));
    health.remedy = "Give vialens a larger ring buffer (--ring), or a less busy machine.";
  } else if (crossed_in(now) != 0) {
    health.level = Health::Level::green;
    health.sentence = "No trouble with calls is seen" + crossings_of(now) + '.';
  } else if (now.totals.sip_messages != 0) {
    health.level = Health::Level::green;
    health.sentence =
        "No trouble with calls is seen. Whether the router rewrites SIP shows only with both of its sides in sight.";
  } else {
    health.sentence = "No SIP has been seen yet, so there is nothing to say.";
  }
  return health;
}

}  // namespace vialens

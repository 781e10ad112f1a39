#include "userspace/metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <tuple>

#include "userspace/metrics/exposition.h"
#include "userspace/metrics/labels.h"
#include "userspace/metrics/open_metrics.h"

namespace vialens {
namespace {

// All taps of one name, added up.
struct NamedTap {
  std::string_view name;
  TapCounters counters{};
  TapTraffic traffic{};
};

void add_traffic(TapTraffic& sum, const TapTraffic& traffic) {
  for (std::size_t method = 0; method < sum.requests.size(); ++method) {
    sum.requests[method] += traffic.requests[method];
    for (std::size_t code = 0; code < sip::kCodeNames; ++code)
      sum.responses[method][code] += traffic.responses[method][code];
  }
  sum.streams_active += traffic.streams_active;
  sum.packets_lost += traffic.packets_lost;
}

std::vector<NamedTap> named_taps(const Summary& summary) {
  std::vector<NamedTap> taps;
  for (const TapReport& report : summary.taps) {
    auto named = std::find_if(taps.begin(), taps.end(), [&](const auto& tap) { return tap.name == report.tap.name; });
    if (named == taps.end()) named = taps.insert(taps.end(), NamedTap{report.tap.name});
    add(named->counters, report.counters);
    if (report.tap.id < summary.counts.taps.size()) add_traffic(named->traffic, summary.counts.taps[report.tap.id]);
  }
  return taps;
}

void tell_packets(Exposition& to, const NamedTap& tap) {
  std::array<std::uint64_t, kPacketClasses.size()> packets{};
  std::array<std::uint64_t, kPacketClasses.size()> bytes{};
  for (std::size_t i = 0; i < VIALENS_OUTCOMES; ++i) {
    const std::size_t at = class_of(static_cast<vialens_outcome>(i));
    packets[at] += tap.counters.packets[i];
    bytes[at] += tap.counters.bytes[i];
  }
  for (std::size_t i = 0; i < kPacketClasses.size(); ++i) {
    to.add("vialens_packets_total", {{"tap", tap.name}, {"class", kPacketClasses[i]}}, packets[i]);
    to.add("vialens_bytes_total", {{"tap", tap.name}, {"class", kPacketClasses[i]}}, bytes[i]);
  }
  const std::array<std::uint64_t, kLossCauses.size()> lost{
      tap.counters.packets[VIALENS_O_LOST_RING], tap.counters.packets[VIALENS_O_LOST_COPY],
      tap.counters.packets[VIALENS_O_LOST_SIZE], tap.counters.flows_failed};
  for (std::size_t i = 0; i < kLossCauses.size(); ++i)
    to.add("vialens_capture_lost_total", {{"tap", tap.name}, {"cause", kLossCauses[i]}}, lost[i]);
}

void tell_traffic(Exposition& to, const NamedTap& tap) {
  for (std::size_t method = 0; method < sip::kMethodNames.size(); ++method) {
    const std::string_view name = sip::kMethodNames[method];
    to.add("vialens_sip_requests_total", {{"tap", tap.name}, {"method", name}}, tap.traffic.requests[method]);
    // Most of the more than a thousand do not occur.
    for (std::size_t code = 0; code < sip::kCodeNames; ++code)
      if (const std::uint64_t count = tap.traffic.responses[method][code]; count != 0)
        to.add("vialens_sip_responses_total", {{"tap", tap.name}, {"method", name}, {"code", sip::code_name(code)}},
               count);
  }
  to.add("vialens_rtp_streams_active", {{"tap", tap.name}}, tap.traffic.streams_active);
  to.add("vialens_rtp_packets_lost_total", {{"tap", tap.name}}, tap.traffic.packets_lost);
}

void tell_taps(Exposition& to, const Summary& summary) {
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> told;
  for (const TapReport& report : summary.taps) {
    const TapInfo& tap = report.tap;
    if (!told.emplace(tap.name, tap.interface, tap.hook).second) continue;
    to.add("vialens_tap_info",
           {{"tap", tap.name}, {"interface", tap.interface}, {"side", to_string(tap.side)}, {"hook", tap.hook}}, 1.0);
  }
  for (const NamedTap& tap : named_taps(summary)) {
    tell_packets(to, tap);
    tell_traffic(to, tap);
  }
}

// What needs both sides of a router.
void tell_crossings(Exposition& to, const Summary& summary) {
  const auto has = [&](Side side) {
    return std::any_of(summary.taps.begin(), summary.taps.end(), [&](const auto& tap) { return tap.tap.side == side; });
  };
  if (!has(Side::lan) || !has(Side::wan)) return;
  constexpr std::string_view kSegment = "lan-wan";
  const Counts& counts = summary.counts;
  const std::array<std::uint64_t, kCrossingResults.size()> results{counts.unchanged, counts.rewritten, counts.lost,
                                                                   counts.injected};
  for (std::size_t i = 0; i < results.size(); ++i)
    to.add("vialens_sip_crossings_total", {{"segment", kSegment}, {"result", kCrossingResults[i]}}, results[i]);
  for (std::size_t i = 0; i < counts.rewrites.size(); ++i)
    to.add("vialens_sip_rewrites_total", {{"segment", kSegment}, {"field", to_string(static_cast<Field>(i))}},
           counts.rewrites[i]);
}

void tell_findings(Exposition& to, const FindingCounts& findings) {
  for (const auto& [id, count] : findings) {
    const std::string_view severity = to_string(find_kind(id)->severity);
    for (std::size_t word = 0; word < kConfidenceWords.size(); ++word)
      if (count.told[word] != 0)
        to.add("vialens_findings_total", {{"id", id}, {"severity", severity}, {"confidence", kConfidenceWords[word]}},
               count.told[word]);
    to.add("vialens_findings_active", {{"id", id}, {"severity", severity}}, count.active);
  }
}

void tell_sessions(Exposition& to, const Counts& counts) {
  const SessionCounts& sessions = counts.sessions;
  to.add("vialens_calls_active", {}, counts.calls_active);
  for (const CallState outcome : kCallOutcomes)
    to.add("vialens_calls_total", {{"outcome", to_string(outcome)}},
           sessions.calls_by_state[static_cast<std::size_t>(outcome)]);
  to.add("vialens_call_setup_seconds", {}, sessions.call_setup);
  to.add("vialens_call_duration_seconds", {}, sessions.call_duration);
  to.add("vialens_session_requests_total", {}, sessions.session_requests);
  for (std::size_t i = 0; i < sessions.sessions.size(); ++i)
    to.add("vialens_session_results_total", {{"result", to_string(static_cast<SessionResult>(i))}},
           sessions.sessions[i]);
  to.add("vialens_sessions_completed_total", {}, sessions.sessions_completed);
  to.add("vialens_session_request_delay_seconds", {{"result", "success"}}, sessions.session_request_delay);
  to.add("vialens_session_request_delay_seconds", {{"result", "failure"}}, sessions.failed_session_request_delay);
  to.add("vialens_session_disconnect_delay_seconds", {}, sessions.session_disconnect_delay);
  to.add("vialens_registrations_active", {}, counts.registrations_active);
  to.add("vialens_registration_requests_total", {}, sessions.registration_requests);
  for (std::size_t i = 0; i < sessions.registrations.size(); ++i)
    to.add("vialens_registrations_total", {{"outcome", to_string(static_cast<RegistrationResult>(i))}},
           sessions.registrations[i]);
  to.add("vialens_registration_request_delay_seconds", {}, sessions.registration_request_delay);
  to.add("vialens_rtp_jitter_seconds", {}, counts.jitter);
  to.add("vialens_rtp_mos", {}, counts.mos);
}

void tell_tables(Exposition& to, const std::vector<TableFill>& tables) {
  for (const TableFill& table : tables) {
    to.add("vialens_table_entries", {{"table", table.name}}, table.entries);
    to.add("vialens_table_capacity", {{"table", table.name}}, table.capacity);
    to.add("vialens_table_evictions_total", {{"table", table.name}}, table.evictions);
  }
}

}  // namespace

void Metrics::on_status(const Summary& summary) {
  auto newest = std::make_shared<const OwnedSummary>(summary);
  const std::lock_guard lock(mutex_);
  newest_.swap(newest);
}

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
  Exposition to;
  to.add("vialens_build_info", {{"version", build_.version}, {"commit", build_.commit}}, 1.0);
  std::shared_ptr<const OwnedSummary> newest;
  {
    const std::lock_guard lock(mutex_);
    newest = newest_;
  }
  if (newest) {
    tell_taps(to, newest->get());
    tell_crossings(to, newest->get());
    tell_findings(to, newest->get().findings);
    tell_sessions(to, newest->get().counts);
    tell_tables(to, newest->get().tables);
  }
  return std::move(to).take();
}

std::string Metrics::text(bool openmetrics) const {
  if (openmetrics) return open_metrics(Collect());
  return prometheus::TextSerializer().Serialize(Collect());
}

}  // namespace vialens

#include "userspace/metrics/families.h"

#include <array>
#include <stdexcept>
#include <string>

#include "userspace/finding/finding.h"
#include "userspace/metrics/labels.h"
#include "userspace/sink/counts.h"

namespace vialens {
namespace {

using prometheus::MetricType;

constexpr auto kCounter = MetricType::Counter, kGauge = MetricType::Gauge, kHistogram = MetricType::Histogram;
constexpr std::size_t kMethods = sip::kMethodNames.size();
// Buckets, that of infinity, sum and count.
template <const auto& Bounds>
constexpr std::size_t kSeries = Bounds.size() + 3;

constexpr std::array kFamilies = std::to_array<Family>({
    {"vialens_build_info", kGauge, "", "version,commit", 1, 0, "Always 1; which vialens this is."},
    {"vialens_tap_info", kGauge, "", "tap,interface,side,hook", 0, kMostInterfacesPerTap * 2,
     "Always 1; a place where packets are seen, and the hook in the kernel that sees them. Both directions of an "
     "interface are one tap."},
    {"vialens_packets_total", kCounter, "", "tap,class", 0, kPacketClasses.size(),
     "Packets seen by the kernel program, each in one class. SIP includes keep-alives and what was lost on the way to "
     "vialens."},
    {"vialens_bytes_total", kCounter, "bytes", "tap,class", 0, kPacketClasses.size(),
     "Bytes of these packets, as frames."},
    {"vialens_capture_lost_total", kCounter, "", "tap,cause", 0, kLossCauses.size(),
     "Packets of SIP (ring, copy, size) or media (flow_table) that vialens could not take in. They were passed on to "
     "their receiver all the same."},
    {"vialens_sip_requests_total", kCounter, "", "tap,method", 0, kMethods,
     "SIP requests seen, retransmissions included. Methods that no RFC defines are \"other\"."},
    {"vialens_sip_responses_total", kCounter, "", "tap,method,code", 0, kMethods* sip::kCodeNames,
     "SIP responses seen, retransmissions included, by the method they answer. Codes that are not registered count by "
     "their class."},
    {"vialens_sip_crossings_total", kCounter, "", "segment,result", kCrossingResults.size(), 0,
     "SIP messages by what the router did to them: unchanged, rewritten, lost (entered and did not leave) or injected "
     "(left and had not entered). What is for the router itself is lost, and what it sends itself is injected."},
    {"vialens_sip_rewrites_total", kCounter, "", "segment,field", static_cast<std::size_t>(Field::count_), 0,
     "SIP messages in which the router changed this field."},
    {"vialens_findings_total", kCounter, "", "id,severity,confidence", 0, 0,
     "Findings, once per id and subject. One that becomes surer counts again, under the surer word."},
    {"vialens_findings_active", kGauge, "", "id,severity", 0, 0,
     "Findings that hold now, mere hints left out: about a call until a minute after its end; about a registration or "
     "the box until ten "
     "minutes after they were last seen (a rewrite in registrations: an hour)."},
    {"vialens_calls_active", kGauge, "", "", 1, 0, "Calls that began and did not end."},
    {"vialens_calls_total", kCounter, "", "outcome", kCallOutcomes.size(), 0,
     "Calls that are over and forgotten, about a minute after their end: ended (by BYE), answered (and no end was "
     "seen), "
     "cancelled, failed, unanswered."},
    {"vialens_call_setup_seconds", kHistogram, "seconds", "", kSeries<kSetupBounds>, 0,
     "From the first INVITE of a call to its answer: how long the caller waited."},
    {"vialens_call_duration_seconds", kHistogram, "seconds", "", kSeries<kDurationBounds>, 0,
     "From the answer to the BYE (RFC 6076 4.5, SDT)."},
    {"vialens_session_requests_total", kCounter, "", "", 1, 0,
     "INVITEs that were to begin a session, each once: no retransmission, fork, re-INVITE or second sight of it. One "
     "that is sent anew after a challenge is another one."},
    {"vialens_session_results_total", kCounter, "", "result", static_cast<std::size_t>(SessionResult::count_), 0,
     "What became of them. Negative answers count when the next attempt begins or the call is forgotten, a minute "
     "after "
     "its end, because another branch of a fork may accept."},
    {"vialens_sessions_completed_total", kCounter, "", "", 1, 0,
     "Sessions that were established, and ended by a BYE with a 2xx answer (RFC 6076 4.9, SCR)."},
    {"vialens_session_request_delay_seconds", kHistogram, "seconds", "result", 2 * kSeries<kDelayBounds>, 0,
     "From the INVITE to the first 18x (success), or to the answer that refused it (failure) (RFC 6076 4.3, SRD)."},
    {"vialens_session_disconnect_delay_seconds", kHistogram, "seconds", "", kSeries<kDelayBounds>, 0,
     "From the BYE to its 2xx (RFC 6076 4.4, SDD)."},
    {"vialens_registrations_active", kGauge, "", "", 1, 0,
     "Addresses of record whose binding has not expired, by the lifetime that the registrar granted."},
    {"vialens_registration_requests_total", kCounter, "", "", 1, 0,
     "REGISTERs, each once: no retransmission or second sight of it. One that is sent anew after a challenge is "
     "another "
     "one."},
    {"vialens_registrations_total", kCounter, "", "outcome", static_cast<std::size_t>(RegistrationResult::count_), 0,
     "What became of them. Unanswered: no final response within 32 s."},
    {"vialens_registration_request_delay_seconds", kHistogram, "seconds", "", kSeries<kDelayBounds>, 0,
     "From the REGISTER that was accepted to its 2xx (RFC 6076 4.1, RRD)."},
    {"vialens_rtp_streams_active", kGauge, "", "tap", 0, 1,
     "RTP streams of which a packet was seen in the last ten seconds."},
    {"vialens_rtp_packets_lost_total", kCounter, "", "tap", 0, 1,
     "RTP packets that did not come as far as this tap, by their sequence numbers."},
    {"vialens_rtp_jitter_seconds", kHistogram, "seconds", "", kSeries<kJitterBounds>, 0,
     "Mean jitter (RFC 3550 A.8) of RTP streams, once each: when the call is forgotten, a minute after its end, or 15 "
     "minutes after the last packet of a stream without call. A stream that is seen at two taps counts at both."},
    {"vialens_rtp_mos", kHistogram, "", "", kSeries<kMosBounds>, 0,
     "Mean opinion score, estimated (ITU-T G.107), of RTP streams whose codec has figures; as for the jitter."},
    {"vialens_table_entries", kGauge, "", "table", kMostTables, 0, "Entries of a bounded table of vialens."},
    {"vialens_table_capacity", kGauge, "", "table", kMostTables, 0, "Entries it can have."},
    {"vialens_table_evictions_total", kCounter, "", "table", kMostTables, 0,
     "Entries that were forgotten before their time, for want of room. What is told of them may be incomplete."},
});

}  // namespace

std::span<const Family> all_families() noexcept {
  // Findings are a table of their own, which is put together when it is first asked for.
  static const auto all = [] {
    auto families = kFamilies;
    for (Family& family : families) {
      if (family.name == "vialens_findings_total") family.fixed = all_kinds().size() * kConfidenceWords.size();
      if (family.name == "vialens_findings_active") family.fixed = all_kinds().size();
    }
    return families;
  }();
  return all;
}

std::size_t family_index(std::string_view name) {
  for (std::size_t i = 0; i < kFamilies.size(); ++i)
    if (kFamilies[i].name == name) return i;
  throw std::logic_error("no such family of metrics: " + std::string(name));
}

}  // namespace vialens

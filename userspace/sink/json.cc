#include "userspace/sink/json.h"

#include <fmt/format.h>

#include <cmath>

namespace vialens {
namespace {

Json evidence_of(const Finding& finding) {
  Json list = Json::array();
  for (const Evidence& evidence : finding.evidence)
    list.push_back({{"tap", evidence.tap},
                    {"message", evidence.message},
                    {"cseq", evidence.cseq},
                    {"field", or_null(evidence.field)},
                    {"before", or_null(evidence.before)},
                    {"after", or_null(evidence.after)}});
  return list;
}

Json causes_of(const Finding& finding) {
  Json list = Json::array({finding.kind->id});
  for (const std::string& cause : finding.causes) list.push_back(cause);
  return list;
}

double rounded(double number) { return std::round(number * 1000) / 1000; }

Json media_of(const Call& call) {
  Json list = Json::array();
  for (const CallStream& stream : call.media)
    list.push_back(to_json(stream, call.codecs.name(stream.payload_type), mos_of(stream, call.codecs)));
  return list;
}

Json guesses_of(const Summary& summary) {
  Json guesses = Json::array();
  for (const AlgGuess& guess : summary.alg)
    guesses.push_back({{"kind", guess.kind},
                       {"title", guess.title},
                       {"confidence", guess.confidence},
                       {"evidence", guess.evidence},
                       {"remedy", guess.remedy}});
  return guesses;
}

}  // namespace

Json rfc_of(const FindingKind& kind) {
  Json list = Json::array();
  std::string_view rest = kind.rfc;
  std::string_view rfc;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(", ");
    const std::string_view item = rest.substr(0, comma);
    const bool is_section = item.size() < 4 || item.find_first_not_of("0123456789") != item.npos;
    if (const std::size_t space = item.find(' '); space != item.npos || !is_section) {
      rfc = item.substr(0, space);
      list.push_back(item);
    } else {
      list.push_back(std::string(rfc) + ' ' + std::string(item));
    }
    rest = comma == rest.npos ? "" : rest.substr(comma + 2);
  }
  return list;
}

Json or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Json or_null(const std::optional<double>& number) { return number ? Json(rounded(*number)) : Json(nullptr); }

Json or_null(const std::optional<Time>& time) { return time ? Json(to_rfc3339(*time)) : Json(nullptr); }

// JSON lets DEL and the C1 controls (U+0080 to U+009F) stand in strings as they are, and terminals may obey them.
std::string to_text(const Json& object) {
  std::string text = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (std::size_t at = 0; (at = text.find_first_of("\x7f\xc2", at)) != text.npos; ++at) {
    const bool two = text[at] != '\x7f';
    const auto code = static_cast<unsigned char>(text[at + (two ? 1U : 0U)]);  // the text ends with a bracket
    if (two && (code < 0x80 || code > 0x9f)) continue;
    text.replace(at, two ? 2 : 1, fmt::format("\\u{:04x}", code));
  }
  return text;
}

std::string to_line(const Json& object) { return to_text(object) + '\n'; }

Json to_json(const TapReport& report) {
  Json outcomes = Json::object();
  for (std::size_t i = 0; i < VIALENS_OUTCOMES; ++i)
    if (report.counters.packets[i] != 0)
      outcomes[std::string(to_string(static_cast<vialens_outcome>(i)))] = report.counters.packets[i];
  return {{"tap", report.tap.name},
          {"interface", report.tap.interface},
          {"side", to_string(report.tap.side)},
          {"direction", to_string(report.tap.direction)},
          {"hook", report.tap.hook},
          {"packets", packets(report.counters)},
          {"lost", lost(report.counters)},
          {"outcomes", outcomes},
          {"private_via", report.counters.private_via},
          {"private_contact", report.counters.private_contact},
          {"private_sdp", report.counters.private_sdp},
          {"flows_failed", report.counters.flows_failed}};
}

std::optional<double> milliseconds(const std::optional<Duration>& time) {
  return time ? std::optional(std::chrono::duration<double, std::milli>(*time).count()) : std::nullopt;
}

Json name_of(const CallStream& stream, std::string_view codec) {
  return {{"tap", stream.tap->name},
          {"direction", stream.direction == Direction::unknown ? Json(nullptr) : Json(to_string(stream.direction))},
          {"src", to_string(stream.source)},
          {"dst", to_string(stream.destination)},
          {"ssrc", fmt::format("{:08x}", stream.ssrc)},
          {"codec", or_null(codec)}};
}

Json to_json(const CallStream& stream, std::string_view codec, const std::optional<double>& mos) {
  Json object = name_of(stream, codec);
  object.update({{"packets", stream.packets},
                 {"lost", stream.lost},
                 {"duplicates", stream.duplicates},
                 {"reordered", stream.reordered},
                 {"jitter_ms", or_null(stream.jitter_ms)},
                 {"max_gap_ms", or_null(milliseconds(stream.longest_gap))},
                 {"mos", or_null(mos)}});
  return object;
}

Json to_json(const Finding& finding) {
  return {{"type", "finding"},
          {"id", finding.kind->id},
          {"confidence", finding.confidence},
          {"severity", to_string(finding.kind->severity)},
          {"time", to_rfc3339(finding.time)},
          {"subject", to_string(finding.subject.kind)},
          {"call_id", or_null(finding.subject.call_id)},
          {"aor", or_null(finding.subject.aor)},
          {"segment", or_null(finding.segment)},
          {"direction", or_null(finding.direction)},
          {"grade", or_null(finding.grade)},
          {"title", finding.kind->title},
          {"detail", finding.detail},
          {"evidence", evidence_of(finding)},
          {"verdict", or_null(finding.verdict)},
          {"causes", causes_of(finding)},
          {"remedy", or_null(finding.advice())},
          {"rfc", rfc_of(*finding.kind)}};
}

Json to_json(const Call& call) {
  Json setup = nullptr;
  if (call.answered)
    setup = std::chrono::duration_cast<std::chrono::milliseconds>(*call.answered - call.started).count();
  return {{"type", "call"},
          {"call_id", call.call_id},
          {"state", to_string(call.state)},
          {"from", call.from},
          {"to", call.to},
          {"started", to_rfc3339(call.started)},
          {"answered", or_null(call.answered)},
          {"ended", or_null(call.ended)},
          {"end_reason", or_null(call.end_reason)},
          {"setup_ms", setup},
          {"media", media_of(call)},
          {"findings", call.findings}};
}

Json to_json(const Registration& registration) {
  return {{"type", "registration"},
          {"aor", registration.aor},
          {"state", to_string(registration.state)},
          {"contact", or_null(registration.contact)},
          {"call_id", registration.call_id},
          {"started", to_rfc3339(registration.started)},
          {"last_seen", to_rfc3339(registration.last_seen)},
          {"reason", or_null(registration.reason)},
          {"findings", registration.findings}};
}

Json to_json(const Summary& summary) {
  const Totals& totals = summary.totals;
  std::uint64_t seen = 0;
  std::uint64_t rtp = 0;
  std::uint64_t rtcp = 0;
  Json taps = Json::array();
  for (const TapReport& report : summary.taps) {
    seen += packets(report.counters);
    rtp += report.counters.packets[VIALENS_O_RTP];
    rtcp += report.counters.packets[VIALENS_O_RTCP];
    taps.push_back(to_json(report));
  }
  Json findings = Json::object();
  for (const auto& [id, count] : summary.findings) findings[std::string(id)] = count.subjects;
  Json evictions = Json::object();
  for (const TableFill& table : summary.tables) evictions[std::string(table.name)] = table.evictions;
  return {
      {"type", "summary"},
      {"packets", seen},
      {"lost", packets_missed(summary)},
      {"sip_messages", totals.sip_messages},
      {"sip_odd", totals.odd},
      {"sip_broken", totals.broken},
      {"unparsed", totals.unparsed},
      {"fragments", totals.fragments},
      {"fragments_lost", totals.fragments_lost},
      {"tcp_segments", totals.tcp_segments},
      {"tcp_gaps", totals.tcp_gaps},
      {"crossings",
       {{"unchanged", totals.crossings_unchanged},
        {"rewritten", totals.crossings_rewritten()},
        {"harmless", totals.crossings_harmless},
        {"incomplete", totals.crossings_incomplete},
        {"broken", totals.crossings_broken},
        {"unmatched", totals.strays}}},
      {"kernel_match",
       {{"confirmed", totals.match_confirmed}, {"unfinished", totals.match_unfinished}, {"wrong", totals.match_wrong}}},
      {"rtp_packets", rtp},
      {"rtcp_packets", rtcp},
      {"rtp_streams", totals.rtp_streams},
      {"calls", totals.calls},
      {"registrations", totals.registrations},
      {"evictions", evictions},
      {"findings", findings},
      {"alg", guesses_of(summary)},
      {"taps", taps},
      {"seconds", std::round(summary.seconds * 1e6) / 1e6}};
}

}  // namespace vialens

#include "userspace/engine/engine.h"

#include <algorithm>
#include <utility>

namespace vialens {
namespace {

bool has_side(std::span<const TapInfo> taps, Side side) {
  return std::any_of(taps.begin(), taps.end(), [&](const TapInfo& tap) { return tap.side == side; });
}

Sighting sighting_of(const Matcher::Waiting& waiting, const sip::Message& message) {
  Sighting sighting = waiting;
  sighting.message = &message;
  return sighting;
}

// In an order that does not depend on which one was read first.
void sort(std::vector<CallStream>& media) {
  std::sort(media.begin(), media.end(), [](const CallStream& a, const CallStream& b) {
    return std::tie(a.tap->name, a.direction, a.source, a.destination, a.ssrc) <
           std::tie(b.tap->name, b.direction, b.source, b.destination, b.ssrc);
  });
}

}  // namespace

Engine::Engine(std::span<const TapInfo> taps, Sink& sink)
    : taps_(taps),
      sink_(sink),
      two_sides_(has_side(taps, Side::lan) && has_side(taps, Side::wan)),
      reassembly_([this](const Payload& payload) { on_payload(payload); },
                  [this](const Piece& piece) { on_incomplete(piece); }),
      matcher_({[this](const Matcher::Waiting& waiting) { on_unmatched(waiting); },
                [this](const Matcher::Waiting& a, const Matcher::Waiting& b) { on_late_pair(a, b); }}),
      calls_({[this](const Call& call) {
                traffic_.call_left(call);
                forget_call(call);
                sink_.on_call(call);
              },
              [this](const Registration& registration) { sink_.on_registration(registration); },
              [this](const Call& call) { sink_.on_call_changed(call); },
              [this](const Registration& registration) { sink_.on_registration_changed(registration); },
              [this](const Call& call) { forget_call(call); }}),
      call_media_(taps),
      round_trips_(taps),
      transactions_([this](const Transaction& transaction) { on_timeout(transaction); }),
      heard_(taps.size()),
      packets_(taps.size()),
      streams_(taps.size()),
      scene_{taps,          two_sides_, box_,   clients_, registrar_, call_media_,
             transactions_, dialogs_,   heard_, packets_, streams_,   keep_alives_},
      detectors_(all_detectors(scene_)),
      verdicts_([this](std::string_view call_id) { return registrations_of(call_id); },
                [this](const Finding& finding) { on_finding(finding); }),
      findings_([this](const Finding& finding) { verdicts_.add(finding); }),
      traffic_(taps) {
  memories_.close();
}

void Engine::observe(const Piece& piece) {
  now_ = std::max(now_, piece.time);
  findings_.advance(now_);
  reassembly_.add(piece);
}

void Engine::observe(const Flow& flow) {
  if (!flow.believed) return;
  Time& heard = heard_[flow.tap];
  heard = std::max(heard, flow.last);
  streams_[flow.tap] = std::max(streams_[flow.tap], flow.last);
  const CallMedia::Joined joined = call_media_.observe(flow, traffic_.counts_of(flow));
  if (flow.kind == FlowKind::dtls) return;  // no sound
  const bool of_call = flow.kind == FlowKind::rtp && joined.call != nullptr;
  traffic_.stream(flow, of_call && note_stream(flow, joined));
  if (!of_call) sink_.on_stream(flow, taps_[flow.tap]);
  for (const auto& detector : detectors_) detector->on_flow(flow, joined, findings_);
}

// What is told of a stream with its call; whether it is.
bool Engine::note_stream(const Flow& flow, const CallMedia::Joined& joined) {
  Call* const call = calls_.find(joined.call->call_id);
  if (call == nullptr) return false;
  const auto known = std::find_if(call->media.begin(), call->media.end(), [&](const CallStream& stream) {
    return stream.tap->id == flow.tap && stream.source == flow.source && stream.destination == flow.destination &&
           stream.ssrc == flow.ssrc;
  });
  if (known == call->media.end() && call->media.size() >= Call::kMostStreams) return false;
  const std::optional<Party>& inside = joined.call->inside;
  const Direction direction = !inside ? Direction::unknown : joined.to == *inside ? Direction::in : Direction::out;
  const CallStream stream = stream_of(joined.before != nullptr ? since(flow, *joined.before) : flow, taps_[flow.tap],
                                      direction, call->codecs);
  const bool in_place = known != call->media.end() && known->direction == direction;
  if (known != call->media.end())
    *known = stream;
  else
    call->media.push_back(stream);
  if (!in_place) sort(call->media);
  calls_.media_changed(*call);
  return true;
}

RtcpSource Engine::observe(const RtcpSource& source) {
  RtcpSource told = source;
  round_trips_.observe(told);
  call_media_.observe(told);
  for (const auto& detector : detectors_) detector->on_rtcp(told, findings_);
  return told;
}

void Engine::advance(Time now) {
  now_ = std::max(now_, now);
  findings_.advance(now_);
  reassembly_.advance(now_);
  matcher_.advance(now_);
  calls_.advance(now_);
  if (now_ < next_tick_) return;
  next_tick_ = next_second(now_);
  memories_.advance(now_);
  // Not to this moment: after a pause, what was seen at its end says whether the capture went on.
  transactions_.advance(std::exchange(last_tick_, now_));
  dialogs_.advance(now_);
  call_media_.advance(now_);
  traffic_.advance(now_);
  for (const auto& detector : detectors_) detector->advance(now_, findings_);
}

void Engine::capture_lost(Time now) {
  for (const auto& detector : detectors_) detector->on_capture_loss(now);
}

void Engine::finish() {
  reassembly_.finish();
  matcher_.finish();
  transactions_.advance(now_);
  for (const auto& detector : detectors_) detector->finish(now_, findings_);
  totals_.calls = calls_.calls_seen();
  totals_.registrations = calls_.registrations_seen();
  calls_.finish();
  traffic_.finish();
}

Totals Engine::totals() const {
  Totals totals = totals_;
  const IpFragments::Counters& fragments = reassembly_.fragments();
  totals.fragments = fragments.fragments;
  totals.fragments_lost = fragments.timed_out + fragments.evicted + fragments.overlapping + fragments.malformed;
  totals.tcp_segments = reassembly_.streams().segments;
  totals.tcp_gaps = reassembly_.streams().gaps;
  totals.calls = calls_.calls_seen();
  totals.registrations = calls_.registrations_seen();
  totals.rtp_streams = traffic_.streams();
  return totals;
}

Counts Engine::counts() const {
  Counts counts = traffic_.counts();
  counts.sessions = calls_.counts();
  counts.calls_active = calls_.calls_active();
  counts.registrations_active = calls_.registrations_active(now_);
  return counts;
}

std::vector<TableFill> Engine::tables() const {
  std::vector<TableFill> tables;
  for (const TableFill& table : reassembly_.tables()) tables.push_back(table);
  tables.push_back(matcher_.fill());
  for (const TableFill& table : calls_.tables()) tables.push_back(table);
  tables.push_back(fill_of("transactions", transactions_));
  tables.push_back(fill_of("dialogs", dialogs_));
  tables.push_back(call_media_.fill());
  tables.push_back(traffic_.fill());
  tables.push_back(verdicts_.fill());
  tables.push_back(findings_.fill());
  tables.push_back(fill_of("memories", memories_));
  return tables;
}

void Engine::on_payload(const Payload& payload) {
  const sip::Grade grade = sip::Message::parse(payload.bytes, message_, payload.transport == Transport::tcp);
  if (grade == sip::Grade::not_sip) {
    ++totals_.unparsed;
    return;
  }
  ++totals_.sip_messages;
  if (grade == sip::Grade::odd) ++totals_.odd;
  if (grade == sip::Grade::broken) ++totals_.broken;
  if (payload.match != nullptr) check_hint(payload, message_);
  on_message({&taps_[payload.tap], payload.time, payload.transport, payload.source, payload.destination, payload.ip_id,
              payload.cut, &message_, totals_.sip_messages});
}

// The kernel's match says where it saw things; the parser has the last word.
void Engine::check_hint(const Payload& payload, const sip::Message& message) {
  const vialens_match& match = *payload.match;
  if ((match.flags & VIALENS_MATCH_FINISHED) == 0) {
    ++totals_.match_unfinished;
    return;
  }
  const vialens_span& span = match.field[VIALENS_F_CALL_ID];
  const std::string_view call_id = message.call_id();
  const bool same_place =
      call_id.empty() ? span.len == 0 : payload.bytes.data() + span.off == call_id.data() && span.len >= call_id.size();
  const bool agrees = same_place && match.status == message.status();
  ++(agrees ? totals_.match_confirmed : totals_.match_wrong);
}

void Engine::on_message(const Sighting& sighting) {
  const sip::Message& message = *sighting.message;
  traffic_.message(sighting);
  const Matcher::Waiting* partner = two_sides_ ? matcher_.observe(sighting) : nullptr;
  if (partner != nullptr) on_pair(*partner, sighting);
  const std::string_view call_id = calls_.canonical(message.call_id());
  calls_.observe(sighting.time, message, call_id);
  sink_.on_message({sighting.tap, sighting.time, sighting.transport, sighting.source, sighting.destination,
                    sighting.number, call_id, message.bytes(), sighting.cut});
  clients_.observe(sighting);

  // Half a description says nothing: what it lacks may be behind the cut, and so may half of a number.
  const bool has_sdp = !sighting.cut && sip::Sdp::parse(sip::sdp_body(message), sdp_);
  if (has_sdp && endpoint_sink_)
    for (const MediaEndpoint& endpoint : endpoints_of(sdp_)) endpoint_sink_(endpoint);
  const Arrival arrival{
      sighting.tap->side, sighting.time, sighting.transport, sighting.source, sighting.destination, message, call_id};
  const Transactions::Match in = transactions_.observe(arrival);
  const Dialogs::Match within = dialogs_.observe(arrival, in.transaction);
  registrar_.observe(sighting, call_id, in.transaction);
  const Seen seen{sighting,
                  call_id,
                  has_sdp ? &sdp_ : nullptr,
                  in.transaction,
                  within.dialog,
                  within.from,
                  within.copy != 0 ? within.copy : in.copy};
  call_media_.observe(*sighting.tap, sighting.time, sighting.source, sighting.destination, message, call_id);
  for (const auto& detector : detectors_) detector->on_message(seen, findings_);
  Time& heard = heard_[sighting.tap->id];
  heard = std::max(heard, sighting.time);
  if (sighting.cut) return;
  const Session* const session =
      offer_answer_.observe(*sighting.tap, sighting.time, sighting.source, sighting.destination, message, call_id);
  if (const Session* const early = offer_answer_.early()) call_media_.observe(*early, message, true);
  if (session == nullptr) return;
  if (Call* const call = calls_.find(call_id)) {
    call->codecs.note(session->offer);
    call->codecs.note(session->answer);
  }
  call_media_.observe(*session, message, false);
  for (const auto& detector : detectors_) detector->on_session(*session, findings_);
}

void Engine::on_incomplete(const Piece& piece) {
  const IncompleteDatagram datagram{&taps_[piece.tap], piece.time, piece.source, piece.destination, piece.bytes};
  for (const auto& detector : detectors_) detector->on_incomplete(datagram, findings_);
}

void Engine::on_timeout(const Transaction& transaction) {
  if (transaction.method == Method::register_) calls_.register_timed_out(transaction.call_id, transaction.cseq);
  for (const auto& detector : detectors_) detector->on_timeout(transaction, findings_);
}

void Engine::on_service(const std::optional<Service>& service) {
  if (!service) return;
  for (const auto& detector : detectors_) detector->on_service(*service, findings_);
}

void Engine::on_pair(const Matcher::Waiting& partner, const Sighting& sighting) {
  const bool identical = partner.bytes == sighting.message->bytes();
  if (!identical) sip::Message::parse(partner.bytes, other_, partner.transport == Transport::tcp);
  on_crossing(sighting_of(partner, identical ? *sighting.message : other_), sighting);
}

void Engine::on_late_pair(const Matcher::Waiting& a, const Matcher::Waiting& b) {
  sip::Message::parse(a.bytes, other_, a.transport == Transport::tcp);
  sip::Message::parse(b.bytes, late_, b.transport == Transport::tcp);
  on_crossing(sighting_of(a, other_), sighting_of(b, late_));
}

void Engine::on_crossing(const Sighting& a, const Sighting& b) {
  const Direction direction = direction_of(a, b);
  const bool a_entered = (a.tap->side == Side::lan) == (direction == Direction::out);
  const Sighting& entry = a_entered ? a : b;
  const Sighting& exit = a_entered ? b : a;
  const sip::Message& inner = *(direction == Direction::out ? entry : exit).message;
  const sip::Message& outer = *(direction == Direction::out ? exit : entry).message;

  changes_.clear();
  // What the capture cut off is no difference.
  const bool comparable = entry.message->bytes() == exit.message->bytes() || (!entry.cut && !exit.cut);
  if (comparable) {
    if (entry.message != exit.message) compare({*entry.message, *exit.message}, changes_);
  }
  // A router that rewrites names rewrites them both ways: everything goes by the name that the phone uses.
  calls_.alias(outer.call_id(), inner.call_id());
  if (inner.method() == "REGISTER") calls_.alias_aor(aor_of(outer), aor_of(inner));
  Crossing crossing{entry, exit, direction, changes_, calls_.canonical(inner.call_id())};
  crossing.proxied = entry.message != exit.message && looks_proxied({*entry.message, *exit.message});
  crossing.grade = grade_of(crossing);
  if (comparable) {
    ++crossings(crossing.grade);
    traffic_.crossing(crossing);
    rewriting_.observe(crossing);
  }
  box_.observe(crossing);
  fingerprint_.observe(crossing);
  call_media_.crossed(*entry.message, direction, crossing.call_id);
  on_service(services_.observe(crossing));
  verdicts_.observe(crossing, subject_of(crossing));
  sink_.on_crossing(
      {entry.number, exit.number, direction, crossing.grade, crossing.call_id, outer.call_id(), changes_});
  for (const auto& detector : detectors_) detector->on_crossing(crossing, findings_);
}

std::uint64_t& Engine::crossings(Grade grade) {
  switch (grade) {
    case Grade::unchanged:
      return totals_.crossings_unchanged;
    case Grade::harmless:
      return totals_.crossings_harmless;
    case Grade::incomplete:
      return totals_.crossings_incomplete;
    case Grade::broken:
      break;
  }
  return totals_.crossings_broken;
}

void Engine::on_unmatched(const Matcher::Waiting& waiting) {
  ++totals_.strays;
  sip::Message::parse(waiting.bytes, other_, waiting.transport == Transport::tcp);
  const Sighting sighting = sighting_of(waiting, other_);
  const Stray stray{sighting, calls_.canonical(other_.call_id()), now_};
  on_service(services_.observe_stray(sighting, other_.call_id()));
  // Given up for want of room, or at the end of the capture: its partner may have been on its way.
  const bool settled = now_ - waiting.time > matcher_.limits().window;
  if (settled) traffic_.stray(*sighting.tap);
  for (const auto& detector : detectors_) {
    // Its partner may be the datagram that waits for fragments which nobody captured.
    if (reassembly_.fragments_in_flight() != 0) detector->on_capture_loss(now_);
    settled ? detector->on_stray(stray, findings_) : detector->on_last_stray(stray, findings_);
  }
}

void Engine::forget_call(const Call& call) {
  for (const std::string_view id : call.likely) findings_.deactivate(id);
  if (const CallMedium* const medium = call_media_.find(call.call_id))
    for (const auto& detector : detectors_) detector->on_call_gone(*medium);
  call_media_.forget(call.call_id);
  offer_answer_.forget(call.call_id);
}

std::array<std::string, 2> Engine::registrations_of(std::string_view call_id) {
  const Call* const call = calls_.find(call_id);
  if (call == nullptr) return {};
  return {aor_of_uri(call->from), aor_of_uri(call->to)};
}

void Engine::on_finding(const Finding& finding) {
  const auto note = [&](auto& ids) {
    const bool is_new = std::find(ids.begin(), ids.end(), finding.kind->id) == ids.end();
    if (is_new) ids.emplace_back(finding.kind->id);
    return is_new;
  };
  const Subject& subject = finding.subject;
  if (subject.kind == Subject::Kind::call) {
    if (Call* call = calls_.find(subject.call_id)) {
      note(call->findings);
      if (finding.confidence >= kLikely && note(call->likely)) findings_.activate(*finding.kind);
      calls_.changed(*call);
    }
  } else if (subject.kind == Subject::Kind::registration) {
    if (Registration* registration = calls_.find_registration(subject.aor)) {
      note(registration->findings);
      sink_.on_registration_changed(*registration);
    }
  }
  sink_.on_finding(finding);
}

}  // namespace vialens

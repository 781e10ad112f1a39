#include "userspace/call/call_media.h"

#include <algorithm>
#include <utility>

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr Duration kForgotten = std::chrono::seconds(40);  // an offer without an answer: 64*T1 and a little
constexpr Duration kLinger = std::chrono::seconds(5);      // after its end: what was still on its way has come
constexpr Duration kAbandoned = std::chrono::minutes(5);   // not answered
constexpr std::uint64_t kHeard = 50;                       // packets: a second of 20 ms

std::size_t tag_hash(const std::optional<sip::NameAddr>& name) {
  return name ? hash(name->params.find("tag").value_or("")) : 0;
}

bool has_tag(const std::optional<sip::NameAddr>& name) {
  return name && !name->params.find("tag").value_or("").empty();
}

void put_inside(CallMedium& call, Party party) {
  call.is_inside[index(party)] = true;
  call.inside = call.is_inside[0] && call.is_inside[1] ? std::nullopt : std::optional(party);
}

bool is_rtp(const sip::Media& media) { return media.protocol.find("RTP/") != media.protocol.npos; }

// "candidate:<foundation> <component> <transport> <priority> <address> <port> ..." (RFC 8839 5.1); RTP is component 1.
std::optional<Endpoint> candidate_of(std::string_view value) {
  std::array<std::string_view, 6> words;
  for (std::string_view& word : words) {
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    word = value.substr(0, value.find(' '));
    value.remove_prefix(word.size());
  }
  const auto address = Address::parse(words[4]);
  unsigned port = 0;
  for (const char digit : words[5]) {
    if (digit < '0' || digit > '9' || port > 6553) return std::nullopt;
    port = port * 10 + static_cast<unsigned>(digit - '0');
  }
  if (!address || words[1] != "1" || port == 0 || port > 65535) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(port)};
}

template <class F>
void each_candidate(std::string_view lines, F visit) {
  while (const auto value = attribute(lines, "candidate")) {
    if (const auto where = candidate_of(value->substr(0, value->find_first_of("\r\n")))) visit(*where);
    lines.remove_prefix(static_cast<std::size_t>(value->data() + value->size() - lines.data()));
  }
}

bool mentions_noise(const sip::Media& media) {
  std::string_view formats = media.formats;
  while (!formats.empty()) {
    formats.remove_prefix(std::min(formats.find_first_not_of(' '), formats.size()));
    const std::string_view format = formats.substr(0, formats.find(' '));
    if (format == "13") return true;
    formats.remove_prefix(format.size());
  }
  return media.lines.find(" CN/") != media.lines.npos;
}

// Silence need not be sent: comfort noise (RFC 3389), or the codec that is used pauses by itself, which are G.729 with
// annex B, its default (RFC 4856 2.1.9), AMR, EVS, and Opus with DTX (RFC 7587 6.1).
bool may_pause(const sip::Media& offered, const sip::Media& answered) {
  if (mentions_noise(offered) && mentions_noise(answered)) return true;
  const auto either = [&](std::string_view what) {
    return offered.lines.find(what) != offered.lines.npos || answered.lines.find(what) != answered.lines.npos;
  };
  if (either("usedtx=1")) return true;
  const std::string_view first = answered.formats.substr(0, answered.formats.find(' '));
  if (first == "18") return !either("annexb=no");
  std::string_view lines = answered.lines;
  while (const auto map = attribute(lines, "rtpmap")) {  // "<format> <name>/<clock rate>"
    const std::string_view name = map->substr(std::min(map->find(' ') + 1, map->size()));
    if (map->starts_with(first) && map->substr(first.size()).starts_with(' ') &&
        (name.starts_with("AMR") || name.starts_with("EVS")))
      return true;
    lines.remove_prefix(static_cast<std::size_t>(map->data() + map->size() - lines.data()));
  }
  return false;
}

}  // namespace

Place CallMedium::nearest(Party party) const noexcept {
  const Place wanted = is_inside[index(party)] ? Place::inside : Place::outside;
  if (of(wanted).tap != nullptr) return wanted;
  return of(Place::outside).tap != nullptr ? Place::outside : Place::inside;
}

bool CallMedium::agree() const noexcept {
  constexpr Duration kTogether = std::chrono::seconds(2);  // a B2BUA counts by itself
  return !both() || at[0].cseq == at[1].cseq || std::chrono::abs(at[0].agreed - at[1].agreed) < kTogether;
}

bool CallMedium::expects(Party party) const noexcept {
  const Party sender = other(party);
  if (both() && !inside) {  // who is where is not known: what all copies say
    for (const PlaceOfCall& place : at)
      if (!place.said[index(party)].receives || !place.said[index(sender)].sends) return false;
    return true;
  }
  // Who was told by somebody in between that the party is nowhere, agrees not to send: that is no agreement.
  return own(party).receives && (own(sender).sends || (told(party).known && !told(party).receives));
}

std::size_t CallMedia::ssrc_key(std::uint32_t ssrc, const Endpoint& shared) noexcept {
  return mix(std::hash<Endpoint>{}(shared), ssrc);
}

std::size_t CallMedia::key(TapId tap, const Endpoint& endpoint) const noexcept {
  return mix(std::hash<Endpoint>{}(endpoint), index(place_of(taps_[tap].side)));
}

bool CallMedia::ended(std::size_t key) const {
  const CallMedium* const call = calls_.peek(key);
  return call == nullptr || call->ended != Time{};
}

CallMedium& CallMedia::open(std::size_t key, std::string_view call_id, Time time) {
  CallMedium& call = calls_[key];
  if (!call.call_id.empty()) return call;
  call.call_id = call_id;
  call.created = time;
  open_.push_back(key);
  return call;
}

void CallMedia::observe(const TapInfo& tap, Time time, const Endpoint& source, const Endpoint& destination,
                        const sip::Message& message, std::string_view call_id) {
  const std::string_view method = message.method();
  if (call_id.empty()) return;
  const std::size_t key = hash(call_id);
  CallMedium* call = calls_.find(key);
  const auto from = sip::from(message);
  if (call == nullptr) {
    if (method != "INVITE" || !message.is_request()) return;
    call = &open(key, call_id, time);
    call->caller_tag = tag_hash(from);
    call->from_the_start = !has_tag(sip::to(message));
  }
  const Party sender = tag_hash(from) == call->caller_tag ? Party::caller : Party::callee;
  if (method == "INVITE") {
    PlaceOfCall& place = call->at[index(place_of(tap.side))];
    place.signalling[index(sender)] = message.is_request() ? source : destination;
    place.signalling[index(other(sender))] = message.is_request() ? destination : source;
    if (message.is_request()) {
      place.vias[index(sender)] = sip::Values::count(message, sip::HeaderName::via);
      compare_vias(*call, sender);
    }
  }
  if (message.is_request())
    observe_request(*call, time, message, sender);
  else
    observe_response(*call, time, message);
}

// A proxy on the box, whose two messages are no pair, puts its own Via on top (RFC 3261 16.6): where there are more of
// them, there the INVITE goes.
void CallMedia::compare_vias(CallMedium& call, Party sender) {
  const std::size_t within = call.of(Place::inside).vias[index(sender)];
  const std::size_t beyond = call.of(Place::outside).vias[index(sender)];
  if (within == 0 || beyond == 0 || within == beyond) return;
  put_inside(call, within < beyond ? sender : other(sender));
}

void CallMedia::observe_request(CallMedium& call, Time time, const sip::Message& message, Party sender) {
  const std::string_view method = message.method();
  if (method == "BYE" || (method == "CANCEL" && call.answered == Time{})) {
    if (call.ended == Time{}) call.ended = time;
  } else if (method == "ACK") {
    if (call.answered != Time{} && call.acknowledged == Time{}) call.acknowledged = time;
  } else if (method == "REFER" || method == "NOTIFY") {
    call.transferred = time;
  } else if (has_tag(sip::to(message)) && (method == "INVITE" || method == "UPDATE")) {
    if (call.answered == Time{} || sip::sdp_body(message).empty()) return;
    if (!call.offers) call.offered = time;
    call.offers = sender;
  } else if (method == "INVITE" && call.answered == Time{}) {
    call.ended = {};  // once more, with credentials
  }
}

void CallMedia::observe_response(CallMedium& call, Time time, const sip::Message& message) {
  const int status = message.status();
  const bool offers = message.method() == "INVITE" || message.method() == "UPDATE";
  if (!offers || status < 200) return;
  if (status < 300) {
    if (message.method() == "INVITE" && call.answered == Time{}) call.answered = time;
    call.ended = call.answered == time ? Time{} : call.ended;
  } else if (call.answered == Time{}) {
    call.ended = time;
  }
  if (!call.offers) return;
  const auto from = sip::from(message);
  const Party sender = tag_hash(from) == call.caller_tag ? Party::caller : Party::callee;
  if (*call.offers != sender) return;
  call.offers.reset();
  call.changed = time;
}

void CallMedia::crossed(const sip::Message& message, Direction direction, std::string_view call_id) {
  if (message.method() != "INVITE" && message.method() != "UPDATE") return;
  CallMedium* const call = calls_.find(hash(call_id));
  if (call == nullptr || direction == Direction::unknown) return;
  const bool from_caller = tag_hash(sip::from(message)) == call->caller_tag;
  const bool out = (direction == Direction::out) == message.is_request();  // which way the request goes
  put_inside(*call, from_caller == out ? Party::caller : Party::callee);
}

void CallMedia::announce(CallMedium& call, const TapInfo& tap, const std::optional<Endpoint>& where, Party owner,
                         bool audio) {
  if (!where || where->port == 0 || where->address.is_unspecified()) return;
  const std::size_t end = key(tap.id, *where);
  const Entry& entry = endpoints_[end];
  const std::size_t self = hash(call.call_id);
  const bool shared = entry.call == self && !entry.learned && entry.audio;  // BUNDLE: audio goes there, too
  const bool contested = entry.call == self ? entry.contested : entry.call != 0 && !entry.learned && !ended(entry.call);
  file(call, end, {self, owner, audio || shared, false, contested});
}

void CallMedia::file(CallMedium& call, std::size_t key, const Entry& entry) {
  Entry& known = endpoints_[key];
  if (known.call != entry.call && call.filed.size() < kMostFiled) call.filed.push_back(key);
  known = entry;
}

void CallMedia::forget(std::string_view call_id) {
  const std::size_t self = hash(call_id);
  const CallMedium* const call = calls_.peek(self);
  if (call == nullptr) return;
  for (const std::size_t end : call->filed)
    if (const Entry* const entry = endpoints_.peek(end); entry != nullptr && entry->call == self) endpoints_.erase(end);
  for (const MediaStream& stream : call->streams)
    for (const Endpoint& end : {stream.destination, stream.source}) {
      const std::size_t key = ssrc_key(stream.ssrc, end);
      if (const Found* const found = by_ssrc_.peek(key); found != nullptr && found->call == self) by_ssrc_.erase(key);
    }
  calls_.erase(self);
}

void CallMedia::observe(const Session& session, const sip::Message& message, bool early) {
  const std::size_t self = hash(session.call_id);
  CallMedium& call = open(self, session.call_id, session.time);
  if (call.caller_tag == 0) call.caller_tag = tag_hash(sip::from(message));
  const Party sender = tag_hash(sip::from(message)) == call.caller_tag ? Party::caller : Party::callee;
  const Party offerer = session.by_requester ? sender : other(sender);
  PlaceOfCall& place = call.at[index(place_of(session.tap->side))];
  place.tap = session.tap;
  place.cseq = session.cseq;
  place.agreed = session.time;
  place.said[index(offerer)] = describe_audio(session.offer, session.answer);
  place.said[index(other(offerer))] = describe_audio(session.answer, session.offer);
  call.ice = call.pauses = call.fax = false;
  const std::size_t count = std::min(session.offer.media().size(), session.answer.media().size());
  for (std::size_t i = 0; i < count; ++i) {
    const sip::Media& offered = session.offer.media()[i];
    const sip::Media& answered = session.answer.media()[i];
    if (offered.port == 0 || answered.port == 0) continue;
    const bool audio = answered.kind == "audio" || answered.kind == "image";
    if (answered.kind == "image") call.fax = true;
    if (!is_rtp(answered) && answered.kind != "image") continue;
    announce(call, *session.tap, address_of(session.offer, offered), offerer, audio);
    announce(call, *session.tap, address_of(session.answer, answered), other(offerer), audio);
    each_candidate(offered.lines, [&](const Endpoint& at) { announce(call, *session.tap, at, offerer, audio); });
    each_candidate(answered.lines,
                   [&](const Endpoint& at) { announce(call, *session.tap, at, other(offerer), audio); });
    call.ice = call.ice || (speaks_ice(session.offer, offered) && speaks_ice(session.answer, answered) &&
                            !has_attribute(session.answer, answered, "ice-mismatch"));
    call.pauses = call.pauses || (audio && may_pause(offered, answered));
  }
  if (early) {
    if (call.early == Time{}) call.early = session.time;
    return;
  }
  const bool was_held = std::exchange(call.held, false);
  for (const Party party : {Party::caller, Party::callee}) {
    call.held = call.held || place.said[index(party)].holds;
    Way& way = place.to[index(party)];
    call.was_heard[index(party)] = call.was_heard[index(party)] || way.packets >= kHeard;
    if (!session.first && way.look.since != Time{}) way.type_before = way.look.type;
    way.look = {};
    way.since = way.bytes = 0;
    if (call.fax) place.fax.make()[index(party)].since = 0;
    way.pause = {};
  }
  // Both places tell of the same agreement, one after the other.
  const bool again = session.time - call.agreed < std::chrono::seconds(1) && call.resumed;
  call.resumed = !call.held && (was_held || again);
  call.agreed = session.time;
  // An UPDATE may belong to a call that still rings (RFC 3311).
  if (call.answered == Time{} && !call.from_the_start && session.method == "INVITE") call.answered = session.time;
}

void CallMedia::advance(Time now) {
  std::erase_if(open_, [&](std::size_t key) {
    CallMedium* const call = calls_.find(key);
    if (call == nullptr) return true;
    if (call->offers && now - call->offered > kForgotten) {
      call->offers.reset();
      call->changed = now;
    }
    if (call->ended != Time{}) return now - call->ended > kLinger;
    return call->answered == Time{} && now - call->created > kAbandoned;
  });
}

}  // namespace vialens

#include "userspace/detect/media_diagnosis.h"

#include <fmt/format.h>

#include <algorithm>

#include "userspace/detect/media_decoding.h"
#include "userspace/detect/media_handshake.h"

namespace vialens {
namespace {

using State = Hearing::State;

constexpr std::uint64_t kPackets = 50;                        // that prove a stream
constexpr Duration kAlive = std::chrono::milliseconds(2500);  // streams are told of once a second
constexpr Duration kProof = std::chrono::seconds(3);          // for how long the other stream has to go on
constexpr Duration kPausing = std::chrono::seconds(30);       // where there may be silence for other reasons
constexpr Duration kWaits = std::chrono::seconds(60);         // who listens, or waits for somebody else to join
constexpr Duration kPauses = std::chrono::seconds(1);         // who has paused that long, pauses
constexpr Duration kInterval = std::chrono::seconds(5);       // of RTCP, the least (RFC 3550 6.2)
constexpr Duration kReports = std::chrono::seconds(8);        // of RTCP: two and more (RFC 3550 6.2)
constexpr Duration kStill = std::chrono::seconds(10);         // nothing of what is sent is counted
constexpr std::uint64_t kStillReports = 2;
constexpr Duration kTransfer = std::chrono::seconds(40);

constexpr double kLostInBox = 0.97, kLostOnTheWayOut = 0.9, kLostSomewhere = 0.8;
constexpr double kContradiction = 0.9, kContradictionFromOneSide = 0.85, kUnlessItLatches = 0.75;
constexpr double kSentElsewhere = 0.9, kSentElsewhereFromOneSide = 0.75, kOtherPort = 0.6, kOtherPortProven = 0.85;
constexpr double kNothingComes = 0.7, kNoLongerComes = 0.6, kOnLan = 0.5;
constexpr double kBeyond = 0.8;
constexpr double kNotSent = 0.55, kHint = 0.4;
constexpr double kReferee = 0.15;  // what the sender's RTCP adds

// It reported, and has not for five intervals (RFC 3550 6.3.5), from when its media stopped. Who is merely silent goes
// on reporting.
bool reports_ceased(const Referee& referee, Time stopped, Time now) {
  if (referee.reports < 3) return false;
  const Duration interval =
      std::max<Duration>((referee.last - referee.first) / static_cast<std::int64_t>(referee.reports - 1), kInterval);
  return referee.last - stopped < interval && now - referee.last >= 5 * interval;
}

bool is_nowhere(const Description& description) {
  return description.known && (!description.active || description.where.address.is_unspecified());
}

}  // namespace

struct MediaDiagnosis::Case {
  const CallMedium& call;
  Party party, sender;
  Place to, from;            // where each is nearest
  const Way &sink, &source;  // of the direction in question, at either end
  const Way& back;           // of the other direction, as it arrives
  Time now, settled;
  const Patience& patience;
  Time quiet_since{};
  bool two_places = false;  // source and sink are different counters
  bool is_inside = false;   // the party

  Duration silence_until(Time end) const { return end - quiet_since; }
  bool alive(const Way& way) const {
    return way.last != Time{} && now - way.last <= kAlive && way.last > settled && way.since >= kPackets &&
           way.last - std::max(way.first, settled) >= kProof;
  }
};

Time MediaDiagnosis::settled(const CallMedium& call) {
  const Time answered = std::max(call.answered, call.acknowledged);
  return std::max({answered, call.agreed, call.changed});
}

// The capture of the place where nothing comes has gone on: otherwise nothing could be concluded from that.
bool MediaDiagnosis::capture_went_on(const Case& c) const {
  Time last = c.call.of(c.to).to[index(c.sender)].last;
  for (const TapInfo& tap : scene_.taps)
    if (place_of(tap.side) == c.to) last = std::max({last, scene_.packets[tap.id], scene_.heard[tap.id]});
  return last - c.quiet_since >= kProof;
}

// What leaves for the phone never came in, or what leaves for the other end never did: the media has another uplink, or
// another LAN.
bool MediaDiagnosis::by_other_path(const Case& c) const {
  const Party inside = c.is_inside ? c.party : c.sender;
  const Way& entered = c.call.of(Place::outside).to[index(inside)];
  const Way& arrived = c.call.of(Place::inside).to[index(inside)];
  const Way& sent = c.call.of(Place::inside).to[index(other(inside))];
  const Way& left = c.call.of(Place::outside).to[index(other(inside))];
  return c.two_places && ((c.alive(arrived) && !c.alive(entered)) || (c.alive(left) && !c.alive(sent)));
}

Hearing MediaDiagnosis::of(const CallMedium& call, Party party, Time now, Time settled,
                           const Patience& patience) const {
  const Party sender = other(party);
  const Place to = call.nearest(party);
  const Place from = call.nearest(sender);
  Case c{call,
         party,
         sender,
         to,
         from,
         call.of(to).to[index(party)],
         call.of(from).to[index(party)],
         call.of(from).to[index(sender)],
         now,
         settled,
         patience};
  c.two_places = to != from;
  c.is_inside = call.is_inside[index(party)];
  if (!call.live() && call.ended == Time{}) return {};
  if (call.fax) return {.state = State::unexpected};
  if (!call.agree()) return {};
  if (!call.expects(party)) return {.state = State::unexpected};
  if (call.offers || now < settled || (call.both() && !call.inside)) return {};
  c.quiet_since = std::max(settled, c.sink.last);
  Hearing elsewhere = sent_elsewhere(c);
  if (elsewhere.state != State::unknown) return elsewhere;
  if (c.sink.last > settled && now - c.sink.last <= kAlive) return arrives(c);
  if (by_other_path(c) || !capture_went_on(c)) return {};
  if (c.two_places && c.alive(c.source)) return lost_in_box(c);
  // Who is being transferred is spoken to by somebody else.
  if (call.transferred != Time{} && now - call.transferred < kTransfer) return {};
  return not_sent(c);
}

// It enters the box, and does not leave it.
Hearing MediaDiagnosis::lost_in_box(const Case& c) const {
  Hearing hearing{.in_box = true, .stopped = c.sink.last > c.settled};
  const Duration patience = hearing.stopped ? c.patience.stopped : c.patience.absent;
  hearing.since = std::max(c.quiet_since, c.source.first);
  hearing.until = c.source.last;
  if (c.source.last - hearing.since < std::min(patience, c.patience.stopped) ||
      c.silence_until(c.source.last) < patience)
    return hearing;
  hearing.state = State::deaf;
  const bool witness = c.alive(c.call.of(c.to).to[index(c.sender)]);  // who sends at that place, is seen there
  const bool turns = scene_.box.owns(c.source.destination.address);   // to the LAN again, or nowhere
  if (!witness && !turns && !scene_.shows_media(c.call.of(c.to).tap->side)) return {};
  if (c.is_inside) {
    hearing.confidence = witness ? kLostInBox : kLostSomewhere;
    const Endpoint& told = c.call.told(c.party).where;
    hearing.why = fmt::format(
        "the RTP from {} reaches the router's outside at {} and never leaves to the LAN: no mapping for it{}",
        to_string(c.source.source), to_string(c.source.destination),
        hearing.stopped                ? " any more"
        : told == c.source.destination ? ", though that is what was announced"
                                       : "");
  } else {
    hearing.confidence = witness ? kLostOnTheWayOut : kLostSomewhere;
    const bool unroutable =
        c.source.destination.address.is_private() && !c.call.own(c.party).where.address.is_private();
    hearing.why = unroutable ? fmt::format("{} sends to {}, a private address that nobody reaches from here",
                                           to_string(c.source.source), to_string(c.source.destination))
                             : fmt::format("what {} sends to {} enters the router and never leaves it{}",
                                           to_string(c.source.source), to_string(c.source.destination),
                                           hearing.stopped ? " any more" : "");
  }
  if (c.call.ice) hearing.confidence = std::min(hearing.confidence, kLostOnTheWayOut);
  return hearing;
}

// Since when what goes to the party ends where it ends by now, and what the party sends comes from where it comes from.
struct MediaDiagnosis::Ends {
  Time since;
  bool moved;  // one of the two was elsewhere before in the middle of the same stream: a NAT's mapping has changed
};

MediaDiagnosis::Ends MediaDiagnosis::ends(const Case& c) const {
  const Way& sends = c.call.of(c.to).to[index(c.sender)];
  const bool by_party = sends.source_since > c.sink.destination_since;
  const Time since = by_party ? sends.source_since : c.sink.destination_since;
  const bool moved = std::any_of(c.call.streams.begin(), c.call.streams.end(), [&](const MediaStream& stream) {
    if (stream.place != c.to) return false;
    return by_party ? stream.to == c.sender && stream.ssrc == sends.ssrc && stream.source != sends.source
                    : stream.to == c.party && stream.ssrc == c.sink.ssrc && stream.destination != c.sink.destination;
  });
  return {std::max(c.settled, since), moved && since > c.settled};
}

// It leaves the last place that we see, for somewhere else than where the party is: not its announcement, and not the
// place that it sends from itself.
Hearing MediaDiagnosis::sent_elsewhere(const Case& c) const {
  const Description& own = c.call.own(c.party);
  const Way& sends = c.call.of(c.to).to[index(c.sender)];  // what the party sends, where it is nearest
  if (c.call.ice || !own.active || own.several || own.where.port == 0 || !c.alive(c.sink) || c.sink.learned ||
      c.sink.destination == own.where)
    return {};
  if (sends.packets < kPackets || sends.source == c.sink.destination) return {};
  // By now it may send from somewhere else than it did when it was last seen to.
  if (c.sink.destination_since > sends.last || c.call.shows_both_sides(c.to)) return {};
  const Ends ends = this->ends(c);
  // The announced port at the address of its NAT: arrives() weighs that.
  if (!ends.moved && !c.two_places && own.where.address.is_private() &&
      c.sink.destination == Endpoint{sends.source.address, own.where.port})
    return {};
  // A party may send from one end point and announce another, so both were looked at; others of its site may stand in
  // for it only where it announced them.
  Hearing hearing{.stopped = ends.moved, .astray = true, .since = ends.since, .until = c.sink.last};
  if (c.sink.last - hearing.since < (ends.moved ? c.patience.stopped : c.patience.absent)) return {};
  // It says itself that it hears.
  const Referee& referee = (*c.call.of(c.to).referee)[index(c.party)];
  if (referee.hears != Time{} && c.now - referee.hears < kReports + kReports) return {};
  hearing.state = State::deaf;
  hearing.confidence = c.two_places ? kSentElsewhere : kSentElsewhereFromOneSide;
  const bool unroutable = c.sink.destination.address.is_private() && !own.where.address.is_private();
  hearing.why = fmt::format("RTP goes to {}{}, and {} announced {} and {} {}", to_string(c.sink.destination),
                            unroutable ? ", a private address" : "", name(c.call, c.party), to_string(own.where),
                            ends.moved ? "now sends from" : "sends from", to_string(sends.source));
  return hearing;
}

// As far as we see, it comes. Outside of a NAT that is not all: what it sends shows by which port it is to be reached.
Hearing MediaDiagnosis::arrives(const Case& c) const {
  Hearing hearing{.state = State::hears};
  const Way& sends = c.call.of(c.to).to[index(c.sender)];
  if (c.alive(c.sink))
    if (auto found = unplayable(c.call, c.party, c.settled, name(c.call, c.party)))
      return {.state = State::deaf,
              .confidence = found->confidence,
              .unplayable = std::move(found->evidence),
              .since = found->since,
              .until = c.sink.last,
              .why = std::move(found->why)};
  if (Hearing lost = beyond(c); lost.state == State::deaf) {
    if (lost.confidence >= kLikely) return lost;
    hearing = std::move(lost);  // unless there is more to say
    hearing.passes = true;
  }
  if (c.to == Place::inside || c.call.ice || !c.alive(c.sink) || !c.alive(sends)) return hearing;
  const Endpoint& there = c.sink.destination;
  const Endpoint& announced = c.call.own(c.party).where;
  const bool unroutable = there.address.is_private() && !sends.source.address.is_private() &&
                          there.address != c.call.of(c.to).signalling[index(c.party)].address;
  const bool other_port = !c.two_places && there.address == sends.source.address && there.port != sends.source.port &&
                          there.port == announced.port &&
                          scene_.clients.is_client(c.call.of(c.to).tap->side, there.address);
  if ((!unroutable && !other_port) || c.call.shows_both_sides(c.to)) return hearing;
  const Ends ends = this->ends(c);
  const bool moved = !unroutable && ends.moved;
  const Referee& referee = (*c.call.of(c.to).referee)[index(c.party)];
  if (referee.hears != Time{} && (!moved || c.now - referee.hears < kReports + kReports)) return hearing;
  const Time since = unroutable ? std::max(c.settled, c.sink.destination_since) : ends.since;
  if (c.sink.last - since < (moved ? c.patience.stopped : c.patience.absent)) return hearing;
  hearing = {.state = State::deaf, .stopped = moved, .astray = true, .since = since, .until = c.sink.last};
  if (unroutable) {
    hearing.confidence = kContradictionFromOneSide;
    hearing.unrouted = true;
    hearing.why = fmt::format("RTP is sent to {}, a private address that nobody reaches from here", to_string(there));
    return hearing;
  }
  const bool says_so = referee.reports >= 2 && referee.about == 0 && referee.last - c.sink.first >= kReports;
  // Who announces an address inside may as well listen at one port and send from another (RFC 4961 only advises against
  // it), with both of them let through.
  const bool may_listen = !moved && !says_so && announced.address.is_private();
  hearing.confidence = says_so ? kOtherPortProven : moved ? kSentElsewhereFromOneSide : may_listen ? kHint : kOtherPort;
  hearing.why = fmt::format(
      "RTP goes to the announced port {}, and {} {} from port {} of the same address: the NAT mapped its media to "
      "another port than was announced{}",
      there.port, name(c.call, c.party), moved ? "now sends" : "sends", sends.source.port,
      says_so      ? "; its RTCP says that it receives nothing"
      : may_listen ? ", or it listens at one port and sends from another"
                   : "");
  return hearing;
}

// It leaves for the other end, whose RTCP counts none of it: RTP that has arrived before no longer does (its SSRC is
// not reported on, or its highest sequence number stands still, RFC 3550 6.4.1), or none ever did.
Hearing MediaDiagnosis::beyond(const Case& c) const {
  const Referee& referee = (*c.call.of(c.to).referee)[index(c.party)];
  const Description& own = c.call.own(c.party);
  if (c.to == Place::inside || c.is_inside || referee.hidden || own.secure || own.keys || c.call.ice ||
      c.sink.learned || !c.alive(c.sink) || c.now - referee.last > kReports)
    return {};
  const bool about_it = std::find(referee.heard.begin(), referee.heard.end(), c.sink.ssrc) != referee.heard.end();
  if (!about_it && !referee.heard.empty()) return {};  // something on the way sends in its place
  Hearing hearing{.since = std::max(c.settled, referee.still_since), .until = referee.last};
  if (referee.still < kStillReports || hearing.until - hearing.since < kReports ||
      c.now - std::max(c.settled, c.sink.first) < kStill)
    return {};
  hearing.state = State::deaf;
  hearing.stopped = referee.hears != Time{};
  hearing.confidence = about_it ? kBeyond : kHint;
  hearing.why = fmt::format(
      "what {} sends leaves here for {} and does not arrive there: its RTCP {} for {:.0f} s. It is "
      "lost beyond this place (a firewall, the provider)",
      name(c.call, c.sender), to_string(c.sink.destination),
      about_it ? "has counted no packet of it" : "has not mentioned it",
      std::chrono::duration<double>(hearing.until - hearing.since).count());
  return hearing;
}

// The sender, to which the party is announced at a private address, reaches it all the same, as RTP or RTCP shows: now,
// earlier in this call (before the answer, before a hold), or in another call. Or it is seen here that it sends nothing
// at all, not even there.
bool MediaDiagnosis::needs_no_address(const Case& c) const {
  const PlaceOfCall& beyond = c.call.of(c.from);
  if (std::max(c.source.last, c.sink.last) > c.settled) return true;
  if ((*beyond.referee)[index(c.sender)].last != Time{}) return true;
  if (beyond.tap->side == Side::server && c.back.packets > 0) return true;
  const Address& media_server = c.call.own(c.sender).where.address;
  return latches(c.call, c.party, media_server) || (latching_ != nullptr && latching_->seen_of(media_server));
}

// Why the sender may be sending nothing here: what it was told of where the party is.
MediaDiagnosis::Contradiction MediaDiagnosis::contradiction(const Case& c) const {
  const Description& told = c.call.told(c.party);
  const Description& own = c.call.own(c.party);
  if (told.known)
    if (std::string keys = keys_taken_away(c.call); !keys.empty()) return {keys};
  if (!told.known || c.call.ice) return {};
  const std::string sender = name(c.call, c.sender);
  if (is_nowhere(told) && !is_nowhere(own))
    return {fmt::format("{} was told to send to {}, which is nowhere", sender, to_string(told.where))};
  if (!told.receives && own.receives) return {fmt::format("{} was told not to send", sender)};
  const Endpoint& beyond = c.call.of(c.from).signalling[index(c.sender)];
  const Endpoint& self = c.call.of(c.from).signalling[index(c.party)];
  if (c.from == Place::outside && told.where.address.is_private() && !beyond.address.is_private() &&
      told.where.address != self.address && !needs_no_address(c))
    return {fmt::format("{} was told to send to {}, a private address that nobody reaches from there", sender,
                        to_string(told.where)),
            true};
  if (c.two_places && !c.is_inside && told.where != own.where)
    return {
        fmt::format("{} was told to send to {} instead of {}", sender, to_string(told.where), to_string(own.where))};
  return {};
}

// Nothing comes to where we look first.
Hearing MediaDiagnosis::not_sent(const Case& c) const {
  Hearing hearing{.stopped = c.sink.last > c.settled, .since = c.quiet_since};
  Contradiction told = contradiction(c);
  hearing.unrouted = told.unrouted;
  hearing.nowhere = !told.why.empty() && !told.unrouted;
  const bool inside_view = c.to == Place::inside && !c.two_places;
  const bool pauses = c.call.pauses || c.source.pause >= kPauses || c.source.noise > 0;
  Duration patience = hearing.stopped ? c.patience.stopped : c.patience.absent;
  if (pauses && (hearing.stopped || told.why.empty())) patience = std::max(patience, kPausing);
  // The party says that it hears: the media takes another way.
  for (const PlaceOfCall& place : c.call.at) {
    const Time hears = (*place.referee)[index(c.party)].hears;
    if (hears > c.quiet_since && c.now - hears < kReports + kReports) return hearing;
  }
  const bool witness = c.alive(c.back);
  if (hearing.stopped && !witness) return hearing;  // both have fallen silent
  hearing.until = witness ? c.back.last : c.now;
  if (c.silence_until(hearing.until) < patience) return hearing;
  hearing.state = State::deaf;
  const bool by_phone =
      c.call.is_inside[index(c.sender)] ||
      scene_.clients.is_client(c.call.of(c.from).tap->side, c.call.of(c.from).signalling[index(c.sender)].address);
  // Who pauses or is muted without a word stops sending just as well, which nobody has to announce: that it stopped is
  // only a hint, unless its RTCP says that it goes on, or has ended with it.
  const Referee& referee = (*c.call.of(c.from).referee)[index(c.sender)];
  const bool says_sent = referee.sends_since > c.quiet_since;
  const bool ceased = hearing.stopped && !by_phone && reports_ceased(referee, c.quiet_since, hearing.until);
  // Whether it would answer to where the media comes from, nobody knows before it sends: until it has been silent for
  // longer than anybody who waits, plays nothing or listens, both are likely.
  const bool may_wait = told.unrouted && c.silence_until(hearing.until) < kWaits;
  if (!told.why.empty())
    hearing.confidence = may_wait ? kUnlessItLatches : c.two_places ? kContradiction : kContradictionFromOneSide;
  else if (by_phone)
    hearing.confidence = hearing.stopped            ? kHint
                         : c.two_places             ? kNotSent
                         : c.from == Place::outside ? kNothingComes
                                                    : kHint;
  else if (hearing.stopped && !says_sent && !ceased)
    hearing.confidence = kHint;
  else
    hearing.confidence = inside_view ? kOnLan : hearing.stopped ? kNoLongerComes : kNothingComes;
  if (may_wait) told.why += ", unless it answers to where the media comes from, which nothing has shown yet";
  hearing.why = !told.why.empty() ? std::move(told.why)
                : c.from == Place::outside && by_phone && !c.two_places
                    ? fmt::format("nothing of what {} may send leaves the router", name(c.call, c.sender))
                : by_phone ? fmt::format("{} itself {}", name(c.call, c.sender),
                                         hearing.stopped ? "has stopped sending" : "sends nothing")
                           : fmt::format("nothing {} from {}, neither lost nor turned away here",
                                         hearing.stopped ? "comes any more" : "comes", name(c.call, c.sender));
  if (ceased) hearing.why += "; nor do its RTCP reports";
  if (says_sent) {
    hearing.confidence = std::min(hearing.confidence + kReferee, kContradiction);
    hearing.why += fmt::format("; its RTCP says that it has sent {} packets", referee.sent);
  }
  if (c.call.ice) hearing.confidence = std::min(hearing.confidence, kHint);
  if (!hearing.nowhere && !hearing.unrouted && witness && repeats_handshake(c.call, c.sender, c.back.first))
    hearing.why += "; it still repeats its DTLS handshake, and has no keys to encrypt with";
  return hearing;
}

}  // namespace vialens

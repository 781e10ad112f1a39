// The media of a call: what should flow which way, since when, and what did.
//
// Should: by the last offer and answer that were completed (RFC 3264 5.1, 6.1, 8.4), as each side of the box shows
// them. Did: the streams that belong to the call, added up per side and direction. A stream belongs to it by the end
// points that were announced, then by those that its streams have shown (symmetric RTP, RFC 4961; latching, RFC 7362),
// then by its SSRC together with one end point that both sides share: in that order, because an ALG may have changed an
// announcement and a NAT one end, but nobody both.
//
// Only audio is added up: a call is heard or not. Other sections are known, so that their streams are not taken for it.
// Bounded: the calls that were touched least lately are forgotten.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "userspace/call/call_stream.h"
#include "userspace/call/description.h"
#include "userspace/call/dialogs.h"
#include "userspace/call/offer_answer.h"
#include "userspace/capture/flow.h"
#include "userspace/core/rare.h"
#include "userspace/core/table_fill.h"

namespace vialens {

constexpr std::size_t index(Party party) noexcept { return static_cast<std::size_t>(party); }

// Which of the two places: inside is a LAN's tap, outside every other one.
enum class Place : std::uint8_t { inside, outside };

constexpr std::size_t index(Place place) noexcept { return static_cast<std::size_t>(place); }
constexpr Place place_of(Side side) noexcept { return side == Side::lan ? Place::inside : Place::outside; }

template <class T>
using ByParty = std::array<T, 2>;

// How a G.711 or G.722 stream looks on the wire: packets of plain audio have whole steps of 5 ms, encrypted ones a few
// bytes more (RFC 3711 9.5, RFC 7714).
enum class Cover : std::uint8_t { unknown, plain, encrypted };

// What the packets of a way have been like without a break.
struct Look {
  std::uint8_t type = 0;  // payload type
  Cover cover = Cover::unknown;
  Time since{};                          // told of first
  std::uint64_t packets = 0;             // since then
  std::array<std::uint64_t, 2> types{};  // all payload types that these streams have ever had, one bit each
};

// All audio that goes to one party at one place.
struct Way {
  std::uint64_t packets = 0;
  std::uint64_t since = 0;  // packets since the last agreement; up to a second before it may be among them
  Time first{}, last{};
  Endpoint source{}, destination{};          // of the stream that was heard last
  Time source_since{}, destination_since{};  // it has had them
  std::uint32_t ssrc = 0;                    // likewise
  std::uint64_t noise = 0;                   // packets of comfort noise
  Duration pause{};                          // the longest one since the last agreement, after which it went on
  bool learned = false;                      // no announcement names an end of it
  std::uint64_t bytes = 0;                   // of payload, in the packets `since`
  Look look{};
  std::optional<std::uint8_t> type_before{};  // what came last before the last agreement, if that was not the first
};

// What a party says about what it hears and sends (RFC 3550 6.4), at one place.
struct Referee {
  Time first{}, last{};       // reports at all
  std::uint64_t reports = 0;  // since first
  std::uint64_t about = 0;    // those about a stream of the other party
  std::uint32_t highest = 0;  // sequence number heard
  Time hears{};               // when that was last seen to grow
  // Consecutive reports in which it did not grow although the other party had sent a second's packets since the one
  // before, and when the last other one came.
  std::uint64_t still = 0;
  Time still_since{};
  std::uint64_t packets_then = 0;      // of the other party, that passed here up to the last report
  std::vector<std::uint32_t> heard{};  // SSRCs that it has reported on
  bool hidden = false;                 // some of it is encrypted (SRTCP)
  std::uint32_t sent = 0;              // packets
  Time sends{}, sends_since{};         // when that was last seen to grow, and the report before that one
};

struct MediaStream {
  Place place = Place::outside;
  Party to = Party::caller;
  bool audio = true;
  Endpoint source{}, destination{};
  std::uint32_t ssrc = 0;
  FlowKind kind = FlowKind::rtp;
  std::uint64_t packets = 0, noise = 0, bytes = 0;  // told last
  Duration gap{};                                   // the longest one that was told
  Rare<FlowCounts> before{};                        // the call, if an earlier one had the same ends and SSRC
};

struct PlaceOfCall {
  const TapInfo* tap = nullptr;  // nullptr: no signalling was seen here
  ByParty<Description> said;     // by each, as it reads here
  std::uint32_t cseq = 0;        // of the agreement that this is
  Time agreed{};                 // when it was seen
  ByParty<Endpoint> signalling;
  ByParty<std::size_t> vias{};  // of its last INVITE here
  ByParty<Way> to;
  Rare<ByParty<Way>> fax;          // T.38, of which there is no SSRC
  Rare<ByParty<Way>> dtls;         // the handshake for SRTP; look.types: content types (RFC 5246 6.2.1)
  Rare<ByParty<Referee>> referee;  // what each says
};

struct CallMedium {
  std::string call_id;
  std::size_t caller_tag = 0;
  bool from_the_start = false;  // the first INVITE was seen, so that the caller is the caller
  Time created{}, early{}, answered{}, acknowledged{}, agreed{}, ended{};
  Time offered{};               // an offer waits for its answer since then
  Time changed{};               // the last offer that was refused, or forgotten
  Time transferred{};           // the last REFER, or report of what became of it
  std::optional<Party> offers;  // who made the one that waits
  std::optional<Party> inside;  // who is on the LAN's side; nothing if unknown, or if both are
  ByParty<bool> is_inside{};
  bool held = false;              // by the last agreement
  bool resumed = false;           // the last agreement ended a hold
  bool fax = false;               // T.38 was agreed to
  bool ice = false;               // media may leave the announced path
  bool pauses = false;            // silence need not be sent: comfort noise or DTX was agreed to (RFC 3389)
  ByParty<bool> was_heard{};      // by the party, before the last agreement
  std::array<PlaceOfCall, 2> at;  // by Place
  std::vector<MediaStream> streams;
  std::vector<std::size_t> filed;  // under which end points; bounded

  bool live() const noexcept { return answered != Time{} && ended == Time{}; }
  // Both places show its signalling.
  bool both() const noexcept { return at[0].tap != nullptr && at[1].tap != nullptr; }
  const PlaceOfCall& of(Place place) const noexcept { return at[index(place)]; }
  // Where the party is nearest: on its own side, or the only one there is.
  Place nearest(Party party) const noexcept;
  // What the party itself said, before anybody on the way could change it.
  const Description& own(Party party) const noexcept { return of(nearest(party)).said[index(party)]; }
  // What the other one was told of it.
  const Description& told(Party party) const noexcept { return of(nearest(other(party))).said[index(party)]; }
  // Both places show the same agreement: neither capture has missed a message of the last one.
  bool agree() const noexcept;
  // One capture may have both sides of a NAT in it (tcpdump -i any): then one stream is seen with two addresses of one
  // of its ends, a private and a public one, and neither copy is all that there is.
  bool shows_both_sides(Place place) const;
  // Whether it was agreed that the party hears something.
  bool expects(Party party) const noexcept;
};

class CallMedia {
 public:
  // `taps`: indexed by TapId; outlive this.
  explicit CallMedia(std::span<const TapInfo> taps) : taps_(taps) {}

  void observe(const TapInfo& tap, Time time, const Endpoint& source, const Endpoint& destination,
               const sip::Message& message, std::string_view call_id);
  // `message` is the one that completed it; of an early one, the provisional response.
  void observe(const Session& session, const sip::Message& message, bool early);
  void crossed(const sip::Message& message, Direction direction, std::string_view call_id);
  // Which call the stream was found to belong to, and who hears it; no call where nobody announced it.
  struct Joined {
    const CallMedium* call = nullptr;  // valid until the next observe()
    Party to = Party::caller;
    bool audio = true;
    const FlowCounts* before = nullptr;  // what the flow had counted before the call; nullptr: nothing
  };
  // `told`: what the flow had counted when it was told the last time; nullptr where that is not known.
  Joined observe(const Flow& flow, const FlowCounts* told = nullptr);
  void observe(const RtcpSource& source);
  void advance(Time now);
  void forget(std::string_view call_id);  // and its end points, of which the next call may be somebody else's

  const CallMedium* find(std::string_view call_id) const { return find(hash(call_id)); }
  const CallMedium* find(std::size_t hash_of_call_id) const { return calls_.peek(hash_of_call_id); }

  TableFill fill() const { return fill_of("call_media", calls_); }

  // All calls that have been answered, or may be, and have not ended long ago.
  template <class F>
  void each_open(F visit) const {
    for (const std::size_t key : open_)
      if (const CallMedium* const call = calls_.peek(key)) visit(*call);
  }

 private:
  struct Entry {  // of an end point
    std::size_t call = 0;
    Party owner = Party::caller;
    bool audio = true, learned = false;
    bool contested = false;  // two calls that are up announced it
  };
  struct Found {
    std::size_t call = 0;
    Party to = Party::caller;
    bool audio = true, learned = false;
  };
  static std::size_t ssrc_key(std::uint32_t ssrc, const Endpoint& shared) noexcept;
  std::size_t key(TapId tap, const Endpoint& endpoint) const noexcept;
  CallMedium& open(std::size_t key, std::string_view call_id, Time time);
  static void compare_vias(CallMedium& call, Party sender);
  void observe_request(CallMedium& call, Time time, const sip::Message& message, Party sender);
  void observe_response(CallMedium& call, Time time, const sip::Message& message);
  void announce(CallMedium& call, const TapInfo& tap, const std::optional<Endpoint>& where, Party owner, bool audio);
  std::optional<Found> look_up(const Flow& flow) const;
  std::optional<Found> decide(const Entry* to, const Entry* from) const;
  bool is_audio(const CallMedium& call, const Flow& flow, const Found& found) const;
  MediaStream* stream_of(CallMedium& call, const Flow& flow, const FlowCounts* told, const Found& found);
  void file(CallMedium& call, std::size_t key, const Entry& entry);
  void learn(CallMedium& call, const Flow& flow, const Found& found);
  bool ended(std::size_t key) const;

  static constexpr std::size_t kMostStreams = 32, kMostFiled = 64;  // of a call
  std::span<const TapInfo> taps_;
  Memory<CallMedium> calls_{kMostCalls, nullptr};
  Memory<Entry> endpoints_{4 * kMostCalls};
  Memory<Found> by_ssrc_{4 * kMostCalls};  // and one end point
  std::vector<std::size_t> open_;
};

}  // namespace vialens

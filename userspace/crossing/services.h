// SIP services that run on the box itself: a proxy, or a back-to-back user agent (PBX, SBC).
//
// Phones send to the box's own address, so none of their messages crosses it, and what leaves on the other side is the
// box's own, which it may write as it likes (RFC 3261 16, RFC 7092). Both are told from what was seen on one side only:
//
// - proxy: the same Call-ID, CSeq and tag on both sides, and the outer one has the inner one's Via below its own.
// - B2BUA: inside, a phone and a service talk with each other, and the service's address is never seen to be elsewhere;
//   outside, somebody talks whose messages never came in; and a call inside begins one outside shortly after, or the
//   other way round.
#pragma once

#include <optional>
#include <string>

#include "userspace/core/memory.h"
#include "userspace/crossing/crossing.h"

namespace vialens {

struct Service {
  enum class Kind : std::uint8_t { proxy, b2bua } kind = Kind::proxy;
  Endpoint inside, outside;  // where it was spoken to, or spoke, on either side
  Time time;
  std::string evidence;  // a sentence
  double confidence = 0;
};

class Services {
 public:
  // What a message shows of a service; nothing most of the time.
  std::optional<Service> observe(const Crossing& crossing);
  std::optional<Service> observe_stray(const Sighting& sighting, std::string_view call_id);

  // A proxy that passes on what was not addressed to it is known by its Via, which it takes away from the answer. A Via
  // of the box that the phone was given back has been forgotten by whoever put it there; that is no proxy.
  bool pushed(std::string_view branch) const { return pushed_.peek(hash(branch)) != nullptr; }

 private:
  struct Leg {  // one message, or the INVITE of one call, as one side shows it
    Time time{};
    Endpoint source{}, destination{};
    std::size_t call_id = 0, top = 0, below = 0;  // branches
    bool answered = false;
  };
  using Legs = Memory<Leg>;

  std::optional<Service> match_proxy(const Sighting& sighting, const Leg& leg);
  std::optional<Service> match_b2bua(const Sighting& sighting, const Leg& leg);
  std::optional<Service> join(const Leg& inner, const Leg& outer) const;

  static constexpr std::size_t kMost = 4096;
  Legs lan_{kMost}, wan_{kMost};              // by transaction
  Legs lan_calls_{kMost}, wan_calls_{kMost};  // INVITEs, by the user who calls, and by the one who is called
  Memory<std::size_t> lan_invites_{kMost};    // which of lan_calls_ a Call-ID's INVITE is
  Memory<bool> pushed_{kMost};
};

}  // namespace vialens

// What a detector is told, and what it answers with.
//
// A detector is one file: it looks at the events that it overrides and adds findings. It keeps what state it needs,
// bounded, reads no clock and does no I/O. all.cc lists the detectors.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "userspace/call/call_media.h"
#include "userspace/call/dialogs.h"
#include "userspace/call/offer_answer.h"
#include "userspace/call/transactions.h"
#include "userspace/crossing/box.h"
#include "userspace/crossing/crossing.h"
#include "userspace/crossing/services.h"
#include "userspace/detect/clients.h"
#include "userspace/detect/registrar.h"
#include "userspace/finding/findings.h"

namespace vialens {

// A message at one tap, whether or not it is seen at another.
struct Seen {
  const Sighting& sighting;
  std::string_view call_id;  // as the call is known
  const sip::Sdp* sdp;       // its session description, nullptr if it has none

  // What it belongs to on its side, this message included; nullptr if to none. Valid during the call.
  const Transaction* transaction = nullptr;
  const Dialog* dialog = nullptr;
  std::optional<Party> from{};  // within the dialog
  std::uint32_t copy = 0;  // 1: the first of its kind on this side (of a 2xx: in its dialog); 0 without transaction
};

// A message that was seen on one side, and by the end of the matching window not on the other.
struct Stray {
  const Sighting& sighting;
  std::string_view call_id;
  Time now;
};

// A datagram of which some fragments never came. `first` is what its first fragment held of the payload, if that came.
struct IncompleteDatagram {
  const TapInfo* tap;
  Time time;
  Endpoint source, destination;
  std::string_view first;
};

// What is known of the network from all that was seen so far.
struct Scene {
  std::span<const TapInfo> taps;  // by TapId
  bool two_sides;
  const Box& box;
  const Clients& clients;
  const Registrar& registrar;
  const CallMedia& calls;
  const Transactions& transactions;
  const Dialogs& dialogs;
  std::span<const Time> heard;    // by TapId: when the last message or stream was seen there
  std::span<const Time> packets;  // by TapId: when the last packet of any kind was
  std::span<const Time> streams;  // by TapId: when the last stream of media was

  const bool& keep_alives;  // datagrams too short for SIP were seen, which keep a mapping open and are not told of

  // Whether the capture of this side was still going on then.
  bool heard_after(Side side, Time time) const { return last_heard(side) > time; }
  // When a message or a stream was last seen on this side.
  Time last_heard(Side side) const;
  // It is watched here and now, and nothing of it is left out.
  bool is_live(Side side) const;
  // A file may have been filtered: that nothing is in it says something where other media is.
  bool shows_media(Side side) const;
  // When a packet of any kind was: its capture was going on then.
  Time last_packet(Side side) const;
};

class Detector {
 public:
  virtual ~Detector() = default;

  virtual void on_message(const Seen&, Findings&) {}
  virtual void on_crossing(const Crossing&, Findings&) {}
  virtual void on_stray(const Stray&, Findings&) {}
  // The capture ended before the window did. What enters may still have been on its way, and its capture may have ended
  // later than that of the other side; what leaves has entered before, if it did.
  virtual void on_last_stray(const Stray&, Findings&) {}
  virtual void on_service(const Service&, Findings&) {}
  virtual void on_incomplete(const IncompleteDatagram&, Findings&) {}
  // An offer was answered, as seen at one tap; `of` is the call's Call-ID.
  virtual void on_session(const Session&, Findings&) {}
  // With the call that it belongs to, if that is known.
  virtual void on_flow(const Flow&, const CallMedia::Joined&, Findings&) {}
  virtual void on_rtcp(const RtcpSource&, Findings&) {}
  // Over for a minute, or not heard of for long: it is forgotten now, and so may be what was kept of it.
  virtual void on_call_gone(const CallMedium&) {}
  // 64*T1 have passed since this request was first seen, and no final answer was; to an INVITE none at all (RFC 3261
  // Timers B and F). The capture of its side may be over, see Scene::last_packet().
  virtual void on_timeout(const Transaction&, Findings&) {}
  virtual void advance(Time, Findings&) {}  // about once a second
  virtual void finish(Time, Findings&) {}   // nothing comes any more
  // From here back the capture may have missed packets: nothing may be concluded from what was not seen.
  virtual void on_capture_loss(Time) {}
};

using Detectors = std::vector<std::unique_ptr<Detector>>;

Detectors all_detectors(const Scene& scene);

// What a finding about this message is about: its call, its registration, or the box.
Subject subject_of(const sip::Message& message, std::string_view call_id);
// The same for both versions of a message: by the names that the phone uses.
Subject subject_of(const Crossing& crossing);
Subject subject_of_call(std::string_view call_id);

// "INVITE", "200 INVITE"
std::string describe(const sip::Message& message);

// A finding about a crossing, with what every such finding says; detail and evidence are the detector's.
Finding finding_of(const FindingKind* kind, double confidence, const Crossing& crossing);
// About a message at one tap.
Finding finding_of(const FindingKind* kind, double confidence, const Sighting& sighting, std::string_view call_id);

// What a field of a message was and is, or is and should be.
Evidence evidence_of(const Sighting& sighting, std::string_view field, std::string_view before, std::string_view after);

}  // namespace vialens

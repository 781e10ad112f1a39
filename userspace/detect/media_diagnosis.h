// Whether a party of a call hears the other one, and if not, where the sound dies.
//
// The clock is the other stream's: what is missing is missing while something else goes on that proves that the call,
// and the capture, do. With both sides in sight there are four counters, from which the place of the loss follows: what
// enters the box and does not leave it is lost in it. With one side there are two, and less is said with less
// confidence. Nothing is said of what was not agreed to (RFC 3264: hold, inactive, refused), while an offer waits for
// its answer, of silence that need not be sent (RFC 3389), and where the media leaves the announced path (ICE).
#pragma once

#include <optional>
#include <string>

#include "userspace/call/call_media.h"
#include "userspace/detect/detector.h"
#include "userspace/detect/media_latching.h"

namespace vialens {

// How long nothing may come before anything is said of it.
struct Patience {
  Duration absent = std::chrono::seconds(8);           // after the agreement, if nothing came at all
  Duration stopped = std::chrono::milliseconds(3500);  // after the last packet
};

struct Hearing {
  enum class State : std::uint8_t {
    unknown,     // nothing can be said (yet)
    unexpected,  // it was not agreed that anything comes
    hears,
    deaf,
  } state = State::unknown;
  double confidence = 0;  // of being deaf
  bool in_box = false;    // it enters the box and does not leave it
  bool stopped = false;   // it came before
  bool astray = false;    // it is sent to where the party is not
  bool nowhere = false;   // the other one was told to send to where nothing can arrive, or cannot encrypt
  bool passes = false;    // it gets here, and what becomes of it is a guess
  bool unrouted = false;  // it was told a private address, which leads nowhere unless the media has a way of its own
  std::optional<Evidence> unplayable{};  // something comes, and the party cannot play it
  Time since{};                          // deaf since then
  Time until{};                          // and shown to be so until then
  std::string why{};                     // where it dies: a clause without a subject
};

class MediaDiagnosis {
 public:
  // `latching`: what other calls have shown; outlives this.
  explicit MediaDiagnosis(const Scene& scene, const Latching* latching = nullptr)
      : scene_(scene), latching_(latching) {}

  // Whether `party` hears the other one, as of `now`; nothing before `settled` counts.
  Hearing of(const CallMedium& call, Party party, Time now, Time settled, const Patience& patience) const;

  // Since when nothing has changed in what was agreed, and an offer does not wait.
  static Time settled(const CallMedium& call);
  // "the caller"; by its address if the beginning of the call was not seen.
  static std::string name(const CallMedium& call, Party party);
  // Where it is lost, by what was seen of it.
  static Locus locus(const Hearing& hearing);
  // A finding about the media of the call that `deaf` does not hear, with the counters as evidence.
  Finding finding(const FindingKind* kind, const CallMedium& call, Party deaf, const Hearing& hearing) const;

 private:
  struct Case;  // what is looked at
  struct Ends;
  bool capture_went_on(const Case& c) const;
  bool by_other_path(const Case& c) const;
  Ends ends(const Case& c) const;
  Hearing lost_in_box(const Case& c) const;
  Hearing sent_elsewhere(const Case& c) const;
  Hearing not_sent(const Case& c) const;
  Hearing arrives(const Case& c) const;
  Hearing beyond(const Case& c) const;
  struct Contradiction {
    std::string why{};  // empty: there is none
    bool unrouted = false;
  };
  Contradiction contradiction(const Case& c) const;
  bool needs_no_address(const Case& c) const;

  const Scene& scene_;
  const Latching* latching_;
};

}  // namespace vialens

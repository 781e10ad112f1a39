// What several detectors of signalling symptoms ask.
#pragma once

#include "userspace/core/memory.h"
#include "userspace/detect/detector.h"

namespace vialens {

inline double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

inline Side other_side(Side side) noexcept {
  return side == Side::lan ? Side::wan : side == Side::wan ? Side::lan : Side::unknown;
}

// A 2xx to an INVITE, of the transaction that its dialog waits for.
inline bool is_answer_of_dialog(const Seen& seen) {
  const sip::Message& message = *seen.sighting.message;
  return seen.dialog != nullptr && message.method() == "INVITE" && message.status() >= 200 && message.status() < 300 &&
         seen.dialog->answer.cseq == message.cseq();
}

inline bool is_request(const Seen& seen, Method method) {
  return seen.sighting.message->is_request() && seen.transaction != nullptr && seen.transaction->method == method;
}

inline bool is_answer(const Seen& seen, Method method) {
  return !seen.sighting.message->is_request() && seen.transaction != nullptr && seen.transaction->method == method;
}

// The first header of that name, one of those that HeaderName does not have; or an empty view.
std::string_view header_of(const sip::Message& message, std::string_view name);

// What passed that side since then would have been seen: it is watched live, or something else was seen there later.
bool in_sight_since(const Scene& scene, Side side, Time time);

// Who hung up, on whichever side of the box that was seen; nothing while it is up.
std::optional<Party> hung_up_by(const Scene& scene, const Dialog& dialog);

// Of strays, which come without their transaction: when the first copy of this request was sent. A pause ends there,
// and not with the copy that made it certain.
class FirstCopies {
 public:
  Time of(const Sighting& sighting);

 private:
  struct Sent {
    Time first{}, last{};
  };
  Memory<Sent> sent_{4096};
};

// A phone's own request to somebody who is no phone, outside of any dialog.
bool is_from_phone(const Scene& scene, const Sighting& sighting);
// A request for a phone that came from its provider.
bool is_for_phone(const Scene& scene, const Sighting& sighting);

}  // namespace vialens

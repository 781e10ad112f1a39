// One message seen on both sides of the box.
#pragma once

#include <span>
#include <string_view>

#include "userspace/crossing/compare.h"
#include "userspace/crossing/sighting.h"

namespace vialens {

// How well the box did what it did to the message.
enum class Grade : std::uint8_t {
  unchanged,
  harmless,    // every address that was to be rewritten was, and nothing else
  incomplete,  // an address that somebody will send to was left as it was
  broken,      // cannot be read, or not be used for what it says
};

std::string_view to_string(Grade grade) noexcept;

struct Crossing {
  const Sighting& entry;
  const Sighting& exit;
  Direction direction = Direction::unknown;  // out: from the LAN to the WAN side
  std::span<const Change> changes{};         // empty if nothing of meaning differs
  std::string_view call_id{};                // as the call is known
  bool proxied = false;                      // something in between acted as a SIP proxy, and said so
  Grade grade = Grade::unchanged;

  bool out() const noexcept { return direction == Direction::out; }
  const Sighting& lan() const noexcept { return out() ? entry : exit; }
  const Sighting& wan() const noexcept { return out() ? exit : entry; }
  // The phone as the LAN sees it, and as the box shows it outside; and the other end.
  const Endpoint& inside() const noexcept { return out() ? entry.source : exit.destination; }
  const Endpoint& outside() const noexcept { return out() ? exit.source : entry.destination; }
  const Endpoint& remote() const noexcept { return out() ? exit.destination : entry.source; }
  bool translated() const noexcept { return inside().address != outside().address; }
};

// Whether a SIP proxy in between passed it on: it has to push a Via in front of the others, and to take it away from
// the answer (RFC 3261 16.6, 16.7). Who only counts Max-Forwards down is none.
bool looks_proxied(const Versions& versions) noexcept;

// Of a crossing whose other members are filled in.
Grade grade_of(const Crossing& crossing) noexcept;

// The places of a message where an address is used to send something to: not a name, not an identifier. `visit` gets
// each value with the name of its place ("Contact", "SDP c=").
class Places {
 public:
  using Visit = void (*)(void* context, std::string_view where, std::string_view value);
  template <class F>
  static void each(const sip::Message& message, F visit) {
    walk(
        message,
        [](void* context, std::string_view where, std::string_view value) {
          (*static_cast<F*>(context))(where, value);
        },
        &visit);
  }

 private:
  static void walk(const sip::Message& message, Visit visit, void* context);
};

}  // namespace vialens

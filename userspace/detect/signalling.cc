#include "userspace/detect/signalling.h"

#include <algorithm>

#include "userspace/sip/fields.h"

namespace vialens {

std::string_view header_of(const sip::Message& message, std::string_view name) {
  for (const sip::Header& header : message.headers())
    if (sip::equal_ignoring_case(header.name, name)) return header.value;
  return {};
}

bool in_sight_since(const Scene& scene, Side side, Time time) {
  const bool live = std::any_of(scene.taps.begin(), scene.taps.end(), [&](const TapInfo& tap) {
    return tap.side == side && tap.direction != Direction::unknown;
  });
  return live || scene.last_packet(side) > time || scene.heard_after(side, time);
}

bool is_from_phone(const Scene& scene, const Sighting& sighting) {
  if (scene.clients.sent_by_client(sighting)) return true;
  // Nobody has registered yet.
  return sighting.tap->side == Side::lan && sighting.source.address.is_private() &&
         !sighting.destination.address.is_private();
}

bool is_for_phone(const Scene& scene, const Sighting& sighting) {
  const Side side = sighting.tap->side;
  return scene.clients.is_client(side, sighting.destination.address) &&
         !scene.clients.is_client(side, sighting.source.address);
}

}  // namespace vialens

#include "userspace/detect/signalling.h"

namespace vialens {

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

#include "userspace/detect/media_bypass.h"

#include <algorithm>

namespace vialens {
namespace {

// One /24, or one /64.
bool are_neighbours(const Address& a, const Address& b) {
  const std::ptrdiff_t bytes = a.is_v4() ? 15 : 8;
  return a != b && a.is_private() && b.is_private() &&
         std::equal(a.bytes.begin(), a.bytes.begin() + bytes, b.bytes.begin());
}

// A phone on a LAN has its media at an address that is neither its own nor the box's.
bool is_relayed(const Endpoint& media, const Endpoint& signalling, const Box& box) {
  return !media.address.is_private() && media.address != signalling.address && signalling.address.is_private() &&
         !box.owns(media.address);
}

}  // namespace

std::optional<Bypass> media_bypass(const CallMedium& call, const Box& box) {
  for (const PlaceOfCall& place : call.at) {
    if (place.tap == nullptr || !place.said[0].active || !place.said[1].active) continue;
    const Endpoint& caller = place.said[0].where;
    const Endpoint& callee = place.said[1].where;
    if (are_neighbours(caller.address, callee.address)) return Bypass{&place, true};
    if (is_relayed(caller, place.signalling[0], box) || is_relayed(callee, place.signalling[1], box))
      return Bypass{&place, false};
  }
  return std::nullopt;
}

}  // namespace vialens

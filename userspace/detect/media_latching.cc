#include "userspace/detect/media_latching.h"

#include <algorithm>

namespace vialens {
namespace {

constexpr std::uint64_t kPackets = 10;

// Its /24, or its /64.
Address network_of(Address address) noexcept {
  std::fill(address.bytes.begin() + (address.is_v4() ? 15 : 8), address.bytes.end(), std::uint8_t{0});
  return address;
}

std::size_t key(const Address& media_server) noexcept { return std::hash<Address>{}(network_of(media_server)); }

bool is_elsewhere(const Endpoint& destination, const Endpoint& announced) noexcept {
  return announced.port != 0 && announced.address.is_private() && !announced.address.is_unspecified() &&
         !destination.address.is_private();
}

}  // namespace

void Latching::observe(const Flow& flow, const CallMedia::Joined& joined, const TapInfo& tap) {
  if (joined.call == nullptr || place_of(tap.side) != Place::outside || flow.packets < kPackets) return;
  if (is_elsewhere(flow.destination, joined.call->of(Place::outside).said[index(joined.to)].where))
    networks_[key(flow.source.address)] = true;
}

bool Latching::seen_of(const Address& media_server) const { return networks_.peek(key(media_server)) != nullptr; }

bool latches(const CallMedium& call, Party party, const Address& media_server) {
  const Endpoint& announced = call.of(Place::outside).said[index(party)].where;
  return std::any_of(call.streams.begin(), call.streams.end(), [&](const MediaStream& stream) {
    return stream.place == Place::outside && stream.to == party && stream.packets >= kPackets &&
           is_elsewhere(stream.destination, announced) && network_of(stream.source.address) == network_of(media_server);
  });
}

}  // namespace vialens

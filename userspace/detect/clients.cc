#include "userspace/detect/clients.h"

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

std::size_t key(Side side, const Address& address) noexcept {
  return mix(std::hash<Address>{}(address), static_cast<std::size_t>(side));
}

}  // namespace

void Clients::observe(const Sighting& sighting) {
  const sip::Message& message = *sighting.message;
  const Side side = sighting.tap->side;
  if (message.method() == "REGISTER") {
    const bool request = message.is_request();
    note(side, (request ? sighting.source : sighting.destination).address, Role::client);
    note(side, (request ? sighting.destination : sighting.source).address, Role::provider);
    return;
  }
  if (!message.is_request()) return;
  sip::Values vias(message, sip::HeaderName::via);
  const auto first = vias.next();
  const auto via = first && !vias.next() ? sip::parse_via(*first) : std::nullopt;
  const auto sent_by = via ? Address::parse(via->sent_by.host) : std::nullopt;
  if (!sent_by || !sent_by->is_private() || *sent_by == sighting.source.address) return;
  note(side, sighting.source.address, Role::client);
}

void Clients::note(Side side, const Address& address, Role role) {
  Role& known = roles_[key(side, address)];
  if (known == Role::unknown || role == Role::client) known = role;
}

Clients::Role Clients::role(Side side, const Address& address) const {
  const Role* const known = roles_.peek(key(side, address));
  return known == nullptr ? Role::unknown : *known;
}

bool Clients::is_client(Side side, const Address& address) const { return role(side, address) == Role::client; }
bool Clients::is_provider(Side side, const Address& address) const { return role(side, address) == Role::provider; }

bool Clients::sent_by_client(const Sighting& sighting) const {
  return is_client(sighting.tap->side, sighting.source.address) &&
         !is_client(sighting.tap->side, sighting.destination.address);
}

}  // namespace vialens

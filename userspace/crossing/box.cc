#include "userspace/crossing/box.h"

#include <algorithm>

namespace vialens {
namespace {

std::size_t key(const Endpoint& endpoint) noexcept { return std::hash<Endpoint>{}(endpoint); }
std::size_t key(const Endpoint& inside, const Endpoint& remote) noexcept { return mix(key(inside), key(remote)); }
std::size_t key(const Address& inside, const Endpoint& remote) noexcept {
  return mix(std::hash<Address>{}(inside), key(remote));
}

}  // namespace

void Box::observe(const Crossing& crossing) {
  const Time time = crossing.wan().time;
  Binding& binding = by_outside_[key(crossing.outside())];
  if (binding.inside != crossing.inside() || binding.outside != crossing.outside())
    binding = {.inside = crossing.inside(), .outside = crossing.outside(), .first = time};
  binding.last = std::max(binding.last, time);
  if (!crossing.out()) binding.last_in = std::max(binding.last_in, time);
  by_inside_[key(crossing.inside(), crossing.remote())] = binding;
  by_phone_[key(crossing.inside().address, crossing.remote())] = binding;

  if (!crossing.translated()) return;
  const Address& address = crossing.outside().address;
  const auto found = std::find_if(addresses_.begin(), addresses_.end(),
                                  [&](const OutsideAddress& known) { return known.address == address; });
  if (found != addresses_.end())
    found->last = std::max(found->last, time);
  else if (addresses_.size() < kMostAddresses)
    addresses_.push_back({address, time, time});
}

bool Box::owns(const Address& address) const noexcept {
  return std::any_of(addresses_.begin(), addresses_.end(),
                     [&](const OutsideAddress& known) { return known.address == address; });
}

const Binding* Box::binding(const Endpoint& outside) const noexcept {
  const Binding* found = by_outside_.peek(key(outside));
  return found != nullptr && found->outside == outside ? found : nullptr;
}

const Binding* Box::binding_of(const Endpoint& inside, const Endpoint& remote) const noexcept {
  const Binding* found = by_inside_.peek(key(inside, remote));
  return found != nullptr && found->inside == inside ? found : nullptr;
}

const Binding* Box::binding_of(const Address& inside, const Endpoint& remote) const noexcept {
  const Binding* found = by_phone_.peek(key(inside, remote));
  return found != nullptr && found->inside.address == inside ? found : nullptr;
}

}  // namespace vialens

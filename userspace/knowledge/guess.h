// Which product this may be, by what is seen of it. A guess, and said to be one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "userspace/knowledge/products.h"

namespace vialens {

struct Guess {
  const Product* product = nullptr;
  std::string why;  // "the network card of the gateway 192.168.1.1 is of NETGEAR"
};

// Products of this maker; those whose model fits, if any does. `model` may be empty.
std::vector<const Product*> made_by(const Knowledge& known, std::string_view maker, std::string_view model);
// Products with that kind of ALG.
std::vector<const Product*> with_alg(const Knowledge& known, std::string_view fingerprint);

}  // namespace vialens

// What the caller feels of the signalling: calls (call-) and registrations (reg-).
#include "userspace/finding/catalogue.h"

namespace vialens {

std::span<const FindingKind> kinds_of_symptoms() {
  static const std::vector<FindingKind> kinds;
  return kinds;
}

}  // namespace vialens

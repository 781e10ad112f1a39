// What the caller feels of the media.
#include "userspace/finding/catalogue.h"

namespace vialens {

std::span<const FindingKind> kinds_of_media() {
  static const std::vector<FindingKind> kinds;
  return kinds;
}

}  // namespace vialens

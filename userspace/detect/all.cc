// The only place that knows all detectors.
#include "userspace/detect/all.h"

#include "userspace/detect/detector.h"

namespace vialens {

Detectors all_detectors() {
  Detectors detectors;
  detectors.push_back(make_alg_rewrite());
  detectors.push_back(make_alg_dropped());
  return detectors;
}

}  // namespace vialens

// One line per detector.
#pragma once

#include <memory>

#include "userspace/detect/detector.h"

namespace vialens {

std::unique_ptr<Detector> make_alg_rewrite();
std::unique_ptr<Detector> make_alg_dropped();

}  // namespace vialens

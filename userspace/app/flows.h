// Media on its way from the capture to the engine.
#pragma once

#include <span>

#include "userspace/capture/flow.h"
#include "userspace/capture/tap_info.h"

namespace vialens::app {

// How often flows are read: no question about media has to be answered sooner.
constexpr std::chrono::seconds kFlowsEvery{1};

// With --log debug, what there is to know of a flow, each time it is read.
void log_flow(const Flow& flow, std::span<const TapInfo> taps);

}  // namespace vialens::app

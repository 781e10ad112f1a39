// Media on its way from the capture to the engine.
#pragma once

#include <span>

#include "userspace/capture/flow.h"
#include "userspace/capture/tap_info.h"
#include "userspace/engine/engine.h"

namespace vialens::app {

// With --log debug, what there is to know of a flow or a sender of RTCP, each time it is read.
void log_flow(const Flow& flow, std::span<const TapInfo> taps);
void log_rtcp(const RtcpSource& source, std::span<const TapInfo> taps);

// The engine tells the capture, live or of files, which end points were announced for media.
template <class Capture>
void expect_media(Capture& capture, Engine& engine) {
  engine.announce([&capture](const MediaEndpoint& endpoint) { capture.expect(endpoint); });
}

// What changed since the last call goes to the engine.
template <class Capture>
void read_media(Capture& capture, Engine& engine) {
  capture.flows([&](const Flow& flow) {
    log_flow(flow, capture.taps());
    engine.observe(flow);
  });
  capture.rtcp([&](const RtcpSource& source) { log_rtcp(engine.observe(source), capture.taps()); });
}

// Every table that is bounded, of the engine and of the capture.
template <class Capture>
std::vector<TableFill> tables_of(const Capture& capture, const Engine& engine) {
  std::vector<TableFill> tables = engine.tables();
  for (const TableFill& table : capture.tables()) tables.push_back(table);
  return tables;
}

}  // namespace vialens::app

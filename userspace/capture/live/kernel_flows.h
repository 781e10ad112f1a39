// The table of flows that the kernel programs of all interfaces write, read from here.
#pragma once

#include <cstdint>
#include <functional>

#include "userspace/capture/live/handles.h"
#include "vialens/abi.h"

namespace vialens::live {

class KernelFlows {
 public:
  using Sink = std::function<void(const vialens_flow_key&, const vialens_flow&)>;

  KernelFlows();  // makes the table
  int fd() const noexcept { return map_.get(); }

  // Those of which packets were counted since the last call, and a few more whose last packet came just before it.
  // What a flow counted between the last call and its eviction is not told.
  void changed(const Sink& sink);

  // All there are, the one way or the other. In batches: false if this kernel has none, or if something went wrong on
  // the way, after any number of calls.
  bool read_in_batches(const Sink& sink) const;
  void read_one_by_one(const Sink& sink) const;

 private:
  FileDescriptor map_;
  std::uint64_t since_ns_ = 0;
};

}  // namespace vialens::live

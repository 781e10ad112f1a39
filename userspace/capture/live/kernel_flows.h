// The tables of media that the kernel programs of all interfaces share, read and written from here.
#pragma once

#include <cstdint>
#include <functional>

#include "userspace/capture/live/handles.h"
#include "userspace/capture/live/table_sizes.h"
#include "userspace/capture/media_endpoint.h"
#include "userspace/core/table_fill.h"
#include "vialens/abi.h"

namespace vialens::live {

// What the kernel counts in: flows, and senders of RTCP.
template <class Value>
class KernelTable {
 public:
  using Sink = std::function<void(const vialens_flow_key&, const Value&)>;

  KernelTable(const char* name, std::uint32_t limit);  // makes the table, of so many entries
  int fd() const noexcept { return map_.get(); }

  // Those of which packets were counted since the last call, and a few more whose last packet came just before it.
  // What an entry counted between the last call and its eviction is not told. `made`: how many entries the programs
  // have added until now.
  void changed(std::uint64_t made, const Sink& sink);
  // As of the last call: the kernel counts no evictions, but what was added and is not there has been evicted.
  TableFill fill(std::string_view name) const noexcept { return {name, entries_, limit_, evicted_}; }

  // All there are, the one way or the other. In batches: false if this kernel has none, or if something went wrong on
  // the way, after any number of calls.
  bool read_in_batches(const Sink& sink) const;
  void read_one_by_one(const Sink& sink) const;

 private:
  FileDescriptor map_;
  std::uint32_t limit_;
  std::uint64_t since_ns_ = 0, entries_ = 0, evicted_ = 0;
};

extern template class KernelTable<vialens_flow>;
extern template class KernelTable<vialens_rtcp>;

class KernelFlows : public KernelTable<vialens_flow> {
 public:
  explicit KernelFlows(const TableSizes& sizes = {}) : KernelTable("flows", sizes.flows) {}
};

class KernelRtcp : public KernelTable<vialens_rtcp> {
 public:
  explicit KernelRtcp(const TableSizes& sizes = {}) : KernelTable("rtcp", sizes.rtcp_senders) {}
};

// What the control plane tells the kernel.
class KernelEndpoints {
 public:
  explicit KernelEndpoints(const TableSizes& sizes = {});
  int fd() const noexcept { return map_.get(); }
  void put(const MediaEndpoint& endpoint) noexcept;  // replaces what was known of it
  // Nobody walks through this table: what exceeds its room has been evicted, and perhaps a little more.
  TableFill fill() const noexcept;

 private:
  FileDescriptor map_;
  std::uint64_t limit_, made_ = 0;
};

}  // namespace vialens::live

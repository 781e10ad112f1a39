#include "userspace/capture/flow_table.h"

namespace vialens {

std::string_view FlowTable::bytes(const vialens_flow_key& key) noexcept {
  return {reinterpret_cast<const char*>(&key), sizeof(key)};  // without padding, which abi.h asserts
}

vialens_flow* FlowTable::find(const vialens_flow_key& key) {
  const auto found = by_key_.find(bytes(key));
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->flow;
}

void FlowTable::add(const vialens_flow_key& key, const vialens_flow& flow) {
  if (by_key_.contains(bytes(key))) return;
  if (entries_.size() >= limit_) {
    by_key_.erase(bytes(entries_.back().key));
    entries_.pop_back();
    ++evicted_;
  }
  entries_.push_front({key, flow});
  by_key_.emplace(bytes(entries_.front().key), entries_.begin());
}

// Each packet brings its flow to the front, so that the first one without news ends the news.
void FlowTable::changed(const Sink& sink) {
  for (Entry& entry : entries_) {
    if (entry.flow.packets == entry.told) return;
    entry.told = entry.flow.packets;
    sink(entry.key, entry.flow);
  }
}

}  // namespace vialens

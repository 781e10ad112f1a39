#include "userspace/crossing/rewriting.h"

#include <algorithm>

#include "userspace/core/memory.h"
#include "userspace/sip/sdp.h"

namespace vialens {
namespace {

constexpr unsigned kEnough = 6;  // a call that is answered and ended has seven at least
constexpr Duration kLately = std::chrono::minutes(10);
constexpr std::size_t kMostFlows = 1024, kMostKinds = 64;

std::size_t kind_of(const Crossing& crossing) {
  const sip::Message& message = *crossing.entry.message;
  const auto status_class = static_cast<std::size_t>(message.status() / 100);
  const std::size_t has_sdp = sip::sdp_body(message).empty() ? 0 : 1;
  return mix(mix(hash(message.method()), status_class), 2 * static_cast<std::size_t>(crossing.direction) + has_sdp);
}

std::size_t flow_key(const Crossing& crossing) {
  return mix(std::hash<Address>{}(crossing.inside().address), std::hash<Endpoint>{}(crossing.remote()));
}

}  // namespace

void RewritingWatch::observe(const Crossing& crossing) {
  if (crossing.proxied) return;
  now_ = std::max(now_, crossing.exit.time);
  const bool rewritten = !crossing.changes.empty();
  if (!rewritten && flows_.empty()) return;
  const std::size_t key = flow_key(crossing), kind = kind_of(crossing);
  if (rewritten) {
    Flow& flow = flow_of(key);
    last_ = flow.last = now_;
    flow.spared = 0;
    const bool known = std::find(flow.rewritten.begin(), flow.rewritten.end(), kind) != flow.rewritten.end();
    if (!known && flow.rewritten.size() < kMostKinds) flow.rewritten.push_back(kind);
    return;
  }
  const auto found = flows_.find(key);
  if (found == flows_.end()) return;
  Flow& flow = found->second;
  const std::size_t message = mix(mix(kind, crossing.entry.message->cseq()), hash(crossing.call_id));
  if (message == flow.latest_spared) return;
  if (std::find(flow.rewritten.begin(), flow.rewritten.end(), kind) == flow.rewritten.end()) return;
  flow.latest_spared = message;
  ++flow.spared;
}

// A new one, for want of room, in the place of the one that was rewritten longest ago.
RewritingWatch::Flow& RewritingWatch::flow_of(std::size_t key) {
  const auto found = flows_.find(key);
  if (found != flows_.end()) return found->second;
  if (flows_.size() >= kMostFlows)
    flows_.erase(std::min_element(flows_.begin(), flows_.end(),
                                  [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
  return flows_[key];
}

Rewriting RewritingWatch::state() const {
  Rewriting state{last_, false};
  for (const auto& [key, flow] : flows_) {
    if (flow.spared >= kEnough)
      state.over = true;
    else if (now_ - flow.last <= kLately)
      return {last_, false};
  }
  return state;
}

}  // namespace vialens

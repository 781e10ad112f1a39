#include "userspace/capture/host_tap.h"

#include <algorithm>
#include <bitset>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "userspace/capture/decode.h"
#include "userspace/capture/recent_table.h"

// The shared code keeps the kernel's style, in which int and __u8 mix freely.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"

namespace {

struct vialens_context {
  const __u8* data;
  __u32 length;
};

}  // namespace

namespace vialens {
namespace {

struct FragmentKey {
  Address source, destination;
  std::uint32_t ip_id;
  std::uint8_t protocol;

  auto operator<=>(const FragmentKey&) const = default;
};

struct FragmentSeen {
  std::uint64_t time;
  bool ours;
};

constexpr std::uint64_t kFragmentLifetime = 30'000'000'000;  // as in bpf/maps.h
constexpr std::size_t kFragments = 4096;

}  // namespace
}  // namespace vialens

// The frame that is being looked at, and what the kernel keeps in maps.
struct vialens::HostTap::State {
  TapId id = 0;
  std::bitset<65536> ports;
  Sink sink;
  TapCounters counters{};
  std::map<FragmentKey, FragmentSeen> fragments;
  FlowTable flows;
  RtcpTable rtcp;
  EndpointTable endpoints;
  std::bitset<65536> fax_ports;
  Time time;
  __u64 available = 0;  // of the bytes that were read last: fewer than asked for where the capture is cut
};

namespace {

#include "vialens/tap.h"

thread_local vialens::HostTap::State* current = nullptr;
thread_local vialens_scratch scratch;

vialens_scratch* vialens_get_scratch() { return &scratch; }

bool vialens_port_watched(__u16 port) { return current->ports.test(port); }

vialens_counters* vialens_tap_counters(__u32) { return &current->counters; }

__u8 vialens_tap_number(__u32) { return current->id; }

__u64 vialens_now() { return static_cast<__u64>(current->time.time_since_epoch().count()); }

// Zeros stand for what the capture cut off, which reads as text that never ends.
long vialens_read(vialens_context ctx, __u32 off, void* to, __u64 len) {
  const __u64 available = off < ctx.length ? std::min<__u64>(len, ctx.length - off) : 0;
  std::memcpy(to, ctx.data + std::min(off, ctx.length), available);
  std::memset(static_cast<__u8*>(to) + available, 0, len - available);
  current->available = available;
  return available == 0 ? -1 : 0;
}

long vialens_put(vialens_scratch* s, __u64 len) {
  const __u64 in_hand = std::min(len, current->available);
  s->event.cap_len = static_cast<__u32>(in_hand);
  s->event.tap = vialens_tap_number(s->direction);
  current->counters.events++;
  current->sink(vialens::decode(
      s->event, {reinterpret_cast<const char*>(s->payload), static_cast<std::size_t>(in_hand)}, current->time));
  return 0;
}

__u32 vialens_next_piece(vialens_context ctx) { return vialens_put_piece(ctx, &scratch); }

vialens_flow* vialens_flow_find(const vialens_flow_key* key) { return current->flows.find(*key); }

void vialens_flow_add(const vialens_flow_key* key, const vialens_flow* flow) {
  current->flows.add(*key, *flow);
  current->counters.flows_made++;
}

vialens_rtcp* vialens_rtcp_find(const vialens_flow_key* key) { return current->rtcp.find(*key); }

void vialens_rtcp_add(const vialens_flow_key* key, const vialens_rtcp* first) {
  current->rtcp.add(*key, *first);
  current->counters.rtcp_made++;
}

const vialens_endpoint* vialens_endpoint_find(const vialens_endpoint_key* key) { return current->endpoints.find(*key); }

bool vialens_port_fax(__u16 port) { return current->fax_ports.test(port); }

vialens::FragmentKey key_of(const vialens_scratch* s) {
  vialens::FragmentKey key{};
  std::copy(std::begin(s->event.saddr), std::end(s->event.saddr), key.source.bytes.begin());
  std::copy(std::begin(s->event.daddr), std::end(s->event.daddr), key.destination.bytes.begin());
  key.ip_id = s->packet.ip_id;
  key.protocol = s->packet.protocol;
  return key;
}

int vialens_fragment_known(vialens_scratch* s) {
  const auto found = current->fragments.find(key_of(s));
  if (found == current->fragments.end() || s->event.ktime_ns - found->second.time > vialens::kFragmentLifetime)
    return -1;
  return found->second.ours ? 1 : 0;
}

void vialens_fragment_learn(vialens_scratch* s, bool ours) {
  if (current->fragments.size() >= vialens::kFragments) current->fragments.clear();
  current->fragments.insert_or_assign(key_of(s), vialens::FragmentSeen{s->event.ktime_ns, ours});
}

}  // namespace

namespace vialens {

HostTap::HostTap(TapId id, std::span<const std::uint16_t> sip_ports, Sink sink) : state_(std::make_unique<State>()) {
  state_->id = id;
  state_->sink = std::move(sink);
  for (const std::uint16_t port : sip_ports) state_->ports.set(port);
}

HostTap::~HostTap() = default;
HostTap::HostTap(HostTap&&) noexcept = default;

const TapCounters& HostTap::counters() const noexcept { return state_->counters; }

void HostTap::flows(const FlowSink& sink) {
  state_->flows.changed([&](const vialens_flow_key& key, const vialens_flow& flow) { sink(decode(key, flow, {})); });
}

void HostTap::rtcp(const RtcpSink& sink) {
  state_->rtcp.changed([&](const vialens_flow_key& key, const vialens_rtcp& rtcp) { sink(decode(key, rtcp, {})); });
}

void HostTap::expect(const MediaEndpoint& endpoint) {
  const auto [key, value] = encode(endpoint);
  const vialens_endpoint* const known = state_->endpoints.find(key);
  state_->endpoints.put(key, known != nullptr ? merged(*known, value) : value);
  if (endpoint.fax) state_->fax_ports.set(endpoint.at.port);
}

std::array<TableFill, 3> HostTap::tables() const noexcept {
  return {fill_of("flows", state_->flows), fill_of("rtcp_senders", state_->rtcp),
          fill_of("endpoints", state_->endpoints)};
}

void HostTap::packet(Time time, std::span<const std::uint8_t> frame, std::uint32_t wire_length, bool ethernet) {
  const __u8* data = frame.data();
  const __u8* end = data + frame.size();
  current = state_.get();
  current->time = time;

  const vialens_walk walked = vialens_walk_frame(data, end, wire_length, ethernet, &scratch.packet);
  const vialens_packet& packet = scratch.packet;
  __u32 outcome = vialens_decide(data, end, walked, &packet);
  scratch.direction = VIALENS_IN;
  if (vialens_accounted(outcome)) {
    scratch.outcome = static_cast<__u8>(outcome);
    outcome = vialens_account(data, end, &scratch);
  } else if (outcome >= VIALENS_LOOK) {
    scratch.watched = vialens_port_watched(packet.sport) || vialens_port_watched(packet.dport);
    outcome = vialens_capture({data, static_cast<__u32>(frame.size())}, &scratch);
  }
  vialens_count(VIALENS_IN, outcome, wire_length);
}

}  // namespace vialens

#pragma GCC diagnostic pop

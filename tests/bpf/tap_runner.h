// The kernel programs, loaded and run on single frames with BPF_PROG_TEST_RUN. Needs root (CAP_BPF and CAP_NET_ADMIN).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bpf/packet.h"
#include "userspace/capture/live/table_sizes.h"
#include "userspace/capture/media_endpoint.h"
#include "vialens/abi.h"

struct vialens_bpf;
struct ring_buffer;

namespace vialens::test {

enum class Hook : std::uint8_t { xdp, ingress, egress };
inline constexpr std::array kHooks = {Hook::xdp, Hook::ingress, Hook::egress};
const char* to_string(Hook hook) noexcept;

struct Event {
  vialens_event header;
  std::string bytes;
};

struct FlowEntry {
  vialens_flow_key key;
  vialens_flow flow;
};

struct RtcpEntry {
  vialens_flow_key key;
  vialens_rtcp rtcp;
};

// What one run did.
struct Outcome {
  int verdict;
  Frame out;                  // the frame afterwards
  vialens_counters counters;  // what it added to the hook's tap
  std::vector<Event> events;

  // The one outcome that was counted; VIALENS_OUTCOMES if it was not exactly one packet, with all of its bytes.
  unsigned counted() const noexcept;
};

struct RunnerOptions {
  bool ethernet = true;
  bool xdp_load_bytes = true;  // false: as on kernels before 5.18
  std::uint32_t ring_bytes = 4U << 20U;
  live::TableSizes tables{};
  std::uint8_t tap_base = 0;
};

// This process or kernel may not load BPF programs.
class NotPermitted : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class TapRunner {
 public:
  // Throws NotPermitted, or std::system_error if the programs do not load.
  explicit TapRunner(const RunnerOptions& options = {});
  ~TapRunner();

  void watch(std::uint16_t port, bool on = true) noexcept;
  void forget_fragments();
  void forget_flows();
  std::vector<FlowEntry> flows() const;  // in no order
  std::vector<RtcpEntry> rtcp() const;   // likewise
  void expect(const MediaEndpoint& endpoint);

  // Runs one frame through one hook, then reads what is in the ring. Nothing, if BPF_PROG_TEST_RUN does not take such a
  // frame: XDP wants 14 bytes to some 67,000, before 5.18 no more than a page; an skb wants its IP header, and no
  // more than a page.
  std::optional<Outcome> try_run(Hook hook, const Frame& frame);
  // The same for a frame that it must take.
  Outcome run(Hook hook, const Frame& frame);
  // Runs it `times` times and leaves the ring alone. Returns nanoseconds per run.
  unsigned repeat(Hook hook, const Frame& frame, int times);
  std::vector<Event> drain();
  vialens_counters counters(Hook hook) const;

  int program_fd(Hook hook) const noexcept;
  vialens_counters since(const vialens_counters& before, Hook hook) const;

 private:
  struct Destroy {
    void operator()(vialens_bpf* skeleton) const;
    void operator()(ring_buffer* ring) const;
  };

  std::unique_ptr<vialens_bpf, Destroy> skeleton_;
  std::unique_ptr<ring_buffer, Destroy> ring_;
  std::vector<Event> events_;
};

}  // namespace vialens::test

#include "tests/bpf/tap_runner.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <system_error>

#include "userspace/capture/decode.h"
#include "vialens_bpf.skel.h"

namespace vialens::test {
namespace {

// libbpf's chatter, which on failure holds the verifier's log, is shown for failures that are not about privilege.
std::string chatter;

int keep(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  std::array<char, 4096> text{};
  const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
  chatter += text.data();
  return length;
}

// vialens_counters is nothing but __u64.
constexpr std::size_t kCounters = sizeof(vialens_counters) / sizeof(std::uint64_t);
using Flat = std::array<std::uint64_t, kCounters>;
static_assert(sizeof(Flat) == sizeof(vialens_counters));

template <typename Operation>
vialens_counters combine(const vialens_counters& a, const vialens_counters& b, Operation operation) {
  Flat x{}, y{};
  std::memcpy(x.data(), &a, sizeof a);
  std::memcpy(y.data(), &b, sizeof b);
  for (std::size_t i = 0; i < kCounters; ++i) x[i] = operation(x[i], y[i]);
  vialens_counters result;
  std::memcpy(&result, x.data(), sizeof result);
  return result;
}

void empty(const bpf_map* map) {
  std::vector<char> key(bpf_map__key_size(map));
  while (bpf_map_get_next_key(bpf_map__fd(map), nullptr, key.data()) == 0)
    bpf_map_delete_elem(bpf_map__fd(map), key.data());
}

template <class Entry>
std::vector<Entry> entries(const bpf_map* map) {
  const int fd = bpf_map__fd(map);
  std::vector<Entry> result;
  Entry entry{};
  auto& [key, value] = entry;
  const void* from = nullptr;
  while (bpf_map_get_next_key(fd, from, &key) == 0) {
    if (bpf_map_lookup_elem(fd, &key, &value) == 0) result.push_back(entry);
    from = &key;
  }
  return result;
}

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

const char* to_string(Hook hook) noexcept {
  return hook == Hook::xdp ? "xdp" : hook == Hook::ingress ? "ingress" : "egress";
}

unsigned Outcome::counted() const noexcept {
  unsigned result = VIALENS_OUTCOMES;
  for (unsigned i = 0; i < VIALENS_OUTCOMES; ++i) {
    if (counters.packets[i] == 0 && counters.bytes[i] == 0) continue;
    if (result != VIALENS_OUTCOMES || counters.packets[i] != 1 || counters.bytes[i] != out.size())
      return VIALENS_OUTCOMES;
    result = i;
  }
  return result;
}

void TapRunner::Destroy::operator()(vialens_bpf* skeleton) const { vialens_bpf::destroy(skeleton); }
void TapRunner::Destroy::operator()(ring_buffer* ring) const { ring_buffer__free(ring); }

TapRunner::TapRunner(const RunnerOptions& options) {
  libbpf_set_print(keep);
  chatter.clear();
  skeleton_.reset(vialens_bpf::open());
  if (!skeleton_) fail(errno, "open the BPF object");
  skeleton_->rodata->ethernet = options.ethernet;
  skeleton_->rodata->has_xdp_load_bytes =
      options.xdp_load_bytes && libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_load_bytes, nullptr) == 1;
  skeleton_->rodata->tap_base = options.tap_base;
  bpf_map__set_max_entries(skeleton_->maps.events, options.ring_bytes);
  bpf_map__set_max_entries(skeleton_->maps.flows, options.tables.flows);
  bpf_map__set_max_entries(skeleton_->maps.rtcp, options.tables.rtcp_senders);
  bpf_map__set_max_entries(skeleton_->maps.endpoints, options.tables.endpoints);
  if (const int error = -vialens_bpf::load(skeleton_.get()); error != 0) {
    if (error == EPERM || error == EACCES) {
      if (chatter.find("processed") == std::string::npos) {
        throw NotPermitted("loading BPF programs takes root (CAP_BPF, CAP_NET_ADMIN) and a kernel that allows it");
      }
    }
    fail(error, "load the BPF programs: " + chatter);
  }
  const auto take = [](void* context, void* data, std::size_t size) {
    Event event{};
    if (size < sizeof event.header) return -EINVAL;
    std::memcpy(&event.header, data, sizeof event.header);
    event.bytes.assign(static_cast<const char*>(data) + sizeof event.header, size - sizeof event.header);
    static_cast<TapRunner*>(context)->events_.push_back(std::move(event));
    return 0;
  };
  ring_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.events), take, this, nullptr));
  if (!ring_) fail(errno, "map the ring buffer");
}

TapRunner::~TapRunner() = default;

void TapRunner::watch(std::uint16_t port, bool on) noexcept {
  __u8& byte = skeleton_->bss->watched_ports[port / 8];
  const auto bit = static_cast<__u8>(1U << (port % 8U));
  byte = static_cast<__u8>(on ? byte | bit : byte & ~bit);
}

void TapRunner::forget_fragments() { empty(skeleton_->maps.fragments); }
void TapRunner::forget_flows() {
  empty(skeleton_->maps.flows);
  empty(skeleton_->maps.rtcp);
  empty(skeleton_->maps.endpoints);
}

std::vector<FlowEntry> TapRunner::flows() const { return entries<FlowEntry>(skeleton_->maps.flows); }
std::vector<RtcpEntry> TapRunner::rtcp() const { return entries<RtcpEntry>(skeleton_->maps.rtcp); }

void TapRunner::expect(const MediaEndpoint& endpoint) {
  const auto [key, value] = encode(endpoint);
  if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.endpoints), &key, &value, BPF_ANY) != 0)
    fail(errno, "write an end point");
  __u8& byte = skeleton_->bss->fax_ports[endpoint.at.port / 8];
  if (endpoint.fax) byte = static_cast<__u8>(byte | 1U << (endpoint.at.port % 8U));
}

int TapRunner::program_fd(Hook hook) const noexcept {
  return bpf_program__fd(hook == Hook::xdp       ? skeleton_->progs.vialens_xdp
                         : hook == Hook::ingress ? skeleton_->progs.vialens_ingress
                                                 : skeleton_->progs.vialens_egress);
}

vialens_counters TapRunner::counters(Hook hook) const {
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  std::vector<vialens_counters> values(cpus);
  const std::uint32_t key = hook == Hook::egress ? VIALENS_OUT : VIALENS_IN;
  if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &key, values.data()) != 0)
    fail(errno, "read counters");
  vialens_counters sum{};
  for (const auto& value : values) sum = combine(sum, value, std::plus<>());
  return sum;
}

std::vector<Event> TapRunner::drain() {
  events_.clear();
  ring_buffer__consume(ring_.get());
  return std::move(events_);
}

vialens_counters TapRunner::since(const vialens_counters& before, Hook hook) const {
  return combine(counters(hook), before, std::minus<>());
}

std::optional<Outcome> TapRunner::try_run(Hook hook, const Frame& frame) {
  Outcome outcome{};
  const vialens_counters before = counters(hook);
  outcome.out.resize(frame.size() + 64);
  LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame.data(), .data_out = outcome.out.data(),
              .data_size_in = static_cast<__u32>(frame.size()), .data_size_out = static_cast<__u32>(outcome.out.size()),
              .repeat = 1, );
  if (bpf_prog_test_run_opts(program_fd(hook), &opts) != 0) {
    if (errno == EINVAL || errno == EMSGSIZE) return std::nullopt;
    fail(errno, "run a frame of " + std::to_string(frame.size()) + " bytes at " + to_string(hook));
  }
  outcome.verdict = static_cast<int>(opts.retval);
  outcome.out.resize(opts.data_size_out);
  outcome.events = drain();
  outcome.counters = since(before, hook);
  return outcome;
}

Outcome TapRunner::run(Hook hook, const Frame& frame) {
  auto outcome = try_run(hook, frame);
  if (!outcome) fail(EINVAL, "run a frame of " + std::to_string(frame.size()) + " bytes at " + to_string(hook));
  return *std::move(outcome);
}

unsigned TapRunner::repeat(Hook hook, const Frame& frame, int times) {
  LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame.data(), .data_size_in = static_cast<__u32>(frame.size()),
              .repeat = times, );
  if (bpf_prog_test_run_opts(program_fd(hook), &opts) != 0) fail(errno, "repeat a frame");
  return opts.duration;
}

}  // namespace vialens::test

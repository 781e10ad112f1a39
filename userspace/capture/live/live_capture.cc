#include "userspace/capture/live/live_capture.h"

#include <bpf/bpf.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdarg>
#include <ctime>

#include "userspace/capture/decode.h"
#include "userspace/core/error.h"

namespace vialens::live {
namespace {

constexpr std::size_t kMostInterfaces = 64;  // a TapId has eight bits, an interface two taps
constexpr Duration kFaxLasts = std::chrono::hours(4);

Duration clock_now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// libbpf's own words help only who asks for them.
int print_libbpf(libbpf_print_level, const char* format, va_list arguments) {
  if (!spdlog::should_log(spdlog::level::debug)) return 0;
  std::array<char, 1024> line{};
  const int length = vsnprintf(line.data(), line.size(), format, arguments);
  std::string_view text(line.data());
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  spdlog::debug("libbpf: {}", text);
  return length;
}

}  // namespace

// One interface of the options: attached, or waited for.
struct LiveCapture::Slot {
  Watched watched;
  TapId first_tap = 0;
  std::unique_ptr<KernelTap> tap;
  bool up = true;
  std::string name;                                      // as it is called now
  std::array<TapCounters, VIALENS_DIRECTIONS> before{};  // of earlier interfaces of that name

  bool sees() const { return tap && up; }
  std::string trouble;  // why it could not be attached, as it was told last
};

LiveCapture::LiveCapture(Options options) : options_(std::move(options)) {
  libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  libbpf_set_print(print_libbpf);
  if (options_.interfaces.size() > kMostInterfaces) throw UsageError("too many interfaces: 64 at most");
  features_ = Features::probe();
  const std::uint32_t page = 4096;
  ring_map_ = FileDescriptor(check(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "events", 0, 0,
                                                  std::bit_ceil(std::max(options_.tables.ring_bytes, page)), nullptr),
                                   "create the ring buffer"));
  ring_.reset(ring_buffer__new(ring_map_.get(), on_event, this, nullptr));
  if (!ring_) throw std::system_error(errno, std::generic_category(), "map the ring buffer");
  flows_.emplace(options_.tables);
  rtcp_.emplace(options_.tables);
  endpoints_.emplace(options_.tables);
  set_clock();
  for (const Watched& watched : options_.interfaces) {
    const auto interface = Interface::find(watched.interface);
    if (!interface)
      throw InputError(fmt::format("no such interface: {} (`ip -br link` lists those of this network namespace)",
                                   watched.interface));
    for (const auto& other : slots_)
      if (other->tap->interface().index == interface->index)
        throw UsageError(fmt::format("interface {} is named twice: name each once", watched.interface));
    auto slot = std::make_unique<Slot>();
    slot->watched = watched;
    slot->first_tap = static_cast<TapId>(2 * slots_.size());
    const std::string name(watched.side == Side::unknown ? watched.interface : to_string(watched.side));
    for (const Direction direction : {Direction::in, Direction::out})
      taps_.push_back({static_cast<TapId>(slot->first_tap + (direction == Direction::out ? 1 : 0)), name,
                       watched.interface, watched.side, direction, ""});
    attach(*slot, *interface);
    slots_.push_back(std::move(slot));
  }
}

LiveCapture::~LiveCapture() = default;

void LiveCapture::attach(Slot& slot, const Interface& interface) {
  const KernelTap::Maps maps{ring_map_.get(), flows_->fd(), rtcp_->fd(), endpoints_->fd()};
  KernelTap::Options options{slot.first_tap, options_.hook, maps, options_.sip_ports};
  slot.tap = std::make_unique<KernelTap>(interface, options, features_, clsact_);
  for (const auto& [port, announced] : fax_ports_) slot.tap->mark_fax(port, true);
  slot.up = interface.up;
  slot.name = interface.name;
  for (const Direction direction : {Direction::in, Direction::out})
    taps_[slot.first_tap + (direction == Direction::out ? 1U : 0U)].hook = slot.tap->hook(direction);
  spdlog::info("watching {} ({}): {} in, {} out{}", interface.name, to_string(slot.watched.side),
               slot.tap->hook(Direction::in), slot.tap->hook(Direction::out),
               slot.tap->why_not_xdp().empty() ? "" : "; no XDP: " + slot.tap->why_not_xdp());
  if (!interface.up) spdlog::warn("interface {} is down", interface.name);
}

// Takes the programs off the interface, or knows that they went with it, and keeps what they have counted.
void LiveCapture::lose(Slot& slot) {
  slot.tap->detach();
  for (const Direction direction : {Direction::in, Direction::out})
    add(slot.before[direction == Direction::out ? 1 : 0], slot.tap->counters(direction));
  slot.tap.reset();
}

void LiveCapture::follow() {
  for (const auto& slot : slots_) {
    try {
      follow(*slot);
      slot->trouble.clear();
    } catch (const std::exception& error) {
      // It is tried again several times a second: what has been said is not said again.
      if (slot->trouble != error.what()) spdlog::error("interface {}: {}", slot->watched.interface, error.what());
      slot->trouble = error.what();
    }
  }
}

void LiveCapture::follow(Slot& slot) {
  if (slot.tap) {
    // In this order: an interface that is being deleted loses its index before its programs.
    const bool attached = slot.tap->attached();
    const auto interface = Interface::find(slot.tap->interface().index);
    if (!interface) {
      lose(slot);
      ++absences_;
      spdlog::warn("interface {} is gone; waiting for {} to come back", slot.name, slot.watched.interface);
    } else if (!attached) {
      lose(slot);
      ++absences_;
      spdlog::warn("the programs are off interface {}: it was made anew, or somebody took them away; attaching again",
                   interface->name);
      attach(slot, *interface);
      return;
    } else {
      if (interface->name != slot.name) {
        spdlog::warn("interface {} is now called {}; still watching it", slot.name, interface->name);
        slot.name = interface->name;
      }
      if (interface->up != slot.up) {
        slot.up = interface->up;
        spdlog::warn("interface {} is {}", slot.name, slot.up ? "up again" : "down");
      }
      return;
    }
  }
  if (const auto interface = Interface::find(slot.watched.interface)) {
    attach(slot, *interface);
    spdlog::warn("interface {} is back", interface->name);
  }
}

void LiveCapture::poll(std::chrono::milliseconds patience, int wake_fd, const Sink& sink) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    std::array<pollfd, 3> fds{
        {{ring_buffer__epoll_fd(ring_.get()), POLLIN, 0}, {monitor_.fd(), POLLIN, 0}, {wake_fd, POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(std::max<long>(0, left)));
    drain(sink);
    if (monitor_.changed()) follow();
    if (fds[2].revents != 0 || left <= 0 || (ready < 0 && errno != EINTR)) break;
  }
  // An interface that could not be attached when it came back is tried again. Nobody tells when programs are taken off.
  if (std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) { return !slot->tap || !slot->tap->attached(); }))
    follow();
  set_clock();
}

// Under load the ring would never be empty: what comes meanwhile is left for the next time.
void LiveCapture::drain(const Sink& sink) {
  sink_ = &sink;
  drain_until_ = clock_now(CLOCK_MONOTONIC);
  ring_buffer__consume(ring_.get());
  sink_ = nullptr;
}

void LiveCapture::flows(const FlowSink& sink) {
  flows_->changed(all_counters().flows_made, [&](const vialens_flow_key& key, const vialens_flow& flow) {
    sink(decode(key, flow, utc_minus_monotonic_));
  });
}

void LiveCapture::rtcp(const RtcpSink& sink) {
  rtcp_->changed(all_counters().rtcp_made, [&](const vialens_flow_key& key, const vialens_rtcp& rtcp) {
    sink(decode(key, rtcp, utc_minus_monotonic_));
  });
}

// The mark of a port costs its packets a lookup, which says whether the end point is one. So it goes with the fax: when
// a later one is announced, long after.
void LiveCapture::expect(const MediaEndpoint& endpoint) {
  endpoints_->put(endpoint);
  if (!endpoint.fax) return;
  const Time announced = now();
  std::erase_if(fax_ports_, [&](const auto& marked) {
    const bool over = announced - marked.second > kFaxLasts;
    if (over) mark_fax(marked.first, false);
    return over;
  });
  fax_ports_[endpoint.at.port] = announced;
  mark_fax(endpoint.at.port, true);
}

void LiveCapture::mark_fax(std::uint16_t port, bool is_for_fax) {
  for (const auto& slot : slots_)
    if (slot->tap) slot->tap->mark_fax(port, is_for_fax);
}

void LiveCapture::watch(std::span<const std::uint16_t> sip_ports) {
  options_.sip_ports.assign(sip_ports.begin(), sip_ports.end());
  for (const auto& slot : slots_)
    if (slot->tap) slot->tap->watch(options_.sip_ports);
}

void LiveCapture::detach() {
  for (const auto& slot : slots_)
    if (slot->tap) lose(*slot);
}

int LiveCapture::on_event(void* self, void* data, std::size_t size) {
  auto& capture = *static_cast<LiveCapture*>(self);
  const auto* event = static_cast<const vialens_event*>(data);
  if (size < sizeof(*event) || size - sizeof(*event) < event->cap_len) return 0;  // no kernel program of ours does that
  const std::string_view bytes(static_cast<const char*>(data) + sizeof(*event), event->cap_len);
  const std::chrono::nanoseconds since_boot(event->ktime_ns);
  (*capture.sink_)(decode(*event, bytes, Time(since_boot + capture.utc_minus_monotonic_)));
  return since_boot > capture.drain_until_ ? -ECANCELED : 0;
}

// Events carry monotonic time, which stands still in suspend and does not follow a clock that is set. Small differences
// are reading noise.
void LiveCapture::set_clock() {
  const Duration difference = clock_now(CLOCK_REALTIME) - clock_now(CLOCK_MONOTONIC);
  if (std::chrono::abs(difference - utc_minus_monotonic_) > std::chrono::milliseconds(100))
    utc_minus_monotonic_ = difference;
}

bool LiveCapture::blind() const {
  return std::any_of(slots_.begin(), slots_.end(), [&](const auto& slot) {
    return std::none_of(slots_.begin(), slots_.end(),
                        [&](const auto& other) { return other->sees() && other->watched.side == slot->watched.side; });
  });
}

Time LiveCapture::now() const { return Time(clock_now(CLOCK_MONOTONIC) + utc_minus_monotonic_); }

TapCounters LiveCapture::counters(TapId tap) const {
  const Slot& slot = *slots_[tap / 2U];
  TapCounters sum = slot.before[tap % 2U];
  if (slot.tap) add(sum, slot.tap->counters(tap % 2U == 0 ? Direction::in : Direction::out));
  return sum;
}

TapCounters LiveCapture::all_counters() const {
  TapCounters sum{};
  for (const TapInfo& tap : taps_) add(sum, counters(tap.id));
  return sum;
}

std::vector<TableFill> LiveCapture::tables() const {
  return {flows_->fill("flows"), rtcp_->fill("rtcp_senders"), endpoints_->fill()};
}

std::uint64_t LiveCapture::misses() const { return absences_ + lost(all_counters()); }

}  // namespace vialens::live

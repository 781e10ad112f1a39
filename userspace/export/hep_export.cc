#include "userspace/export/hep_export.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "userspace/sink/json.h"

namespace vialens {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 1s, kLongestPause = 60s;
constexpr auto kFlush = 2s;
constexpr auto kCheck = 1s;                  // how often an idle connection is looked at
constexpr auto kTellDrops = 60s;             // how often the log hears of drops
constexpr std::size_t kMessages = 75;        // percent of the queue that messages may fill; the rest is for findings
constexpr std::size_t kFindingBytes = 2048;  // about what one takes

std::string key_or_random(const std::string& key) {
  if (!key.empty()) return key;
  spdlog::info("HEP: masked under a random key; the next run will give other names to the same people");
  return Mask::random_key();
}

}  // namespace

HepExport::HepExport(Options options)
    : options_(std::move(options)), collector_(options_.collector, [this] { return expired(); }) {
  if (options_.mask) mask_.emplace(key_or_random(options_.mask_key));
  // Signals are for the thread that waits for them; and SIGPIPE is what TLS would get from a connection that is gone.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HepExport::~HepExport() { close(); }

void HepExport::close() {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) deadline_ = (Clock::now() + kFlush).time_since_epoch().count();
    closed_ = true;
  }
  news_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool HepExport::expired() const { return Clock::now().time_since_epoch().count() >= deadline_; }

HepExport::Stats HepExport::stats() const {
  const std::lock_guard lock(mutex_);
  Stats stats = stats_;
  stats.waiting = queue_.size();
  return stats;
}

// `make` is called only where there is room for what it makes.
template <class Make>
void HepExport::offer(std::size_t bytes, std::size_t percent, Make make) {
  {
    const std::lock_guard lock(mutex_);
    ++stats_.offered;
    if (closed_) {
      ++stats_.dropped_end;
      return;
    }
    if (queue_.size() >= options_.queue_items * percent / 100 ||
        queue_bytes_ + bytes > options_.queue_bytes * percent / 100) {
      ++stats_.dropped_full;
      return;
    }
    queue_.push_back({make(), bytes});
    queue_bytes_ += bytes;
  }
  news_.notify_one();
}

void HepExport::on_message(const SeenMessage& message) {
  offer(message.bytes.size() + message.call_id.size() + sizeof(Waiting), kMessages, [&] {
    return Message{message.tap->name,
                   std::string(message.call_id),
                   std::string(message.bytes),
                   message.transport,
                   message.source,
                   message.destination,
                   message.time};
  });
}

void HepExport::on_finding(const Finding& finding) {
  offer(kFindingBytes, 100, [&] { return finding; });
}

std::optional<std::string> HepExport::packet_of(const Item& item) const {
  HepPacket packet;
  packet.node = options_.node;
  packet.password = options_.password;
  std::string name = options_.node_name;
  std::string correlation;
  std::string payload;
  if (const auto* message = std::get_if<Message>(&item)) {
    name += ':' + message->tap;
    correlation = mask_ ? mask_->call_id(message->call_id) : message->call_id;
    payload = mask_ ? mask_->message(message->bytes) : message->bytes;
    packet.transport = message->transport;
    packet.source = mask_ ? mask_->endpoint(message->source) : message->source;
    packet.destination = mask_ ? mask_->endpoint(message->destination) : message->destination;
    packet.time = message->time;
  } else {
    const auto& original = std::get<Finding>(item);
    const Finding finding = mask_ ? mask_->finding(original) : original;
    correlation = finding.subject.call_id;
    payload = to_text(to_json(finding));
    packet.protocol = HepProtocol::log;
    packet.source.address = packet.destination.address = *Address::parse("127.0.0.1");
    packet.time = finding.time;
  }
  packet.node_name = name;
  packet.correlation = correlation;
  packet.payload = payload;
  auto bytes = encode(packet);
  const bool datagram = options_.collector.over == CollectorOptions::Over::udp;
  if (bytes && datagram && bytes->size() > kLongestHepOverUdp) bytes.reset();
  return bytes;
}

void HepExport::run() {
  while (await_item() && await_connection()) send_first();
  const std::lock_guard lock(mutex_);
  stats_.dropped_end += queue_.size();
  queue_.clear();
  stats_.connected = false;
  collector_.close();
  tell_drops(true);
}

// False: closed, and nothing is left to do.
bool HepExport::await_item() {
  std::unique_lock lock(mutex_);
  for (;;) {
    tell_drops(false);
    if (!queue_.empty()) return !expired();
    if (closed_) return false;
    news_.wait_for(lock, kCheck);
    if (!queue_.empty()) continue;
    lock.unlock();
    collector_.check();
    lock.lock();
    stats_.connected = collector_.is_open();
  }
}

bool HepExport::await_connection() {
  while (!collector_.is_open()) {
    {
      std::unique_lock lock(mutex_);
      stats_.connected = false;
      while (!closed_ && Clock::now() < next_attempt_) {
        news_.wait_until(lock, next_attempt_);
        tell_drops(false);
      }
    }
    const bool open = collector_.open();
    const std::lock_guard lock(mutex_);
    if (open) {
      ++stats_.connects;
      stats_.connected = true;
      spdlog::info("HEP: connected to {}", to_string(options_.collector));
      return true;
    }
    if (closed_) return false;
    pause_ = std::clamp<Clock::duration>(pause_ * 2, kFirstPause, kLongestPause);
    next_attempt_ = Clock::now() + pause_;
    spdlog::warn("HEP: no connection to {}: {}; the next attempt is in {} s", to_string(options_.collector),
                 collector_.problem(), pause_ / 1s);
  }
  return true;
}

void HepExport::send_first() {
  if (!packet_) {
    // Only this thread takes anything away from the queue, and a deque's elements stay where they are.
    const Item* item = nullptr;
    {
      const std::lock_guard lock(mutex_);
      item = &queue_.front().item;
    }
    packet_ = packet_of(*item);
    if (!packet_) return leave_first(&Stats::dropped_long);
  }
  switch (collector_.send(*packet_)) {
    case Collector::Result::sent:
      pause_ = {};
      return leave_first(&Stats::sent);
    case Collector::Result::refused:
      return leave_first(&Stats::dropped_error);
    case Collector::Result::closed:
      break;  // it is sent again, as a whole, when there is a connection
  }
  pause_ = std::max<Clock::duration>(pause_, kFirstPause);
  next_attempt_ = Clock::now() + pause_;
  spdlog::warn("HEP: the connection to {} is lost: {}", to_string(options_.collector), collector_.problem());
}

void HepExport::leave_first(std::uint64_t Stats::*how) {
  packet_.reset();
  const std::lock_guard lock(mutex_);
  ++(stats_.*how);
  queue_bytes_ -= queue_.front().bytes;
  queue_.pop_front();
}

// With the mutex held.
void HepExport::tell_drops(bool at_end) {
  const std::uint64_t dropped = stats_.dropped();
  if (dropped != dropped_told_ && (at_end || Clock::now() - drops_told_ >= kTellDrops)) {
    spdlog::warn("HEP: {} of {} were dropped: {} for want of room, {} too long, {} refused, {} at the end", dropped,
                 stats_.offered, stats_.dropped_full, stats_.dropped_long, stats_.dropped_error, stats_.dropped_end);
    dropped_told_ = dropped;
    drops_told_ = Clock::now();
  }
  if (at_end) spdlog::info("HEP: {} of {} were sent, in {} connections", stats_.sent, stats_.offered, stats_.connects);
}

}  // namespace vialens

// SIP messages and findings to a collector of Homer, in HEP3.
//
// Messages go as SIP, once for each tap that has seen them; findings go as log entries with their JSON. Both bear the
// Call-ID as correlation. What is told waits in a bounded queue for a thread of its own, which masks, encodes and sends
// it, so that whoever tells is never kept waiting. Every item ends as sent or as dropped, and is counted as that.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "userspace/export/collector.h"
#include "userspace/export/hep_packet.h"
#include "userspace/mask/mask.h"
#include "userspace/sink/sink.h"

namespace vialens {

class HepExport final : public Sink {
 public:
  struct Options {
    CollectorOptions collector;
    std::uint32_t node = 2001;          // capture agent, as Homer shows it
    std::string node_name = "vialens";  // followed by the tap's name: "vialens:lan"
    std::string password{};
    bool mask = true;        // see mask/mask.h
    std::string mask_key{};  // empty: a random one, for this run
    std::size_t queue_bytes = 8UL << 20U, queue_items = 16384;
  };

  struct Stats {
    std::uint64_t offered = 0;  // sent, dropped or waiting
    std::uint64_t sent = 0;
    std::uint64_t dropped_full = 0;   // no room in the queue
    std::uint64_t dropped_long = 0;   // more than a packet holds
    std::uint64_t dropped_error = 0;  // the system or the collector refused it
    std::uint64_t dropped_end = 0;    // still waiting at the end
    std::uint64_t waiting = 0;
    std::uint64_t connects = 0;  // the first one included
    bool connected = false;

    std::uint64_t dropped() const noexcept { return dropped_full + dropped_long + dropped_error + dropped_end; }
  };

  explicit HepExport(Options options);
  ~HepExport() override;  // sends what is waiting, for two seconds at most
  HepExport(const HepExport&) = delete;
  HepExport& operator=(const HepExport&) = delete;

  Stats stats() const;  // from any thread
  void close();         // as the destructor; what is told afterwards is dropped

  void on_message(const SeenMessage& message) override;
  void on_finding(const Finding& finding) override;
  void on_call(const Call&) override {}
  void on_registration(const Registration&) override {}
  void on_summary(const Summary&) override {}

 private:
  using Clock = std::chrono::steady_clock;
  struct Message {
    std::string tap, call_id, bytes;
    Transport transport;
    Endpoint source, destination;
    Time time;
  };
  using Item = std::variant<Message, Finding>;
  struct Waiting {
    Item item;
    std::size_t bytes;
  };

  template <class Make>
  void offer(std::size_t bytes, std::size_t percent, Make make);
  void run();
  bool await_item();
  bool await_connection();
  void send_first();
  void leave_first(std::uint64_t Stats::*how);
  std::optional<std::string> packet_of(const Item& item) const;
  void tell_drops(bool at_end);
  bool expired() const;

  const Options options_;
  std::optional<Mask> mask_;
  Collector collector_;  // of the thread alone
  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Waiting> queue_;
  std::size_t queue_bytes_ = 0;
  Stats stats_;
  bool closed_ = false;
  std::atomic<Clock::rep> deadline_{Clock::time_point::max().time_since_epoch().count()};
  // Of the thread alone.
  std::optional<std::string> packet_;  // the first of the queue, encoded
  Clock::duration pause_{};
  Clock::time_point next_attempt_{}, drops_told_{};
  std::uint64_t dropped_told_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace vialens

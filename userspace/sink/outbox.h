// Between the engine and those it tells: a bounded queue and a thread, so that no disk, socket or terminal that is slow
// ever keeps the engine from its packets.
//
// Events arrive in their order. When the queue is half full, what there is most of is dropped: messages, crossings and
// streams. Findings, calls and sums are dropped only when it is full. What was dropped is counted.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "userspace/sink/sink.h"

namespace vialens {

class Outbox final : public Sink {
 public:
  struct Limits {
    std::size_t events = 65536;
    std::size_t bytes = 32UL << 20U;  // of messages, and roughly of the rest
  };

  // The consumers are called from the thread of the outbox alone, one after the other. What they throw is logged, and
  // the others are told all the same.
  explicit Outbox(std::vector<Sink*> consumers) : Outbox(Limits{}, std::move(consumers)) {}
  Outbox(const Limits& limits, std::vector<Sink*> consumers);
  ~Outbox() override;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void close();  // delivers what is waiting; what comes later is not delivered

  // From any thread.
  TableFill fill() const;

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_summary(const Summary& summary) override;
  void on_call_changed(const Call& call) override;
  void on_registration_changed(const Registration& registration) override;
  void on_message(const SeenMessage& message) override;
  void on_crossing(const SeenCrossing& crossing) override;
  void on_stream(const Flow& flow, const TapInfo& tap) override;
  void on_status(const Summary& summary) override;

 private:
  enum class Weight : bool { dear, cheap };
  struct Event {
    std::size_t bytes = 0;
    std::function<void(Sink&)> tell;
  };

  // `make` is called only where there is room for the event.
  template <class Make>
  void post(Weight weight, std::size_t bytes, Make make);
  void deliver();
  void tell(const Event& event);

  Limits limits_;
  std::vector<Sink*> consumers_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Event> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace vialens

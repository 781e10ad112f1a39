#include "userspace/sink/outbox.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <memory>
#include <utility>

namespace vialens {
namespace {

// What an event without text takes, roughly.
constexpr std::size_t kSmall = 512;

// A message with its text.
struct OwnedMessage {
  explicit OwnedMessage(const SeenMessage& from) : call_id(from.call_id), bytes(from.bytes), message(from) {
    message.call_id = call_id;
    message.bytes = bytes;
  }
  OwnedMessage(const OwnedMessage&) = delete;
  OwnedMessage& operator=(const OwnedMessage&) = delete;

  std::string call_id, bytes;
  SeenMessage message;
};

std::size_t text_of(const SeenCrossing& crossing) {
  std::size_t bytes = crossing.call_id.size() + crossing.call_id_outside.size();
  for (const Change& change : crossing.changes)
    bytes += change.where.size() + change.before.size() + change.after.size();
  return bytes;
}

// A crossing with all of its texts in one buffer.
struct OwnedCrossing {
  explicit OwnedCrossing(const SeenCrossing& from) : changes(from.changes.begin(), from.changes.end()), crossing(from) {
    text.reserve(text_of(from));  // so that it never moves
    const auto own = [this](std::string_view& view) {
      const std::size_t at = text.size();
      text += view;
      view = std::string_view(text).substr(at);
    };
    own(crossing.call_id);
    own(crossing.call_id_outside);
    for (Change& change : changes) {
      own(change.where);
      own(change.before);
      own(change.after);
    }
    crossing.changes = changes;
  }
  OwnedCrossing(const OwnedCrossing&) = delete;
  OwnedCrossing& operator=(const OwnedCrossing&) = delete;

  std::string text;
  std::vector<Change> changes;
  SeenCrossing crossing;
};

}  // namespace

Outbox::Outbox(const Limits& limits, std::vector<Sink*> consumers)
    : limits_(limits), consumers_(std::move(consumers)), thread_([this] { deliver(); }) {}

Outbox::~Outbox() { close(); }

void Outbox::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  news_.notify_one();
  if (thread_.joinable()) thread_.join();
}

TableFill Outbox::fill() const {
  const std::lock_guard lock(mutex_);
  return {"outbox", waiting_.size(), limits_.events, dropped_};
}

template <class Make>
void Outbox::post(Weight weight, std::size_t bytes, Make make) {
  const std::size_t share = weight == Weight::cheap ? 2 : 1;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (waiting_.size() >= limits_.events / share || waiting_bytes_ + bytes > limits_.bytes / share) {
      ++dropped_;
      return;
    }
  }
  // Copied outside of the lock. Nobody but this thread adds, so there is room still.
  Event event{bytes, make()};
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(event));
  }
  if (first) news_.notify_one();
}

void Outbox::deliver() {
  std::vector<Event> batch;
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      news_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      last = closed_;
      batch.clear();
      batch.swap(waiting_);
      waiting_bytes_ = 0;
    }
    for (const Event& event : batch) tell(event);
  }
}

void Outbox::tell(const Event& event) {
  for (Sink* const consumer : consumers_) {
    try {
      event.tell(*consumer);
    } catch (const std::exception& error) {
      spdlog::error("{}", error.what());
    }
  }
}

void Outbox::on_finding(const Finding& finding) {
  post(Weight::dear, kSmall + finding.detail.size() + finding.verdict.size(),
       [&] { return [finding](Sink& sink) { sink.on_finding(finding); }; });
}

void Outbox::on_call(const Call& call) {
  post(Weight::dear, kSmall, [&] { return [call](Sink& sink) { sink.on_call(call); }; });
}

void Outbox::on_registration(const Registration& registration) {
  post(Weight::dear, kSmall, [&] { return [registration](Sink& sink) { sink.on_registration(registration); }; });
}

void Outbox::on_summary(const Summary& summary) {
  post(Weight::dear, kSmall, [&] {
    return [own = std::make_shared<const OwnedSummary>(summary)](Sink& sink) { sink.on_summary(own->get()); };
  });
}

void Outbox::on_call_changed(const Call& call) {
  post(Weight::dear, kSmall, [&] { return [call](Sink& sink) { sink.on_call_changed(call); }; });
}

void Outbox::on_registration_changed(const Registration& registration) {
  post(Weight::dear, kSmall,
       [&] { return [registration](Sink& sink) { sink.on_registration_changed(registration); }; });
}

void Outbox::on_message(const SeenMessage& message) {
  post(Weight::cheap, kSmall + message.bytes.size(), [&] {
    return [own = std::make_shared<const OwnedMessage>(message)](Sink& sink) { sink.on_message(own->message); };
  });
}

void Outbox::on_crossing(const SeenCrossing& crossing) {
  post(Weight::cheap, kSmall + text_of(crossing), [&] {
    return [own = std::make_shared<const OwnedCrossing>(crossing)](Sink& sink) { sink.on_crossing(own->crossing); };
  });
}

void Outbox::on_stream(const Flow& flow, const TapInfo& tap) {
  post(Weight::cheap, kSmall, [&] { return [flow, tap = &tap](Sink& sink) { sink.on_stream(flow, *tap); }; });
}

void Outbox::on_status(const Summary& summary) {
  post(Weight::dear, kSmall, [&] {
    return [own = std::make_shared<const OwnedSummary>(summary)](Sink& sink) { sink.on_status(own->get()); };
  });
}

}  // namespace vialens

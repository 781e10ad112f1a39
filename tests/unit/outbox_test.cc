// What is posted arrives, in order, whole, on another thread; a consumer that hangs or throws costs only itself.
#include "userspace/sink/outbox.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "tests/unit/sink_fixture.h"

namespace vialens {
namespace {

using namespace test;

class Recorder : public Sink {
 public:
  void on_finding(const Finding& finding) override { say("finding " + finding.subject.call_id); }
  void on_call(const Call& call) override { say("call " + call.call_id); }
  void on_registration(const Registration& registration) override { say("registration " + registration.aor); }
  void on_summary(const Summary& summary) override { say("summary of " + std::to_string(summary.taps.size())); }
  void on_call_changed(const Call& call) override { say("changed " + call.call_id); }
  void on_registration_changed(const Registration& registration) override { say("changed " + registration.aor); }
  void on_message(const SeenMessage& message) override {
    say("message " + std::string(message.call_id) + ' ' + std::string(message.bytes));
  }
  void on_crossing(const SeenCrossing& crossing) override {
    std::string text = "crossing " + std::string(crossing.call_id) + ' ' + std::string(crossing.call_id_outside);
    for (const Change& change : crossing.changes)
      text += ' ' + std::string(change.where) + '=' + std::string(change.before) + '>' + std::string(change.after);
    say(text);
  }
  void on_stream(const Flow& flow, const TapInfo& tap) override {
    say("stream " + tap.name + ' ' + std::to_string(flow.packets));
  }
  void on_status(const Summary& summary) override { say("status of " + std::to_string(summary.taps.size())); }

  std::vector<std::string> said;

 private:
  void say(std::string what) {
    EXPECT_NE(std::this_thread::get_id(), engine_);
    said.push_back(std::move(what));
  }
  std::thread::id engine_ = std::this_thread::get_id();
};

const TapInfo& lan() {
  static const TapInfo tap{0, "lan", "br-lan", Side::lan, Direction::in, "xdp"};
  return tap;
}

SeenMessage a_message(const std::string& call_id, const std::string& bytes) {
  return {&lan(), noon(), Transport::udp, {}, {}, 1, call_id, bytes, false};
}

TEST(Outbox, DeliversEverythingInOrderAndWhole) {
  Recorder recorder;
  {
    Outbox outbox({&recorder});
    {  // gone before it is delivered, perhaps
      const std::vector<TapReport> reports = two_reports();
      std::string buffer = "Contact<a><b>in@outside";
      const std::string_view text = buffer;
      const std::vector<Change> changes{{Field::contact, text.substr(0, 7), text.substr(7, 3), text.substr(10, 3)}};
      outbox.on_status(a_summary(reports));
      outbox.on_message(a_message(std::string("in"), std::string("INVITE ...")));
      outbox.on_crossing({1, 2, Direction::out, Grade::harmless, text.substr(13, 2), text.substr(16), changes});
      Flow flow;
      flow.packets = 50;
      outbox.on_stream(flow, lan());
      outbox.on_call_changed(a_call());
      outbox.on_registration_changed(a_registration());
      outbox.on_finding(a_finding());
      outbox.on_registration(a_registration());
      outbox.on_call(a_call());
      outbox.on_summary(a_summary(reports));
      buffer.assign(buffer.size(), '?');
    }
  }
  EXPECT_EQ(recorder.said, (std::vector<std::string>{
                               "status of 2", "message in INVITE ...", "crossing in outside Contact=<a>><b>",
                               "stream lan 50", "changed a84b4c76e66710@192.168.1.33", "changed sip:alice@example.com",
                               "finding a84b4c76e66710@192.168.1.33", "registration sip:alice@example.com",
                               "call a84b4c76e66710@192.168.1.33", "summary of 2"}));
}

// Hangs at the first event until it is let go.
class Stuck final : public Recorder {
 public:
  void on_status(const Summary& summary) override {
    arrived.set_value();
    go_on.get_future().wait();
    Recorder::on_status(summary);
  }
  std::promise<void> arrived, go_on;
};

TEST(Outbox, DropsMessagesBeforeFindingsAndCountsThem) {
  Stuck stuck;
  Outbox outbox({.events = 8, .bytes = 1UL << 20U}, {&stuck});
  const std::vector<TapReport> reports = two_reports();
  outbox.on_status(a_summary(reports));
  stuck.arrived.get_future().wait();
  for (int i = 0; i < 6; ++i) outbox.on_message(a_message("a", "OPTIONS"));  // 4 find room
  for (int i = 0; i < 6; ++i) outbox.on_finding(a_finding());                // so do 4 of these
  EXPECT_EQ(outbox.fill().entries, 8U);
  EXPECT_EQ(outbox.fill().evictions, 4U);
  stuck.go_on.set_value();
  outbox.close();
  EXPECT_EQ(stuck.said.size(), 1U + 4 + 4);
  EXPECT_EQ(stuck.said.back(), "finding a84b4c76e66710@192.168.1.33");
  EXPECT_EQ(outbox.fill().entries, 0U);
}

TEST(Outbox, IsBoundedInBytes) {
  Stuck stuck;
  Outbox outbox({.events = 1000, .bytes = 100'000}, {&stuck});
  const std::vector<TapReport> reports = two_reports();
  outbox.on_status(a_summary(reports));
  stuck.arrived.get_future().wait();
  for (int i = 0; i < 10; ++i) outbox.on_message(a_message("a", std::string(20'000, 'x')));
  EXPECT_EQ(outbox.fill().entries, 2U);  // half of the bytes are for the others
  EXPECT_EQ(outbox.fill().evictions, 8U);
  stuck.go_on.set_value();
}

class Thrower final : public Recorder {
 public:
  void on_finding(const Finding&) override { throw std::runtime_error("cannot write"); }
};

TEST(Outbox, OneThatThrowsDoesNotKeepItFromTheOthers) {
  Thrower thrower;
  Recorder recorder;
  {
    Outbox outbox({&thrower, &recorder});
    outbox.on_finding(a_finding());
    outbox.on_call(a_call());
  }
  EXPECT_EQ(recorder.said.size(), 2U);
  EXPECT_EQ(thrower.said.size(), 1U);
}

TEST(Outbox, NothingIsDeliveredAfterItsEnd) {
  Recorder recorder;
  Outbox outbox({&recorder});
  outbox.close();
  outbox.on_call(a_call());
  outbox.close();
  EXPECT_TRUE(recorder.said.empty());
}

}  // namespace
}  // namespace vialens

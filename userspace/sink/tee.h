// Two sinks for one: each is told everything, the first one first.
#pragma once

#include "userspace/sink/sink.h"

namespace vialens {

class Tee final : public Sink {
 public:
  Tee(Sink& first, Sink& second) : first_(first), second_(second) {}  // outlive this

  void on_finding(const Finding& finding) override { both(&Sink::on_finding, finding); }
  void on_call(const Call& call) override { both(&Sink::on_call, call); }
  void on_registration(const Registration& registration) override { both(&Sink::on_registration, registration); }
  void on_summary(const Summary& summary) override { both(&Sink::on_summary, summary); }
  void on_call_changed(const Call& call) override { both(&Sink::on_call_changed, call); }
  void on_registration_changed(const Registration& registration) override {
    both(&Sink::on_registration_changed, registration);
  }
  void on_message(const SeenMessage& message) override { both(&Sink::on_message, message); }
  void on_crossing(const SeenCrossing& crossing) override { both(&Sink::on_crossing, crossing); }
  void on_stream(const Flow& flow, const TapInfo& tap) override {
    first_.on_stream(flow, tap);
    second_.on_stream(flow, tap);
  }
  void on_status(const Summary& summary) override { both(&Sink::on_status, summary); }

 private:
  template <class What>
  void both(void (Sink::*tell)(const What&), const What& what) {
    (first_.*tell)(what);
    (second_.*tell)(what);
  }

  Sink& first_;
  Sink& second_;
};

}  // namespace vialens

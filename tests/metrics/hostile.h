// Traffic that would like to become metrics: every name in it is another one, and says "evil".
#pragma once

#include <string>

#include "tests/unit/sip_text.h"

namespace vialens::test {

class HostileCalls {
 public:
  // A call: a request with a name of its own, whatever method, and an answer with whatever code, to both sides.
  void play(int number) {
    const std::string evil = "evil" + std::to_string(number);
    InDialog dialog;
    dialog.call_id = evil + "\"},vialens_evil{a=\"b\\@" + evil;
    dialog.caller = "sip:" + evil + "@example.com";
    dialog.called = "sip:+49" + std::to_string(number) + "@evil.example";
    dialog.branch = "z9hG4bK" + evil;
    static constexpr std::string_view kUsual[] = {"INVITE", "REGISTER", "BYE", "OPTIONS", "CANCEL", "NOTIFY", "INVITE"};
    const bool usual = number % 3 != 0;
    const std::string method = usual ? std::string(kUsual[static_cast<std::size_t>(number) % std::size(kUsual)])
                                     : "EVIL" + std::to_string(number);
    Text ask = request(method, dialog);
    ask.add("User-Agent", evil + "\n# TYPE vialens_evil counter");
    if (method == "INVITE") ask.body("application/sdp", sdp());
    const Text answer = reply(ask, 100 + number % 650, evil, evil);
    both(ask, outside(ask, number), Direction::out);
    both(answer, answer, Direction::in);
    if (method == "INVITE") hang_up(dialog);
    Flow flow;
    flow.tap = static_cast<TapId>(number % 4);
    flow.source = flow.destination = endpoint("198.51.100.10:" + std::to_string(1024 + number % 60000));
    flow.ssrc = static_cast<std::uint32_t>(number);
    flow.believed = true;
    flow.first = flow.last = time_of(now_);
    flow.lost = 3;
    engine.observe(flow);
  }

  Summary summary() {
    reports_.clear();
    for (const TapInfo& tap : taps_) {
      reports_.push_back({tap, {}});
      for (std::uint64_t i = 0; i < VIALENS_OUTCOMES; ++i) reports_.back().counters.packets[i] = i;
    }
    std::vector<TableFill> tables = engine.tables();
    tables.push_back({"outbox", 1, 65536, 0});
    Summary summary;
    summary.totals = engine.totals();
    summary.taps = reports_;
    summary.findings = engine.findings();
    summary.tables = std::move(tables);
    summary.counts = engine.counts();
    return summary;
  }

 private:
  class Nobody final : public Sink {
    void on_finding(const Finding&) override {}
    void on_call(const Call&) override {}
    void on_registration(const Registration&) override {}
    void on_summary(const Summary&) override {}
  };

  static std::vector<TapInfo> four_taps() {
    return {{Story::kLan, "lan", "br \"lan\"\\", Side::lan, Direction::in, "xdp"},
            {Story::kWan, "wan", "pppoe\nwan", Side::wan, Direction::out, "tcx"},
            {2, "lan", "br \"lan\"\\", Side::lan, Direction::out, "tcx"},
            {3, "wan", "pppoe\nwan", Side::wan, Direction::in, "xdp"}};
  }

  // A router that changes something else each time.
  static Text outside(Text text, int number) {
    const std::string call_id = text.get("Call-ID");
    switch (number % 5) {
      case 0:
        return text.replace(kPhoneAddress, kRouterAddress).set("Call-ID", call_id);
      case 1:
        return text.set("Contact", "<sip:evil@203.0.113.5>");
      case 2:
        return text.add("X-Evil-" + std::to_string(number), "evil");
      case 3:
        return text.remove("User-Agent");
      default:
        return text;
    }
  }
  void hang_up(InDialog dialog) {
    dialog.to_tag = "evil";
    dialog.cseq = 2;
    dialog.branch += "bye";
    const Text bye = request("BYE", dialog);
    both(bye, bye, Direction::out);
    both(reply(bye, 200), reply(bye, 200), Direction::in);
  }
  void both(const std::string& inner, const std::string& outer, Direction direction) {
    const bool out = direction == Direction::out;
    observe(out ? Story::kLan : TapId{3}, out ? kPhone : kServer, out ? kServer : kRouter, out ? inner : outer);
    observe(out ? Story::kWan : TapId{2}, out ? kRouter : kServer, out ? kServer : kPhone, out ? outer : inner);
  }
  void observe(TapId tap, std::string_view source, std::string_view destination, const std::string& text) {
    now_ += 0.001;
    Piece piece;
    piece.time = time_of(now_);
    piece.tap = tap;
    piece.source = endpoint(source);
    piece.destination = endpoint(destination);
    piece.wire_length = static_cast<std::uint32_t>(text.size());
    piece.bytes = text;
    engine.advance(piece.time);
    engine.observe(piece);
  }

  std::vector<TapInfo> taps_ = four_taps();
  std::vector<TapReport> reports_;
  Nobody nobody_;
  double now_ = 0;

 public:
  Engine engine{taps_, nobody_};  // last: it is told of the others
};

}  // namespace vialens::test

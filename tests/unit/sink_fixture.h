// What the tests of the sinks share: one of everything that a sink is told, and what it printed.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "userspace/sink/sink.h"

namespace vialens::test {

// A stream that remembers.
class Output {
 public:
  Output() : stream_(open_memstream(&text_, &size_)) {}
  ~Output() {
    std::fclose(stream_);
    std::free(text_);  // NOLINT: open_memstream() says so
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::FILE* stream() { return stream_; }
  std::string text() {
    std::fflush(stream_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
};

inline Time noon() { return Time(std::chrono::seconds(1'700'000'000)) + std::chrono::microseconds(123'456); }

inline Finding a_finding() {
  Finding finding;
  finding.kind = find_kind("alg-contact");
  finding.confidence = 0.99;
  finding.time = noon();
  finding.subject = {Subject::Kind::call, "a84b4c76e66710@192.168.1.33", ""};
  finding.segment = "lan-wan";
  finding.direction = "out";
  finding.detail = "Between lan and wan the router changed Contact of INVITE (CSeq 1).";
  finding.evidence = {{"wan", "INVITE", 1, "Contact", "<sip:a@192.168.1.33>", "<sip:a@203.0.113.5>"}};
  return finding;
}

inline Call a_call() {
  Call call;
  call.call_id = "a84b4c76e66710@192.168.1.33";
  call.from = "sip:alice@example.com";
  call.to = "sip:bob@example.com";
  call.state = CallState::ended;
  call.started = call.last_seen = noon();
  call.answered = noon() + std::chrono::milliseconds(2500);
  call.ended = noon() + std::chrono::seconds(62);
  call.end_reason = "BYE from the caller";
  call.findings = {"alg-contact"};
  static const TapInfo lan{0, "lan", "lan0", Side::lan, Direction::out, "tcx"};
  CallStream stream;
  stream.tap = &lan;
  stream.direction = Direction::in;
  stream.ssrc = 0xbeef;
  stream.packets = 950;
  stream.lost = 50;
  stream.longest_gap = std::chrono::milliseconds(40);
  call.media = {stream};
  return call;
}

inline Registration a_registration() {
  Registration registration;
  registration.aor = "sip:alice@example.com";
  registration.call_id = "reg-1";
  registration.contact = "<sip:alice@192.168.1.33>";
  registration.state = RegistrationState::registered;
  registration.started = registration.last_seen = noon();
  registration.reason = "200 OK";
  return registration;
}

inline std::vector<TapReport> two_reports() {
  std::vector<TapReport> reports{{{0, "lan", "br-lan", Side::lan, Direction::in, "xdp"}, {}},
                                 {{1, "wan", "pppoe-wan", Side::wan, Direction::unknown, "file"}, {}}};
  reports[0].counters.packets[VIALENS_O_SIP] = 7;
  reports[0].counters.packets[VIALENS_O_LOST_RING] = 2;
  reports[0].counters.packets[VIALENS_O_RTP] = 50;
  reports[0].counters.packets[VIALENS_O_RTCP] = 3;
  reports[0].counters.flows_failed = 4;
  reports[1].counters.packets[VIALENS_O_OTHER] = 5;
  reports[1].counters.private_contact = 3;
  return reports;
}

inline Summary a_summary(const std::vector<TapReport>& reports) {
  Summary summary;
  summary.totals.sip_messages = 7;
  summary.totals.crossings_unchanged = 1;
  summary.totals.crossings_harmless = 2;
  summary.totals.strays = 1;
  summary.totals.calls = 1;
  summary.totals.rtp_streams = 2;
  summary.taps = reports;
  summary.findings["alg-contact"] = {2, 0.99};
  summary.findings["note-hold"] = {1, 0.97};
  summary.findings["hint-mixed-addresses"] = {1, 0.45};
  summary.alg = {{"linux-nf_nat_sip", "the SIP helper of Linux", "Remove it.", 0.8, {"a port appended in From"}}};
  summary.seconds = 62.1234567;
  summary.tables = {{"calls", 2, 10, 0}, {"flows", 10, 10, 7}};
  return summary;
}

}  // namespace vialens::test

// Whole conversations as nobody should have them: messages that enter and leave a box, changed on the way, in any
// order.
//
// The input is a list of steps. Each takes a message, one of a few well-formed ones or bytes of the input, edits it,
// and shows it at one side or at both. What must hold: no crash, no hang; every finding is of a known kind, has a
// confidence between 0 and 1, and says something; the sums come out even.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/engine/engine.h"

namespace {

using namespace vialens;

void require(bool condition) {
  if (!condition) std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  bool empty() const { return rest_.empty(); }
  unsigned number() {
    const auto front = take(1);
    return front.empty() ? 0 : static_cast<unsigned char>(front.front());
  }
  std::string_view take(std::size_t count) {
    const std::string_view front = rest_.substr(0, count);
    rest_.remove_prefix(front.size());
    return front;
  }

 private:
  std::string_view rest_;
};

class CheckingSink final : public Sink {
 public:
  void on_finding(const Finding& finding) override {
    require(finding.kind != nullptr && find_kind(finding.kind->id) == finding.kind);
    require(finding.confidence > 0 && finding.confidence <= 1);
    require(!finding.detail.empty());
  }
  void on_call(const Call&) override {}
  void on_registration(const Registration&) override {}
  void on_summary(const Summary&) override {}
};

constexpr std::string_view kSdp =
    "v=0\r\no=a 1 1 IN IP4 192.168.1.33\r\ns=-\r\nc=IN IP4 192.168.1.33\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    "a=candidate:1 1 UDP 1 192.168.1.33 40000 typ host\r\na=sendonly\r\n";

std::string request(std::string_view method) {
  return std::string(method) +
         " sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.33:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: "
         "70\r\n"
         "From: \"A\" <sip:a@192.168.1.33>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 1@192.168.1.33\r\nCSeq: 1 " +
         std::string(method) +
         "\r\nContact: <sip:a@192.168.1.33:5060>;expires=60\r\nRoute: <sip:p;lr>\r\nUser-Agent: u (192.168.1.33)\r\n"
         "Authorization: Digest username=\"a\", uri=\"sip:example.com\", response=\"0\"\r\n"
         "Content-Type: application/sdp\r\nContent-Length: " +
         std::to_string(kSdp.size()) + "\r\n\r\n" + std::string(kSdp);
}

std::string response(std::string_view status) {
  return "SIP/2.0 " + std::string(status) +
         "\r\nVia: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK1;rport=5060;received=203.0.113.5\r\n"
         "From: <sip:a@203.0.113.5>;tag=1\r\nTo: <sip:b@example.com>;tag=2\r\nCall-ID: 1@203.0.113.5\r\nCSeq: 1 "
         "INVITE\r\n"
         "Contact: <sip:b@198.51.100.10>\r\nContent-Type: application/sdp\r\nContent-Length: " +
         std::to_string(kSdp.size()) + "\r\n\r\n" + std::string(kSdp);
}

// Replaces, inserts, cuts: what the bytes of the input say.
void edit(std::string& text, Input& in) {
  if (text.empty()) return;
  const std::size_t at = (in.number() << 8U | in.number()) % text.size();
  switch (in.number() % 5) {
    case 0:
      text[at] = static_cast<char>(in.number());
      break;
    case 1:
      text.insert(at, in.take(in.number() % 32));
      break;
    case 2:
      text.erase(at, in.number() % 64);
      break;
    case 3:
      text.resize(at);
      break;
    default:
      for (std::size_t found = text.find("192.168.1.33"); found != text.npos; found = text.find("192.168.1.33"))
        text.replace(found, 12, "203.0.113.5");
  }
}

Endpoint endpoint(std::string_view address, std::uint16_t port) { return {*Address::parse(address), port}; }

void play(Input& in, Engine& engine) {
  const Endpoint phone = endpoint("192.168.1.33", 5060);
  const Endpoint router = endpoint("203.0.113.5", 5060);
  const Endpoint server = endpoint("198.51.100.10", 5060);
  const std::string messages[] = {request("INVITE"),  request("REGISTER"),     request("OPTIONS"),
                                  request("ACK"),     request("BYE"),          request("CANCEL"),
                                  response("200 OK"), response("180 Ringing"), response("401 Unauthorized")};
  Time now{std::chrono::seconds(1'000'000)};
  for (int step = 0; step < 64 && !in.empty(); ++step) {
    const unsigned what = in.number();
    const unsigned how = in.number();
    now += std::chrono::milliseconds((how & 0xfU) * (how & 0xfU) * 40);
    engine.advance(now);
    std::string text = what < 200 ? messages[what % 9] : std::string(in.take(what));
    for (unsigned i = 0; i < (how >> 6U); ++i) edit(text, in);
    const bool out = (how & 16U) != 0;
    const bool both = (how & 32U) != 0;
    for (const bool entering : {true, false}) {
      if (!entering && !both) break;
      if (!entering) edit(text, in);
      const bool lan = entering == out;
      Piece piece;
      piece.time = now;
      piece.tap = static_cast<TapId>(lan ? 0 : 1);
      piece.source = out ? (lan ? phone : router) : server;
      piece.destination = out ? server : (lan ? phone : router);
      if ((what & 64U) != 0) piece.source.port = static_cast<std::uint16_t>(5060 + what % 3);
      piece.bytes = text;
      piece.wire_length = static_cast<std::uint32_t>(text.size() + (what == 255 ? 1 : 0));
      engine.observe(piece);
    }
    if ((what & 7U) == 7) {
      Flow flow;
      flow.tap = static_cast<TapId>(what >> 7U);
      flow.source = out ? phone : server;
      flow.destination = out ? server : phone;
      flow.source.port = flow.destination.port = 40000;
      flow.first = now - std::chrono::seconds(how % 16);
      flow.last = now;
      flow.packets = how * 4U;
      flow.silent = what;
      flow.comfort_noise = how % 3;
      flow.longest_gap = std::chrono::milliseconds(what * 20);
      flow.believed = true;
      engine.observe(flow);
    }
  }
  engine.advance(now + std::chrono::seconds(40));
  engine.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const bool one_side = (in.number() & 1U) != 0;
  const std::vector<TapInfo> taps{
      {0, "lan", "", one_side ? Side::wan : Side::lan, Direction::unknown, ""},
      {1, "wan", "", Side::wan, Direction::unknown, ""},
  };
  CheckingSink sink;
  Engine engine(taps, sink);
  play(in, engine);
  const Totals totals = engine.totals();
  const std::uint64_t crossed = totals.crossings_unchanged + totals.crossings_rewritten();
  require(one_side ? crossed == 0 : 2 * crossed + totals.strays <= totals.sip_messages);
  return 0;
}

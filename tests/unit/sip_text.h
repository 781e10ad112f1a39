// SIP messages for tests, readable and with the right Content-Length, and stories told with them to an engine:
//
//   Story story;
//   story.out(0.0, invite(), invite().replace("192.168.1.33", "203.0.113.5"));   // before and behind the router
//   story.in(0.1, reply(invite(), 200));
//   EXPECT_EQ(play(story).ids(), Ids({"alg-contact", "alg-via"}));
//
// The cast: a phone in the LAN, its router, and the provider's server.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "userspace/engine/engine.h"

namespace vialens::test {

inline constexpr std::string_view kPhone = "192.168.1.33:5060", kPhone2 = "192.168.1.34:5060",
                                  kRouter = "203.0.113.5:5060", kServer = "198.51.100.10:5060",
                                  kPhoneAddress = "192.168.1.33", kRouterAddress = "203.0.113.5";

// "192.0.2.1:5060", "[2001:db8::1]:5060"
inline Endpoint endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return {Address::parse(text.substr(0, colon)).value(),
          static_cast<std::uint16_t>(std::stoi(std::string(text.substr(colon + 1))))};
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// A message under construction; becomes text where text is asked for. Content-Length fits unless it is set.
class Text {
 public:
  explicit Text(std::string start_line) : start_line_(std::move(start_line)) {}

  Text& start_line(std::string line) {
    start_line_ = std::move(line);
    return *this;
  }
  // Replaces the first header of this name, or adds one.
  Text& set(std::string_view name, std::string value) {
    for (auto& header : headers_)
      if (header.first == name) {
        header.second = std::move(value);
        return *this;
      }
    return add(name, std::move(value));
  }
  Text& add(std::string_view name, std::string value) {
    headers_.emplace_back(name, std::move(value));
    return *this;
  }
  Text& push_front(std::string_view name, std::string value) {
    headers_.emplace(headers_.begin(), name, std::move(value));
    return *this;
  }
  Text& remove(std::string_view name) {
    std::erase_if(headers_, [&](const auto& header) { return header.first == name; });
    return *this;
  }
  Text& rename(std::string_view name, std::string_view other) {
    for (auto& header : headers_)
      if (header.first == name) header.first = other;
    return *this;
  }
  Text& body(std::string type, std::string bytes) {
    body_ = std::move(bytes);
    return set("Content-Type", std::move(type));
  }
  // Everywhere: start line, headers, body.
  Text& replace(std::string_view from, std::string_view to) {
    start_line_ = replaced(start_line_, from, to);
    for (auto& header : headers_) header.second = replaced(header.second, from, to);
    body_ = replaced(body_, from, to);
    return *this;
  }
  Text& replace_in(std::string_view name, std::string_view from, std::string_view to) {
    for (auto& header : headers_)
      if (header.first == name) header.second = replaced(header.second, from, to);
    return *this;
  }
  Text& replace_in_body(std::string_view from, std::string_view to) {
    body_ = replaced(body_, from, to);
    return *this;
  }
  Text& content_length(std::string value) {
    content_length_ = std::move(value);
    return *this;
  }
  Text& reverse_headers() {
    std::reverse(headers_.begin(), headers_.end());
    return *this;
  }

  std::string get(std::string_view name) const {
    for (const auto& header : headers_)
      if (header.first == name) return header.second;
    return "";
  }
  std::string all(std::string_view name) const {
    std::string lines;
    for (const auto& header : headers_)
      if (header.first == name) lines += header.first + ": " + header.second + "\r\n";
    return lines;
  }
  std::string str() const {
    std::string text = start_line_ + "\r\n";
    for (const auto& [name, value] : headers_) text += name + ": " + value + "\r\n";
    if (content_length_ != "none")
      text += "Content-Length: " + (content_length_.empty() ? std::to_string(body_.size()) : content_length_) + "\r\n";
    return text + "\r\n" + body_;
  }
  operator std::string() const { return str(); }  // NOLINT(google-explicit-constructor): ends a chain

 private:
  std::string start_line_, body_, content_length_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

inline std::string sdp(std::string_view address = kPhoneAddress, int port = 40000) {
  const std::string host(address);
  return "v=0\r\no=alice 53655765 2353687637 IN IP4 " + host + "\r\ns=-\r\nc=IN IP4 " + host + "\r\nt=0 0\r\nm=audio " +
         std::to_string(port) + " RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n";
}

// What two messages of one dialog have in common. Names say who is who: alice sits in the LAN.
struct InDialog {
  std::string call_id = "a84b4c76e66710@192.168.1.33";
  std::string caller = "sip:alice@example.com", called = "sip:bob@example.com";
  std::string from_tag = "1928301774", to_tag = "";
  std::string via = "192.168.1.33:5060", contact = "sip:alice@192.168.1.33:5060";
  std::string branch = "z9hG4bK776asdhds";
  int cseq = 1;
};

inline Text request(std::string_view method, const InDialog& dialog = {}) {
  Text text(std::string(method) + " " + dialog.called + " SIP/2.0");
  text.add("Via", "SIP/2.0/UDP " + dialog.via + ";branch=" + dialog.branch + ";rport");
  text.add("Max-Forwards", "70");
  text.add("From", "<" + dialog.caller + ">" + (dialog.from_tag.empty() ? "" : ";tag=" + dialog.from_tag));
  text.add("To", "<" + dialog.called + ">" + (dialog.to_tag.empty() ? "" : ";tag=" + dialog.to_tag));
  text.add("Call-ID", dialog.call_id);
  text.add("CSeq", std::to_string(dialog.cseq) + " " + std::string(method));
  if (!dialog.contact.empty()) text.add("Contact", "<" + dialog.contact + ">");
  return text;
}

inline Text invite(const InDialog& dialog = {}) { return request("INVITE", dialog).body("application/sdp", sdp()); }

inline Text register_(const InDialog& dialog = {}) {
  InDialog own = dialog;
  if (own.caller == InDialog{}.caller) own.called = own.caller;
  return request("REGISTER", own).start_line("REGISTER sip:example.com SIP/2.0").add("Expires", "3600");
}

inline Text options(int cseq = 1) {
  InDialog dialog{.call_id = "keep-alive", .branch = "z9hG4bKoptions" + std::to_string(cseq), .cseq = cseq};
  dialog.from_tag = "options";
  return request("OPTIONS", dialog);
}

// The answer: Via, From, To, Call-ID and CSeq as in the request, and a tag of its own unless the request has one.
inline Text reply(const Text& to, int status, std::string_view tag = "314159", std::string_view reason = "Whatever") {
  Text text("SIP/2.0 " + std::to_string(status) + " " + std::string(reason));
  text.add("Via", to.get("Via")).add("From", to.get("From")).add("To", to.get("To"));
  if (status != 100 && to.get("To").find(";tag=") == std::string::npos)
    text.set("To", to.get("To") + ";tag=" + std::string(tag));
  text.add("Call-ID", to.get("Call-ID")).add("CSeq", to.get("CSeq"));
  return text;
}

inline Text ok(const Text& to, std::string_view tag = "314159") {
  return reply(to, 200, tag, "OK").add("Contact", "<sip:bob@198.51.100.10:5060>");
}

using Ids = std::set<std::string>;

// What a run of the engine said.
struct Outcome {
  std::vector<Finding> findings;
  std::vector<Call> calls;
  std::vector<Registration> registrations;
  Totals totals;
  std::map<std::string, std::uint64_t> counts;

  Ids ids() const {
    Ids ids;
    for (const Finding& finding : findings) ids.emplace(finding.kind->id);
    return ids;
  }
  // Without the innocent explanations.
  Ids alarms() const {
    Ids alarms = ids();
    std::erase_if(alarms, [](const std::string& id) { return id.starts_with("note-"); });
    return alarms;
  }
  // Nor what the caller feels of it: what is said of the network alone.
  Ids causes() const {
    Ids causes = alarms();
    std::erase_if(causes, [](const std::string& id) { return is_symptom(id); });
    return causes;
  }
  std::vector<Finding> told_causes() const {
    std::vector<Finding> causes = told_alarms();
    std::erase_if(causes, [](const Finding& finding) { return is_symptom(finding.kind->id); });
    return causes;
  }
  static bool is_symptom(std::string_view id) {
    return id.starts_with("call-") || id.starts_with("media-") || id.starts_with("reg-");
  }
  const Finding* find(std::string_view id) const {
    for (const Finding& finding : findings)
      if (finding.kind->id == id) return &finding;
    return nullptr;
  }
  std::vector<Finding> told_alarms() const {
    std::vector<Finding> alarms = findings;
    std::erase_if(alarms, [](const Finding& finding) { return finding.kind->id.starts_with("note-"); });
    return alarms;
  }
  // All alarms, in an order of its own.
  std::multiset<std::string> told() const {
    std::multiset<std::string> lines;
    for (const Finding& finding : told_alarms()) {
      std::string line = std::string(finding.kind->id) + "|" + finding.subject.call_id + "|" + finding.subject.aor +
                         "|" + finding.direction + "|" + std::to_string(finding.confidence) + "|" + finding.detail;
      for (const Evidence& evidence : finding.evidence) line += "|" + evidence.before + "|" + evidence.after;
      lines.insert(line);
    }
    return lines;
  }
};

// Who sees what when. Times are seconds from the beginning of the story.
class Story {
 public:
  struct Event {
    double time = 0;
    TapId tap = 0;
    Piece::Kind kind = Piece::Kind::datagram;
    Transport transport = Transport::udp;
    Endpoint source{}, destination{};
    std::string bytes{};
    std::uint32_t ip_id = 0, offset = 0, sequence = 0, missing = 0;
    bool more = false, capture_lost = false;
    bool packet = false;
    std::optional<Flow> flow{};
    std::optional<RtcpSource> rtcp{};
  };

  static constexpr TapId kLan = 0, kWan = 1;

  // How long the router takes; 0 for one tick of a coarse clock.
  double latency = 0.001;
  std::string phone{kPhone}, router{kRouter}, server{kServer};
  Transport transport = Transport::udp;
  std::uint32_t ip_id = 0;  // of the messages to come; 0: not known

  Story& lan(double time, std::string_view source, std::string_view destination, std::string text) {
    return add(time, kLan, source, destination, std::move(text));
  }
  Story& wan(double time, std::string_view source, std::string_view destination, std::string text) {
    return add(time, kWan, source, destination, std::move(text));
  }
  // From the phone to the server, entering as `before` and leaving as `after`.
  Story& out(double time, const std::string& before, const std::string& after) {
    return lan(time, phone, server, before).wan(time + latency, router, server, after);
  }
  Story& out(double time, const std::string& text) { return out(time, text, text); }
  Story& in(double time, const std::string& before, const std::string& after) {
    return wan(time, server, router, before).lan(time + latency, server, phone, after);
  }
  Story& in(double time, const std::string& text) { return in(time, text, text); }
  // The router swallows it.
  Story& swallowed_out(double time, std::string text) { return lan(time, phone, server, std::move(text)); }
  Story& swallowed_in(double time, std::string text) { return wan(time, server, router, std::move(text)); }
  // The ladder of RFC 3261 17.1.1.2.
  template <class Tell>
  Story& repeated(double time, int copies, Tell tell) {
    double pause = 0.5;
    for (int i = 0; i < copies; ++i, time += pause, pause *= 2) tell(time);
    return *this;
  }
  Story& capture_lost(double time) {
    events_.push_back({.time = time, .capture_lost = true});
    return *this;
  }
  Story& wait_until(double time) {
    events_.push_back({.time = time, .kind = Piece::Kind::segment, .transport = Transport::tcp});  // says nothing
    return *this;
  }
  // A packet of another kind.
  Story& packet(double time, TapId tap) {
    events_.push_back({.time = time, .tap = tap, .packet = true});
    return *this;
  }
  // What the counters of an RTP stream have come to by then.
  Story& flow(double time, const Flow& flow) {
    events_.push_back({.time = time, .flow = flow});
    return *this;
  }
  // Likewise of a sender of RTCP.
  Story& rtcp(double time, const RtcpSource& source) {
    events_.push_back({.time = time, .rtcp = source});
    return *this;
  }
  // Bytes of the last message that the capture does not have.
  Story& cut(std::size_t size) {
    Event& last = events_.back();
    last.missing = static_cast<std::uint32_t>(last.bytes.size() - size);
    last.bytes.resize(size);
    return *this;
  }
  // The last datagram in fragments of `size` bytes; `kept`: only the first so many are seen.
  Story& fragmented(std::size_t size, std::size_t kept = 1000) {
    Event whole = events_.back();
    events_.pop_back();
    const std::string packet = udp_header(whole) + whole.bytes;
    whole.kind = Piece::Kind::fragment;
    whole.ip_id = ++fragment_id_;
    whole.source.port = whole.destination.port = 0;
    for (std::size_t at = 0; at < packet.size() && kept-- > 0; at += size) {
      whole.bytes = packet.substr(at, size);
      whole.offset = static_cast<std::uint32_t>(at);
      whole.more = at + size < packet.size();
      events_.push_back(whole);
    }
    return *this;
  }
  // The last segment in two.
  Story& split(std::size_t at) {
    Event rest = events_.back();
    events_.back().bytes.resize(at);
    rest.bytes.erase(0, at);
    rest.sequence += static_cast<std::uint32_t>(at);
    events_.push_back(std::move(rest));
    return *this;
  }

  Story& add(Event event) {
    events_.push_back(std::move(event));
    return *this;
  }

  const std::vector<Event>& events() const { return events_; }
  // The same, but for one of them.
  Story without(std::size_t event) const {
    Story rest = *this;
    rest.events_.erase(rest.events_.begin() + static_cast<std::ptrdiff_t>(event));
    return rest;
  }

 private:
  Story& add(double time, TapId tap, std::string_view source, std::string_view destination, std::string text) {
    Event event{.time = time,
                .tap = tap,
                .transport = transport,
                .source = endpoint(source),
                .destination = endpoint(destination),
                .bytes = std::move(text),
                .ip_id = ip_id};
    if (transport == Transport::tcp) {
      event.kind = Piece::Kind::segment;
      std::uint32_t& next = sequences_[{tap, event.source, event.destination}];
      event.sequence = 1000 + next;
      next += static_cast<std::uint32_t>(event.bytes.size());
    }
    events_.push_back(std::move(event));
    return *this;
  }
  static std::string udp_header(const Event& event) {
    const auto put = [](std::string& text, std::size_t number) {
      text += static_cast<char>(number >> 8U);
      text += static_cast<char>(number & 0xffU);
    };
    std::string header;
    put(header, event.source.port);
    put(header, event.destination.port);
    put(header, event.bytes.size() + 8);
    put(header, 0);
    return header;
  }

  std::vector<Event> events_;
  std::map<std::tuple<TapId, Endpoint, Endpoint>, std::uint32_t> sequences_;
  std::uint32_t fragment_id_ = 100;
};

inline Time time_of(double seconds) {
  return Time(std::chrono::seconds(1'700'000'000) +
              std::chrono::nanoseconds(static_cast<std::int64_t>(std::llround(seconds * 1e9))));
}

// Both sides of a router, from capture files unless directions are given.
inline std::vector<TapInfo> two_taps() {
  return {{Story::kLan, "lan", "lan.pcap", Side::lan, Direction::unknown, "file"},
          {Story::kWan, "wan", "wan.pcap", Side::wan, Direction::unknown, "file"}};
}

// The same, for what outlives the function that names them.
inline const std::vector<TapInfo>& taps() {
  static const std::vector<TapInfo> taps = two_taps();
  return taps;
}

// What a router makes of a message of the phone, as Linux does it: every address but that in the Call-ID.
inline Text outside(Text text) {
  const std::string call_id = text.get("Call-ID");
  return text.replace(kPhoneAddress, kRouterAddress).set("Call-ID", call_id);
}

class CollectingSink final : public Sink {
 public:
  explicit CollectingSink(Outcome& outcome) : outcome_(outcome) {}
  void on_finding(const Finding& finding) override { outcome_.findings.push_back(finding); }
  void on_call(const Call& call) override { outcome_.calls.push_back(call); }
  void on_registration(const Registration& registration) override { outcome_.registrations.push_back(registration); }
  void on_summary(const Summary&) override {}

 private:
  Outcome& outcome_;
};

// Tells the story in the order of time, as `vialens read` does. With a seed, what happens at one time happens in a
// random order. Of the outcome only what the engine counted.
inline Outcome play_to(Sink& sink, const Story& story, const std::vector<TapInfo>& taps, unsigned seed = 0) {
  std::vector<Story::Event> events = story.events();
  if (seed != 0) std::shuffle(events.begin(), events.end(), std::mt19937(seed));
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  Engine engine(taps, sink);
  for (const Story::Event& event : events) {
    const Time now = time_of(event.time);
    engine.advance(now);
    if (event.capture_lost) {
      engine.capture_lost(now);
      continue;
    }
    if (event.packet || !event.bytes.empty()) engine.packet_seen(event.tap, now);
    if (event.flow) engine.observe(*event.flow);
    if (event.rtcp) engine.observe(*event.rtcp);
    if (event.bytes.empty()) continue;
    Piece piece;
    piece.time = now;
    piece.tap = event.tap;
    piece.kind = event.kind;
    piece.transport = event.transport;
    piece.source = event.source;
    piece.destination = event.destination;
    piece.ip_id = event.ip_id;
    piece.offset = event.offset;
    piece.more = event.more;
    piece.tcp_sequence = event.sequence;
    piece.wire_length = static_cast<std::uint32_t>(event.bytes.size()) + event.missing;
    piece.bytes = event.bytes;
    engine.observe(piece);
  }
  engine.finish();
  Outcome outcome;
  outcome.totals = engine.totals();
  for (const auto& [id, count] : engine.findings()) outcome.counts.emplace(id, count.subjects);
  return outcome;
}

inline Outcome play(const Story& story, unsigned seed = 0, const std::vector<TapInfo>& taps = two_taps()) {
  Outcome outcome;
  CollectingSink sink(outcome);
  Outcome counted = play_to(sink, story, taps, seed);
  outcome.totals = counted.totals;
  outcome.counts = std::move(counted.counts);
  return outcome;
}

}  // namespace vialens::test

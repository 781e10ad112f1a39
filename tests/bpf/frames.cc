#include "tests/bpf/frames.h"

#include <string_view>

#include "tests/bpf/rtp.h"

namespace vialens::test {
namespace {

constexpr auto kOther = VIALENS_O_OTHER;
constexpr auto kSip = VIALENS_O_SIP;
constexpr auto kSegment = VIALENS_O_SEGMENT;
constexpr auto kFragment = VIALENS_O_FRAGMENT;
constexpr auto kFragmentOther = VIALENS_O_FRAGMENT_OTHER;
constexpr auto kKeepAlive = VIALENS_O_KEEPALIVE;
constexpr auto kNotSip = VIALENS_O_NOT_SIP;
constexpr auto kBroken = VIALENS_O_BROKEN;
constexpr auto kRtpSeen = VIALENS_O_RTP;
constexpr auto kRtcpSeen = VIALENS_O_RTCP;
constexpr auto kStunSeen = VIALENS_O_STUN;

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kPush = 8, kAck = 16;

// Binary text out of a literal that may hold zeros.
template <std::size_t N>
std::string binary(const char (&text)[N]) {
  return {text, N - 1};
}

const std::string kStun = binary("\0\1\0\0\x21\x12\xa4\x42xxxxxxxxxxxx");
const std::string kRtp = rtp().silence(160);
const std::string kRtcp = binary("\x80\xc9\0\1\xde\xad\xbe\xef");
const std::string kDtls = binary("\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x40") + std::string(64, '\1');
const std::string kDns = binary("\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1");
const std::string kSsdp = "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: ssdp:alive\r\n\r\n";

void link_layer(std::vector<Case>& to) {
  const auto eth = [] { return packet().eth(); };
  const auto rest4 = [](Packet& p) -> Packet& {
    return p.ipv4("192.0.2.1", "192.0.2.2").udp(5060, 5060).payload(kOptions);
  };
  const auto rest6 = [](Packet& p) -> Packet& {
    return p.ipv6("2001:db8::1", "2001:db8::2").udp(5060, 5060).payload(kOptions);
  };
  const auto add = [&](std::string name, Packet front, vialens_outcome outcome) {
    Packet front6 = front;
    to.push_back({name + ", IPv4", rest4(front), outcome});
    to.push_back({name + ", IPv6", rest6(front6), outcome});
  };
  add("Ethernet", eth(), kSip);
  add("an 802.1Q tag", eth().vlan(1), kSip);
  add("QinQ", eth().qinq(7).vlan(1), kSip);
  add("QinQ with the old type", eth().tag(0x9100, 7).vlan(1), kSip);
  add("a single 802.1ad tag", eth().qinq(), kSip);
  add("three tags", eth().qinq().vlan(1).vlan(2), kSip);
  add("four tags", eth().qinq().vlan(1).vlan(2).vlan(3), kOther);
  add("PPPoE", eth().pppoe(), kSip);
  add("PPPoE in a tag", eth().vlan(7).pppoe(), kSip);
  add("PPPoE in three tags", eth().qinq().vlan(1).vlan(2).pppoe(), kSip);
  add("PPPoE with a length that lies", eth().pppoe().length(3), kSip);
  add("PPPoE with LCP", eth().pppoe().next(0xc021), kOther);
  add("PPPoE discovery", eth().next(0x8863).pppoe(), kOther);
  add("ARP", eth().next(0x0806), kOther);
  add("MPLS", eth().next(0x8847), kOther);
  add("LLC", eth().next(0x0040), kOther);
  add("a tag with an unknown type in it", eth().vlan(1).next(0x88cc), kOther);
  to.push_back({"the other version of IP than the type says, 4 for 6",
                v6().version(4).udp(5060, 5060).payload(kOptions), kBroken});
  to.push_back({"the other version of IP than the type says, 6 for 4",
                v4().version(6).udp(5060, 5060).payload(kOptions), kBroken});
}

void internet_layer(std::vector<Case>& to) {
  const auto udp = [](Packet p) -> Packet { return p.udp(5060, 5060).payload(kOptions); };
  const auto add = [&](std::string name, Frame frame, vialens_outcome outcome) {
    to.push_back({std::move(name), std::move(frame), outcome});
  };
  const auto ip_length = static_cast<std::uint16_t>(28 + kOptions.size());

  add("one word of IPv4 options", udp(v4().options()), kSip);
  add("ten words of IPv4 options", udp(v4().options(10)), kSip);
  add("an IPv4 header of four words", udp(v4().header_words(4)), kBroken);
  add("an IPv4 header of no words", udp(v4().header_words(0)), kBroken);
  add("an IPv4 header longer than the packet", v4().header_words(15).udp(5060, 5060), kBroken);
  add("an IPv4 length that exceeds the frame by one", udp(v4().length(static_cast<std::uint16_t>(ip_length + 1))),
      kBroken);
  add("the greatest IPv4 length", udp(v4().length(65535)), kBroken);
  add("an IPv4 length one short of its UDP length", udp(v4().length(static_cast<std::uint16_t>(ip_length - 1))),
      kBroken);
  add("an IPv4 length of the bare header", udp(v4().length(20)), kBroken);
  add("an IPv4 length below the header", udp(v4().length(19)), kBroken);
  add("an IPv4 length of 0, as in segmentation offload", udp(v4().length(0)), kSip);
  add("IPv4 with ICMP", v4().next(1).payload(kOptions), kOther);
  add("IPv4 with SCTP", udp(v4().next(132)), kOther);
  add("IPv4 with ESP", v4().next(50).payload(kOptions), kOther);
  add("IPv4 with IPv4 inside", udp(v4().next(4).ipv4("10.0.0.1", "10.0.0.2")), kOther);

  add("IPv6 hop-by-hop options", udp(v6().hop_by_hop()), kSip);
  add("an IPv6 routing header", udp(v6().routing(2)), kSip);
  add("IPv6 destination options", udp(v6().destination_options(1)), kSip);
  add("an IPv6 authentication header", udp(v6().authentication()), kSip);
  add("the shortest IPv6 authentication header", udp(v6().authentication(0)), kSip);
  add("an IPv6 mobility header with something behind it", udp(v6().mobility()), kSip);
  add("an atomic IPv6 fragment", udp(v6().fragment(7, 0, false)), kSip);
  add("every IPv6 extension header",
      udp(v6().hop_by_hop()
              .destination_options(3)
              .routing(2)
              .fragment(7, 0, false)
              .authentication()
              .destination_options()
              .mobility()),
      kSip);
  Packet chain = v6();
  for (int i = 0; i < 8; ++i) chain.destination_options();
  add("eight IPv6 extension headers", udp(chain), kSip);
  add("nine IPv6 extension headers", udp(chain.destination_options()), kOther);
  add("IPv6 extension headers of 700 bytes", udp(v6().hop_by_hop(40).destination_options(45)), kSip);
  add("an IPv6 extension header that reaches behind the frame", udp(v6().hop_by_hop().length(200)), kBroken);
  add("an IPv6 extension header that covers all the payload",
      v6().destination_options().length(1).udp(5060, 5060).pad(64), kBroken);
  add("an IPv6 extension header that reaches into the padding",
      v6().destination_options().length(2).udp(5060, 5060).pad(64), kBroken);
  add("IPv6 with nothing behind the header", v6(), kOther);
  add("IPv6 with nothing behind an extension header", v6().hop_by_hop(), kOther);
  add("IPv6 with ICMP", v6().next(58).payload(kOptions), kOther);
  add("IPv6 with ESP", v6().next(50).payload(kOptions), kOther);
  add("an IPv6 length of 0", udp(v6().length(0)), kSip);
  add("an IPv6 length that exceeds the frame by one", udp(v6().length(static_cast<std::uint16_t>(ip_length - 20 + 1))),
      kBroken);
  add("an IPv6 length one short of its UDP length", udp(v6().length(static_cast<std::uint16_t>(ip_length - 20 - 1))),
      kBroken);
  add("an IPv6 length within the UDP header", udp(v6().length(7)), kBroken);
}

void datagrams(std::vector<Case>& to) {
  const auto add = [&](const std::string& name, std::uint16_t source, std::uint16_t destination,
                       std::string_view payload, vialens_outcome outcome) {
    to.push_back({name + ", IPv4", v4().udp(source, destination).payload(payload), outcome});
    to.push_back({name + ", IPv6", v6().udp(source, destination).payload(payload), outcome});
  };
  add("a request to a watched port", 40000, 5060, kInvite, kSip);
  add("a response from a watched port", 5060, 40000, kOk, kSip);
  add("a request between other ports", 40000, 5070, kInvite, kSip);
  add("a response between other ports", 5070, 40000, kOk, kSip);
  add("a request of an unknown method between other ports", 40000, 5070, "FOOBAR sip:a@example.com SIP/2.0\r\n\r\n",
      kSip);
  add("a request with a method of three letters between other ports", 40000, 5070,
      "BYE sip:a@example.com SIP/2.0\r\n\r\n", kSip);
  add("text to a watched port", 40000, 5060, "not a start line, but text", kSip);
  add("empty lines in front of a request", 40000, 5060, "\r\n\r\n" + kOptions, kSip);
  add("16 bytes of text to a watched port", 40000, 5060, "0123456789abcdef", kSip);
  add("15 bytes of text to a watched port", 40000, 5060, "0123456789abcde", kKeepAlive);
  add("a double CRLF", 40000, 5060, "\r\n\r\n", kKeepAlive);
  add("a single CRLF", 5060, 40000, "\r\n", kKeepAlive);
  add("a zero byte", 40000, 5060, binary("\0"), kKeepAlive);
  add("jaK", 40000, 5060, "jaK", kKeepAlive);
  add("an empty datagram", 40000, 5060, "", kKeepAlive);
  add("an empty datagram between other ports", 40000, 5070, "", kOther);
  add("15 bytes of a request between other ports", 40000, 5070, kInvite.substr(0, 15), kOther);
  add("the first 16 bytes of a request between other ports", 40000, 5070, kInvite.substr(0, 16), kOther);
  add("STUN on a watched port", 40000, 5060, kStun, kNotSip);
  add("RTP on a watched port", 40000, 5060, kRtp, kNotSip);
  add("DTLS on a watched port", 40000, 5060, kDtls, kNotSip);
  add("zeros on a watched port", 40000, 5060, std::string(32, '\0'), kNotSip);
  add("DEL first on a watched port", 40000, 5060, "\x7f" + kDns, kNotSip);
  add("UTF-8 first on a watched port", 40000, 5060, "\xc3\xa4 and other text", kNotSip);
  add("DTLS", 16384, 40000, kDtls, VIALENS_O_DTLS);
  add("DNS", 40000, 53, kDns, kOther);
  add("SSDP NOTIFY", 1900, 1900, kSsdp, kOther);
  add("SSDP M-SEARCH", 40000, 1900, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n", kOther);
  add("random capitals", 40000, 5070, "QWERTZUIOPASDFGHJKLYXCVBNM", kOther);
  add("random capitals in lines", 40000, 5070, "QWERTZ UIOP\r\nASDFGHJK\r\n\r\n", kOther);
  add("RTSP", 40000, 5070, "OPTIONS rtsp://example.com RTSP/1.0\r\n\r\n", kOther);
  add("SIP of another version", 40000, 5070, "OPTIONS sip:a@example.com SIP/3.0\r\n\r\n", kOther);
  add("a response with status 7xx", 40000, 5070, "SIP/2.0 700 Never\r\n\r\n", kOther);
  add("a response with status 0xx", 40000, 5070, "SIP/2.0 099 Never\r\n\r\n", kOther);
  add("a response without a number", 40000, 5070, "SIP/2.0 OK and more\r\n\r\n", kOther);
  add("a lower-case method between other ports", 40000, 5070, "options sip:a@example.com SIP/2.0\r\n\r\n", kOther);
  add("an empty line in front of a request between other ports", 40000, 5070, "\r\n" + kOptions, kOther);
  add("a request line without its end between other ports", 40000, 5070, "OPTIONS sip:a@example.com SIP/2.0", kOther);
  add("a request line over 1,024 bytes between other ports", 40000, 5070,
      "OPTIONS sip:" + std::string(1024, 'a') + " SIP/2.0\r\n\r\n", kOther);

  const auto lying = [&](const std::string& name, std::uint16_t length, vialens_outcome outcome) {
    to.push_back({name + ", IPv4", v4().udp(5060, 5060).length(length).payload(kOptions), outcome});
    to.push_back({name + ", IPv6", v6().udp(5060, 5060).length(length).payload(kOptions), outcome});
  };
  const auto honest = static_cast<std::uint16_t>(8 + kOptions.size());
  lying("a UDP length of 0", 0, kSip);
  lying("a UDP length of 1", 1, kBroken);
  lying("a UDP length of 7", 7, kBroken);
  lying("a UDP length of the bare header", 8, kKeepAlive);
  lying("a UDP length one too short", static_cast<std::uint16_t>(honest - 1), kSip);
  lying("a UDP length one too long", static_cast<std::uint16_t>(honest + 1), kBroken);
  lying("the greatest UDP length", 65535, kBroken);

  to.push_back({"Ethernet padding behind a request", v4().udp(5060, 5060).payload(kOptions).pad(40), kSip});
  to.push_back({"Ethernet padding behind a keep-alive", v4().udp(5060, 5060).payload("\r\n\r\n").pad(14), kKeepAlive});
  to.push_back({"Ethernet padding that a UDP length reaches into",
                v4().udp(5060, 5060).length(32).payload("\r\n\r\n").pad(64), kBroken});
  to.push_back({"four bytes of UDP header", v4().next(17).payload("\x13\xc4\x13\xc4"), kBroken});
  to.push_back({"no UDP header", v4().next(17), kBroken});
}

void media(std::vector<Case>& to) {
  const auto add = [&](const std::string& name, const std::string& payload, vialens_outcome outcome,
                       std::uint16_t source = 16384, std::uint16_t destination = 40000) {
    to.push_back({name + ", IPv4", v4().udp(source, destination).payload(payload), outcome});
    to.push_back({name + ", IPv6", v6().udp(source, destination).payload(payload), outcome});
  };
  const auto with = [](std::string bytes, std::size_t at, int value) {
    bytes[at] = static_cast<char>(value);
    return bytes;
  };
  add("RTP", kRtp, kRtpSeen);
  add("RTP from the lowest port to itself", kRtp, kRtpSeen, 1024, 1024);
  add("RTP from a port too low", kRtp, kOther, 1023, 40000);
  add("RTP to a port too low", kRtp, kOther, 40000, 1023);
  for (const int version : {0, 1, 3})
    add("RTP version " + std::to_string(version), with(kRtp, 0, version << 6), kOther);
  add("RTP with padding", with(kRtp, 0, 0xa0), kRtpSeen);
  add("RTP of payload type 63", rtp().type(63), kRtpSeen);
  add("RTP of payload type 96", rtp().type(96).marker(), kRtpSeen);
  add("RTP of payload type 127", rtp().type(127), kRtpSeen);
  add("RTP of payload type 64", rtp().type(64), kOther);
  add("RTP of payload type 95", rtp().type(95), kOther);
  add("a bare RTP header", rtp().payload(""), kRtpSeen);
  add("11 bytes of an RTP header", kRtp.substr(0, 11), kOther);
  add("a bare RTP header with contributors", rtp().contributors(15).payload(""), kRtpSeen);
  add("RTP with more contributors than bytes", with(rtp().payload("abc"), 0, 0x81), kOther);
  add("comfort noise", rtp().type(13).payload("\x40"), kRtpSeen);
  add("RTCP", kRtcp, kRtcpSeen);
  add("RTCP of the lowest type", with(kRtcp, 1, 192), kRtcpSeen);
  add("RTCP of the highest type", with(kRtcp, 1, 223), kRtcpSeen);
  add("RTCP of a type too low", with(kRtcp, 1, 191), kOther);
  add("RTCP of a type too high", with(kRtcp, 1, 224), kOther);
  add("RTCP from a port too low", kRtcp, kOther, 1023, 40000);
  add("7 bytes of RTCP", kRtcp.substr(0, 7), kOther);
  add("STUN", kStun, kStunSeen, 3478, 40000);
  add("STUN of the highest type", with(kStun, 0, 0x3f), kStunSeen);
  add("STUN to a low port", kStun, kStunSeen, 40000, 443);
  add("STUN with the first bit set", with(kStun, 0, 0x40), kOther);
  add("STUN without its cookie", with(kStun, 7, 0x43), kOther);
  add("19 bytes of STUN", kStun.substr(0, 19), kOther);
  add("DNS with a number that looks like RTP", with(with(kDns, 0, 0x80), 1, 0), kOther, 40000, 53);
  add("mDNS", with(with(kDns, 0, 0), 1, 0), kOther, 5353, 5353);
  add("QUIC", with(kRtp, 0, 0xc3), kOther, 40000, 4433);
  to.push_back(
      {"a later fragment that looks like RTP", v4().fragment(9999, 1480, false).next(6).payload(kRtp), kFragment});
}

void segments(std::vector<Case>& to) {
  const auto add = [&](const std::string& name, const Packet& rest4, const Packet& rest6, vialens_outcome outcome) {
    to.push_back({name + ", IPv4", rest4, outcome});
    to.push_back({name + ", IPv6", rest6, outcome});
  };
  const auto flags = [&](const std::string& name, std::uint8_t bits, std::string_view data, vialens_outcome outcome) {
    add(name, v4().tcp(40000, 5060, bits).payload(data), v6().tcp(40000, 5060, bits).payload(data), outcome);
  };
  flags("a segment with a request", kPush | kAck, kInvite, kSegment);
  flags("a segment from the middle of a message", kAck, "ay: 60\r\nContact: <sip:a", kSegment);
  flags("a segment of one byte", kAck, "\n", kSegment);
  flags("a segment of binary data", kAck, kStun, kSegment);
  flags("a keep-alive in a stream", kAck, "\r\n\r\n", kSegment);
  flags("a SYN", kSyn, "", kSegment);
  flags("a SYN with an ACK", kSyn | kAck, "", kSegment);
  flags("a SYN with data", kSyn, kOptions, kSegment);
  flags("a FIN", kFin | kAck, "", kSegment);
  flags("a FIN with data", kFin | kAck, kOptions, kSegment);
  flags("a RST", kRst, "", kSegment);
  flags("a bare ACK", kAck, "", kOther);
  flags("a segment without flags and data", 0, "", kOther);
  add("a segment from a watched port", v4().tcp(5060, 40000).payload(kOk), v6().tcp(5060, 40000).payload(kOk),
      kSegment);
  add("a request in a stream of another port", v4().tcp(40000, 80).payload(kInvite),
      v6().tcp(40000, 80).payload(kInvite), kOther);
  add("a SYN to another port", v4().tcp(40000, 80, kSyn), v6().tcp(40000, 80, kSyn), kOther);
  add("TCP options", v4().tcp(40000, 5060).options(3).payload(kOk), v6().tcp(40000, 5060).options(10).payload(kOk),
      kSegment);
  add("a TCP header of four words", v4().tcp(40000, 5060).header_words(4).payload(kOk),
      v6().tcp(40000, 5060).header_words(4).payload(kOk), kBroken);
  add("a TCP header of no words", v4().tcp(40000, 5060).header_words(0).payload(kOk),
      v6().tcp(40000, 5060).header_words(0).payload(kOk), kBroken);
  add("a TCP header longer than the packet", v4().tcp(40000, 5060).header_words(15),
      v6().tcp(40000, 5060).header_words(15), kBroken);
  add("a TCP header longer than the packet, padding behind it", v4().tcp(40000, 5060).header_words(6).pad(20),
      v6().tcp(40000, 5060).header_words(6).pad(20), kBroken);
  add("19 bytes of TCP", v4().next(6).payload(std::string(19, '\x55')), v6().next(6).payload(std::string(19, '\x55')),
      kBroken);
  add("padding behind a bare ACK", v4().tcp(40000, 5060, kAck).pad(6), v6().tcp(40000, 5060, kAck).pad(6), kOther);
}

void fragmented(std::vector<Case>& to) {
  const std::string text = kInvite + std::string(400, 'x');
  std::uint32_t id = 1000;
  const auto add = [&](const std::string& name, const Packet& whole, vialens_outcome outcome) {
    std::size_t number = 0;
    for (Frame& frame : fragments(whole, ++id, 256)) {
      to.push_back({name + ", fragment " + std::to_string(++number), std::move(frame), outcome});
    }
  };
  for (const bool six : {false, true}) {
    const auto ip = [six] { return six ? v6() : v4(); };
    const std::string version = six ? ", IPv6" : ", IPv4";
    const std::size_t first = to.size();
    add("RTP" + version, ip().udp(40000, 16384).payload(kRtp + std::string(600, 'x')), kFragmentOther);
    to[first].outcome = kRtpSeen;  // it stands for the packet
    add("a request to a watched port" + version, ip().udp(40000, 5060).payload(text), kFragment);
    add("a response from a watched port" + version, ip().udp(5060, 40000).payload(kOk + std::string(600, 'x')),
        kFragment);
    add("a request between other ports" + version, ip().udp(40000, 5070).payload(text), kFragment);
    add("text to a watched port" + version, ip().udp(40000, 5060).payload(std::string(600, 'x')), kFragment);
    add("DTLS to a watched port" + version, ip().udp(40000, 5060).payload(kDtls + std::string(600, 'x')),
        kFragmentOther);
    add("media to a low port" + version, ip().udp(40000, 1023).payload(kRtp + std::string(600, 'x')), kFragmentOther);
    add("SSDP" + version, ip().udp(1900, 1900).payload(kSsdp + std::string(600, 'x')), kFragmentOther);
    add("a segment to a watched port" + version, ip().tcp(40000, 5060).payload(text), kFragment);
    add("a segment to another port" + version, ip().tcp(40000, 80).payload(std::string(600, 'x')), kFragmentOther);

    const auto piece = [&](const std::string& name, const Packet& packet, vialens_outcome outcome) {
      to.push_back({name + version, packet, outcome});
    };
    piece("a later fragment whose first was not seen", ip().fragment(++id, 1480, false).next(17).payload("the rest"),
          kFragment);
    piece("a later fragment of TCP whose first was not seen",
          ip().fragment(++id, 1480, true).next(6).payload("the rest"), kFragment);
    piece("a later fragment of ICMP", ip().fragment(++id, 1480, false).next(six ? 58 : 1).payload("the rest"), kOther);
    piece("a first fragment of ICMP", ip().fragment(++id, 0, true).next(six ? 58 : 1).payload("the beginning"), kOther);
    piece("a later fragment without bytes", ip().fragment(++id, 1480, false).next(17), kBroken);
    piece("a first fragment of the bare UDP header", ip().fragment(++id, 0, true).udp(40000, 5060), kFragment);
    piece("a first fragment of 7 bytes", ip().fragment(++id, 0, true).next(17).payload("\x13\xc4\x13\xc4xxx"), kBroken);
    piece("a first fragment of 19 bytes of TCP", ip().fragment(++id, 0, true).next(6).payload(std::string(19, 'x')),
          kBroken);
    piece("a first fragment with too long a TCP header", ip().fragment(++id, 0, true).tcp(40000, 5060).header_words(15),
          kBroken);
    piece("padding behind a later fragment", ip().fragment(++id, 1480, false).next(17).payload("the rest").pad(18),
          kFragment);
    piece("the last possible fragment", ip().fragment(++id, 65528, false).next(17).payload("the end"), kFragment);
  }
  to.push_back({"a later IPv6 fragment that begins with destination options",
                v6().fragment(++id, 1480, false).next(60).payload("the rest of the options"), kOther});
  to.push_back({"a later IPv6 fragment behind other extension headers",
                v6().hop_by_hop().destination_options().fragment(++id, 1480, false).next(17).payload("the rest"),
                kFragment});
  to.push_back({"a later IPv4 fragment behind options",
                packet()
                    .eth()
                    .ipv4("192.0.2.1", "192.0.2.2")
                    .fragment(++id, 1480, false)
                    .options(2)
                    .next(17)
                    .payload("the rest"),
                kFragment});
  to.push_back({"a later IPv4 fragment in a tag and PPPoE",
                packet()
                    .eth()
                    .vlan(7)
                    .pppoe()
                    .ipv4("192.0.2.1", "192.0.2.2")
                    .fragment(++id, 1480, false)
                    .next(17)
                    .payload("the rest"),
                kFragment});
}

}  // namespace

const std::string kInvite =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bK776asdhds\r\n"
    "Max-Forwards: 70\r\n"
    "To: Bob <sip:bob@example.com>\r\n"
    "From: Alice <sip:alice@example.com>;tag=1928301774\r\n"
    "Call-ID: a84b4c76e66710@192.168.1.20\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:alice@192.168.1.20:5060>\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 129\r\n"
    "\r\n"
    "v=0\r\n"
    "o=alice 2890844526 2890844526 IN IP4 192.168.1.20\r\n"
    "s=-\r\n"
    "c=IN IP4 192.168.1.20\r\n"
    "t=0 0\r\n"
    "m=audio 49172 RTP/AVP 0\r\n"
    "a=rtpmap:0 PCMU/8000\r\n";

const std::string kOk =
    "SIP/2.0 200 OK\r\n"
    "v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"
    "i: 1@example.com\r\n"
    "CSeq: 2 OPTIONS\r\n"
    "l: 0\r\n"
    "\r\n";

const std::string kOptions = "OPTIONS sip:a@example.com SIP/2.0\r\n\r\n";

std::vector<Case> ethernet_cases() {
  std::vector<Case> cases;
  link_layer(cases);
  internet_layer(cases);
  datagrams(cases);
  media(cases);
  segments(cases);
  fragmented(cases);
  return cases;
}

std::vector<Case> raw_cases() {
  std::vector<Case> cases;
  internet_layer(cases);
  datagrams(cases);
  media(cases);
  segments(cases);
  fragmented(cases);
  std::erase_if(cases, [](const Case& c) { return c.frame[12] == 0x81 || (c.frame[12] == 0x88); });
  for (Case& c : cases) c.frame.erase(c.frame.begin(), c.frame.begin() + 14);
  for (const int version : {0, 1, 5, 7, 15}) {
    cases.push_back({"IP version " + std::to_string(version),
                     packet()
                         .ipv4("192.0.2.1", "192.0.2.2")
                         .version(static_cast<std::uint8_t>(version))
                         .udp(5060, 5060)
                         .payload(kOptions),
                     kOther});
  }
  return cases;
}

}  // namespace vialens::test

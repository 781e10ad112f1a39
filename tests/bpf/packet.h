// Frames for tests, built by chains that read from the outside in:
//
//   packet().eth().vlan(1).ipv4("192.0.2.1", "192.0.2.2").udp(5060, 5060).payload("OPTIONS ...")
//
// Lengths and "what comes next" fields are filled in when the frame is built, unless the chain says otherwise:
// length(), header_words(), next() and version() overrule the layer that was added last. Checksums stay 0: nobody here
// looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vialens::test {

using Frame = std::vector<std::uint8_t>;

class Rtp;

class Packet {
 public:
  Packet& eth();
  Packet& vlan(std::uint16_t id) { return tag(0x8100, id); }
  Packet& qinq(std::uint16_t id = 1) { return tag(0x88a8, id); }
  Packet& tag(std::uint16_t type, std::uint16_t id);
  Packet& pppoe();
  Packet& ipv4(std::string_view source, std::string_view destination, std::uint16_t id = 0);
  Packet& options(std::size_t words = 1);  // of the IPv4 or TCP header that was added last
  Packet& ipv6(std::string_view source, std::string_view destination);
  // IPv6 extension headers; `units`: of 8 bytes (authentication: of 4) beyond the shortest.
  Packet& hop_by_hop(std::uint8_t units = 0) { return extension(0, units); }
  Packet& routing(std::uint8_t units = 0) { return extension(43, units); }
  Packet& destination_options(std::uint8_t units = 0) { return extension(60, units); }
  Packet& authentication(std::uint8_t units = 4) { return extension(51, units); }
  Packet& mobility(std::uint8_t units = 0) { return extension(135, units); }
  Packet& extension(std::uint8_t protocol, std::uint8_t units);
  // In the IPv4 header, or as an IPv6 extension header. `offset` in bytes.
  Packet& fragment(std::uint32_t id, std::uint16_t offset, bool more);
  Packet& udp(std::uint16_t source, std::uint16_t destination);
  Packet& tcp(std::uint16_t source, std::uint16_t destination, std::uint8_t flags = 0x18, std::uint32_t sequence = 1);
  Packet& payload(std::string_view bytes);
  Packet& payload(const Rtp& rtp);

  Packet& length(std::uint16_t value);       // IPv4, IPv6, UDP, PPPoE; units of an extension header
  Packet& header_words(std::uint8_t value);  // IPv4's and TCP's header length
  Packet& next(std::uint16_t value);         // Ethernet type, PPP or IP protocol
  Packet& version(std::uint8_t value);       // IP

  Packet& pad(std::size_t bytes);  // behind everything, in no length
  Packet& cut(std::size_t bytes);  // only the first so many

  Frame frame() const;
  operator Frame() const { return frame(); }  // NOLINT(google-explicit-constructor): ends a chain in a table row

 private:
  enum class Kind { eth, tag, pppoe, ipv4, ipv6, extension, fragment, udp, tcp, payload };
  struct Layer {
    Kind kind;
    std::uint16_t type;  // as the layer in front calls it: Ethernet type or IP protocol
    Frame bytes;
    std::optional<std::uint16_t> length, next;
    std::optional<std::uint8_t> header_words;
  };

  Packet& add(Kind kind, std::uint16_t type, Frame bytes);
  Layer& last() { return layers_.back(); }

  std::vector<Layer> layers_;
  std::size_t padding_ = 0;
  std::optional<std::size_t> cut_;
};

inline Packet packet() { return {}; }

// The two hosts that most frames here go between.
Packet v4();  // Ethernet, 192.0.2.1 > 192.0.2.2
Packet v6();  // Ethernet, 2001:db8::1 > 2001:db8::2

// The IP payload of `frame` (which has no options, tags or extensions), cut into fragments of `size` bytes, a multiple
// of 8. IPv4 and IPv6.
std::vector<Frame> fragments(const Frame& frame, std::uint32_t id, std::size_t size);

}  // namespace vialens::test

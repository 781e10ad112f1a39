#include "userspace/export/hep_packet.h"

#include <gtest/gtest.h>

#include "tests/unit/sink_fixture.h"

namespace vialens::test {
namespace {

HepPacket a_packet() {
  HepPacket packet;
  packet.source = {*Address::parse("192.0.2.1"), 5060};
  packet.destination = {*Address::parse("198.51.100.2"), 5062};
  packet.time = noon();  // 1700000000.123456
  packet.node = 2001;
  packet.node_name = "v:lan";
  packet.correlation = "id@h";
  packet.payload = "SIP";
  return packet;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    text += digits;
  }
  return text;
}

TEST(HepPacketTest, IsThisByteByByte) {
  EXPECT_EQ(hex(encode(a_packet()).value()),
            "48455033"
            "007b"  // HEP3, 123 bytes
            "000000010007"
            "02"  // IPv4
            "000000020007"
            "11"  // UDP
            "00000003000a"
            "c0000201"  // source
            "00000004000a"
            "c6336402"  // destination
            "000000070008"
            "13c4"  // 5060
            "000000080008"
            "13c6"  // 5062
            "00000009000a"
            "6553f100"  // seconds
            "0000000a000a"
            "0001e240"  // microseconds
            "0000000b0007"
            "01"  // SIP
            "0000000c000a"
            "000007d1"  // node
            "00000011000a"
            "69644068"  // correlation
            "00000013000b"
            "763a6c616e"  // node's name
            "0000000f0009"
            "534950");  // payload
}

TEST(HepPacketTest, BearsIpv6TcpAndAPassword) {
  HepPacket packet = a_packet();
  packet.source.address = *Address::parse("2001:db8::1");
  packet.transport = Transport::tcp;
  packet.protocol = HepProtocol::log;
  packet.password = "pw";
  const std::string text = hex(encode(packet).value());
  for (const std::string_view chunk : {"000000010007"
                                       "0a",
                                       "000000020007"
                                       "06",
                                       "000000050016"
                                       "20010db8000000000000000000000001",
                                       "000000060016"
                                       "00000000000000000000ffffc6336402",
                                       "0000000b0007"
                                       "64",
                                       "0000000e0008"
                                       "7077"})
    EXPECT_NE(text.find(chunk), std::string::npos) << chunk;
  EXPECT_EQ(text.find("00000003000a"), std::string::npos);
}

TEST(HepPacketTest, IsNoLongerThanItsLengthCanSay) {
  HepPacket packet = a_packet();
  const std::string most(65300, 'x');
  packet.payload = most;
  EXPECT_LE(encode(packet).value().size(), kLongestHep);
  const std::string more(65400, 'x');
  packet.payload = more;
  EXPECT_FALSE(encode(packet));
}

}  // namespace
}  // namespace vialens::test

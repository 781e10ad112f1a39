#include "userspace/reassembly/ip_fragments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "vialens/packet.h"

namespace vialens {
namespace {

using std::chrono::seconds;

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string udp(const std::string& payload) {
  return number(5060, 2) + number(5062, 2) + number(static_cast<std::uint32_t>(payload.size() + 8), 2) + number(0, 2) +
         payload;
}

std::string tcp(const std::string& payload, std::uint32_t sequence, char flags = 0) {
  std::string header = number(5060, 2) + number(5062, 2) + number(sequence, 4) + number(0, 4);
  header += std::string("\x60", 1) + flags + number(0, 6) + "opts";
  return header + payload;
}

std::string text(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>('a' + i * 7 % 26);
  return out;
}

class IpFragmentsTest : public testing::Test {
 protected:
  Piece piece(std::string_view packet, std::uint32_t from, std::uint32_t to) const {
    Piece piece;
    piece.time = now;
    piece.kind = Piece::Kind::fragment;
    piece.transport = transport;
    piece.source.address = *Address::parse("192.0.2.1");
    piece.destination.address = *Address::parse("198.51.100.1");
    piece.ip_id = ip_id;
    piece.offset = from;
    piece.more = to < packet.size();
    piece.bytes = packet.substr(from, to - from);
    piece.wire_length = to - from;
    return piece;
  }
  bool add(const Piece& piece) { return fragments.add(piece, whole); }
  bool add(std::string_view packet, std::uint32_t from, std::uint32_t to) { return add(piece(packet, from, to)); }
  std::uint32_t size(const std::string& packet) const { return static_cast<std::uint32_t>(packet.size()); }

  IpFragments fragments;
  IpFragments::Whole whole;
  Time now{seconds(1'000'000)};
  Transport transport = Transport::udp;
  std::uint32_t ip_id = 7;
};

TEST_F(IpFragmentsTest, PutsADatagramTogether) {
  const std::string payload = text(3000);
  const std::string packet = udp(payload);
  EXPECT_FALSE(add(packet, 0, 1480));
  EXPECT_FALSE(add(packet, 1480, 2960));
  EXPECT_EQ(fragments.in_flight(), 1U);
  now += seconds(1);
  ASSERT_TRUE(add(packet, 2960, size(packet)));
  EXPECT_EQ(whole.piece.kind, Piece::Kind::datagram);
  EXPECT_EQ(whole.piece.bytes, payload);
  EXPECT_EQ(whole.piece.wire_length, payload.size());
  EXPECT_EQ(whole.piece.source.port, 5060);
  EXPECT_EQ(whole.piece.destination.port, 5062);
  EXPECT_EQ(whole.piece.time, now);
  EXPECT_EQ(whole.piece.ip_id, 7U);
  EXPECT_FALSE(whole.cut);
  EXPECT_TRUE(whole.reassembled);
  EXPECT_EQ(fragments.in_flight(), 0U);
  EXPECT_EQ(fragments.bytes(), 0U);
  EXPECT_EQ(fragments.counters().fragments, 3U);
  EXPECT_EQ(fragments.counters().completed, 1U);
}

TEST_F(IpFragmentsTest, TakesPiecesInAnyOrderAndTwice) {
  const std::string payload = text(20'000);
  const std::string packet = udp(payload);
  std::vector<std::uint32_t> offsets;
  for (std::uint32_t at = 0; at < packet.size(); at += 56) offsets.insert(offsets.end(), {at, at});
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::shuffle(offsets.begin(), offsets.end(), std::minstd_rand(seed));
    ip_id = seed;
    int completed = 0;
    for (const std::uint32_t at : offsets) {
      if (add(packet, at, std::min(at + 56, size(packet)))) {
        EXPECT_EQ(whole.piece.bytes, payload);
        ++completed;
      }
    }
    EXPECT_EQ(completed, 1);
  }
  EXPECT_EQ(fragments.counters().overlapping, 0U);
  EXPECT_EQ(fragments.counters().malformed, 0U);
}

TEST_F(IpFragmentsTest, ReadsTheHeaderOfATcpSegment) {
  transport = Transport::tcp;
  const std::string packet = tcp(text(100), 0xfffffff0, VIALENS_TCP_FIN);
  EXPECT_FALSE(add(packet, 0, 8));
  ASSERT_TRUE(add(packet, 8, size(packet)));
  EXPECT_EQ(whole.piece.kind, Piece::Kind::segment);
  EXPECT_EQ(whole.piece.bytes, text(100));
  EXPECT_EQ(whole.piece.tcp_sequence, 0xfffffff0);
  EXPECT_EQ(whole.piece.tcp_flags, VIALENS_TCP_FIN);
  EXPECT_EQ(whole.piece.source.port, 5060);
}

TEST_F(IpFragmentsTest, KeepsDatagramsApartByAllThatNamesThem) {
  const std::string packet = udp(text(100));
  Piece second = piece(packet, 48, size(packet));
  EXPECT_FALSE(add(packet, 0, 48));
  second.tap = 1;
  EXPECT_FALSE(add(second));
  second = piece(packet, 48, size(packet));
  second.ip_id = 8;
  EXPECT_FALSE(add(second));
  second = piece(packet, 48, size(packet));
  second.transport = Transport::tcp;
  EXPECT_FALSE(add(second));
  second = piece(packet, 48, size(packet));
  second.synthetic = true;
  EXPECT_FALSE(add(second));
  second = piece(packet, 48, size(packet));
  std::swap(second.source, second.destination);
  EXPECT_FALSE(add(second));
  EXPECT_EQ(fragments.in_flight(), 6U);
  EXPECT_TRUE(add(packet, 48, size(packet)));
}

TEST_F(IpFragmentsTest, UsesWhatIsNewInAnOverlapThatAgrees) {
  const std::string packet = udp(text(100));
  EXPECT_FALSE(add(packet, 0, 48));
  EXPECT_FALSE(add(packet, 64, 80));
  EXPECT_FALSE(add(packet, 40, 96));
  ASSERT_TRUE(add(packet, 72, size(packet)));
  EXPECT_EQ(whole.piece.bytes, text(100));
  EXPECT_EQ(fragments.counters().overlapping, 0U);
}

TEST_F(IpFragmentsTest, ForgetsADatagramWhosePiecesContradictEachOther) {
  const std::string packet = udp(text(100));
  std::string other = packet;
  other[50] = '#';
  EXPECT_FALSE(add(packet, 0, 56));
  EXPECT_FALSE(add(other, 48, 64));
  EXPECT_EQ(fragments.counters().overlapping, 1U);
  // What comes after that makes no datagram of its own (RFC 5722), until the memory of it fades.
  EXPECT_FALSE(add(packet, 0, 56));
  EXPECT_FALSE(add(packet, 56, size(packet)));
  now += seconds(31);
  fragments.advance(now);
  EXPECT_EQ(fragments.counters().timed_out, 0U);
  EXPECT_FALSE(add(packet, 0, 56));
  EXPECT_TRUE(add(packet, 56, size(packet)));
}

TEST_F(IpFragmentsTest, RefusesLengthsThatCannotBe) {
  const std::string packet = udp(text(70'000));
  EXPECT_FALSE(add(packet, 0, 47));           // not the last, and no multiple of eight
  EXPECT_FALSE(add(packet, 4, 44));           // nor is this offset
  EXPECT_FALSE(add(packet, 65'528, 65'544));  // over 64 KiB
  EXPECT_FALSE(add(packet, 8, 8));            // empty
  Piece far = piece(packet, 0, 8);
  far.offset = 0xfffffff8;
  far.wire_length = 0xfffffff8;
  EXPECT_FALSE(add(far));
  EXPECT_EQ(fragments.counters().malformed, 5U);
  EXPECT_EQ(fragments.in_flight(), 0U);
}

TEST_F(IpFragmentsTest, RefusesTwoEnds) {
  const std::string packet = udp(text(100));
  EXPECT_FALSE(add(packet, 48, size(packet)));
  EXPECT_FALSE(add(packet.substr(0, 96), 48, 96));
  EXPECT_EQ(fragments.counters().malformed, 1U);
  ip_id = 8;
  EXPECT_FALSE(add(packet, 48, 96));
  EXPECT_FALSE(add(packet.substr(0, 72), 48, 72));
  EXPECT_EQ(fragments.counters().malformed, 2U);
  ip_id = 9;
  EXPECT_FALSE(add(packet.substr(0, 72), 48, 72));
  EXPECT_FALSE(add(packet, 48, 96));
  EXPECT_EQ(fragments.counters().malformed, 3U);
}

TEST_F(IpFragmentsTest, RefusesHeadersThatContradictThemselves) {
  for (const std::uint32_t length : {7U, 200U}) {
    std::string packet = udp(text(100));
    packet.replace(4, 2, number(length, 2));
    EXPECT_FALSE(add(packet, 0, 48));
    EXPECT_FALSE(add(packet, 48, size(packet)));
  }
  transport = Transport::tcp;
  for (const char offset : {'\x40', '\xf0'}) {
    std::string packet = tcp(text(20), 1);
    packet[12] = offset;
    EXPECT_FALSE(add(packet, 0, 16));
    EXPECT_FALSE(add(packet, 16, size(packet)));
  }
  EXPECT_EQ(fragments.counters().malformed, 4U);
  EXPECT_EQ(fragments.counters().completed, 0U);
}

TEST_F(IpFragmentsTest, BelievesTheUdpLengthBeforeTheIpLength) {
  const std::string packet = udp(text(100)) + "padding";
  EXPECT_FALSE(add(packet, 0, 48));
  ASSERT_TRUE(add(packet, 48, size(packet)));
  EXPECT_EQ(whole.piece.bytes, text(100));
}

TEST_F(IpFragmentsTest, TakesAllOfADatagramWhoseUdpLengthIsZero) {
  std::string packet = udp(text(100));
  packet.replace(4, 2, number(0, 2));
  EXPECT_FALSE(add(packet, 0, 48));
  ASSERT_TRUE(add(packet, 48, size(packet)));
  EXPECT_EQ(whole.piece.bytes, text(100));
}

TEST_F(IpFragmentsTest, PutsOurOwnPiecesTogether) {
  const std::string packet = udp(text(5001));
  for (std::uint32_t at = 0; at < packet.size(); at += 2048) {
    Piece chunk = piece(packet, at, std::min(at + 2048, size(packet)));
    chunk.synthetic = true;
    EXPECT_EQ(add(chunk), !chunk.more);
  }
  EXPECT_EQ(whole.piece.bytes, text(5001));
  EXPECT_TRUE(whole.piece.synthetic);
}

TEST_F(IpFragmentsTest, HandsOutACutDatagramUpToTheFirstMissingByte) {
  const std::string packet = udp(text(3000));
  Piece first = piece(packet, 0, 1480);
  first.bytes = first.bytes.substr(0, 100);
  EXPECT_FALSE(add(packet, 1480, size(packet)));
  ASSERT_TRUE(add(first));
  EXPECT_TRUE(whole.cut);
  EXPECT_EQ(whole.piece.bytes, text(3000).substr(0, 92));
  EXPECT_EQ(whole.piece.wire_length, 3000U);
}

TEST_F(IpFragmentsTest, HasNothingToSayOfADatagramCutInItsHeader) {
  const std::string packet = udp(text(100));
  Piece first = piece(packet, 0, 48);
  first.bytes = first.bytes.substr(0, 7);
  EXPECT_FALSE(add(first));
  EXPECT_FALSE(add(packet, 48, size(packet)));
  EXPECT_EQ(fragments.counters().malformed, 1U);
}

TEST_F(IpFragmentsTest, TakesAnAtomicFragmentByItself) {
  const std::string packet = udp(text(100));
  EXPECT_FALSE(add(packet, 8, 16));
  ASSERT_TRUE(add(packet, 0, size(packet)));
  EXPECT_EQ(whole.piece.bytes, text(100));
  EXPECT_FALSE(whole.reassembled);
  EXPECT_EQ(fragments.in_flight(), 1U);
}

TEST_F(IpFragmentsTest, ForgetsWhatIsNotCompletedInTime) {
  const std::string packet = udp(text(100));
  EXPECT_FALSE(add(packet, 0, 48));
  now += seconds(20);
  EXPECT_FALSE(add(packet, 48, 56));
  now += seconds(11);
  EXPECT_FALSE(add(packet, 56, size(packet)));
  EXPECT_EQ(fragments.counters().timed_out, 1U);
  EXPECT_EQ(fragments.in_flight(), 1U);
  now += seconds(31);
  fragments.advance(now);
  EXPECT_EQ(fragments.counters().timed_out, 2U);
  EXPECT_EQ(fragments.bytes(), 0U);
}

TEST_F(IpFragmentsTest, EvictsTheOldestDatagram) {
  IpFragments::Limits limits;
  limits.datagrams = 2;
  fragments = IpFragments(limits);
  const std::string packet = udp(text(100));
  for (ip_id = 1; ip_id <= 3; ++ip_id) EXPECT_FALSE(add(packet, 0, 48));
  EXPECT_EQ(fragments.counters().evicted, 1U);
  EXPECT_EQ(fragments.in_flight(), 2U);
  ip_id = 3;
  EXPECT_TRUE(add(packet, 48, size(packet)));
  ip_id = 1;
  EXPECT_FALSE(add(packet, 48, size(packet)));
}

TEST_F(IpFragmentsTest, StaysWithinItsBytes) {
  IpFragments::Limits limits;
  limits.bytes = 10'000;
  fragments = IpFragments(limits);
  const std::string packet = udp(text(9000));
  for (ip_id = 1; ip_id <= 50; ++ip_id) {
    add(packet, 0, 1480 * (1 + ip_id % 6));
    EXPECT_LE(fragments.bytes(), limits.bytes);
  }
  EXPECT_GT(fragments.counters().evicted, 10U);
}

TEST_F(IpFragmentsTest, GivesUpADatagramInTooManyPieces) {
  const std::string packet = udp(text(60'000));
  for (std::uint32_t at = 0; at < packet.size() - 8; at += 16) EXPECT_FALSE(add(packet, at, at + 8));
  EXPECT_EQ(fragments.counters().evicted, 1U);
  EXPECT_LT(fragments.bytes(), 1000U);
}

}  // namespace
}  // namespace vialens

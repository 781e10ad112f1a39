#include "userspace/capture/file_capture.h"

#include <gtest/gtest.h>

#include "tests/unit/capture_file.h"
#include "userspace/core/error.h"

namespace vialens {
namespace {

using namespace test;

const std::string kMessage = "OPTIONS sip:bob@example.com SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n";
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kTime = 1'700'000'000 * kSecond + 123'456'789;

constexpr std::uint32_t kEthernet = 1, kPpp = 9, kRaw = 101, kNull = 0, kLoop = 108, kSll = 113, kIpv4 = 228,
                        kIpv6 = 229, kSll2 = 276, kPppSerial = 50;

std::string big(std::uint64_t value, int bytes) { return number(value, bytes, Order::big); }

std::string udp(const std::string& payload) {
  return big(5060, 2) + big(5062, 2) + big(payload.size() + 8, 2) + big(0, 2) + payload;
}

std::string ipv4(const std::string& payload = kMessage) {
  const std::string inside = udp(payload);
  return std::string("\x45\0", 2) + big(inside.size() + 20, 2) + big(7, 2) + big(0, 2) + "\x40\x11" + big(0, 2) +
         std::string("\xc0\0\x02\x01\xc6\x33\x64\x0a", 8) + inside;
}

std::string ipv6(const std::string& payload = kMessage) {
  const std::string inside = udp(payload);
  const std::string address = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0');
  return std::string("\x60\0\0\0", 4) + big(inside.size(), 2) + "\x11\x40" + address + "\x01" + address + "\x02" +
         inside;
}

std::string ethernet(const std::string& packet) {
  return std::string(12, '\x02') + "\x08" + std::string(1, '\0') + packet;
}

std::string cooked(const std::string& packet, int protocol = 0x0800) {
  return big(0, 2) + big(1, 2) + big(6, 2) + std::string(8, '\x02') + big(static_cast<std::uint64_t>(protocol), 2) +
         packet;
}

std::string cooked2(const std::string& packet, int protocol = 0x0800) {
  return big(static_cast<std::uint64_t>(protocol), 2) + big(0, 2) + big(3, 4) + big(1, 2) + std::string("\0\x06", 2) +
         std::string(8, '\x02') + packet;
}

class FileCaptureTest : public testing::Test {
 protected:
  struct Seen {
    Piece piece;
    std::string bytes;
  };

  void read(const std::vector<FileCapture::File>& files) {
    capture = std::make_unique<FileCapture>(files, std::vector<std::uint16_t>{5060});
    capture->run(
        [this](const Piece& piece) {
          seen.push_back({piece, std::string(piece.bytes)});
        },
        [this](TapId, Time now) { ticks.push_back(now.time_since_epoch().count()); });
  }
  void read(const std::string& file) { read(std::vector<FileCapture::File>{{file, Side::unknown}}); }
  std::string refusal(const std::string& file) {
    try {
      read(file);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  void expect_one_message(std::int64_t time = kTime) {
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].bytes, kMessage);
    EXPECT_EQ(seen[0].piece.kind, Piece::Kind::datagram);
    EXPECT_EQ(seen[0].piece.source.port, 5060);
    EXPECT_EQ(seen[0].piece.destination.port, 5062);
    EXPECT_EQ(seen[0].piece.time.time_since_epoch().count(), time);
    EXPECT_EQ(seen[0].piece.wire_length, kMessage.size());
    EXPECT_TRUE(capture->warnings().empty());
    EXPECT_EQ(packets(capture->counters(0)), 1U);
    seen.clear();
    ticks.clear();
  }

  Folder folder;
  std::unique_ptr<FileCapture> capture;
  std::vector<Seen> seen;
  std::vector<std::int64_t> ticks;
};

TEST_F(FileCaptureTest, ReadsEveryFormat) {
  const std::vector<Record> records{{kTime, ethernet(ipv4())}};
  for (const Order order : {Order::little, Order::big})
    for (const bool nanoseconds : {false, true}) {
      SCOPED_TRACE(order == Order::big ? "big endian" : "little endian");
      SCOPED_TRACE(nanoseconds ? "ns" : "us");
      const Format format{order, nanoseconds, kEthernet};
      const std::int64_t time = nanoseconds ? kTime : kTime - 789;
      read(folder.write("a.pcap", pcap(records, format)));
      expect_one_message(time);
      read(folder.write("a.pcapng", pcapng(records, format)));
      expect_one_message(time);
      read(folder.write_gzipped("a.pcap.gz", pcap(records, format)));
      expect_one_message(time);
      read(folder.write_gzipped("a.pcapng.gz", pcapng(records, format)));
      expect_one_message(time);
    }
}

TEST_F(FileCaptureTest, ReadsEveryLinkType) {
  const std::string family("\x02\0\0\0", 4);
  const struct {
    std::string_view name;
    std::uint32_t link_type;
    std::string frame;
  } cases[] = {
      {"Ethernet", kEthernet, ethernet(ipv4())},
      {"Ethernet with padding", kEthernet, ethernet(ipv4()) + std::string(6, '\0')},
      {"Linux cooked", kSll, cooked(ipv4())},
      {"Linux cooked, IPv6", kSll, cooked(ipv6(), 0x86dd)},
      {"Linux cooked, VLAN", kSll, cooked(big(7, 2) + big(0x0800, 2) + ipv4(), 0x8100)},
      {"Linux cooked 2", kSll2, cooked2(ipv4())},
      {"Linux cooked 2, IPv6", kSll2, cooked2(ipv6(), 0x86dd)},
      {"raw IPv4", kRaw, ipv4()},
      {"raw IPv6", kRaw, ipv6()},
      {"IPv4", kIpv4, ipv4()},
      {"IPv6", kIpv6, ipv6()},
      {"BSD loopback", kNull, family + ipv4()},
      {"OpenBSD loopback", kLoop, big(2, 4) + ipv4()},
      {"BSD loopback, IPv6", kNull, big(30, 4) + ipv6()},
      {"PPP", kPpp, std::string("\0\x21", 2) + ipv4()},
      {"PPP, IPv6", kPpp, std::string("\0\x57", 2) + ipv6()},
      {"PPP in HDLC framing", kPppSerial, std::string("\xff\x03\0\x21", 4) + ipv4()},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    read(folder.write("link.pcap", pcap({{kTime, c.frame}}, {Order::little, true, c.link_type})));
    expect_one_message();
  }
}

TEST_F(FileCaptureTest, PassesOverWhatIsNoIp) {
  const struct {
    std::uint32_t link_type;
    std::string frame;
  } cases[] = {
      {kEthernet, std::string(60, '\0')},
      {kSll, cooked(ipv4(), 0x0806)},
      {kSll2, cooked2(ipv4(), 0x0806)},
      {kPpp, std::string("\xc0\x21", 2) + ipv4()},
      {kPpp, std::string("\xff\x03\xc0\x21", 4) + ipv4()},
      {kRaw, std::string("\0\0", 2)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.link_type);
    read(folder.write("other.pcap", pcap({{kTime, c.frame}}, {Order::little, true, c.link_type})));
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(packets(capture->counters(0)), 1U);
  }
}

TEST_F(FileCaptureTest, BearsFramesThatAreShorterThanTheirHeaders) {
  for (const std::uint32_t link_type : {kEthernet, kSll, kSll2, kRaw, kNull, kPpp}) {
    std::vector<Record> records;
    const std::string frame = link_type == kSll2  ? cooked2(ipv4())
                              : link_type == kSll ? cooked(ipv4())
                                                  : ethernet(ipv4());
    for (std::size_t length = 1; length < 44; ++length)
      records.push_back({kTime, frame.substr(0, length), frame.size()});
    read(folder.write("short.pcap", pcap(records, {Order::little, true, link_type})));
    EXPECT_EQ(packets(capture->counters(0)), records.size());
    EXPECT_EQ(capture->cut_packets(), records.size());
  }
}

TEST_F(FileCaptureTest, MergesFilesByTime) {
  const auto message = [](int i) { return ethernet(ipv4(kMessage + std::to_string(i))); };
  const std::string lan =
      folder.write("l", pcap({{kTime + 1000, message(1)}, {kTime + 3000, message(3)}, {kTime + 3000, message(4)}}));
  const std::string wan = folder.write(
      "w",
      pcapng(
          {{kTime, message(0)}, {kTime + 1000, message(2)}, {kTime + 3000, message(5)}, {kTime + 4000, message(6)}}));
  read({{lan, Side::lan}, {wan, Side::wan}});
  std::string order;
  for (const Seen& one : seen) order += one.bytes.back();
  EXPECT_EQ(order, "0123456");
  EXPECT_EQ(seen[0].piece.tap, 1);
  EXPECT_EQ(seen[1].piece.tap, 0);
  EXPECT_EQ(ticks.size(), 7U);
  EXPECT_TRUE(std::is_sorted(ticks.begin(), ticks.end()));
  EXPECT_EQ(packets(capture->counters(0)), 3U);
  EXPECT_EQ(packets(capture->counters(1)), 4U);
}

TEST_F(FileCaptureTest, NamesItsTaps) {
  const std::string file = folder.write("trace.pcap", pcap({}));
  read({{file, Side::lan}, {file, Side::wan}, {file, Side::unknown}});
  const std::vector<TapInfo>& taps = capture->taps();
  ASSERT_EQ(taps.size(), 3U);
  EXPECT_EQ(taps[0].name, "lan");
  EXPECT_EQ(taps[1].name, "wan");
  EXPECT_EQ(taps[2].name, "trace.pcap");
  for (std::size_t i = 0; i < taps.size(); ++i) {
    EXPECT_EQ(taps[i].id, i);
    EXPECT_EQ(taps[i].interface, file);
    EXPECT_EQ(taps[i].direction, Direction::unknown);
    EXPECT_EQ(taps[i].hook, "file");
  }
  EXPECT_EQ(taps[1].side, Side::wan);
}

TEST_F(FileCaptureTest, ReadsACaptureWithoutPackets) {
  read(folder.write("empty.pcap", pcap({})));
  read(folder.write("empty.pcapng", pcapng({})));
  read(folder.write_gzipped("empty.pcap.gz", pcap({})));
  EXPECT_TRUE(seen.empty());
  EXPECT_TRUE(capture->warnings().empty());
}

TEST_F(FileCaptureTest, ReadsUpToWhereAFileBreaksOff) {
  const std::vector<Record> records{{kTime, ethernet(ipv4())}, {kTime, ethernet(ipv4())}};
  for (const std::string& bytes : {pcap(records), pcapng(records)}) {
    for (const std::size_t missing : {1U, 60U}) {
      seen.clear();
      read(folder.write("broken", std::string_view(bytes).substr(0, bytes.size() - missing)));
      EXPECT_EQ(seen.size(), 1U);
      ASSERT_EQ(capture->warnings().size(), 1U);
      EXPECT_NE(capture->warnings()[0].find("ends in the middle"), std::string::npos) << capture->warnings()[0];
    }
  }
}

TEST_F(FileCaptureTest, ReadsUpToWhereAGzippedFileBreaksOff) {
  std::vector<Record> records;
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) records.push_back({kTime, ethernet(ipv4(kMessage + std::to_string(random())))});
  const std::string whole = folder.write_gzipped("whole.gz", pcap(records));
  std::filesystem::resize_file(whole, std::filesystem::file_size(whole) / 2);
  read(whole);
  EXPECT_GT(seen.size(), 10U);
  EXPECT_LT(seen.size(), 500U);
  EXPECT_EQ(capture->warnings().size(), 1U);
}

TEST_F(FileCaptureTest, ReadsTheOtherFileOnAfterOneBrokeOff) {
  const std::string bytes = pcap({{kTime, ethernet(ipv4())}});
  const std::string broken = folder.write("broken", std::string_view(bytes).substr(0, bytes.size() - 1));
  read({{broken, Side::lan}, {folder.write("whole", bytes), Side::wan}});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].piece.tap, 1);
}

TEST_F(FileCaptureTest, SaysWhatTheCaptureCutOff) {
  const std::string frame = ethernet(ipv4());
  read(folder.write("cut.pcap", pcap({{kTime, frame.substr(0, frame.size() - 20), frame.size()}, {kTime, frame}})));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].bytes, kMessage.substr(0, kMessage.size() - 20));
  EXPECT_EQ(seen[0].piece.wire_length, kMessage.size());
  EXPECT_EQ(seen[1].piece.wire_length, kMessage.size());
  EXPECT_EQ(capture->cut_packets(), 1U);
}

TEST_F(FileCaptureTest, SaysWhyItCannotReadAFile) {
  EXPECT_NE(refusal(folder.path("none.pcap")).find("cannot be opened: No such file"), std::string::npos);
  EXPECT_NE(refusal(folder.path("")).find("is a directory"), std::string::npos);
  EXPECT_NE(refusal(folder.write("empty", "")).find("is no capture file"), std::string::npos);
  EXPECT_NE(refusal(folder.write("text", std::string(100, 'x'))).find("is no capture file"), std::string::npos);
  EXPECT_NE(refusal(folder.write("half", pcap({}).substr(0, 10))).find("is no capture file"), std::string::npos);
  const std::string wireless = refusal(folder.write("wireless", pcap({}, {Order::little, false, 127})));
  EXPECT_NE(wireless.find("is not supported"), std::string::npos) << wireless;
  EXPECT_NE(wireless.find("wireless"), std::string::npos) << wireless;
}

TEST_F(FileCaptureTest, HandsUpFragmentsAndSegments) {
  std::string fragment = ipv4();
  fragment[6] = '\x20';  // more of them
  std::string segment = ipv4();
  segment[9] = '\x06';
  segment.replace(20, 8, big(5060, 2) + big(5062, 2) + big(1, 4) + big(0, 4) + std::string("\x50\x18\0\0\0\0\0\0", 8));
  const std::string total = big(segment.size(), 2);
  segment.replace(2, 2, total);
  read(folder.write("kinds.pcap", pcap({{kTime, ethernet(fragment)}, {kTime, ethernet(segment)}})));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].piece.kind, Piece::Kind::fragment);
  EXPECT_TRUE(seen[0].piece.more);
  EXPECT_EQ(seen[1].piece.kind, Piece::Kind::segment);
  EXPECT_EQ(seen[1].bytes, kMessage);
  EXPECT_EQ(seen[1].piece.tcp_sequence, 1U);
}

}  // namespace
}  // namespace vialens

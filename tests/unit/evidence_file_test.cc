// The file that is handed out: what a reader of capture files finds in it is what was seen. tests/e2e/test_evidence.sh
// has Wireshark look at it.
#include "userspace/evidence/evidence_file.h"

#include <gtest/gtest.h>

#include "tests/unit/capture_file.h"
#include "tests/unit/sip_text.h"
#include "userspace/capture/file_capture.h"
#include "userspace/evidence/call_log.h"

namespace vialens {
namespace {

using namespace test;

std::string file_of(const Story& story) {
  CallLog log;
  play_to(log, story, taps());
  const auto record = log.find(InDialog{}.call_id);
  return evidence_file(*record, ladder_of(*record), "vialens test");
}

struct Read {
  Time time;
  Transport transport;
  Endpoint source, destination;
  std::uint32_t sequence;
  std::string bytes;
};

std::vector<Read> read(const std::string& bytes) {
  const Folder folder;
  const std::string path = folder.write("call.pcapng", bytes);
  FileCapture capture({{path, Side::unknown}}, {5060});
  std::vector<Read> seen;
  capture.run(
      [&](const Piece& piece) {
        seen.push_back({piece.time, piece.transport, piece.source, piece.destination, piece.tcp_sequence,
                        std::string(piece.bytes)});
      },
      [](TapId, Time) {});
  EXPECT_TRUE(capture.warnings().empty());
  EXPECT_EQ(capture.cut_packets(), 0U);
  return seen;
}

TEST(EvidenceFile, HasTheMessagesOfBothSidesInTheOrderOfTime) {
  Story story;
  story.out(1, invite(), outside(invite())).in(2, outside(ok(invite())), ok(invite()));
  const std::vector<Read> seen = read(file_of(story));
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0].bytes, std::string(invite()));
  EXPECT_EQ(seen[0].source, endpoint(kPhone));
  EXPECT_EQ(seen[0].time, time_of(1));
  EXPECT_EQ(seen[1].bytes, std::string(outside(invite())));
  EXPECT_EQ(seen[1].source, endpoint(kRouter));
  EXPECT_EQ(seen[1].time, time_of(1.001));
  EXPECT_EQ(seen[2].destination, endpoint(kRouter));
  EXPECT_EQ(seen[3].destination, endpoint(kPhone));
}

TEST(EvidenceFile, NamesInterfacesAndExplainsPackets) {
  Story story;
  story.out(1, invite(), outside(invite()));
  const std::string file = file_of(story);
  for (const std::string_view part :
       {"vialens test", "lan.pcap (file)", "wan.pcap (file)", "Call a84b4c76e66710@192.168.1.33",
        "alg-contact (warning, proven): ", "before: <sip:alice@192.168.1.33:5060>",
        "after:  <sip:alice@203.0.113.5:5060>", "What to do: "})
    EXPECT_NE(file.find(part), file.npos) << part;
  // Behind the packet of the WAN side, which is where it shows.
  EXPECT_GT(file.find("alg-contact (warning"), file.find("Via: SIP/2.0/UDP 203.0.113.5"));
}

TEST(EvidenceFile, TcpGoesOnWhereItEnded) {
  Story story;
  story.transport = Transport::tcp;
  const std::string bye = request("BYE", {.to_tag = "314159", .branch = "z9hG4bKbye", .cseq = 2});
  story.out(1, invite()).in(2, ok(invite())).out(3, bye);
  const std::vector<Read> seen = read(file_of(story));
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_EQ(seen[0].transport, Transport::tcp);
  EXPECT_EQ(seen[0].sequence, 1U);
  EXPECT_EQ(seen[1].sequence, 1U);  // the WAN side is a connection of its own
  EXPECT_EQ(seen[4].sequence, 1U + std::string(invite()).size());
  EXPECT_EQ(seen[4].bytes, bye);
}

TEST(EvidenceFile, TakesLongMessagesAndIpv6) {
  const std::string filler(30000, 'a');
  const auto long_invite = Text(invite()).add("X-Filler", filler);
  Story story;
  story.phone = "[2001:db8::33]:5060";
  story.router = "[2001:db8::1]:5060";
  story.server = "[2001:db8:1::10]:5060";
  story.out(1, long_invite);
  const std::vector<Read> seen = read(file_of(story));
  std::string all;
  for (const Read& piece : seen) all += piece.bytes;
  EXPECT_NE(all.find(filler), all.npos);
  EXPECT_EQ(seen.front().source.address, *Address::parse("2001:db8::33"));
  Story tcp;
  tcp.transport = Transport::tcp;
  tcp.out(1, Text(invite()).add("X-Filler", filler + filler + "bbb"));
  // Two segments at each side. The reader hands them over in pieces.
  std::string on_lan;
  for (const Read& segment : read(file_of(tcp)))
    if (segment.source == endpoint(kPhone)) {
      EXPECT_EQ(segment.sequence, 1U + on_lan.size());
      on_lan += segment.bytes;
    }
  EXPECT_EQ(on_lan, std::string(Text(invite()).add("X-Filler", filler + filler + "bbb")));
}

TEST(EvidenceFile, OfACallWithoutMessagesIsAFileStill) {
  CallRecord record;
  record.call_id = "empty";
  EXPECT_TRUE(read(evidence_file(record, ladder_of(record), "vialens test")).empty());
}

}  // namespace
}  // namespace vialens

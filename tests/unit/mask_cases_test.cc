// What is masked tells the same story: the cases of tests/cases, and a recording of Linux's SIP ALG, put through the
// engine once as they are and once masked.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/case_file.h"
#include "userspace/capture/file_capture.h"
#include "userspace/mask/mask.h"

namespace vialens::test {
namespace {

namespace fs = std::filesystem;

Ids sure(const Outcome& outcome) {
  Ids ids;
  for (const Finding& finding : outcome.findings)
    if (finding.confidence >= kLikely) ids.emplace(finding.kind->id);
  return ids;
}

std::string text_of(const Ids& ids) {
  std::string text;
  for (const std::string& id : ids) text += id + " ";
  return text;
}

Story masked(const Story& story, const Mask& mask) {
  Story result;
  for (Story::Event event : story.events()) {
    if (!event.bytes.empty() && event.kind == Piece::Kind::datagram) event.bytes = mask.message(event.bytes);
    event.source = mask.endpoint(event.source);
    event.destination = mask.endpoint(event.destination);
    const auto mask_ends = [&](auto& flow) {
      if (!flow) return;
      flow->source = mask.endpoint(flow->source);
      flow->destination = mask.endpoint(flow->destination);
    };
    mask_ends(event.flow);
    mask_ends(event.rtcp);
    result.add(std::move(event));
  }
  return result;
}

// What is about the digits of an address and not about what it says goes with them.
bool is_about_spelling(const Case& one) {
  return one.title == "an IPv6 address in another spelling" ||
         one.title == "192.168.1.3 is found in 192.168.1.33: the address of a stranger";
}

// Fragments and segments begin in the middle of a message, and what leaves the box are messages.
bool is_whole(const Case& one) {
  const auto& events = one.story.events();
  return std::all_of(events.begin(), events.end(), [](const Story::Event& event) {
    return event.bytes.empty() || event.kind == Piece::Kind::datagram;
  });
}

TEST(MaskCasesTest, EveryCaseIsFoundInWhatWasMasked) {
  const Mask mask("the key of these tests");
  std::size_t compared = 0;
  for (const auto& entry : fs::directory_iterator(VIALENS_CASES)) {
    if (entry.path().extension() != ".case") continue;
    std::ifstream stream(entry.path());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    for (const Case& one : read_cases(text, entry.path().filename())) {
      if (!is_whole(one) || is_about_spelling(one)) continue;
      SCOPED_TRACE(one.file + ":" + std::to_string(one.line) + ": " + one.title);
      EXPECT_EQ(text_of(sure(play(masked(one.story, mask), 0, one.taps))), text_of(sure(play(one.story, 0, one.taps))));
      ++compared;
    }
  }
  EXPECT_GT(compared, 300U);
}

// Both sides of the recording, each message as it is or masked.
Ids found_in_recording(const Mask* mask) {
  const std::string name = std::string(VIALENS_TEST_DATA) + "/alg.";
  FileCapture capture({{name + "lan.pcap", Side::lan}, {name + "wan.pcap", Side::wan}}, {5060});
  Outcome outcome;
  CollectingSink sink(outcome);
  Engine engine(capture.taps(), sink);
  capture.run(
      [&](const Piece& piece) {
        if (mask == nullptr) return engine.observe(piece);
        Piece masked = piece;
        const std::string bytes = mask->message({piece.bytes.data(), piece.bytes.size()});
        masked.bytes = bytes;
        masked.wire_length = static_cast<std::uint32_t>(bytes.size());
        masked.match = {};
        masked.source = mask->endpoint(piece.source);
        masked.destination = mask->endpoint(piece.destination);
        engine.observe(masked);
      },
      [&](TapId, Time now) { engine.advance(now); });
  engine.finish();
  return sure(outcome);
}

TEST(MaskCasesTest, TheAlgOfARecordingIsFoundInWhatWasMasked) {
  const Mask mask("the key of these tests");
  const Ids found = found_in_recording(nullptr);
  EXPECT_TRUE(found.contains("alg-contact")) << text_of(found);
  EXPECT_EQ(text_of(found_in_recording(&mask)), text_of(found));
}

}  // namespace
}  // namespace vialens::test

// tests/cases: bytes in, findings out. One test a case; case_file.h says how they are written.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "tests/unit/case_file.h"

namespace vialens::test {
namespace {

namespace fs = std::filesystem;

struct Library {
  std::vector<Case> cases;
  std::vector<std::string> errors;
};

const Library& library() {
  static const Library library = [] {
    Library all;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(VIALENS_CASES))
      if (entry.path().extension() == ".case") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& path : files) {
      std::ifstream stream(path);
      const std::string text{std::istreambuf_iterator<char>(stream), {}};
      try {
        for (Case& one : read_cases(text, path.filename())) all.cases.push_back(std::move(one));
      } catch (const CaseError& error) {
        all.errors.emplace_back(error.what());
      }
    }
    return all;
  }();
  return library;
}

std::string all_told(const Outcome& outcome) {
  std::string text = "told:";
  for (const Finding& finding : outcome.findings)
    text += "\n  " + std::string(finding.kind->id) + " " + std::to_string(finding.confidence).substr(0, 4) + "  " +
            finding.detail + (finding.verdict.empty() ? "" : "\n      " + finding.verdict);
  return outcome.findings.empty() ? "told: nothing" : text;
}

double surest(const Outcome& outcome, std::string_view id) {
  double confidence = 0;
  for (const Finding& finding : outcome.findings)
    if (finding.kind->id == id) confidence = std::max(confidence, finding.confidence);
  return confidence;
}

bool says(const Outcome& outcome, std::string_view id, std::string_view words) {
  return words.empty() || std::any_of(outcome.findings.begin(), outcome.findings.end(), [&](const Finding& finding) {
           return finding.kind->id == id && finding.detail.find(words) != std::string::npos;
         });
}

// What the verdict of this symptom names; "nothing" without a verdict.
Ids causes(const Outcome& outcome, std::string_view id) {
  Ids causes;
  for (const Finding& finding : outcome.findings)
    if (finding.kind->id == id && !finding.verdict.empty()) causes.insert(finding.causes.begin(), finding.causes.end());
  return causes.empty() ? Ids{"nothing"} : causes;
}

Ids alarms(const Outcome& outcome) {
  Ids ids;
  for (const Finding& finding : outcome.findings)
    if (finding.confidence >= kLikely && !is_note(finding.kind->id)) ids.emplace(finding.kind->id);
  return ids;
}

std::string place(const Case& one) { return one.file + ":" + std::to_string(one.line) + ": " + one.title; }

class CasesTest : public testing::TestWithParam<std::size_t> {
 protected:
  const Case& one = library().cases[GetParam()];
};

TEST_P(CasesTest, IsToldAsExpected) {
  SCOPED_TRACE(place(one));
  const Outcome outcome = play(one.story, 0, one.taps);
  for (const Expectation& expected : one.expected)
    EXPECT_GE(surest(outcome, expected.id), expected.confidence) << expected.id << " is expected\n"
                                                                 << all_told(outcome);
  for (const Expectation& expected : one.expected) {
    if (expected.cause.empty()) continue;
    EXPECT_TRUE(causes(outcome, expected.id).contains(expected.cause))
        << expected.id << " because of " << expected.cause << " is expected\n"
        << all_told(outcome);
  }
  for (const Expectation& expected : one.expected)
    EXPECT_TRUE(says(outcome, expected.id, expected.words))
        << expected.id << " is expected to say \"" << expected.words << "\"\n"
        << all_told(outcome);
  for (const Finding& finding : outcome.findings) {
    const std::string_view id = finding.kind->id;
    if (finding.confidence < kLikely) continue;
    const auto is_it = [&](const Expectation& expected) { return expected.id == id; };
    const bool expected = std::any_of(one.expected.begin(), one.expected.end(), is_it);
    const bool ruled_out = std::any_of(one.never.begin(), one.never.end(),
                                       [&](const std::string& pattern) { return matches(pattern, id); });
    EXPECT_FALSE(!expected && (ruled_out || (one.nothing_else && !is_note(id)))) << id << " must not be told\n"
                                                                                 << all_told(outcome);
  }
}

// By a clock that cannot tell entering from leaving, and whichever of the two sides is read first.
TEST_P(CasesTest, IsTheSameInAnyOrderOfTies) {
  SCOPED_TRACE(place(one));
  const Ids expected = alarms(play(one.story, 0, one.taps));
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const Outcome outcome = play(one.coarse, seed, one.taps);
    EXPECT_EQ(alarms(outcome), expected) << "seed " << seed << "\n" << all_told(outcome);
  }
}

// Where all is well, and one capture missed a packet: what was not seen did not therefore not happen.
TEST_P(CasesTest, RaisesNoAlarmForAPacketThatOneCaptureMissed) {
  SCOPED_TRACE(place(one));
  if (one.taps.size() != 2 || !one.expected.empty() || !alarms(play(one.story, 0, one.taps)).empty()) return;
  const auto& events = one.story.events();
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].bytes.empty() || events[i].kind != Piece::Kind::datagram) continue;
    const Outcome outcome = play(one.story.without(i), 0, one.taps);
    for (const Finding& finding : outcome.findings)
      EXPECT_FALSE(finding.confidence >= kStrong && !is_note(finding.kind->id))
          << "without " << one.taps[events[i].tap].name << " " << events[i].time << " "
          << events[i].bytes.substr(0, events[i].bytes.find('\r')) << "\n"
          << all_told(outcome);
  }
}

std::vector<std::size_t> every_case() {
  std::vector<std::size_t> numbers(library().cases.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  return numbers;
}

// "alg_contact_2": the second case of the file.
std::string name_of(const testing::TestParamInfo<std::size_t>& info) {
  const auto& cases = library().cases;
  std::size_t number = 1;
  for (std::size_t i = info.param; i > 0 && cases[i - 1].file == cases[i].file; --i) ++number;
  std::string name = fs::path(cases[info.param].file).stem();
  std::replace(name.begin(), name.end(), '-', '_');
  return name + "_" + std::to_string(number);
}

INSTANTIATE_TEST_SUITE_P(Cases, CasesTest, testing::ValuesIn(every_case()), name_of);

TEST(CaseLibraryTest, IsReadable) {
  for (const std::string& error : library().errors) ADD_FAILURE() << error;
  EXPECT_FALSE(library().cases.empty());
}

TEST(CaseLibraryTest, HasACaseOfEveryFinding) {
  for (const FindingKind& kind : all_kinds()) {
    const std::string file = std::string(kind.id) + ".case";
    const auto shows = [&](const Case& one) {
      return one.file == file &&
             std::any_of(one.expected.begin(), one.expected.end(), [&](const Expectation& expected) {
               return expected.id == kind.id && expected.confidence >= kLikely;
             });
    };
    EXPECT_TRUE(std::any_of(library().cases.begin(), library().cases.end(), shows))
        << kind.id << " has no case: tests/cases/" << file << " needs one with the line \"expect " << kind.id
        << "\" (0.5 or more)";
  }
}

TEST(CaseLibraryTest, NamesKnownFindingsOnly) {
  const auto is_known = [](std::string_view pattern) {
    const auto& kinds = all_kinds();
    return std::any_of(kinds.begin(), kinds.end(), [&](const FindingKind& kind) { return matches(pattern, kind.id); });
  };
  for (const Case& one : library().cases) {
    EXPECT_TRUE(is_known(fs::path(one.file).stem().string())) << one.file << " is named after no finding";
    for (const Expectation& expected : one.expected)
      EXPECT_TRUE(is_known(expected.id)) << place(one) << ": " << expected.id;
    for (const std::string& id : one.never) EXPECT_TRUE(is_known(id)) << place(one) << ": " << id;
  }
}

// The reader.

std::string error_of(std::string_view text) {
  try {
    read_cases(text, "x.case");
  } catch (const CaseError& error) {
    return error.what();
  }
  return "";
}

TEST(CaseFileTest, ReadsBothSidesOfAMessage) {
  const auto cases = read_cases(
      "case: one\n"
      "out 1.5          # comment\n"
      "  INFO sip:a@b SIP/2.0\n"
      "- l: auto\n"
      "+ Content-Length: auto+2\n"
      "\n"
      "  a#1\n"
      "+ b\\\n"
      "\n"
      "never alg-*\n",
      "x.case");
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].title, "one");
  const auto& events = cases[0].story.events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].time, 1.5);
  EXPECT_EQ(events[0].bytes, "INFO sip:a@b SIP/2.0\r\nl: 5\r\n\r\na#1\r\n");
  EXPECT_EQ(events[1].bytes, "INFO sip:a@b SIP/2.0\r\nContent-Length: 8\r\n\r\na#1\r\nb");
  EXPECT_EQ(to_string(events[1].source), kRouter);
}

TEST(CaseFileTest, EndsTheHeadersAndRepeatsTheMessage) {
  const auto cases = read_cases(
      "case: one\n"
      "side wan\n"
      "in 0 0.5 lf\n"
      "  A: \\x41\n"
      "wan 2 192.0.2.1:9 -> router:7 again\n"
      "nothing else\n",
      "x.case");
  ASSERT_EQ(cases.size(), 1U);
  const auto& events = cases[0].story.events();
  ASSERT_EQ(events.size(), 3U);
  for (const auto& event : events) EXPECT_EQ(event.bytes, "A: A\n\n");
  EXPECT_EQ(to_string(events[1].destination), kRouter);
  EXPECT_EQ(to_string(events[2].destination), "203.0.113.5:7");
  EXPECT_EQ(cases[0].taps.size(), 1U);
}

TEST(CaseFileTest, NamesTheLineThatItDoesNotUnderstand) {
  EXPECT_EQ(error_of("\nout 1\n"), "x.case:2: \"case: what happens\" has to come first");
  EXPECT_EQ(error_of("case: a\nfoo\n"), "x.case:2: \"foo\" is no command");
  EXPECT_EQ(error_of("case: a\nout soon\n"), "x.case:2: \"soon\" is no number");
  EXPECT_EQ(error_of("case: a\nout 1\nout 2\n"), "x.case:2: a message is missing behind this line (or \"again\")");
  EXPECT_EQ(error_of("case: a\nout 1 loud\n  A: b\n"), "x.case:2: \"loud\" is not understood here");
  EXPECT_EQ(error_of("case: a\n  A: b\n"), "x.case:2: a line of a message, and no out, in, lan or wan before it");
  EXPECT_EQ(error_of("case: a\nlan 1 carol -> server\n  A: b\n"),
            "x.case:2: \"carol\" is neither phone, router nor server, nor an address with a port");
  EXPECT_EQ(error_of("case: a\nout 1 split 99\n  A: b\n"), "x.case:3: the message is not longer than that");
  EXPECT_EQ(error_of("case: a\nout 1\n  A: \\xzz\n"), "x.case:3: two hexadecimal digits have to follow \\x");
  EXPECT_EQ(error_of("case: a\nuntil 9\ncase: b\nnothing else\n"),
            "x.case:1: this case neither expects anything nor rules it out");
}

}  // namespace
}  // namespace vialens::test

// A report says what was found in both of its forms, and nothing of a stranger's text is taken for HTML or Markdown.
#include "userspace/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "userspace/report/figures.h"

namespace vialens {
namespace {

using testing::HasSubstr;
using testing::Not;

Json message(std::string_view time) { return {{"time", time}, {"text", "INVITE"}}; }

ReportParts parts_of_call() {
  Json row = {
      {"time", "2026-11-21T08:49:36.279048Z"},
      {"direction", "out"},
      {"summary", "INVITE <sdp>"},
      {"grade", "broken"},
      {"lan", message("x")},
      {"wan", nullptr},
      {"changes", {{{"where", "Contact"}, {"before", "<sip:a@192.168.1.33>"}, {"after", "<sip:a@203.0.113.5>"}}}}};
  Json finding = {
      {"id", "call-dropped-32s"},
      {"confidence", 0.95},
      {"severity", "critical"},
      {"title", "call dropped"},
      {"detail", "200 OK was repeated 11 times."},
      {"verdict", "The call was cut off because the router changed Contact."},
      {"remedy", "Switch off the SIP ALG."},
      {"evidence",
       {{{"field", "Contact"}, {"message", "200 INVITE"}, {"tap", "wan"}, {"before", "a"}, {"after", "b"}}}}};
  Json hint = finding;
  hint["id"] = "note-hold";
  hint["title"] = "the call is on hold";
  Json samples = Json::array();
  for (int i = 0; i < 3; ++i)
    samples.push_back({{"seconds", 5}, {"packets", 250}, {"lost", i}, {"jitter_ms", 0.5 * i}, {"mos", 4.4}});
  ReportParts parts;
  parts.call = {{"call",
                 {{"call_id", "c<1>"},
                  {"from", "sip:<script>@example.com"},
                  {"to", "sip:b@example.com"},
                  {"state", "ended"},
                  {"media", {{{"tap", "lan"}, {"packets", 750}, {"lost", 3}, {"codec", "PCMA"}}}}}},
                {"registration", nullptr},
                {"ladder", {{"rows", {row}}}},
                {"findings", {finding, hint}},
                {"media", {{{"tap", "lan"}, {"direction", "in"}, {"samples", samples}}}}};
  parts.version = "vialens 1";
  parts.made = "now";
  return parts;
}

TEST(ReportTest, OfACallBeginsWithWhatCanBeReadAloud) {
  const std::string html = to_html(call_report(parts_of_call()));
  EXPECT_THAT(html, HasSubstr("<p class=\"bad\">The call was cut off because the router changed Contact.</p>"));
  EXPECT_THAT(html, HasSubstr("Switch off the SIP ALG."));
  EXPECT_THAT(html, HasSubstr("&lt;sip:a@<mark>192.168.1.33</mark>&gt;"));
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_THAT(html, HasSubstr("polyline")) << "how the stream went";
  EXPECT_THAT(html, HasSubstr("are replaced")) << "masked, and said to be";
  EXPECT_THAT(html, Not(HasSubstr("the call is on hold"))) << "a note is no alarm";
}

TEST(ReportTest, TakesNothingForHtml) {
  const std::string html = to_html(call_report(parts_of_call()));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("sip:&lt;script&gt;@example.com"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("INVITE &lt;sdp&gt;"));
  EXPECT_EQ(escaped("<a href=\"x\" id='y'>&\x1b[31m"), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;\\x1b[31m");
}

TEST(ReportTest, TakesNothingForMarkdown) {
  Document document{"A *title*", {{"Section", {}}}, "foot"};
  document.sections[0].blocks = {Paragraph{"<b>| _x_ `y`"}, Changed{"Contact", "a`b", ""}, Table{{"a|b"}, {{"c|d"}}},
                                 Commands{{"````", "x"}}};
  const std::string text = to_markdown(document);
  EXPECT_THAT(text, HasSubstr("# A \\*title\\*"));
  EXPECT_THAT(text, HasSubstr("\\<b\\>\\| \\_x\\_ \\`y\\`"));
  EXPECT_THAT(text, HasSubstr("`` a`b ``"));
  EXPECT_THAT(text, HasSubstr("| a\\|b |\n|---|\n| c\\|d |"));
  EXPECT_THAT(text, HasSubstr("````\n ````\nx\n````"));
}

TEST(ReportTest, OfABoxSaysWhatTheDoctorSaw) {
  ReportParts parts;
  parts.status = {
      {"health", {{"level", "amber"}, {"sentence", "The router rewrites SIP."}, {"remedy", "Switch off the ALG."}}},
      {"summary", {{"taps", {{{"tap", "lan"}, {"interface", "br0"}, {"side", "lan"}, {"hook", "xdp"}}}}}}};
  parts.findings = Json::array();
  parts.checks = {{{"id", "alg-rules-nft"},
                   {"state", "bad"},
                   {"reason", "A rule."},
                   {"evidence", {"udp dport 5060"}},
                   {"fix", {"nft delete rule"}}}};
  parts.product = knowledge().find("openwrt");
  const std::string html = to_html(box_report(parts));
  for (const char* const words : {"The router rewrites SIP.", "A SIP ALG is active on this box.", "OpenWrt",
                                  "do:   nft delete rule", "seen: udp dport 5060", "br0"})
    EXPECT_THAT(html, HasSubstr(words));
}

TEST(ReportTest, OfABoxDoesNotClearWhatCouldNotBeLookedAt) {
  ReportParts parts;
  parts.checks = {{{"id", "alg-rules-nft"}, {"state", "unknown"}, {"reason", "It takes root."}},
                  {{"id", "alg-flows"}, {"state", "ok"}, {"reason", "None."}}};
  EXPECT_THAT(to_html(box_report(parts)), HasSubstr("is unknown"));
  parts.checks[0]["state"] = "ok";
  EXPECT_THAT(to_html(box_report(parts)), HasSubstr("No SIP ALG is active on this box."));
}

TEST(ReportTest, MadeOfNothingIsNoCrash) {
  for (const Json& nothing : {Json(), Json::object(), Json::array(), Json(3), Json("x")}) {
    ReportParts parts;
    parts.call = parts.status = parts.findings = nothing;
    EXPECT_THAT(to_html(call_report(parts)), HasSubstr("</html>"));
    EXPECT_THAT(to_html(box_report(parts)), HasSubstr("</html>"));
    EXPECT_THAT(to_markdown(call_report(parts)), HasSubstr("# "));
  }
  const Json odd = {{"rows", {3, nullptr, {{"time", "short"}}, {{"changes", {4}}}}}};
  EXPECT_THAT(ladder_figure(odd).svg, HasSubstr("</svg>"));
  EXPECT_EQ(media_figure({{"samples", {1, 2}}}).lines.size(), 1U);
}

TEST(ReportTest, MarksWholeCharacters) {
  const Common common = common_of("M\xc3\xbcller 1", "M\xc3\xb6ller 2");
  EXPECT_EQ(common.begin, 1U) << "both bytes of the letter differ, not the second alone";
  EXPECT_EQ(common.end, 0U);
  EXPECT_EQ(common_of("", "x").begin, 0U);
  const Common whole = common_of("aa", "aaa");
  EXPECT_EQ(whole.begin + whole.end, 2U);
}

}  // namespace
}  // namespace vialens

#include "userspace/metrics/metrics.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/metrics/hostile.h"
#include "userspace/core/error.h"
#include "userspace/metrics/families.h"
#include "userspace/metrics/metrics_file.h"

namespace vialens {
namespace {

using namespace test;

// Lines of the text that are no comment.
std::size_t series(const std::string& text) {
  std::size_t count = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) count += !line.empty() && line[0] != '#' ? 1 : 0;
  return count;
}

// The value behind this name and these labels; -1: there is none.
double value(const std::string& text, const std::string& name) {
  const std::size_t at = ("\n" + text).find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 1));
}

Summary a_summary_of(const std::vector<TapReport>& reports) {
  Summary summary;
  summary.taps = reports;
  return summary;
}

std::size_t budget() {
  std::size_t sum = 0;
  for (const Family& family : all_families()) sum += family.most(2);
  return sum;
}

TEST(MetricsTest, StaysWithinTheBudgetWhateverComes) {
  HostileCalls calls;
  Metrics metrics({"1.2.3", "abc"});
  for (int i = 0; i < 10'000; ++i) calls.play(i);
  metrics.on_status(calls.summary());
  const std::string text = metrics.text(false);

  // Every code and every kind of method was there, and nothing that they were called.
  EXPECT_EQ(text.find("evil"), text.npos);
  EXPECT_EQ(text.find("EVIL"), text.npos);
  EXPECT_EQ(text.find("+49"), text.npos);
  EXPECT_EQ(text.find("203.0.113"), text.npos);
  EXPECT_GT(value(text, "vialens_sip_requests_total{tap=\"lan\",method=\"other\"}"), 3000);
  EXPECT_GT(value(text, "vialens_sip_responses_total{tap=\"wan\",method=\"INVITE\",code=\"4xx\"}"), 0);
  EXPECT_GT(value(text, "vialens_session_requests_total"), 1000);

  std::size_t all = 0;
  for (const prometheus::MetricFamily& family : metrics.Collect()) {
    const Family& planned = all_families()[family_index(family.name)];
    std::size_t told = 0;
    for (const prometheus::ClientMetric& metric : family.metric) {
      told += planned.type == prometheus::MetricType::Histogram ? metric.histogram.bucket.size() + 3 : 1;
      std::string labels;
      for (const auto& label : metric.label) labels += (labels.empty() ? "" : ",") + label.name;
      EXPECT_EQ(labels, planned.labels) << family.name;
    }
    EXPECT_LE(told, planned.most(2)) << family.name;
    all += told;
  }
  EXPECT_EQ(series(text), all);
  EXPECT_LE(all, budget());
  EXPECT_EQ(series(metrics.text(true)), all);

  // Once all has been there, more of it adds nothing.
  for (int i = 10'000; i < 20'000; ++i) calls.play(i);
  metrics.on_status(calls.summary());
  EXPECT_LE(series(metrics.text(false)), all + 50);
  EXPECT_LE(metrics.text(false).size(), 1U << 20U);
}

TEST(MetricsTest, HandsOnWhatTheKernelCounted) {
  std::vector<TapReport> reports{{{0, "lan", "br-lan", Side::lan, Direction::in, "xdp"}, {}},
                                 {{1, "lan", "br-lan", Side::lan, Direction::out, "tcx"}, {}}};
  for (TapReport& report : reports)
    for (std::uint64_t i = 0; i < VIALENS_OUTCOMES; ++i) {
      report.counters.packets[i] = 1;
      report.counters.bytes[i] = 100;
    }
  reports[0].counters.flows_failed = 9;
  Metrics metrics({"1.2.3", "abc"});
  metrics.on_status(a_summary_of(reports));
  const std::string text = metrics.text(false);
  double packets = 0;
  for (const char* name : {"sip", "rtp", "rtcp", "stun", "fragment", "other"})
    packets += value(text, "vialens_packets_total{tap=\"lan\",class=\"" + std::string(name) + "\"}");
  EXPECT_EQ(packets, 2 * VIALENS_OUTCOMES) << "each packet is in one class";
  EXPECT_EQ(value(text, "vialens_bytes_total{tap=\"lan\",class=\"rtp\"}"), 200);
  EXPECT_EQ(value(text, "vialens_capture_lost_total{tap=\"lan\",cause=\"ring\"}"), 2);
  EXPECT_EQ(value(text, "vialens_capture_lost_total{tap=\"lan\",cause=\"flow_table\"}"), 9);
  EXPECT_EQ(value(text, "vialens_tap_info{tap=\"lan\",interface=\"br-lan\",side=\"lan\",hook=\"tcx\"}"), 1);
  EXPECT_EQ(text.find("vialens_sip_crossings_total"), text.npos) << "there is one side only";
}

TEST(MetricsTest, TellsHistogramsAndFindings) {
  std::vector<TapReport> reports;
  Summary summary = a_summary_of(reports);
  summary.counts.sessions.call_setup.observe(0.5);
  summary.counts.sessions.call_setup.observe(3);
  summary.counts.sessions.call_setup.observe(1e9);
  FindingCount& count = summary.findings["alg-contact"];
  count.told = {0, 1, 0, 2};
  count.active = 1;
  Metrics metrics({"1.2.3", "abc"});
  metrics.on_summary(summary);
  const std::string text = metrics.text(true);
  EXPECT_NE(text.find("# TYPE vialens_call_setup_seconds histogram\n# UNIT vialens_call_setup_seconds seconds\n"),
            text.npos);
  EXPECT_EQ(value(text, "vialens_call_setup_seconds_bucket{le=\"0.5\"}"), 1);
  EXPECT_EQ(value(text, "vialens_call_setup_seconds_bucket{le=\"4.0\"}"), 2);
  EXPECT_EQ(value(text, "vialens_call_setup_seconds_bucket{le=\"+Inf\"}"), 3);
  EXPECT_EQ(value(text, "vialens_call_setup_seconds_count"), 3);
  EXPECT_EQ(value(text, "vialens_findings_total{id=\"alg-contact\",severity=\"warning\",confidence=\"proven\"}"), 2);
  EXPECT_EQ(value(text, "vialens_findings_active{id=\"alg-contact\",severity=\"warning\"}"), 1);
  EXPECT_NE(text.find("# TYPE vialens_findings counter\n"), text.npos) << "OpenMetrics names a counter without _total";
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  EXPECT_EQ(value(metrics.text(false), "vialens_call_setup_seconds_bucket{le=\"+Inf\"}"), 3);
}

TEST(MetricsTest, SaysWhichVialensBeforeAnythingElse) {
  const Metrics metrics({"1.2.3", "abc"});
  EXPECT_EQ(series(metrics.text(false)), 1U);
  EXPECT_EQ(value(metrics.text(true), "vialens_build_info{version=\"1.2.3\",commit=\"abc\"}"), 1);
}

class MetricsFileTest : public testing::Test {
 protected:
  MetricsFileTest() {
    std::string name = std::filesystem::temp_directory_path() / "vialens-metrics-XXXXXX";
    folder = mkdtemp(name.data());
  }
  ~MetricsFileTest() override { std::filesystem::remove_all(folder); }
  MetricsFileTest(const MetricsFileTest&) = delete;
  MetricsFileTest& operator=(const MetricsFileTest&) = delete;

  std::string read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  std::filesystem::path folder;
  Metrics metrics{{"1.2.3", "abc"}};
};

TEST_F(MetricsFileTest, ReplacesTheFileAsAWhole) {
  const std::filesystem::path path = folder / "vialens.prom";
  MetricsFile file(path, metrics);
  EXPECT_EQ(series(read(path)), 1U);
  const std::vector<TapReport> reports;
  metrics.on_summary(a_summary_of(reports));
  file.on_summary(a_summary_of(reports));
  EXPECT_EQ(read(path), metrics.text(false));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1) << "nothing else is left there";
}

TEST_F(MetricsFileTest, RefusesWhereItCannotWriteAndBearsItLater) {
  EXPECT_THROW(MetricsFile(folder / "no" / "where.prom", metrics), InputError);
  const std::filesystem::path path = folder / "sub" / "vialens.prom";
  std::filesystem::create_directory(folder / "sub");
  MetricsFile file(path, metrics);
  std::filesystem::remove_all(folder / "sub");
  const std::vector<TapReport> reports;
  file.on_summary(a_summary_of(reports));
  std::filesystem::create_directory(folder / "sub");
  file.on_summary(a_summary_of(reports));
  EXPECT_EQ(series(read(path)), 1U);
}

}  // namespace
}  // namespace vialens

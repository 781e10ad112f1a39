// Prints docs/metrics.md, which is the table of metric families (userspace/metrics/families.cc) in prose.
#include <iostream>
#include <string>

#include "userspace/metrics/families.h"
#include "userspace/metrics/labels.h"
#include "userspace/sip/names.h"

namespace {

using prometheus::MetricType;
using vialens::Family;

// A side of a router each, as `vialens run --lan ... --wan ...` has it, and with two more.
constexpr std::size_t kRouter = 2, kLarger = 4;

std::string_view type_of(const Family& family) {
  return family.type == MetricType::Counter ? "counter" : family.type == MetricType::Gauge ? "gauge" : "histogram";
}

std::string joined(const auto& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "`" : ", `") + std::string(word) + "`";
  return text;
}

void print_families() {
  std::size_t for_router = 0, for_larger = 0;
  std::cout << "| family | type | unit | labels | series at most, " << kRouter << " taps | " << kLarger
            << " taps |\n|---|---|---|---|--:|--:|\n";
  for (const Family& family : vialens::all_families()) {
    std::cout << "| `" << family.name << "` | " << type_of(family) << " | " << family.unit << " | " << family.labels
              << " | " << family.most(kRouter) << " | " << family.most(kLarger) << " |\n";
    for_router += family.most(kRouter);
    for_larger += family.most(kLarger);
  }
  std::cout << "| **all** | | | | **" << for_router << "** | **" << for_larger << "** |\n\n";
  for (const Family& family : vialens::all_families())
    std::cout << "- **`" << family.name << "`**: " << family.help << "\n";
  std::cout << "\n";
}

void print_labels() {
  std::cout
      << "## Labels\n\n"
         "- `tap`: a side (`lan`, `wan`, `server`), or the name of the interface where no side was given. All "
         "interfaces of a side, and both directions, are one tap.\n"
         "- `class`: "
      << joined(vialens::kPacketClasses)
      << ". `other` is everything that is not for vialens, T.38 and DTLS "
         "included.\n- `cause`: "
      << joined(vialens::kLossCauses)
      << ": the ring buffer was full; bytes could not be read; longer than an event; no room for another stream.\n"
         "- `method`: "
      << joined(vialens::sip::kMethodNames) << ".\n- `code`: a registered response code, or one of "
      << joined(vialens::sip::kOtherCodes)
      << ".\n- `segment`: `lan-wan`.\n- `result` of crossings: " << joined(vialens::kCrossingResults)
      << ".\n- `field`: ";
  std::vector<std::string_view> fields;
  for (std::size_t i = 0; i < static_cast<std::size_t>(vialens::Field::count_); ++i)
    fields.push_back(vialens::to_string(static_cast<vialens::Field>(i)));
  std::cout
      << joined(fields)
      << ".\n- `id`, `severity`, `confidence`: [findings.md](findings.md).\n"
         "- `result` of sessions: `established` (2xx), `redirected` (3xx), `challenged` (401, 402, 407), `declined` "
         "(480, 486, 600, 603), `cancelled` (487), `ineffective` (408, 500, 503, 504), `failed` (any other), "
         "`unanswered`.\n"
         "- `outcome` of registrations: `registered`, `removed`, `challenged`, `rejected`, `unanswered`.\n"
         "- `table`: the tables of [ARCHITECTURE.md](../ARCHITECTURE.md#bounds) that may run full.\n\n";
}

constexpr std::string_view kIntroduction = R"(# Metrics

<!-- Made by tools/metrics_doc.cc from userspace/metrics/families.cc. Do not edit: change the table, and make it anew. -->

For Prometheus, as text or as OpenMetrics. `vialens run --metrics-file FILE` writes them to a file every 15 s, for
node_exporter's textfile collector. [prometheus/](prometheus) has rules for alerts, [grafana/](grafana) a dashboard.

Counters begin with the process. They go on when the configuration is read anew, and when an interface goes and comes
back. What the kernel program counts is told as it counted it; what vialens counts is counted before any queue, so that
nothing is missing here when a disk or a client is slow.

**The number of series is bounded.** No packet can add to it beyond the last column: labels are names that the operator
gave, or words of fixed tables. A phone number, an address, a Call-ID or a User-Agent is never a label; those are in the
API and in the history. A test drives hostile traffic through the engine and holds each family against this table. Series
of responses and findings appear when there is something to count.

)";

constexpr std::string_view kRatios = R"(## RFC 6076

Ratios are made of two readings of counters. Each session counts once, whatever is retransmitted, forked or seen on both
sides; a challenge (401, 407) and a redirection are no failures.

| measure | PromQL |
|---|---|
| SER (4.6), ASR | `rate(vialens_session_results_total{result="established"}[1h]) / ignoring(result) (rate(vialens_session_requests_total[1h]) - ignoring(result) sum without(result) (rate(vialens_session_results_total{result=~"redirected\|challenged"}[1h])))` |
| SEER (4.7) | the same with `sum without(result) (rate(vialens_session_results_total{result=~"established\|declined"}[1h]))` above the line |
| NER (ITU-T E.425) | the same with `result=~"established\|declined\|cancelled"` |
| ISA (4.8) | `sum(rate(vialens_session_results_total{result=~"ineffective\|unanswered"}[1h])) / sum(rate(vialens_session_requests_total[1h]))` |
| SCR (4.9) | `sum(rate(vialens_sessions_completed_total[1h]))` above the line of SER |
| SRD (4.3) | `histogram_quantile(0.95, sum by(le) (rate(vialens_session_request_delay_seconds_bucket{result="success"}[1h])))` |
| SDD (4.4), SDT (4.5), RRD (4.1) | the same of `vialens_session_disconnect_delay_seconds`, `vialens_call_duration_seconds`, `vialens_registration_request_delay_seconds` |
| IRA (4.2) | `sum(rate(vialens_registrations_total{outcome=~"rejected\|unanswered"}[1h])) / (sum(rate(vialens_registration_requests_total[1h])) - sum(rate(vialens_registrations_total{outcome="challenged"}[1h])))` |

They are measured where vialens is, and not at the phone: what lies between the two is not in the delays.
)";

}  // namespace

int main() {
  std::cout << kIntroduction;
  print_families();
  print_labels();
  std::cout << kRatios;
}

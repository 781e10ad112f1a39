#include "userspace/sink/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "userspace/sink/call_line.h"
#include "userspace/sink/terminal_words.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

using namespace ansi;

constexpr std::size_t kClockWidth = 12;

std::string join(const std::vector<std::string>& words) {
  return words.empty() ? "-" : fmt::format("{}", fmt::join(words, ", "));
}

std::string subject_of(const Subject& subject) {
  switch (subject.kind) {
    case Subject::Kind::call:
      return "call " + printable(subject.call_id);
    case Subject::Kind::registration:
      return "registration " + printable(subject.aor);
    case Subject::Kind::box:
      return "the router";
  }
  return "";
}

// Which message it is about, and where that was. Streams and sessions have no CSeq.
std::string place_of(const Finding& finding) {
  const Evidence& evidence = finding.evidence.front();
  std::string place = fmt::format("\n  {}", printable(evidence.message));
  if (evidence.cseq != 0) place += fmt::format(" (CSeq {})", evidence.cseq);
  return place + (finding.direction.empty() ? fmt::format(" at {}", printable(evidence.tap))
                                            : fmt::format(" on its way {}", finding.direction));
}

std::string seconds_between(const std::optional<Time>& from, const std::optional<Time>& to) {
  if (!from || !to) return "-";
  return fmt::format("{:.1f} s", std::chrono::duration<double>(*to - *from).count());
}

// What a finding says without its numbers, which have grown when it is told again.
std::string wording_of(const Finding& finding) {
  std::string wording = finding.detail;
  std::erase_if(wording, [](unsigned char c) { return std::isdigit(c) != 0; });
  return wording;
}

bool has_both(const Evidence& evidence) { return !evidence.before.empty() && !evidence.after.empty(); }

// Where the sentences stand, behind severity and id. Narrower than kNarrowest they are left to the terminal to break.
constexpr std::size_t kTextAt = 36, kNarrowest = 30;

}  // namespace

std::string Terminal::paint(std::string_view text, std::string_view code) const { return Paint{colour_}(text, code); }

std::string Terminal::fitted(const std::string& text) const {
  return width_ < kTextAt + kNarrowest ? text : wrapped(text, width_ - kTextAt, kTextAt);
}

// Compares a finding with what was last said of it, and remembers it.
Terminal::News Terminal::news_of(const Finding& finding) {
  if (told_.size() >= kMostRows) told_.clear();
  const auto [at, is_new] = told_.try_emplace({finding.kind, finding.subject});
  Told now{wording_of(finding), finding.verdict, confidence_word(finding.confidence)};
  const News news{is_new || now.wording != at->second.wording, is_new || now.verdict != at->second.verdict,
                  is_new || now.sureness != at->second.sureness};
  at->second = std::move(now);
  return news;
}

// Findings about one message stand together under one heading. One that is told again, because it has become surer or
// because its cause was found, is not said all over again.
void Terminal::on_finding(const Finding& finding) {
  const News news = news_of(finding);
  if (!news.wording && !news.verdict && !news.sureness) return;
  const FindingKind& kind = *finding.kind;
  std::string heading = fmt::format("{} {}", clock_of(finding.time), subject_of(finding.subject));
  if (!finding.evidence.empty()) heading += place_of(finding);
  if (heading != heading_) fmt::print(out_, "{}\n", heading);
  heading_ = std::move(heading);

  const std::string_view word = confidence_word(finding.confidence);
  const std::string doubt = finding.confidence >= kProven ? "" : fmt::format(", {}", word);
  const std::string label =
      fmt::format("    {} {}", paint(fmt::format("{:8}", to_string(kind.severity)), colour_of(kind.severity)),
                  paint(fmt::format("{:22}", kind.id), kBold));
  const bool in_one_line = news.wording && finding.evidence.size() == 1 && has_both(finding.evidence.front());
  if (!news.wording) {
    fmt::print(out_, "{} as told before, now {}\n", label, news.sureness ? word : "explained");
  } else if (in_one_line) {
    const Evidence& evidence = finding.evidence.front();
    fmt::print(out_, "{} {:14} {}{}\n{:48}-> {}\n", label, evidence.field, paint(printable(evidence.before), kRed),
               doubt, "", paint(printable(evidence.after), kGreen));
  } else {
    fmt::print(out_, "{} {}\n", label, fitted(fmt::format("{}{}: {}", kind.title, doubt, printable(finding.detail))));
  }
  if (news.verdict && !in_one_line) print_proof(finding);
  std::fflush(out_);
}

// The verdict, and the fields that prove it.
void Terminal::print_proof(const Finding& finding) {
  if (!finding.verdict.empty())
    fmt::print(out_, "{:{}}{}\n", "", kTextAt, paint(fitted(printable(finding.verdict)), kBold));
  for (const Evidence& evidence : finding.evidence)
    if (has_both(evidence) && evidence.before != evidence.after)
      fmt::print(out_, "{:{}}{} of {}: {} -> {}\n", "", kTextAt, evidence.field, printable(evidence.message),
                 paint(printable(evidence.before), kRed), paint(printable(evidence.after), kGreen));
    else if (has_both(evidence))
      fmt::print(out_, "{:{}}{} of {}: {} (left as it was)\n", "", kTextAt, evidence.field, printable(evidence.message),
                 paint(printable(evidence.after), kRed));
}

void Terminal::on_call(const Call& call) {
  if (calls_.size() >= kMostRows) calls_.erase(calls_.begin());
  calls_.push_back(call);
}

void Terminal::on_registration(const Registration& registration) {
  if (registrations_.size() >= kMostRows) registrations_.erase(registrations_.begin());
  registrations_.push_back(registration);
}

void Terminal::print_calls() {
  if (calls_.empty()) return;
  std::stable_sort(calls_.begin(), calls_.end(), [](const Call& a, const Call& b) { return a.started < b.started; });
  fmt::print(out_, "\n{}\n", paint("Calls", kBold));
  print_call_heading(out_, kClockWidth);
  for (const Call& call : calls_) {
    print_call_line(out_, kClockWidth,
                    {clock_of(call.started), call.from, call.to, to_string(call.state),
                     seconds_between(call.started, call.answered), seconds_between(call.answered, call.ended),
                     join(call.findings)});
    if (call.state == CallState::failed || call.state == CallState::unanswered)
      fmt::print(out_, "  {:12} {}\n", "", shorten(call.end_reason, 80));
    for (const CallStream& stream : call.media) fmt::print(out_, "  {:12} {}\n", "", media_line(call, stream));
  }
}

void Terminal::print_registrations() {
  if (registrations_.empty()) return;
  fmt::print(out_, "\n{}\n", paint("Registrations", kBold));
  for (const Registration& registration : registrations_)
    fmt::print(out_, "  {:40} {:11} {:20} {}\n", shorten(registration.aor, 40), to_string(registration.state),
               shorten(registration.reason, 20), join(registration.findings));
}

void Terminal::print_taps(const Summary& summary) {
  fmt::print(out_, "\n{}\n", paint("Packets", kBold));
  for (const TapReport& report : summary.taps) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < VIALENS_OUTCOMES; ++i)
      if (report.counters.packets[i] != 0)
        parts.push_back(fmt::format("{} {}", report.counters.packets[i], to_string(static_cast<vialens_outcome>(i))));
    const std::string_view direction =
        report.tap.direction == Direction::unknown ? "" : to_string(report.tap.direction);
    fmt::print(out_, "  {:10} {:3} {:20} {:6} {:>10}  {}\n", printable(report.tap.name), direction,
               shorten(report.tap.interface, 20), report.tap.hook, packets(report.counters), join(parts));
  }
  const Totals& totals = summary.totals;
  fmt::print(out_, "  {} ({} odd, {} broken), {} handed up that were none, in {:.1f} s\n",
             plural(totals.sip_messages, "SIP message"), totals.odd, totals.broken, totals.unparsed, summary.seconds);
  if (totals.rtp_streams != 0) fmt::print(out_, "  {}\n", plural(totals.rtp_streams, "RTP stream"));
  if (totals.fragments != 0)
    fmt::print(out_, "  {}, {} never completed\n", plural(totals.fragments, "fragment"),
               plural(totals.fragments_lost, "datagram"));
  if (totals.tcp_gaps != 0) fmt::print(out_, "  {} in TCP streams\n", plural(totals.tcp_gaps, "gap"));
}

namespace {

// What is said of the alarms of some families, in this order.
struct Verdict {
  std::string_view title;
  std::vector<std::string_view> families;
};

const std::vector<Verdict>& verdicts() {
  static const std::vector<Verdict> verdicts{
      {"This router changes SIP:", {"alg-"}},
      {"Signs that something on the way changes SIP:", {"hint-"}},
      {"Calls and phones in trouble:", {"call-", "media-", "reg-"}},
      {"The NAT:", {"nat-"}},
  };
  return verdicts;
}

// The gravest first.
std::vector<std::string_view> alarms_of(const Summary& summary, const Verdict& verdict) {
  std::vector<std::string_view> alarms;
  for (const auto& [id, count] : summary.findings) {
    const auto is_of = [id = id](std::string_view family) { return id.starts_with(family); };
    if (is_alarm(id, count.confidence) && std::any_of(verdict.families.begin(), verdict.families.end(), is_of))
      alarms.push_back(id);
  }
  std::stable_sort(alarms.begin(), alarms.end(), [](std::string_view a, std::string_view b) {
    return find_kind(a)->severity > find_kind(b)->severity;
  });
  return alarms;
}

std::string counted(const Summary& summary, const std::vector<std::string_view>& ids) {
  std::vector<std::string> parts;
  parts.reserve(ids.size());
  for (const std::string_view id : ids) parts.push_back(fmt::format("{} ({})", id, summary.findings.at(id).subjects));
  return join(parts);
}

bool has_both_sides(const Summary& summary) {
  const auto has = [&](Side side) {
    return std::any_of(summary.taps.begin(), summary.taps.end(),
                       [&](const TapReport& report) { return report.tap.side == side; });
  };
  return has(Side::lan) && has(Side::wan);
}

std::vector<std::string_view> notes_of(const Summary& summary) {
  std::vector<std::string_view> notes;
  for (const auto& [id, count] : summary.findings)
    if (is_note(id)) notes.push_back(id);
  return notes;
}

}  // namespace

void Terminal::print_verdict(const Summary& summary) {
  const Totals& totals = summary.totals;
  const std::uint64_t crossed = totals.crossings_unchanged + totals.crossings_rewritten();
  const std::string on_both_sides =
      plural(crossed, "message that was seen on both sides", "messages that were seen on both sides");
  const std::string_view were = totals.crossings_rewritten() == 1 ? "was" : "were";
  fmt::print(out_, "\n");
  if (const std::uint64_t missed = packets_missed(summary); missed != 0)
    fmt::print(out_, "{}\n",
               paint(fmt::format("{} missed: what is not reported may still have happened.",
                                 plural(missed, "packet was", "packets were")),
                     kYellow));
  std::string_view gravest;  // of the first line
  for (const Verdict& verdict : verdicts()) {
    const std::vector<std::string_view> alarms = alarms_of(summary, verdict);
    if (alarms.empty()) continue;
    fmt::print(out_, "{} {}\n", paint(verdict.title, kRed), counted(summary, alarms));
    if (gravest.empty()) gravest = alarms.front();
  }
  if (!gravest.empty()) {
    if (totals.crossings_rewritten() != 0)
      fmt::print(out_, "{} of {} {} rewritten: {} harmless, {} incomplete, {} broken.\n", totals.crossings_rewritten(),
                 on_both_sides, were, totals.crossings_harmless, totals.crossings_incomplete, totals.crossings_broken);
    fmt::print(out_, "{} {}\n", paint("What to do:", kBold), find_kind(gravest)->remedy);
    if (!summary.alg.empty() && summary.alg.front().confidence >= kLikely && gravest.starts_with("alg-")) {
      const AlgGuess& guess = summary.alg.front();
      fmt::print(out_, "{} {} ({}): {}\n{:12}{}\n", paint("It looks like", kBold), guess.title,
                 confidence_word(guess.confidence), printable(guess.evidence.front()), "", guess.remedy);
    }
  } else if (totals.crossings_rewritten() != 0) {
    fmt::print(out_, "{} {} of {} {} changed, in ways that are no alarm.\n",
               paint("No SIP ALG proven at work:", kGreen), totals.crossings_rewritten(), on_both_sides, were);
  } else if (crossed != 0) {
    fmt::print(out_, "{} {}{} passed unchanged.\n", paint("No SIP ALG seen at work:", kGreen),
               crossed == 1 ? "" : "all ", on_both_sides);
    if (totals.strays != 0)
      fmt::print(out_, "{} seen on one side only.\n", plural(totals.strays, "message was", "messages were"));
  } else if (totals.sip_messages != 0 && has_both_sides(summary)) {
    fmt::print(out_, "Nothing found. No message was seen on both sides: there was nothing to compare.\n");
  } else if (totals.sip_messages != 0) {
    fmt::print(
        out_,
        "Nothing found. Whether a router rewrites SIP shows only with both of its sides in sight (--lan and --wan).\n");
  } else {
    fmt::print(out_, "No SIP message was seen, so there is nothing to say about an ALG.\n");
  }
  if (const auto notes = notes_of(summary); !notes.empty())
    fmt::print(out_, "Also seen, and innocent: {}\n", counted(summary, notes));
}

void Terminal::on_summary(const Summary& summary) {
  print_calls();
  print_registrations();
  print_taps(summary);
  print_verdict(summary);
  std::fflush(out_);
}

}  // namespace vialens

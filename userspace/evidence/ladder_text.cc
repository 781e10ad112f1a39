#include "userspace/evidence/ladder_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "userspace/finding/gravity.h"
#include "userspace/sink/terminal_words.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

using namespace ansi;

constexpr std::size_t kNarrowest = 80, kWidest = 200;
constexpr std::size_t kLeft = 17;              // "  1 22:13:20.123 "
constexpr std::size_t kMargin = 11;            // " incomplete"
constexpr std::size_t kWidestGap = 2 * kLeft;  // what is centred on the first lifeline has room to its left

std::string centred(std::string_view text, std::size_t width, char fill) {
  const std::size_t free = width - std::min(width, columns_of(text));
  return std::string(free / 2, fill) + std::string(text) + std::string(free - free / 2, fill);
}

std::string seconds_between(Time from, Time to) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(to - from).count());
}

// The two ends of what is seen at one side: first the one that is nearer to the phone.
struct Ends {
  Endpoint near, far;

  bool operator==(const Ends&) const = default;
};

class Text {
 public:
  Text(const CallRecord& record, const Ladder& ladder, const TextLayout& layout)
      : record_(record),
        ladder_(ladder),
        width_(std::clamp(layout.width, kNarrowest, kWidest)),
        paint_{layout.colour},
        gap_(std::min((width_ - kLeft - kMargin - 3) / 2, kWidestGap)),
        two_sides_(ladder.seen_on_lan() && ladder.seen_on_wan()) {
    for (const LadderRow& row : ladder.rows) {
      if (lan_ == Ends{} && row.lan) lan_ = ends_of(row, *row.lan);
      if (wan_ == Ends{} && row.wan) wan_ = ends_of(row, *row.wan);
    }
  }

  std::string text(const std::vector<Finding>& of_box) {
    heading();
    columns();
    for (const LadderRow& row : ladder_.rows) {
      if (ladder_.dropped != 0 && row.number == ladder_.dropped_after + 1) gap_in_the_middle();
      line(row);
      details(row);
    }
    if (ladder_.dropped != 0 && ladder_.dropped_after >= ladder_.rows.size()) gap_in_the_middle();
    media();
    findings("Findings", ladder_.findings);
    findings("About the router", of_box);
    if (ladder_.findings.empty()) nothing_found();
    return std::move(out_);
  }

 private:
  // Which way it goes in the picture. Where nothing else tells, who speaks first is on the left.
  bool outwards(const LadderRow& row, const LoggedMessage& message) const {
    if (row.direction != Direction::unknown) return row.direction == Direction::out;
    const Ends& ends = message.tap->side == Side::lan ? lan_ : wan_;
    return ends == Ends{} || message.source == ends.near ||
           (message.destination != ends.near && message.source.address == ends.near.address);
  }
  Ends ends_of(const LadderRow& row, const LoggedMessage& message) const {
    return outwards(row, message) ? Ends{message.source, message.destination}
                                  : Ends{message.destination, message.source};
  }

  void heading() {
    const std::string id = printable(record_.call_id);
    if (record_.call) {
      const Call& call = *record_.call;
      out_ += paint_("Call " + id, kBold) + '\n';
      out_ += fmt::format("  {} -> {}\n  {}{}", printable(call.from), printable(call.to), to_string(call.state),
                          call.end_reason.empty() ? "" : ": " + printable(call.end_reason));
      if (call.answered) out_ += ", set up in " + seconds_between(call.started, *call.answered);
      if (call.answered && call.ended) out_ += ", lasted " + seconds_between(*call.answered, *call.ended);
    } else if (record_.registration) {
      const Registration& registration = *record_.registration;
      out_ += paint_("Registration " + id, kBold) + '\n';
      out_ += fmt::format("  {}\n  {}{}", printable(registration.aor), to_string(registration.state),
                          registration.reason.empty() ? "" : ": " + printable(registration.reason));
    } else {
      out_ += paint_("Call-ID " + id, kBold) + "\n  neither a call nor a registration";
    }
    if (!ladder_.rows.empty()) out_ += fmt::format(", {}", to_rfc3339(ladder_.rows.front().time).substr(0, 10));
    out_ += "\n";
    for (const std::string& other : record_.others)
      out_ += fmt::format("  known on the WAN side as {}\n", printable(other));
    out_ += '\n';
  }

  void columns() {
    if (ladder_.rows.empty()) return;
    const auto end = [&](const Endpoint& endpoint) { return shorten(to_string(endpoint), gap_ - 1); };
    const auto titles = [&](std::string_view left, std::string_view middle, std::string_view right) {
      // Each is centred on its lifeline.
      std::string line(kLeft - gap_ / 2, ' ');
      line += centred(left, gap_, ' ') + ' ' + centred(middle, gap_, ' ') + ' ' + centred(right, gap_, ' ');
      out_ += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    };
    if (two_sides_) {
      titles("phone", "router", "provider");
      titles(end(lan_.near), end(wan_.near), end(wan_.far));
    } else {
      const Ends& ends = ladder_.seen_on_lan() ? lan_ : wan_;
      titles(ladder_.seen_on_lan() ? "phone" : "near end", "", ladder_.seen_on_lan() ? "provider" : "far end");
      titles(end(ends.near), "", end(ends.far));
    }
  }

  static std::string arrow(std::string_view label, bool outwards, std::size_t width) {
    const std::string text = label.empty() ? "" : fmt::format(" {} ", shorten(label, width - 5));
    return outwards ? '-' + centred(text, width - 2, '-') + '>' : '<' + centred(text, width - 2, '-') + '-';
  }

  void line(const LadderRow& row) {
    out_ += fmt::format("{:>3} {} |", row.number, clock_of(row.time));
    const LoggedMessage& first = row.lan ? *row.lan : *row.wan;
    const bool out = outwards(row, first);
    const std::string colour = std::string(row.method == "ACK" || row.status >= 200 ? kGreen : kCyan);
    const auto label = [&](std::string_view text, std::size_t width) {
      return paint_(arrow(text, out, width), row.refusal ? kRed : std::string_view(colour));
    };
    if (!two_sides_) {
      out_ += label(row.summary, 2 * gap_ + 1) + '|';
    } else {
      const auto missing = [&](std::string_view where) {
        return paint_(centred(fmt::format("not seen on the {}", where), gap_, ' '), kYellow);
      };
      const std::string transit =
          row.transit ? fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(*row.transit).count()) : "";
      const bool lan_first = !row.wan || (row.lan && out);
      out_ += row.lan ? label(lan_first ? row.summary : transit, gap_) : missing("LAN");
      out_ += '|';
      out_ += row.wan ? label(lan_first ? transit : row.summary, gap_) : missing("WAN");
      out_ += '|';
    }
    if (row.repeat_of)
      out_ += paint_(fmt::format(" again, {}", *row.repeat_of), kYellow);
    else if (row.grade && *row.grade != Grade::unchanged)
      out_ += ' ' + paint_(to_string(*row.grade), *row.grade == Grade::broken       ? kRed
                                                  : *row.grade == Grade::incomplete ? kYellow
                                                                                    : kDim);
    out_ += '\n';
  }

  void details(const LadderRow& row) {
    const std::string indent(kLeft + 2, ' ');
    for (const auto& [message, usual] : {std::pair(row.lan.get(), &lan_), std::pair(row.wan.get(), &wan_)})
      if (message != nullptr && ends_of(row, *message) != *usual)
        out_ += indent +
                paint_(fmt::format("{}: {} > {}", printable(message->tap->name), to_string(message->source),
                                   to_string(message->destination)),
                       kDim) +
                '\n';
    if (row.repeat_of) return;  // said of the first
    for (const LoggedChange& change : row.changes) this->change(change, indent);
    if (row.findings.empty()) return;
    std::vector<std::string_view> ids;
    for (const std::size_t i : row.findings) ids.push_back(ladder_.findings[i].kind->id);
    out_ +=
        indent + "! " +
        paint_(wrapped(fmt::format("{}", fmt::join(ids, ", ")), width_ - indent.size() - 2, indent.size() + 2), kBold) +
        '\n';
  }

  void change(const LoggedChange& change, const std::string& indent) {
    const std::size_t room = width_ - indent.size() - 3;
    const std::string where = shorten(change.where, 24);
    auto [before, after] = shorten_both(change.before, change.after, room);
    for (std::string* const value : {&before, &after})
      if (value->empty()) *value = "(nothing)";
    const bool one_line = columns_of(where) + columns_of(before) + columns_of(after) + 3 <= room;
    const std::string separator = one_line ? " " : "\n" + indent + "   ";
    out_ += fmt::format("{}{}:{}{}{}{} {}\n", indent, where, separator, paint_(before, kRed),
                        one_line ? " " : "\n" + indent, "->", paint_(after, kGreen));
  }

  void gap_in_the_middle() {
    out_ += fmt::format("{}... {} not kept ...\n", std::string(kLeft + 2, ' '),
                        plural(ladder_.dropped, "message was", "messages were"));
  }

  void media() {
    if (!record_.call || record_.call->media.empty()) return;
    out_ += '\n' + paint_("Media", kBold) + '\n';
    for (const CallStream& stream : record_.call->media)
      out_ += fmt::format("  {}\n", wrapped(media_line(*record_.call, stream), width_ - 4, 4));
  }

  void findings(std::string_view title, std::vector<Finding> findings) {
    if (findings.empty()) return;
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return graver(a, b); });
    out_ += '\n' + paint_(title, kBold) + '\n';
    for (const Finding& finding : findings) {
      const FindingKind& kind = *finding.kind;
      out_ += fmt::format("  {} {} ({}): {}\n",
                          paint_(fmt::format("{:8}", to_string(kind.severity)), colour_of(kind.severity)),
                          paint_(kind.id, kBold), confidence_word(finding.confidence), kind.title);
      paragraph("", finding.detail);
      if (!finding.verdict.empty()) paragraph("Verdict: ", finding.verdict);
      const std::string_view advice = finding.advice();
      if (advice.empty() || std::find(advised_.begin(), advised_.end(), advice) != advised_.end()) continue;
      paragraph("What to do: ", advice);
      advised_.push_back(advice);
    }
  }

  void paragraph(std::string_view label, std::string_view text) {
    const std::string all = std::string(label) + printable(text);
    std::string lines = wrapped(all, width_ - 11, 11);
    if (!label.empty()) lines = paint_(label, kBold) + lines.substr(label.size());
    out_ += std::string(11, ' ') + lines + '\n';
  }

  void nothing_found() {
    out_ += "\nNothing was found wrong with it.";
    if (!two_sides_) out_ += " What a router changes shows only with both of its sides in sight (--lan and --wan).";
    out_ += '\n';
  }

  const CallRecord& record_;
  const Ladder& ladder_;
  std::size_t width_;
  Paint paint_;
  std::size_t gap_;
  bool two_sides_;
  Ends lan_, wan_;
  std::vector<std::string_view> advised_;  // what was said once
  std::string out_;
};

}  // namespace

std::string ladder_text(const CallRecord& record, const Ladder& ladder, const std::vector<Finding>& of_box,
                        const TextLayout& layout) {
  return Text(record, ladder, layout).text(of_box);
}

}  // namespace vialens

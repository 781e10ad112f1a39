#include "userspace/evidence/evidence_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "userspace/evidence/packets.h"
#include "userspace/evidence/pcapng.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

struct Shown {
  const LoggedMessage* message;
  std::vector<std::string> comments;
};

// Text from packets is made harmless, for the comments are UTF-8 and others may show them on a terminal.
std::string comment_of(const Finding& finding) {
  const FindingKind& kind = *finding.kind;
  std::string text = fmt::format("{} ({}, {}): {}\n{}", kind.id, to_string(kind.severity),
                                 confidence_word(finding.confidence), kind.title, printable(finding.detail));
  for (const Evidence& evidence : finding.evidence) {
    if (evidence.before.empty() && evidence.after.empty()) continue;
    text += fmt::format("\n{}", printable(evidence.field.empty() ? evidence.message : evidence.field));
    if (!evidence.before.empty()) text += fmt::format("\n  before: {}", printable(evidence.before));
    if (!evidence.after.empty()) text += fmt::format("\n  after:  {}", printable(evidence.after));
  }
  if (!finding.verdict.empty()) text += fmt::format("\nVerdict: {}", printable(finding.verdict));
  if (!finding.advice().empty()) text += fmt::format("\nWhat to do: {}", finding.advice());
  return text;
}

std::string subject_of(const CallRecord& record) {
  const std::string id = printable(record.call_id);
  if (record.call)
    return fmt::format("Call {}, {} to {}: {}{}", id, printable(record.call->from), printable(record.call->to),
                       to_string(record.call->state),
                       record.call->end_reason.empty() ? "" : ", " + printable(record.call->end_reason));
  if (record.registration)
    return fmt::format("Registration {} of {}: {}{}", id, printable(record.registration->aor),
                       to_string(record.registration->state),
                       record.registration->reason.empty() ? "" : ", " + printable(record.registration->reason));
  return fmt::format("Call-ID {}", id);
}

// What the whole file says, and the findings that no packet shows.
std::vector<std::string> section_comments(const CallRecord& record, const Ladder& ladder) {
  std::string text = subject_of(record) + '.';
  bool any_verdict = false;
  for (const Finding& finding : ladder.findings)
    if (!finding.verdict.empty()) {
      text += fmt::format("\nVerdict: {}", printable(finding.verdict));
      any_verdict = true;
    }
  if (ladder.findings.empty())
    text += "\nNothing was found.";
  else if (!any_verdict)
    for (const Finding& finding : ladder.findings)
      text += fmt::format("\n{}: {}", finding.kind->id, finding.kind->title);
  if (ladder.dropped != 0)
    text += fmt::format("\n{} not kept.", plural(ladder.dropped, "message of it was", "messages of it were"));
  text += "\nThe packets were made anew from the messages: headers below SIP are not those of the wire.";
  std::vector<std::string> comments{std::move(text)};
  std::set<std::size_t> shown;
  for (const LadderRow& row : ladder.rows) shown.insert(row.findings.begin(), row.findings.end());
  for (std::size_t i = 0; i < ladder.findings.size(); ++i)
    if (!shown.contains(i)) comments.push_back(comment_of(ladder.findings[i]));
  return comments;
}

// Which of a row's two packets proves it.
bool proven_by_wan(const LadderRow& row, const Finding& finding) {
  if (!row.lan || !row.wan) return row.wan != nullptr;
  for (const Evidence& evidence : finding.evidence) {
    if (evidence.tap == row.wan->tap->name) return true;
    if (evidence.tap == row.lan->tap->name) return false;
  }
  return true;
}

std::vector<Shown> shown_in(const Ladder& ladder) {
  std::vector<Shown> all;
  for (const LadderRow& row : ladder.rows)
    for (const bool wan : {false, true}) {
      const LoggedMessage* const message = (wan ? row.wan : row.lan).get();
      if (message == nullptr) continue;
      Shown& shown = all.emplace_back(Shown{message, {}});
      for (const std::size_t i : row.findings)
        if (proven_by_wan(row, ladder.findings[i]) == wan) shown.comments.push_back(comment_of(ladder.findings[i]));
      if (message->cut) shown.comments.emplace_back("vialens saw less of this message than there was on the wire.");
    }
  std::stable_sort(all.begin(), all.end(), [](const Shown& a, const Shown& b) {
    return std::pair(a.message->time, a.message->number) < std::pair(b.message->time, b.message->number);
  });
  return all;
}

// The taps of one interface, which are one for each direction in a live run, as one. A capture file is named without
// its path, which tells of whoever keeps it.
class Interfaces {
 public:
  Interfaces(Pcapng& file, const std::vector<Shown>& all) {
    std::map<std::pair<std::string, std::string>, std::set<std::string>> hooks;
    for (const Shown& shown : all) hooks[key(*shown.message)].insert(shown.message->tap->hook);
    for (const auto& [name, of_it] : hooks)
      numbers_[name] = file.add_interface(printable(name.first),
                                          fmt::format("{} ({})", printable(name.second), fmt::join(of_it, ", ")));
  }
  std::uint32_t number(const LoggedMessage& message) const { return numbers_.at(key(message)); }

 private:
  static std::pair<std::string, std::string> key(const LoggedMessage& message) {
    const std::string& interface = message.tap->interface;
    return {message.tap->name, interface.substr(interface.rfind('/') + 1)};
  }
  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;
};

}  // namespace

std::string evidence_file(const CallRecord& record, const Ladder& ladder, std::string_view application) {
  Pcapng file(application, section_comments(record, ladder));
  const std::vector<Shown> all = shown_in(ladder);
  const Interfaces interfaces(file, all);
  if (all.empty()) file.add_interface("lan", "none of its messages were kept");  // libpcap wants one
  Packets packets;
  for (const Shown& shown : all) {
    const LoggedMessage& message = *shown.message;
    const std::vector<std::string> parts = packets.of(message);
    for (const std::string& part : parts)  // the message is shown with its last packet
      file.add_packet(
          interfaces.number(message), message.time, message.tap->direction, part,
          &part == &parts.back() ? std::span<const std::string>(shown.comments) : std::span<const std::string>());
  }
  return file.bytes();
}

}  // namespace vialens

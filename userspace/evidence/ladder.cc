#include "userspace/evidence/ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "userspace/detect/detector.h"
#include "userspace/sip/sdp.h"

namespace vialens {
namespace {

using MessagePointer = std::shared_ptr<const LoggedMessage>;

constexpr std::size_t kLongestReason = 60;  // bytes of a reason phrase in a summary

bool on_lan(const LoggedMessage& message) { return message.tap->side == Side::lan; }

const LoggedMessage& entry_of(const LadderRow& row) {
  const bool from_lan = row.direction == Direction::out ? row.lan != nullptr : row.wan == nullptr;
  return from_lan ? *row.lan : *row.wan;
}

std::string summary_of(const sip::Message& message) {
  std::string summary =
      message.is_request()
          ? std::string(message.method())
          : fmt::format("{} {} ({})", message.status(), message.reason().substr(0, kLongestReason), message.method());
  if (!sip::sdp_body(message).empty()) summary += " sdp";
  return summary;
}

// Addresses on the phone's side of what is seen at a side: the phone's own on the LAN, the box's on the WAN.
class NearSide {
 public:
  explicit NearSide(const std::vector<LadderRow>& rows) {
    for (const LadderRow& row : rows)
      if (row.lan && row.wan && row.direction != Direction::unknown)
        for (const LoggedMessage* message : {row.lan.get(), row.wan.get()})
          near_.emplace(on_lan(*message),
                        (row.direction == Direction::out ? message->source : message->destination).address);
  }

  Direction direction_of(const LoggedMessage& message) const {
    const bool from = near_.contains({on_lan(message), message.source.address});
    const bool to = near_.contains({on_lan(message), message.destination.address});
    if (from != to) return from ? Direction::out : Direction::in;
    const Side side = message.tap->side;
    const Direction seen = message.tap->direction;
    if (seen != Direction::unknown && side == Side::wan) return seen;
    if (side != Side::lan) return Direction::unknown;
    if (seen != Direction::unknown) return seen == Direction::in ? Direction::out : Direction::in;
    const bool from_private = message.source.address.is_private();
    if (from_private == message.destination.address.is_private()) return Direction::unknown;
    return from_private ? Direction::out : Direction::in;
  }

 private:
  std::set<std::pair<bool, Address>> near_;
};

void put(LadderRow& row, const MessagePointer& message) { (on_lan(*message) ? row.lan : row.wan) = message; }

std::vector<LadderRow> rows_of(const CallRecord& record) {
  std::unordered_map<std::uint64_t, MessagePointer> messages;
  for (const MessagePointer& message : record.messages) messages.emplace(message->number, message);
  std::vector<LadderRow> rows;
  for (const auto& crossing : record.crossings) {
    const auto entry = messages.find(crossing->entry);
    const auto exit = messages.find(crossing->exit);
    if (entry == messages.end() || exit == messages.end()) continue;
    LadderRow& row = rows.emplace_back();
    put(row, entry->second);
    put(row, exit->second);
    row.direction = crossing->direction;
    row.time = std::min(entry->second->time, exit->second->time);
    row.transit = exit->second->time - entry->second->time;
    row.grade = crossing->grade;
    row.changes = crossing->changes;
    messages.erase(crossing->entry);
    messages.erase(crossing->exit);
  }
  const NearSide near(rows);
  for (const auto& [number, message] : messages) {
    LadderRow& row = rows.emplace_back();
    put(row, message);
    row.time = message->time;
    row.direction = near.direction_of(*message);
  }
  std::sort(rows.begin(), rows.end(), [](const LadderRow& a, const LadderRow& b) {
    return std::tuple(a.time, entry_of(a).number) < std::tuple(b.time, entry_of(b).number);
  });
  return rows;
}

void read_messages(std::vector<LadderRow>& rows) {
  sip::Message message;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    LadderRow& row = rows[i];
    row.number = i + 1;
    const LoggedMessage& entry = entry_of(row);
    sip::Message::parse(entry.bytes, message, entry.transport == Transport::tcp);
    row.summary = summary_of(message);
    row.method = message.method();
    row.status = message.status();
    row.cseq = message.cseq();
  }
}

bool is_challenge(int status) { return status == 401 || status == 407; }

// What is asked for is given with the next CSeq, and what comes then is no challenge again.
void mark_refusals(std::vector<LadderRow>& rows) {
  for (LadderRow& row : rows)
    row.refusal = row.status >= 300 &&
                  !(is_challenge(row.status) && std::any_of(rows.begin(), rows.end(), [&](const LadderRow& later) {
                      return later.number > row.number && later.status > 100 && later.method == row.method &&
                             later.cseq > row.cseq && !is_challenge(later.status);
                    }));
}

// A message that was sent again is the same bytes between the same ends (RFC 3261 17.1.1.2, 13.3.1.4).
void mark_repeats(std::vector<LadderRow>& rows) {
  std::map<std::tuple<const TapInfo*, Endpoint, Endpoint, std::string_view>, std::size_t> first;
  for (LadderRow& row : rows) {
    const LoggedMessage& entry = entry_of(row);
    for (const MessagePointer& message : {row.lan, row.wan}) {
      if (!message) continue;
      const auto [known, is_new] =
          first.try_emplace({message->tap, message->source, message->destination, message->bytes}, row.number);
      if (!is_new && message.get() == &entry) row.repeat_of = known->second;
    }
  }
}

// How well this row fits what a finding gives as its evidence; 0: not at all.
int fit(const LadderRow& row, const Finding& finding, const Evidence& evidence) {
  const std::string described = row.status == 0 ? row.method : fmt::format("{} {}", row.status, row.method);
  if (described != evidence.message || row.cseq != evidence.cseq) return 0;
  if (!finding.direction.empty() && row.direction != Direction::unknown &&
      to_string(row.direction) != finding.direction)
    return 0;
  const auto at = [&](const MessagePointer& message) { return message && message->tap->name == evidence.tap; };
  if (!at(row.lan) && !at(row.wan)) return 0;
  const auto then = [&](const MessagePointer& message) { return message && message->time == finding.time; };
  const bool changed = std::any_of(row.changes.begin(), row.changes.end(),
                                   [&](const LoggedChange& change) { return change.where == evidence.field; });
  return 1 + (row.repeat_of ? 0 : 1) + (changed ? 2 : 0) + (then(row.lan) || then(row.wan) ? 4 : 0);
}

void cite(std::vector<LadderRow>& rows, const std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < findings.size(); ++i)
    for (const Evidence& evidence : findings[i].evidence) {
      LadderRow* best = nullptr;
      int best_fit = 0;
      for (LadderRow& row : rows)
        if (const int value = fit(row, findings[i], evidence); value > best_fit) {
          best = &row;
          best_fit = value;
        }
      if (best == nullptr) continue;
      const auto known = std::find(best->findings.begin(), best->findings.end(), i);
      if (known == best->findings.end()) best->findings.push_back(i);
    }
}

}  // namespace

bool Ladder::seen_on_lan() const noexcept {
  return std::any_of(rows.begin(), rows.end(), [](const LadderRow& row) { return row.lan != nullptr; });
}

bool Ladder::seen_on_wan() const noexcept {
  return std::any_of(rows.begin(), rows.end(), [](const LadderRow& row) { return row.wan != nullptr; });
}

Ladder ladder_of(const CallRecord& record) {
  Ladder ladder;
  ladder.call_id = record.call_id;
  ladder.rows = rows_of(record);
  ladder.findings = record.findings;
  ladder.dropped = record.dropped;
  read_messages(ladder.rows);
  mark_refusals(ladder.rows);
  mark_repeats(ladder.rows);
  cite(ladder.rows, ladder.findings);
  if (record.dropped != 0)
    for (const LadderRow& row : ladder.rows)
      for (const MessagePointer& message : {row.lan, row.wan})
        if (message && message->number <= record.dropped_after)
          ladder.dropped_after = std::max(ladder.dropped_after, row.number);
  return ladder;
}

}  // namespace vialens

#include "userspace/evidence/call_log.h"

#include <algorithm>
#include <utility>

#include "userspace/evidence/cost.h"

namespace vialens {
namespace {

// What a record takes when there is nothing in it, and a name that leads to it, roughly.
constexpr std::size_t kEmpty = 512, kName = 96;
// Of a message. Over UDP there is none longer.
constexpr std::size_t kMostBytes = 65536;
constexpr std::size_t kMostOthers = 8, kMostAors = 16, kMostExpected = 16;

std::shared_ptr<const LoggedMessage> logged(const SeenMessage& seen) {
  auto message = std::make_shared<LoggedMessage>();
  message->number = seen.number;
  message->time = seen.time;
  message->tap = seen.tap;
  message->transport = seen.transport;
  message->source = seen.source;
  message->destination = seen.destination;
  message->cut = seen.cut || seen.bytes.size() > kMostBytes;
  message->bytes = seen.bytes.substr(0, kMostBytes);
  return message;
}

std::shared_ptr<const LoggedCrossing> logged(const SeenCrossing& seen) {
  auto crossing = std::make_shared<LoggedCrossing>();
  crossing->entry = seen.entry;
  crossing->exit = seen.exit;
  crossing->direction = seen.direction;
  crossing->grade = seen.grade;
  for (const Change& change : seen.changes)
    crossing->changes.push_back(
        {change.field, std::string(change.where), std::string(change.before), std::string(change.after)});
  return crossing;
}

template <class List>
auto by_number(List& messages, std::uint64_t number) {
  const auto found = std::lower_bound(messages.begin(), messages.end(), number,
                                      [](const auto& message, std::uint64_t n) { return message->number < n; });
  return found != messages.end() && (*found)->number == number ? found : messages.end();
}

void replace_or_add(std::vector<Finding>& findings, const Finding& finding) {
  const auto known =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& other) { return other.kind == finding.kind; });
  if (known != findings.end())
    *known = finding;
  else
    findings.push_back(finding);
}

}  // namespace

std::shared_ptr<const CallRecord> CallLog::find(std::string_view call_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(call_id);
  return found == by_name_.end() ? nullptr : std::make_shared<const CallRecord>(found->second->record);
}

std::vector<CallEntry> CallLog::list() const {
  std::vector<CallEntry> list;
  {
    const std::lock_guard lock(mutex_);
    for (const Entries& entries : entries_)
      for (const Entry& entry : entries) {
        const CallRecord& record = entry.record;
        if (record.call)
          list.push_back({record.call_id, false, record.call->from, record.call->to, to_string(record.call->state),
                          record.call->started, record.messages.size(), record.findings.size()});
        else if (record.registration)
          list.push_back({record.call_id, true, record.registration->aor, "", to_string(record.registration->state),
                          record.registration->started, record.messages.size(), record.findings.size()});
      }
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const CallEntry& a, const CallEntry& b) { return a.started < b.started; });
  return list;
}

std::vector<Finding> CallLog::box_findings() const {
  const std::lock_guard lock(mutex_);
  return box_findings_;
}

TableFill CallLog::fill() const {
  const std::lock_guard lock(mutex_);
  return {"evidence_bytes", bytes_[0] + bytes_[1] + bytes_[2], limits_.bytes, evictions_};
}

void CallLog::on_finding(const Finding& finding) {
  const std::lock_guard lock(mutex_);
  switch (finding.subject.kind) {
    case Subject::Kind::box:
      return replace_or_add(box_findings_, finding);
    case Subject::Kind::registration: {
      const auto found = by_aor_.find(finding.subject.aor);
      if (found != by_aor_.end()) note(found->second, finding);
      break;
    }
    case Subject::Kind::call:
      note(open(finding.subject.call_id), finding);
      break;
  }
  make_room();
}

void CallLog::on_call_changed(const Call& call) {
  const std::lock_guard lock(mutex_);
  note(claim(call.call_id, call.ended ? Standing::over : Standing::live), call);
  make_room();
}

void CallLog::on_call(const Call& call) {
  const std::lock_guard lock(mutex_);
  // The end of a call that there was no room for is no reason to begin anew with it.
  if (!by_name_.contains(call.call_id)) return;
  note(claim(call.call_id, Standing::over), call);
  make_room();
}

void CallLog::on_registration_changed(const Registration& registration) {
  const std::lock_guard lock(mutex_);
  note(claim(registration.call_id, Standing::live), registration);
  make_room();
}

void CallLog::on_registration(const Registration& registration) {
  const std::lock_guard lock(mutex_);
  if (!by_name_.contains(registration.call_id)) return;
  note(claim(registration.call_id, Standing::over), registration);
  make_room();
}

void CallLog::on_message(const SeenMessage& message) {
  const std::lock_guard lock(mutex_);
  std::string_view call_id = message.call_id;
  const auto expected = std::find_if(expected_.begin(), expected_.end(),
                                     [&](const Expected& other) { return other.number == message.number; });
  if (expected != expected_.end() && call_id.empty()) call_id = expected->call_id;
  const auto entry = open(call_id);
  if (expected != expected_.end()) expected_.erase(expected);
  add(entry, logged(message));
  thin(*entry);
  make_room();
}

void CallLog::on_crossing(const SeenCrossing& crossing) {
  const std::lock_guard lock(mutex_);
  const bool nameless = crossing.call_id.empty();  // the side of the phone has lost it
  const auto entry = open(nameless ? crossing.call_id_outside : crossing.call_id);
  if (!nameless && !crossing.call_id_outside.empty()) rename(entry, crossing.call_id_outside);
  std::shared_ptr<const LoggedCrossing> added = logged(crossing);
  grow(*entry, cost(*added));
  entry->record.crossings.push_back(std::move(added));
  expect(entry, crossing.entry);
  expect(entry, crossing.exit);
  thin(*entry);
  make_room();
}

CallLog::Entries::iterator CallLog::open(std::string_view call_id) {
  const auto known = by_name_.find(call_id);
  if (known != by_name_.end()) {
    const Entries::iterator entry = known->second;
    Entries& list = list_of(entry->standing);
    if (entry->standing != Standing::over) list.splice(list.end(), list, entry);
    return entry;
  }
  Entries& list = list_of(Standing::unclaimed);
  list.emplace_back();
  const auto entry = std::prev(list.end());
  entry->record.call_id = call_id;
  by_name_.emplace(entry->record.call_id, entry);
  grow(*entry, kEmpty + kName + 2 * call_id.size());
  return entry;
}

CallLog::Entries::iterator CallLog::claim(std::string_view call_id, Standing standing) {
  const auto entry = open(call_id);
  stand(entry, standing);
  return entry;
}

void CallLog::stand(Entries::iterator entry, Standing standing) {
  if (entry->standing == standing) return;
  bytes_[static_cast<std::size_t>(entry->standing)] -= entry->bytes;
  bytes_[static_cast<std::size_t>(standing)] += entry->bytes;
  Entries& list = list_of(standing);
  list.splice(list.end(), list_of(entry->standing), entry);
  entry->standing = standing;
}

void CallLog::note(Entries::iterator entry, const Call& call) {
  shrink(*entry, cost(entry->record.call));
  entry->record.call = call;
  grow(*entry, cost(entry->record.call));
}

void CallLog::note(Entries::iterator entry, const Registration& registration) {
  shrink(*entry, cost(entry->record.registration));
  entry->record.registration = registration;
  grow(*entry, cost(entry->record.registration));
  const auto known = by_aor_.find(registration.aor);
  if (known != by_aor_.end() && known->second == entry) return;
  if (entry->aors.size() >= kMostAors) return;
  if (known != by_aor_.end()) {  // a new Call-ID for the same address
    const Entries::iterator before = known->second;
    std::erase(before->aors, registration.aor);
    shrink(*before, kName + 2 * registration.aor.size());
  }
  by_aor_.insert_or_assign(registration.aor, entry);
  entry->aors.push_back(registration.aor);
  grow(*entry, kName + 2 * registration.aor.size());
}

void CallLog::note(Entries::iterator entry, const Finding& finding) {
  std::vector<Finding>& findings = entry->record.findings;
  for (const Finding& known : findings)
    if (known.kind == finding.kind) shrink(*entry, cost(known));
  replace_or_add(findings, finding);
  grow(*entry, cost(finding));
}

void CallLog::add(Entries::iterator entry, std::shared_ptr<const LoggedMessage> message) {
  grow(*entry, cost(*message));
  auto& messages = entry->record.messages;
  const auto place = std::find_if(messages.rbegin(), messages.rend(),
                                  [&](const auto& other) { return other->number < message->number; });
  messages.insert(place.base(), std::move(message));
}

void CallLog::grow(Entry& entry, std::size_t bytes) noexcept {
  entry.bytes += bytes;
  bytes_[static_cast<std::size_t>(entry.standing)] += bytes;
}

void CallLog::shrink(Entry& entry, std::size_t bytes) noexcept {
  entry.bytes -= bytes;
  bytes_[static_cast<std::size_t>(entry.standing)] -= bytes;
}

// The WAN side knows the call as `other`: what came under that name so far belongs to it.
void CallLog::rename(Entries::iterator entry, std::string_view other) {
  const auto known = by_name_.find(other);
  if (known != by_name_.end() && known->second == entry) return;
  if (known != by_name_.end()) merge(known->second, entry);
  std::vector<std::string>& others = entry->record.others;
  if (others.size() >= kMostOthers) return;
  others.emplace_back(other);
  by_name_.insert_or_assign(std::string(other), entry);
  grow(*entry, kName + 2 * other.size());
}

void CallLog::merge(Entries::iterator from, Entries::iterator into) {
  CallRecord& source = from->record;
  CallRecord& target = into->record;
  if (from->standing > into->standing) stand(into, from->standing);
  for (auto& message : source.messages) add(into, std::move(message));
  for (auto& crossing : source.crossings) {
    grow(*into, cost(*crossing));
    target.crossings.push_back(std::move(crossing));
  }
  for (const Finding& finding : source.findings) note(into, finding);
  if (source.call && !target.call) note(into, *source.call);
  if (target.call) target.call->call_id = target.call_id;
  target.dropped += source.dropped;
  source.messages.clear();
  const std::optional<Registration> registration = std::move(source.registration);
  forget(from);
  if (registration && !target.registration) note(into, *registration);
}

// A message without a Call-ID, which the box took away, is known by its crossing alone.
void CallLog::expect(Entries::iterator entry, std::uint64_t number) {
  if (by_number(entry->record.messages, number) != entry->record.messages.end()) return;
  if (const auto nameless = by_name_.find(std::string_view()); nameless != by_name_.end()) {
    auto& messages = nameless->second->record.messages;
    if (const auto found = by_number(messages, number); found != messages.end()) {
      shrink(*nameless->second, cost(**found));
      add(entry, std::move(*found));
      messages.erase(found);
      return;
    }
  }
  if (expected_.size() >= kMostExpected) expected_.pop_front();
  expected_.push_back({number, entry->record.call_id});
}

void CallLog::thin(Entry& entry) {
  CallRecord& record = entry.record;
  while (record.messages.size() > limits_.messages_per_call || record.crossings.size() > limits_.messages_per_call ||
         entry.bytes > limits_.bytes_per_call)
    if (!drop_one(entry)) return;
}

// The oldest behind the first few goes, with its partner on the other side: half a pair would look like a message that
// was lost. Where there are only the first few, the newest.
bool CallLog::drop_one(Entry& entry) {
  CallRecord& record = entry.record;
  auto& messages = record.messages;
  auto& crossings = record.crossings;
  const auto crossing_of = [&](std::uint64_t number) {
    return std::find_if(crossings.begin(), crossings.end(), [number](const auto& crossing) {
      return crossing->entry == number || crossing->exit == number;
    });
  };
  const auto erase_message = [&](std::uint64_t number) {
    const auto found = by_number(messages, number);
    if (found == messages.end()) return;
    shrink(entry, cost(**found));
    messages.erase(found);
    ++record.dropped;
  };
  const auto erase_crossing = [&](auto crossing) {
    shrink(entry, cost(**crossing));
    crossings.erase(crossing);
  };
  // Crossings of messages that were never told.
  if (crossings.size() > messages.size()) {
    const auto orphan = std::find_if(crossings.begin(), crossings.end(), [&](const auto& crossing) {
      return by_number(messages, crossing->entry) == messages.end() &&
             by_number(messages, crossing->exit) == messages.end();
    });
    if (orphan != crossings.end()) {
      erase_crossing(orphan);
      return true;
    }
  }
  if (messages.empty()) return false;
  const std::size_t first = std::min(limits_.first_kept, messages.size() - 1);
  const std::uint64_t last_kept = first == 0 ? 0 : messages[first - 1]->number;
  std::uint64_t victim = messages.back()->number;
  for (std::size_t i = first; i < messages.size(); ++i) {
    const auto crossing = crossing_of(messages[i]->number);
    if (crossing != crossings.end() && std::min((*crossing)->entry, (*crossing)->exit) <= last_kept) continue;
    victim = messages[i]->number;
    break;
  }
  const auto crossing = crossing_of(victim);
  if (crossing == crossings.end()) {
    erase_message(victim);
  } else {
    const auto [a, b] = std::pair((*crossing)->entry, (*crossing)->exit);
    erase_crossing(crossing);
    erase_message(a);
    erase_message(b);
  }
  if (record.dropped_after == 0) record.dropped_after = last_kept;
  return true;
}

void CallLog::forget(Entries::iterator entry) {
  by_name_.erase(entry->record.call_id);
  for (const std::string& other : entry->record.others) {
    const auto found = by_name_.find(other);
    if (found != by_name_.end() && found->second == entry) by_name_.erase(found);
  }
  for (const std::string& aor : entry->aors) by_aor_.erase(aor);
  bytes_[static_cast<std::size_t>(entry->standing)] -= entry->bytes;
  list_of(entry->standing).erase(entry);
}

void CallLog::make_room() {
  Entries& unclaimed = list_of(Standing::unclaimed);
  const auto& [of_unclaimed, of_over, of_live] = bytes_;
  while (of_unclaimed > limits_.bytes_unclaimed) forget(unclaimed.begin());
  while (of_unclaimed + of_over + of_live > limits_.bytes) {
    Entries& over = list_of(Standing::over);
    Entries& live = list_of(Standing::live);
    Entries& list = !over.empty() ? over : !live.empty() ? live : unclaimed;
    if (&list != &unclaimed) ++evictions_;
    forget(list.begin());
  }
}

}  // namespace vialens

#include "userspace/call/transactions.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr Duration kCloserThanAnyTimer = std::chrono::milliseconds(100);  // T1/5: the network or the capture did it

void count(std::uint16_t& counter) noexcept {
  if (counter < std::numeric_limits<std::uint16_t>::max()) ++counter;
}

// One more copy of something that was last seen then.
void count_copy(std::uint16_t& copies, std::uint16_t& repeats, Time& last, Time now) noexcept {
  if (copies != 0 && now - last >= kCloserThanAnyTimer) count(repeats);
  count(copies);
  last = std::max(last, now);
}

std::size_t tag_of(const std::optional<sip::NameAddr>& name) {
  return name ? hash(name->params.find("tag").value_or("")) : 0;
}

bool has_to_tag(const sip::Message& message) {
  const auto to = sip::to(message);
  return to && !to->params.find("tag").value_or("").empty();
}

}  // namespace

Method method_named(std::string_view name) noexcept {
  struct Name {
    std::string_view text;
    Method method;
  };
  static constexpr std::array<Name, 14> kNames{{{"INVITE", Method::invite},
                                                {"ACK", Method::ack},
                                                {"BYE", Method::bye},
                                                {"CANCEL", Method::cancel},
                                                {"REGISTER", Method::register_},
                                                {"OPTIONS", Method::options},
                                                {"PRACK", Method::prack},
                                                {"UPDATE", Method::update},
                                                {"INFO", Method::info},
                                                {"REFER", Method::refer},
                                                {"NOTIFY", Method::notify},
                                                {"SUBSCRIBE", Method::subscribe},
                                                {"MESSAGE", Method::message},
                                                {"PUBLISH", Method::publish}}};
  const auto* const found =
      std::find_if(kNames.begin(), kNames.end(), [&](const Name& known) { return known.text == name; });
  return found == kNames.end() ? Method::other : found->method;
}

void Transaction::clear() {
  std::string kept = std::move(call_id);
  kept.clear();
  *this = Transaction{};
  call_id = std::move(kept);
}

std::size_t Transactions::Names::key(Method method, bool as_written) const noexcept {
  std::size_t key = mix(as_written ? call_as_written : call, from_tag);
  key = mix(mix(key, branch), cseq);
  return mix(key, (static_cast<std::size_t>(side) << 8U) + static_cast<std::size_t>(method));
}

std::size_t Transactions::Names::path(const Endpoint& client, const Endpoint& server) const noexcept {
  const std::size_t ends = mix(std::hash<Endpoint>{}(client), std::hash<Endpoint>{}(server));
  return mix(mix(mix(call, from_tag), cseq), mix(ends, static_cast<std::size_t>(side)));
}

Transactions::Match Transactions::observe(const Arrival& arrival) {
  const sip::Message& message = arrival.message;
  const auto via = sip::top_via(message);
  if (!via || message.call_id().empty() || message.cseq() == 0 || message.status() < 0) return {};
  const Names names{arrival.side,
                    hash(arrival.call_id),
                    hash(message.call_id()),
                    tag_of(sip::from(message)),
                    hash(via->params.find("branch").value_or("")),
                    hash(via->sent_by.text),
                    message.cseq()};
  const Method method = method_named(message.method());
  if (!message.is_request()) return on_response(arrival, names);
  return method == Method::ack ? on_ack(arrival, names) : on_request(arrival, names, method);
}

// By the name the call is known by, and by the one it had before that was known.
Transaction* Transactions::look_up(const Names& names, Method method) {
  if (Transaction* const found = table_.find(names.key(method))) return found;
  return names.call == names.call_as_written ? nullptr : table_.find(names.key(method, true));
}

Transaction& Transactions::create(const Arrival& arrival, const Names& names, Method method, std::size_t key) {
  Transaction& transaction = table_.open(key, open, arrival.time);
  const bool request = arrival.message.is_request();
  transaction.key = key;
  transaction.method = method;
  transaction.side = arrival.side;
  transaction.transport = arrival.transport;
  transaction.in_dialog = request && has_to_tag(arrival.message);
  transaction.cseq = names.cseq;
  transaction.branch = names.branch;
  transaction.sent_by = names.sent_by;
  transaction.from_tag = names.from_tag;
  transaction.client = request ? arrival.source : arrival.destination;
  transaction.server = request ? arrival.destination : arrival.source;
  transaction.first = transaction.last = arrival.time;
  if (request && method == Method::invite) invites_[names.path(transaction.client, transaction.server)] = key;
  if (request && method != Method::ack) {
    if (due_.size() >= limits_.most) {
      if (table_.find(due_.front().key) != nullptr) ++overdue_;  // else it has been counted
      due_.pop_front();
    }
    due_.push_back({arrival.time + limits_.timeout, key});
  }
  return transaction;
}

void Transactions::touch(const Transaction& transaction, Time now) {
  table_.touch(transaction.key, transaction.is_over() ? over : open, now);
}

Transactions::Match Transactions::on_request(const Arrival& arrival, const Names& names, Method method) {
  Transaction* transaction = look_up(names, method);
  // Another client that took the same branch, or the same one behind a router that changes its mind.
  if (transaction != nullptr && transaction->copies != 0 && transaction->sent_by != names.sent_by) {
    const std::size_t key = mix(names.key(method), names.sent_by);
    transaction = table_.find(key);
    if (transaction == nullptr) transaction = &create(arrival, names, method, key);
  }
  if (transaction == nullptr) transaction = &create(arrival, names, method, names.key(method));
  if (transaction->copies == 0) {
    transaction->sent_by = names.sent_by;
    transaction->in_dialog = has_to_tag(arrival.message);
  }
  transaction->call_id = arrival.call_id;
  count_copy(transaction->copies, transaction->repeats, transaction->last, arrival.time);
  if (method == Method::cancel) join(*transaction, names);
  touch(*transaction, arrival.time);
  return {transaction, transaction->copies, false};
}

// To a negative answer, it has the branch of its INVITE (RFC 3261 17.1.1.3).
Transactions::Match Transactions::on_ack(const Arrival& arrival, const Names& names) {
  Transaction* const invite = look_up(names, Method::invite);
  if (invite == nullptr || invite->is_answered()) return on_request(arrival, names, Method::ack);
  if (invite->acked == Time{}) invite->acked = arrival.time;
  count(invite->acks);
  touch(*invite, arrival.time);
  return {invite, invite->acks, false};
}

void Transactions::join(Transaction& cancel, const Names& names) {
  Transaction* invite = look_up(names, Method::invite);
  if (invite != nullptr) {
    cancel.joined = invite->sent_by == names.sent_by ? Transaction::Joined::yes : Transaction::Joined::by_branch;
  } else if (const std::size_t* const key = invites_.peek(names.path(cancel.client, cancel.server))) {
    invite = table_.find(*key);
    if (invite != nullptr) cancel.joined = Transaction::Joined::by_sent_by;
  }
  if (invite == nullptr) return;
  cancel.invite = invite->key;
  if (invite->cancelled == Time{}) invite->cancelled = cancel.first;
}

Transactions::Match Transactions::on_response(const Arrival& arrival, const Names& names) {
  const Method method = method_named(arrival.message.method());
  Transaction* transaction = look_up(names, method);
  if (transaction == nullptr) transaction = &create(arrival, names, method, names.key(method));
  transaction->call_id = arrival.call_id;
  const int status = arrival.message.status();
  Transaction::Answers& answers = status < 200 ? transaction->provisional : transaction->final;
  const bool first_answer = status >= 200 && !answers;
  const bool news = status < 200 ? answers.status != status : first_answer || (status < 300 && answers.status >= 300);
  if (!news && answers.status != status) return {transaction, 1, false};  // the first one counts
  if (news) {
    const Time first = status < 200 && answers ? answers.first : arrival.time;
    answers = {.status = status, .first = first};
  }
  answers.source = arrival.source;
  answers.destination = arrival.destination;
  count_copy(answers.copies, answers.repeats, answers.last, arrival.time);
  if (status >= 180 && status < 190 && transaction->ringing == Time{}) transaction->ringing = arrival.time;
  touch(*transaction, arrival.time);
  return {transaction, answers.copies, first_answer};
}

void Transactions::advance(Time now) {
  while (!due_.empty() && due_.front().time < now) {
    const Due due = due_.front();
    due_.pop_front();
    const Transaction* const transaction = table_.find(due.key);
    if (transaction == nullptr || transaction->copies == 0 || transaction->final ||
        (transaction->method == Method::invite && transaction->provisional))
      continue;
    timeout_(*transaction);
  }
  table_.expire(over, now - limits_.linger);
  table_.expire(open, now - limits_.open);
}

}  // namespace vialens

#include "userspace/call/dialogs.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using sip::HeaderName;

constexpr Duration kCloserThanAnyTimer = std::chrono::milliseconds(100);  // T1/5, as in transactions.cc

std::size_t tag_of(const std::optional<sip::NameAddr>& name) {
  const std::string_view tag = name ? name->params.find("tag").value_or("") : "";
  return tag.empty() ? 0 : hash(tag);
}

void count(std::uint16_t& counter) noexcept {
  if (counter < std::numeric_limits<std::uint16_t>::max()) ++counter;
}

// Which requests show that there is a dialog of a call, where its beginning was not seen. An ACK may be one to a
// negative answer, and subscriptions have dialogs of their own.
bool shows_dialog(Method method) noexcept {
  return method == Method::invite || method == Method::bye || method == Method::update || method == Method::prack ||
         method == Method::info;
}

std::string_view contact_of(const sip::Message& message) {
  sip::Values values(message, HeaderName::contact);
  const auto value = values.next();
  const auto contact = value ? sip::parse_name_addr(*value) : std::nullopt;
  return contact ? contact->uri.text : std::string_view();
}

}  // namespace

void Dialog::clear() {
  std::string kept_call_id = std::move(call_id), kept_contact = std::move(answer.contact),
              kept_uri = std::move(ack.request_uri);
  *this = Dialog{};
  for (std::string* text : {&kept_call_id, &kept_contact, &kept_uri}) text->clear();
  call_id = std::move(kept_call_id);
  answer.contact = std::move(kept_contact);
  ack.request_uri = std::move(kept_uri);
}

Dialogs::Dialogs(const Limits& limits)
    : limits_(limits), table_(limits.most, [this](std::size_t key, const Dialog& dialog) { forget(key, dialog); }) {}

void Dialogs::forget(std::size_t key, const Dialog& dialog) {
  const auto [begin, end] = by_invite_.equal_range(dialog.family);
  const auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second == key; });
  if (found != end) by_invite_.erase(found);
}

// Either of the two may have sent the message.
std::size_t Dialogs::Names::key(bool as_written) const noexcept {
  const std::size_t tags = mix(std::min(from_tag, to_tag), std::max(from_tag, to_tag));
  return mix(mix(as_written ? call_as_written : call, tags), static_cast<std::size_t>(side));
}

std::size_t Dialogs::key_of(Side side, std::string_view replaces) {
  const std::size_t semicolon = std::min(replaces.find(';'), replaces.size());
  const sip::Params params{replaces.substr(semicolon)};
  const auto to_tag = params.find("to-tag"), from_tag = params.find("from-tag");
  if (semicolon == 0 || !to_tag || !from_tag) return 0;
  const std::size_t call = hash(replaces.substr(0, semicolon));
  return Names{side, call, call, hash(*from_tag), hash(*to_tag)}.key();
}

std::size_t Dialogs::invite_key(Side side, std::size_t call, std::size_t caller_tag) noexcept {
  return mix(mix(call, caller_tag), static_cast<std::size_t>(side));
}

// By the name the call is known by, and by the one it had before that was known.
Dialog* Dialogs::look_up(const Names& names) {
  if (Dialog* const found = table_.find(names.key())) return found;
  return names.call == names.call_as_written ? nullptr : table_.find(names.key(true));
}

const Dialog* Dialogs::twin(const Dialog& dialog, Side side) const {
  const std::size_t call = hash(dialog.call_id);
  return table_.find(Names{side, call, call, dialog.caller_tag, dialog.callee_tag}.key());
}

Dialog& Dialogs::create(const Arrival& arrival, const Names& names, Dialog::State state) {
  const std::size_t key = names.key();
  Dialog& dialog = table_.open(key, early, arrival.time);
  const bool request = arrival.message.is_request();
  dialog.key = key;
  dialog.family = invite_key(names.side, names.call, names.from_tag);
  dialog.side = arrival.side;
  dialog.transport = arrival.transport;
  dialog.state = state;
  dialog.caller_tag = names.from_tag;
  dialog.callee_tag = names.to_tag;
  dialog.caller = request ? arrival.source : arrival.destination;
  dialog.callee = request ? arrival.destination : arrival.source;
  by_invite_.emplace(dialog.family, key);
  return dialog;
}

void Dialogs::touch(const Dialog& dialog, Time now) {
  const Lane lane = dialog.state == Dialog::State::ended ? over : dialog.state == Dialog::State::early ? early : up;
  table_.touch(dialog.key, lane, now);
}

Dialogs::Match Dialogs::observe(const Arrival& arrival, const Transaction* transaction) {
  const sip::Message& message = arrival.message;
  if (transaction == nullptr || transaction->method == Method::cancel || message.method() == "CANCEL") return {};
  const Names names{arrival.side, hash(arrival.call_id), hash(message.call_id()), tag_of(sip::from(message)),
                    tag_of(sip::to(message))};
  if (names.from_tag == 0 || names.to_tag == 0) return {};
  return message.is_request() ? on_request(arrival, names, transaction) : on_response(arrival, names, transaction);
}

Dialogs::Match Dialogs::on_request(const Arrival& arrival, const Names& names, const Transaction* transaction) {
  Dialog* dialog = look_up(names);
  const Method method = method_named(arrival.message.method());
  if (dialog == nullptr) {
    if (!shows_dialog(method)) return {};
    dialog = &create(arrival, names, method == Method::prack ? Dialog::State::early : Dialog::State::confirmed);
  }
  dialog->call_id = arrival.call_id;
  const Party from = names.from_tag == dialog->caller_tag ? Party::caller : Party::callee;
  std::uint32_t copy = 0;
  if (method == Method::ack) {
    if (transaction->method == Method::ack) copy = note_ack(*dialog, from, arrival);
  } else {
    dialog->last_request[static_cast<std::size_t>(from)] = arrival.time;
  }
  if (method == Method::bye && !dialog->bye_from) {
    if (dialog->state != Dialog::State::ended) dialog->ended = arrival.time;
    dialog->state = Dialog::State::ended;
    dialog->bye_from = from;
  }
  if (method == Method::invite || method == Method::update) note_try(*dialog, from, arrival);
  touch(*dialog, arrival.time);
  return {dialog, from, copy};
}

std::uint32_t Dialogs::note_ack(Dialog& dialog, Party from, const Arrival& arrival) {
  if (!dialog.answer || dialog.answer.cseq != arrival.message.cseq() || dialog.answer.by == from) return 0;
  Dialog::Ack& ack = dialog.ack;
  if (ack.copies == 0) {
    ack.first = arrival.time;
    ack.request_uri = arrival.message.request_uri();
    ack.route = arrival.message.count(HeaderName::route) != 0;
  }
  ack.source = arrival.source;
  ack.destination = arrival.destination;
  ack.last = arrival.time;
  count(ack.copies);
  return ack.copies;
}

Dialogs::Match Dialogs::on_response(const Arrival& arrival, const Names& names, const Transaction* transaction) {
  const int status = arrival.message.status();
  const bool invite = transaction->method == Method::invite;
  Dialog* dialog = look_up(names);
  if (dialog == nullptr && invite && status > 100 && status < 300) {
    dialog = &create(arrival, names, Dialog::State::early);
    dialog->whole = transaction->copies != 0 && !transaction->in_dialog;
    dialog->invite_cseq = transaction->cseq;
    if (dialog->whole) dialog->invited = transaction->first;
  }
  if (invite && status >= 300 && !transaction->in_dialog) end_early(arrival, names);
  if (dialog == nullptr) return {};
  dialog->call_id = arrival.call_id;
  const Party from = names.to_tag == dialog->callee_tag ? Party::callee : Party::caller;
  std::uint32_t copy = 0;
  if (status >= 180 && status < 190 && dialog->ringing == Time{}) dialog->ringing = arrival.time;
  if (status >= 200 && status < 300) {
    if (invite) copy = note_answer(*dialog, from, arrival);
    const bool first = invite ? copy == 1 : transaction->final.copies == 1;
    if (first && (invite || transaction->method == Method::update)) note_timer(*dialog, from, arrival);
  } else if (invite || transaction->method == Method::update) {
    note_outcome(*dialog, other(from), arrival);
  }
  if ((status == 481 || status == 408) && transaction->in_dialog) dialog->gone = arrival.time;
  touch(*dialog, arrival.time);
  return {dialog, from, copy};
}

std::uint32_t Dialogs::note_answer(Dialog& dialog, Party by, const Arrival& arrival) {
  Dialog::Answer& answer = dialog.answer;
  const std::uint32_t cseq = arrival.message.cseq();
  if (answer && answer.by == by && cseq < answer.cseq) return 0;  // of an older one, come late
  if (!answer || answer.by != by || answer.cseq != cseq) {
    answer = {.cseq = cseq, .by = by, .first = arrival.time};
    answer.contact = contact_of(arrival.message);
    answer.record_route = arrival.message.count(HeaderName::record_route) != 0;
    dialog.ack.copies = 0;
  }
  answer.source = arrival.source;
  answer.destination = arrival.destination;
  if (answer.copies != 0 && arrival.time - answer.last >= kCloserThanAnyTimer) {
    count(answer.repeats);
    if (dialog.ack) count(answer.after_ack);
  }
  count(answer.copies);
  answer.last = std::max(answer.last, arrival.time);
  if (dialog.answered == Time{}) dialog.answered = arrival.time;
  // One that came after a negative answer, or after a CANCEL, counts (RFC 3261 9.1, RFC 6026 7.1); after a BYE it does
  // not.
  if (!dialog.bye_from) {
    dialog.state = Dialog::State::confirmed;
    dialog.ended = Time{};
  }
  return answer.copies;
}

void Dialogs::note_timer(Dialog& dialog, Party by, const Arrival& arrival) {
  dialog.timer = {.since = arrival.time};
  const std::string_view value = arrival.message.first(HeaderName::session_expires);
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (value.empty() || error != std::errc{}) return;
  dialog.timer.interval = std::chrono::seconds(seconds);
  const sip::Params params{value.substr(std::min(value.find(';'), value.size()))};
  const auto refresher = params.find("refresher");
  if (!refresher) return;
  dialog.timer.refresher = sip::equal_ignoring_case(*refresher, "uas") ? by : other(by);
}

void Dialogs::note_try(Dialog& dialog, Party by, const Arrival& arrival) {
  Dialog::Try& last = dialog.timer.tries[static_cast<std::size_t>(by)];
  if (last && arrival.message.cseq() <= last.cseq) return;  // once more
  last = {.time = arrival.time, .refused = {}, .cseq = arrival.message.cseq()};
}

void Dialogs::note_outcome(Dialog& dialog, Party asked_by, const Arrival& arrival) {
  Dialog::Try& last = dialog.timer.tries[static_cast<std::size_t>(asked_by)];
  const int status = arrival.message.status();
  if (!last || last.cseq != arrival.message.cseq() || last.status != 0) return;
  if (status < 200) {
    last.provisional = true;
  } else {
    last.status = static_cast<std::uint16_t>(status);
    last.refused = arrival.time;
  }
}

// A negative answer to the INVITE is one of the whole tree (RFC 3261 12.3).
void Dialogs::end_early(const Arrival& arrival, const Names& names) {
  const auto [begin, end] = by_invite_.equal_range(invite_key(names.side, names.call, names.from_tag));
  for (auto at = begin; at != end; ++at) {
    Dialog* const dialog = table_.find(at->second);
    if (dialog == nullptr || dialog->state != Dialog::State::early || dialog->invite_cseq != arrival.message.cseq())
      continue;
    dialog->state = Dialog::State::ended;
    dialog->ended = arrival.time;
    touch(*dialog, arrival.time);
  }
}

void Dialogs::advance(Time now) {
  table_.expire(over, now - limits_.linger);
  table_.expire(early, now - limits_.early);
  table_.expire(up, now - limits_.longest);
}

}  // namespace vialens

#include "userspace/call/call_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "userspace/core/memory.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using sip::HeaderName;

std::string uri_of(const std::optional<sip::NameAddr>& name) { return name ? std::string(name->uri.text) : ""; }

std::string_view tag_of(const std::optional<sip::NameAddr>& name) {
  return name ? name->params.find("tag").value_or("") : "";
}

std::string reason_of(const sip::Message& message) { return fmt::format("{} {}", message.status(), message.reason()); }

// A REGISTER that takes bindings away: Expires 0, for all its Contacts (RFC 3261 10.2.2). Without a Contact it only
// asks.
bool asks_for_removal(const sip::Message& message) {
  const auto is_zero = [](std::string_view text) { return !text.empty() && text.find_first_not_of('0') == text.npos; };
  const std::string_view expires_of_all = message.first(HeaderName::expires);
  bool any = false;
  for (sip::Values contacts(message, HeaderName::contact); const auto value = contacts.next();) {
    const auto contact = sip::parse_name_addr(*value);
    const auto expires = contact ? contact->params.find("expires") : std::nullopt;
    if (!is_zero(expires.value_or(expires_of_all))) return false;
    any = true;
  }
  return any;
}

// How long the bindings last that a 2xx to a REGISTER lists, the longest of them (RFC 3261 10.2.4, 10.3). If it lists
// none, there is none, unless one was asked for: there are registrars that do not say.
std::chrono::seconds granted(const sip::Message& message, bool asked_for) {
  constexpr std::uint32_t kDefault = 3600, kMost = 1U << 24U;
  const auto number = [&](std::string_view text) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return std::min(value, kMost);
  };
  const std::uint32_t of_all = number(message.first(HeaderName::expires)).value_or(kDefault);
  std::uint32_t longest = asked_for && message.first(HeaderName::contact).empty() ? of_all : 0;
  for (sip::Values contacts(message, HeaderName::contact); const auto value = contacts.next();) {
    const auto contact = sip::parse_name_addr(*value);
    const auto expires = contact ? contact->params.find("expires") : std::nullopt;
    longest = std::max(longest, number(expires.value_or("")).value_or(of_all));
  }
  return std::chrono::seconds(longest);
}

// Never 0, which is none.
std::size_t attempt_id(std::string_view call_id, std::uint32_t cseq) { return mix(hash(call_id), cseq) | 1U; }

RegistrationState state_after(const Registration& registration, int status) {
  if (status < 300) return registration.removes ? RegistrationState::removed : RegistrationState::registered;
  return status == 401 || status == 407 ? RegistrationState::challenged : RegistrationState::rejected;
}

}  // namespace

std::string_view to_string(CallState state) noexcept {
  static constexpr std::array<std::string_view, 7> kNames{"calling",   "ringing", "answered",  "ended",
                                                          "cancelled", "failed",  "unanswered"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(RegistrationState state) noexcept {
  static constexpr std::array<std::string_view, 6> kNames{"asked",   "challenged", "registered",
                                                          "removed", "rejected",   "unanswered"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string aor_of(const sip::Message& message) {
  const auto name = sip::to(message);
  return name ? aor_of(name->uri) : "";
}

std::string aor_of(const sip::Uri& uri) {
  const auto lower = [](std::string_view text) {
    std::string result(text);
    for (char& c : result)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return result;
  };
  const std::string scheme = lower(uri.scheme);
  const std::string host = lower(uri.host_port.host);
  if (host.empty()) return fmt::format("{}:{}", scheme, uri.user);  // tel:
  return uri.user.empty() ? fmt::format("{}:{}", scheme, host) : fmt::format("{}:{}@{}", scheme, uri.user, host);
}

std::string aor_of_uri(std::string_view text) {
  const auto uri = sip::parse_uri(text);
  return uri ? aor_of(*uri) : "";
}

std::array<TableFill, 3> CallTable::tables() const {
  return {{{"calls", calls_.size(), limits_.calls, calls_evicted_},
           {"registrations", registrations_.size(), limits_.registrations, registrations_evicted_},
           {"aliases", aliases_.size(), most_aliases(), aliases_evicted_}}};
}

void CallTable::alias(std::string_view other, std::string_view known) {
  if (other == known || other.empty() || known.empty()) return;
  if (canonical(other) == known) return;
  if (aliases_.size() >= most_aliases()) {  // calls that are still up learn theirs again
    aliases_evicted_ += aliases_.size();
    aliases_.clear();
  }
  if (const auto reverse = aliases_.find(known); reverse != aliases_.end()) aliases_.erase(reverse);
  aliases_.insert_or_assign(std::string(other), std::string(known));
  // A call that was first seen under its other name.
  const auto found = by_call_id_.find(other);
  if (found == by_call_id_.end()) return;
  const Calls::iterator call = found->second;
  by_call_id_.erase(found);
  if (by_call_id_.contains(known)) {
    if (!call->ended) --active_;
    if (sink_.call_merged) sink_.call_merged(*call);
    calls_.erase(call);
    --calls_seen_;
    return;
  }
  call->call_id = known;
  by_call_id_.emplace(call->call_id, call);
}

void CallTable::alias_aor(const std::string& other, const std::string& known) {
  if (other == known || known.empty() || by_aor_.contains(known)) return;
  const auto found = by_aor_.find(other);
  if (found == by_aor_.end()) return;
  const Registrations::iterator registration = found->second;
  by_aor_.erase(found);
  registration->aor = known;
  by_aor_.emplace(known, registration);
}

std::string_view CallTable::canonical(std::string_view call_id) const {
  const auto found = aliases_.find(call_id);
  return found == aliases_.end() ? call_id : std::string_view(found->second);
}

Call* CallTable::find(std::string_view call_id) {
  const auto found = by_call_id_.find(canonical(call_id));
  return found == by_call_id_.end() ? nullptr : &*found->second;
}

Registration* CallTable::find_registration(std::string_view aor) {
  const auto found = by_aor_.find(aor);
  return found == by_aor_.end() ? nullptr : &*found->second;
}

void CallTable::observe(Time time, const sip::Message& message, std::string_view call_id) {
  if (message.grade() == sip::Grade::not_sip) return;
  if (message.method() == "REGISTER") return observe_register(time, message, call_id);
  if (call_id.empty()) return;  // belongs to nothing
  if (message.is_request()) return observe_request(time, message, call_id);
  if (Call* call = find(call_id)) {
    touch(*call, time);
    const CallState before = call->state;
    if (message.method() == "INVITE") counts_.answered(*call, time, message.cseq(), message.status());
    if (message.method() == "BYE") counts_.bye_answered(call->attempt, time, message.status());
    observe_response(*call, time, message);
    if (call->state != before) tell(*call);
  }
}

void CallTable::media_changed(Call& call) {
  if (!std::exchange(call.media_untold, true)) untold_.push_back(call.call_id);
}

// All streams of a call are read before any of them is told, so that what two taps counted can be compared.
void CallTable::tell_media(Time now) {
  std::erase_if(untold_, [&](const std::string& call_id) {
    Call* const call = find(call_id);
    if (call == nullptr || !call->media_untold) return true;
    if (!call->ended && now - call->media_told < limits_.media_news) return false;
    call->media_untold = false;
    call->media_told = now;
    tell(*call);
    return true;
  });
}

void CallTable::touch(Call& call, Time time) {
  call.last_seen = std::max(call.last_seen, time);
  calls_.splice(calls_.end(), calls_, by_call_id_.find(call.call_id)->second);
}

void CallTable::end(Call& call, Time time) {
  if (!call.ended) --active_;
  call.ended = time;
}

void CallTable::reopen(Call& call) {
  if (call.ended) ++active_;
  call.ended.reset();
  call.end_reason.clear();
}

Call& CallTable::open_call(Time time, const sip::Message& message, std::string_view call_id) {
  if (calls_.size() >= limits_.calls) {
    ++calls_evicted_;
    retire(calls_.begin());
  }
  Call call;
  call.call_id = call_id;
  call.from = uri_of(sip::from(message));
  call.to = uri_of(sip::to(message));
  call.from_tag = tag_of(sip::from(message));
  call.started = call.last_seen = time;
  calls_.push_back(std::move(call));
  by_call_id_.emplace(std::string(call_id), std::prev(calls_.end()));
  ++calls_seen_;
  ++active_;
  return calls_.back();
}

void CallTable::observe_request(Time time, const sip::Message& message, std::string_view call_id) {
  Call* call = find(call_id);
  const std::string_view method = message.method();
  const bool opens = call == nullptr;
  if (opens) {
    // Only an INVITE outside a dialog opens a call (RFC 3261 13): what is seen of an older one is no call of ours.
    if (method != "INVITE" || !tag_of(sip::to(message)).empty()) return;
    call = &open_call(time, message, call_id);
  }
  touch(*call, time);
  const CallState before = call->state;
  if (method == "INVITE") {
    // A new attempt, with credentials or elsewhere, after a challenge or a redirection (RFC 3261 22.2, 8.1.3.4).
    if (message.cseq() > call->invite_cseq &&
        (call->state == CallState::failed || call->state == CallState::cancelled)) {
      call->state = CallState::calling;
      reopen(*call);
    }
    if (tag_of(sip::to(message)).empty()) counts_.invited(call->attempt, time, message.cseq());
    call->invite_cseq = std::max(call->invite_cseq, message.cseq());
  } else if (method == "CANCEL" && !call->answered && !call->ended) {
    call->state = CallState::cancelled;
    end(*call, time);
    call->end_reason = "CANCEL from the caller";
  } else if (method == "BYE") {
    counts_.bye(*call, time);
    if (!call->ended) {
      call->state = CallState::ended;
      end(*call, time);
      call->end_reason =
          fmt::format("BYE from the {}", tag_of(sip::from(message)) == call->from_tag ? "caller" : "called side");
    }
  }
  if (opens || call->state != before) tell(*call);
}

void CallTable::observe_response(Call& call, Time time, const sip::Message& message) {
  if (message.method() != "INVITE" || call.answered || call.state == CallState::ended) return;
  const int status = message.status();
  if (status == 100) return;
  if (status < 200) {
    if (call.state == CallState::calling) call.state = CallState::ringing;
  } else if (status < 300) {
    call.state = CallState::answered;
    call.answered = time;
    reopen(call);
  } else if (message.cseq() >= call.invite_cseq) {
    if (call.state == CallState::cancelled) return;
    call.state = status == 487 ? CallState::cancelled : CallState::failed;
    if (!call.ended) end(call, time);
    call.end_reason = reason_of(message);
  }
}

Registration* CallTable::open_registration(Time time, const sip::Message& message, std::string_view call_id) {
  const std::string aor = aor_of(message);
  if (aor.empty()) return nullptr;
  if (Registration* known = find_registration(aor)) return known;
  // A router may have rewritten the To: the same exchange is then known under the other address. One device may use one
  // Call-ID for all its addresses (RFC 3261 10.2), but each request has a CSeq of its own.
  if (const auto found = by_register_call_id_.find(call_id);
      found != by_register_call_id_.end() && found->second->cseq == message.cseq())
    return &*found->second;
  if (!message.is_request()) return nullptr;
  if (registrations_.size() >= limits_.registrations) {
    ++registrations_evicted_;
    retire(registrations_.begin());
  }
  registrations_.emplace_back();
  Registration& registration = registrations_.back();
  registration.aor = aor;
  registration.started = registration.last_seen = time;
  by_aor_.emplace(aor, std::prev(registrations_.end()));
  ++registrations_seen_;
  return &registration;
}

void CallTable::observe_register(Time time, const sip::Message& message, std::string_view call_id) {
  Registration* registration = open_registration(time, message, call_id);
  if (registration == nullptr) return;
  const Registrations::iterator self = by_aor_.find(registration->aor)->second;
  registrations_.splice(registrations_.end(), registrations_, self);
  registration->last_seen = std::max(registration->last_seen, time);
  const bool same_exchange = registration->call_id == call_id;
  const std::size_t attempt = attempt_id(call_id, message.cseq());
  if (message.is_request()) {
    counts_.asked(registration->attempts, time, attempt);
    if (same_exchange && message.cseq() < registration->cseq) return;  // an older one, seen once more
    by_register_call_id_.erase(registration->call_id);
    registration->call_id = call_id;
    registration->cseq = message.cseq();
    by_register_call_id_.insert_or_assign(registration->call_id, self);
    registration->removes = asks_for_removal(message);
    if (sip::Values contacts(message, HeaderName::contact); const auto contact = contacts.next())
      registration->contact = *contact;
    return;
  }
  if (message.status() < 200) return;
  counts_.answered(registration->attempts, time, attempt, message.status(), registration->removes);
  if (!(same_exchange && message.cseq() < registration->cseq)) {
    registration->state = state_after(*registration, message.status());
    if (message.status() < 300)
      registration->valid_until = time + granted(message, !registration->removes && !registration->contact.empty());
    registration->reason = reason_of(message);
    tell(*registration);
  }
}

void CallTable::register_timed_out(std::string_view call_id, std::uint32_t cseq) {
  const auto found = by_register_call_id_.find(call_id);
  if (found != by_register_call_id_.end()) counts_.timed_out(found->second->attempts, attempt_id(call_id, cseq));
}

std::size_t CallTable::registrations_active(Time now) const {
  return static_cast<std::size_t>(
      std::count_if(registrations_.begin(), registrations_.end(),
                    [&](const Registration& registration) { return registration.valid_until > now; }));
}

void CallTable::retire(Calls::iterator call) {
  if (call->state == CallState::calling || call->state == CallState::ringing) {
    call->state = CallState::unanswered;
    call->end_reason = "no final response";
  }
  if (!call->ended) --active_;
  counts_.left(*call);
  sink_.call(*call);
  by_call_id_.erase(call->call_id);
  calls_.erase(call);
}

void CallTable::retire(Registrations::iterator registration) {
  if (registration->state == RegistrationState::asked) registration->state = RegistrationState::unanswered;
  counts_.left(*registration);
  sink_.registration(*registration);
  by_aor_.erase(registration->aor);
  by_register_call_id_.erase(registration->call_id);
  registrations_.erase(registration);
}

void CallTable::advance(Time now) {
  // Not at each packet: calls that are up are looked at every time.
  if (now < next_sweep_) return;
  next_sweep_ = now + std::chrono::seconds(1);
  tell_media(now);
  for (auto call = calls_.begin(); call != calls_.end();) {
    const auto current = call++;
    const Duration age = now - current->last_seen;
    if (age <= limits_.linger) break;  // those behind it were seen later
    if (current->ended || (current->answered ? age > limits_.longest : age > limits_.silence)) retire(current);
  }
}

void CallTable::finish() {
  while (!calls_.empty()) retire(calls_.begin());
  while (!registrations_.empty()) retire(registrations_.begin());
}

}  // namespace vialens

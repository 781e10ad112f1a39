#include "userspace/call/session_counts.h"

#include <algorithm>
#include <utility>

#include "userspace/call/call.h"

namespace vialens {
namespace {

double seconds(Duration duration) { return std::max(0.0, std::chrono::duration<double>(duration).count()); }

bool is_challenge(int status) { return status == 401 || status == 402 || status == 407; }

SessionResult result_of(int status) {
  if (is_challenge(status)) return SessionResult::challenged;
  switch (status) {
    case 0:
      return SessionResult::unanswered;
    case 480:
    case 486:
    case 600:
    case 603:
      return SessionResult::declined;
    case 487:
      return SessionResult::cancelled;
    case 408:
    case 500:
    case 503:
    case 504:
      return SessionResult::ineffective;
    default:
      return status < 400 ? SessionResult::redirected : SessionResult::failed;
  }
}

}  // namespace

std::string_view to_string(SessionResult result) noexcept {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(SessionResult::count_)> kNames{
      "established", "redirected", "challenged", "declined", "cancelled", "ineffective", "failed", "unanswered"};
  return kNames[static_cast<std::size_t>(result)];
}

std::string_view to_string(RegistrationResult result) noexcept {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(RegistrationResult::count_)> kNames{
      "registered", "removed", "challenged", "rejected", "unanswered"};
  return kNames[static_cast<std::size_t>(result)];
}

void SessionCounts::invited(SessionAttempt& attempt, Time time, std::uint32_t cseq) {
  if (cseq <= attempt.cseq) return;  // once more
  settle(attempt);
  attempt = SessionAttempt{.cseq = cseq, .invited = time};
  ++session_requests;
}

// Of several branches of a fork one may refuse and another accept: only what is 2xx is certain at once.
void SessionCounts::answered(Call& call, Time time, std::uint32_t cseq, int status) {
  SessionAttempt& attempt = call.attempt;
  if (cseq == 0 || cseq != attempt.cseq || attempt.established) return;
  if (status >= 180 && status < 190 && !attempt.ringing) {
    attempt.ringing = true;
    session_request_delay.observe(seconds(time - attempt.invited));
  } else if (status >= 200 && status < 300) {
    attempt.established = true;
    ++of(SessionResult::established);
    call_setup.observe(seconds(time - call.started));
  } else if (status >= 300 && attempt.status == 0) {
    attempt.status = status;
    attempt.refused = time;
  }
}

void SessionCounts::bye(Call& call, Time time) {
  SessionAttempt& attempt = call.attempt;
  if (!attempt.established || attempt.completed || attempt.bye != Time{}) return;
  attempt.bye = time;
  if (call.answered) call_duration.observe(seconds(time - *call.answered));
}

void SessionCounts::bye_answered(SessionAttempt& attempt, Time time, int status) {
  if (attempt.bye == Time{} || attempt.completed || status < 200 || status >= 300) return;
  attempt.completed = true;
  ++sessions_completed;
  session_disconnect_delay.observe(seconds(time - attempt.bye));
}

void SessionCounts::settle(const SessionAttempt& attempt) {
  if (attempt.cseq == 0 || attempt.established) return;
  const SessionResult result = result_of(attempt.status);
  ++of(result);
  const bool refused =
      result == SessionResult::declined || result == SessionResult::ineffective || result == SessionResult::failed;
  if (refused) failed_session_request_delay.observe(seconds(attempt.refused - attempt.invited));
}

void SessionCounts::left(const Call& call) {
  settle(call.attempt);
  ++calls_by_state[static_cast<std::size_t>(call.state)];
}

void SessionCounts::asked(RegisterAttempts& attempts, Time time, std::size_t id) {
  const bool known =
      std::any_of(attempts.last.begin(), attempts.last.end(), [&](const auto& one) { return one.id == id; });
  if (known) return;
  RegisterAttempts::One& one = attempts.last[std::exchange(attempts.next, (attempts.next + 1) % attempts.last.size())];
  if (one.open) ++of(RegistrationResult::unanswered);
  one = {id, time, true};
  ++registration_requests;
}

void SessionCounts::answered(RegisterAttempts& attempts, Time time, std::size_t id, int status, bool removes) {
  for (RegisterAttempts::One& one : attempts.last) {
    if (one.id != id || !std::exchange(one.open, false)) continue;
    if (status >= 300) {
      ++of(is_challenge(status) ? RegistrationResult::challenged : RegistrationResult::rejected);
    } else if (removes) {
      ++of(RegistrationResult::removed);
    } else {
      ++of(RegistrationResult::registered);
      registration_request_delay.observe(seconds(time - one.asked));
    }
  }
}

void SessionCounts::timed_out(RegisterAttempts& attempts, std::size_t id) {
  for (RegisterAttempts::One& one : attempts.last)
    if (one.id == id && std::exchange(one.open, false)) ++of(RegistrationResult::unanswered);
}

void SessionCounts::left(const Registration& registration) {
  for (const RegisterAttempts::One& one : registration.attempts.last)
    if (one.open) ++of(RegistrationResult::unanswered);
}

}  // namespace vialens

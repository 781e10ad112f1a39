// How well calls and registrations are set up, counted as RFC 6076 (SIP performance metrics) asks for.
//
// Counts, and no ratios: those are made of two readings of them. A message may come again (a retransmission, a fork,
// the other side of the router) and counts once, because what was counted is kept with the call or the registration.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "userspace/core/histogram.h"
#include "userspace/core/time.h"

namespace vialens {

struct Call;
struct Registration;

// Seconds. Delays of signalling: from a LAN to the time-outs of RFC 3261.
inline constexpr std::array kDelayBounds{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 32.0};
inline constexpr std::array kSetupBounds{0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 30.0, 60.0, 120.0};
// 32 s is where a call ends whose ACK was lost, 1800 s where a session timer was not refreshed (RFC 4028).
inline constexpr std::array kDurationBounds{1.0,   5.0,   15.0,  31.0,   33.0,   60.0,   120.0,
                                            300.0, 600.0, 900.0, 1700.0, 1900.0, 3600.0, 7200.0};

// What became of an INVITE that was to begin a session.
enum class SessionResult : std::uint8_t {
  established,  // 2xx
  redirected,   // 3xx
  challenged,   // 401, 402, 407: no failure (RFC 6076 4)
  declined,     // 480, 486, 600, 603: the called side could not or would not; the network did its part (4.7, SEER)
  cancelled,    // 487
  ineffective,  // 408, 500, 503, 504 (4.8, ISA)
  failed,       // any other 4xx, 5xx, 6xx
  unanswered,   // no final response was seen
  count_
};

enum class RegistrationResult : std::uint8_t {
  registered,
  removed,
  challenged,  // 401, 402, 407: no failure (RFC 6076 4)
  rejected,    // any other 3xx to 6xx (4.2, IRA)
  unanswered,  // no final response within 32 s (64*T1; 4.2, IRA)
  count_
};

std::string_view to_string(SessionResult result) noexcept;
std::string_view to_string(RegistrationResult result) noexcept;

// Of a call, the INVITE that was sent last to begin it, and its end. Kept with the call.
struct SessionAttempt {
  std::uint32_t cseq = 0;  // 0: none was seen
  int status = 0;          // the first negative final answer; 0: none
  Time invited{}, refused{};
  Time bye{};  // the first one
  bool ringing = false, established = false, completed = false;
};

// Of a registration, the REGISTERs that were sent last: several phones may have one address. Kept with it.
struct RegisterAttempts {
  struct One {
    std::size_t id = 0;  // of Call-ID and CSeq, a hash; 0: none
    Time asked{};
    bool open = false;
  };
  std::array<One, 4> last{};
  std::size_t next = 0;
};

// The counts; and the only place that adds to them.
class SessionCounts {
 public:
  using Delays = Histogram<kDelayBounds>;

  // An INVITE without a To tag, an answer to an INVITE, a BYE, the answer to one.
  void invited(SessionAttempt& attempt, Time time, std::uint32_t cseq);
  void answered(Call& call, Time time, std::uint32_t cseq, int status);
  void bye(Call& call, Time time);
  void bye_answered(SessionAttempt& attempt, Time time, int status);
  void left(const Call& call);  // forgotten, which is when its end is certain

  void asked(RegisterAttempts& attempts, Time time, std::size_t id);
  void answered(RegisterAttempts& attempts, Time time, std::size_t id, int status, bool removes);
  void timed_out(RegisterAttempts& attempts, std::size_t id);
  void left(const Registration& registration);

  std::uint64_t session_requests = 0, sessions_completed = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(SessionResult::count_)> sessions{};
  Delays session_request_delay;         // SRD: INVITE to the first 18x
  Delays failed_session_request_delay;  // the same for those that fail: to the answer that says so
  Delays session_disconnect_delay;      // SDD: BYE to its 2xx
  Histogram<kSetupBounds> call_setup;
  Histogram<kDurationBounds> call_duration;       // SDT: 2xx to BYE
  std::array<std::uint64_t, 7> calls_by_state{};  // by CallState, as they were forgotten
  std::uint64_t registration_requests = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(RegistrationResult::count_)> registrations{};
  Delays registration_request_delay;  // RRD: REGISTER to its 2xx

 private:
  void settle(const SessionAttempt& attempt);
  std::uint64_t& of(SessionResult result) { return sessions[static_cast<std::size_t>(result)]; }
  std::uint64_t& of(RegistrationResult result) { return registrations[static_cast<std::size_t>(result)]; }
};

}  // namespace vialens

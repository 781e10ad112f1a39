// What became of one call, and of one registration: as much as the signalling tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/call/call_stream.h"
#include "userspace/call/session_counts.h"
#include "userspace/core/time.h"

namespace vialens {

enum class CallState : std::uint8_t {
  calling,     // INVITE seen
  ringing,     // 18x seen
  answered,    // 2xx seen
  ended,       // was answered, BYE seen
  cancelled,   // CANCEL seen before an answer, or 487
  failed,      // final response of 3xx to 6xx
  unanswered,  // no final response until the end of what was seen
};

std::string_view to_string(CallState state) noexcept;

struct Call {
  std::string call_id;   // as first seen
  std::string from, to;  // URIs of the first INVITE
  std::string from_tag;
  CallState state = CallState::calling;
  Time started, last_seen;
  std::optional<Time> answered, ended;
  std::string end_reason;  // "BYE from the caller", "486 Busy Here"
  std::uint32_t invite_cseq = 0;
  std::vector<std::string> findings;       // ids, in order of appearance
  std::vector<std::string_view> likely{};  // those of them that are no mere hint
  Codecs codecs;                           // that were offered or answered
  std::vector<CallStream> media;           // RTP, at each tap
  Time media_told{};                       // when it was last told with news of its media
  bool media_untold = false;               // there are others since
  SessionAttempt attempt{};                // what was counted of it

  static constexpr std::size_t kMostStreams = 32;
};

enum class RegistrationState : std::uint8_t { asked, challenged, registered, removed, rejected, unanswered };

std::string_view to_string(RegistrationState state) noexcept;

struct Registration {
  std::string aor;      // the To URI
  std::string call_id;  // of the last REGISTER
  std::string contact;  // of the last REGISTER
  RegistrationState state = RegistrationState::asked;
  Time started, last_seen;
  std::uint32_t cseq = 0;  // of the last REGISTER
  bool removes = false;    // which asks for removal
  std::string reason;      // "403 Forbidden"
  Time valid_until{};      // of the binding, as the registrar granted it; before now where there is none
  RegisterAttempts attempts{};
  std::vector<std::string> findings;
};

}  // namespace vialens

// A REGISTER is challenged again and again, although it answers the challenge.
//
// A REGISTER with credentials for the nonce of the last challenge gets another challenge, with another nonce, and so
// on: three times within a minute, and none in between that was accepted (RFC 3261 22.1, RFC 7616 3.3). A challenge
// that says stale=true means that the nonce was too old and the password right, and credentials for an older nonce
// prove nothing.
//
// Whether the password is wrong or the box changed what was computed with it, this does not say: alg-authorization
// does.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/call/call_table.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr std::size_t kCycles = 3;
constexpr Duration kWindow = std::chrono::seconds(60);
constexpr double kConfidence = 0.93;

// A parameter of credentials or of a challenge, without its quotes.
std::string_view parameter(std::string_view value, std::string_view name) {
  for (std::size_t at = 0; (at = value.find(name, at)) != value.npos; at += name.size()) {
    if (at != 0 && value[at - 1] != ' ' && value[at - 1] != ',') continue;  // cnonce ends like nonce
    std::string_view rest = value.substr(at + name.size());
    const std::size_t equals = rest.find_first_not_of(" \t");
    if (equals == rest.npos || rest[equals] != '=') continue;
    rest.remove_prefix(equals + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (!rest.empty() && rest.front() == '"') return rest.substr(1, rest.find('"', 1) - 1);
    return rest.substr(0, rest.find_first_of(" ,\t"));
  }
  return {};
}

class RegAuthLoop final : public Detector {
 public:
  void on_message(const Seen& seen, Findings& findings) override {
    if (is_request(seen, Method::register_)) {
      const std::string_view credentials = credentials_of(*seen.sighting.message);
      if (!credentials.empty()) used_[seen.transaction->key] = hash(parameter(credentials, "nonce"));
      return;
    }
    if (!is_answer(seen, Method::register_) || seen.copy != 1) return;
    const int status = seen.sighting.message->status();
    if (status == 401 || status == 407)
      on_challenge(seen, findings);
    else if (status < 300 && status >= 200)
      loops_.erase(loop_of(seen));
  }

 private:
  struct Loop {
    std::size_t nonce = 0;                // of the last challenge
    std::array<Time, kCycles> refused{};  // the last one first
  };

  static std::string_view credentials_of(const sip::Message& message) {
    const std::string_view own = message.first(sip::HeaderName::authorization);
    return own.empty() ? message.first(sip::HeaderName::proxy_authorization) : own;
  }

  // Of one phone, as this side sees it.
  static std::size_t loop_of(const Seen& seen) {
    const Transaction& transaction = *seen.transaction;
    const std::size_t phone =
        mix(std::hash<Address>{}(transaction.client.address), hash(aor_of(*seen.sighting.message)));
    return mix(phone, static_cast<std::size_t>(transaction.side));
  }

  void on_challenge(const Seen& seen, Findings& findings) {
    const sip::Message& message = *seen.sighting.message;
    const std::string_view own = message.first(sip::HeaderName::www_authenticate);
    const std::string_view challenge = own.empty() ? message.first(sip::HeaderName::proxy_authenticate) : own;
    Loop& loop = loops_[loop_of(seen)];
    const std::size_t nonce = hash(parameter(challenge, "nonce"));
    const std::size_t* const used = used_.peek(seen.transaction->key);
    const bool stale = sip::equal_ignoring_case(parameter(challenge, "stale"), "true");
    const bool refused = used != nullptr && *used == loop.nonce && nonce != loop.nonce && !stale;
    loop.nonce = nonce;
    if (!refused) return;
    std::rotate(loop.refused.begin(), loop.refused.end() - 1, loop.refused.end());
    loop.refused[0] = seen.sighting.time;
    const Time first = loop.refused.back();
    if (first == Time{} || seen.sighting.time - first > kWindow) return;
    tell(seen, seen.sighting.time - first, findings);
  }

  static void tell(const Seen& seen, Duration in, Findings& findings) {
    const FindingKind* const kind = find_kind("reg-auth-loop");
    if (findings.repeats(kind, subject_of(*seen.sighting.message, seen.call_id), kConfidence)) return;
    Finding finding = finding_of(kind, kConfidence, seen.sighting, seen.call_id);
    finding.detail =
        fmt::format("REGISTER with credentials for the last challenge was challenged anew {} times in {:.0f} s.",
                    kCycles, seconds(in));
    finding.evidence.push_back(evidence_of(seen.sighting, "status", "", seen.sighting.message->start_line()));
    findings.add(finding);
  }

  Memory<std::size_t> used_{8192};  // by transaction: the nonce it answers
  Memory<Loop> loops_{8192};
};

}  // namespace

std::unique_ptr<Detector> make_reg_auth_loop() { return std::make_unique<RegAuthLoop>(); }

}  // namespace vialens

// A REGISTER is rejected.
//
// Where the REGISTER is broken by itself, names the router's address where its domain has to be, or was changed by the
// box in something that the answer is about, the first rejection is told. Without any of that the account may be wrong
// or blocked: likely, when the phone tries again and is rejected again, and never where it is told to ask in another
// way (challenges, redirections, 423 with a longer lifetime, 420 and 494 with other options) or that the server has no
// time for anybody.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/call/call_table.h"
#include "userspace/detect/all.h"
#include "userspace/detect/altered.h"
#include "userspace/detect/signalling.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kProved = 0.93, kFits = 0.85, kAgain = 0.65, kOnce = 0.4;
constexpr int kTimes = 2;

bool is_rejection(int status) noexcept {
  static constexpr std::array<int, 11> kStatuses{400, 403, 404, 405, 406, 410, 416, 480, 500, 503, 604};
  return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}
bool may_pass(int status) noexcept { return status == 480 || status == 500 || status == 503; }

constexpr std::uint32_t kReasons =
    Altered::bits(Field::content_length, Field::truncated, Field::corrupted, Field::header_removed, Field::request_uri,
                  Field::from, Field::to, Field::identity, Field::authorization, Field::route);

class RegRejected final : public Detector {
 public:
  void on_crossing(const Crossing& crossing, Findings&) override {
    if (crossing.entry.message->method() == "REGISTER") altered_.note(crossing);
  }

  void on_message(const Seen& seen, Findings& findings) override {
    if (is_request(seen, Method::register_)) return note(seen);
    if (!is_answer(seen, Method::register_) || seen.copy != 1) return;
    const sip::Message& answer = *seen.sighting.message;
    if (answer.status() >= 200 && answer.status() < 300) times_.erase(phone_of(seen));
    if (is_rejection(answer.status())) judge(seen, findings);
  }

 private:
  static std::size_t phone_of(const Seen& seen) {
    const std::size_t phone =
        mix(std::hash<Address>{}(seen.transaction->client.address), hash(aor_of(*seen.sighting.message)));
    return mix(phone, static_cast<std::size_t>(seen.sighting.tap->side));
  }

  void note(const Seen& seen) {
    const sip::Message& message = *seen.sighting.message;
    std::string why(flaw_of(seen.sighting).value_or(""));
    if (why.empty() && names_router(seen)) why = "its To names the address that it comes from instead of a domain";
    if (!why.empty())
      flaws_[seen.transaction->key] = why;
    else if (message.grade() == sip::Grade::odd && message.flaws().has(sip::Flaw::loose_address))
      flaws_[seen.transaction->key] = "an address in it does not follow the rules";
  }

  // A phone that has no domain is configured with the server's address, never with that of the NAT in front of it.
  static bool names_router(const Seen& seen) {
    const auto to = sip::to(*seen.sighting.message);
    const auto host = to ? Address::parse(to->uri.host_port.host) : std::nullopt;
    return host && *host == seen.sighting.source.address;
  }

  void judge(const Seen& seen, Findings& findings) {
    const sip::Message& answer = *seen.sighting.message;
    const std::string* const flaw = flaws_.peek(seen.transaction->key);
    const Altered::Note* const note = altered_.find(seen.call_id, "REGISTER", answer.cseq());
    const int times = ++times_[phone_of(seen)];
    double confidence = times >= kTimes + (may_pass(answer.status()) ? 2 : 0) ? kAgain : kOnce;
    std::string why;
    if (note != nullptr && ((note->fields & kReasons) != 0 || note->grade == Grade::broken)) {
      confidence = note->grade == Grade::broken ? kProved : kFits;
      why = fmt::format(": the router changed its {}", note->where);
    } else if (flaw != nullptr) {
      confidence = kFits;
      why = ": " + *flaw;
    }
    tell(seen, confidence, why, note, findings);
  }

  static void tell(const Seen& seen, double confidence, const std::string& why, const Altered::Note* note,
                   Findings& findings) {
    const sip::Message& answer = *seen.sighting.message;
    const FindingKind* const kind = find_kind("reg-rejected");
    if (findings.repeats(kind, subject_of(answer, seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, seen.sighting, seen.call_id);
    finding.direction = "out";
    finding.detail =
        fmt::format("REGISTER (CSeq {}) was answered {} {}{}.", answer.cseq(), answer.status(), answer.reason(), why);
    finding.evidence.push_back(evidence_of(seen.sighting, "status", "", answer.start_line()));
    if (note != nullptr)
      finding.evidence.push_back(
          {seen.sighting.tap->name, "REGISTER", answer.cseq(), note->where, note->before, note->after});
    findings.add(finding);
  }

  Altered altered_;
  Memory<std::string> flaws_{2048};  // by transaction
  Memory<int> times_{8192};          // by phone: rejections since it was accepted
};

}  // namespace

std::unique_ptr<Detector> make_reg_rejected() { return std::make_unique<RegRejected>(); }

}  // namespace vialens

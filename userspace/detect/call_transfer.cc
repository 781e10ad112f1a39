// A transfer fails (RFC 3515, 3891, 5589): the REFER is refused or nobody answers it, the transferee reports that it
// could not call (NOTIFY with a sipfrag), or the call that is to replace another one names one that its receiver does
// not know (481).
//
// That the person to whom was transferred is busy, does not want to, or does not come, is that person's affair.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr double kReported = 0.9, kRefused = 0.85, kUnanswered = 0.85, kReplaces = 0.85, kPersonal = 0.3;
constexpr Duration kNoAnswer = std::chrono::seconds(7);
constexpr std::size_t kMostOpen = 16384;

// The status of "SIP/2.0 404 Not Found", which a message/sipfrag begins with (RFC 3420); 0 for anything else.
int status_of(std::string_view fragment) {
  constexpr std::string_view kVersion = "SIP/2.0 ";
  if (!fragment.starts_with(kVersion)) return 0;
  fragment.remove_prefix(kVersion.size());
  int status = 0;
  std::from_chars(fragment.data(), fragment.data() + std::min<std::size_t>(fragment.size(), 3), status);
  return status;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

// Busy, no answer, declined, cancelled (RFC 3261 21).
bool is_personal(int status) {
  constexpr int kOfPeople[] = {480, 486, 487, 600, 603};
  return std::find(std::begin(kOfPeople), std::end(kOfPeople), status) != std::end(kOfPeople);
}

class CallTransfer final : public Detector {
 public:
  explicit CallTransfer(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Transaction* const transaction = seen.transaction;
    if (transaction == nullptr) return;
    const sip::Message& message = *seen.sighting.message;
    if (transaction->method == Method::refer)
      on_refer(seen, findings);
    else if (transaction->method == Method::notify && message.is_request())
      on_notify(seen, findings);
    else if (transaction->method == Method::invite)
      on_invite(seen, findings);
  }

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time, Findings& findings) override {
    std::erase_if(open_, [&](const Open& refer) {
      const Transaction* const transaction = scene_.transactions.find(refer.transaction);
      if (transaction == nullptr || transaction->final || transaction->provisional || lost_ > refer.time) return true;
      const Time until = std::max({transaction->last, scene_.packets[refer.tap], scene_.heard[refer.tap]});
      if (until - refer.time < kNoAnswer) return false;
      tell(refer.call_id, kUnanswered, until, scene_.taps[refer.tap].name, "REFER", refer.cseq,
           fmt::format("The request to transfer (REFER) was sent {} times, and nobody answers", transaction->copies),
           "", findings);
      return true;
    });
  }
  void finish(Time now, Findings& findings) override { advance(now, findings); }

 private:
  struct Open {
    std::string call_id;
    std::size_t transaction = 0;
    TapId tap = 0;
    std::uint32_t cseq = 0;
    Time time{};
  };

  void on_refer(const Seen& seen, Findings& findings) {
    const sip::Message& message = *seen.sighting.message;
    if (message.is_request()) {
      attended_[hash(seen.call_id)] =
          message.first(sip::HeaderName::refer_to).find("Replaces=") != std::string_view::npos;
      if (seen.copy == 1 && open_.size() < kMostOpen)
        open_.push_back({std::string(seen.call_id), seen.transaction->key, seen.sighting.tap->id, message.cseq(),
                         seen.sighting.time});
      return;
    }
    const int status = message.status();
    if (status < 300 || status == 401 || status == 407 || status == 491) return;
    tell(seen, kRefused, "The request to transfer (REFER) was refused", findings);
  }

  void on_notify(const Seen& seen, Findings& findings) {
    const sip::Message& message = *seen.sighting.message;
    if (!message.first(sip::HeaderName::event).starts_with("refer")) return;
    const int status = status_of(message.body());
    if (status < 300) return;
    tell(seen, is_personal(status) ? kPersonal : kReported,
         fmt::format("The other end could not call where it was transferred to, and reports \"{}\"",
                     first_line(message.body())),
         findings);
  }

  // A call that is to take another one's place (RFC 3891 3).
  void on_invite(const Seen& seen, Findings& findings) {
    const sip::Message& message = *seen.sighting.message;
    if (message.is_request()) {
      if (!seen.transaction->in_dialog && !message.first(sip::HeaderName::replaces).empty())
        replaces_[hash(seen.call_id)] = true;
      return;
    }
    if (message.status() == 481 && !seen.transaction->in_dialog && replaces_.peek(hash(seen.call_id)) != nullptr)
      tell(seen, kReplaces, "The call that was to take the place of another one names one that does not exist",
           findings);
  }

  void tell(const Seen& seen, double confidence, const std::string& what, Findings& findings) const {
    const sip::Message& message = *seen.sighting.message;
    const std::string_view answer = message.is_request() ? first_line(message.body()) : message.start_line();
    tell(seen.call_id, confidence, seen.sighting.time, seen.sighting.tap->name, describe(message), message.cseq(), what,
         answer, findings);
  }

  void tell(std::string_view call_id, double confidence, Time time, const std::string& tap, const std::string& message,
            std::uint32_t cseq, const std::string& what, std::string_view answer, Findings& findings) const {
    const FindingKind* const kind = find_kind("call-transfer-failed");
    const Subject subject = subject_of_call(call_id);
    if (findings.repeats(kind, subject, confidence)) return;
    const bool* const attended = attended_.peek(hash(call_id));
    Finding finding;
    finding.kind = kind;
    finding.confidence = confidence;
    finding.time = time;
    finding.subject = subject;
    finding.detail = fmt::format("{}{}.", what,
                                 attended == nullptr ? ""
                                 : *attended         ? " (an attended transfer)"
                                                     : " (a blind transfer)");
    finding.evidence.push_back({tap, message, cseq, "result", "", std::string(answer.substr(0, 200))});
    findings.add(finding);
  }

  const Scene& scene_;
  Memory<bool> attended_{16384};  // calls with a REFER
  Memory<bool> replaces_{16384};  // calls that are to replace another one
  std::vector<Open> open_;        // REFERs without an answer
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_call_transfer(const Scene& scene) { return std::make_unique<CallTransfer>(scene); }

}  // namespace vialens

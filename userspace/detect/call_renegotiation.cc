// A request to change the media of a call fails: to hold it, to take it back, to switch to fax (T.38).
//
// It fails if it is refused, or if nobody answers it at all. What every client repairs by itself is no failure: a
// challenge (401, 407), two offers that met (491, RFC 3261 14.1), a session timer that is too short (422), one that
// comes while another one is being answered (500 with Retry-After, 14.2, RFC 3311 5.2), and a refusal after which
// another offer of the same kind is accepted, or instead of fax one of voice, over which the fax goes on (G.711).
// Neither is one that was taken back or that a BYE overtook: 487 (15.1.2, 9.2), any refusal after the BYE, and 481 from
// who sends one.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/detect/all.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr double kRefused = 0.85, kUnanswered = 0.85, kGivenUp = 0.75;
constexpr Duration kNoAnswer = std::chrono::seconds(7);   // five copies over UDP (RFC 3261 17.1.1.2)
constexpr Duration kShort = std::chrono::seconds(3);      // four copies, and then given up
constexpr Duration kSecondTry = std::chrono::seconds(4);  // after a refusal
constexpr std::size_t kMostOpen = 65536;

enum class Kind : std::uint8_t { hold, resume, fax };

constexpr std::string_view kIds[] = {"call-hold-failed", "call-resume-failed", "call-fax-failed"};
constexpr std::string_view kWhats[] = {"to put the call on hold", "to take the call back from hold",
                                       "to switch to fax (T.38)"};

bool asks_for_fax(const sip::Sdp& sdp) {
  return std::any_of(sdp.media().begin(), sdp.media().end(), [](const sip::Media& media) {
    return media.kind == "image" && media.port != 0 && media.formats.find("t38") != media.formats.npos;
  });
}

// By a second request, or it was taken back.
bool needs_nothing(int status) {
  return status == 401 || status == 407 || status == 491 || status == 422 || status == 487;
}

// How long a client waits before it asks again, where it was told to: zero to ten seconds (RFC 3261 14.2). Who names a
// longer time refuses.
Duration told_to_wait(const sip::Message& message) {
  constexpr unsigned kLongest = 10;
  if (message.status() != 500) return {};
  const std::string_view value = header_of(message, "Retry-After");
  unsigned wait = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), wait);
  if (value.empty() || error != std::errc{} || wait > kLongest) return {};
  return std::chrono::seconds(std::max(wait, 1U));
}

class CallRenegotiation final : public Detector {
 public:
  explicit CallRenegotiation(const Scene& scene) : scene_(scene) {}

  void on_message(const Seen& seen, Findings& findings) override {
    const Transaction* const transaction = seen.transaction;
    if (is_request(seen, Method::ack)) settle(seen);
    if (transaction == nullptr || (transaction->method != Method::invite && transaction->method != Method::update))
      return;
    if (seen.sighting.message->is_request()) {
      if (transaction->in_dialog && seen.sdp != nullptr && seen.copy == 1) begin(seen);
      return;
    }
    if (seen.sighting.message->status() >= 200) finish_one(seen);
    (void)findings;
  }

  void on_capture_loss(Time now) override { lost_ = std::max(lost_, now); }

  void advance(Time now, Findings& findings) override {
    std::erase_if(open_, [&](const Attempt& attempt) { return is_decided(attempt, now, findings); });
  }
  void finish(Time now, Findings& findings) override { advance(now, findings); }

 private:
  struct Attempt {
    Kind kind = Kind::hold;
    std::string call_id;
    std::size_t transaction = 0;
    TapId tap = 0;
    std::uint32_t cseq = 0;
    std::string method;
    Time time{};
    int status = 0;  // refused with
    std::string reason;
    Time refused{};
    Duration wait{};         // before the second one
    std::size_t dialog = 0;  // its key
    std::optional<Party> by{};
    std::size_t voice = 0;  // the transaction that offered voice after fax was refused
    std::uint32_t voice_cseq = 0;
  };

  void begin(const Seen& seen) {
    const CallMedium* const call = scene_.calls.find(seen.call_id);
    if (call == nullptr || call->answered == Time{} || open_.size() >= kMostOpen) return;
    if (seen.dialog != nullptr && seen.dialog->bye_from) return;
    Kind kind = Kind::fax;
    if (!asks_for_fax(*seen.sdp)) {
      const Description description = describe_audio(*seen.sdp, *seen.sdp);
      if (description.active && !description.holds) note_voice(seen);
      if (!description.active || description.holds == call->held) return;
      kind = description.holds ? Kind::hold : Kind::resume;
    } else if (call->fax) {
      return;
    }
    const sip::Message& message = *seen.sighting.message;
    open_.push_back({kind,
                     std::string(seen.call_id),
                     seen.transaction->key,
                     seen.sighting.tap->id,
                     message.cseq(),
                     std::string(message.method()),
                     seen.sighting.time,
                     0,
                     "",
                     {},
                     {},
                     seen.dialog == nullptr ? 0 : seen.dialog->key,
                     seen.from});
  }

  // Who acknowledges an answer has got one, though it was not seen here.
  void settle(const Seen& seen) {
    std::erase_if(open_, [&](const Attempt& one) {
      return one.call_id == seen.call_id &&
             ((one.voice_cseq == seen.transaction->cseq && !is_answered(one.voice)) ||
              (one.status == 0 && one.method == "INVITE" && one.cseq == seen.transaction->cseq));
    });
  }

  bool is_answered(std::size_t key) const {
    const Transaction* const transaction = scene_.transactions.find(key);
    return transaction != nullptr && transaction->final;
  }

  void note_voice(const Seen& seen) {
    for (Attempt& attempt : open_)
      if (attempt.kind == Kind::fax && attempt.status != 0 && attempt.call_id == seen.call_id)
        attempt.voice = seen.transaction->key, attempt.voice_cseq = seen.transaction->cseq;
  }

  void finish_one(const Seen& seen) {
    const sip::Message& message = *seen.sighting.message;
    if (message.status() < 300)
      std::erase_if(
          open_, [&](const Attempt& one) { return one.voice == seen.transaction->key && one.call_id == seen.call_id; });
    const auto attempt = std::find_if(open_.begin(), open_.end(), [&](const Attempt& one) {
      return one.transaction == seen.transaction->key && one.call_id == seen.call_id;
    });
    if (attempt == open_.end()) return;
    if (message.status() < 300) {  // and what was refused before is made good
      const Kind kind = attempt->kind;
      std::erase_if(open_, [&](const Attempt& one) { return one.kind == kind && one.call_id == seen.call_id; });
    } else if (needs_nothing(message.status()) || (seen.dialog != nullptr && hung_up_by(scene_, *seen.dialog))) {
      open_.erase(attempt);
    } else if (attempt->status == 0) {
      attempt->status = message.status();
      attempt->reason = message.reason();
      attempt->refused = seen.sighting.time;
      attempt->wait = told_to_wait(message);
    }
  }

  bool is_decided(const Attempt& attempt, Time now, Findings& findings) const {
    const CallMedium* const call = scene_.calls.find(attempt.call_id);
    if (call == nullptr) return true;
    const bool ended = call->ended != Time{};
    if (attempt.status != 0) {
      if (overtaken(attempt) || (ended && attempt.wait != Duration::zero())) return true;
      if (!ended && now - attempt.refused < attempt.wait + kSecondTry) return false;
      tell(attempt, kRefused, attempt.refused, fmt::format("was refused with {} {}", attempt.status, attempt.reason),
           findings);
      return true;
    }
    const Transaction* const transaction = scene_.transactions.find(attempt.transaction);
    if (transaction == nullptr || transaction->final || lost_ > attempt.time) return true;
    if (transaction->provisional) return now - attempt.time > std::chrono::minutes(1);
    const Time until = std::max({transaction->last, scene_.packets[attempt.tap], scene_.heard[attempt.tap]});
    const bool given_up = (ended || transaction->cancelled != Time{}) && transaction->last - attempt.time >= kShort;
    if (until - attempt.time < kNoAnswer && !given_up) return ended;
    if (transaction->transport == Transport::udp && transaction->copies < 2) return true;  // it would be repeated
    tell(attempt, given_up && until - attempt.time < kNoAnswer ? kGivenUp : kUnanswered, now,
         fmt::format("was sent {} times within {:.1f} s, and nobody answers", transaction->copies,
                     std::chrono::duration<double>(transaction->last - attempt.time).count()),
         findings);
    return true;
  }

  // Who does not know the dialog sends no BYE in it: the two met, and the BYE comes late here.
  bool overtaken(const Attempt& attempt) const {
    const Dialog* const dialog = attempt.status == 481 ? scene_.dialogs.find(attempt.dialog) : nullptr;
    return dialog != nullptr && attempt.by && hung_up_by(scene_, *dialog) == other(*attempt.by);
  }

  void tell(const Attempt& attempt, double confidence, Time time, const std::string& what, Findings& findings) const {
    const auto kind = static_cast<std::size_t>(attempt.kind);
    const FindingKind* const row = find_kind(kIds[kind]);
    const Subject subject = subject_of_call(attempt.call_id);
    if (findings.repeats(row, subject, confidence)) return;
    Finding finding;
    finding.kind = row;
    finding.confidence = confidence;
    finding.time = time;
    finding.subject = subject;
    finding.detail = fmt::format("The request {} ({}, CSeq {}) {}.", kWhats[kind], attempt.method, attempt.cseq, what);
    finding.evidence.push_back({scene_.taps[attempt.tap].name, attempt.method, attempt.cseq, "answer", "",
                                attempt.status == 0 ? "" : fmt::format("{} {}", attempt.status, attempt.reason)});
    findings.add(finding);
  }

  const Scene& scene_;
  std::vector<Attempt> open_;
  Time lost_{};
};

}  // namespace

std::unique_ptr<Detector> make_call_renegotiation(const Scene& scene) {
  return std::make_unique<CallRenegotiation>(scene);
}

}  // namespace vialens

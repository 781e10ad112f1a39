// A phone's INVITE was rejected, and not because of who was called.
//
// An answer alone does not say so: who mistypes a number gets a 404, too. So the INVITE must have been broken by
// itself, or the box must have changed in it what such an answer is about, and INVITEs with the same changes must not
// have been answered otherwise: where they work, the changes are not the reason.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "userspace/detect/all.h"
#include "userspace/detect/altered.h"
#include "userspace/detect/signalling.h"

namespace vialens {
namespace {

constexpr double kMalformed = 0.93, kFits = 0.85, kOnlyRefused = 0.35, kMayFit = 0.6;

// What an answer may be about.
struct Reproach {
  int status;
  std::uint32_t fields;
  double confidence;
};
constexpr std::uint32_t kUnreadable =
    Altered::bits(Field::content_length, Field::truncated, Field::corrupted, Field::header_removed);
constexpr std::uint32_t kNames =
    Altered::bits(Field::request_uri, Field::from, Field::to, Field::identity, Field::authorization, Field::route);
constexpr std::uint32_t kBody = Altered::bits(Field::sdp_attribute, Field::sdp_media_port);
constexpr std::uint32_t kAny = ~Altered::bits(Field::user_agent);
constexpr std::array<Reproach, 16> kReproaches{
    {{400, kUnreadable | kNames, kFits},
     {400, kAny, kMayFit},
     {403, kNames, kFits},
     {404, Altered::bits(Field::request_uri, Field::to, Field::route), kFits},
     {411, kUnreadable, kFits},
     {413, kUnreadable, kFits},
     {414, kNames, kFits},
     {415, kUnreadable | kBody, kFits},
     {416, kNames, kFits},
     {420, kUnreadable | Altered::bits(Field::header_added), kFits},
     {421, kUnreadable, kFits},
     {484, Altered::bits(Field::request_uri, Field::to), kFits},
     {488, kUnreadable | kBody, kFits},
     {493, kUnreadable, kFits},
     {606, kUnreadable | kBody, kFits},
     {604, Altered::bits(Field::request_uri, Field::to), kFits}}};

bool is_about_form(int status) noexcept {
  static constexpr std::array<int, 11> kStatuses{400, 406, 411, 413, 414, 415, 416, 420, 488, 493, 606};
  return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}

class CallOutboundRejected final : public Detector {
 public:
  explicit CallOutboundRejected(const Scene& scene) : scene_(scene) {}

  void on_crossing(const Crossing& crossing, Findings&) override { altered_.note(crossing); }

  void on_message(const Seen& seen, Findings& findings) override {
    if (is_request(seen, Method::invite) && !seen.transaction->in_dialog && is_from_phone(scene_, seen.sighting)) {
      const auto flaw = flaw_of(seen.sighting);
      asked_[seen.transaction->key] = {true, std::string(flaw.value_or(""))};
    }
    if (!is_answer(seen, Method::invite) || seen.copy != 1) return;
    const Asked* const asked = asked_.peek(seen.transaction->key);
    if (asked == nullptr || !asked->from_phone) return;
    const int status = seen.sighting.message->status();
    if (status > 100 && status < 300) note_success(seen);
    if (status >= 400) judge(seen, *asked, findings);
  }

 private:
  struct Asked {
    bool from_phone = false;
    std::string flaw;
  };

  // The other end understood it, changes and all.
  void note_success(const Seen& seen) {
    const auto* const note = altered_.find(seen.call_id, "INVITE", seen.sighting.message->cseq());
    if (note != nullptr) works_[std::hash<Address>{}(seen.sighting.source.address)] |= note->fields;
  }

  void judge(const Seen& seen, const Asked& asked, Findings& findings) {
    const sip::Message& answer = *seen.sighting.message;
    const int status = answer.status();
    const auto* const note = altered_.find(seen.call_id, "INVITE", answer.cseq());
    double confidence = 0;
    std::string why;
    if (!asked.flaw.empty() && is_about_form(status)) {
      confidence = kMalformed;
      why = asked.flaw;
    } else if (note != nullptr) {
      confidence = confidence_of(status, *note, seen.sighting.source.address);
      why = fmt::format("the router changed its {}", note->where);
    }
    if (confidence == 0 && status == 400) confidence = kOnlyRefused;
    if (confidence != 0) tell(seen, confidence, why, note, findings);
  }

  double confidence_of(int status, const Altered::Note& note, const Address& server) const {
    const std::uint32_t* const works = works_.peek(std::hash<Address>{}(server));
    const std::uint32_t fields = note.fields & ~(works == nullptr ? 0U : *works);
    for (const Reproach& reproach : kReproaches)
      if (reproach.status == status && (reproach.fields & fields) != 0)
        return note.grade == Grade::broken && is_about_form(status) ? kMalformed : reproach.confidence;
    return 0;
  }

  static void tell(const Seen& seen, double confidence, const std::string& why, const Altered::Note* note,
                   Findings& findings) {
    const sip::Message& answer = *seen.sighting.message;
    const FindingKind* const kind = find_kind("call-outbound-rejected");
    if (findings.repeats(kind, subject_of_call(seen.call_id), confidence)) return;
    Finding finding = finding_of(kind, confidence, seen.sighting, seen.call_id);
    finding.direction = "out";
    finding.detail = fmt::format("INVITE (CSeq {}) was answered {} {}{}{}.", answer.cseq(), answer.status(),
                                 answer.reason(), why.empty() ? "" : ": ", why);
    finding.evidence.push_back(evidence_of(seen.sighting, "status", "", answer.start_line()));
    if (note != nullptr)
      finding.evidence.push_back(
          {seen.sighting.tap->name, "INVITE", answer.cseq(), note->where, note->before, note->after});
    findings.add(finding);
  }

  const Scene& scene_;
  Altered altered_;
  Memory<Asked> asked_{4096};          // by transaction
  Memory<std::uint32_t> works_{1024};  // by server: the fields that it took although they were changed
};

}  // namespace

std::unique_ptr<Detector> make_call_outbound_rejected(const Scene& scene) {
  return std::make_unique<CallOutboundRejected>(scene);
}

}  // namespace vialens

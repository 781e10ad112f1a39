#include "userspace/verdict/verdicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "userspace/crossing/translation.h"
#include "userspace/detect/detector.h"
#include "userspace/detect/rewrites.h"

namespace vialens {
namespace {

constexpr std::size_t kMostEvidence = 4;  // of causes, in one verdict

std::size_t key_of(const Subject& subject) {
  return mix(mix(hash(subject.call_id), hash(subject.aor)), static_cast<std::size_t>(subject.kind));
}

Subject registration_of(std::string aor) {
  Subject subject;
  subject.kind = Subject::Kind::registration;
  subject.aor = std::move(aor);
  return subject;
}

// A kind of change: between whom, in which kind of message, of what.
std::size_t what_of(const Change& change, const Crossing& crossing, bool right) {
  const sip::Message& message = *crossing.entry.message;
  const std::size_t who =
      mix(std::hash<Address>{}(crossing.inside().address), std::hash<Address>{}(crossing.remote().address));
  const std::size_t which = mix(hash(message.method()), static_cast<std::size_t>(message.status() / 100));
  // Of a line of a description or of a header that is gone it matters which one: "a=sendonly".
  const std::string_view text = change.before.empty() ? change.after : change.before;
  const std::size_t line = change.field == Field::sdp_attribute ? hash(text.substr(0, text.find_first_of(": "))) : 0;
  return mix(mix(mix(who, which), mix(hash(change.where), line)), static_cast<std::size_t>(change.field) * 2 + right);
}

constexpr std::size_t kInboundCall = 0x1b;  // what is known of a registration by a call that came in

bool remember(std::vector<std::size_t>& known, std::size_t what, std::size_t most) {
  if (known.size() >= most || std::find(known.begin(), known.end(), what) != known.end()) return false;
  known.push_back(what);
  return true;
}

bool is_damage(std::string_view id) noexcept {
  return id == "alg-truncated" || id == "alg-corrupted" || id == "alg-content-length";
}

// Of two places, one of which was changed and the other left, the one that was left.
std::vector<Evidence> evidence_of_fact(const Finding& finding) {
  if (finding.evidence.empty()) return {Evidence{}};
  const std::string_view id = finding.kind->id;
  const bool both = id == "alg-partial" || id == "alg-asymmetric" || id == "hint-mixed-addresses";
  return {finding.evidence.begin(), both ? finding.evidence.end() : finding.evidence.begin() + 1};
}

const Symptom* symptom_of(const Finding& finding) {
  return find_symptom(finding.kind->id,
                      finding.evidence.empty() ? "" : std::string_view(finding.evidence.front().field));
}

// The status of an answer: "SIP/2.0 488 Not Acceptable Here" or without the version; 0 if it is none.
int status_of(std::string_view answer) noexcept {
  if (answer.starts_with("SIP/2.0 ")) answer.remove_prefix(8);
  int status = 0;
  std::from_chars(answer.data(), answer.data() + answer.size(), status);
  return status;
}

// Whether whoever had to has got the request, read it, and found its call: what it says or asks for is refused. An
// answer that says that there is no such call, or comes from somebody who could not pass it on, is none of these; a
// report on a transfer (NOTIFY) always is one.
bool is_refusal(const Finding& finding) noexcept {
  if (finding.evidence.empty()) return false;
  const Evidence& answer = finding.evidence.front();
  if (answer.field != "answer" && answer.field != "result") return false;
  const int status = status_of(answer.after);
  if (answer.message == "NOTIFY") return status >= 300;
  static constexpr std::array<int, 10> kOthers{400, 404, 408, 410, 416, 421, 480, 481, 482, 483};
  return status == 501 || status >= 600 ||
         (status >= 300 && status < 500 && std::find(kOthers.begin(), kOthers.end(), status) == kOthers.end());
}

// "The call was cut off, probably because the router ..."
std::string sentence(const Symptom& symptom, const Mechanism& mechanism, double confidence) {
  const bool sure = mechanism.claim.sure && confidence >= kStrong;
  return fmt::format("{}{} {}.", symptom.words, sure ? "" : ", probably", "because " + std::string(mechanism.because));
}

}  // namespace

struct Verdicts::Looked {
  const Symptom& symptom;
  Locus locus;
  std::string direction;
  std::string_view id;
  bool refused = false;
  Evidence named{};  // the change that the symptom itself rests on
};

void Verdicts::note(Record& record, Fact fact) const {
  const auto same = [&](const Fact& known) {
    return known.kind == fact.kind && known.place().message == fact.place().message &&
           known.place().field == fact.place().field && known.direction == fact.direction &&
           (known.right == fact.right || fact.what == 0);
  };
  const auto known = std::find_if(record.facts.begin(), record.facts.end(), same);
  if (known != record.facts.end())
    known->confidence = std::max(known->confidence, fact.confidence);
  else if (record.facts.size() < kMostFacts)
    record.facts.push_back(std::move(fact));
}

// Of the phones that take part in a call.
template <class F>
void Verdicts::each_registration(const Subject& call, F visit) const {
  if (call.kind != Subject::Kind::call) return;
  for (std::string& aor : registrations_(call.call_id))
    if (const Record* const registration =
            aor.empty() ? nullptr : records_.peek(key_of(registration_of(std::move(aor)))))
      visit(*registration);
}

// It begins a call that comes in to a phone of whose registration something was changed: how it ends is of interest,
// though nothing is changed in the call itself.
bool Verdicts::shows_registration(const Crossing& crossing, const Subject& subject) const {
  const sip::Message& message = *crossing.entry.message;
  if (crossing.out() || !message.is_request() || message.method() != "INVITE") return false;
  bool changed = false;
  each_registration(subject, [&](const Record& registration) { changed = changed || !registration.done.empty(); });
  return changed;
}

void Verdicts::observe(const Crossing& crossing, const Subject& subject) {
  if (crossing.proxied) return;
  const std::size_t key = key_of(subject);
  if (crossing.changes.empty()) {
    Record* record = records_.find(key);
    if (record == nullptr && shows_registration(crossing, subject)) record = &records_[key];
    if (record != nullptr) note_success(crossing, *record, subject);
    return;
  }
  Record& record = records_[key];
  note_success(crossing, record, subject);
  bool news = false;
  for (const Change& change : crossing.changes) {
    const bool right = is_translation(change, crossing);
    const std::size_t what = what_of(change, crossing, right);
    if (!remember(record.seen, what, kMostSeen)) continue;
    if (!right) record.done.push_back(what);
    const FindingKind* const kind = find_kind(rewrite_id(change.field));
    if (kind == nullptr || (right && !explains_though_right(kind->id))) continue;
    note(record, {kind,
                  kRewriteConfidence,
                  std::string(to_string(crossing.direction)),
                  {evidence_of(crossing.exit, change.where, change.before, change.after)},
                  right,
                  what});
    news = true;
  }
  if (news && !record.symptoms.empty()) tell_explained(record);
}

// What came to a good end: a call that nothing was found wrong with until somebody hung up, a REGISTER after which the
// phone goes on to the next one.
void Verdicts::note_success(const Crossing& crossing, Record& record, const Subject& subject) {
  const sip::Message& message = *crossing.entry.message;
  const bool is_register = message.method() == "REGISTER";
  if (message.method() == "INVITE" && message.is_request() && record.seen.empty()) record.inbound = !crossing.out();
  if (!message.is_request() && (message.status() < 200 || message.status() >= 300)) return;
  if (is_register && !message.is_request()) record.accepted = message.cseq();
  const bool next = is_register && message.is_request() && record.accepted != 0 && message.cseq() > record.accepted;
  const bool over = message.method() == "BYE" && !message.is_request();
  if (record.troubled || (!next && !over)) return;
  for (const std::size_t what : record.done) worked_[what] = true;
  if (!over || !record.inbound) return;
  each_registration(subject, [&](const Record& registration) {
    for (const std::size_t what : registration.done) worked_[mix(what, kInboundCall)] = true;
  });
}

void Verdicts::add(const Finding& finding) {
  if (symptom_of(finding) != nullptr) {
    Finding verdict = finding;
    const bool explained = explain(verdict);
    Record& record = records_[key_of(finding.subject)];
    if (finding.confidence >= kLikely) record.troubled = true;
    std::erase_if(record.symptoms, [&](const Finding& told) { return told.kind == finding.kind; });
    if (!explained && record.symptoms.size() < kMostSymptoms) record.symptoms.push_back(finding);
    sink_(verdict);
  } else {
    sink_(finding);
  }
  // A symptom may be the cause of another one: two calls that share a port hear nothing. What was translated rightly
  // was noted when it was seen.
  if (finding.confidence < kLikely || finding.translation || finding.kind->id.starts_with("note-")) return;
  Record& record = records_[key_of(finding.subject)];
  note(record, {finding.kind, finding.confidence, finding.direction, evidence_of_fact(finding)});
  tell_explained(record);
}

void Verdicts::tell_explained(Record& record) {
  std::erase_if(record.symptoms, [&](Finding& symptom) {
    if (!explain(symptom)) return false;
    sink_(symptom);
    return true;
  });
}

// Of this subject, of the phone's registration, and of the box as a whole, in this order. Only the first mechanism is
// said; the others that hold are named as causes, too.
bool Verdicts::explain(Finding& finding) const {
  const Symptom* const symptom = symptom_of(finding);
  if (symptom == nullptr || finding.confidence < kLikely) return false;
  Looked looked{*symptom, finding.locus, finding.direction, finding.kind->id, is_refusal(finding)};
  if (finding.evidence.size() > 1 && finding.evidence.front().field == "status") looked.named = finding.evidence[1];
  std::vector<const Record*> records{records_.peek(key_of(finding.subject))};
  each_registration(finding.subject, [&](const Record& registration) { records.push_back(&registration); });
  records.push_back(records_.peek(key_of(Subject{})));
  bool explained = false;
  for (const Mechanism& mechanism : symptom->mechanisms)
    for (const Record* record : records)
      if (record != nullptr) explained |= explain(finding, looked, mechanism, record);
  return explained;
}

bool Verdicts::explain(Finding& finding, const Looked& looked, const Mechanism& mechanism, const Record* record) const {
  bool explained = false;
  if (!mechanism.claim.holds_at(looked.locus) || (looked.refused && !mechanism.claim.refused)) return false;
  for (const Fact& fact : record->facts) {
    if (!fits(fact, looked, mechanism)) continue;
    if (finding.verdict.empty()) {
      finding.verdict = sentence(looked.symptom, mechanism, std::min(fact.confidence, finding.confidence));
      finding.remedy = fact.kind->remedy;
    }
    const bool named = std::find(finding.causes.begin(), finding.causes.end(), fact.kind->id) != finding.causes.end();
    if (!named) finding.causes.emplace_back(fact.kind->id);
    if (!named && !fact.place().message.empty() && finding.causes.size() <= kMostEvidence)
      for (const Evidence& proof : fact.evidence)
        if (std::find(finding.evidence.begin(), finding.evidence.end(), proof) == finding.evidence.end())
          finding.evidence.push_back(proof);
    explained = true;
  }
  return explained;
}

bool Verdicts::fits(const Fact& fact, const Looked& looked, const Mechanism& mechanism) const {
  const Evidence& place = fact.place();
  const std::string_view id = fact.kind->id;
  if (fact.confidence < kLikely || id == looked.id || !is_one_of(id, mechanism.cause) ||
      (!mechanism.message.empty() && !is_one_of(place.message, mechanism.message)) ||
      !begins_with_one_of(place.field, mechanism.field) ||
      (!begins_with_one_of(place.before, mechanism.text) && !begins_with_one_of(place.after, mechanism.text)))
    return false;
  if (fact.right && !mechanism.claim.even_if_right) return false;
  // Whoever hears nothing had sent a description: what was done to that one, on the other way, is to blame; and not as
  // long as something was heard by it.
  const bool of_media = looked.symptom.of_media || looked.locus != Locus::unknown;
  if (of_media && !fact.direction.empty() && fact.direction == looked.direction) return false;
  if (looked.locus == Locus::broken_off && looked.id != "call-crossed" && place.field.starts_with("SDP")) return false;
  if (place.message == looked.named.message && place.field != looked.named.field && !is_damage(id)) return false;
  return mechanism.claim.even_if_right || !has_worked(fact, looked.symptom);
}

bool Verdicts::has_worked(const Fact& fact, const Symptom& symptom) const {
  if (fact.what == 0 || symptom.refuted == Symptom::Refuted::by_nothing) return false;
  const bool by_inbound = symptom.refuted == Symptom::Refuted::by_inbound_calls;
  return worked_.peek(by_inbound ? mix(fact.what, kInboundCall) : fact.what) != nullptr;
}

}  // namespace vialens

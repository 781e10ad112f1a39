#include "userspace/verdict/verdicts.h"

#include <fmt/format.h>

#include <algorithm>

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

// One bit for each method and class of response; two that share a bit share the first one's fact.
std::uint64_t bit_of(const sip::Message& message) {
  const std::size_t kind = mix(hash(message.method()), static_cast<std::size_t>(message.status() / 100));
  return std::uint64_t{1} << (kind % 64);
}

const Symptom* symptom_of(const Finding& finding) {
  return find_symptom(finding.kind->id,
                      finding.evidence.empty() ? "" : std::string_view(finding.evidence.front().field));
}

// "The call was cut off, probably because the router ..."
std::string sentence(const Symptom& symptom, const Mechanism& mechanism, double confidence) {
  const bool sure = mechanism.sure && confidence >= kStrong;
  return fmt::format("{}{} {}.", symptom.words, sure ? "" : ", probably", "because " + std::string(mechanism.because));
}

}  // namespace

void Verdicts::note(Record& record, Fact fact) const {
  const auto same = [&](const Fact& known) {
    return known.kind == fact.kind && known.evidence.message == fact.evidence.message &&
           known.evidence.field == fact.evidence.field && known.direction == fact.direction;
  };
  const auto known = std::find_if(record.facts.begin(), record.facts.end(), same);
  if (known != record.facts.end())
    known->confidence = std::max(known->confidence, fact.confidence);
  else if (record.facts.size() < kMostFacts)
    record.facts.push_back(std::move(fact));
}

void Verdicts::observe(const Crossing& crossing, const Subject& subject) {
  if (crossing.changes.empty() || crossing.proxied) return;
  const std::uint64_t bit = bit_of(*crossing.entry.message);
  Record& record = records_[key_of(subject)];
  bool news = false;
  for (const Change& change : crossing.changes) {
    std::uint64_t& seen = record.seen[static_cast<std::size_t>(change.field)];
    const FindingKind* const kind = (seen & bit) == 0 ? find_kind(rewrite_id(change.field)) : nullptr;
    seen |= bit;
    if (kind == nullptr) continue;
    note(record, {kind, kRewriteConfidence, std::string(to_string(crossing.direction)),
                  evidence_of(crossing.exit, change.where, change.before, change.after)});
    news = true;
  }
  if (news && !record.symptoms.empty()) tell_explained(record);
}

void Verdicts::add(const Finding& finding) {
  if (symptom_of(finding) != nullptr) {
    Finding verdict = finding;
    const bool explained = explain(verdict);
    Record& record = records_[key_of(finding.subject)];
    std::erase_if(record.symptoms, [&](const Finding& told) { return told.kind == finding.kind; });
    if (!explained && record.symptoms.size() < kMostSymptoms) record.symptoms.push_back(finding);
    sink_(verdict);
  } else {
    sink_(finding);
  }
  // A symptom may be the cause of another one: two calls that share a port hear nothing.
  if (finding.confidence < kLikely || finding.kind->id.starts_with("note-")) return;
  Record& record = records_[key_of(finding.subject)];
  note(record, {finding.kind, finding.confidence, finding.direction,
                finding.evidence.empty() ? Evidence{} : finding.evidence.front()});
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
  std::vector<const Record*> records{records_.peek(key_of(finding.subject))};
  if (finding.subject.kind == Subject::Kind::call)
    for (std::string& aor : registrations_(finding.subject.call_id))
      if (!aor.empty()) records.push_back(records_.peek(key_of(registration_of(std::move(aor)))));
  records.push_back(records_.peek(key_of(Subject{})));
  bool explained = false;
  for (const Mechanism& mechanism : symptom->mechanisms)
    for (const Record* record : records)
      if (record != nullptr) explained |= explain(finding, *symptom, mechanism, record);
  return explained;
}

bool Verdicts::explain(Finding& finding, const Symptom& symptom, const Mechanism& mechanism,
                       const Record* record) const {
  bool explained = false;
  for (const Fact& fact : record->facts) {
    if (fact.confidence < kLikely || fact.kind == finding.kind || !is_one_of(fact.kind->id, mechanism.cause) ||
        (!mechanism.message.empty() && !is_one_of(fact.evidence.message, mechanism.message)) ||
        !begins_with_one_of(fact.evidence.field, mechanism.field) ||
        (!begins_with_one_of(fact.evidence.before, mechanism.text) &&
         !begins_with_one_of(fact.evidence.after, mechanism.text)))
      continue;
    // Whoever hears nothing had sent a description: what was done to that one, on the other way, is to blame.
    if (symptom.of_media && !fact.direction.empty() && fact.direction == finding.direction) continue;
    if (finding.verdict.empty()) {
      finding.verdict = sentence(symptom, mechanism, std::min(fact.confidence, finding.confidence));
      finding.remedy = fact.kind->remedy;
    }
    const bool named = std::find(finding.causes.begin(), finding.causes.end(), fact.kind->id) != finding.causes.end();
    if (!named) finding.causes.emplace_back(fact.kind->id);
    if (!named && !fact.evidence.message.empty() && finding.causes.size() <= kMostEvidence)
      finding.evidence.push_back(fact.evidence);
    explained = true;
  }
  return explained;
}

}  // namespace vialens

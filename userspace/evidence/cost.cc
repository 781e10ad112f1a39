#include "userspace/evidence/cost.h"

namespace vialens {

std::size_t cost(const LoggedMessage& message) { return sizeof message + message.bytes.size() + 64; }

std::size_t cost(const LoggedCrossing& crossing) {
  std::size_t bytes = sizeof crossing + 64;
  for (const LoggedChange& change : crossing.changes)
    bytes += sizeof change + change.where.size() + change.before.size() + change.after.size();
  return bytes;
}

std::size_t cost(const Finding& finding) {
  std::size_t bytes = sizeof finding + finding.subject.call_id.size() + finding.subject.aor.size() +
                      finding.detail.size() + finding.verdict.size() + finding.causes.size() * 64;
  for (const Evidence& evidence : finding.evidence)
    bytes += sizeof evidence + evidence.message.size() + evidence.field.size() + evidence.before.size() +
             evidence.after.size();
  return bytes;
}

std::size_t cost(const std::optional<Call>& call) {
  if (!call) return 0;
  return call->call_id.size() + call->from.size() + call->to.size() + call->from_tag.size() + call->end_reason.size() +
         call->findings.size() * 64 + call->media.size() * sizeof(CallStream);
}

std::size_t cost(const std::optional<Registration>& registration) {
  if (!registration) return 0;
  return registration->aor.size() + registration->call_id.size() + registration->contact.size() +
         registration->reason.size() + registration->findings.size() * 64;
}

}  // namespace vialens

#include "userspace/detect/altered.h"

#include <algorithm>

namespace vialens {
namespace {

constexpr std::size_t kMostText = 200;  // bytes that are kept of a value

// The later in this list, the more it explains.
int gravity(Field field) noexcept {
  switch (field) {
    case Field::truncated:
    case Field::corrupted:
    case Field::content_length:
      return 3;
    case Field::via:
    case Field::via_params:
    case Field::user_agent:
      return 0;
    case Field::contact:
    case Field::sdp_origin:
    case Field::sdp_connection:
    case Field::sdp_media_port:
      return 1;
    default:
      return 2;
  }
}

}  // namespace

void Altered::note(const Crossing& crossing) {
  const sip::Message& message = *crossing.entry.message;
  if (!message.is_request() || crossing.proxied || crossing.changes.empty()) return;
  Note& note = notes_[key(crossing.call_id, message.method(), message.cseq())];
  note = {};
  note.grade = crossing.grade;
  const Change* gravest = nullptr;
  for (const Change& change : crossing.changes) {
    note.fields |= bit(change.field);
    if (gravest == nullptr || gravity(change.field) > gravity(gravest->field)) gravest = &change;
  }
  note.where = gravest->where;
  note.before = gravest->before.substr(0, kMostText);
  note.after = gravest->after.substr(0, kMostText);
}

const Altered::Note* Altered::find(std::string_view call_id, std::string_view method, std::uint32_t cseq) const {
  return notes_.peek(key(call_id, method, cseq));
}

std::optional<std::string_view> flaw_of(const Sighting& sighting) noexcept {
  if (sighting.cut) return std::nullopt;
  const sip::Message& message = *sighting.message;
  if (message.flaws().has(sip::Flaw::short_body)) return "its body is shorter than Content-Length says";
  if (message.flaws().has(sip::Flaw::no_empty_line)) return "it ends within its headers";
  if (message.flaws().has(sip::Flaw::bad_uri)) return "an address in it cannot be read";
  if (message.grade() == sip::Grade::broken) return "it is no valid SIP";
  return std::nullopt;
}

}  // namespace vialens

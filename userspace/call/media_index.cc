#include "userspace/call/media_index.h"

#include <algorithm>

namespace vialens {

std::size_t MediaIndex::key(TapId tap, const Endpoint& endpoint) const noexcept {
  return mix(std::hash<Endpoint>{}(endpoint), static_cast<std::size_t>(taps_[tap].side));
}

void MediaIndex::observe(const Session& session) {
  const std::size_t count = std::min(session.offer.media().size(), session.answer.media().size());
  for (std::size_t i = 0; i < count; ++i) {
    const sip::Media& offered = session.offer.media()[i];
    const sip::Media& answered = session.answer.media()[i];
    const auto a = address_of(session.offer, offered);
    const auto b = address_of(session.answer, answered);
    if (!a || !b || offered.port == 0 || answered.port == 0) continue;
    MediaLine line{std::string(session.call_id),
                   session.time,
                   session.offerer,
                   session.answerer,
                   *a,
                   *b,
                   direction_of(session.answer, answered),
                   answered.kind == "audio"};
    by_endpoint_[key(session.tap->id, *a)] = {line, true};
    by_endpoint_[key(session.tap->id, *b)] = {std::move(line), false};
  }
}

std::optional<MediaIndex::Match> MediaIndex::find(const Flow& flow) const {
  if (const Entry* to = by_endpoint_.peek(key(flow.tap, flow.destination))) return Match{&to->line, to->is_offered};
  if (const Entry* from = by_endpoint_.peek(key(flow.tap, flow.source))) return Match{&from->line, !from->is_offered};
  return std::nullopt;
}

}  // namespace vialens

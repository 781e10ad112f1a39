#include "userspace/detect/signalling.h"

#include "userspace/sip/fields.h"

namespace vialens {

std::string_view header_of(const sip::Message& message, std::string_view name) {
  for (const sip::Header& header : message.headers())
    if (sip::equal_ignoring_case(header.name, name)) return header.value;
  return {};
}

bool in_sight_since(const Scene& scene, Side side, Time time) {
  return scene.is_live(side) || scene.last_packet(side) > time || scene.heard_after(side, time);
}

std::optional<Party> hung_up_by(const Scene& scene, const Dialog& dialog) {
  if (dialog.bye_from) return dialog.bye_from;
  const Dialog* const twin = scene.dialogs.twin(dialog, other_side(dialog.side));
  return twin == nullptr ? std::nullopt : twin->bye_from;
}

Time FirstCopies::of(const Sighting& sighting) {
  constexpr Duration kTransactionLives = std::chrono::seconds(32);  // 64*T1
  const sip::Message& message = *sighting.message;
  const auto via = sip::top_via(message);
  std::size_t key = mix(hash(message.call_id()), mix(hash(message.method()), message.cseq()));
  key = mix(mix(key, via ? hash(via->params.find("branch").value_or("")) : 0), sighting.tap->id);
  Sent& sent = sent_[key];
  if (sent.first == Time{} || sighting.time - sent.last > kTransactionLives) sent.first = sighting.time;
  sent.last = sighting.time;
  return sent.first;
}

bool is_from_phone(const Scene& scene, const Sighting& sighting) {
  if (scene.clients.sent_by_client(sighting)) return true;
  // Nobody has registered yet.
  return sighting.tap->side == Side::lan && sighting.source.address.is_private() &&
         !sighting.destination.address.is_private();
}

bool is_for_phone(const Scene& scene, const Sighting& sighting) {
  const Side side = sighting.tap->side;
  return scene.clients.is_client(side, sighting.destination.address) &&
         !scene.clients.is_client(side, sighting.source.address);
}

}  // namespace vialens

#include "userspace/detect/registrar.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "userspace/call/call_table.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using sip::HeaderName;

constexpr std::uint32_t kDefaultLifetime = 3600;  // seconds, RFC 3261 10.2.1.1

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && !text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<sip::NameAddr> first_contact(const sip::Message& message) {
  sip::Values values(message, HeaderName::contact);
  const auto value = values.next();
  return value ? sip::parse_name_addr(*value) : std::nullopt;
}

}  // namespace

void Registrar::observe(const Sighting& sighting, std::string_view call_id, const Transaction* transaction) {
  if (transaction == nullptr || transaction->method != Method::register_) return;
  if (sighting.message->is_request())
    note_request(sighting, call_id, *transaction);
  else if (transaction->is_answered())
    note_success(sighting, *transaction);
}

void Registrar::note_request(const Sighting& sighting, std::string_view call_id, const Transaction& transaction) {
  const auto contact = first_contact(*sighting.message);
  if (!contact) return;  // it only asks
  Asked& asked = asked_[transaction.key];
  asked.contact_user = hash(contact->uri.user);
  asked.call_id = hash(call_id);
  const auto address = Address::parse(contact->uri.host_port.host);
  asked.contact = address ? Endpoint{*address, contact->uri.host_port.port.value_or(5060)} : Endpoint{};
  asked.expires = number(contact->params.find("expires").value_or(""))
                      .value_or(number(sighting.message->first(HeaderName::expires)).value_or(kDefaultLifetime));
}

void Registrar::note_success(const Sighting& sighting, const Transaction& transaction) {
  const Asked* const asked = asked_.peek(transaction.key);
  if (asked == nullptr) return;
  std::uint32_t lifetime = asked->expires;
  // With several Contacts in the answer it takes more to find one's own; the registrar rarely gives less than asked
  // for.
  if (const auto contact = first_contact(*sighting.message);
      contact && sip::Values::count(*sighting.message, HeaderName::contact) == 1)
    lifetime = number(contact->params.find("expires").value_or(""))
                   .value_or(number(sighting.message->first(HeaderName::expires)).value_or(lifetime));
  if (asked->expires == 0) lifetime = 0;
  const Registration registration{aor_of(*sighting.message),
                                  sighting.destination,
                                  sighting.source,
                                  sighting.time,
                                  sighting.time + std::chrono::seconds(lifetime),
                                  asked->call_id,
                                  asked->contact_user};
  const Side side = sighting.tap->side;
  at_[key(side, std::hash<Endpoint>{}(sighting.destination))] = registration;
  if (asked->contact.port != 0 && asked->contact != sighting.destination) {
    Registration& named = at_[key(side, std::hash<Endpoint>{}(asked->contact))];
    if (named.phone != asked->contact) named = registration;  // who sends from there counts more
  }
  of_[key(side, hash(registration.aor))] = registration;
  Places& places = places_[key(side, asked->contact_user)];
  if (std::find(places.begin(), places.end(), sighting.destination) != places.end()) return;
  std::rotate(places.begin(), places.end() - 1, places.end());
  places[0] = sighting.destination;
}

const Registrar::Registration* Registrar::at(Side side, const Endpoint& endpoint, Time now) const {
  const Registration* const found = at_.peek(key(side, std::hash<Endpoint>{}(endpoint)));
  return found != nullptr && found->until > now ? found : nullptr;
}

const Registrar::Registration* Registrar::of(Side side, std::string_view aor) const {
  return of_.peek(key(side, hash(aor)));
}

Registrar::Known Registrar::user_at(Side side, std::string_view contact_user, const Endpoint& endpoint) const {
  const Places* const places = contact_user.empty() ? nullptr : places_.peek(key(side, hash(contact_user)));
  if (places == nullptr) return Known::no_user;
  return std::find(places->begin(), places->end(), endpoint) != places->end() ? Known::here : Known::elsewhere;
}

}  // namespace vialens

// Header fields that carry addresses.
#include <optional>

#include "userspace/core/address.h"
#include "userspace/crossing/compare.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using sip::HeaderName;

bool same_host(std::string_view a, std::string_view b) noexcept {
  if (sip::equal_ignoring_case(a, b)) return true;
  const auto x = Address::parse(a);
  return x && x == Address::parse(b);
}

// A port that is not written is the default one. Of transport and scheme only the port is told here: sips: and TLS change
// the default, but on both sides alike.
bool same_place(const sip::HostPort& a, const sip::HostPort& b) noexcept {
  return same_host(a.host, b.host) && a.port.value_or(5060) == b.port.value_or(5060);
}

bool same_target(const sip::Uri& a, const sip::Uri& b) noexcept {
  return sip::equal_ignoring_case(a.scheme, b.scheme) && a.user == b.user && same_place(a.host_port, b.host_port);
}

void compare_via(const Versions& versions, std::vector<Change>& changes) {
  const auto before = sip::top_via(versions.before);
  const auto after = sip::top_via(versions.after);
  if (before && after && !same_place(before->sent_by, after->sent_by))
    changes.push_back({Field::via, before->text, after->text});
}

// Contacts that are missing or new belong to the rules about headers; here the n-th of one is held against the n-th of the
// other.
void compare_contacts(const Versions& versions, std::vector<Change>& changes) {
  sip::Values before(versions.before, HeaderName::contact);
  sip::Values after(versions.after, HeaderName::contact);
  for (;;) {
    const auto was = before.next();
    const auto is = after.next();
    if (!was || !is) return;
    const auto a = sip::parse_name_addr(*was);
    const auto b = sip::parse_name_addr(*is);
    if (a && b && !same_target(a->uri, b->uri)) changes.push_back({Field::contact, *was, *is});
  }
}

void compare_name_addr(Field field, const std::optional<sip::NameAddr>& before, const std::optional<sip::NameAddr>& after,
                       std::vector<Change>& changes) {
  if (before && after && !same_target(before->uri, after->uri)) changes.push_back({field, before->text, after->text});
}

void compare_request_uri(const Versions& versions, std::vector<Change>& changes) {
  if (!versions.before.is_request()) return;
  const auto before = sip::parse_uri(versions.before.request_uri());
  const auto after = sip::parse_uri(versions.after.request_uri());
  if (before && after && !same_target(*before, *after))
    changes.push_back({Field::request_uri, before->text, after->text});
}

// Only a Content-Length that did fit and no longer does. On a stream it is what cuts the messages, and always fits.
void compare_content_length(const Versions& versions, std::vector<Change>& changes) {
  const auto fits = [](const sip::Message& message) {
    return !message.flaws().has(sip::Flaw::short_body) && !message.flaws().has(sip::Flaw::extra_body);
  };
  if (!versions.after.content_length() || !fits(versions.before) || fits(versions.after)) return;
  changes.push_back({Field::content_length, versions.before.first(HeaderName::content_length),
                     versions.after.first(HeaderName::content_length)});
}

}  // namespace

void compare_headers(const Versions& versions, std::vector<Change>& changes) {
  compare_request_uri(versions, changes);
  compare_via(versions, changes);
  compare_contacts(versions, changes);
  compare_name_addr(Field::from, sip::from(versions.before), sip::from(versions.after), changes);
  compare_name_addr(Field::to, sip::to(versions.before), sip::to(versions.after), changes);
  if (versions.before.call_id() != versions.after.call_id())
    changes.push_back({Field::call_id, versions.before.call_id(), versions.after.call_id()});
  compare_content_length(versions, changes);
}

}  // namespace vialens

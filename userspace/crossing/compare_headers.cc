// Header fields that carry addresses.
#include <charconv>
#include <optional>
#include <system_error>

#include "userspace/crossing/compare.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using sip::HeaderName;

// A port that is not written is the default one.
bool same_place(const sip::HostPort& a, const sip::HostPort& b, std::uint16_t default_port) noexcept {
  return same_host(a.host, b.host) && a.port.value_or(default_port) == b.port.value_or(default_port);
}

std::uint16_t default_port_of(std::string_view transport) noexcept {
  return sip::equal_ignoring_case(transport, "TLS") ? 5061 : 5060;  // RFC 3261 18.1.1, 19.1.2
}

std::uint16_t default_port_of(const sip::Uri& uri) noexcept {
  return sip::equal_ignoring_case(uri.scheme, "sips") ? 5061
                                                      : default_port_of(uri.params.find("transport").value_or(""));
}

// Takes one character off the front; "%41" is an "A" (RFC 3261 19.1.4). -1 at the end.
int take_unescaped(std::string_view& text) noexcept {
  if (text.empty()) return -1;
  auto byte = static_cast<unsigned char>(text.front());
  std::size_t length = 1;
  if (byte == '%' && text.size() >= 3) {
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
    if (error == std::errc{} && end == text.data() + 3)
      length = 3;
    else
      byte = '%';
  }
  text.remove_prefix(length);
  return byte;
}

bool same_user(std::string_view a, std::string_view b) noexcept {
  if (a == b) return true;
  for (;;) {
    const int x = take_unescaped(a);
    if (x != take_unescaped(b)) return false;
    if (x < 0) return true;
  }
}

bool same_target(const sip::Uri& a, const sip::Uri& b) noexcept {
  return sip::equal_ignoring_case(a.scheme, b.scheme) && same_user(a.user, b.user) &&
         same_place(a.host_port, b.host_port, default_port_of(a));
}

void compare_via(const Versions& versions, std::vector<Change>& changes) {
  const auto before = sip::top_via(versions.before);
  const auto after = sip::top_via(versions.after);
  if (before && after && !same_place(before->sent_by, after->sent_by, default_port_of(before->transport)))
    changes.push_back({Field::via, before->text, after->text});
}

bool same_contact(std::string_view a, std::string_view b) noexcept {
  const auto x = sip::parse_name_addr(a);
  const auto y = sip::parse_name_addr(b);
  return !x || !y || same_target(x->uri, y->uri);
}

bool has_contact(const sip::Message& message, std::string_view value) noexcept {
  for (sip::Values contacts(message, HeaderName::contact); const auto contact = contacts.next();)
    if (same_contact(*contact, value)) return true;
  return false;
}

std::size_t count_contacts(const sip::Message& message) noexcept {
  std::size_t count = 0;
  for (sip::Values contacts(message, HeaderName::contact); contacts.next();) ++count;
  return count;
}

// Contacts that are missing or new belong to the rules about headers; here the n-th of one is held against the n-th of
// the other, unless it only stands elsewhere: their order means nothing (RFC 3261 20.10).
void compare_contacts(const Versions& versions, std::vector<Change>& changes) {
  constexpr std::size_t kMost = 32;  // who has more is looked at without regard to order, which would be quadratic
  const std::size_t count = count_contacts(versions.before);
  if (count != count_contacts(versions.after)) return;
  sip::Values before(versions.before, HeaderName::contact);
  sip::Values after(versions.after, HeaderName::contact);
  for (std::size_t i = 0; i < count; ++i) {
    const auto was = before.next();
    const auto is = after.next();
    if (!was || !is || same_contact(*was, *is)) continue;
    if (count <= kMost && (has_contact(versions.after, *was) || has_contact(versions.before, *is))) continue;
    changes.push_back({Field::contact, *was, *is});
  }
}

void compare_name_addr(Field field, const std::optional<sip::NameAddr>& before,
                       const std::optional<sip::NameAddr>& after, std::vector<Change>& changes) {
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

// Header fields that carry the addresses by which messages find their way.
#include "userspace/crossing/compare.h"
#include "userspace/crossing/same.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using sip::HeaderName;

// Which value of a list is missing or new: the first that has no equal on the other side.
template <class Same>
std::string_view odd_one_out(const sip::Message& in, const sip::Message& from, HeaderName name, Same same) {
  constexpr std::size_t kMost = 32;  // more are not searched, which would take quadratic time
  if (sip::Values::count(in, name) > kMost || sip::Values::count(from, name) > kMost) return {};
  sip::Values values(in, name);
  while (const auto value = values.next()) {
    bool found = false;
    sip::Values others(from, name);
    while (const auto other = others.next()) found = found || same(*value, *other);
    if (!found) return *value;
  }
  return {};
}

bool same_via(std::string_view a, std::string_view b) noexcept {
  const auto x = sip::parse_via(a);
  const auto y = sip::parse_via(b);
  return x && y ? same_place(x->sent_by, y->sent_by, default_port_of(x->transport)) && same_params(x->params, y->params)
                : a == b;
}

void compare_vias(const Versions& versions, std::vector<Change>& changes) {
  const std::size_t before = sip::Values::count(versions.before, HeaderName::via);
  const std::size_t after = sip::Values::count(versions.after, HeaderName::via);
  if (before > after)
    changes.push_back(
        {Field::header_removed, "Via", odd_one_out(versions.before, versions.after, HeaderName::via, same_via), {}});
  if (before < after)
    changes.push_back(
        {Field::header_added, "Via", {}, odd_one_out(versions.after, versions.before, HeaderName::via, same_via)});
  if (before != after) return;
  sip::Values were(versions.before, HeaderName::via);
  sip::Values are(versions.after, HeaderName::via);
  while (const auto was = were.next()) {
    const auto is = are.next();
    const auto a = sip::parse_via(*was);
    const auto b = is ? sip::parse_via(*is) : std::nullopt;
    if (!a || !b) continue;
    if (!same_place(a->sent_by, b->sent_by, default_port_of(a->transport)))
      changes.push_back({Field::via, "Via", a->text, b->text});
    if (!same_params(a->params, b->params)) changes.push_back({Field::via_params, "Via parameters", a->text, b->text});
  }
}

bool same_contact(std::string_view a, std::string_view b) noexcept {
  const auto x = sip::parse_name_addr(a);
  const auto y = sip::parse_name_addr(b);
  return x && y ? same_target(x->uri, y->uri) && same_params(x->uri.params, y->uri.params) : a == b;
}

bool has_contact(const sip::Message& message, std::string_view value) noexcept {
  for (sip::Values contacts(message, HeaderName::contact); const auto contact = contacts.next();)
    if (same_contact(*contact, value)) return true;
  return false;
}

// The n-th of one is held against the n-th of the other, unless it only stands elsewhere: their order means nothing
// (RFC 3261 20.10).
void compare_contacts(const Versions& versions, std::vector<Change>& changes) {
  constexpr std::size_t kMost = 32;  // who has more is looked at without regard to order, which would be quadratic
  const std::size_t count = sip::Values::count(versions.before, HeaderName::contact);
  const std::size_t now = sip::Values::count(versions.after, HeaderName::contact);
  if (count != now && (count > kMost || now > kMost)) return;
  if (count > now)
    changes.push_back({Field::header_removed,
                       "Contact",
                       odd_one_out(versions.before, versions.after, HeaderName::contact, same_contact),
                       {}});
  if (count < now)
    changes.push_back({Field::header_added,
                       "Contact",
                       {},
                       odd_one_out(versions.after, versions.before, HeaderName::contact, same_contact)});
  if (count != now) return;
  sip::Values before(versions.before, HeaderName::contact);
  sip::Values after(versions.after, HeaderName::contact);
  for (std::size_t i = 0; i < count; ++i) {
    const auto was = before.next();
    const auto is = after.next();
    if (!was || !is || *was == *is) continue;
    const auto x = sip::parse_name_addr(*was);
    const auto y = sip::parse_name_addr(*is);
    if (!x || !y) continue;
    const bool moved = !same_contact(*was, *is) && count <= kMost &&
                       (has_contact(versions.after, *was) || has_contact(versions.before, *is));
    if (moved) continue;
    if (!same_contact(*was, *is) || !same_params(x->params, y->params, "expires"))
      changes.push_back({Field::contact, "Contact", *was, *is});
    if (x->params.find("expires") != y->params.find("expires"))
      changes.push_back({Field::expires, "Contact expires", *was, *is});
    if (!same_display(x->display, y->display)) changes.push_back({Field::text, "Contact name", x->display, y->display});
  }
}

// A display name is no address: what was done to it is told apart from what was done to the URI.
void compare_name_addr(Field field, std::string_view where, std::string_view name,
                       const std::optional<sip::NameAddr>& before, const std::optional<sip::NameAddr>& after,
                       std::vector<Change>& changes) {
  if (!before || !after || before->text == after->text) return;
  if (!same_target(before->uri, after->uri) || !same_params(before->uri.params, after->uri.params) ||
      !same_params(before->params, after->params))
    changes.push_back({field, where, before->text, after->text});
  if (!same_display(before->display, after->display))
    changes.push_back({Field::text, name, before->display, after->display});
}

void compare_request_uri(const Versions& versions, std::vector<Change>& changes) {
  if (!versions.before.is_request()) return;
  const auto before = sip::parse_uri(versions.before.request_uri());
  const auto after = sip::parse_uri(versions.after.request_uri());
  if (before && after && (!same_target(*before, *after) || !same_params(before->params, after->params)))
    changes.push_back({Field::request_uri, "Request-URI", before->text, after->text});
}

// Only a Content-Length that did fit and no longer does. On a stream it is what cuts the messages, and always fits.
void compare_content_length(const Versions& versions, std::vector<Change>& changes) {
  const auto fits = [](const sip::Message& message) {
    return !message.flaws().has(sip::Flaw::short_body) && !message.flaws().has(sip::Flaw::extra_body);
  };
  if (!versions.after.content_length() || !fits(versions.before) || fits(versions.after)) return;
  changes.push_back({Field::content_length, "Content-Length", versions.before.first(HeaderName::content_length),
                     versions.after.first(HeaderName::content_length)});
}

}  // namespace

void compare_headers(const Versions& versions, std::vector<Change>& changes) {
  compare_request_uri(versions, changes);
  compare_vias(versions, changes);
  compare_contacts(versions, changes);
  compare_name_addr(Field::from, "From", "From name", sip::from(versions.before), sip::from(versions.after), changes);
  compare_name_addr(Field::to, "To", "To name", sip::to(versions.before), sip::to(versions.after), changes);
  if (versions.before.call_id() != versions.after.call_id())
    changes.push_back({Field::call_id, "Call-ID", versions.before.call_id(), versions.after.call_id()});
  compare_content_length(versions, changes);
}

}  // namespace vialens

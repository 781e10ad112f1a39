#include "userspace/crossing/crossing.h"

#include <algorithm>
#include <array>

#include "userspace/core/literals.h"
#include "userspace/crossing/same.h"
#include "userspace/sip/sdp.h"

namespace vialens {
namespace {

using sip::HeaderName;

// The second Via of `more` is the first one of `less`, but for what a hop writes into it (RFC 3261 18.2.1, RFC 3581 4).
bool stands_on(const sip::Message& more, const sip::Message& less) noexcept {
  sip::Values values(more, HeaderName::via);
  values.next();
  const auto second = values.next();
  const auto below = second ? sip::parse_via(*second) : std::nullopt;
  const auto top = sip::top_via(less);
  return below && top && below->params.find("branch") == top->params.find("branch");
}

bool breaks(Field field) noexcept {
  return field == Field::truncated || field == Field::corrupted || field == Field::content_length ||
         field == Field::authorization || field == Field::header_removed;
}

// Towards the phone: it takes an answer only if its Via is its own again, and a request only if it is meant
// (RFC 3261 18.1.2, 8.2.2.1).
bool still_names_outside(const Crossing& crossing) noexcept {
  const sip::Message& message = *crossing.exit.message;
  const Address& outside = crossing.outside().address;
  if (message.is_request()) return mentions(message.request_uri(), outside);
  const auto via = sip::top_via(message);
  return via && mentions(via->sent_by.host, outside);
}

bool names_inside(const sip::Message& message, const Address& inside) noexcept {
  bool found = false;
  Places::each(message, [&](std::string_view, std::string_view value) { found = found || mentions(value, inside); });
  return found;
}

}  // namespace

std::string_view to_string(Grade grade) noexcept {
  static constexpr std::array<std::string_view, 4> kNames{"unchanged", "harmless", "incomplete", "broken"};
  return kNames[static_cast<std::size_t>(grade)];
}

bool looks_proxied(const Versions& versions) noexcept {
  const auto& [before, after] = versions;
  const std::size_t vias = sip::Values::count(before, HeaderName::via);
  const std::size_t vias_now = sip::Values::count(after, HeaderName::via);
  if (before.is_request() && vias_now == vias + 1) return stands_on(after, before);
  if (!before.is_request() && vias == vias_now + 1) return stands_on(before, after);
  return false;
}

Grade grade_of(const Crossing& crossing) noexcept {
  const auto& changes = crossing.changes;
  if (changes.empty()) return Grade::unchanged;
  if (std::any_of(changes.begin(), changes.end(), [](const Change& change) { return breaks(change.field); }))
    return Grade::broken;
  if (!crossing.translated() || crossing.proxied) return Grade::harmless;
  const bool left =
      crossing.out() ? names_inside(*crossing.exit.message, crossing.inside().address) : still_names_outside(crossing);
  return left ? Grade::incomplete : Grade::harmless;
}

void Places::walk(const sip::Message& message, Visit visit, void* context) {
  struct Header {
    HeaderName name;
    std::string_view where;
  };
  static constexpr Header kHeaders[] = {{HeaderName::contact, "Contact"},
                                        {HeaderName::record_route, "Record-Route"},
                                        {HeaderName::route, "Route"},
                                        {HeaderName::path, "Path"},
                                        {HeaderName::refer_to, "Refer-To"},
                                        {HeaderName::referred_by, "Referred-By"},
                                        {HeaderName::p_asserted_identity, "P-Asserted-Identity"},
                                        {HeaderName::remote_party_id, "Remote-Party-ID"},
                                        {HeaderName::from, "From"},
                                        {HeaderName::to, "To"}};
  if (message.is_request()) {
    visit(context, "Request-URI", message.request_uri());
    if (const auto via = sip::top_via(message)) visit(context, "Via", via->sent_by.text);
  }
  for (const auto& [name, where] : kHeaders) {
    sip::Values values(message, name);
    while (const auto value = values.next()) {
      const auto addr = sip::parse_name_addr(*value);
      if (addr) visit(context, where, addr->uri.text);
    }
  }
  sip::Sdp sdp;
  if (!sip::Sdp::parse(sip::whole_sdp_body(message), sdp)) return;
  // That of the session counts where a section has none of its own (RFC 8866 5.7).
  const auto has_own = [](const sip::Media& media) { return media.connection.has_value(); };
  if (sdp.connection() && (sdp.media().empty() || !std::all_of(sdp.media().begin(), sdp.media().end(), has_own)))
    visit(context, "SDP c=", sdp.connection()->text);
  for (const sip::Media& media : sdp.media()) {
    if (media.connection) visit(context, "SDP c=", media.connection->text);
    std::string_view rest = media.lines;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.starts_with("a=rtcp:") || line.starts_with("a=candidate:")) visit(context, "SDP a=", line);
    }
  }
}

}  // namespace vialens

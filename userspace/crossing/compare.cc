#include "userspace/crossing/compare.h"

#include <algorithm>
#include <array>

#include "userspace/crossing/same.h"
#include "userspace/sip/sdp.h"

namespace vialens {
namespace {

using sip::Flaw;
using sip::HeaderName;

// Whether `after` ends in the middle of `before`: line by line they are of one kind, and then it is over. Addresses may
// have been rewritten on the way, so the lines are held against each other by their beginnings.
bool is_cut(std::string_view before, std::string_view after) {
  const auto line_of = [](std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
  };
  while (!after.empty()) {
    const std::string_view is = line_of(after);
    const std::string_view was = line_of(before);
    if (is == was || (is.size() + 1 == was.size() && was.starts_with(is))) {
      if (after.empty() && is.size() < was.size()) return true;
      continue;
    }
    if (after.empty()) return was.starts_with(is);
    const auto same = std::min<std::size_t>({2, is.size(), was.size()});
    if (is.substr(0, same) != was.substr(0, same)) return false;
  }
  return before.find_first_not_of("\r\n") != before.npos;
}

bool has_new(const Versions& versions, std::initializer_list<Flaw> flaws) {
  return std::any_of(flaws.begin(), flaws.end(),
                     [&](Flaw flaw) { return versions.after.flaws().has(flaw) && !versions.before.flaws().has(flaw); });
}

// An IPv6 literal without the brackets that a URI and a Via need (RFC 3261 25.1, RFC 5118 4.5).
bool is_bare_v6(std::string_view host) noexcept {
  return !host.starts_with('[') && std::count(host.begin(), host.end(), ':') >= 2;
}

std::string_view host_in(const sip::Message& message, HeaderName name) noexcept {
  const auto value = sip::Values(message, name).next();
  if (!value) return {};
  if (name == HeaderName::via) {
    const auto via = sip::parse_via(*value);
    return via ? via->sent_by.text : std::string_view{};
  }
  const auto addr = sip::parse_name_addr(*value);
  return addr ? addr->uri.host_port.text : std::string_view{};
}

void compare_brackets(const Versions& versions, std::vector<Change>& changes) {
  static constexpr std::pair<HeaderName, std::string_view> kWithHosts[] = {
      {HeaderName::via, "Via"}, {HeaderName::contact, "Contact"}, {HeaderName::from, "From"}, {HeaderName::to, "To"}};
  for (const auto& [name, where] : kWithHosts) {
    const std::string_view is = host_in(versions.after, name);
    if (is_bare_v6(is) && !is_bare_v6(host_in(versions.before, name)))
      changes.push_back({Field::corrupted, where, host_in(versions.before, name), is});
  }
}

// The first header of this name that a rule below calls unreadable.
void compare_validity(const Versions& versions, std::vector<Change>& changes) {
  const auto broken = [&](std::string_view where, HeaderName name) {
    changes.push_back({Field::corrupted, where, versions.before.first(name), versions.after.first(name)});
  };
  if (has_new(versions, {Flaw::bad_start_line, Flaw::bad_version, Flaw::bad_status}))
    changes.push_back({Field::corrupted, "start line", versions.before.start_line(), versions.after.start_line()});
  if (has_new(versions, {Flaw::bad_via})) broken("Via", HeaderName::via);
  if (has_new(versions, {Flaw::bad_cseq})) broken("CSeq", HeaderName::cseq);
  if (has_new(versions, {Flaw::bad_content_length})) broken("Content-Length", HeaderName::content_length);
  if (has_new(versions, {Flaw::header_without_colon})) changes.push_back({Field::corrupted, "headers", "", ""});
  if (!has_new(versions, {Flaw::bad_uri})) return;
  const auto unreadable = [](const sip::Message& message, HeaderName name) {
    const std::string_view value = message.first(name);
    return !value.empty() && !sip::parse_name_addr(value);
  };
  if (versions.after.is_request() && !sip::parse_uri(versions.after.request_uri()))
    changes.push_back({Field::corrupted, "Request-URI", versions.before.request_uri(), versions.after.request_uri()});
  for (const auto& [name, where] :
       {std::pair{HeaderName::contact, "Contact"}, {HeaderName::from, "From"}, {HeaderName::to, "To"}})
    if (unreadable(versions.after, name) && !unreadable(versions.before, name)) broken(where, name);
}

void compare_sdp_validity(const Versions& versions, std::vector<Change>& changes) {
  sip::Sdp before;
  sip::Sdp after;
  if (versions.before.body() == versions.after.body()) return;
  const std::string_view was = sip::whole_sdp_body(versions.before);
  const std::string_view is = sip::whole_sdp_body(versions.after);
  if (was == is || !sip::Sdp::parse(was, before)) return;
  if (!sip::Sdp::parse(is, after))
    changes.push_back({Field::corrupted, "SDP", was.substr(0, was.find('\r')), is.substr(0, is.find('\r'))});
  else if (after.odd() && !before.odd())
    changes.push_back({Field::corrupted, "SDP", "", after.odd_line()});
}

}  // namespace

std::string_view to_string(Field field) noexcept {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Field::count_)> kNames{"via",
                                                                                                "via_params",
                                                                                                "contact",
                                                                                                "request_uri",
                                                                                                "from",
                                                                                                "to",
                                                                                                "call_id",
                                                                                                "authorization",
                                                                                                "route",
                                                                                                "refer",
                                                                                                "identity",
                                                                                                "expires",
                                                                                                "session_timer",
                                                                                                "user_agent",
                                                                                                "text",
                                                                                                "header_removed",
                                                                                                "header_added",
                                                                                                "sdp_origin",
                                                                                                "sdp_connection",
                                                                                                "sdp_media_port",
                                                                                                "sdp_attribute",
                                                                                                "content_length",
                                                                                                "truncated",
                                                                                                "corrupted"};
  static_assert(!kNames.back().empty());
  return kNames[static_cast<std::size_t>(field)];
}

// A message that was cut is not searched for what is missing behind the cut.
void compare_form(const Versions& versions, std::vector<Change>& changes) {
  compare_brackets(versions, changes);
  compare_validity(versions, changes);
  compare_sdp_validity(versions, changes);
}

void compare(const Versions& versions, std::vector<Change>& changes) {
  const auto& [before, after] = versions;
  const bool ends_early =
      has_new(versions, {Flaw::short_body, Flaw::no_empty_line}) && after.bytes().size() < before.bytes().size();
  if (ends_early && is_cut(before.bytes(), after.bytes())) {
    const std::string_view tail =
        after.bytes().substr(after.bytes().size() - std::min<std::size_t>(40, after.bytes().size()));
    changes.push_back({Field::truncated, "length", before.bytes().substr(after.bytes().size()), tail});
    compare_headers(versions, changes);
    return;
  }
  compare_headers(versions, changes);
  compare_other_headers(versions, changes);
  compare_body(versions, changes);
  compare_form(versions, changes);
}

}  // namespace vialens

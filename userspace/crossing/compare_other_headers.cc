// All header fields but those of compare_headers.cc: what they are is a table, and those that are not in it are text.
#include <algorithm>
#include <string>

#include "userspace/crossing/compare.h"
#include "userspace/crossing/same.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

using sip::Header;
using sip::HeaderName;

enum class Kind : std::uint8_t {
  addresses,    // name-addrs, separated by commas
  credentials,  // scheme and comma separated parameters, whose order means nothing (RFC 3261 20.7)
  text,
  elsewhere  // has a rule of its own, or is anybody's to change
};

struct Rule {
  HeaderName name;
  Field field;
  Kind kind;
};

constexpr Rule kRules[] = {
    {HeaderName::route, Field::route, Kind::addresses},
    {HeaderName::record_route, Field::route, Kind::addresses},
    {HeaderName::path, Field::route, Kind::addresses},
    {HeaderName::service_route, Field::route, Kind::addresses},
    {HeaderName::refer_to, Field::refer, Kind::addresses},
    {HeaderName::referred_by, Field::refer, Kind::addresses},
    {HeaderName::replaces, Field::refer, Kind::text},
    {HeaderName::p_asserted_identity, Field::identity, Kind::addresses},
    {HeaderName::p_preferred_identity, Field::identity, Kind::addresses},
    {HeaderName::remote_party_id, Field::identity, Kind::addresses},
    {HeaderName::diversion, Field::identity, Kind::addresses},
    {HeaderName::history_info, Field::identity, Kind::addresses},
    {HeaderName::identity, Field::identity, Kind::text},
    {HeaderName::authorization, Field::authorization, Kind::credentials},
    {HeaderName::proxy_authorization, Field::authorization, Kind::credentials},
    {HeaderName::www_authenticate, Field::authorization, Kind::credentials},
    {HeaderName::proxy_authenticate, Field::authorization, Kind::credentials},
    {HeaderName::expires, Field::expires, Kind::text},
    {HeaderName::session_expires, Field::session_timer, Kind::text},
    {HeaderName::min_se, Field::session_timer, Kind::text},
    {HeaderName::user_agent, Field::user_agent, Kind::text},
    {HeaderName::server, Field::user_agent, Kind::text},
    {HeaderName::via, Field::via, Kind::elsewhere},
    {HeaderName::from, Field::from, Kind::elsewhere},
    {HeaderName::to, Field::to, Kind::elsewhere},
    {HeaderName::call_id, Field::call_id, Kind::elsewhere},
    {HeaderName::contact, Field::contact, Kind::elsewhere},
    {HeaderName::content_length, Field::content_length, Kind::elsewhere},
    {HeaderName::cseq, Field::text, Kind::elsewhere},
    {HeaderName::max_forwards, Field::text, Kind::elsewhere},
};

const Rule& rule_of(const Header& header) noexcept {
  static constexpr Rule kText{HeaderName::other, Field::text, Kind::text};
  const auto* const found =
      std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& rule) { return rule.name == header.id; });
  return header.id == HeaderName::other || found == std::end(kRules) ? kText : *found;
}

// The values of one header: each line's, or each of a list's.
class Lines {
 public:
  Lines(const sip::Message& message, const Header& like) : headers_(message.headers()), like_(like) {}
  const Header* next() noexcept {
    while (!headers_.empty()) {
      const Header& header = headers_.front();
      headers_ = headers_.subspan(1);
      if (same_header(header, like_)) return &header;
    }
    return nullptr;
  }

 private:
  std::span<const Header> headers_;
  const Header& like_;
};

std::size_t count_lines(const sip::Message& message, const Header& like) noexcept {
  std::size_t count = 0;
  for (Lines lines(message, like); lines.next() != nullptr;) ++count;
  return count;
}

// `scheme name=value, name=value`, in any order.
bool same_credentials(std::string_view a, std::string_view b) noexcept {
  const auto take = [](std::string_view& rest) {
    std::size_t i = 0;
    bool quoted = false;
    for (; i < rest.size() && (quoted || rest[i] != ','); ++i) {
      if (rest[i] == '"') quoted = !quoted;
      if (quoted && rest[i] == '\\') ++i;
    }
    const std::string_view part = rest.substr(0, std::min(i, rest.size()));
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return part;
  };
  const auto split_scheme = [](std::string_view& rest) {
    const std::size_t space = std::min(rest.find_first_of(" \t\r\n"), rest.size());
    const std::string_view scheme = rest.substr(0, space);
    rest.remove_prefix(space);
    return scheme;
  };
  if (same_text(a, b)) return true;
  if (!sip::equal_ignoring_case(split_scheme(a), split_scheme(b)) || std::count(a.begin(), a.end(), ',') > 32 ||
      std::count(a.begin(), a.end(), ',') != std::count(b.begin(), b.end(), ','))
    return false;
  while (!a.empty()) {
    const std::string_view part = take(a);
    bool found = false;
    for (std::string_view rest = b; !rest.empty() && !found;) {
      const std::string_view other = take(rest);
      found = same_text(part.substr(std::min(part.find_first_not_of(" \t\r\n"), part.size())),
                        other.substr(std::min(other.find_first_not_of(" \t\r\n"), other.size())));
    }
    if (!found) return false;
  }
  return true;
}

bool same_value(Kind kind, std::string_view a, std::string_view b) noexcept {
  if (same_text(a, b)) return true;
  if (kind == Kind::credentials) return same_credentials(a, b);
  if (kind != Kind::addresses) return false;
  const auto x = sip::parse_name_addr(a);
  const auto y = sip::parse_name_addr(b);
  return x && y && same_name_addr(*x, *y);
}

// All lines of one header as one text: "Supported: a" and "Supported: b" are "Supported: a, b" (RFC 3261 7.3.1).
bool same_joined(const sip::Message& a, const sip::Message& b, const Header& like) {
  const auto join = [&](const sip::Message& message) {
    std::string text;
    for (Lines lines(message, like); const Header* line = lines.next();) {
      if (!text.empty()) text += ',';
      text += line->value;
    }
    return text;
  };
  return same_text(join(a), join(b));
}

// Lists in which each value stands for itself and their order means nothing (RFC 3261 20.1, 20.5, 20.32, 20.37).
bool is_set(const Header& header) noexcept {
  static constexpr std::string_view kNames[] = {"Allow", "Require", "Proxy-Require", "Unsupported", "Accept"};
  return header.id == HeaderName::supported || header.id == HeaderName::allow_events ||
         std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view name) { return sip::equal_ignoring_case(header.name, name); });
}

// The values of all lines of such a list.
class Items {
 public:
  Items(const sip::Message& message, const Header& like) : lines_(message, like) {}
  std::string_view next() noexcept {  // empty at the end
    for (;;) {
      while (rest_.empty()) {
        const Header* const line = lines_.next();
        if (line == nullptr) return {};
        rest_ = line->value;
      }
      const std::size_t end = std::min(rest_.find(','), rest_.size());
      const std::string_view item = trimmed(rest_.substr(0, end));
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      if (!item.empty()) return item;
    }
  }

 private:
  static std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kSpace = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    return text.substr(0, text.find_last_not_of(kSpace) + 1);
  }

  Lines lines_;
  std::string_view rest_;
};

std::size_t count_items(const sip::Message& message, const Header& like) noexcept {
  std::size_t count = 0;
  for (Items items(message, like); !items.next().empty();) ++count;
  return count;
}

// The first item of `in` that `from` does not have.
std::string_view missing_item(const sip::Message& in, const sip::Message& from, const Header& like) {
  Items items(in, like);
  for (std::string_view item = items.next(); !item.empty(); item = items.next()) {
    Items others(from, like);
    std::string_view other = others.next();
    while (!other.empty() && !sip::equal_ignoring_case(item, other) && !same_text(item, other)) other = others.next();
    if (other.empty()) return item;
  }
  return {};
}

// Whether it was one; then what is gone or new has been added.
bool compare_set(const Versions& versions, const Header& like, std::vector<Change>& changes) {
  constexpr std::size_t kMost = 64;  // more are not searched, which would take quadratic time
  const auto [before, after] = versions;
  if (!is_set(like) || count_lines(before, like) == 0 || count_lines(after, like) == 0 ||
      count_items(before, like) > kMost || count_items(after, like) > kMost)
    return false;
  if (const auto gone = missing_item(before, after, like); !gone.empty())
    changes.push_back({Field::header_removed, like.name, gone, {}});
  if (const auto fresh = missing_item(after, before, like); !fresh.empty())
    changes.push_back({Field::header_added, like.name, {}, fresh});
  return true;
}

void add_difference(const Rule& rule, std::string_view where, std::string_view was, std::string_view is,
                    std::vector<Change>& changes) {
  if (!same_value(rule.kind, was, is)) changes.push_back({rule.field, where, was, is});
}

// The first value of `in` that `from` does not have.
std::string_view missing_value(const Rule& rule, const sip::Message& in, const sip::Message& from, const Header& like) {
  constexpr std::size_t kMost = 32;  // lines; more are not searched, which would take quadratic time
  if (count_lines(in, like) > kMost || count_lines(from, like) > kMost) return like.value;
  for (Lines lines(in, like); const Header* line = lines.next();) {
    bool found = false;
    Lines others(from, like);
    for (const Header* other = others.next(); other != nullptr && !found; other = others.next())
      found = same_value(rule.kind, line->value, other->value);
    if (!found) return line->value;
  }
  return like.value;
}

void compare_list(const Rule& rule, const Versions& versions, const Header& like, std::vector<Change>& changes) {
  sip::Values before(versions.before, rule.name);
  sip::Values after(versions.after, rule.name);
  const std::size_t were = sip::Values::count(versions.before, rule.name);
  const std::size_t are = sip::Values::count(versions.after, rule.name);
  if (were > are)
    changes.push_back(
        {Field::header_removed, like.name, missing_value(rule, versions.before, versions.after, like), {}});
  else if (were < are)
    changes.push_back({Field::header_added, like.name, {}, missing_value(rule, versions.after, versions.before, like)});
  else
    while (const auto was = before.next()) add_difference(rule, like.name, *was, after.next().value_or(""), changes);
}

void compare_lines(const Rule& rule, const Versions& versions, const Header& like, std::vector<Change>& changes) {
  const std::size_t were = count_lines(versions.before, like);
  const std::size_t are = count_lines(versions.after, like);
  if (same_joined(versions.before, versions.after, like) || compare_set(versions, like, changes)) return;
  if (were > are)
    changes.push_back(
        {Field::header_removed, like.name, missing_value(rule, versions.before, versions.after, like), {}});
  else if (were < are)
    changes.push_back({Field::header_added, like.name, {}, missing_value(rule, versions.after, versions.before, like)});
  else {
    Lines before(versions.before, like);
    Lines after(versions.after, like);
    for (const Header* was = before.next(); was != nullptr; was = before.next())
      if (const Header* is = after.next()) add_difference(rule, like.name, was->value, is->value, changes);
  }
}

// Those of one message that come first of their name, and, of `but`, have none.
template <class Visit>
void for_each_name(const sip::Message& message, const sip::Message* but, Visit visit) {
  const auto headers = message.headers();
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const Header& header = headers[i];
    const auto same = [&](const Header& other) { return same_header(other, header); };
    if (rule_of(header).kind == Kind::elsewhere) continue;
    if (std::any_of(headers.begin(), headers.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    if (but != nullptr && std::any_of(but->headers().begin(), but->headers().end(), same)) continue;
    visit(rule_of(header), header);
  }
}

// Most rewritten messages have only the headers of compare_headers.cc changed: header for header the others are equal.
bool others_are_equal(const Versions& versions) {
  const auto before = versions.before.headers();
  const auto after = versions.after.headers();
  return before.size() == after.size() &&
         std::equal(before.begin(), before.end(), after.begin(), [](const Header& a, const Header& b) {
           return same_header(a, b) && (a.value == b.value || rule_of(a).kind == Kind::elsewhere);
         });
}

}  // namespace

void compare_other_headers(const Versions& versions, std::vector<Change>& changes) {
  if (others_are_equal(versions)) return;
  const auto compare_one = [&](const Rule& rule, const Header& like) {
    if (rule.kind == Kind::addresses)
      compare_list(rule, versions, like, changes);
    else
      compare_lines(rule, versions, like, changes);
  };
  for_each_name(versions.before, nullptr, compare_one);
  for_each_name(versions.after, &versions.before, compare_one);
}

}  // namespace vialens

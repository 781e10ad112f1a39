// Bodies: session descriptions line by line, others as text.
#include <algorithm>

#include "userspace/crossing/compare.h"
#include "userspace/crossing/same.h"
#include "userspace/sip/sdp.h"

namespace vialens {
namespace {

void compare_connection(const std::optional<sip::Connection>& before, const std::optional<sip::Connection>& after,
                        std::vector<Change>& changes) {
  if (before && after && !same_host(before->address, after->address))
    changes.push_back({Field::sdp_connection, "SDP c=", before->text, after->text});
}

bool same_origin(const sip::Origin& a, const sip::Origin& b) noexcept {
  return a.username == b.username && a.session_id == b.session_id && a.version == b.version &&
         same_host(a.address, b.address);
}

std::string_view take_line(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end);
  rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
  return line;
}

// Lines with a rule of their own.
bool is_elsewhere(std::string_view line) noexcept {
  return line.empty() || line.starts_with("c=") || line.starts_with("o=") || line.starts_with("m=") ||
         line.starts_with("s=");
}

std::size_t count_line(std::string_view section, std::string_view wanted) noexcept {
  std::size_t count = 0;
  while (!section.empty()) count += take_line(section) == wanted ? 1 : 0;
  return count;
}

// The first line of `in` that `from` has not, or not so often.
std::string_view missing_line(std::string_view in, std::string_view from) noexcept {
  std::string_view rest = in;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (!is_elsewhere(line) && count_line(in, line) > count_line(from, line)) return line;
  }
  return {};
}

// Which line differs first: for descriptions so long that looking for each line anywhere would take quadratic time.
std::pair<std::string_view, std::string_view> first_difference(std::string_view before,
                                                               std::string_view after) noexcept {
  while (!before.empty() || !after.empty()) {
    const std::string_view was = take_line(before);
    const std::string_view is = take_line(after);
    if (was != is && !(is_elsewhere(was) && is_elsewhere(is))) return {was, is};
  }
  return {};
}

// Their order within a section means nothing to most readers, and a router that only turned lines around did no harm.
void compare_lines(std::string_view before, std::string_view after, std::vector<Change>& changes) {
  constexpr std::ptrdiff_t kMany = 100;  // lines
  if (before == after) return;
  const auto is_many = [](std::string_view text) {
    return std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r') > 2 * kMany;
  };
  const bool is_long = is_many(before) || is_many(after);
  const auto [gone, is_new] =
      is_long ? first_difference(before, after) : std::pair{missing_line(before, after), missing_line(after, before)};
  if (gone.empty() && is_new.empty()) return;
  changes.push_back({Field::sdp_attribute,
                     gone.empty()     ? "SDP line added"
                     : is_new.empty() ? "SDP line removed"
                                      : "SDP line",
                     gone, is_new});
}

std::string_view session_lines(const sip::Sdp& sdp) noexcept {
  const std::string_view text = sdp.text();
  if (sdp.media().empty()) return text;
  return text.substr(0, static_cast<std::size_t>(sdp.media().front().text.data() - text.data()) - 2);
}

std::string_view session_name(const sip::Sdp& sdp) noexcept {
  std::string_view rest = session_lines(sdp);
  while (!rest.empty())
    if (const std::string_view line = take_line(rest); line.starts_with("s=")) return line.substr(2);
  return {};
}

void compare_media(const sip::Media& before, const sip::Media& after, std::vector<Change>& changes) {
  compare_connection(before.connection, after.connection, changes);
  if (before.port != after.port) changes.push_back({Field::sdp_media_port, "SDP m=", before.text, after.text});
  if (before.protocol != after.protocol || !same_text(before.formats, after.formats))
    changes.push_back({Field::sdp_attribute, "SDP m=", before.text, after.text});
  compare_lines(before.lines, after.lines, changes);
}

}  // namespace

void compare_sdp(std::string_view before_text, std::string_view after_text, std::vector<Change>& changes) {
  if (before_text == after_text) return;
  sip::Sdp before;
  sip::Sdp after;
  if (!sip::Sdp::parse(before_text, before) || !sip::Sdp::parse(after_text, after)) return;

  if (before.origin() && after.origin() && !same_origin(*before.origin(), *after.origin()))
    changes.push_back({Field::sdp_origin, "SDP o=", before.origin()->text, after.origin()->text});
  if (const auto name = session_name(before), now = session_name(after); name != now)
    changes.push_back({Field::text, "SDP s=", name, now});
  compare_connection(before.connection(), after.connection(), changes);
  compare_lines(session_lines(before), session_lines(after), changes);
  // Where media are missing or new it cannot be said which belongs to which.
  const auto same_kind = [](const sip::Media& a, const sip::Media& b) { return a.kind == b.kind; };
  const bool same_media = before.media().size() == after.media().size() &&
                          std::equal(before.media().begin(), before.media().end(), after.media().begin(), same_kind);
  if (!same_media) {
    changes.push_back({Field::sdp_attribute, "SDP m=", before.media().empty() ? "" : before.media().back().text,
                       after.media().empty() ? "" : after.media().back().text});
    return;
  }
  for (std::size_t i = 0; i < before.media().size(); ++i) compare_media(before.media()[i], after.media()[i], changes);
}

void compare_body(const Versions& versions, std::vector<Change>& changes) {
  const std::string_view before = versions.before.whole_body();
  const std::string_view after = versions.after.whole_body();
  // What stands behind the length that both agree on belongs to nobody (RFC 3261 18.3).
  if (before == after || versions.before.body() == versions.after.body()) return;
  const std::string_view was = sip::whole_sdp_body(versions.before);
  const std::string_view is = sip::whole_sdp_body(versions.after);
  compare_sdp(was, is, changes);
  // The rest of a multipart body, or a body that is no session description.
  if (was.empty() != is.empty()) {
    // A session description that is gone, or cannot be known as one any more, is told by compare_form().
    if (sip::Sdp before_it_went; sip::Sdp::parse(was, before_it_went)) return;
    changes.push_back({Field::text, "body", before.substr(0, 60), after.substr(0, 60)});
    return;
  }
  const auto around = [](std::string_view whole, std::string_view part) {
    if (part.empty()) return std::pair{whole, std::string_view{}};
    const auto at = static_cast<std::size_t>(part.data() - whole.data());
    return std::pair{whole.substr(0, at), whole.substr(at + part.size())};
  };
  const auto [head, tail] = around(before, was);
  const auto [new_head, new_tail] = around(after, is);
  if (!same_text(head, new_head)) changes.push_back({Field::text, "body", head, new_head});
  if (!same_text(tail, new_tail)) changes.push_back({Field::text, "body", tail, new_tail});
}

}  // namespace vialens

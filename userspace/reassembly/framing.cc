#include "userspace/reassembly/framing.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace vialens {
namespace {

using Step = Framing::Step;
using Verdict = Framing::Verdict;
using Line = std::string_view;

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kTokenMarks = "-.!%*_+`'~";
constexpr std::string_view kVersion = "SIP/2.0";

constexpr std::string_view kMethods[] = {"INVITE",  "ACK",  "BYE",       "CANCEL", "REGISTER", "OPTIONS", "PRACK",
                                         "MESSAGE", "INFO", "SUBSCRIBE", "NOTIFY", "UPDATE",   "REFER",   "PUBLISH"};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool begins(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && same(text.substr(0, prefix.size()), prefix);
}

std::string_view trim_right(std::string_view text, std::string_view what) noexcept {
  return text.substr(0, text.find_last_not_of(what) + 1);
}

std::string_view trim(std::string_view text, std::string_view what) noexcept {
  text = trim_right(text, what);
  return text.substr(std::min(text.find_first_not_of(what), text.size()));
}

// From `begin` to the LF at `lf`, line end excluded.
Line line_at(std::string_view bytes, std::size_t begin, std::size_t lf) noexcept {
  const Line line = bytes.substr(begin, lf - begin);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string_view first_word(Line line) noexcept { return line.substr(0, line.find_first_of(kBlank)); }

// token of RFC 3261 25.1. A colon is none, so no header name with its colon is taken for a method.
bool is_token(std::string_view word) noexcept {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           kTokenMarks.find(c) != std::string_view::npos;
  });
}

bool is_known_method(std::string_view word) noexcept {
  return std::find(std::begin(kMethods), std::end(kMethods), word) != std::end(kMethods);
}

bool is_status_line(Line line) noexcept {
  return line.size() > kVersion.size() && begins(line, kVersion) && line[kVersion.size()] == ' ';
}

// What stands in front of " SIP/2.0" at the end of the line; nothing if that does not end it.
Line without_version(Line line) noexcept {
  line = trim_right(line, kBlank);
  const std::size_t rest = line.size() - std::min(line.size(), kVersion.size());
  if (rest == 0 || line[rest - 1] != ' ' || !same(line.substr(rest), kVersion)) return {};
  return trim_right(line.substr(0, rest), kBlank);
}

// Method, something, and at the end the version.
bool is_request_line(Line line) noexcept {
  line = without_version(line);
  const std::string_view method = first_word(line);
  const std::string_view uri = trim(line.substr(method.size()), kBlank);
  return is_token(method) && !uri.empty() && uri.front() != ':';
}

std::string_view last_word(Line line) noexcept { return line.substr(line.find_last_of(kBlank) + 1); }

// A known method at the end of a word: bodies need no line end, so a start line may follow one in the same line.
std::string_view method_at_end(std::string_view word) noexcept {
  std::string_view longest;  // PRACK, not ACK
  for (const std::string_view method : kMethods) {
    if (word.ends_with(method) && method.size() > longest.size()) longest = method;
  }
  return longest;
}

std::size_t find_request_line(Line line) noexcept {
  const Line in_front = without_version(line);
  const std::string_view uri = last_word(in_front);
  const Line rest = trim_right(in_front.substr(0, in_front.size() - uri.size()), kBlank);
  const std::string_view method = method_at_end(last_word(rest));
  if (method.empty() || uri.find(':') == uri.npos) return Line::npos;
  return rest.size() - method.size();
}

std::size_t find_status_line(Line line) noexcept {
  for (std::size_t at = line.find(kVersion); at != line.npos; at = line.find(kVersion, at + 1)) {
    if (!is_status_line(line.substr(at))) continue;
    const std::string_view code = first_word(line.substr(at + kVersion.size() + 1));
    if (code.size() == 3 && std::all_of(code.begin(), code.end(), is_digit)) return at;
  }
  return Line::npos;
}

// What may stand where a message has to begin. Other versions, blanks, and a version that is gone are for the parser to
// judge.
bool may_start_message(Line line) noexcept {
  line = trim(line, kBlank);
  if (begins(line, "SIP/")) return true;
  const std::string_view method = first_word(line);
  if (method.size() == line.size()) return false;
  return is_known_method(method) || begins(last_word(line), "SIP/");
}

// Digits only. Too many of them mean "too long", which is what the greatest number says, too.
std::optional<std::uint32_t> parse_length(std::string_view text) noexcept {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    number = std::min(number * 10 + static_cast<std::uint64_t>(c - '0'), kMax);
  }
  return static_cast<std::uint32_t>(number);
}

bool names_length(std::string_view name) noexcept {
  name = trim_right(name, kBlank);
  return same(name, "content-length") || same(name, "l");
}

}  // namespace

void Framing::begin(Start start) noexcept {
  state_ = State::between;
  scanned_ = 0;
  if (start == Start::anywhere) get_lost(LineStart::unsure);
}

void Framing::get_lost(LineStart line_start) noexcept {
  state_ = State::lost;
  line_start_ = line_start;
  scanned_ = 0;
}

void Framing::drop(std::uint64_t count) noexcept {
  begin(Start::boundary);
  if (count == 0) return;
  state_ = State::dropping;
  total_ = count;
}

void Framing::enter_headers(std::size_t line_end, bool guessed) noexcept {
  state_ = State::headers;
  guessed_ = guessed;
  scanned_ = line_ = line_end + 1;
  length_at_ = 0;
  content_length_.reset();
}

Step Framing::next(std::string_view bytes, std::size_t limit) noexcept {
  std::optional<Step> step;
  while (!step) {  // each turn without a step goes one state on
    switch (state_) {
      case State::between:
        step = read_between(bytes);
        break;
      case State::lost:
        step = read_lost(bytes);
        break;
      case State::headers:
        step = read_headers(bytes, limit);
        break;
      case State::body:
        step = read_body(bytes);
        break;
      case State::dropping:
        step = read_dropped(bytes);
        break;
    }
  }
  return *step;
}

void Framing::lose(std::size_t unread, std::uint64_t missing) noexcept {
  std::uint64_t left = 0;
  if (state_ == State::body) left = total_ - unread;
  if (state_ == State::dropping) left = total_;
  if (left >= missing && left > 0) {
    drop(left - missing);
  } else {
    begin(Start::anywhere);
  }
}

// CRLFs in front of a start line mean nothing to the message (RFC 3261 7.5).
std::optional<Step> Framing::read_between(std::string_view bytes) noexcept {
  if (bytes.empty() || bytes == "\r" || bytes == "\r\n\r") return Step{};
  if (bytes.front() == '\n') return Step{Verdict::skip, 1};
  if (bytes.starts_with("\r\n\r\n")) return Step{Verdict::keep_alive, 4};
  if (bytes.starts_with("\r\n")) return Step{Verdict::keep_alive, 2};

  const std::size_t lf = bytes.find('\n', scanned_);
  scanned_ = bytes.size();
  const bool too_long = std::min(lf, bytes.size()) > kMaxStartLine;
  if (!too_long && lf == bytes.npos) return Step{};
  if (!too_long && may_start_message(line_at(bytes, 0, lf)))
    enter_headers(lf, false);
  else
    get_lost(LineStart::sure);
  return std::nullopt;
}

// The rest of a line may look like a whole one: of "PUBLISH sip:... SIP/2.0" remains "SH sip:... SIP/2.0". Where a line
// may have begun earlier only the methods that we know count.
std::size_t Framing::find_start(Line line, LineStart line_start) noexcept {
  if (line_start == LineStart::never || line.size() > kMaxStartLine) return line.npos;
  if (const std::size_t at = find_request_line(line); at != line.npos) return at;
  if (is_status_line(line)) return 0;
  if (const std::size_t at = find_status_line(line); at != line.npos) return at;
  return line_start == LineStart::sure && is_request_line(line) ? 0 : line.npos;
}

std::optional<Step> Framing::read_lost(std::string_view bytes) noexcept {
  std::size_t line = 0;
  for (;;) {
    const std::size_t lf = bytes.find('\n', std::max(scanned_, line));
    if (lf == bytes.npos) break;
    scanned_ = 0;
    const std::size_t start = find_start(line_at(bytes, line, lf), line_start_);
    line_start_ = LineStart::sure;
    if (start != bytes.npos) {
      if (line + start > 0) return Step{Verdict::skip, line + start};
      enter_headers(lf, true);
      return std::nullopt;
    }
    line = lf + 1;
  }
  if (bytes.size() - line > kMaxStartLine + 1) {  // with its CR
    line_start_ = LineStart::never;
    line = bytes.size();
  }
  scanned_ = bytes.size() - line;
  return line > 0 ? Step{Verdict::skip, line} : Step{};
}

std::optional<Step> Framing::read_headers(std::string_view bytes, std::size_t limit) noexcept {
  for (;;) {
    const std::size_t lf = bytes.find('\n', scanned_);
    if (std::min(lf, bytes.size()) > limit) {
      get_lost(LineStart::unsure);
      return Step{Verdict::oversized, limit};
    }
    if (lf == bytes.npos) {
      scanned_ = bytes.size();
      return Step{};
    }
    const Line line = line_at(bytes, line_, lf);
    if (line.empty()) return end_headers(bytes, lf + 1, limit);
    if (const std::size_t start = guessed_ ? find_start(line, LineStart::sure) : line.npos; start != line.npos) {
      // What we took for a message was the start line in a body (message/sipfrag, RFC 3420); this one may be real.
      const std::size_t skipped = line_ + start;
      get_lost(LineStart::sure);
      return Step{Verdict::skip, skipped};
    }
    note_line(bytes, line);
    scanned_ = line_ = lf + 1;
  }
}

// Notes whether this line begins or ends a Content-Length. A line that begins with a blank goes on with the field of
// the line before (RFC 3261 7.3.1).
void Framing::note_line(std::string_view bytes, Line line) noexcept {
  const char first = lower(line.front());
  if (first == ' ' || first == '\t') return;
  note_length(bytes);
  if (first != 'c' && first != 'l') return;
  const std::size_t colon = line.find(':');
  if (colon != line.npos && names_length(line.substr(0, colon))) length_at_ = line_ + colon + 1;
}

// Of several, the first that is a number.
void Framing::note_length(std::string_view bytes) noexcept {
  if (length_at_ == 0) return;
  if (!content_length_) content_length_ = parse_length(trim(bytes.substr(length_at_, line_ - length_at_), kSpace));
  length_at_ = 0;
}

// Without a Content-Length there is no body: on a stream it is mandatory (RFC 3261 20.14), and the connection's end,
// which is the other way to find the end, comes hours later.
std::optional<Step> Framing::end_headers(std::string_view bytes, std::size_t header_bytes, std::size_t limit) noexcept {
  note_length(bytes);
  const std::uint64_t body = content_length_.value_or(0);
  state_ = State::body;
  total_ = header_bytes + body;
  if (total_ <= limit) return std::nullopt;
  if (body <= kMaxBelieved) {
    drop(body);
  } else {
    get_lost(LineStart::sure);
  }
  return Step{Verdict::oversized, header_bytes};
}

std::optional<Step> Framing::read_body(std::string_view bytes) noexcept {
  if (bytes.size() < total_) return Step{};
  begin(Start::boundary);
  return Step{Verdict::message, static_cast<std::size_t>(total_)};
}

std::optional<Step> Framing::read_dropped(std::string_view bytes) noexcept {
  if (bytes.empty()) return Step{};
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(total_, bytes.size()));
  drop(total_ - count);
  return Step{Verdict::skip, count};
}

}  // namespace vialens

#include "userspace/sip/message.h"

#include <algorithm>
#include <array>
#include <limits>

#include "userspace/sip/fields.h"
#include "userspace/sip/text.h"

namespace vialens::sip {
namespace {

constexpr std::string_view kGradeNames[] = {"valid", "odd", "broken", "not-sip"};

constexpr std::string_view kFlawNames[] = {
    // odd
    "leading-crlf", "lf-only", "folded", "space-before-colon", "loose-start-line", "no-reason-phrase",
    "header-without-colon", "extra-body", "no-content-length", "unknown-method", "repeated-header", "loose-address",
    "empty-parameter",
    // broken
    "bad-start-line", "bad-version", "bad-status", "missing-via", "missing-from", "missing-to", "missing-call-id",
    "missing-cseq", "bad-cseq", "bad-content-length", "short-body", "bad-via", "bad-uri", "no-empty-line",
    "too-many-headers"};
static_assert(std::size(kFlawNames) == static_cast<std::size_t>(Flaw::count_));

constexpr std::string_view kMethods[] = {"INVITE",  "ACK",  "BYE",       "CANCEL", "REGISTER", "OPTIONS", "PRACK",
                                         "MESSAGE", "INFO", "SUBSCRIBE", "NOTIFY", "UPDATE",   "REFER",   "PUBLISH"};

bool is_known_method(std::string_view method) noexcept {
  return std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
}

bool may_occur_once(HeaderName id) noexcept {
  constexpr HeaderName kSingular[] = {HeaderName::from, HeaderName::to,           HeaderName::call_id,
                                      HeaderName::cseq, HeaderName::max_forwards, HeaderName::content_length};
  return std::find(std::begin(kSingular), std::end(kSingular), id) != std::end(kSingular);
}

// "SIP/" at the beginning of a word: this line meant to be SIP, whatever else it is.
bool mentions_sip(std::string_view line) noexcept {
  for (std::size_t slash = line.find('/'); slash != std::string_view::npos; slash = line.find('/', slash + 1)) {
    if (slash < 3 || !text::same({line.data() + slash - 3, 3}, "SIP")) continue;
    if (slash == 3 || text::is(text::kSpace, line[slash - 4])) return true;
  }
  return false;
}

bool names_sip_uri(std::string_view text) noexcept {
  return text::begins(text, "sip:") || text::begins(text, "sips:") || text::begins(text, "tel:");
}

}  // namespace

std::string_view to_string(Grade grade) noexcept { return kGradeNames[static_cast<std::size_t>(grade)]; }

std::string_view to_string(Flaw flaw) noexcept {
  return flaw < Flaw::count_ ? kFlawNames[static_cast<std::size_t>(flaw)] : "?";
}

Grade Flaws::grade() const noexcept {
  if (bits_ == 0) return Grade::valid;
  return bits_ < bit(kFirstBroken) ? Grade::odd : Grade::broken;
}

// Fills one Message; lives as long as Message::parse() runs.
class Reader {
 public:
  Reader(std::string_view bytes, Message& out, bool stream) noexcept : out_(out), rest_(bytes), stream_(stream) {}

  Grade read() noexcept {
    reset();
    if (!read_start_line()) {
      out_.flaws_ = {};
      return out_.grade_ = Grade::not_sip;
    }
    read_headers();
    read_body();
    read_cseq();
    check_required();
    check_addresses();
    if (!out_.method_.empty() && !is_known_method(out_.method_)) flaw(Flaw::unknown_method);
    return out_.grade_ = out_.flaws_.grade();
  }

 private:
  void flaw(Flaw which) noexcept { out_.flaws_.add(which); }
  void reset() noexcept;
  std::string_view next_line() noexcept;
  bool read_start_line() noexcept;
  void read_status_line(std::string_view line) noexcept;
  bool read_request_line(std::string_view line) noexcept;
  void read_headers() noexcept;
  void add_header(std::string_view line) noexcept;
  void note_content_length(std::string_view value) noexcept;
  void read_body() noexcept;
  void read_cseq() noexcept;
  void check_required() noexcept;
  void check_addresses() noexcept;
  void check_address(const std::optional<NameAddr>& address) noexcept;

  Message& out_;
  std::string_view rest_;
  bool stream_;
};

// Not `out_ = {}`: clearing 160 headers would cost more than reading a dozen.
void Reader::reset() noexcept {
  out_.bytes_ = rest_;
  out_.start_line_ = out_.method_ = out_.request_uri_ = out_.reason_ = out_.body_ = {};
  std::fill(std::begin(out_.first_), std::end(out_.first_), std::uint8_t{0});
  out_.header_count_ = out_.header_bytes_ = 0;
  out_.content_length_.reset();
  out_.cseq_ = 0;
  out_.status_ = 0;
  out_.flaws_ = {};
}

std::string_view Reader::next_line() noexcept {
  const text::Line line = text::take_line(rest_);
  if (line.ended && !line.has_cr) flaw(Flaw::lf_only);
  return line.text;
}

bool Reader::read_start_line() noexcept {
  while (!rest_.empty() && (rest_.front() == '\n' || rest_.starts_with("\r\n"))) {
    flaw(Flaw::leading_crlf);
    next_line();
  }
  const std::string_view line = next_line();
  out_.start_line_ = line;
  if (text::begins(text::trim_left(line), "SIP/")) {
    read_status_line(line);
    return true;
  }
  return read_request_line(line);
}

// Status-Line = SIP-Version SP 3DIGIT SP Reason-Phrase. The phrase may be empty, its space may not (RFC 3261 25.1), and
// space at its end belongs to it.
void Reader::read_status_line(std::string_view line) noexcept {
  std::string_view rest = text::trim_left(line);
  if (rest.size() != line.size()) flaw(Flaw::loose_start_line);
  const std::string_view version = text::take_word(rest);
  if (!text::same(version, "SIP/2.0")) flaw(Flaw::bad_version);
  if (rest.data() != version.data() + version.size() + 1 || *(rest.data() - 1) != ' ') flaw(Flaw::loose_start_line);

  std::size_t len = 0;
  while (len < rest.size() && !text::is(text::kSpace, rest[len])) ++len;
  const std::string_view code = text::head(rest, len);
  const auto number = code.size() == 3 ? text::parse_number(code, 999) : std::nullopt;
  out_.status_ = number.value_or(0) > 0 ? static_cast<int>(*number) : -1;
  if (out_.status_ < 100 || out_.status_ > 699) flaw(Flaw::bad_status);

  if (len == rest.size()) {
    flaw(Flaw::no_reason_phrase);
  } else {
    if (rest[len] != ' ') flaw(Flaw::loose_start_line);
    out_.reason_ = text::tail(rest, len + 1);
  }
}

// Request-Line = Method SP Request-URI SP SIP-Version. Space within the URI is left to check_addresses().
bool Reader::read_request_line(std::string_view line) noexcept {
  std::string_view rest = text::trim(line);
  const std::string_view method = text::take_word(rest);
  std::size_t cut = rest.size();
  while (cut > 0 && !text::is(text::kSpace, rest[cut - 1])) --cut;
  const std::string_view version = text::tail(rest, cut);
  const bool has_version = text::begins(version, "SIP/");
  if (!has_version && !mentions_sip(line) && !(is_known_method(method) && names_sip_uri(rest))) return false;

  const std::string_view uri = has_version ? text::trim(text::head(rest, cut)) : rest;
  if (text::all(text::kToken, method)) out_.method_ = method;
  out_.request_uri_ = uri;
  if (!has_version || out_.method_.empty() || uri.empty()) {
    flaw(Flaw::bad_start_line);
    return true;
  }
  if (!text::same(version, "SIP/2.0")) flaw(Flaw::bad_version);
  const bool single_spaces = line.size() == method.size() + uri.size() + version.size() + 2 &&
                             *(uri.data() - 1) == ' ' && *(version.data() - 1) == ' ';
  if (!single_spaces) flaw(Flaw::loose_start_line);
  return true;
}

void Reader::read_headers() noexcept {
  for (;;) {
    if (rest_.empty()) {
      flaw(Flaw::no_empty_line);
      break;
    }
    std::string_view line = next_line();
    if (line.empty()) break;
    while (text::begins_with_blank(rest_)) {
      flaw(Flaw::folded);
      const std::string_view more = next_line();
      line = text::head(line, static_cast<std::size_t>(more.data() + more.size() - line.data()));
    }
    add_header(line);
  }
  out_.header_bytes_ = out_.bytes_.size() - rest_.size();
}

void Reader::add_header(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  const std::string_view before = text::head(line, std::min(colon, line.size()));
  const std::string_view name = text::trim(before);
  if (colon == std::string_view::npos || name.empty() || name.data() != line.data() || !text::all(text::kToken, name)) {
    flaw(Flaw::header_without_colon);
    return;
  }
  if (out_.header_count_ == Message::kMaxHeaders) {
    flaw(Flaw::too_many_headers);
    return;
  }
  if (name.size() != before.size()) flaw(Flaw::space_before_colon);
  const Header header{name, text::trim(text::tail(line, colon + 1)), header_name(name)};
  out_.headers_[out_.header_count_++] = header;
  if (header.id == HeaderName::other) return;

  std::uint8_t& first = out_.first_[static_cast<std::size_t>(header.id)];
  if (first == 0) {
    first = static_cast<std::uint8_t>(out_.header_count_);
  } else if (may_occur_once(header.id)) {
    flaw(Flaw::repeated_header);
  }
  if (header.id == HeaderName::content_length) note_content_length(header.value);
}

void Reader::note_content_length(std::string_view value) noexcept {
  const auto length = text::parse_number(value, std::numeric_limits<std::uint32_t>::max());
  if (!length || (out_.content_length_ && *out_.content_length_ != *length)) flaw(Flaw::bad_content_length);
  if (!out_.content_length_) out_.content_length_ = length;
}

// RFC 3261 18.3: a datagram without Content-Length has its body up to the end, and one with more bytes than that loses
// them; on a stream there is no end to go by.
void Reader::read_body() noexcept {
  if (out_.flaws_.has(Flaw::bad_content_length)) out_.content_length_.reset();  // which of two is anybody's guess
  out_.body_ = rest_;
  if (!out_.content_length_) {
    if (stream_ && !out_.flaws_.has(Flaw::bad_content_length)) flaw(Flaw::no_content_length);
    return;
  }
  if (*out_.content_length_ > rest_.size()) {
    flaw(Flaw::short_body);
    return;
  }
  if (*out_.content_length_ < rest_.size() && !stream_) flaw(Flaw::extra_body);
  out_.body_ = text::head(rest_, *out_.content_length_);
}

// CSeq = 1*DIGIT LWS Method, below 2**31 (RFC 3261 8.1.1.5).
void Reader::read_cseq() noexcept {
  std::string_view method = out_.first(HeaderName::cseq);
  if (method.empty()) return;
  const std::string_view number = text::take_word(method);
  const auto value = text::parse_number(number, std::numeric_limits<std::uint32_t>::max());
  out_.cseq_ = value.value_or(0);
  const bool is_method = !method.empty() && text::all(text::kToken, method);
  if (!value || *value >= 1U << 31 || !is_method) flaw(Flaw::bad_cseq);
  if (!is_method) return;
  if (!out_.is_request()) {
    out_.method_ = method;
  } else if (!out_.method_.empty() && method != out_.method_) {
    flaw(Flaw::bad_cseq);
  }
}

void Reader::check_required() noexcept {
  constexpr struct {
    HeaderName name;
    Flaw flaw;
  } kRequired[] = {{HeaderName::via, Flaw::missing_via},
                   {HeaderName::from, Flaw::missing_from},
                   {HeaderName::to, Flaw::missing_to},
                   {HeaderName::call_id, Flaw::missing_call_id},
                   {HeaderName::cseq, Flaw::missing_cseq}};
  for (const auto& required : kRequired) {
    if (out_.first(required.name).empty()) flaw(required.flaw);
  }
}

void Reader::check_addresses() noexcept {
  if (out_.is_request()) {
    if (const auto uri = parse_uri(out_.request_uri_)) {
      out_.request_uri_ = uri->text;
      if (uri->loose || !uri->headers.empty()) flaw(Flaw::loose_address);
    } else if (!out_.request_uri_.empty()) {
      flaw(Flaw::bad_uri);
    }
  }
  if (!out_.first(HeaderName::via).empty()) {
    const auto via = top_via(out_);
    if (!via) flaw(Flaw::bad_via);
    if (via && via->params.has_empty()) flaw(Flaw::empty_parameter);
  }
  if (!out_.first(HeaderName::from).empty()) check_address(from(out_));
  if (!out_.first(HeaderName::to).empty()) check_address(to(out_));
  if (out_.first_[static_cast<std::size_t>(HeaderName::contact)] == 0) return;
  Values contacts(out_, HeaderName::contact);
  while (const auto contact = contacts.next()) check_address(parse_name_addr(*contact));
}

void Reader::check_address(const std::optional<NameAddr>& address) noexcept {
  if (!address) {
    flaw(Flaw::bad_uri);
    return;
  }
  if (address->loose) flaw(Flaw::loose_address);
  if (address->params.has_empty() || address->uri.params.has_empty()) flaw(Flaw::empty_parameter);
}

Grade Message::parse(std::string_view bytes, Message& out, bool stream) noexcept {
  return Reader(bytes, out, stream).read();
}

std::string_view Message::first(HeaderName name) const noexcept {
  if (name == HeaderName::other || name >= HeaderName::count_) return {};
  const std::size_t index = first_[static_cast<std::size_t>(name)];
  return index == 0 ? std::string_view{} : headers_[index - 1].value;
}

std::size_t Message::count(HeaderName name) const noexcept {
  const auto all = headers();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [name](const Header& header) { return header.id == name; }));
}

}  // namespace vialens::sip

// One SIP message, read in place.
//
// A Message is a set of views into bytes that somebody else owns: a ring buffer record, a capture file, a fuzzer's
// input. It copies nothing, allocates nothing, and is valid as long as those bytes are. Offsets of a view are its
// data() minus the data() of the bytes that were parsed.
//
// Reading is total: every input ends as `valid`, `odd` (a tolerant element can use it; the oddities are named),
// `broken` (SIP was meant, but a proxy or user agent would have to refuse it), or `not_sip`. A broken message still
// shows what could be read, because what a router broke is exactly what we want to show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vialens::sip {

enum class Grade : std::uint8_t { valid, odd, broken, not_sip };

std::string_view to_string(Grade grade) noexcept;

// Why a message is odd or broken. One bit each: a message may have several.
enum class Flaw : std::uint8_t {
  // odd: tolerated
  leading_crlf,          // empty lines before the start line (RFC 3261 7.5)
  lf_only,               // lines end in LF without CR
  folded,                // a header goes on over several lines (RFC 3261 7.3.1)
  space_before_colon,    // white space between header name and colon
  loose_start_line,      // additional or unusual white space in the start line
  no_reason_phrase,      // status line without reason (and without the space in front of it)
  header_without_colon,  // a line that is no header, for want of a colon or a name, skipped
  extra_body,            // datagram goes on behind Content-Length (RFC 3261 18.3: discarded)
  no_content_length,     // allowed on UDP, an error on a stream
  unknown_method,        // a method that no RFC known here defines
  repeated_header,       // a header that may occur once occurs again
  loose_address,         // a URI, address or display name that everybody can read but RFC 3261 25.1 does not allow
  empty_parameter,       // ";;" in the top Via, From, To or Contact
  // broken
  bad_start_line,  // neither a request line nor a status line after all
  bad_version,     // not SIP/2.0
  bad_status,      // status code outside 100..699
  missing_via,
  missing_from,
  missing_to,
  missing_call_id,
  missing_cseq,
  bad_cseq,            // no number, a number over 2^31, or a method that is not the request's
  bad_content_length,  // no number, negative, or two different ones
  short_body,          // fewer bytes than Content-Length says
  bad_via,             // the top Via cannot be read
  bad_uri,             // Request-URI, From, To or Contact cannot be read
  no_empty_line,       // ended inside the headers
  too_many_headers,
  count_
};

std::string_view to_string(Flaw flaw) noexcept;  // "leading-crlf"

class Flaws {
 public:
  void add(Flaw flaw) noexcept { bits_ |= bit(flaw); }
  bool has(Flaw flaw) const noexcept { return (bits_ & bit(flaw)) != 0; }
  bool empty() const noexcept { return bits_ == 0; }
  Grade grade() const noexcept;  // valid, odd or broken

 private:
  static constexpr Flaw kFirstBroken = Flaw::bad_start_line;
  static_assert(static_cast<unsigned>(Flaw::count_) <= 32, "one bit each");
  static constexpr std::uint32_t bit(Flaw flaw) noexcept { return 1U << static_cast<unsigned>(flaw); }
  std::uint32_t bits_ = 0;
};

// The headers that somebody here asks for by name; everything else is `other` and still listed in order.
enum class HeaderName : std::uint8_t {
  other,
  via,
  from,
  to,
  call_id,
  cseq,
  contact,
  content_length,
  content_type,
  max_forwards,
  expires,
  route,
  record_route,
  user_agent,
  server,
  authorization,
  www_authenticate,
  refer_to,
  replaces,
  p_asserted_identity,
  session_expires,
  supported,
  // Those that only the comparison of two versions tells apart, or that have a compact form.
  accept_contact,
  allow_events,
  content_encoding,
  diversion,
  event,
  history_info,
  identity,
  identity_info,
  min_se,
  organization,
  p_preferred_identity,
  path,
  proxy_authenticate,
  proxy_authorization,
  referred_by,
  reject_contact,
  remote_party_id,
  request_disposition,
  rseq,
  service_route,
  subject,
  count_
};

struct Header {
  std::string_view name;   // as written
  std::string_view value;  // trimmed at both ends; a folded value keeps its folds
  HeaderName id = HeaderName::other;
};

// The header's identity from its name as written: any case, long or compact form (RFC 3261 7.3.3, 20).
HeaderName header_name(std::string_view written) noexcept;

// The same header, in whatever spelling.
bool same_header(const Header& a, const Header& b) noexcept;

class Message {
 public:
  static constexpr std::size_t kMaxHeaders = 160;

  // `stream` says that the bytes came off a stream, where Content-Length is needed (RFC 3261 18.3).
  static Grade parse(std::string_view bytes, Message& out, bool stream = false) noexcept;

  Grade grade() const noexcept { return grade_; }
  const Flaws& flaws() const noexcept { return flaws_; }

  std::string_view bytes() const noexcept { return bytes_; }            // all that was given
  std::string_view start_line() const noexcept { return start_line_; }  // without its line end
  bool is_request() const noexcept { return status_ == 0; }
  // The request's method; in a response the CSeq's, so that "INVITE" names the transaction in both.
  std::string_view method() const noexcept { return method_; }
  // Empty in a response; without the space or angle brackets around it that do not belong there (RFC 4475 3.1.2.7).
  std::string_view request_uri() const noexcept { return request_uri_; }
  int status() const noexcept { return status_; }  // 0 in a request, -1 if it is not three digits
  std::string_view reason() const noexcept { return reason_; }
  std::uint32_t cseq() const noexcept { return cseq_; }  // 0 if unreadable

  std::span<const Header> headers() const noexcept { return {headers_, header_count_}; }
  // The first header of that name, or an empty view.
  std::string_view first(HeaderName name) const noexcept;
  std::size_t count(HeaderName name) const noexcept;

  std::string_view call_id() const noexcept { return first(HeaderName::call_id); }
  std::string_view body() const noexcept { return body_; }  // as far as Content-Length reaches, else to the end
  // Everything behind the headers, whatever Content-Length says.
  std::string_view whole_body() const noexcept { return bytes_.substr(header_bytes_); }
  std::size_t header_bytes() const noexcept { return header_bytes_; }  // start of the body, from bytes()
  std::optional<std::uint32_t> content_length() const noexcept { return content_length_; }

 private:
  friend class Reader;
  std::string_view bytes_, start_line_, method_, request_uri_, reason_, body_;
  Header headers_[kMaxHeaders];
  std::uint8_t first_[static_cast<std::size_t>(HeaderName::count_)]{};  // index + 1 of the first of each name
  static_assert(kMaxHeaders < 255);
  std::size_t header_count_ = 0;
  std::size_t header_bytes_ = 0;
  std::optional<std::uint32_t> content_length_;
  std::uint32_t cseq_ = 0;
  int status_ = 0;
  Flaws flaws_;
  Grade grade_ = Grade::not_sip;
};

}  // namespace vialens::sip

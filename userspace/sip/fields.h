// Views out of header values: Via, name-addr, URI, CSeq (RFC 3261 25.1).
//
// Every function is total and tolerant: std::nullopt means that the thing is not there or cannot be read at all.
// Nothing is unescaped, folded or lower-cased here; compare with the functions at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "userspace/sip/message.h"

namespace vialens::sip {

struct Param {
  std::string_view name;
  std::string_view value;  // empty, at the end of the name, if there is none; quoted values keep their quotes
};

// A list of `;name=value` as one view; find() looks a name up, whatever its case. Quoted values keep their quotes.
struct Params {
  std::string_view text;  // begins at the first ';' or is empty

  bool has(std::string_view name) const noexcept;
  // ";;": a parameter without a name
  bool has_empty() const noexcept;
  std::size_t count() const noexcept;
  // Takes one off the front of `rest`, which begins as `text`; nothing at the end.
  static std::optional<Param> take(std::string_view& rest) noexcept;
  // "" for a parameter without a value
  std::optional<std::string_view> find(std::string_view name) const noexcept;
};

struct HostPort {
  std::string_view text;  // host and port as written: "192.0.2.1:5060", "[2001:db8::1]"
  std::string_view host;  // IPv6 literals keep their brackets
  std::optional<std::uint16_t> port;
};

// All of text must be used. "2001:db8::1" without brackets is a host without a port, as in ;received= (RFC 3261 20.42).
std::optional<HostPort> parse_host_port(std::string_view text) noexcept;

struct Via {
  std::string_view text;       // this one value
  std::string_view transport;  // "UDP"
  HostPort sent_by;
  Params params;  // branch, received, rport, maddr, ttl, ...
};

std::optional<Via> parse_via(std::string_view value) noexcept;

struct Uri {
  std::string_view text;    // without angle brackets and the space around it
  std::string_view scheme;  // "sip", "sips", "tel", ...
  std::string_view user;    // without password, as written; for tel: the number
  HostPort host_port;       // empty for schemes without a host
  Params params;
  std::string_view headers;  // behind '?'
  bool loose = false;        // readable, but in angle brackets or with characters that must be escaped
};

std::optional<Uri> parse_uri(std::string_view text) noexcept;

// From, To, Contact, Route, ...: [display] <uri>;params or uri;params (whose params are the header's, RFC 3261 20).
struct NameAddr {
  std::string_view text;     // this one value
  std::string_view display;  // quotes kept
  Uri uri;
  Params params;       // tag, expires, q, ...
  bool loose = false;  // e.g. commas in an unquoted display name, '?' outside of angle brackets
};

// "Contact: *" gives a URI that is the text "*" and has no scheme.
std::optional<NameAddr> parse_name_addr(std::string_view value) noexcept;

// Walks over the values of a header that may hold several, separated by commas, and may be repeated (RFC 3261 7.3.1).
// Commas within quotes and angle brackets do not separate.
//     Values vias(message, HeaderName::via);
//     while (auto value = vias.next()) ...
class Values {
 public:
  Values(const Message& message, HeaderName name) noexcept : headers_(message.headers()), name_(name) {}
  std::optional<std::string_view> next() noexcept;  // trimmed; empty values are passed over
  static std::size_t count(const Message& message, HeaderName name) noexcept;

 private:
  std::span<const Header> headers_;
  HeaderName name_;
  std::string_view rest_;
};

std::optional<Via> top_via(const Message& message) noexcept;
std::optional<NameAddr> from(const Message& message) noexcept;
std::optional<NameAddr> to(const Message& message) noexcept;

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace vialens::sip

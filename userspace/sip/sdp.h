// The lines of a session description that carry addresses (RFC 8866), as views into the body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "userspace/sip/message.h"

namespace vialens::sip {

// o=<username> <sess-id> <sess-version> IN IP4 <address>; fields that are not there are empty.
struct Origin {
  std::string_view text;  // the value behind "o="
  std::string_view username, session_id, version, address;
};

struct Connection {
  std::string_view text;     // the value behind "c="
  std::string_view address;  // without "/ttl"
};

struct Media {
  std::string_view text;      // the value behind "m="
  std::string_view kind;      // "audio"
  std::uint16_t port = 0;     // the first one of port/count; 0 if there is no such port
  std::string_view protocol;  // "RTP/AVP"
  std::string_view formats;
  std::optional<Connection> connection;  // its own c= line, if any
  std::string_view lines;                // everything from behind the m= line to the next m= line
};

class Sdp {
 public:
  static constexpr std::size_t kMaxMedia = 16;

  // Reads what it can; false if there is no line "v=" to begin with. Lines may end in CRLF, LF or CR.
  static bool parse(std::string_view body, Sdp& out) noexcept;

  std::string_view text() const noexcept { return text_; }
  const std::optional<Origin>& origin() const noexcept { return origin_; }
  const std::optional<Connection>& connection() const noexcept { return connection_; }  // session level
  std::span<const Media> media() const noexcept { return {media_, media_count_}; }
  // A line that is not <letter>=<value>, an incomplete o=, c= or m= line, a port that is none, more media than fit.
  bool odd() const noexcept { return odd_; }
  std::string_view odd_line() const noexcept { return odd_line_; }  // the first of them; empty if it has none

 private:
  friend class SdpReader;
  std::string_view text_;
  std::optional<Origin> origin_;
  std::optional<Connection> connection_;
  Media media_[kMaxMedia];
  std::size_t media_count_ = 0;
  bool odd_ = false;
  std::string_view odd_line_;
};

// The session description inside a message: its body if the Content-Type says application/sdp, or the part of a
// multipart body (RFC 2046 5.1) that says so, at any depth up to four. Empty if there is none.
std::string_view sdp_body(const Message& message) noexcept;
// The same without believing Content-Length: for comparing what a router made of a body.
std::string_view whole_sdp_body(const Message& message) noexcept;

}  // namespace vialens::sip

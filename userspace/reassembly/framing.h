// Where in a byte stream a SIP message begins, and how long it is (RFC 3261 7.5, 18.3).
//
// Framing looks at bytes that its caller keeps. Each call of next() gets all bytes that no step has consumed yet, so
// the bytes of the call before and what has come since; it remembers how far it has looked and looks at each byte once.
// What comes out depends on the bytes alone, not on how they were cut into segments; only how often CRLFs are counted
// as keep-alives does.
//
// While it knows where a message ends it believes that another one begins there and is generous about its start line: a
// router may have spoilt it, and we want to show that. Once it is lost, it is strict, because a body may hold anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vialens {

class Framing {
 public:
  // A start line that is longer is none.
  static constexpr std::size_t kMaxStartLine = 16384;
  // Over a longer body we do not wait for its end: its Content-Length is more likely wrong than the body that long.
  static constexpr std::uint64_t kMaxBelieved = 1U << 20U;

  enum class Start : std::uint8_t {
    boundary,  // a message or a keep-alive begins here
    anywhere,  // joined in its middle
  };
  enum class Verdict : std::uint8_t {
    more,        // nothing to consume until there are more bytes
    message,     // a whole message
    oversized,   // the beginning of a message that is longer than the limit
    keep_alive,  // CRLFCRLF, a ping, or CRLF, the answer (RFC 5626 3.5.1)
    skip,        // no SIP, or the rest of a message that was given up
  };
  struct Step {
    Verdict verdict = Verdict::more;
    std::size_t length = 0;  // of the bytes that this step consumes
  };

  explicit Framing(Start start = Start::boundary) noexcept { begin(start); }

  Step next(std::string_view bytes, std::size_t limit) noexcept;

  // The caller gives up its `unread` bytes, and behind them `missing` bytes never come. If all of these belong to a
  // body whose length is known, the next message is found at its place; otherwise at the next start line.
  void lose(std::size_t unread, std::uint64_t missing) noexcept;

  // The unread bytes begin with a start line.
  bool begun() const noexcept { return state_ == State::headers || state_ == State::body; }

 private:
  enum class State : std::uint8_t { between, lost, headers, body, dropping };
  // Whether the first unread byte of a lost stream is the first of its line.
  enum class LineStart : std::uint8_t { sure, unsure, never };

  void begin(Start start) noexcept;
  void get_lost(LineStart line_start) noexcept;
  void drop(std::uint64_t count) noexcept;
  void enter_headers(std::size_t line_end, bool guessed) noexcept;
  std::optional<Step> read_between(std::string_view bytes) noexcept;
  std::optional<Step> read_lost(std::string_view bytes) noexcept;
  std::optional<Step> read_headers(std::string_view bytes, std::size_t limit) noexcept;
  std::optional<Step> end_headers(std::string_view bytes, std::size_t header_bytes, std::size_t limit) noexcept;
  std::optional<Step> read_body(std::string_view bytes) noexcept;
  std::optional<Step> read_dropped(std::string_view bytes) noexcept;
  static std::size_t find_start(std::string_view line, LineStart line_start) noexcept;
  void note_line(std::string_view bytes, std::string_view line) noexcept;
  void note_length(std::string_view bytes) noexcept;

  State state_ = State::between;
  LineStart line_start_ = LineStart::sure;
  bool guessed_ = false;       // headers: the start line was found, not expected
  std::size_t scanned_ = 0;    // no LF of interest in front of this
  std::size_t line_ = 0;       // headers: where the line begins that is being read
  std::size_t length_at_ = 0;  // headers: where the value of a Content-Length begins that is being read, or 0
  std::optional<std::uint32_t> content_length_;
  std::uint64_t total_ = 0;  // body: the message's length; dropping: how much is left
};

}  // namespace vialens

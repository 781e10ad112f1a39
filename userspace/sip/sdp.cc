#include "userspace/sip/sdp.h"

#include <algorithm>

#include "userspace/sip/fields.h"
#include "userspace/sip/text.h"

namespace vialens::sip {
namespace {

constexpr int kMaxDepth = 4;

// Takes one line off the front of `rest`, up to CRLF, LF or CR. One pass over the bytes: two searches for CR and LF
// would be quadratic where only one of them occurs.
std::string_view take_sdp_line(std::string_view& rest) noexcept {
  std::size_t len = 0;
  while (len < rest.size() && rest[len] != '\r' && rest[len] != '\n') ++len;
  const std::string_view line = text::head(rest, len);
  rest.remove_prefix(len);
  if (rest.starts_with("\r\n")) {
    rest.remove_prefix(2);
  } else if (!rest.empty()) {
    rest.remove_prefix(1);
  }
  return line;
}

bool is_field(std::string_view line) noexcept {
  return line.size() >= 2 && line[1] == '=' && text::lower(line[0]) >= 'a' && text::lower(line[0]) <= 'z';
}

Origin read_origin(std::string_view value) noexcept {
  Origin origin;
  origin.text = value;
  std::string_view rest = text::trim(value);
  origin.username = text::take_word(rest);
  origin.session_id = text::take_word(rest);
  origin.version = text::take_word(rest);
  text::take_word(rest);  // IN
  text::take_word(rest);  // IP4
  origin.address = text::take_word(rest);
  return origin;
}

Connection read_connection(std::string_view value) noexcept {
  std::string_view rest = text::trim(value);
  text::take_word(rest);  // IN
  text::take_word(rest);  // IP4
  const std::string_view address = text::take_word(rest);
  return {value, text::head(address, std::min(address.find('/'), address.size()))};
}

// m=<kind> <port>[/<count>] <protocol> <formats>; false if something of that is missing or is no port.
bool read_media(std::string_view value, Media& media) noexcept {
  media = {};
  media.text = value;
  std::string_view rest = text::trim(value);
  media.kind = text::take_word(rest);
  const std::string_view ports = text::take_word(rest);
  const auto port = text::parse_number(text::head(ports, std::min(ports.find('/'), ports.size())), 65535);
  media.port = static_cast<std::uint16_t>(port.value_or(0));
  media.protocol = text::take_word(rest);
  media.formats = rest;
  return port.has_value() && !media.protocol.empty() && !media.formats.empty();
}

struct MediaType {
  std::string_view type, subtype;
  Params params;
};

MediaType read_media_type(std::string_view value) noexcept {
  MediaType result;
  std::string_view rest = text::trim(value);
  result.type = text::take_token(rest);
  if (!text::take_separator(rest, '/')) return result;
  result.subtype = text::take_token(rest);
  result.params.text = text::trim_left(rest);
  return result;
}

struct Part {
  std::string_view content_type, body;
};

// Headers, an empty line, a body (RFC 2046 5.1.1); a part without headers begins with the empty line.
Part read_part(std::string_view part) noexcept {
  Part result;
  while (!part.empty()) {
    std::string_view line = text::take_line(part).text;
    if (line.empty()) break;
    while (text::begins_with_blank(part)) {
      const std::string_view more = text::take_line(part).text;
      line = text::head(line, static_cast<std::size_t>(more.data() + more.size() - line.data()));
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (header_name(text::trim(text::head(line, colon))) == HeaderName::content_type) {
      result.content_type = text::trim(text::tail(line, colon + 1));
    }
  }
  result.body = part;
  return result;
}

enum class Delimiter : std::uint8_t { none, next, last };

// delimiter = "--" boundary, then "--" if it is the last one, then white space only.
Delimiter read_delimiter(std::string_view line, std::string_view boundary) noexcept {
  if (!line.starts_with("--")) return Delimiter::none;
  line.remove_prefix(2);
  if (!line.starts_with(boundary)) return Delimiter::none;
  line.remove_prefix(boundary.size());
  const bool last = line.starts_with("--");
  if (last) line.remove_prefix(2);
  if (!text::trim(line).empty()) return Delimiter::none;
  return last ? Delimiter::last : Delimiter::next;
}

std::string_view find_sdp(std::string_view content_type, std::string_view body, int depth) noexcept;

// Each byte is looked at once per depth, and the depth is bounded: linear, whatever the boundaries are.
std::string_view find_sdp_in_parts(std::string_view body, std::string_view boundary, int depth) noexcept {
  const char* part = nullptr;  // behind the delimiter that began it
  std::string_view rest = body;
  for (;;) {
    const char* line_begin = rest.data();
    const bool at_end = rest.empty();  // the last delimiter is missing
    const auto delimiter = at_end ? Delimiter::last : read_delimiter(text::take_line(rest).text, boundary);
    if (delimiter == Delimiter::none) continue;
    if (part != nullptr) {
      std::string_view bytes(part, static_cast<std::size_t>(line_begin - part));
      if (!at_end && bytes.ends_with('\n')) bytes.remove_suffix(1);  // the line end belongs to the delimiter
      if (!at_end && bytes.ends_with('\r')) bytes.remove_suffix(1);
      const Part found = read_part(bytes);
      const std::string_view sdp = find_sdp(found.content_type, found.body, depth);
      if (!sdp.empty()) return sdp;
    }
    if (delimiter == Delimiter::last) return {};
    part = rest.data();
  }
}

std::string_view find_sdp(std::string_view content_type, std::string_view body, int depth) noexcept {
  const MediaType type = read_media_type(content_type);
  if (text::same(type.type, "application") && text::same(type.subtype, "sdp")) return body;
  if (depth == kMaxDepth || !text::same(type.type, "multipart")) return {};
  std::string_view boundary = type.params.find("boundary").value_or(std::string_view{});
  if (boundary.size() >= 2 && boundary.front() == '"' && boundary.back() == '"') {
    boundary = text::head(text::tail(boundary, 1), boundary.size() - 2);
  }
  if (boundary.empty()) return {};
  return find_sdp_in_parts(body, boundary, depth + 1);
}

}  // namespace

// Fills one Sdp; lives as long as Sdp::parse() runs.
class SdpReader {
 public:
  SdpReader(std::string_view body, Sdp& out) noexcept : out_(out), rest_(body) {}
  bool read() noexcept;

 private:
  enum class Level : std::uint8_t { session, media, media_that_did_not_fit };

  void begin_media(std::string_view value) noexcept;
  void end_media(const char* end) noexcept;
  void add_connection(std::string_view value) noexcept;

  void odd() noexcept {
    if (!out_.odd_) out_.odd_line_ = line_;
    out_.odd_ = true;
  }

  Sdp& out_;
  std::string_view rest_, line_;
  Level level_ = Level::session;
};

bool SdpReader::read() noexcept {
  out_.text_ = rest_;
  out_.origin_.reset();
  out_.connection_.reset();
  out_.media_count_ = 0;
  out_.odd_ = false;
  out_.odd_line_ = {};
  while (!rest_.empty() && (rest_.front() == '\r' || rest_.front() == '\n')) rest_.remove_prefix(1);
  if (!rest_.starts_with("v=")) return false;

  bool blank = false;  // seen an empty line: fine at the end, odd elsewhere
  while (!rest_.empty()) {
    const char* begin = rest_.data();
    const std::string_view line = take_sdp_line(rest_);
    if (line.empty()) {
      blank = true;
      continue;
    }
    line_ = line;
    if (blank || !is_field(line)) odd();
    blank = false;
    if (!is_field(line)) continue;
    const std::string_view value = text::tail(line, 2);
    if (line.front() == 'm') {
      end_media(begin);
      begin_media(value);
    } else if (line.front() == 'c') {
      add_connection(value);
    } else if (line.front() == 'o' && !out_.origin_) {
      out_.origin_ = read_origin(value);
      if (out_.origin_->address.empty()) odd();
    }
  }
  end_media(rest_.data());
  return true;
}

void SdpReader::begin_media(std::string_view value) noexcept {
  if (out_.media_count_ == Sdp::kMaxMedia) {
    odd();
    level_ = Level::media_that_did_not_fit;
    return;
  }
  level_ = Level::media;
  Media& media = out_.media_[out_.media_count_++];
  if (!read_media(value, media)) odd();
  media.lines = text::head(rest_, 0);
}

void SdpReader::end_media(const char* end) noexcept {
  if (level_ != Level::media) return;
  std::string_view& lines = out_.media_[out_.media_count_ - 1].lines;
  lines = {lines.data(), static_cast<std::size_t>(end - lines.data())};
}

// A description of multicast may have several c= lines (RFC 8866 5.7); the first one is what a call uses.
void SdpReader::add_connection(std::string_view value) noexcept {
  if (level_ == Level::media_that_did_not_fit) return;
  auto& connection = level_ == Level::session ? out_.connection_ : out_.media_[out_.media_count_ - 1].connection;
  if (connection) return;
  connection = read_connection(value);
  if (connection->address.empty()) odd();
}

bool Sdp::parse(std::string_view body, Sdp& out) noexcept { return SdpReader(body, out).read(); }

std::string_view sdp_body(const Message& message) noexcept {
  return find_sdp(message.first(HeaderName::content_type), message.body(), 0);
}

std::string_view whole_sdp_body(const Message& message) noexcept {
  return find_sdp(message.first(HeaderName::content_type), message.whole_body(), 0);
}

}  // namespace vialens::sip

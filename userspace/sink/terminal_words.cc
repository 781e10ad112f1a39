#include "userspace/sink/terminal_words.h"

#include <fmt/format.h>

#include "userspace/sink/text.h"

namespace vialens {

std::string Paint::operator()(std::string_view text, std::string_view code) const {
  return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string_view colour_of(Severity severity) noexcept {
  return severity == Severity::critical ? ansi::kRed : severity == Severity::warning ? ansi::kYellow : ansi::kCyan;
}

std::string clock_of(Time time) { return to_rfc3339(time).substr(11, 12); }

std::string media_line(const Call& call, const CallStream& stream) {
  const std::string_view codec = call.codecs.name(stream.payload_type);
  std::string line = fmt::format("{:6} {:3} {} > {}  {}  {}, {:.1f} % lost", printable(stream.tap->name),
                                 stream.direction == Direction::unknown ? "" : to_string(stream.direction),
                                 to_string(stream.source), to_string(stream.destination),
                                 codec.empty() ? fmt::format("type {}", stream.payload_type) : printable(codec),
                                 plural(stream.packets, "packet"), 100 * stream.loss());
  if (stream.jitter_ms) line += fmt::format(", jitter {:.1f} ms", *stream.jitter_ms);
  if (const auto mos = mos_of(stream, call.codecs)) line += fmt::format(", MOS about {:.1f}", *mos);
  return line;
}

}  // namespace vialens

#include "userspace/config/stray_letter.h"

#include <algorithm>
#include <string>

namespace vialens {
namespace {

class StrayLetter {
 public:
  explicit StrayLetter(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);  // a byte order mark
  }

  std::optional<FilePlace> find() {
    while (!rest_.empty() && !found_) step();
    return found_;
  }

 private:
  void step() {
    const char c = rest_.front();
    if (c == '#')
      skip_comment();
    else if (c == '"' || c == '\'')
      skip_text(c);
    else if (static_cast<unsigned char>(c) >= 0x80)
      found_ = at_;
    else
      skip(1);
  }
  void skip_comment() { skip(std::min(rest_.find('\n'), rest_.size())); }
  void skip_text(char quote) {
    const std::string three(3, quote);
    const bool many_lines = rest_.starts_with(three);
    const std::string_view end = many_lines ? std::string_view(three) : std::string_view(three).substr(0, 1);
    skip(end.size());
    while (!rest_.empty() && !rest_.starts_with(end)) {
      if (rest_.front() == '\n' && !many_lines) return;  // it lacks its end, and that is what will be told
      skip(quote == '"' && rest_.front() == '\\' ? 2 : 1);
    }
    skip(end.size());
  }
  void skip(std::size_t bytes) {
    for (const char c : rest_.substr(0, bytes)) {
      if (c == '\n')
        at_ = {at_.line + 1, 1};
      else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80)  // not within a letter
        ++at_.column;
    }
    rest_.remove_prefix(std::min(bytes, rest_.size()));
  }

  std::string_view rest_;
  FilePlace at_{1, 1};
  std::optional<FilePlace> found_;
};

}  // namespace

std::optional<FilePlace> stray_letter(std::string_view text) { return StrayLetter(text).find(); }

}  // namespace vialens

#include "userspace/http/encoding.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace vialens {
namespace {

constexpr std::size_t kMostBytes = 16UL << 20U;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Without the blanks around it, in small letters.
std::string word_of(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return "";
  std::string word(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
  std::transform(word.begin(), word.end(), word.begin(), lower);
  return word;
}

// What stands before the first `separator`; it is taken away, with the separator.
std::string_view taken(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view first = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return first;
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    std::string_view one = taken(accept_encoding, ',');
    const std::string coding = word_of(taken(one, ';'));
    const std::string weight = word_of(one);  // "q=0.5"; 0 says: not this one
    const bool wanted = !weight.starts_with("q=0") || weight.find_first_of("123456789") != weight.npos;
    if (coding == "gzip" || coding == "x-gzip") return wanted;
    if (coding == "*") any = wanted;
  }
  return any;
}

std::string inflated(std::string_view gzip) {
  z_stream stream{};
  constexpr int kGzip = 16;  // to be added to the size of the window: nothing else is taken
  if (inflateInit2(&stream, kGzip + MAX_WBITS) != Z_OK) return "";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  std::string text;
  std::array<char, 16384> part{};
  int status = Z_OK;
  while (status == Z_OK && text.size() <= kMostBytes) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END ? text : "";
}

}  // namespace vialens

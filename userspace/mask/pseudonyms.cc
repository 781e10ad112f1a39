#include "userspace/mask/pseudonyms.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <utility>

namespace vialens {
namespace {

// Emergency and crisis numbers of the world's numbering plans: that a call to one of them fails must not be masked.
constexpr std::string_view kKept[] = {
    "000", "110", "111", "112",       "113",     "114",       "115",   "116",        "117",         "118",    "119",
    "911", "988", "999", "anonymous", "invalid", "localhost", "local", "restricted", "unavailable", "unknown"};

constexpr int kRounds = 8;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
char lower(char c) noexcept { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }
std::uint8_t byte(char c) noexcept { return static_cast<std::uint8_t>(c); }

// A word taken apart: its letters and digits as numbers, and the rest.
struct Spelling {
  std::string values;  // 0 to 9, 0 to 25
  std::string kinds;   // 'd', 'l': by value
  std::string wide;    // bytes over 127

  explicit Spelling(std::string_view word) {
    for (const char c : word) {
      if (byte(c) > 127) {
        wide += c;
      } else {
        values += static_cast<char>(is_digit(c) ? c - '0' : lower(c) - 'a');
        kinds += is_digit(c) ? 'd' : 'l';
      }
    }
  }
};

// How many bytes the UTF-8 character at the front has; 1 if it is none.
std::size_t character_length(std::string_view text) noexcept {
  const std::uint8_t first = byte(text.front());
  const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (first >= 0xf5 || length > text.size()) return 1;
  const bool whole = std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                                 [](char c) { return (byte(c) & 0xc0U) == 0x80; });
  return whole ? length : 1;
}

// One of as many bytes: a letter of Latin-1, an ideograph, a face.
std::string character_as_long(std::size_t length, std::uint8_t random) {
  const auto last = [&](unsigned base, unsigned count) { return static_cast<char>(base + random % count); };
  switch (length) {
    case 2:
      return {'\xc3', last(0xa0, 16)};
    case 3:
      return {'\xe4', '\xb8', last(0x80, 64)};
    case 4:
      return {'\xf0', '\x9f', '\x98', last(0x80, 64)};
    default:
      return {last('a', 26)};
  }
}

}  // namespace

Pseudonyms::Hash Pseudonyms::hash(std::string_view what) const {
  Hash result{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(what.data()),
       what.size(), result.data(), &length);
  return result;
}

bool Pseudonyms::is_kept(std::string_view word) noexcept {
  return std::any_of(std::begin(kKept), std::end(kKept), [&](std::string_view kept) {
    return kept.size() == word.size() &&
           std::equal(word.begin(), word.end(), kept.begin(), [](char a, char b) { return lower(a) == b; });
  });
}

std::string Pseudonyms::word(std::string_view word) const {
  if (word.empty() || is_kept(word)) return std::string(word);
  if (word.size() > kLongestKnown) return permuted(word);
  std::string known(word);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = words_.find(known); found != words_.end()) return found->second;
  }
  std::string result = permuted(word);
  const std::lock_guard lock(mutex_);
  if (words_.size() >= kMostKnown) words_.clear();
  words_.emplace(std::move(known), result);
  return result;
}

// A Feistel network: each half in turn is shifted, place by place, by a hash of the other one.
std::string Pseudonyms::permuted(std::string_view word) const {
  Spelling spelling(word);
  std::string& values = spelling.values;
  const std::size_t middle = values.size() / 2;
  const std::string context = "word/" + spelling.kinds + '/' + spelling.wide + '/';
  const auto shift = [&](std::size_t from, std::size_t to, int round) {
    const std::string other = from == 0 ? values.substr(middle) : values.substr(0, middle);
    Hash random{};
    for (std::size_t i = from; i < to; ++i) {
      const std::size_t place = (i - from) % random.size();
      if (place == 0) random = hash(fmt::format("{}{}/{}/{}", context, round, i, other));
      values[i] = static_cast<char>((values[i] + random[place]) % (spelling.kinds[i] == 'd' ? 10 : 26));
    }
  };
  std::string result;
  do {
    for (int round = 0; round < kRounds; ++round)
      round % 2 == 0 ? shift(middle, values.size(), round) : shift(0, middle, round);
    const Hash random = spelling.wide.empty() ? Hash{} : hash(context + values);
    result.clear();
    for (std::size_t i = 0, value = 0, wide = 0; i < word.size();) {
      if (byte(word[i]) > 127) {
        const std::size_t length = character_length(word.substr(i));
        result += character_as_long(length, random[wide++ % random.size()]);
        i += length;
      } else {
        const char first = is_digit(word[i]) ? '0' : is_lower(word[i]) ? 'a' : 'A';
        result += static_cast<char>(first + values[value++]);
        ++i;
      }
    }
  } while (is_kept(result));  // on to the next one of its cycle, which ends at `word` at the latest
  return result;
}

// Permutes least..most: a Feistel network on the two halves of a byte, repeated until it stays within.
std::uint8_t Pseudonyms::octet(std::string_view prefix, std::uint8_t value, std::uint8_t least,
                               std::uint8_t most) const {
  const Hash random = hash("octet/" + std::string(prefix) + '/' + std::to_string(least) + '-' + std::to_string(most));
  unsigned left = value >> 4U;
  unsigned right = value & 15U;
  do {
    for (std::size_t round = 0; round < 4; ++round) {
      const unsigned pair = random[round * 8 + right / 2];
      const unsigned next = left ^ (right % 2 == 0 ? pair & 15U : pair >> 4U);
      left = right;
      right = next;
    }
  } while ((left << 4U | right) < least || (left << 4U | right) > most);
  return static_cast<std::uint8_t>(left << 4U | right);
}

std::uint8_t Pseudonyms::octet_as_long(std::string_view prefix, std::uint8_t value, std::uint8_t least,
                                       std::uint8_t most) const {
  if (value < least || value > most) return value;  // 0 and 255: networks and broadcasts stay what they are
  const std::uint8_t from = value < 10 ? 0 : value < 100 ? 10 : 100;
  const std::uint8_t to = value < 10 ? 9 : value < 100 ? 99 : 255;
  return octet(prefix, value, std::max(from, least), std::min(to, most));
}

void Pseudonyms::v4(std::uint8_t* octets) const {
  const std::string original(octets, octets + 4);
  const auto prefix = [&](std::size_t length) { return std::string_view(original).substr(0, length); };
  const auto second = octets[1];
  const auto is = [&](std::uint8_t first, std::uint8_t least, std::uint8_t most) {
    return octets[0] == first && second >= least && second <= most;
  };
  if (octets[0] == 0 || octets[0] == 127 || (octets[0] >= 224 && octets[0] < 240) || original == "\xff\xff\xff\xff")
    return;
  if (is(192, 0, 0) && octets[2] == 0) return;  // RFC 6890: everybody's
  if (octets[0] == 10) {
    octets[1] = octet_as_long(prefix(1), second, 0, 255);
  } else if (is(172, 16, 31)) {
    octets[1] = octet_as_long(prefix(1), second, 16, 31);
  } else if (is(100, 64, 127)) {
    octets[1] = octet_as_long(prefix(1), second, 64, 127);
  } else if (!is(192, 168, 168) && !is(169, 254, 254)) {
    const Hash random = hash("network/" + std::string(prefix(3)));
    octets[0] = static_cast<std::uint8_t>(240 + random[0] % 15);
    octets[1] = random[1];
    octets[2] = random[2];
    octets[3] = octet_as_long(prefix(3), octets[3], 1, 254);
    return;
  }
  octets[2] = octet_as_long(prefix(2), octets[2], 0, 255);
  octets[3] = octet_as_long(prefix(3), octets[3], 1, 254);
}

void Pseudonyms::v6(Address& address) const {
  auto& bytes = address.bytes;
  const std::string original(bytes.begin(), bytes.end());
  const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80;
  const bool unique_local = (bytes[0] & 0xfeU) == 0xfc;
  if (bytes[0] == 0xff || std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; })) return;
  // How many bytes in front stay, and the ends of what is hashed together with all before it.
  const std::size_t kept = link_local ? 8 : unique_local ? 1 : 4;
  if (!link_local && !unique_local) bytes = {0x20, 0x01, 0x0d, 0xb8};
  std::size_t from = kept;
  for (const std::size_t to : {std::size_t{6}, std::size_t{8}, std::size_t{16}}) {
    if (to <= from) continue;
    const Hash random = hash("network6/" + original.substr(0, to));
    std::copy_n(random.begin(), to - from, bytes.begin() + static_cast<std::ptrdiff_t>(from));
    from = to;
  }
}

Address Pseudonyms::address(const Address& address) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = addresses_.find(address); found != addresses_.end()) return found->second;
  }
  Address masked = address;
  if (address.is_v4())
    v4(masked.bytes.data() + 12);
  else
    v6(masked);
  const std::lock_guard lock(mutex_);
  if (addresses_.size() >= kMostKnown) addresses_.clear();
  addresses_.emplace(address, masked);
  return masked;
}

}  // namespace vialens

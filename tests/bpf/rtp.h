// RTP packets for tests, field by field: rtp().type(8).sequence(7).silence(160).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vialens::test {

class Rtp {
 public:
  Rtp& type(unsigned value) { return type_ = value, *this; }
  Rtp& sequence(unsigned value) { return sequence_ = value, *this; }
  Rtp& timestamp(std::uint32_t value) { return timestamp_ = value, *this; }
  Rtp& ssrc(std::uint32_t value) { return ssrc_ = value, *this; }
  Rtp& marker() { return marker_ = true, *this; }
  Rtp& contributors(unsigned count) { return contributors_ = count, *this; }  // CSRC
  Rtp& extension(unsigned words) { return extended_ = true, extension_ = words, *this; }
  Rtp& payload(std::string bytes) { return payload_ = std::move(bytes), *this; }
  Rtp& silence(std::size_t size, char byte = '\xff') { return payload(std::string(size, byte)); }

  operator std::string() const {  // NOLINT(google-explicit-constructor): is a payload
    std::string bytes;
    const auto put = [&](std::uint32_t value, int size) {
      for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xffU);
    };
    put(0x80U | (extended_ ? 0x10U : 0U) | contributors_, 1);
    put((marker_ ? 0x80U : 0U) | type_, 1);
    put(sequence_, 2);
    put(timestamp_.value_or(static_cast<std::uint32_t>(static_cast<std::int16_t>(sequence_) * 160)), 4);
    put(ssrc_, 4);
    for (unsigned i = 0; i < contributors_; ++i) put(i, 4);
    if (extended_) {
      put(0xbede, 2);
      put(extension_, 2);
      for (unsigned i = 0; i < extension_; ++i) put(i, 4);
    }
    return bytes + payload_;
  }

 private:
  unsigned type_ = 0, sequence_ = 1, contributors_ = 0, extension_ = 0;
  std::optional<std::uint32_t> timestamp_;
  std::uint32_t ssrc_ = 0xdeadbeef;
  bool marker_ = false, extended_ = false;
  std::string payload_ = speech(160);

  static std::string speech(std::size_t size) {  // no byte like the one before
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7);
    return bytes;
  }
};

inline Rtp rtp() { return {}; }

}  // namespace vialens::test

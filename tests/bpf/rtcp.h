// RTCP packets for tests (RFC 3550 6.4): sender_report(1).block(...) + bye(1).
#pragma once

#include <cstdint>
#include <string>

namespace vialens::test {

inline void put32(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xffU);
}

struct Block {
  std::uint32_t ssrc = 0;
  std::uint32_t fraction = 0;  // of 256
  std::int32_t lost = 0;
  std::uint32_t highest = 0, jitter = 0, lsr = 0, dlsr = 0;
};

// One packet of a compound one; what is inside it is put behind the header as it is.
inline std::string rtcp_packet(unsigned type, unsigned count, const std::string& inside) {
  std::string bytes;
  bytes += static_cast<char>(0x80U | count);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(inside.size() / 4 >> 8U);
  bytes += static_cast<char>(inside.size() / 4 & 0xffU);
  return bytes + inside;
}

inline std::string blocks_of(std::initializer_list<Block> blocks) {
  std::string bytes;
  for (const Block& block : blocks) {
    put32(bytes, block.ssrc);
    put32(bytes, block.fraction << 24U | (static_cast<std::uint32_t>(block.lost) & 0xffffffU));
    for (const std::uint32_t word : {block.highest, block.jitter, block.lsr, block.dlsr}) put32(bytes, word);
  }
  return bytes;
}

inline std::string sender_report(std::uint32_t ssrc, std::uint32_t ntp_middle, std::uint32_t packets,
                                 std::uint32_t octets, std::initializer_list<Block> blocks = {}) {
  std::string bytes;
  put32(bytes, ssrc);
  put32(bytes, ntp_middle >> 16U);
  put32(bytes, ntp_middle << 16U);
  put32(bytes, 0);
  put32(bytes, packets);
  put32(bytes, octets);
  return rtcp_packet(200, static_cast<unsigned>(blocks.size()), bytes + blocks_of(blocks));
}

inline std::string receiver_report(std::uint32_t ssrc, std::initializer_list<Block> blocks = {}) {
  std::string bytes;
  put32(bytes, ssrc);
  return rtcp_packet(201, static_cast<unsigned>(blocks.size()), bytes + blocks_of(blocks));
}

inline std::string bye(std::uint32_t ssrc) {
  std::string bytes;
  put32(bytes, ssrc);
  return rtcp_packet(203, 1, bytes);
}

inline std::string description(std::uint32_t ssrc) {
  std::string bytes;
  put32(bytes, ssrc);
  return rtcp_packet(202, 1, bytes + std::string("\1\2ab\0\0\0\0", 8));
}

}  // namespace vialens::test

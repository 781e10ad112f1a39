// pcapng (draft-ietf-opsawg-pcapng): what Wireshark opens, with interfaces that have names and packets that have
// comments.
//
// No library that Debian has writes comments and names of interfaces, but Wireshark's own. One section, Ethernet, times
// in nanoseconds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "userspace/capture/piece.h"
#include "userspace/core/time.h"

namespace vialens {

class Pcapng {
 public:
  // Texts are UTF-8. What is longer than an option may be (64 KiB) is cut.
  Pcapng(std::string_view application, std::span<const std::string> comments);

  std::uint32_t add_interface(std::string_view name, std::string_view description);  // returns its number
  void add_packet(std::uint32_t interface, Time time, Direction direction, std::string_view packet,
                  std::span<const std::string> comments);

  const std::string& bytes() const noexcept { return bytes_; }  // the whole file

 private:
  void add_block(std::uint32_t type, std::string_view body);

  std::string bytes_;
  std::uint32_t interfaces_ = 0;
};

}  // namespace vialens

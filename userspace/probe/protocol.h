// What probe and reflector say to each other beside SIP, over TCP on a port that is not SIP's.
//
// Lines, at most kLongestLine bytes. The probe begins, and each of its lines gets one back:
//
//   vialens-probe 1            -> ok COOKIE SIP-PORTS TLS-PORT MEDIA-PORT ADDRESS     ports separated by commas
//   got N                      -> got PORT SOURCE BASE64   what came with the number N, and whence | none
//   send N PORT BASE64         -> sent                     these bytes to where N came from, from that port | no WHY
//
// A message belongs to a probe by its mark, the cookie with a number, which stands in it more than once so that an ALG
// may change one of them. What came goes back as BASE64, because an ALG undoes in an echo what it did.
//
// The reflector may stand on the internet: it answers nobody over UDP by itself. It sends only what a probe has asked
// for over TCP, and so from its own address; to nowhere but where a message of that probe came from, which must be the
// address of that probe; never more bytes than came; and a bounded number of times a second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "userspace/core/address.h"

namespace vialens {

inline constexpr std::size_t kLongestLine = 98'304;
inline constexpr std::uint16_t kControlPort = 15066;
inline constexpr std::string_view kGreeting = "vialens-probe 1";

// In what the probe sends, and in what is sent to it: "vl-COOKIE-12-", "vr-COOKIE-12-".
std::string mark_of_probe(std::string_view cookie, unsigned number);
std::string mark_of_reflector(std::string_view cookie, unsigned number);

struct Mark {
  std::string cookie;
  unsigned number = 0;
};
// The last mark in these bytes that begins so ("vl-", "vr-"): of what belongs to an earlier message, such as the ACK to
// a refusal, the branch is that one's (RFC 3261 17.1.1.3).
std::optional<Mark> find_mark(std::string_view bytes, std::string_view beginning);

}  // namespace vialens

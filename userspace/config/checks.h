// What a text of the configuration may be. Each says what is wrong, and what would be right; nothing if nothing is
// wrong.
#pragma once

#include <string>
#include <string_view>

namespace vialens {

std::string check_listen(std::string_view text);      // "off", "127.0.0.1:9760", "[::1]:9760"
std::string check_hep_target(std::string_view text);  // "udp:HOST:PORT", "tcp:...", "tls:..."
std::string check_sha256(std::string_view text);      // 64 hexadecimal digits
std::string check_crypt_hash(std::string_view text);  // "$6$...", "$y$...": a hash that crypt(3) verifies
std::string check_socket(std::string_view text);      // a path that fits into a socket's address
std::string check_file(std::string_view text);        // a path that is one

// Whether only this host can reach it. `listen` has passed check_listen().
bool is_loopback(std::string_view listen);

}  // namespace vialens

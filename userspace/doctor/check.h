// What `vialens doctor` looks at on this box, and what it says of it. It changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vialens {

enum class State : std::uint8_t {
  ok,
  bad,
  unknown,  // it could not be looked at; the reason says why
};
std::string_view to_string(State state) noexcept;

struct Check {
  std::string_view id;  // "alg-rules-nft"; those that show an active ALG begin with "alg-"
  State state = State::unknown;
  std::string reason{};                 // a sentence
  std::vector<std::string> evidence{};  // lines, as the kernel or a program gave them
  std::vector<std::string> fix{};       // commands for this system; of what is bad only

  bool shows_alg() const noexcept { return state == State::bad && id.starts_with("alg-"); }
};

class Host;
struct System;

// One way to look, in a file of its own; what it cannot see is unknown.
std::vector<Check> check_helper_in_use(const Host& host);    // flows and expectations that have the helper now
std::vector<Check> check_nft(const Host& host);              // rules of nftables
std::vector<Check> check_iptables(const Host& host);         // rules of iptables and ip6tables
std::vector<Check> check_auto_helper(const Host& host);      // the sysctl, and modules
std::vector<Check> check_traffic_control(const Host& host);  // act_ct, Open vSwitch
std::vector<Check> check_nat_timeouts(const Host& host);     // of UDP, RFC 4787 4.3
std::vector<Check> check_listeners(const Host& host);        // on SIP's ports
std::vector<Check> check_offload(const Host& host);          // media that no program sees
std::vector<Check> check_double_nat(const Host& host);
std::vector<Check> check_mtu(const Host& host);
std::vector<Check> check_kernel(const Host& host);  // what vialens itself needs
std::vector<Check> check_clock(const Host& host);

// All of them, in this order.
std::vector<Check> examine(const Host& host);

}  // namespace vialens

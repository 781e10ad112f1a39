// Which kind of ALG this is, from the pattern of the fields that it changes and of those that it leaves alone.
//
// A guess that helps to find the switch, never a finding: whoever built the ALG into a product may have changed it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/crossing/crossing.h"

namespace vialens {

struct AlgGuess {
  std::string_view kind;   // "linux-nf_nat_sip"
  std::string_view title;  // "the SIP helper of the Linux kernel"
  std::string_view remedy;
  double confidence = 0;
  std::vector<std::string> evidence;  // sentences, each with an example
};

class Fingerprint {
 public:
  void observe(const Crossing& crossing);
  // The kinds that fit what was seen, the likeliest first; empty if nothing was rewritten.
  std::vector<AlgGuess> guesses() const;

 private:
  enum Trait : std::uint8_t {
    port_appended,      // From or To got a port that it did not have
    received_restored,  // received= in an answer was turned into the phone's own address
    origin_follows,     // o= was given another address than it had, that of c=
    call_id_left,       // the Call-ID names the phone's address, and was left alone while others were changed
    call_id_changed,
    route_changed,      // Route or Record-Route
    trace_added,        // i=(o=IN IP4 ...)
    text_replaced,      // the address, where it is no address
    agent_masked,       // User-Agent or Server is nothing but one character
    addresses_changed,  // Via, Contact or SDP
    traits_
  };
  struct Kind;
  static std::span<const Kind> kinds();

  bool has(Trait trait) const noexcept { return !examples_[trait].empty(); }
  void note(Trait trait, std::string_view what, const Change& change);
  void look_at(const Change& change, const Crossing& crossing);

  std::string examples_[traits_];  // the first of each; empty: not seen
};

}  // namespace vialens

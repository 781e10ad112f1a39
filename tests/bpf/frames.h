// The frames that more than one test runs: every way through the programs' parsers, with the outcome it leads to.
#pragma once

#include <string>
#include <vector>

#include "tests/bpf/packet.h"
#include "vialens/abi.h"

namespace vialens::test {

// A request with what the match looks for, and a response without a body.
extern const std::string kInvite;
extern const std::string kOk;
// The shortest text that still is a request: one line and the empty one.
extern const std::string kOptions;

struct Case {
  std::string name;
  Frame frame;
  vialens_outcome outcome;
};

// To be run in this order, with port 5060 watched: a fragment's outcome depends on those before it.
std::vector<Case> ethernet_cases();
std::vector<Case> raw_cases();  // frames that begin with the IP header

}  // namespace vialens::test

// The whole of a probe: every way to the reflector, the NAT, and media.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "userspace/probe/judge.h"
#include "userspace/probe/nat.h"

namespace vialens {

struct TriedWay {
  Transport transport = Transport::udp;
  bool tls = false;  // over TCP
  std::uint16_t port = 0;
  std::string trouble;  // why nothing could be tried; "" if it could
  unsigned sent = 0, lost = 0;
  std::vector<std::string> lost_ones;
  Judgement judgement;

  bool is_open() const noexcept { return trouble.empty() && sent > lost; }
  bool is_rewritten() const noexcept { return judgement.totals.crossings_rewritten() != 0; }
  // An ALG has no part in it.
  bool escapes() const noexcept { return is_open() && !is_rewritten() && lost == 0; }
  std::string name() const;  // "UDP port 5060"
};

struct ProbeResult {
  Address reflector, local, outside;
  std::vector<TriedWay> ways;
  NatFacts nat;
  MediaFacts media;

  bool shows_alg() const noexcept;
};

struct ProbeOptions {
  std::string host;
  std::uint16_t control_port = kControlPort;
  std::chrono::seconds longest{0};  // for the memory of the NAT; 0: not measured
};

// Throws InputError where there is no reflector.
ProbeResult probe(const ProbeOptions& options, const std::function<void(const std::string&)>& progress);

}  // namespace vialens

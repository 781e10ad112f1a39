// Whether the box still rewrites SIP, or leaves alone by now what it used to rewrite: somebody has switched its ALG
// off.
//
// A message tells only if it is like one that was rewritten: between the same phone and the same server, of the same
// kind, on the same way.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "userspace/crossing/crossing.h"

namespace vialens {

struct Rewriting {
  Time last{};        // when a message was rewritten; Time{}: none ever was
  bool over = false;  // of every phone that this befell lately, enough messages were left alone since
};

class RewritingWatch {
 public:
  void observe(const Crossing& crossing);
  Rewriting state() const;

 private:
  // Of one phone with one server.
  struct Flow {
    std::vector<std::size_t> rewritten;  // kinds of message, see kind_of()
    Time last{};
    unsigned spared = 0;            // messages since then, of these kinds, that were left alone
    std::size_t latest_spared = 0;  // so that one that is sent again is one
  };

  Flow& flow_of(std::size_t key);

  std::unordered_map<std::size_t, Flow> flows_;
  Time last_{}, now_{};
};

}  // namespace vialens

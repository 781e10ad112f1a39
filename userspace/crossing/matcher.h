// Finds the two sightings of one message: as it entered a box and as it left.
//
// Not by Call-ID or branch, because a router may change both (catalogue B09, B25). What a NAT leaves alone is the outside
// end point: the destination of what goes out, the source of what comes in. A pair must share it, and method, status,
// CSeq and transport; among those that do, evidence is added up: Call-ID, branch, tags, IP identification (Linux keeps it
// when it forwards), and, where the Call-ID differs, a digest of the text without addresses, ports and lengths.
//
// Bounded: what finds no partner within the window is handed to `unmatched`, as is the oldest when the table is full.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "userspace/crossing/sighting.h"

namespace vialens {

class Matcher {
 public:
  struct Limits {
    std::size_t waiting = 65536;
    Duration window = std::chrono::seconds(1);  // a router's slow path takes longer than its fast path
  };
  // A sighting that waits for its partner, and owns its bytes.
  struct Waiting {
    const TapInfo* tap = nullptr;
    Time time;
    Transport transport = Transport::udp;
    Endpoint source, destination;
    std::uint32_t ip_id = 0;
    bool cut = false;
    std::string bytes;

   private:
    friend class Matcher;
    std::uint64_t number = 0, key = 0, call_id = 0, branch = 0, from_tag = 0, to_tag = 0;
    bool taken = false;
  };
  using Unmatched = std::function<void(const Waiting&)>;

  explicit Matcher(Unmatched unmatched) : Matcher(Limits{}, std::move(unmatched)) {}
  Matcher(const Limits& limits, Unmatched unmatched) : limits_(limits), unmatched_(std::move(unmatched)) {}

  // The partner of this sighting, seen at the other side, or nullptr; then the sighting itself is kept waiting.
  // The partner is valid until the next call.
  const Waiting* observe(const Sighting& sighting);
  void advance(Time now);  // gives up what has waited for longer than the window
  void finish();           // gives up everything

  std::size_t waiting() const noexcept { return waiting_.size() - taken_; }

 private:
  int score(const Waiting& candidate, const Waiting& sighting) const noexcept;
  void keep();  // current_
  void take(Waiting& best);
  void forget(std::uint64_t key, std::uint64_t number);
  void give_up_oldest();

  Limits limits_;
  Unmatched unmatched_;
  std::deque<Waiting> waiting_;   // by arrival; taken ones leave when they reach the front
  std::uint64_t first_ = 0;       // number of waiting_.front()
  std::size_t taken_ = 0;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> by_key_;  // numbers of sightings
  Waiting current_, partner_;
};

// Which way a pair went through the box: `out` from the LAN to the WAN side.
Direction direction_of(const Matcher::Waiting& partner, const Sighting& sighting) noexcept;

}  // namespace vialens

// Finds the two sightings of one message: as it entered a box and as it left.
//
// Not by Call-ID or branch alone, because a router may change both. What a NAT leaves alone is the
// outside end point: the destination of what goes out, the source of what comes in. A pair must share it, and method,
// status, CSeq and transport, and its tags must not contradict each other; among those that do, evidence is added up:
// Call-ID, branch, tags, IP identification (Linux keeps it when it forwards), and, where the Call-ID differs, a digest
// of the text without addresses, ports and lengths.
//
// Two branches of one forked request differ in little more than their branch. So those that agree in all but the branch
// are no pair until the window has shown that neither has a better partner; then they are handed to `paired_late`.
//
// Bounded in memory and in work: what finds no partner within the window is handed to `unmatched`, as is the oldest
// when the table is full; and a partner is looked for among the newest that have Call-ID, branch or tag in common.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "userspace/core/table_fill.h"
#include "userspace/crossing/sighting.h"

namespace vialens {

class Matcher {
  using Slot = std::uint32_t;
  static constexpr Slot kNone = UINT32_MAX;
  enum Index : std::uint8_t { by_call_id, by_branch, by_tag, kIndexes, by_arrival = kIndexes, kChains };
  // Its place in the chain of those that have the same key.
  struct Links {
    Slot older = kNone, newer = kNone;
  };

 public:
  struct Limits {
    std::size_t waiting = 65536;
    Duration window = std::chrono::seconds(1);  // a router's slow path takes longer than its fast path
  };
  // A sighting that waits for its partner, and owns its bytes.
  struct Waiting : Sighting {
    std::string bytes;  // `message` is null: its views would not outlive the call that brought it

   private:
    friend class Matcher;
    std::uint64_t call_id = 0, branch = 0, from_tag = 0, to_tag = 0;  // hashes; 0: has none
    std::optional<std::uint64_t> digest;                              // made when it is first asked for
    std::array<std::uint64_t, kIndexes> keys{};
    std::array<Links, kChains> links{};
  };
  struct Sink {
    std::function<void(const Waiting&)> unmatched;
    std::function<void(const Waiting&, const Waiting&)> paired_late;
  };

  explicit Matcher(Sink sink) : Matcher(Limits{}, std::move(sink)) {}
  Matcher(const Limits& limits, Sink sink) : limits_(limits), sink_(std::move(sink)) {}

  // The partner of this sighting, seen at the other side, or nullptr; then the sighting itself is kept waiting.
  // The partner is valid until the next call.
  const Waiting* observe(const Sighting& sighting);
  void advance(Time now);  // gives up what has waited for longer than the window
  void finish();           // gives up everything

  std::size_t waiting() const noexcept { return waiting_; }
  const Limits& limits() const noexcept { return limits_; }
  TableFill fill() const noexcept { return {"sightings", waiting_, limits_.waiting, evicted_}; }

 private:
  struct Chain {
    Slot oldest = kNone, newest = kNone;
  };
  struct Best {
    Slot slot = kNone;
    int score = 0;
    Duration distance{};
  };

  void fill_current(const Sighting& sighting);
  Slot find_partner(Waiting& of, bool late);
  void look_along(Index index, Waiting& of, bool late, Best& best);
  static bool same_digest(Waiting& a, Waiting& b);
  std::optional<int> score(Waiting& candidate, Waiting& of, bool late) const noexcept;
  void keep();              // current_
  void take(Slot slot);     // into partner_
  void release(Slot slot);  // unlinks it
  void give_up_oldest(bool late);
  Chain& chain(std::uint8_t index, const Waiting& waiting);
  void link(std::uint8_t index, Slot slot);
  void unlink(std::uint8_t index, Slot slot);

  Limits limits_;
  Sink sink_;
  std::deque<Waiting> slots_;  // used again and again, with what they have allocated
  std::vector<Slot> free_;
  std::array<std::unordered_map<std::uint64_t, Chain>, kIndexes> chains_;
  Chain arrival_;
  std::size_t waiting_ = 0;
  std::uint64_t evicted_ = 0;  // given up before their time
  Waiting current_, partner_, given_up_;
};

// Which way a pair went through the box: `out` from the LAN to the WAN side.
Direction direction_of(const Sighting& a, const Sighting& b) noexcept;

}  // namespace vialens

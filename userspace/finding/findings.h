// One finding per kind and subject; repeats raise its count.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "userspace/core/recent.h"
#include "userspace/core/table_fill.h"
#include "userspace/finding/finding.h"

namespace vialens {

// Of one kind: about how many subjects, and how sure the surest of them is.
struct FindingCount {
  std::uint64_t subjects = 0;
  double confidence = 0;
  // By the word for its confidence (kConfidenceWords): those that were made so, or became so.
  std::array<std::uint64_t, kConfidenceWords.size()> told{};
  std::uint64_t active = 0;  // see Findings

  bool operator==(const FindingCount&) const = default;
};
using FindingCounts = std::map<std::string_view, FindingCount>;  // by id

// A finding that is no mere hint (kLikely) is active for a time. One about a call as long as the call is followed,
// which others know: activate(), deactivate(). One about a registration or the box for ten minutes after it was seen;
// but a rewrite in a REGISTER for an hour, since that is how rarely a phone may send one.
class Findings {
 public:
  using Sink = std::function<void(const Finding&)>;

  // `most`: how many are remembered. Over that all are forgotten, and a long-lived fault is told again.
  explicit Findings(Sink sink, std::size_t most = 200000);
  Findings(const Findings&) = delete;  // a table tells it what goes
  Findings& operator=(const Findings&) = delete;

  void activate(const FindingKind& kind) { ++by_kind_[kind.id].active; }
  void deactivate(std::string_view id);
  void advance(Time now);  // to be called before what happens at this time

  // Hands the finding to the sink if it is the first of its kind about its subject, or surer than those before.
  void add(const Finding& finding);

  // Whether that was told already, no less sure; counts it if so. Asked first, it saves making a finding that is no
  // news.
  bool repeats(const FindingKind* kind, const Subject& subject, double confidence);

  // How often each kind was found, subjects counted once.
  const FindingCounts& by_kind() const noexcept { return by_kind_; }
  std::uint64_t repeats() const noexcept { return repeats_; }
  TableFill fill() const noexcept { return {"findings", known_.size(), most_, evicted_}; }

 private:
  // Of those that are active by time; the one that was not seen for longest is no longer active.
  static constexpr std::size_t kMostActive = 65536;
  static constexpr Duration kShort = std::chrono::minutes(10), kLong = std::chrono::hours(1);

  enum Lane : std::uint8_t { short_, long_, lanes };
  struct Active {
    const FindingKind* kind = nullptr;
    void clear() { kind = nullptr; }
  };
  void seen(const FindingKind* kind, const Subject& subject, double confidence);

  Sink sink_;
  std::size_t most_;
  std::map<std::pair<const FindingKind*, Subject>, double> known_;  // and how sure it was
  FindingCounts by_kind_;
  Recent<Active, lanes> active_;
  Time now_{};
  std::uint64_t repeats_ = 0, evicted_ = 0;
};

}  // namespace vialens

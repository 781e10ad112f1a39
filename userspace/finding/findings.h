// One finding per kind and subject; repeats raise its count.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "userspace/core/table_fill.h"
#include "userspace/finding/finding.h"

namespace vialens {

// Of one kind: about how many subjects, and how sure the surest of them is.
struct FindingCount {
  std::uint64_t subjects = 0;
  double confidence = 0;

  bool operator==(const FindingCount&) const = default;
};
using FindingCounts = std::map<std::string_view, FindingCount>;  // by id

class Findings {
 public:
  using Sink = std::function<void(const Finding&)>;

  // `most`: how many are remembered. Over that all are forgotten, and a long-lived fault is told again.
  explicit Findings(Sink sink, std::size_t most = 200000) : sink_(std::move(sink)), most_(most) {}

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
  Sink sink_;
  std::size_t most_;
  std::map<std::pair<const FindingKind*, Subject>, double> known_;  // and how sure it was
  FindingCounts by_kind_;
  std::uint64_t repeats_ = 0, evicted_ = 0;
};

}  // namespace vialens

// The verdict: a symptom joined with the rewrite whose mechanism explains it.
//
// Both have to be proven by themselves, and be of one call or of one phone's registration; "the ALG did it" is never
// said without. A symptom that nothing explains is told alone. One that is explained later is told again, with its
// cause.
//
// Bounded: what was noted longest ago is forgotten first.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/core/memory.h"
#include "userspace/core/table_fill.h"
#include "userspace/crossing/crossing.h"
#include "userspace/finding/finding.h"
#include "userspace/verdict/mechanisms.h"

namespace vialens {

class Verdicts {
 public:
  using Sink = std::function<void(const Finding&)>;
  // The registrations of both ends of a call, by their address of record ("" where it is not known).
  using Registrations = std::function<std::array<std::string, 2>(std::string_view call_id)>;

  Verdicts(Registrations registrations, Sink sink) : registrations_(std::move(registrations)), sink_(std::move(sink)) {}

  // What the box changed in a message; a finding tells of the first message only, and a verdict may need another.
  // `subject` is the call's or registration's.
  void observe(const Crossing& crossing, const Subject& subject);
  // Hands the finding on, a symptom with its verdict.
  void add(const Finding& finding);

  TableFill fill() const { return fill_of("facts", records_); }

 private:
  struct Fact {
    const FindingKind* kind = nullptr;
    double confidence = 0;
    std::string direction;
    Evidence evidence;
  };
  struct Record {
    std::array<std::uint64_t, static_cast<std::size_t>(Field::count_)> seen{};  // by field: in which messages
    std::vector<Fact> facts;
    std::vector<Finding> symptoms;  // without a cause up to now
  };
  static constexpr std::size_t kMostFacts = 24, kMostSymptoms = 8;  // of one subject
  static constexpr std::size_t kMostSubjects = 8192;                // with something to tell of

  void note(Record& record, Fact fact) const;
  void tell_explained(Record& record);
  bool explain(Finding& finding) const;
  bool explain(Finding& finding, const Symptom& symptom, const Mechanism& mechanism, const Record* record) const;

  Registrations registrations_;
  Sink sink_;
  Memory<Record> records_{kMostSubjects, nullptr};
};

}  // namespace vialens

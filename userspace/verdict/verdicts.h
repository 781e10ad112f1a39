// The verdict: a symptom joined with the rewrite whose mechanism explains it.
//
// Both have to be proven by themselves, and be of one call or of one phone's registration; "the ALG did it" is never
// said without. A symptom that nothing explains is told alone. One that is explained later is told again, with its
// cause.
//
// What has worked explains nothing: a rewrite that was made to a call, or a registration, of the same phone with the
// same provider, which then went as it should.
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
    std::vector<Evidence>
        evidence;          // the last one says where; of what was changed here and left there, it is what was left
    bool right = false;    // a translation without a fault
    std::size_t what = 0;  // see what_of(); 0 if it is not a change of a message

    const Evidence& place() const { return evidence.back(); }
  };
  struct Record {
    std::vector<std::size_t> seen;  // what was changed, in which messages
    std::vector<std::size_t> done;  // of that, what is no mere translation
    std::vector<Fact> facts;
    std::vector<Finding> symptoms;  // without a cause up to now
    bool troubled = false;          // a symptom was told
    bool inbound = false;           // the call came in from outside
    std::uint32_t accepted = 0;     // CSeq of the last REGISTER that was
  };
  struct Looked;  // at: a symptom, and how it shows itself

  static constexpr std::size_t kMostFacts = 24, kMostSymptoms = 8, kMostSeen = 64;  // of one subject
  static constexpr std::size_t kMostSubjects = 8192;                                // with something to tell of
  static constexpr std::size_t kMostWorked = 16384;

  void note(Record& record, Fact fact) const;
  template <class F>
  void each_registration(const Subject& call, F visit) const;
  bool shows_registration(const Crossing& crossing, const Subject& subject) const;
  void note_success(const Crossing& crossing, Record& record, const Subject& subject);
  void tell_explained(Record& record);
  bool explain(Finding& finding) const;
  bool explain(Finding& finding, const Looked& looked, const Mechanism& mechanism, const Record* record) const;
  bool fits(const Fact& fact, const Looked& looked, const Mechanism& mechanism) const;
  bool has_worked(const Fact& fact, const Symptom& symptom) const;

  Registrations registrations_;
  Sink sink_;
  Memory<Record> records_{kMostSubjects, nullptr};
  Memory<bool> worked_{kMostWorked};  // by what was changed
};

}  // namespace vialens

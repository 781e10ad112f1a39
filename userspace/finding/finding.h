// What vialens has to say: one fault, about one subject, with what proves it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/core/time.h"

namespace vialens {

enum class Severity : std::uint8_t { info, warning, critical };

std::string_view to_string(Severity severity) noexcept;

// From kProven on nothing else explains it; below kLikely it is a hint, and never an alarm.
inline constexpr double kProven = 0.95, kStrong = 0.8, kLikely = 0.5;

inline constexpr std::array<std::string_view, 4> kConfidenceWords{"hint", "likely", "strong", "proven"};
// A note explains, and is no alarm; neither is a hint.
inline bool is_note(std::string_view id) noexcept { return id.starts_with("note-"); }
inline bool is_alarm(std::string_view id, double confidence) noexcept { return confidence >= kLikely && !is_note(id); }

std::string_view confidence_word(double confidence) noexcept;  // one of them

// What is said of a kind of finding once and for all. The tables are listed in catalogue.h, and docs/findings.md is
// made of them.
struct FindingKind {
  std::string_view id;
  Severity severity;
  std::string_view title;    // a sentence without its subject: "Contact address rewritten"
  std::string_view meaning;  // what it does to calls, for whoever has never heard of SIP
  std::string_view rule;     // what has to be seen for it to be said, and how sure that makes it
  std::string_view remedy;   // what to do; empty for what needs nothing
  std::string_view rfc;      // sections that the fault offends against or that the rule rests on, separated by commas
};

// The kind with this id; nullptr if there is none.
const FindingKind* find_kind(std::string_view id) noexcept;
const std::vector<FindingKind>& all_kinds();

struct Subject {
  enum class Kind : std::uint8_t { call, registration, box } kind = Kind::box;
  std::string call_id;  // of calls
  std::string aor;      // of registrations

  auto operator<=>(const Subject&) const = default;
};

std::string_view to_string(Subject::Kind kind) noexcept;

// Where it is that a symptom shows something to go wrong. What does no harm there does not explain it.
enum class Locus : std::uint8_t {
  unknown,
  in_box,      // it enters the box and does not leave it
  broken_off,  // it came before, by the same agreement
  astray,      // it is sent, or was to be sent, to where its receiver is not
  absent,      // it does not come to where the box could lose it, or has left the box all right
};

struct Evidence {
  std::string tap;      // where `after` was seen
  std::string message;  // "INVITE", "200 INVITE"
  std::uint32_t cseq = 0;
  std::string field;  // "Contact"
  std::string before, after;

  bool operator==(const Evidence&) const = default;
};

struct Finding {
  const FindingKind* kind = nullptr;
  double confidence = 0;
  Time time;
  Subject subject;
  std::string segment;    // "lan-wan"
  std::string direction;  // "out", "in"
  std::string grade;      // of the crossing: "harmless", "incomplete", "broken"; empty where there was none
  Locus locus = Locus::unknown;
  bool translation = false;  // a change of a message that is no more than a NAT's work done right (translation.h)
  std::string detail;        // one sentence
  std::vector<Evidence> evidence;
  // Of a symptom that a rewrite explains: what a help desk can read aloud, and the ids of what explains it.
  std::string verdict;
  std::vector<std::string> causes;
  std::string_view remedy;  // the cause's; empty: the kind's own

  std::string_view advice() const noexcept { return remedy.empty() ? kind->remedy : remedy; }
};

}  // namespace vialens

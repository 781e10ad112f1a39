// Which rewrite explains which symptom, and in what words: the table that a verdict is read off.
//
// A row says: if this was done to this message, that is how the symptom comes about. It is a claim about SIP, not about
// frequency: a rewrite that cannot have the effect is no row, however often the two are seen together. And it is a
// claim about this symptom as it showed itself: the box's own address in the place of the phone's, with the port by
// which the phone is reached, does no harm to what never came to the box, nor to whom read the message and refuses it.
#pragma once

#include <span>
#include <string_view>

#include "userspace/finding/finding.h"

namespace vialens {

// How far a row goes.
struct Claim {
  bool sure = false;           // it always has that effect; otherwise it may be mended elsewhere, and is "probably" it
  bool even_if_right = false;  // a translation that was done right (translation.h) can have it, too
  bool in_box = false, astray = false;  // only where the symptom shows itself so (Locus); neither: wherever
  bool refused = false;                 // it may make the other end refuse a request that it has understood

  // Whether it says something about a symptom that shows itself there.
  bool holds_at(Locus locus) const noexcept;
};

struct Mechanism {
  std::string_view cause;    // a finding's id
  std::string_view message;  // what it has to have happened to: "ACK", "* INVITE" a response to it; several: "ACK|BYE";
                             // empty: any
  std::string_view field;    // where: the beginning of the evidence's field, several as above; empty: anywhere
  Claim claim;
  std::string_view because;  // "... because <the router did this, and so that happened>"
  std::string_view text{};   // what the field was, or has become, begins so, several as above; empty: whatever
};

struct Symptom {
  // What shows that a rewrite, as such, does not have the effect.
  enum class Refuted : std::uint8_t {
    by_nothing,
    by_what_worked,    // a call, or registration, of the same phone with the same provider and the same rewrite
    by_inbound_calls,  // a call that came in while the phone was registered so
  };

  std::string_view id;
  std::string_view words;                 // "The call was cut off", as the beginning of a sentence
  std::span<const Mechanism> mechanisms;  // the one that explains best first
  Refuted refuted = Refuted::by_nothing;
  bool of_media = false;        // the description that went the other way than the media that is missing is to blame
  std::string_view evidence{};  // only such findings whose first evidence is about one of these fields; empty: all
};

// The row of a symptom, the first evidence of which is about `field`; nullptr for a finding that is none.
const Symptom* find_symptom(std::string_view id, std::string_view field) noexcept;

// Whether there is a row for this cause that holds even of a translation done right.
bool explains_though_right(std::string_view cause) noexcept;

// Whether `message` ("INVITE", "200 INVITE") is one of `patterns`.
bool is_one_of(std::string_view message, std::string_view patterns) noexcept;
// Whether `text` begins with one of `beginnings`.
bool begins_with_one_of(std::string_view text, std::string_view beginnings) noexcept;

}  // namespace vialens

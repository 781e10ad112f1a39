// Which rewrite explains which symptom, and in what words: the table that a verdict is read off.
//
// A row says: if this was done to this message, that is how the symptom comes about. It is a claim about SIP, not about
// frequency: a rewrite that cannot have the effect is no row, however often the two are seen together.
#pragma once

#include <span>
#include <string_view>

namespace vialens {

struct Mechanism {
  std::string_view cause;    // a finding's id
  std::string_view message;  // what it has to have happened to: "ACK", "* INVITE" a response to it; several: "ACK|BYE";
                             // empty: any
  std::string_view field;    // where: the beginning of the evidence's field, several as above; empty: anywhere
  bool sure = false;         // it always has that effect; otherwise it may be mended elsewhere, and is "probably" it
  std::string_view because;  // "... because <the router did this, and so that happened>"
  std::string_view text{};   // what the field was, or has become, begins so, several as above; empty: whatever
};

struct Symptom {
  std::string_view id;
  std::string_view words;                 // "The call was cut off", as the beginning of a sentence
  std::span<const Mechanism> mechanisms;  // the one that explains best first
  bool of_media = false;        // the description that went the other way than the media that is missing is to blame
  std::string_view evidence{};  // only such findings whose first evidence is about one of these fields; empty: all
};

// The row of a symptom, the first evidence of which is about `field`; nullptr for a finding that is none.
const Symptom* find_symptom(std::string_view id, std::string_view field) noexcept;

// Whether `message` ("INVITE", "200 INVITE") is one of `patterns`.
bool is_one_of(std::string_view message, std::string_view patterns) noexcept;
// Whether `text` begins with one of `beginnings`.
bool begins_with_one_of(std::string_view text, std::string_view beginnings) noexcept;

}  // namespace vialens

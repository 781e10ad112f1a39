// What the box did to requests, kept until their answers show whether it did harm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "userspace/core/memory.h"
#include "userspace/crossing/crossing.h"

namespace vialens {

class Altered {
 public:
  struct Note {
    std::uint32_t fields = 0;  // a bit for each Field that differs
    Grade grade = Grade::unchanged;
    std::string where, before, after;  // of the gravest change

    bool has(Field field) const noexcept { return (fields & bit(field)) != 0; }
  };
  static constexpr std::uint32_t bit(Field field) noexcept { return 1U << static_cast<unsigned>(field); }
  template <class... Fields>
  static constexpr std::uint32_t bits(Fields... fields) noexcept {
    return (bit(fields) | ...);
  }

  void note(const Crossing& crossing);
  // What was done to this request of a call or registration; nullptr if nothing is known.
  const Note* find(std::string_view call_id, std::string_view method, std::uint32_t cseq) const;

 private:
  static_assert(static_cast<unsigned>(Field::count_) <= 32);
  static std::size_t key(std::string_view call_id, std::string_view method, std::uint32_t cseq) noexcept {
    return mix(mix(hash(call_id), hash(method)), cseq);
  }

  Memory<Note> notes_{2048};
};

// What is wrong with a message by itself, in a few words; nothing if it can be read as it is.
std::optional<std::string_view> flaw_of(const Sighting& sighting) noexcept;

}  // namespace vialens

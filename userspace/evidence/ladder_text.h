// A call for a person in front of a terminal: phone, router and provider as columns, a row for each message, what the
// router changed below it, then the media and what was found.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "userspace/evidence/ladder.h"

namespace vialens {

struct TextLayout {
  std::size_t width = 100;  // columns of the terminal; 80 to 200 are made use of
  bool colour = false;
};

// `of_box`: what was found about the router rather than this call. Text from packets cannot talk to the terminal.
std::string ladder_text(const CallRecord& record, const Ladder& ladder, const std::vector<Finding>& of_box,
                        const TextLayout& layout);

}  // namespace vialens

// What stdout is: a terminal of some size, or something else.
#pragma once

#include <cstddef>
#include <string>

#include "userspace/sink/grid.h"

namespace vialens::app {

struct Screen {
  std::size_t width = 0, height = 0;  // 0: nobody knows; COLUMNS tells the width of what is no terminal
};

Screen screen_of_output();
bool is_terminal();
// Whether stdout is a terminal, and NO_COLOR does not say otherwise (no-color.org).
bool colour_wanted();
TableLayout table_layout();
// False if nobody reads any more.
bool print(const std::string& text);

}  // namespace vialens::app

#include "userspace/app/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace vialens::app {

Screen screen_of_output() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return {size.ws_col, size.ws_row};
  const char* const columns = std::getenv("COLUMNS");
  const long number = columns == nullptr ? 0 : std::strtol(columns, nullptr, 10);
  return {number > 0 ? static_cast<std::size_t>(number) : 0, 0};
}

bool is_terminal() { return isatty(STDOUT_FILENO) != 0; }

bool colour_wanted() {
  const char* no_colour = std::getenv("NO_COLOR");
  return is_terminal() && (no_colour == nullptr || *no_colour == '\0');
}

TableLayout table_layout() {
  return {screen_of_output().width, Paint{colour_wanted()}, std::chrono::system_clock::now()};
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

}  // namespace vialens::app

// --watch: the same question again and again, on a terminal in place, elsewhere one answer below the other.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "userspace/sink/grid.h"

namespace vialens::app {

struct WatchOptions {
  bool json = false;
  double seconds = 2;

  // Adds --watch and --json.
  void add_to(CLI::App& command);
  bool watching() const noexcept { return given->count() != 0; }

  CLI::Option* given = nullptr;  // the command's
};

// The answer as it is to be printed. May throw InputError.
using Question = std::function<std::string(const TableLayout& layout)>;

// Prints the answer, once or until SIGINT, SIGTERM, or nobody reads it. The first answer must be had; after that, one
// who does not answer is told of, and asked again. `title` stands above each answer, but for JSON. Returns the exit
// code.
int answer(const WatchOptions& options, const std::string& title, const Question& question);

}  // namespace vialens::app

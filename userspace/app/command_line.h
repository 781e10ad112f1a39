// The whole command line: main() parses it, and the manual and the completion are made from it.
#pragma once

#include "userspace/app/commands.h"
#include "userspace/config/config.h"

namespace vialens::app {

struct CommandLine {
  CommandLine();
  CommandLine(const CommandLine&) = delete;

  CLI::App cli;
  Config global;  // of which the global flags are set
  Action action;  // of the subcommand that was asked for; none before parsing
};

}  // namespace vialens::app

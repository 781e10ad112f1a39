// The flags of `vialens run`, from the table of settings. What is given on the command line overrides the file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "userspace/config/read_config.h"
#include "userspace/config/settings.h"

namespace vialens::app {

// A flag that sets `values`. The option is the command's.
CLI::Option* add_flag(CLI::App& command, const Setting& setting, Config& values);

class Flags {
 public:
  // `command` is a subcommand: those flags that are not its own are looked up in its parent. This must outlive both.
  void add_to(CLI::App& command);

  // The defaults, and over them the file, if one is named, and over that the flags. Throws ConfigError, UsageError or
  // InputError. May be called again, to read a file that has changed.
  Config config() const;
  const std::string& file() const noexcept { return file_; }

 private:
  bool given(const Setting& setting) const;
  // As the user wrote it: "--side", "FILE:3:1: capture.side".
  std::string where(const Setting* setting, const ConfigFile& file) const;

  std::string file_;  // empty if none is named
  Config values_;
  std::vector<std::pair<const Setting*, const CLI::Option*>> options_;
};

}  // namespace vialens::app

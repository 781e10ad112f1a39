// The file: TOML in, a Config out, or everything that is wrong with it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/config/config.h"

namespace vialens {

// Line and column, from 1. No line: nowhere in particular.
struct FilePlace {
  std::uint32_t line = 0, column = 0;
};

struct ConfigProblem {
  FilePlace place;
  std::string text;
};

struct ConfigFile {
  std::string name;
  Config config;                            // of what is right in it; the rest has its default
  std::map<std::string, FilePlace> places;  // of the settings that it has, by name
  std::vector<ConfigProblem> problems;      // in the order of the file
};

// Reads the text of a file. No text crashes it, hangs it, or makes it throw. The problems are those of single settings;
// what makes no sense together is found by conflicts().
ConfigFile read_config(std::string_view text, std::string name);

// Adds what of the file makes no sense together to its problems, if each setting by itself is right.
void add_conflicts(ConfigFile& file);

// Reads the file. Throws InputError if it cannot be opened, or is larger than a configuration can be.
ConfigFile read_config_file(const std::string& path);

// A line for each problem, the first twenty: "FILE:3:1: history.dayz: no such setting; did you mean history.days?"
std::string describe(const ConfigFile& file);

}  // namespace vialens

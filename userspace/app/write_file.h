// Writes what a command has made.
#pragma once

#include <string>

namespace vialens::app {

// "-" is stdout. Throws InputError where it cannot be written.
void write_file(const std::string& path, const std::string& bytes);

}  // namespace vialens::app

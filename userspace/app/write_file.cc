#include "userspace/app/write_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "userspace/core/error.h"

namespace vialens::app {

void write_file(const std::string& path, const std::string& bytes) {
  const bool to_stdout = path == "-";
  std::FILE* const file = to_stdout ? stdout : std::fopen(path.c_str(), "wbe");
  bool good = file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (file != nullptr && (to_stdout ? std::fflush(file) : std::fclose(file)) != 0) good = false;
  if (!good)
    throw InputError(fmt::format("cannot write {}: {}; choose another place with -o", path, std::strerror(errno)));
}

}  // namespace vialens::app

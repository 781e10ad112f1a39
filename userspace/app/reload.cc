#include "userspace/app/reload.h"

#include <spdlog/spdlog.h>

#include <exception>

namespace vialens::app {

Config read_again(const Flags& flags, const Config& in_force) {
  if (flags.file().empty()) {
    spdlog::warn("SIGHUP: there is no file to read again (--config)");
    return in_force;
  }
  Config read;
  try {
    read = flags.config();
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    spdlog::error("the settings so far stay in force: correct the file and reload again");
    return in_force;
  }
  Config result = in_force;
  unsigned changed = 0;
  for (const Setting& setting : settings()) {
    if (equal(setting, read, in_force)) continue;
    if (!setting.reload) {
      spdlog::warn("{} has changed, and needs a restart", setting.name());
      continue;
    }
    copy(setting, read, result);
    ++changed;
    spdlog::info("{} has changed", setting.name());
  }
  spdlog::info("{} read again: {} changed", flags.file(), changed);
  return result;
}

}  // namespace vialens::app

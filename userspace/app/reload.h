// SIGHUP: the configuration once more.
#pragma once

#include "userspace/app/flags.h"

namespace vialens::app {

// Reads the file again. Returns what is to be in force from now on: settings that only a restart can change keep their
// value, and are named in the log. All of them do if the file is bad, which the log says as well, or if there is none.
Config read_again(const Flags& flags, const Config& in_force);

}  // namespace vialens::app

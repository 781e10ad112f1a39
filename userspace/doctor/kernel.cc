// What vialens itself needs of this kernel, and which hooks it would take.
#include <fmt/format.h>
#include <sys/utsname.h>

#include "userspace/capture/live/features.h"
#include "userspace/core/error.h"
#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"

namespace vialens {

std::vector<Check> check_kernel(const Host& host) {
  Check check{.id = "kernel"};
  if (!host.is_this()) {
    check.reason = "This is not the kernel that runs.";
    return {check};
  }
  utsname name{};
  uname(&name);
  check.evidence = {fmt::format("{} {} {}", name.sysname, name.release, name.machine)};
  try {
    const auto features = live::Features::probe();
    check.state = State::ok;
    check.reason = fmt::format("The kernel has what vialens needs: XDP{}, {} on the way out, a ring buffer.",
                               features.xdp_load_bytes ? " with long packets" : "", features.tcx ? "TCX" : "clsact");
  } catch (const InputError& error) {
    check.reason = fmt::format("vialens could not watch live here: {}.", error.what());
  }
  return {check};
}

}  // namespace vialens

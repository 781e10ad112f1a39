// The clock: two captures, or a finding and the log of a provider, are held side by side by their times.
#include <fmt/format.h>
#include <sys/timex.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"

namespace vialens {

std::vector<Check> check_clock(const Host& host) {
  Check check{.id = "clock"};
  timex state{};
  if (!host.is_this() || adjtimex(&state) < 0) {
    check.reason = "The state of the clock cannot be read.";
    return {check};
  }
  const bool unsynchronised = (state.status & STA_UNSYNC) != 0;
  check.evidence = {fmt::format("adjtimex: status {:#x}, estimated error {} us", static_cast<unsigned>(state.status),
                                state.esterror)};
  check.state = unsynchronised ? State::bad : State::ok;
  check.reason = unsynchronised ? "Nothing keeps the clock right: times of findings may be off by any amount."
                                : "The clock is kept right (NTP or the like).";
  if (unsynchronised)
    check.fix = {host.flavour() == Flavour::openwrt
                     ? "uci set system.ntp.enabled=1 && uci commit && service sysntpd restart"
                     : "timedatectl set-ntp true  # or install chrony"};
  return {check};
}

}  // namespace vialens

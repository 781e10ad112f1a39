#include "userspace/call/round_trips.h"

#include <algorithm>

namespace vialens {
namespace {

constexpr std::chrono::seconds kLongest{30};  // what is longer is a number that means something else
constexpr std::chrono::milliseconds kSlack{5};

}  // namespace

std::size_t RoundTrips::key(TapId tap, std::uint32_t ssrc, std::uint32_t ntp_middle) const noexcept {
  return mix(mix(hash(taps_[tap].interface), ssrc), ntp_middle);
}

void RoundTrips::observe(RtcpSource& source) {
  if (source.sender_reports != 0) reports_[key(source.tap, source.ssrc, source.ntp_middle)] = source.reported;
  for (RtcpReport& report : std::span(source.blocks).first(source.block_count)) {
    if (report.lsr == 0) continue;  // it had received none
    const Time* const sent = reports_.peek(key(source.tap, report.ssrc, report.lsr));
    if (sent == nullptr) continue;
    const Duration way = report.seen - *sent - report.dlsr;
    if (way > -kSlack && way < kLongest) report.round_trip = std::max(way, Duration::zero());
  }
}

}  // namespace vialens

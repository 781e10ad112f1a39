#include "userspace/sink/sink.h"

namespace vialens {

std::uint64_t packets_missed(const Summary& summary) noexcept {
  std::uint64_t sum = 0;
  for (const TapReport& report : summary.taps) sum += lost(report.counters);
  return sum;
}

}  // namespace vialens

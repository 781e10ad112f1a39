#include "userspace/call/mos.h"

#include <algorithm>
#include <array>

#include "userspace/sip/fields.h"

namespace vialens {
namespace {

struct Codec {
  std::string_view name;
  double impairment;  // Ie: of the coding itself
  double robustness;  // Bpl: against random loss
};

// G.113 Appendix I, tables I.1 and I.4. Receivers of G.711 conceal lost packets (its Appendix I).
constexpr std::array kCodecs{
    Codec{"PCMU", 0, 25.1},  Codec{"PCMA", 0, 25.1},    Codec{"G729", 11, 19.0},
    Codec{"G723", 15, 16.1}, Codec{"GSM-EFR", 5, 10.0},
};

constexpr double kBest = 93.2;        // R without any impairment, all parameters at their defaults (G.107 7.1)
constexpr double kTolerated = 177.3;  // ms: delay beyond which talking turns difficult (Cole, Rosenbluth)

// G.107 7.4, in the linear form of Cole and Rosenbluth.
double delay_impairment(double ms) noexcept { return 0.024 * ms + 0.11 * std::max(0.0, ms - kTolerated); }

// G.107 7.5, Ie-eff.
double loss_impairment(const Codec& codec, const Reception& reception) noexcept {
  const double percent = std::clamp(reception.loss, 0.0, 1.0) * 100;
  if (percent == 0) return codec.impairment;
  const double bunched = percent / std::max(reception.burst_ratio, 1.0);
  return codec.impairment + (95 - codec.impairment) * percent / (bunched + codec.robustness);
}

// G.107 Annex B.
double mos_of(double rating) noexcept {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return std::max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

}  // namespace

std::optional<double> estimate_mos(const Reception& reception) noexcept {
  const auto* const codec = std::find_if(kCodecs.begin(), kCodecs.end(), [&](const Codec& known) {
    return sip::equal_ignoring_case(known.name, reception.codec);
  });
  if (codec == kCodecs.end()) return std::nullopt;
  const double ms = std::chrono::duration<double, std::milli>(reception.delay).count();
  return mos_of(kBest - delay_impairment(std::max(0.0, ms)) - loss_impairment(*codec, reception));
}

}  // namespace vialens

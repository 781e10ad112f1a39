// The table of findings, a file for each group of families; catalogue.cc puts them together.
#pragma once

#include <span>

#include "userspace/finding/finding.h"

namespace vialens {

// What several findings advise.
inline constexpr std::string_view kSwitchOff =
    "Switch off the SIP ALG of this router (also called SIP helper, SIP passthrough, SIP inspection, SIP "
    "transformations or SIP fixup), restart the router, and let the phones register again.";
inline constexpr std::string_view kCheckSender =
    "Look at the same message on the other side of the router. If it is right there, switch off the router's SIP ALG; "
    "if not, the sender has to be repaired.";

std::span<const FindingKind> kinds_of_rewrites();      // alg-, hint-
std::span<const FindingKind> kinds_of_symptoms();      // call-, reg-
std::span<const FindingKind> kinds_of_media();         // media-
std::span<const FindingKind> kinds_of_explanations();  // nat-, note-

}  // namespace vialens

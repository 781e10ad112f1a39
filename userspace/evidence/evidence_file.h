// A call as evidence: a pcapng file that opens in Wireshark with the explanation beside the packet.
#pragma once

#include <string>

#include "userspace/evidence/ladder.h"

namespace vialens {

// Both sides of the box as interfaces, the packets in the order of time. A finding is a comment of the packet that
// proves it; those that no packet shows, and the verdict, are comments of the file. `application`: who wrote it.
std::string evidence_file(const CallRecord& record, const Ladder& ladder, std::string_view application);

}  // namespace vialens

// One call or registration of the vialens that runs.
#pragma once

#include <string>

#include "userspace/app/one_call.h"
#include "userspace/http/client.h"

namespace vialens::app {

// What /api/v1/calls/ID answers, or what is behind it: "/ladder.txt", "/evidence.pcapng". Throws InputError with the
// calls that there are, if that one is not among them or more than one are meant.
std::string ask_for_call(HttpClient& client, const WantedCall& wanted, const std::string& behind,
                         const HttpClient::Parameters& parameters = {});

}  // namespace vialens::app

// What a router says of itself over UPnP (UPnP Device Architecture 1.1: SSDP, and the description of a device). It is
// asked for by one packet to its neighbours and one request to the router: only where the user allows it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "userspace/knowledge/gateway.h"

namespace vialens {

struct UpnpDevice {
  std::string maker, model;  // manufacturer and modelName: whatever the router says
};

// Asks for an Internet gateway on the gateway's own link, and believes nobody but the gateway: nothing if it does not
// answer within two seconds, or points elsewhere. Throws std::system_error where it cannot ask.
std::optional<UpnpDevice> ask_gateway(const Gateway& gateway);

// The URL of LOCATION in an answer to M-SEARCH; empty if it has none.
std::string location_in(std::string_view answer);
// Of the outermost device in a description; nothing if it names no maker.
std::optional<UpnpDevice> device_in(std::string_view description);

}  // namespace vialens

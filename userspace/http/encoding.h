// How a body is sent: as gzip, in which the files of the page are kept, or as it is.
#pragma once

#include <string>
#include <string_view>

namespace vialens {

// By the value of Accept-Encoding (RFC 9110 12.5.3). Who does not say that he takes it may not know it: curl.
bool takes_gzip(std::string_view accept_encoding);

// What was compressed; "" where that is no gzip, or more than 16 MiB.
std::string inflated(std::string_view gzip);

}  // namespace vialens

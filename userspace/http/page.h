// The files of the web page, which are part of the binary: web/dist, or web/plain where that was not built (see
// cmake/WebPage.cmake); and the description of the API. They hold nothing of what vialens has seen, so they may be
// served to whoever may connect; the page itself then asks for the token that the API wants.
#pragma once

#include <span>
#include <string_view>

namespace vialens {

// One file. The views are of static storage.
struct Asset {
  std::string_view path;  // "/page.js", "/api/v1/openapi.yaml"; "/" is the page itself
  std::string_view type;  // Content-Type
  std::string_view etag;  // with its quotes; of the content, so that it changes with it
  std::string_view bytes;
  bool gzip = false;  // `bytes` are gzip (Content-Encoding), as they are for all that shrinks by it; see encoding.h
};

std::span<const Asset> page_assets();

}  // namespace vialens

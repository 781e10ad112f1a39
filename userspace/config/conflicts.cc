// What of a configuration makes no sense together.
#include <fmt/format.h>

#include "userspace/config/checks.h"
#include "userspace/config/settings.h"

namespace vialens {

std::vector<Conflict> conflicts(const Config& config) {
  std::vector<Conflict> found;
  const auto blame = [&](std::string_view name, std::string text) {
    found.push_back({find_setting(name), std::move(text)});
  };
  const Config::Capture& capture = config.capture;
  if (capture.lan.empty() && capture.wan.empty() && capture.tap.empty())
    found.push_back({nullptr,
                     "no interface: name both sides of the router (lan and wan of [capture], or --lan and "
                     "--wan), or one (tap, or --tap)"});
  if (!capture.side.empty() && capture.tap.empty())
    blame("capture.side", "it says where the tap is, and there is none: name it (tap of [capture], or --tap)");
  const Config::Http& http = config.http;
  if (http.tls_certificate.empty() != http.tls_key.empty())
    blame(http.tls_key.empty() ? "http.tls_certificate" : "http.tls_key",
          fmt::format("TLS needs both a certificate and its key: set http.{}, too",
                      http.tls_key.empty() ? "tls_key" : "tls_certificate"));
  if (!is_loopback(http.listen) && http.token_sha256.empty() && http.users.empty() && !http.allow_public)
    blame("http.listen", fmt::format("{} can be reached by others, and anybody could read who calls whom: set "
                                     "http.token_sha256 or http.users, listen on 127.0.0.1, or set http.allow_public",
                                     http.listen));
  if (!config.hep.ca_file.empty() && !config.hep.target.starts_with("tls:"))
    blame("hep.ca_file", "it is for a target with TLS only: write hep.target as \"tls:HOST:PORT\", or leave it out");
  return found;
}

}  // namespace vialens

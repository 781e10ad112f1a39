#include "userspace/http/access.h"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "userspace/core/address.h"
#include "userspace/core/base64.h"
#include "userspace/core/error.h"
#include "userspace/core/host_port.h"
#include "userspace/core/words.h"

namespace vialens {
namespace {

constexpr std::size_t kMostKnown = 64, kLongestBasic = 4096;

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_local(std::string_view host) {
  const auto address = Address::parse(host);
  return lower(host) == "localhost" || (address && address->is_loopback());
}

}  // namespace

ListenAddress ListenAddress::parse(std::string_view text) {
  const auto parts = parse_host_port(text);
  if (!parts || (parts->host != "localhost" && !Address::parse(parts->host)))
    throw UsageError(
        fmt::format("cannot listen on \"{}\": an address of this machine and a port are needed, as in "
                    "127.0.0.1:9760 or [::1]:9760",
                    text));
  return {std::string(parts->host), parts->port};
}

bool ListenAddress::is_loopback() const { return is_local(host); }

std::string to_string(const ListenAddress& address) {
  return address.host.find(':') == std::string::npos ? fmt::format("{}:{}", address.host, address.port)
                                                     : fmt::format("[{}]:{}", address.host, address.port);
}

bool Access::open() const {
  const std::lock_guard lock(mutex_);
  return is_open();
}

void Access::set(Credentials credentials) {
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
  known_good_.clear();
}

bool Access::allows(std::string_view authorization) {
  const std::lock_guard lock(mutex_);
  if (is_open()) return true;
  const std::size_t space = authorization.find(' ');
  if (space == authorization.npos) return false;
  const std::string scheme = lower(authorization.substr(0, space));
  std::string_view rest = authorization.substr(space + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (scheme == "bearer") {
    const std::string digest = sha256(rest);
    bool right = false;  // all are looked at, so that the time tells nothing
    for (const std::string& token : credentials_.token_sha256) right |= same(lower(token), digest);
    return right;
  }
  return scheme == "basic" && is_user(rest);
}

bool Access::is_user(std::string_view base64) {
  const std::string digest = sha256(base64);
  if (known_good_.contains(digest)) return true;
  const std::string plain = from_base64(base64, kLongestBasic).value_or("");
  const std::size_t colon = plain.find(':');
  if (colon == std::string::npos) return false;
  const auto user = credentials_.users.find(plain.substr(0, colon));
  // An unknown name is tried against somebody's hash, and is wrong whatever comes out.
  if (credentials_.users.empty()) return false;
  const std::string& hash = user == credentials_.users.end() ? credentials_.users.begin()->second : user->second;
  const auto data = std::make_unique<crypt_data>();
  const char* const computed = crypt_r(plain.c_str() + colon + 1, hash.c_str(), data.get());
  if (computed == nullptr || !same(computed, hash) || user == credentials_.users.end()) return false;
  if (known_good_.size() >= kMostKnown) known_good_.clear();
  known_good_.insert(digest);
  return true;
}

bool Access::is_local_name(std::string_view host_header) {
  // Without a port it is the one that everybody knows (RFC 9110 7.2).
  const auto parts = parse_host_port(host_header);
  if (parts) return is_local(parts->host);
  if (host_header.starts_with('[') && host_header.ends_with(']'))
    host_header = host_header.substr(1, host_header.size() - 2);
  return is_local(host_header);
}

void Access::check(const ListenAddress& address, bool allow_public) const {
  if (address.is_loopback() || !open() || allow_public) return;
  throw UsageError(fmt::format(
      "{} can be reached by others, and nobody is asked for a password: phone numbers would be there for all. Set "
      "http.token_sha256 or http.users in the configuration, listen on 127.0.0.1, or say http.allow_public = true",
      to_string(address)));
}

}  // namespace vialens

#include "userspace/http/access.h"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "userspace/core/address.h"
#include "userspace/core/error.h"

namespace vialens {
namespace {

constexpr std::size_t kMostKnown = 64;

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

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return result;
}

// RFC 4648. What is no base64 is "".
std::string from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 4096) return "";
  std::string result(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return "";
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  result.resize(static_cast<std::size_t>(length) - padding);
  return result;
}

// The host of "host:port", without brackets.
std::string_view host_of(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') == text.npos ? text.npos : text.find(']') - 1);
  return text.substr(0, text.rfind(':'));
}

bool is_loopback_address(std::string_view host) {
  const auto address = Address::parse(host);
  if (!address) return false;
  static const Address kV6 = *Address::parse("::1");
  return *address == kV6 || (address->is_v4() && address->bytes[12] == 127);
}

}  // namespace

ListenAddress ListenAddress::parse(std::string_view text) {
  ListenAddress address;
  const std::size_t colon = text.rfind(':');
  const std::string_view port = colon == text.npos ? "" : text.substr(colon + 1);
  address.host = host_of(text);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool port_ok =
      error == std::errc() && end == port.data() + port.size() && address.port >= 0 && address.port < 65536;
  if (!port_ok || (address.host != "localhost" && !Address::parse(address.host)))
    throw UsageError(
        fmt::format("cannot listen on \"{}\": an address of this machine and a port are needed, as in "
                    "127.0.0.1:9760 or [::1]:9760",
                    text));
  return address;
}

bool ListenAddress::is_loopback() const { return host == "localhost" || is_loopback_address(host); }

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
  const std::string plain = from_base64(base64);
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
  const std::string_view host = host_of(host_header);
  return lower(host) == "localhost" || is_loopback_address(host);
}

void Access::check(const ListenAddress& address, bool allow_public) const {
  if (address.is_loopback() || !open() || allow_public) return;
  throw UsageError(fmt::format(
      "{} can be reached by others, and nobody is asked for a password: phone numbers would be there for all. Set "
      "http.token_sha256 or http.users in the configuration, listen on 127.0.0.1, or say http.allow_public = true",
      to_string(address)));
}

}  // namespace vialens

// TLS on a socket that does not block. The probe does not ask who the reflector is: an ALG that could read this would
// have to be the other end of it.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vialens {

// With a certificate that it has made for itself; throws std::runtime_error where OpenSSL cannot.
std::shared_ptr<SSL_CTX> tls_server();
std::shared_ptr<SSL_CTX> tls_client();

class Tls {
 public:
  // `descriptor` outlives this.
  Tls(std::shared_ptr<SSL_CTX> context, int descriptor, bool server);

  enum class Result : std::uint8_t { done, waits, failed };
  Result handshake();                                  // as far as it goes now
  bool handshake(std::chrono::milliseconds patience);  // to its end
  // As Socket::read() and Socket::send().
  std::optional<std::string> read();
  bool send(std::string_view bytes, std::chrono::milliseconds patience);

 private:
  bool wait(int result, std::chrono::milliseconds patience) const;

  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

}  // namespace vialens

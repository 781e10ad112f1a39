#include "userspace/probe/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <poll.h>

#include <stdexcept>

namespace vialens {
namespace {

std::shared_ptr<SSL_CTX> context_of(const SSL_METHOD* method) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  if (context == nullptr) throw std::runtime_error("OpenSSL cannot be used here");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

}  // namespace

std::shared_ptr<SSL_CTX> tls_client() { return context_of(TLS_client_method()); }

std::shared_ptr<SSL_CTX> tls_server() {
  constexpr long kYear = 31'536'000;  // s
  auto context = context_of(TLS_server_method());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  if (key == nullptr || certificate == nullptr) throw std::runtime_error("OpenSSL makes no key");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kYear);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("vialens reflector"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0 ||
      SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
    throw std::runtime_error("OpenSSL makes no certificate");
  return context;
}

Tls::Tls(std::shared_ptr<SSL_CTX> context, int descriptor, bool server)
    : context_(std::move(context)), tls_(SSL_new(context_.get()), SSL_free) {
  if (tls_ == nullptr || SSL_set_fd(tls_.get(), descriptor) != 1)
    throw std::runtime_error("OpenSSL cannot be used here");
  server ? SSL_set_accept_state(tls_.get()) : SSL_set_connect_state(tls_.get());
}

Tls::Result Tls::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) return Result::done;
  const int error = SSL_get_error(tls_.get(), result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Result::waits : Result::failed;
}

bool Tls::wait(int result, std::chrono::milliseconds patience) const {
  const int error = SSL_get_error(tls_.get(), result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
  pollfd waiting{SSL_get_fd(tls_.get()), static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
  return poll(&waiting, 1, static_cast<int>(patience.count())) > 0;
}

bool Tls::handshake(std::chrono::milliseconds patience) {
  for (int i = 0; i < 20; ++i) {  // round trips, of which it takes two
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) return true;
    if (!wait(result, patience)) return false;
  }
  return false;
}

std::optional<std::string> Tls::read() {
  std::string bytes(65536, '\0');
  ERR_clear_error();
  const int count = SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (count <= 0) {
    const int error = SSL_get_error(tls_.get(), count);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? std::nullopt : std::optional(std::string());
  }
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

bool Tls::send(std::string_view bytes, std::chrono::milliseconds patience) {
  while (!bytes.empty()) {
    ERR_clear_error();
    const int count = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (count > 0)
      bytes.remove_prefix(static_cast<std::size_t>(count));
    else if (!wait(count, patience))
      return false;
  }
  return true;
}

}  // namespace vialens

#include "userspace/probe/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "userspace/core/error.h"

namespace vialens {
namespace {

struct Raw {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Raw raw_of(const Endpoint& endpoint) {
  Raw raw;
  const auto& bytes = endpoint.address.bytes;
  if (family_of(endpoint.address) == AF_INET6) {
    auto* const address = reinterpret_cast<sockaddr_in6*>(&raw.storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(endpoint.port);
    std::memcpy(&address->sin6_addr, bytes.data(), bytes.size());
    raw.size = sizeof *address;
  } else {
    auto* const address = reinterpret_cast<sockaddr_in*>(&raw.storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(endpoint.port);
    std::memcpy(&address->sin_addr, bytes.data() + 12, 4);
    raw.size = sizeof *address;
  }
  return raw;
}

Address address_of(const in_addr& address) noexcept {
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &address, bytes.size());
  return Address::of_v4(bytes);
}

Address address_of(const in6_addr& address) noexcept {
  Address result;
  std::memcpy(result.bytes.data(), &address, result.bytes.size());
  return result;
}

Endpoint endpoint_of(const Raw& raw) noexcept {
  if (raw.storage.ss_family == AF_INET6) {
    const auto* const address = reinterpret_cast<const sockaddr_in6*>(&raw.storage);
    return {address_of(address->sin6_addr), ntohs(address->sin6_port)};
  }
  const auto* const address = reinterpret_cast<const sockaddr_in*>(&raw.storage);
  return {address_of(address->sin_addr), ntohs(address->sin_port)};
}

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

Socket bound(int type, std::uint16_t port, int family) {
  Socket result(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!result) fail("cannot open a socket");
  const int yes = 1;
  if (type == SOCK_STREAM) setsockopt(result.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (family == AF_INET6) setsockopt(result.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  const Raw any = raw_of({Address::parse(family == AF_INET6 ? "::" : "0.0.0.0").value(), port});
  if (bind(result.get(), any.get(), any.size) != 0)
    fail(fmt::format("cannot use {} port {}", type == SOCK_STREAM ? "TCP" : "UDP", port));
  return result;
}

bool wait_for(int descriptor, short what, std::chrono::milliseconds patience) {
  pollfd waiting{descriptor, what, 0};
  return poll(&waiting, 1, static_cast<int>(patience.count())) > 0;
}

}  // namespace

int family_of(const Address& address) noexcept { return address.is_v4() ? AF_INET : AF_INET6; }

Socket Socket::udp(std::uint16_t port, int family) {
  Socket result = bound(SOCK_DGRAM, port, family);
  const int yes = 1;
  if (family == AF_INET6)
    setsockopt(result.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
  else
    setsockopt(result.get(), IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
  return result;
}

Socket Socket::listening(std::uint16_t port, int family) {
  Socket result = bound(SOCK_STREAM, port, family);
  if (listen(result.get(), 64) != 0) fail(fmt::format("cannot listen on TCP port {}", port));
  return result;
}

Socket Socket::connected(const Endpoint& to, std::chrono::milliseconds patience, std::uint16_t from) {
  Socket result = bound(SOCK_STREAM, from, family_of(to.address));
  const int yes = 1;
  setsockopt(result.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const Raw raw = raw_of(to);
  if (connect(result.get(), raw.get(), raw.size) == 0) return result;
  if (errno != EINPROGRESS) fail(fmt::format("cannot connect to {}", to_string(to)));
  int error = ETIMEDOUT;
  socklen_t size = sizeof error;
  if (wait_for(result.get(), POLLOUT, patience)) getsockopt(result.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  if (error != 0) fail(fmt::format("cannot connect to {}", to_string(to)));
  return result;
}

Endpoint Socket::local() const {
  Raw raw;
  getsockname(descriptor_.get(), raw.get(), &raw.size);
  return endpoint_of(raw);
}

std::optional<Socket> Socket::accept(Endpoint& from) const {
  Raw raw;
  Socket result(accept4(descriptor_.get(), raw.get(), &raw.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!result) return std::nullopt;
  from = endpoint_of(raw);
  return result;
}

// With the address of this host in a control message (ip(7), ipv6(7)).
bool Socket::send_to(std::string_view bytes, const Endpoint& to, const Address* by) const {
  Raw raw = raw_of(to);
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_name = raw.get();
  message.msg_namelen = raw.size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
  if (by != nullptr) {
    const bool v6 = family_of(*by) == AF_INET6;
    message.msg_control = control;
    message.msg_controllen = v6 ? CMSG_SPACE(sizeof(in6_pktinfo)) : CMSG_SPACE(sizeof(in_pktinfo));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
    header->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
    header->cmsg_len = v6 ? CMSG_LEN(sizeof(in6_pktinfo)) : CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo v4_info{};
    in6_pktinfo v6_info{};
    std::memcpy(&v4_info.ipi_spec_dst, by->bytes.data() + 12, 4);
    std::memcpy(&v6_info.ipi6_addr, by->bytes.data(), by->bytes.size());
    std::memcpy(CMSG_DATA(header), v6 ? static_cast<const void*>(&v6_info) : &v4_info,
                v6 ? sizeof v6_info : sizeof v4_info);
  }
  return sendmsg(descriptor_.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

std::optional<std::string> Socket::receive(std::chrono::milliseconds patience, Endpoint& from, Address* at) const {
  if (!wait_for(descriptor_.get(), POLLIN, patience)) return std::nullopt;
  std::string bytes(65536, '\0');
  Raw raw;
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[256];
  msghdr message{};
  message.msg_name = raw.get();
  message.msg_namelen = raw.size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = recvmsg(descriptor_.get(), &message, 0);
  if (count < 0) return std::nullopt;
  from = endpoint_of(raw);
  bytes.resize(static_cast<std::size_t>(count));
  if (at == nullptr) return bytes;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      *at = address_of(info.ipi_spec_dst);
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      *at = address_of(info.ipi6_addr);
    }
  }
  return bytes;
}

bool Socket::send(std::string_view bytes, std::chrono::milliseconds patience) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0)
      bytes.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EAGAIN || !wait_for(descriptor_.get(), POLLOUT, patience))
      return false;
  }
  return true;
}

std::optional<std::string> Socket::read(std::chrono::milliseconds patience) const {
  if (!wait_for(descriptor_.get(), POLLIN, patience)) return std::nullopt;
  std::string bytes(65536, '\0');
  const ssize_t count = recv(descriptor_.get(), bytes.data(), bytes.size(), 0);
  if (count < 0) return errno == EAGAIN ? std::nullopt : std::optional(std::string());
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

Address resolve(const std::string& host) {
  if (const auto address = Address::parse(host)) return *address;
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_ADDRCONFIG;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) throw InputError(fmt::format("no address of {}: {}", host, gai_strerror(error)));
  Raw raw;
  std::memcpy(&raw.storage, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return endpoint_of(raw).address;
}

Address local_address_towards(const Endpoint& to) {
  Socket socket(::socket(family_of(to.address), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const Raw raw = raw_of(to);
  if (!socket || connect(socket.get(), raw.get(), raw.size) != 0) fail(fmt::format("no way to {}", to_string(to)));
  return socket.local().address;
}

}  // namespace vialens

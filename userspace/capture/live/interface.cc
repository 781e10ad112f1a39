#include "userspace/capture/live/interface.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

// Behind <net/if.h>, whose names the kernel's headers then leave alone.
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "userspace/core/error.h"

namespace vialens::live {
namespace {

// Interfaces whose frames begin with the IP header. Others (radio, Infiniband, ...) are refused.
bool begins_with_ip(int type) {
  switch (type) {
    case ARPHRD_NONE:  // tun, WireGuard
    case ARPHRD_PPP:
    case ARPHRD_RAWIP:
    case ARPHRD_TUNNEL:
    case ARPHRD_TUNNEL6:
    case ARPHRD_SIT:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<Interface> Interface::find(const std::string& name) {
  const unsigned index = if_nametoindex(name.c_str());
  return index == 0 ? std::nullopt : find(index);
}

std::optional<Interface> Interface::find(unsigned index) {
  const FileDescriptor socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (if_indextoname(index, request.ifr_name) == nullptr) return std::nullopt;
  Interface interface;
  interface.index = index;
  interface.name = request.ifr_name;
  if (ioctl(socket_fd.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
  interface.up = (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
  if (ioctl(socket_fd.get(), SIOCGIFHWADDR, &request) != 0) return std::nullopt;
  const int type = request.ifr_hwaddr.sa_family;
  interface.ethernet = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
  if (!interface.ethernet && !begins_with_ip(type))
    throw InputError(
        fmt::format("interface {}: its link type ({}) is neither Ethernet nor plain IP", interface.name, type));
  return interface;
}

FileDescriptor lock_interface(const Interface& interface) {
  FileDescriptor lock(check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "create a socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = fmt::format("vialens/interface/{}", interface.index);
  std::copy(name.begin(), name.end(), address.sun_path + 1);  // a leading zero: abstract
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(lock.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0) return lock;
  if (errno == EADDRINUSE)
    throw InputError(
        fmt::format("interface {} is already watched by another vialens; stop that one first (`pgrep -a "
                    "vialens`), or watch another interface",
                    interface.name));
  throw std::system_error(errno, std::generic_category(), fmt::format("lock interface {}", interface.name));
}

InterfaceMonitor::InterfaceMonitor()
    : socket_(
          check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE), "open a netlink socket")) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  check(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "listen for link changes");
}

bool InterfaceMonitor::changed() {
  bool something = false;
  char buffer[16384];
  for (;;) {
    const ssize_t received = recv(socket_.get(), buffer, sizeof(buffer), MSG_TRUNC);
    // ENOBUFS: messages were lost, so something did change.
    if (received > 0 || (received < 0 && errno == ENOBUFS))
      something = true;
    else if (received < 0 && errno == EINTR)
      continue;
    else
      return something;
  }
}

}  // namespace vialens::live

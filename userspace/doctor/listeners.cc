// Who listens on SIP's ports on this box: a PBX or a proxy, by which calls may go on purpose.
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"

namespace vialens {
namespace {

struct Listener {
  std::string protocol;
  unsigned port = 0;
  std::string inode;
};

// "0: 00000000:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 12345 ..."
std::vector<Listener> listeners_in(const std::string& table, const std::string& protocol, const std::string& state) {
  std::vector<Listener> found;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, local, remote, status, queues, timer, again, user, timeout, inode;
    words >> number >> local >> remote >> status >> queues >> timer >> again >> user >> timeout >> inode;
    const auto colon = local.rfind(':');
    if (words.fail() || colon == local.npos || status != state) continue;
    const std::string port = local.substr(colon + 1);
    if (port == "13C4" || port == "13C5") found.push_back({protocol, port == "13C4" ? 5060U : 5061U, inode});
  }
  return found;
}

// The program that has this socket, as far as we may see.
std::string owner_of(const Host& host, const std::string& inode) {
  const std::string socket = "socket:[" + inode + "]";
  for (const std::string& pid : host.names_in("proc")) {
    if (pid.find_first_not_of("0123456789") != pid.npos) continue;
    for (const std::string& descriptor : host.names_in("proc/" + pid + "/fd")) {
      std::error_code error;
      const auto target = std::filesystem::read_symlink(host.root() / "proc" / pid / "fd" / descriptor, error);
      if (error || target != socket) continue;
      std::string name = host.read("proc/" + pid + "/comm").value_or("?");
      while (!name.empty() && name.back() == '\n') name.pop_back();
      return fmt::format("{} (pid {})", name, pid);
    }
  }
  return "a program that cannot be seen from here";
}

}  // namespace

std::vector<Check> check_listeners(const Host& host) {
  Check check{.id = "sip-listeners"};
  std::vector<Listener> all;
  bool any = false;
  // TCP_LISTEN, and TCP_CLOSE, which is that of a UDP socket without a peer.
  for (const auto& [table, state] :
       std::map<std::string, std::string>{{"udp", "07"}, {"udp6", "07"}, {"tcp", "0A"}, {"tcp6", "0A"}})
    if (const auto text = host.read("proc/net/" + table)) {
      any = true;
      for (Listener& listener : listeners_in(*text, table, state)) all.push_back(std::move(listener));
    }
  if (!any) {
    check.reason = "The sockets of this box cannot be read (/proc/net/udp).";
    return {check};
  }
  check.state = State::ok;
  std::string owner;
  for (const Listener& listener : all) {
    owner = owner_of(host, listener.inode);
    check.evidence.push_back(fmt::format("{} port {}: {}", listener.protocol, listener.port, owner));
  }
  check.reason = all.empty() ? "No program listens on port 5060 or 5061: what passes there is not for this box."
                             : fmt::format(
                                   "{} listens for SIP on this box: calls may end there on purpose, and what "
                                   "it sends is its own (a proxy or a PBX, and no ALG).",
                                   owner);
  return {check};
}

}  // namespace vialens

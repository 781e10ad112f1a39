#include "userspace/knowledge/upnp.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <httplib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "userspace/core/file_descriptor.h"
#include "userspace/core/host_port.h"
#include "userspace/core/words.h"

namespace vialens {
namespace {

constexpr std::size_t kLongestDescription = 65536;
constexpr std::chrono::seconds kPatience{2};
constexpr std::string_view kSearch =
    "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n"
    "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n";

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), fmt::format("cannot {}", what));
}

void search(int socket, const Gateway& gateway) {
  ip_mreqn link{};
  link.imr_ifindex = static_cast<int>(if_nametoindex(gateway.interface.c_str()));
  check(link.imr_ifindex != 0, "find the interface");
  check(setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, &link, sizeof link) == 0, "choose the interface");
  sockaddr_in everybody{};
  everybody.sin_family = AF_INET;
  everybody.sin_port = htons(1900);
  inet_pton(AF_INET, "239.255.255.250", &everybody.sin_addr);
  const auto sent = sendto(socket, kSearch.data(), kSearch.size(), 0, reinterpret_cast<const sockaddr*>(&everybody),
                           sizeof everybody);
  check(sent >= 0, "ask over UPnP");
}

// What the gateway answers; empty if it does not.
std::string receive(int socket, const Address& from) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{socket, POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) return {};
    char text[2048];
    sockaddr_in source{};
    socklen_t size = sizeof source;
    const auto length = recvfrom(socket, text, sizeof text, 0, reinterpret_cast<sockaddr*>(&source), &size);
    char address[INET_ADDRSTRLEN];
    if (length <= 0 || inet_ntop(AF_INET, &source.sin_addr, address, sizeof address) == nullptr) continue;
    if (address == to_string(from)) return {text, static_cast<std::size_t>(length)};
  }
}

std::string description_at(const std::string& location, const Address& gateway) {
  constexpr std::string_view kScheme = "http://";
  if (!location.starts_with(kScheme)) return {};
  const std::string_view rest = std::string_view(location).substr(kScheme.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const auto where = parse_host_port(authority);
  const std::string host(where ? where->host : authority);
  if (host != to_string(gateway)) return {};
  httplib::Client client(host, where ? where->port : 80);
  client.set_connection_timeout(kPatience);
  client.set_read_timeout(kPatience);
  std::string text;
  const std::string path = authority.size() < rest.size() ? std::string(rest.substr(authority.size())) : "/";
  const auto answer = client.Get(path, [&](const char* data, std::size_t size) {
    text.append(data, std::min(size, kLongestDescription - text.size()));
    return text.size() < kLongestDescription;
  });
  return answer && answer->status == 200 ? text : std::string();
}

// The text of the first element of that name; the five entities of XML are the only ones.
std::string element(std::string_view xml, std::string_view name) {
  const auto begin = xml.find(fmt::format("<{}>", name));
  if (begin == xml.npos) return {};
  std::string_view rest = xml.substr(begin + name.size() + 2);
  rest = rest.substr(0, rest.find('<'));
  std::string text;
  while (!rest.empty() && text.size() < 100) {
    static constexpr std::pair<std::string_view, char> kEntities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    std::size_t taken = 1;
    char letter = rest.front();
    for (const auto& [entity, meaning] : kEntities)
      if (rest.starts_with(entity)) letter = meaning, taken = entity.size();
    text += letter;
    rest.remove_prefix(taken);
  }
  return text;
}

}  // namespace

std::string location_in(std::string_view answer) {
  while (!answer.empty()) {
    const auto end = std::min(answer.find('\n'), answer.size());
    std::string_view line = answer.substr(0, end);
    answer.remove_prefix(std::min(end + 1, answer.size()));
    if (!lower(line.substr(0, 9)).starts_with("location:")) continue;
    line.remove_prefix(9);
    const auto first = line.find_first_not_of(" \t");
    if (first == line.npos) return {};
    return std::string(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
  }
  return {};
}

std::optional<UpnpDevice> device_in(std::string_view description) {
  UpnpDevice device{element(description, "manufacturer"), element(description, "modelName")};
  return device.maker.empty() ? std::nullopt : std::optional(std::move(device));
}

std::optional<UpnpDevice> ask_gateway(const Gateway& gateway) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  check(static_cast<bool>(socket), "open a socket");
  search(socket.get(), gateway);
  const std::string answer = receive(socket.get(), gateway.address);
  return device_in(description_at(location_in(answer), gateway.address));
}

}  // namespace vialens

#include "userspace/doctor/conntrack.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cstring>
#include <string_view>

#include "userspace/core/file_descriptor.h"

namespace vialens {
namespace {

constexpr std::size_t kMost = 1000;  // flows that are kept

// Calls visit(type, payload) for each attribute; stops at the first that does not fit.
template <class F>
void each_attribute(std::string_view bytes, F visit) {
  while (bytes.size() >= sizeof(nlattr)) {
    nlattr header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > bytes.size()) return;
    visit(header.nla_type & NLA_TYPE_MASK, bytes.substr(sizeof header, header.nla_len - sizeof header));
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), NLA_ALIGN(header.nla_len)));
  }
}

template <class Number>
Number number_in(std::string_view bytes) {
  Number value{};
  if (bytes.size() >= sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::optional<Address> address_in(std::string_view bytes, bool v6) {
  if (bytes.size() < (v6 ? 16U : 4U)) return std::nullopt;
  if (!v6) return Address::of_v4(number_in<std::array<std::uint8_t, 4>>(bytes));
  return Address{number_in<std::array<std::uint8_t, 16>>(bytes)};
}

std::string protocol_name(std::uint8_t number) {
  return number == IPPROTO_UDP ? "udp" : number == IPPROTO_TCP ? "tcp" : std::to_string(number);
}

void read_tuple(std::string_view bytes, TrackedFlow& flow) {
  each_attribute(bytes, [&](int type, std::string_view value) {
    if (type == CTA_TUPLE_IP)
      each_attribute(value, [&](int part, std::string_view address) {
        const bool v6 = part == CTA_IP_V6_SRC || part == CTA_IP_V6_DST;
        const auto read = address_in(address, v6);
        if (!read) return;
        (part == CTA_IP_V4_SRC || part == CTA_IP_V6_SRC ? flow.source : flow.destination).address = *read;
      });
    if (type == CTA_TUPLE_PROTO)
      each_attribute(value, [&](int part, std::string_view number) {
        if (part == CTA_PROTO_NUM) flow.protocol = protocol_name(number_in<std::uint8_t>(number));
        if (part == CTA_PROTO_SRC_PORT) flow.source.port = ntohs(number_in<std::uint16_t>(number));
        if (part == CTA_PROTO_DST_PORT) flow.destination.port = ntohs(number_in<std::uint16_t>(number));
      });
  });
}

TrackedFlow flow_in(std::string_view bytes) {
  TrackedFlow flow;
  each_attribute(bytes, [&](int type, std::string_view value) {
    if (type == CTA_TUPLE_ORIG) read_tuple(value, flow);
    if (type == CTA_TIMEOUT) flow.timeout = ntohl(number_in<std::uint32_t>(value));
    if (type == CTA_HELP)
      each_attribute(value, [&](int part, std::string_view name) {
        if (part == CTA_HELP_NAME) flow.helper = name.substr(0, name.find('\0'));
      });
  });
  return flow;
}

TrackedFlow expectation_in(std::string_view bytes) {
  TrackedFlow flow;
  each_attribute(bytes, [&](int type, std::string_view value) {
    if (type == CTA_EXPECT_TUPLE) read_tuple(value, flow);
    if (type == CTA_EXPECT_TIMEOUT) flow.timeout = ntohl(number_in<std::uint32_t>(value));
    if (type == CTA_EXPECT_HELP_NAME) flow.helper = value.substr(0, value.find('\0'));
  });
  return flow;
}

bool is_sip(const TrackedFlow& flow) {
  const auto of_sip = [](std::uint16_t port) { return port == 5060 || port == 5061; };
  return flow.helper.starts_with("sip") || of_sip(flow.destination.port) || of_sip(flow.source.port);
}

FileDescriptor netlink() {
  FileDescriptor result(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  const timeval patience{2, 0};
  if (result) setsockopt(result.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return result;
}

// False at the end of the answer, or of what can be understood of it.
template <class F>
bool read_answer(std::string_view bytes, bool& complete, F visit) {
  while (bytes.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) return false;
    complete = header.nlmsg_type == NLMSG_DONE;
    if (complete || header.nlmsg_type == NLMSG_ERROR) return false;
    const std::size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));
    if (header.nlmsg_len > head) visit(bytes.substr(head, header.nlmsg_len - head));
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), NLMSG_ALIGN(header.nlmsg_len)));
  }
  return true;
}

}  // namespace

std::string to_string(const TrackedFlow& flow) {
  return fmt::format("{} {} -> {}{}, {} s left", flow.protocol, to_string(flow.source), to_string(flow.destination),
                     flow.helper.empty() ? "" : " helper=" + flow.helper, flow.timeout);
}

std::optional<std::vector<TrackedFlow>> sip_flows(bool expected) {
  struct {
    nlmsghdr header;
    nfgenmsg what;
  } request{};
  request.header.nlmsg_len = sizeof request;
  const int subsystem = expected ? NFNL_SUBSYS_CTNETLINK_EXP : NFNL_SUBSYS_CTNETLINK;
  const int get = expected ? static_cast<int>(IPCTNL_MSG_EXP_GET) : static_cast<int>(IPCTNL_MSG_CT_GET);
  request.header.nlmsg_type = static_cast<std::uint16_t>((subsystem << 8) | get);
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.what.nfgen_family = AF_UNSPEC;
  const FileDescriptor socket = netlink();
  if (!socket || send(socket.get(), &request, sizeof request, 0) < 0) return std::nullopt;
  std::vector<TrackedFlow> flows;
  std::vector<char> buffer(1U << 18U);
  bool complete = false;
  while (true) {
    const ssize_t count = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return std::nullopt;
    const bool more =
        read_answer({buffer.data(), static_cast<std::size_t>(count)}, complete, [&](std::string_view bytes) {
          TrackedFlow flow = expected ? expectation_in(bytes) : flow_in(bytes);
          if (is_sip(flow) && flows.size() < kMost) flows.push_back(std::move(flow));
        });
    if (!more) return complete ? std::optional(std::move(flows)) : std::nullopt;
  }
}

}  // namespace vialens

#include "userspace/export/hep_export.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/unit/sink_fixture.h"
#include "tests/unit/sip_text.h"
#include "userspace/core/error.h"

namespace vialens::test {
namespace {

using namespace std::chrono_literals;

// A socket on a port of loopback that the system chose.
class Listener {
 public:
  explicit Listener(int type, std::uint16_t port = 0) : socket_(::socket(AF_INET, type, 0)) {
    const int yes = 1;
    setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    if (type == SOCK_STREAM) listen(socket_, 4);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    const timeval patience{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Listener() { close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }
  std::string datagram() const {
    std::string bytes(65536, '\0');
    const ssize_t got = recv(socket_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  int accept() const { return ::accept(socket_, nullptr, nullptr); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

HepExport::Options options(std::string_view over, std::uint16_t port) {
  HepExport::Options options;
  options.collector = CollectorOptions::parse(std::string(over) + ":127.0.0.1:" + std::to_string(port));
  options.mask = false;
  return options;
}

void tell(HepExport& hep, const std::string& bytes) {
  static const TapInfo lan{0, "lan", "lan0", Side::lan, Direction::out, "tcx"};
  hep.on_message({&lan, noon(), Transport::udp, endpoint(kPhone), endpoint(kServer), 1, "a84b4c76e66710@192.168.1.33",
                  bytes, false});
}

template <class Is>
bool becomes(Is is) {
  for (int i = 0; i < 500 && !is(); ++i) std::this_thread::sleep_for(10ms);
  return is();
}

bool has(const std::string& bytes, std::string_view text) { return bytes.find(text) != std::string::npos; }

TEST(HepExportTest, SendsMessagesAndFindings) {
  const Listener listener(SOCK_DGRAM);
  HepExport hep(options("udp", listener.port()));
  tell(hep, invite());
  const std::string message = listener.datagram();
  EXPECT_TRUE(message.starts_with("HEP3"));
  EXPECT_TRUE(has(message, invite().str()));
  EXPECT_TRUE(has(message, "vialens:lan"));
  hep.on_finding(a_finding());
  const std::string finding = listener.datagram();
  EXPECT_TRUE(has(finding, std::string("\0\0\0\x0b\0\x07"
                                       "d",
                                       7)));  // log
  const auto json = nlohmann::json::parse(finding.substr(finding.find('{')));
  EXPECT_EQ(json["id"], "alg-contact");
  EXPECT_EQ(json["call_id"], "a84b4c76e66710@192.168.1.33");
  EXPECT_TRUE(becomes([&] { return hep.stats().sent == 2; }));
}

TEST(HepExportTest, MasksUnlessToldOtherwise) {
  const Listener listener(SOCK_DGRAM);
  HepExport::Options masked = options("udp", listener.port());
  masked.mask = HepExport::Options{}.mask;
  masked.mask_key = "key";
  HepExport hep(masked);
  tell(hep, invite());
  hep.on_finding(a_finding());
  const std::string message = listener.datagram();
  const std::string finding = listener.datagram();
  for (const std::string_view secret :
       {"alice", "bob", "example.com", "192.168.1.33", "203.0.113.5", "\xc0\xa8\x01\x21"})
    EXPECT_FALSE(has(message, secret) || has(finding, secret)) << secret;
  const std::string call_id = Mask("key").call_id("a84b4c76e66710@192.168.1.33");
  EXPECT_TRUE(has(message, "\x11" + std::string(1, '\0') + static_cast<char>(call_id.size() + 6) + call_id));
  EXPECT_TRUE(has(finding, "\"call_id\":\"" + call_id + '"'));
}

TEST(HepExportTest, CountsWhatIsTooLongAndWhatNobodyTakes) {
  std::uint16_t port = 0;
  {
    const Listener listener(SOCK_DGRAM);
    port = listener.port();
  }
  HepExport hep(options("udp", port));  // where nobody listens any more
  tell(hep, std::string(65500, 'x'));
  for (int i = 0; i < 50; ++i) tell(hep, invite());
  hep.close();
  const HepExport::Stats stats = hep.stats();
  EXPECT_EQ(stats.dropped_long, 1U);
  EXPECT_GT(stats.dropped_error, 10U);  // the system tells of every other one
  EXPECT_EQ(stats.offered, 51U);
  EXPECT_EQ(stats.sent + stats.dropped(), stats.offered);
  tell(hep, invite());
  EXPECT_EQ(hep.stats().dropped_end, stats.dropped_end + 1);
}

TEST(HepExportTest, KeepsMessagesForACollectorThatComesBack) {
  auto listener = std::make_unique<Listener>(SOCK_STREAM);
  const std::uint16_t port = listener->port();
  HepExport hep(options("tcp", port));
  tell(hep, invite());
  int peer = listener->accept();
  EXPECT_TRUE(becomes([&] { return hep.stats().sent == 1 && hep.stats().connected; }));
  close(peer);
  listener.reset();
  EXPECT_TRUE(becomes([&] { return !hep.stats().connected; }));  // also while nothing is sent
  tell(hep, request("BYE"));
  listener = std::make_unique<Listener>(SOCK_STREAM, port);
  peer = listener->accept();
  EXPECT_TRUE(becomes([&] { return hep.stats().sent == 2; }));
  char bytes[4096];
  const ssize_t got = recv(peer, bytes, sizeof bytes, 0);
  EXPECT_TRUE(got > 0 && has({bytes, static_cast<std::size_t>(got)}, "BYE"));
  EXPECT_EQ(hep.stats().connects, 2U);
  close(peer);
}

TEST(HepExportTest, ACollectorThatDoesNotReadFillsTheQueueAndNoMore) {
  const Listener listener(SOCK_STREAM);
  HepExport::Options small = options("tcp", listener.port());
  small.queue_items = 600;
  small.queue_bytes = 64UL << 20U;  // more than the system takes for a socket
  HepExport hep(small);
  for (int i = 0; i < 1000; ++i) tell(hep, std::string(60000, 'x'));
  for (int i = 0; i < 20; ++i) hep.on_finding(a_finding());
  EXPECT_GT(hep.stats().dropped_full, 100U);
  EXPECT_GE(hep.stats().waiting, 20U);  // findings have room of their own
  EXPECT_LE(hep.stats().waiting, 600U);
  const auto before = std::chrono::steady_clock::now();
  hep.close();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 4s);
  const HepExport::Stats stats = hep.stats();
  EXPECT_EQ(stats.sent + stats.dropped(), 1020U);
  EXPECT_GT(stats.dropped_end, 100U);
}

TEST(CollectorOptionsTest, SaysWhatIsWrongWithAnAddress) {
  EXPECT_EQ(to_string(CollectorOptions::parse("tls:homer.example.com:9061")), "tls:homer.example.com:9061");
  EXPECT_EQ(to_string(CollectorOptions::parse("udp:[2001:db8::1]:9060")), "udp:[2001:db8::1]:9060");
  for (const std::string_view wrong : {"", "udp", "udp:", "udp:h", "sctp:h:1", "udp:h:0", "udp:h:65536", "udp:h:1x",
                                       "udp::1", "tcp:2001:db8::1:9060", "udp://h:9060"})
    EXPECT_THROW(CollectorOptions::parse(wrong), UsageError) << wrong;
  HepExport::Options no_file;
  no_file.collector = CollectorOptions::parse("tls:h:1");
  no_file.collector.ca_file = "/nowhere.pem";
  EXPECT_THROW(HepExport{no_file}, InputError);
}

}  // namespace
}  // namespace vialens::test

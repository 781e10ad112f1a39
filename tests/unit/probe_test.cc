// Probe and reflector on this host, with nothing in between; and what a stranger gets of the reflector: nothing.
#include "userspace/probe/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <system_error>
#include <thread>

#include "userspace/core/base64.h"
#include "userspace/core/error.h"
#include "userspace/probe/reflector.h"

namespace vialens {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHost = "127.0.0.1";

TEST(ProbeProtocolTest, FindsTheLastMark) {
  const std::string cookie(32, 'a');
  const auto mark =
      find_mark("Via: z9hG4bK" + mark_of_probe(cookie, 7) + "\r\nUser-Agent: " + mark_of_probe(cookie, 8), "vl-");
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->cookie, cookie);
  EXPECT_EQ(mark->number, 8U);
  for (const std::string& text : {std::string("vl-"), "vl-" + cookie, "vl-" + cookie + "-x-", "vl-" + cookie + "-7",
                                  "vl-" + std::string(32, 'G') + "-7-", "vl-" + cookie + "-99999999999999-"})
    EXPECT_FALSE(find_mark(text, "vl-")) << text;
}

TEST(ProbeProtocolTest, Base64IsThatOfRfc4648) {
  for (const std::string& bytes :
       {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\0\xff\r\n", 4)})
    EXPECT_EQ(from_base64(base64(bytes), 100), bytes);
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  for (const char* const wrong : {"Zg=", "Z!==", "Zm9v\n"}) EXPECT_FALSE(from_base64(wrong, 100)) << wrong;
}

class ProbeTest : public testing::Test {
 protected:
  ProbeTest() {
    // Another run of these tests may go on beside this one.
    const auto first = static_cast<std::uint16_t>(20000 + getpid() % 2000 * 5);
    options_.sip_ports = {first, static_cast<std::uint16_t>(first + 1)};
    options_.tls_port = static_cast<std::uint16_t>(first + 2);
    options_.media_port = static_cast<std::uint16_t>(first + 3);
    options_.control_port = static_cast<std::uint16_t>(first + 4);
    reflector_ = std::make_unique<Reflector>(options_);
    thread_ = std::thread([this] {
      while (!stop_) reflector_->work(milliseconds(20));
    });
  }
  ~ProbeTest() override {
    stop_ = true;
    thread_.join();
  }
  Endpoint at(std::uint16_t port) const { return {Address::parse(kHost).value(), port}; }

  Reflector::Options options_;
  std::unique_ptr<Reflector> reflector_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST_F(ProbeTest, ThroughNothingEverythingArrivesAsItWasSent) {
  const ProbeResult result = probe({.host = kHost, .control_port = options_.control_port}, [](const std::string&) {});
  ASSERT_EQ(result.ways.size(), 5U);
  EXPECT_EQ(result.ways.back().name(), "TLS port " + std::to_string(options_.tls_port));
  for (const TriedWay& way : result.ways) {
    SCOPED_TRACE(way.name());
    EXPECT_THAT(way.trouble, IsEmpty());
    EXPECT_GT(way.sent, 30U);
    EXPECT_EQ(way.lost, 0U);
    EXPECT_TRUE(way.escapes());
    EXPECT_GT(way.judgement.totals.crossings_unchanged, 30U) << "the engine has paired them";
    EXPECT_THAT(way.judgement.findings, IsEmpty());
  }
  EXPECT_FALSE(result.shows_alg());
  EXPECT_FALSE(result.nat.translates);
  EXPECT_EQ(result.media.returned, 50U);
}

TEST_F(ProbeTest, AStrangerIsNotAnswered) {
  const Socket stranger = Socket::udp(0, AF_INET);
  Endpoint from;
  for (const std::string& text : {std::string("OPTIONS sip:x SIP/2.0\r\n\r\n"), "vl-" + std::string(32, 'a') + "-1-"})
    for (const std::uint16_t port : {options_.sip_ports[0], options_.media_port}) {
      stranger.send_to(text, at(port));
      EXPECT_FALSE(stranger.receive(milliseconds(150), from)) << text;
    }
}

TEST_F(ProbeTest, NoMoreIsSentThanCameAndNotToAnotherAddress) {
  Control control(at(options_.control_port));
  const Socket socket = Socket::udp(0, AF_INET);
  const std::string message = "x " + mark_of_probe(control.cookie(), 5);
  socket.send_to(message, at(options_.sip_ports[0]));
  ASSERT_TRUE(control.got(5, milliseconds(2000)));
  EXPECT_FALSE(control.send(5, options_.sip_ports[0], std::string(message.size() + 1, 'y')));
  EXPECT_THAT(control.why_not(), HasSubstr("more bytes than came"));
  EXPECT_TRUE(control.send(5, options_.sip_ports[0], std::string(message.size(), 'y')));
  EXPECT_FALSE(control.send(6, options_.sip_ports[0], "y")) << "nothing came with that number";
  EXPECT_FALSE(control.send(5, 1, "y")) << "no port of the reflector";
  unsigned sent = 1;
  while (sent < 100 && control.send(5, options_.sip_ports[0], "y")) ++sent;
  EXPECT_LE(sent, 12U) << "to one message";
  // The same cookie from another address of this host.
  const Socket other = Socket::udp(0, AF_INET);
  const Address elsewhere = Address::parse("127.0.0.2").value();
  other.send_to("x " + mark_of_probe(control.cookie(), 9), at(options_.sip_ports[0]), &elsewhere);
  EXPECT_FALSE(control.got(9, milliseconds(200)));
}

TEST_F(ProbeTest, AMessageOverTcpIsKeptWholeHoweverItsLengthIsWritten) {
  Control control(at(options_.control_port));
  unsigned number = 100;
  for (const char* const length :
       {"Content-Length: 10", "l: 10", "Content-Length : 10", "content-length:10", "X: none"}) {
    const Socket socket = Socket::connected(at(options_.sip_ports[0]), milliseconds(1000));
    const std::string head = "OPTIONS sip:x SIP/2.0\r\nUser-Agent: " + mark_of_probe(control.cookie(), ++number) +
                             "\r\n" + std::string(length) + "\r\n\r\n";
    socket.send(head);
    std::this_thread::sleep_for(milliseconds(100));
    socket.send("0123456789");
    const auto arrived = control.got(number, milliseconds(2000));
    ASSERT_TRUE(arrived) << length;
    EXPECT_EQ(arrived->bytes, head + "0123456789") << length;
  }
}

TEST_F(ProbeTest, NonsenseOnTheControlPortEndsTheConnection) {
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(200'000, 'x'), std::string("\0\xff\n", 3)}) {
    const Socket socket = Socket::connected(at(options_.control_port), milliseconds(1000));
    socket.send(text);
    const auto answer = socket.read(milliseconds(2000));
    EXPECT_TRUE(!answer || answer->empty()) << *answer;
  }
  EXPECT_NO_THROW(Control(at(options_.control_port))) << "it goes on";
}

TEST(ProbeWithoutReflectorTest, SaysWhatToDo) {
  try {
    Control control({Address::parse(kHost).value(), 1});
    FAIL() << "somebody listens there";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("does `vialens reflector` run there"));
  }
}

}  // namespace
}  // namespace vialens

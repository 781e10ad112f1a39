#include "userspace/core/host_port.h"

#include <gtest/gtest.h>

namespace vialens {
namespace {

TEST(ParseHostPort, TakesNamesAndAddresses) {
  const auto parts = [](std::string_view text) {
    const auto parsed = parse_host_port(text);
    return parsed ? std::string(parsed->host) + ' ' + std::to_string(parsed->port) : "none";
  };
  EXPECT_EQ(parts("127.0.0.1:9760"), "127.0.0.1 9760");
  EXPECT_EQ(parts("homer.example:9060"), "homer.example 9060");
  EXPECT_EQ(parts("[2001:db8::1]:65535"), "2001:db8::1 65535");
  EXPECT_EQ(parts("localhost:0"), "localhost 0");
  for (const char* text : {"", ":", ":1", "a", "a:", "a:b", "a:65536", "a:-1", "a:1x", "::1:80", "[]:1", "[a]:1",
                           "[::1]x:1", "[::1]", "[::1:80"})
    EXPECT_EQ(parts(text), "none") << text;
}

}  // namespace
}  // namespace vialens

#include "userspace/core/address.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <unordered_set>

#include "userspace/core/time.h"

namespace vialens {
namespace {

Address address(std::string_view text) {
  const auto result = Address::parse(text);
  EXPECT_TRUE(result) << text;
  return result.value_or(Address{});
}

TEST(Address, ReadsADottedQuad) {
  EXPECT_TRUE(address("192.0.2.1").is_v4());
  EXPECT_EQ(to_string(address("192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(to_string(address("0.0.0.0")), "0.0.0.0");
  EXPECT_EQ(to_string(address("255.255.255.255")), "255.255.255.255");
}

TEST(Address, ReadsIpv6WithOrWithoutBrackets) {
  EXPECT_FALSE(address("2001:db8::1").is_v4());
  EXPECT_EQ(address("2001:db8::1"), address("[2001:DB8:0:0::1]"));
  EXPECT_EQ(to_string(address("[2001:db8::1]")), "2001:db8::1");
  EXPECT_EQ(to_string(address("2001:db8:1111:2222:3333:4444:5555:6666")), "2001:db8:1111:2222:3333:4444:5555:6666");
}

TEST(Address, KeepsIpv4AsMappedIpv6) {
  EXPECT_EQ(address("192.0.2.1"), address("::ffff:192.0.2.1"));
  EXPECT_TRUE(address("[::ffff:c000:201]").is_v4());
}

TEST(Address, RefusesWhatIsNone) {
  for (const std::string_view text : {"",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.",
                                      ".1.2.3",
                                      "1..2.3",
                                      "256.1.1.1",
                                      "010.0.0.1",
                                      "10.0.0.01",
                                      "00.0.0.0",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "1.2.3.4:5",
                                      "1.2.3.0x4",
                                      "a.b.c.d",
                                      "1.2.3.-4",
                                      "1.2.3.4444",
                                      "[1.2.3.4]",
                                      "[",
                                      "]",
                                      "[]",
                                      ":",
                                      ":::",
                                      "1::2::3",
                                      "2001:db8",
                                      "[::1",
                                      "::1]",
                                      "fe80::1%eth0",
                                      "[[::1]]",
                                      "12345::",
                                      "example.com",
                                      "2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
  EXPECT_FALSE(Address::parse(std::string_view("::1\0", 4)));
  EXPECT_FALSE(Address::parse(std::string(100000, '1')));
}

TEST(Address, KnowsTheUnspecifiedOnes) {
  EXPECT_TRUE(address("0.0.0.0").is_unspecified());
  EXPECT_TRUE(address("::").is_unspecified());
  EXPECT_FALSE(address("0.0.0.1").is_unspecified());
  EXPECT_FALSE(address("::1").is_unspecified());
}

TEST(Address, KnowsWhatThePublicInternetCannotReach) {
  for (const std::string_view text : {"10.0.0.0",    "10.255.255.255",  "172.16.0.0", "172.31.255.255",
                                      "192.168.0.0", "192.168.255.255", "100.64.0.0", "100.127.255.255",
                                      "169.254.0.1", "192.0.0.0",       "192.0.0.7",  "127.0.0.1",
                                      "0.0.0.0",     "0.1.2.3",         "fc00::",     "fdff::1",
                                      "fe80::1",     "febf::1",         "::1",        "::"}) {
    EXPECT_TRUE(address(text).is_private()) << text;
  }
}

TEST(Address, KnowsWhatThePublicInternetCanReach) {
  for (const std::string_view text : {"9.255.255.255",
                                      "11.0.0.0",
                                      "172.15.255.255",
                                      "172.32.0.0",
                                      "192.167.255.255",
                                      "192.169.0.0",
                                      "100.63.255.255",
                                      "100.128.0.0",
                                      "169.253.0.0",
                                      "169.255.0.0",
                                      "192.0.0.8",
                                      "126.255.255.255",
                                      "128.0.0.0",
                                      "1.0.0.0",
                                      "192.0.2.1",
                                      "2001:db8::1",
                                      "fbff::1",
                                      "fe00::1",
                                      "fec0::1",
                                      "::2",
                                      "64:ff9b::a00:1",
                                      "ff02::1",
                                      "1::1"}) {
    EXPECT_FALSE(address(text).is_private()) << text;
  }
}

TEST(Address, OrdersAndHashes) {
  EXPECT_LT(address("10.0.0.1"), address("10.0.0.2"));
  std::unordered_set<std::size_t> hashes;
  std::unordered_set<std::size_t> buckets;
  for (int i = 0; i < 65536; ++i) {
    const Address a = address("10.7." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    hashes.insert(std::hash<Address>{}(a));
    buckets.insert(std::hash<Address>{}(a) % 65536);
  }
  EXPECT_EQ(hashes.size(), 65536U);
  EXPECT_GT(buckets.size(), 40000U);  // 65536 * (1 - 1/e) = 41427 if it were random
}

TEST(Endpoint, PrintsWithBracketsWhereNeeded) {
  EXPECT_EQ(to_string(Endpoint{address("192.0.2.1"), 5060}), "192.0.2.1:5060");
  EXPECT_EQ(to_string(Endpoint{address("2001:db8::1"), 5060}), "[2001:db8::1]:5060");
}

TEST(Endpoint, HashesAddressAndPort) {
  std::unordered_set<std::size_t> hashes;
  for (const std::string_view text : {"192.0.2.1", "192.0.2.2", "2001:db8::1", "::"}) {
    for (int port = 0; port < 65536; ++port) {
      hashes.insert(std::hash<Endpoint>{}({address(text), static_cast<std::uint16_t>(port)}));
    }
  }
  EXPECT_EQ(hashes.size(), 4U * 65536U);
}

TEST(Transport, HasNames) {
  EXPECT_EQ(to_string(Transport::udp), "udp");
  EXPECT_EQ(to_string(Transport::tcp), "tcp");
}

TEST(Rfc3339, PrintsMicrosecondsCutOff) {
  EXPECT_EQ(to_rfc3339(Time{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Time{Duration{1795246228123456999}}), "2026-11-21T07:30:28.123456Z");
  EXPECT_EQ(to_rfc3339(Time{Duration{1709251199999999999}}), "2024-02-29T23:59:59.999999Z");
}

TEST(Rfc3339, PrintsTimesBefore1970) {
  EXPECT_EQ(to_rfc3339(Time{Duration{-1}}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(Time{Duration{-1000000000}}), "1969-12-31T23:59:59.000000Z");
}

TEST(Rfc3339, PrintsTheFirstAndTheLastTime) {
  EXPECT_EQ(to_rfc3339(Time::min()), "1677-09-21T00:12:43.145224Z");
  EXPECT_EQ(to_rfc3339(Time::max()), "2262-04-11T23:47:16.854775Z");
}

}  // namespace
}  // namespace vialens

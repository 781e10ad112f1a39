#include "userspace/core/literals.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vialens {
namespace {

using Texts = std::vector<std::string>;

Texts literals(std::string_view text) {
  Texts found;
  Literals walk(text);
  while (const auto literal = walk.next()) found.emplace_back(literal->text);
  return found;
}

TEST(Literals, FindsAddressesInTheMiddleOfAnything) {
  EXPECT_EQ(literals("<sip:a@192.0.2.1:5060>;x=198.51.100.7, 10.0.0.1."),
            Texts({"192.0.2.1", "198.51.100.7", "10.0.0.1"}));
  EXPECT_EQ(literals("192.0.2.1"), Texts{"192.0.2.1"});
  EXPECT_EQ(literals("c=IN IP6 2001:db8::1"), Texts{"2001:db8::1"});
  EXPECT_EQ(literals("<sip:[2001:db8::1]:5060>"), Texts{"2001:db8::1"});
  EXPECT_EQ(literals("Replaces=a84b%40192.0.2.1%3Bto-tag"), Texts{"192.0.2.1"});
  EXPECT_EQ(literals("::1"), Texts{"::1"});
}

TEST(Literals, TakesNothingForAnAddressThatIsNone) {
  for (const std::string_view text : {"",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "192.168.1.334",
                                      "256.1.1.1",
                                      "v1.2.3.4x",
                                      "a192.168.1.1",
                                      "192.168.1.1a",
                                      "10:20:30",
                                      "00:11:22:33:44:55",
                                      "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99",
                                      ":",
                                      "::",
                                      "1..2.3",
                                      "....",
                                      "1.2.3.4-x",
                                      "sha-256 4A:AD:B9",
                                      "2353687637",
                                      "%",
                                      "%4",
                                      "%40"})
    EXPECT_TRUE(text == "::" || literals(text).empty()) << text;
}

TEST(Literals, CountsOneAddressInAllItsSpellings) {
  const Address address = *Address::parse("2001:db8::1");
  EXPECT_EQ(count("[2001:DB8:0::1] 2001:db8::1 2001:db8::10", address), 2U);
  EXPECT_EQ(count("192.168.1.3 192.168.1.33 192.168.1.3", *Address::parse("192.168.1.3")), 2U);
  EXPECT_TRUE(mentions("a@192.168.1.33", *Address::parse("192.168.1.33")));
  EXPECT_FALSE(mentions("a@192.168.1.334", *Address::parse("192.168.1.33")));
}

TEST(Literals, IsNotSlowOnMuchOfNothing) {
  for (const std::string_view part : {"1.", ":", "f", "1:", "%4", "::"}) {
    std::string text;
    for (int i = 0; i < 30000; ++i) text += part;
    literals(text);
  }
}

}  // namespace
}  // namespace vialens

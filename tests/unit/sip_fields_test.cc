#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "userspace/sip/fields.h"

namespace vialens::sip {
namespace {

std::vector<std::string> values_of(std::string_view headers, HeaderName name) {
  const std::string text = "INVITE sip:a@b SIP/2.0\r\n" + std::string(headers) + "\r\n\r\n";
  Message message;
  Message::parse(text, message);
  std::vector<std::string> result;
  Values values(message, name);
  while (const auto value = values.next()) result.emplace_back(*value);
  return result;
}

TEST(Params, FindsNamesInAnyCase) {
  const Params params{";branch=z9hG4bK1;RPORT;received=2001:db8::1"};
  EXPECT_EQ(params.find("Branch"), "z9hG4bK1");
  EXPECT_EQ(params.find("rport"), "");
  EXPECT_EQ(params.find("received"), "2001:db8::1");
  EXPECT_TRUE(params.has("rport"));
  EXPECT_FALSE(params.has("port"));
  EXPECT_FALSE(Params{}.has("x"));
}

TEST(Params, ToleratesSpaceAndFolds) {
  const Params params{";\r\n tag = 98asjd8 ; branch=\r\n z9hG4bK ;  q"};
  EXPECT_EQ(params.find("tag"), "98asjd8");
  EXPECT_EQ(params.find("branch"), "z9hG4bK");
  EXPECT_EQ(params.find("q"), "");
}

TEST(Params, KeepsQuotesAndWhatTheyQuote) {
  const Params params{";a=\"x;b=1\\\";c=2\";d=3"};
  EXPECT_EQ(params.find("a"), "\"x;b=1\\\";c=2\"");
  EXPECT_FALSE(params.has("b"));
  EXPECT_FALSE(params.has("c"));
  EXPECT_EQ(params.find("d"), "3");
}

TEST(Params, TakesAnUnendedQuoteToTheEnd) {
  const Params params{";a=\"x;b=1"};
  EXPECT_EQ(params.find("a"), "\"x;b=1");
  EXPECT_FALSE(params.has("b"));
}

TEST(Params, NoticesEmptyOnes) {
  EXPECT_TRUE(Params{";a;;b"}.has_empty());
  EXPECT_TRUE(Params{";"}.has_empty());
  EXPECT_TRUE(Params{";=x"}.has_empty());
  EXPECT_FALSE(Params{";a;b=;c=\";;\""}.has_empty());
  EXPECT_FALSE(Params{}.has_empty());
}

TEST(HostPort, ReadsNamesAndAddresses) {
  EXPECT_EQ(parse_host_port("example.com")->host, "example.com");
  EXPECT_FALSE(parse_host_port("example.com")->port);
  EXPECT_EQ(parse_host_port("192.0.2.1:5060")->host, "192.0.2.1");
  EXPECT_EQ(parse_host_port("192.0.2.1:5060")->port, 5060);
  EXPECT_EQ(parse_host_port("first.example.com: 4000")->port, 4000);
  EXPECT_EQ(parse_host_port(" host : 1 ")->host, "host");
  EXPECT_EQ(parse_host_port(" host : 1 ")->text, "host : 1");
}

TEST(HostPort, ReadsIpv6WithAndWithoutBracketsAndPort) {
  EXPECT_EQ(parse_host_port("[2001:db8::1]")->host, "[2001:db8::1]");
  EXPECT_FALSE(parse_host_port("[2001:db8::1]")->port);
  EXPECT_EQ(parse_host_port("[2001:db8::1]:5061")->port, 5061);
  EXPECT_EQ(parse_host_port("[::ffff:192.0.2.1]")->host, "[::ffff:192.0.2.1]");
  EXPECT_EQ(parse_host_port("2001:db8::1")->host, "2001:db8::1");
  EXPECT_FALSE(parse_host_port("2001:db8::1")->port);
}

TEST(HostPort, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", " ", ":5060", "host:", "host:x", "host:65536", "host:-1", "a b", "a<b", "[::1", "[]", "[x]", "[::1]x",
        "[::1]:", "[::1]:70000", "a:b:c:z", "host;x", "a@b"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(Via, ReadsItsParts) {
  const auto via = parse_via("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport=1024;received=2001:db8::1");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->transport, "UDP");
  EXPECT_EQ(via->sent_by.host, "192.0.2.1");
  EXPECT_EQ(via->sent_by.port, 5060);
  EXPECT_EQ(via->sent_by.text, "192.0.2.1:5060");
  EXPECT_EQ(via->params.find("rport"), "1024");
  EXPECT_EQ(via->params.find("received"), "2001:db8::1");
}

TEST(Via, ToleratesSpaceAroundEverySeparator) {
  const auto via =
      parse_via("SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->transport, "UDP");
  EXPECT_EQ(via->sent_by.host, "first.example.com");
  EXPECT_EQ(via->sent_by.port, 4000);
  EXPECT_EQ(via->params.find("ttl"), "16");
  EXPECT_EQ(via->params.find("maddr"), "224.2.0.1");
  EXPECT_EQ(via->params.find("branch"), "z9hG4bKa7c6a8dlze.1");
}

TEST(Via, ReadsFolds) {
  const auto via = parse_via("SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->sent_by.host, "192.0.2.2");
  EXPECT_EQ(via->params.find("branch"), "390skdjuw");
}

TEST(Via, ReadsIpv6) {
  const auto via = parse_via("SIP/2.0/TCP [2001:db8::9:1]:5061;branch=z9hG4bK1");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->sent_by.host, "[2001:db8::9:1]");
  EXPECT_EQ(via->sent_by.port, 5061);
}

TEST(Via, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 host", "SIP/2.0/UDP;branch=1", ";",
                                      "SIP/2.0/UDP host:x", "/2.0/UDP host", "SIP//UDP host", "SIP/2.0/UDP[::1]"}) {
    EXPECT_FALSE(parse_via(text)) << text;
  }
}

TEST(Uri, ReadsItsParts) {
  const auto uri = parse_uri("sip:alice:secret@192.0.2.1:5060;transport=tcp;lr?subject=x&to=y");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, "sip");
  EXPECT_EQ(uri->user, "alice");
  EXPECT_EQ(uri->host_port.host, "192.0.2.1");
  EXPECT_EQ(uri->host_port.port, 5060);
  EXPECT_EQ(uri->params.find("transport"), "tcp");
  EXPECT_TRUE(uri->params.has("lr"));
  EXPECT_EQ(uri->headers, "subject=x&to=y");
  EXPECT_FALSE(uri->loose);
}

TEST(Uri, LetsAUserContainSeparators) {
  const auto uri = parse_uri("sip:user;par=u%40example.net?x,y@example.com;z");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "user;par=u%40example.net?x,y");
  EXPECT_EQ(uri->host_port.host, "example.com");
  EXPECT_EQ(uri->params.text, ";z");
}

TEST(Uri, ReadsOneWithoutUser) {
  const auto uri = parse_uri("SIPS:[2001:db8::1];lr");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "");
  EXPECT_EQ(uri->host_port.host, "[2001:db8::1]");
}

TEST(Uri, ReadsTelephoneNumbers) {
  const auto uri = parse_uri("tel:+1-201-555-0123;phone-context=example.com");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "+1-201-555-0123");
  EXPECT_EQ(uri->params.find("phone-context"), "example.com");
  EXPECT_EQ(uri->host_port.host, "");
}

TEST(Uri, LeavesOtherSchemesOpaque) {
  const auto uri = parse_uri("soap.beep://192.0.2.103:3002");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, "soap.beep");
  EXPECT_EQ(uri->host_port.host, "");
  EXPECT_TRUE(parse_uri("urn:service:sos"));
}

TEST(Uri, ReadsWhatIsLoose) {
  EXPECT_EQ(parse_uri("<sip:a@b>")->text, "sip:a@b");
  EXPECT_TRUE(parse_uri("<sip:a@b>")->loose);
  EXPECT_TRUE(parse_uri("sip:a@b; lr")->loose);
  EXPECT_EQ(parse_uri("sip:a@b ; lr")->host_port.host, "b");
  EXPECT_TRUE(parse_uri("sip:a\\b@c")->loose);
}

TEST(Uri, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "sip:", "sip", "alice@example.com", "sip:alice@", "sip:a@b:c", ":x", "1a:b",
                                      "*", "<>", "s p:a@b", "sip:a@b:99999", "sip:a@[::1", "sip:;lr"}) {
    EXPECT_FALSE(parse_uri(text)) << text;
  }
}

TEST(NameAddr, ReadsAQuotedDisplayNameWithEverythingInIt) {
  const auto addr = parse_name_addr("\"a \\\"<x>,;\\\\\" <sip:alice@example.com;lr>;tag=1");
  ASSERT_TRUE(addr);
  EXPECT_EQ(addr->display, "\"a \\\"<x>,;\\\\\"");
  EXPECT_EQ(addr->uri.text, "sip:alice@example.com;lr");
  EXPECT_EQ(addr->params.text, ";tag=1");
  EXPECT_FALSE(addr->loose);
}

TEST(NameAddr, ReadsADisplayNameOfTokens) {
  EXPECT_EQ(parse_name_addr("A. B. Alice <sip:a@b>")->display, "A. B. Alice");
  EXPECT_EQ(parse_name_addr("caller<sip:a@b>;tag=3")->display, "caller");
  EXPECT_EQ(parse_name_addr("<sip:a@b>")->display, "");
  EXPECT_FALSE(parse_name_addr("A. B. Alice <sip:a@b>")->loose);
}

TEST(NameAddr, GivesTheParametersOfABareUriToTheHeader) {
  const auto addr = parse_name_addr("sip:+19725552222@gw1.example.net;tag=\"<x>\"");
  ASSERT_TRUE(addr);
  EXPECT_EQ(addr->uri.text, "sip:+19725552222@gw1.example.net");
  EXPECT_EQ(addr->uri.params.text, "");
  EXPECT_EQ(addr->params.find("tag"), "\"<x>\"");
}

TEST(NameAddr, KeepsTheParametersWithinBracketsInTheUri) {
  const auto addr = parse_name_addr("<sip:+19725552222@gw1.example.net;unknownparam>");
  ASSERT_TRUE(addr);
  EXPECT_TRUE(addr->uri.params.has("unknownparam"));
  EXPECT_EQ(addr->params.text, "");
}

TEST(NameAddr, ReadsFolds) {
  const auto addr =
      parse_name_addr("\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8");
  ASSERT_TRUE(addr);
  EXPECT_EQ(addr->uri.user, "jdrosen");
  EXPECT_EQ(addr->params.find("tag"), "98asjd8");
}

TEST(NameAddr, ReadsTheStar) {
  const auto addr = parse_name_addr(" * ");
  ASSERT_TRUE(addr);
  EXPECT_EQ(addr->uri.text, "*");
  EXPECT_EQ(addr->uri.scheme, "");
}

TEST(NameAddr, SaysWhatIsLoose) {
  EXPECT_TRUE(parse_name_addr("Bell, Alexander <sip:a@b>")->loose);
  EXPECT_TRUE(parse_name_addr("< sip:a@b >")->loose);
  EXPECT_TRUE(parse_name_addr("sip:a@b?Route=x")->loose);
  EXPECT_TRUE(parse_name_addr("a \"b\" <sip:a@b>")->loose);
  EXPECT_FALSE(parse_name_addr("<sip:a@b?Route=x>")->loose);
}

TEST(NameAddr, TakesAStrayQuoteAsItStands) {
  const auto addr = parse_name_addr("\\\"arik\\\" <sip:816666@example.net>;tag=6");
  ASSERT_TRUE(addr);
  EXPECT_EQ(addr->display, "\\\"arik\\\"");
  EXPECT_EQ(addr->uri.user, "816666");
  EXPECT_TRUE(addr->loose);
}

TEST(NameAddr, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "\"Alice <sip:a@b>", "<sip:a@b", "<sip:a@b>:5060", "<sip:a@b> x", "<>",
                                      "Alice", "\"Alice\"", "*;x", "\"a\\\" <sip:a@b>"}) {
    EXPECT_FALSE(parse_name_addr(text)) << text;
  }
}

TEST(Values, SplitsAtCommasOutsideOfQuotesAndBrackets) {
  const std::vector<std::string> expected = {"\"a, \\\"b\" <sip:a,b@c>;x", "<sip:d@e>", "sip:f@g"};
  EXPECT_EQ(values_of("Contact: \"a, \\\"b\" <sip:a,b@c>;x ,<sip:d@e>\r\nm: sip:f@g", HeaderName::contact), expected);
}

TEST(Values, WalksOverRepeatedHeaders) {
  const std::vector<std::string> expected = {"SIP/2.0/UDP a", "SIP/2.0/UDP b", "SIP/2.0/TCP c"};
  EXPECT_EQ(values_of("Via: SIP/2.0/UDP a,SIP/2.0/UDP b\r\nX: y\r\nv: SIP/2.0/TCP c", HeaderName::via), expected);
}

TEST(Values, PassesOverEmptyOnes) {
  const std::vector<std::string> expected = {"a", "b"};
  EXPECT_EQ(values_of("Route: ,, a ,\r\nRoute:\r\nRoute: , b", HeaderName::route), expected);
}

TEST(Values, TakesAnUnendedQuoteToTheEnd) {
  const std::vector<std::string> expected = {"a", "\"b, c", "d"};
  EXPECT_EQ(values_of("Route: a, \"b, c\r\nRoute: d", HeaderName::route), expected);
}

TEST(Values, FindsNothingWhereNothingIs) { EXPECT_TRUE(values_of("X: y", HeaderName::route).empty()); }

TEST(Fields, FindsTopViaFromAndTo) {
  Message message;
  Message::parse(
      "INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP first, SIP/2.0/UDP second\r\nf: <sip:x@y>;tag=1\r\nt: sip:z@w\r\n\r\n",
      message);
  EXPECT_EQ(top_via(message)->sent_by.host, "first");
  EXPECT_EQ(from(message)->params.find("tag"), "1");
  EXPECT_EQ(to(message)->uri.user, "z");
  Message::parse("INVITE sip:a@b SIP/2.0\r\n\r\n", message);
  EXPECT_FALSE(top_via(message));
  EXPECT_FALSE(from(message));
  EXPECT_FALSE(to(message));
}

TEST(Fields, CompareIgnoringCaseOfLettersOnly) {
  EXPECT_TRUE(equal_ignoring_case("UDP", "udp"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("UDP", "UDPX"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

}  // namespace
}  // namespace vialens::sip

#include "userspace/mask/mask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/unit/sink_fixture.h"
#include "tests/unit/sip_text.h"
#include "userspace/sip/fields.h"

namespace vialens::test {
namespace {

const Mask& mask() {
  static const Mask mask("a key");
  return mask;
}

// Of whom nothing may be found in what was masked.
constexpr std::string_view kSecrets[] = {
    "alice",       "Smith",        "M\xc3\xbcller",    "301234567",       "4471990",
    "example.com", "provider",     "192.168.7.33",     "203.0.113.77",    "2001:db8:7::53",
    "fd00:77::9",  "s3cretnonce",  "c0ffee42c0ffee42", "inlineKEYinline", "hello",
    "meeting",     "00156512abcd", "tenant77"};

std::string bare(std::string_view text) {  // small letters, escapes and quotes looked through
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(text[i + 1]) != 0 && std::isxdigit(text[i + 2]) != 0) {
      result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else if (text[i] != '\\' && text[i] != '"') {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
    }
  }
  return result;
}

void expect_no_secret(std::string_view masked) {
  for (const std::string_view secret : kSecrets)
    EXPECT_EQ(bare(masked).find(bare(secret)), std::string::npos) << secret << " in\n" << masked;
}

std::string escaped_whole(std::string_view text) {
  std::string result;
  for (const char c : text) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    result += hex;
  }
  return result;
}

// A message with a secret wherever one may be.
std::string telling_message() {
  return Text("INVITE sip:+49301234567@sip.provider.example.com;user=phone SIP/2.0")
      .add("Via", "SIP/2.0/UDP 192.168.7.33:5060;branch=z9hG4bK77;received=203.0.113.77;rport=40000")
      .add("v", "SIP/2.0/TCP [2001:db8:7::53]:5061;branch=z9hG4bK78, SIP/2.0/UDP pbx.example.com;branch=z9hG4bK79")
      .add("Max-Forwards", "70")
      .add("From",
           "\"Alice \\\"Smith\\\" M\xc3\xbcller\" <sip:%61lice.Smith@example.com:5060;tenant=tenant77>;tag=abc-1")
      .add("To", "Smith <tel:+49-30-1234567;phone-context=example.com>")
      .add("Call-ID", "a84b4c76-192.168.7.33@pbx.example.com")
      .add("CSeq", "1 INVITE")
      .add("Contact",
           "<sip:alice@192.168.7.33:5060;ob>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-00156512abcd>\"")
      .add("Authorization",
           "Digest username=\"alice\", realm=\"example.com\", nonce=\"s3cretnonce==\", "
           "uri=\"sip:example.com\", response=\"c0ffee42c0ffee42\", algorithm=MD5, qop=auth, nc=00000001")
      .add("Refer-To", "<sip:4471990@example.com?Replaces=12345%40192.168.7.33%3Bto-tag%3D7%3Bfrom-tag%3Dabc-1>")
      .add("User-Agent", "Yealink SIP-T46S 66.84.0.15 00156512abcd")
      .add("Subject", "meeting with alice")
      .add("X-Account", "alice/4471990 at 203.0.113.77, example.com")
      .add("P-Asserted-Identity", "\"Smith\" <sip:4471990@example.com>, <tel:+49301234567>")
      .add("Warning", "399 pbx.example.com \"call alice@example.com or 0301234567\"")
      .add("to alice: broken line", "example.com")
      .body("application/sdp",
            "v=0\r\no=alice 77 78 IN IP4 192.168.7.33\r\ns=meeting\r\ni=hello alice\r\nu=http://example.com/alice\r\n"
            "e=alice@example.com (Alice Smith)\r\np=+49 30 1234567\r\nc=IN IP4 203.0.113.77/127\r\nt=0 0\r\n"
            "k=clear:hello\r\nm=audio 40000 RTP/SAVP 0 101\r\nc=IN IP6 2001:db8:7::53\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:inlineKEYinlinehello\r\n"
            "a=candidate:1 1 UDP 2130706431 192.168.7.33 40000 typ host\r\n"
            "a=candidate:2 1 UDP 1694498815 203.0.113.77 40000 typ srflx raddr 192.168.7.33 rport 40000\r\n"
            "a=rtcp:40001 IN IP6 fd00:77::9\r\na=ssrc:1234 cname:alice@example.com\r\na=X-who:alice\r\na=sendrecv\r\n");
}

TEST(MaskTest, NothingOfAnybodyIsLeft) {
  const std::string masked = mask().message(telling_message());
  expect_no_secret(masked);
  // What a diagnosis needs is.
  for (const std::string_view kept : {"INVITE sip:+",
                                      ";user=phone SIP/2.0\r\n",
                                      "SIP/2.0/UDP 192.168.",
                                      ":5060;branch=z9hG4bK77;received=24",
                                      ";rport=40000",
                                      "]:5061;branch=z9hG4bK78",
                                      "CSeq: 1 INVITE",
                                      ";tag=abc-1",
                                      "Call-ID: a84b4c76-192.168.",
                                      ";to-tag=7",
                                      "Yealink SIP-T46S 66.84.0.15 ",
                                      "algorithm=MD5, qop=auth, nc=00000001",
                                      "v=0\r\no=",
                                      " 77 78 IN IP4 192.168.",
                                      "m=audio 40000 RTP/SAVP 0 101\r\n",
                                      "a=rtpmap:0 PCMU/8000",
                                      "AES_CM_128_HMAC_SHA1_80 inline:",
                                      " 40000 typ srflx raddr 192.168.",
                                      "a=rtcp:40001 IN IP6 fd",
                                      "a=ssrc:1234 cname:",
                                      "a=sendrecv",
                                      "X-Account: "})
    EXPECT_NE(masked.find(kept == ";to-tag=7" ? "%3Bto-tag%3D7" : kept), std::string::npos) << kept << " not in\n"
                                                                                            << masked;
}

TEST(MaskTest, WhatIsMaskedIsStillTheSameKindOfMessage) {
  const std::string original = telling_message();
  const std::string masked = mask().message(original);
  sip::Message before;
  sip::Message after;
  sip::Message::parse(original, before);
  sip::Message::parse(masked, after);
  EXPECT_EQ(after.grade(), before.grade());
  ASSERT_EQ(after.headers().size(), before.headers().size());
  for (std::size_t i = 0; i < after.headers().size(); ++i) EXPECT_EQ(after.headers()[i].name, before.headers()[i].name);
  EXPECT_EQ(after.content_length(), after.whole_body().size());
  EXPECT_EQ(sip::from(after)->uri.host_port.port, 5060);
  // Masked once more it has the same shape, and so on.
  sip::Message again;
  const std::string twice = mask().message(masked);
  sip::Message::parse(twice, again);
  EXPECT_EQ(again.grade(), before.grade());
  EXPECT_EQ(again.headers().size(), before.headers().size());
}

TEST(MaskTest, AContentLengthThatIsWrongStaysAsWrong) {
  for (const int wrong : {-7, 0, 12}) {
    const std::string original = invite().content_length(std::to_string(static_cast<int>(sdp().size()) + wrong));
    const std::string masked = mask().message(original);
    sip::Message message;
    sip::Message::parse(masked, message);
    ASSERT_TRUE(message.content_length());
    EXPECT_EQ(static_cast<int>(*message.content_length()) - static_cast<int>(message.whole_body().size()), wrong);
  }
}

TEST(MaskTest, TheSameBecomesTheSameUnderOneKeyOnly) {
  const Mask again("a key");
  const Mask other("another key");
  EXPECT_EQ(mask().message(telling_message()), again.message(telling_message()));
  EXPECT_NE(mask().message(telling_message()), other.message(telling_message()));
  EXPECT_NE(mask().uri("sip:4471990@example.com"), other.uri("sip:4471990@example.com"));
  EXPECT_NE(Mask::random_key(), Mask::random_key());
  EXPECT_THROW(Mask(""), std::invalid_argument);
  // However it is written.
  const std::string user = mask().uri("sip:alice@h.example");
  EXPECT_EQ(bare(mask().uri("sip:%61lice@h.example")), user);
  EXPECT_EQ(bare(mask().uri("sip:ALICE@H.EXAMPLE")), user);
  const std::string number = mask().uri("tel:0301234567");
  std::string separated = mask().uri("tel:030-123.4567");
  std::erase_if(separated, [](char c) { return c == '-' || c == '.'; });
  EXPECT_EQ(separated, number);
}

TEST(MaskTest, WordsThatDifferNeverBecomeOne) {
  const Pseudonyms pseudonyms("a key");
  std::set<std::string> numbers;
  for (int i = 0; i < 1000; ++i) {
    std::string number = std::to_string(1000 + i).substr(1);
    numbers.insert(pseudonyms.word(number));
    EXPECT_EQ(pseudonyms.word(number).size(), 3U);
  }
  EXPECT_EQ(numbers.size(), 1000U);
  std::set<std::string> letters;
  for (char a = 'a'; a <= 'z'; ++a)
    for (char b = 'a'; b <= 'z'; ++b) letters.insert(pseudonyms.word(std::string{a, b}));
  EXPECT_EQ(letters.size(), 26U * 26U);
  for (const std::string_view kept : {"112", "911", "anonymous", "Anonymous"}) EXPECT_EQ(pseudonyms.word(kept), kept);
  EXPECT_EQ(mask().uri("sip:*67@example.com").substr(0, 8), "sip:*67@");
  const std::string wide = pseudonyms.word("M\xc3\xbcller\xe4\xb8\x80\xff");
  EXPECT_EQ(wide.size(), 11U);
  EXPECT_NE(wide, pseudonyms.word("M\xc3\xb6ller\xe4\xb8\x80\xff"));
}

TEST(MaskTest, AddressesStayInTheirKind) {
  const auto masked = [](std::string_view text) { return to_string(mask().address(Address::parse(text).value())); };
  std::set<std::string> seen;
  for (int net = 0; net < 256; net += 5)
    for (int host = 0; host < 256; ++host)
      for (const std::string prefix : {"10.1.", "192.168.", "172.20.", "100.99.", "169.254."}) {
        const std::string text = prefix + std::to_string(net) + "." + std::to_string(host);
        const std::string now = masked(text);
        EXPECT_EQ(now.size(), text.size()) << text << " " << now;
        EXPECT_TRUE(Address::parse(now)->is_private()) << text << " " << now;
        EXPECT_EQ(now.substr(0, 2), text.substr(0, 2));
        EXPECT_TRUE(seen.insert(now).second) << text << " and another become " << now;
      }
  for (const std::string_view block : {"172.16.0.1", "172.31.255.1"})
    EXPECT_TRUE(Address::parse(masked(block))->is_private());
  const std::string a = masked("203.0.113.5"), b = masked("203.0.113.77"), c = masked("198.51.100.10");
  for (const std::string& each : {a, b, c}) {
    EXPECT_EQ(each.substr(0, 2), "24");
    EXPECT_FALSE(Address::parse(each)->is_private());
  }
  EXPECT_EQ(a.substr(0, a.rfind('.')), b.substr(0, b.rfind('.')));  // one network
  EXPECT_NE(a, b);
  EXPECT_NE(a.substr(0, a.rfind('.')), c.substr(0, c.rfind('.')));
  for (const std::string_view nobody :
       {"0.0.0.0", "127.0.0.1", "255.255.255.255", "224.0.1.75", "::", "::1", "ff02::1"})
    EXPECT_EQ(masked(nobody), nobody);
  EXPECT_EQ(masked("fe80::1:2:3:4").substr(0, 6), "fe80::");
  EXPECT_TRUE(Address::parse(masked("fd12:3456::1"))->is_private());
  EXPECT_EQ(masked("2a02:810d:1::1").substr(0, 9), "2001:db8:");
  EXPECT_EQ(mask().text("to ::ffff:203.0.113.5"), "to ::ffff:" + a);
}

TEST(MaskTest, ProseLosesNamesAndKeepsItsWords) {
  const std::string masked = mask().text(
      "The call for sip:alice@example.com, which \"Alice Smith\" <sip:4471990@192.168.7.33:5060> answered at "
      "[2001:db8:7::53]:40000 and 203.0.113.77, came by provider.example.com (+49 30 1234567, 0301234567, "
      "alice@example.com, 00156512abcd, 00:15:65:12:ab:cd) after 12.1234567 s (CSeq 31415).");
  expect_no_secret(masked);
  for (const std::string_view kept : {"The call for sip:", ", which \"", " answered at [2001:db8:", "]:40000 and 24",
                                      ":5060>", "after 12.1234567 s (CSeq 31415)."})
    EXPECT_NE(masked.find(kept), std::string::npos) << kept << " not in\n" << masked;
}

TEST(MaskTest, AFindingIsMaskedWithAllItSays) {
  Finding finding = a_finding();
  finding.subject.call_id = "77@192.168.7.33";
  finding.subject.aor = "sip:alice@example.com";
  finding.detail = "Between lan and wan: 77@192.168.7.33 has the line \"i=hello alice\".";
  finding.verdict = "The call to 0301234567 fails.";
  finding.evidence = {{"wan", "INVITE", 1, "Contact", "\"Smith\" <sip:alice@192.168.7.33>", "<sip:alice@203.0.113.77>"},
                      {"wan", "INVITE", 1, "SDP i=", "", "hello alice"},
                      {"wan", "INVITE", 1, "mapping", "192.168.7.33:5060", "203.0.113.77:5060"}};
  const Finding masked = mask().finding(finding);
  for (const std::string& text :
       {masked.subject.call_id, masked.subject.aor, masked.detail, masked.verdict, masked.evidence[0].before,
        masked.evidence[0].after, masked.evidence[1].after, masked.evidence[2].before, masked.evidence[2].after})
    expect_no_secret(text);
  EXPECT_EQ(masked.kind, finding.kind);
  EXPECT_NE(masked.detail.find(masked.subject.call_id), std::string::npos) << masked.detail;
  EXPECT_EQ(masked.subject.call_id, mask().call_id("77@192.168.7.33"));
}

TEST(MaskTest, BrokenMessagesAreMaskedToo) {
  const std::string message = telling_message();
  for (const std::string_view secret : kSecrets) {
    for (const std::string& told : {std::string(secret), escaped_whole(secret), '"' + std::string(secret) + '"'}) {
      expect_no_secret(mask().message(told));
      expect_no_secret(mask().message("INVITE " + told + "\r\n" + told + "\r\n: " + told + "\r\n\r\n" + told));
      expect_no_secret(mask().message("SIP/2.0 " + told + "\r\nFrom: " + told + " <" + told + "\r\n\r\n"));
      expect_no_secret(mask().message(Text("MESSAGE sip:a@b.example SIP/2.0").body("text/plain", told).str()));
      expect_no_secret(mask().message(
          Text("NOTIFY sip:a@b.example SIP/2.0")
              .body("multipart/mixed;boundary=xx",
                    "--xx\r\nContent-Type: message/sipfrag\r\n\r\nINVITE sip:" + told +
                        "@example.com SIP/2.0\r\nFrom: " + told +
                        "\r\n--xx\r\nContent-Type: application/sdp\r\n\r\nv=0\r\ns=" + told + "\r\n--xx--\r\n" + told)
              .str()));
    }
  }
  // Whatever bytes are broken, what stands elsewhere is not told, and nothing ends badly.
  std::mt19937 random(7);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (int round = 0; round < 300; ++round) {
    std::string broken = message.substr(0, 1 + below(message.size()));
    for (std::size_t i = below(6); i-- > 0;) broken.insert(below(broken.size()), 1, "\r\n\"<>;:%@\\ =,"[below(13)]);
    const std::string masked = mask().message(broken);
    for (const std::string_view secret : {"192.168.7.33", "203.0.113.77", "c0ffee42c0ffee42", "s3cretnonce", "meeting"})
      EXPECT_EQ(masked.find(secret), std::string::npos) << secret << " in\n" << masked << "\nfrom\n" << broken;
    std::string noise(below(300), '\0');
    for (char& c : noise) c = static_cast<char>(below(256));
    mask().message(noise);
    mask().text(noise);
  }
}

}  // namespace
}  // namespace vialens::test

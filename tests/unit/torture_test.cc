// The messages of RFC 4475, from files that are not part of this repository: VIALENS_RFC4475_DIR says where they are.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "userspace/sip/fields.h"
#include "userspace/sip/message.h"
#include "userspace/sip/sdp.h"

namespace vialens::sip {
namespace {

// What RFC 4475 says of each. `odd` in 3.1.1 is not a verdict on the message but notes what a router may stumble over;
// in 3.1.2 it stands where the text lets a liberal element go on. Semantics that need a transaction, a user agent or a
// reading of Date, Expires or Require (3.2, 3.3) are none of a passive reader's business.
const std::map<std::string, Grade> kExpected = {
    // 3.1.1 valid
    {"wsinv", Grade::odd},         // folds and space before colons all over
    {"intmeth", Grade::odd},       // the method is unknown, and that is all
    {"esc01", Grade::odd},         // a folded Contact
    {"escnull", Grade::valid},     // %00 stays escaped here
    {"esc02", Grade::odd},         // RE%47IST%45R is not REGISTER, C%6Fntact is not Contact
    {"lwsdisp", Grade::valid},     // no space between display name and '<'
    {"longreq", Grade::odd},       // space before colons
    {"dblreq", Grade::odd},        // a second request behind Content-Length is noise in a datagram
    {"semiuri", Grade::odd},       // a folded Accept
    {"transports", Grade::valid},  // unknown transports in Via
    {"mpart01", Grade::valid},     // binary multipart body
    {"unreason", Grade::valid},    // UTF-8 reason phrase
    {"noreason", Grade::valid},    // empty reason phrase, space present
    // 3.1.2 invalid
    {"badinv01", Grade::odd},  // deliberately tolerant: ";;,;,," hides nothing, and most phones read over it
    {"clerr", Grade::broken},
    {"ncl", Grade::broken},
    {"scalar02", Grade::broken},  // for its CSeq; Max-Forwards 300 and the Expires are not read
    {"scalarlg", Grade::broken},  // for its CSeq
    {"quotbal", Grade::broken},   // inferring the quote is allowed, guessing is not what a detector should do
    {"ltgtruri", Grade::odd},
    {"lwsruri", Grade::odd},
    {"lwsstart", Grade::odd},
    {"trws", Grade::odd},
    {"escruri", Grade::odd},
    {"baddate", Grade::valid},  // deliberately tolerant: Date may be ignored by who does not use it
    {"regbadct", Grade::odd},
    {"badaspec", Grade::odd},
    {"baddn", Grade::odd},
    {"badvers", Grade::broken},
    {"mismatch01", Grade::broken},
    {"mismatch02", Grade::broken},
    {"bigcode", Grade::broken},
    // 3.2 transaction layer
    {"badbranch", Grade::valid},
    // 3.3 application layer
    {"insuf", Grade::broken},
    {"unkscm", Grade::valid},
    {"novelsc", Grade::valid},
    {"unksm2", Grade::valid},
    {"bext01", Grade::valid},
    {"invut", Grade::valid},
    {"regaut01", Grade::valid},
    {"multi01", Grade::odd},   // deliberately tolerant: the first of each is taken, and the repetition named
    {"mcl01", Grade::broken},  // two lengths: no body can be told
    {"bcast", Grade::valid},
    {"zeromf", Grade::valid},
    {"cparam01", Grade::valid},
    {"cparam02", Grade::valid},
    {"regescrt", Grade::valid},
    {"sdp01", Grade::valid},
    // 3.4 backward compatibility
    {"inv2543", Grade::valid},
    // Not in the RFC, but in the archive since the drafts: an INVITE without version, Via and CSeq.
    {"test", Grade::broken},
};

class Torture : public testing::Test {
 protected:
  void SetUp() override {
    const char* dir = std::getenv("VIALENS_RFC4475_DIR");
    if (dir == nullptr) GTEST_SKIP() << "VIALENS_RFC4475_DIR is not set: no RFC 4475 messages to read";
    if (!std::filesystem::is_directory(dir)) GTEST_SKIP() << "VIALENS_RFC4475_DIR: no directory " << dir;
    dir_ = dir;
  }

  std::string bytes_of(const std::string& name) const {
    std::ifstream file(dir_ / (name + ".dat"), std::ios::binary);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path dir_;
};

TEST_F(Torture, GradesEveryMessageAsTheTextSays) {
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_)) {
    if (entry.path().extension() != ".dat") continue;
    const std::string name = entry.path().stem();
    const auto expected = kExpected.find(name);
    if (expected == kExpected.end()) {
      ADD_FAILURE() << name << " is not expected";
      continue;
    }
    ++seen;
    const std::string bytes = bytes_of(name);
    Message message;
    EXPECT_EQ(to_string(Message::parse(bytes, message)), to_string(expected->second)) << name;
  }
  EXPECT_EQ(seen, kExpected.size());
}

TEST_F(Torture, ReadsTheShortTortuousInvite) {
  const std::string bytes = bytes_of("wsinv");
  Message message;
  Message::parse(bytes, message);
  EXPECT_EQ(message.cseq(), 9U);
  EXPECT_EQ(from(message)->params.find("tag"), "98asjd8");
  EXPECT_EQ(to(message)->params.find("tag"), "1918181833n");
  Values vias(message, HeaderName::via);
  EXPECT_EQ(parse_via(vias.next().value_or(""))->sent_by.host, "192.0.2.2");
  const auto second = parse_via(vias.next().value_or(""));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->transport, "TCP");
  EXPECT_EQ(second->sent_by.host, "spindle.example.com");
  EXPECT_EQ(second->params.find("branch"), "z9hG4bK9ikj8");
  EXPECT_EQ(parse_via(vias.next().value_or(""))->params.find("branch"), "z9hG4bK30239");
  EXPECT_FALSE(vias.next());
  const auto contact = parse_name_addr(message.first(HeaderName::contact));
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->params.find("newparam"), "newvalue");
  EXPECT_EQ(contact->params.find("q"), "0.33");
  Sdp sdp;
  ASSERT_TRUE(Sdp::parse(sdp_body(message), sdp));
  EXPECT_EQ(sdp.connection()->address, "192.0.2.4");
}

TEST_F(Torture, ReadsTheWideRangeOfValidCharacters) {
  const std::string bytes = bytes_of("intmeth");
  Message message;
  Message::parse(bytes, message);
  const auto uri = parse_uri(message.request_uri());
  ASSERT_TRUE(uri);
  EXPECT_FALSE(uri->loose);
  EXPECT_EQ(uri->user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  EXPECT_EQ(uri->host_port.host, "example.com");
  EXPECT_EQ(to(message)->uri.user, uri->user);
  EXPECT_EQ(from(message)->display, "token1~` token2'+_ token3*%!.-");
}

}  // namespace
}  // namespace vialens::sip

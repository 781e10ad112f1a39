// The configuration: what is right is taken, and what is wrong is told with its place and with what was meant.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <set>

#include "userspace/config/checks.h"
#include "userspace/config/read_config.h"
#include "userspace/config/settings.h"
#include "userspace/core/error.h"
#include "userspace/core/words.h"

namespace vialens {
namespace {

// What is said of a text, a line for each problem.
std::string complaints(std::string_view text) { return describe(read_config(text, "f")); }

std::string conflicts_of(std::string_view text) {
  ConfigFile file = read_config(text, "f");
  EXPECT_EQ(describe(file), "");
  add_conflicts(file);
  return describe(file);
}

constexpr std::string_view kHash = "$6$rounds=5000$saltsalt$abcdefghijklmnop";

TEST(Config, TakesEverySettingOfAFile) {
  const ConfigFile file = read_config(R"(
[capture]
lan = ["br-lan", "br-guest"]
wan = "pppoe-wan"        # one for a list of one
hook = "tcx"
sip_ports = [5060, 5080]
ring_mib = 16
[output]
log = "warn"
json = true
[http]
listen = "[::1]:80"
users = { a = "$6$rounds=5000$saltsalt$abcdefghijklmnop" }
token_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
[hep]
target = "tls:homer.example:9061"
mask = false
node_id = 4294967295
)",
                                      "f");
  EXPECT_EQ(describe(file), "");
  const Config& config = file.config;
  EXPECT_EQ(config.capture.lan, (std::vector<std::string>{"br-lan", "br-guest"}));
  EXPECT_EQ(config.capture.wan, std::vector<std::string>{"pppoe-wan"});
  EXPECT_EQ(config.capture.hook, "tcx");
  EXPECT_EQ(config.capture.sip_ports, (std::vector<std::uint16_t>{5060, 5080}));
  EXPECT_EQ(config.capture.ring_mib, 16U);
  EXPECT_EQ(config.output.log, "warn");
  EXPECT_TRUE(config.output.json);
  EXPECT_EQ(config.http.listen, "[::1]:80");
  EXPECT_EQ(config.http.users.at("a"), kHash);
  EXPECT_EQ(config.http.token_sha256.size(), 1U);
  EXPECT_FALSE(config.hep.mask);
  EXPECT_EQ(config.hep.node_id, 4294967295U);
  EXPECT_EQ(config.history, Config::History{});
  EXPECT_EQ(file.places.at("capture.hook").line, 5U);
}

TEST(Config, ASectionOfUsersIsATable) {
  const ConfigFile file = read_config("[http.users]\n\"a b\" = \"" + std::string(kHash) + "\"\n", "f");
  EXPECT_EQ(describe(file), "");
  EXPECT_EQ(file.config.http.users.count("a b"), 1U);
}

TEST(Config, SaysWhereTheSyntaxIsWrong) {
  EXPECT_EQ(complaints("[capture]\nlan = [\"a\"\nwan = 1\n").substr(0, 26), "f:3:1: this is no TOML: Er");
}

// Of which the library asserts that it cannot be.
TEST(Config, SaysWhereTheNameOfASectionIsWrong) {
  EXPECT_EQ(complaints("[*aV").substr(0, 24), "f:1:2: this is no TOML: ");
}

TEST(Config, TakesLettersOfAllLanguagesInTextsAndCommentsAlone) {
  EXPECT_EQ(complaints(
                "\xef\xbb\xbf# \u26a0\ufe0f\n[hep]\nnode_name = \"B\u00fcro \ufefd\" # \ufefd\nmask_key = 'a\ufefd\\'\n"
                "ca_file = \"\"\"\n\ufefd\"\"\" \n"),
            "");
  EXPECT_EQ(complaints("a = \"\u00fc\\\"\" \ufefd [,"),
            "f:1:11: this is no TOML: a letter that is not ASCII; a text with such stands in quotes");
  EXPECT_EQ(complaints("[hep]\nn\u00f6de = 1"),
            "f:2:2: this is no TOML: a letter that is not ASCII; a text with such stands in quotes");
  EXPECT_EQ(complaints("a = \"\n\ufefd").substr(0, 4), "f:2:");
}

TEST(Config, SaysWhatAnUnknownNameMayHaveMeant) {
  EXPECT_EQ(complaints("[history]\ndayz = 3\n"), "f:2:1: history.dayz: no such setting; did you mean history.days?");
  EXPECT_EQ(complaints("[hep]\ndays = 3\n"), "f:2:1: hep.days: no such setting; did you mean history.days?");
  EXPECT_EQ(complaints("lan = \"a\"\n"), "f:1:1: lan: no such setting outside of a section; did you mean capture.lan?");
  EXPECT_EQ(complaints("\n[histroy]\ndays = 3\n"), "f:2:2: [histroy]: no such section; did you mean [history]?");
  EXPECT_EQ(complaints("[capture]\nxyzzyxyzzy = 3\n"), "f:2:1: capture.xyzzyxyzzy: no such setting");
  EXPECT_EQ(complaints("http = 3\n"), "f:1:1: http: this is a section; write [http] and its settings below");
}

TEST(Config, SaysWhichTypeIsExpected) {
  EXPECT_EQ(complaints("[capture]\nring_mib = \"4\"\n"),
            "f:2:12: capture.ring_mib: a number from 0 to 1024 is expected here, not a text; write it without quotes");
  EXPECT_EQ(complaints("[capture]\nring_mib = 1.5\n"),
            "f:2:12: capture.ring_mib: a number from 0 to 1024 is expected here, not a number with a fraction");
  EXPECT_EQ(complaints("[capture]\nhook = 4\n"),
            "f:2:8: capture.hook: a text is expected here, not a number; write it in quotes");
  EXPECT_EQ(complaints("[output]\njson = \"yes\"\n"),
            "f:2:8: output.json: true or false is expected here, not a text; write it without quotes");
  EXPECT_EQ(complaints("[capture]\nlan = [\"a\", 4]\n"),
            "f:2:13: capture.lan: a text, or a list of them, is expected here, not a number; write it in quotes");
  EXPECT_EQ(complaints("[http]\nusers = \"a\"\n"),
            "f:2:9: http.users: a table of names and texts is expected here, not a text");
  EXPECT_EQ(complaints("[output]\nlog = 2026-01-01\n"),
            "f:2:7: output.log: a text is expected here, not a date or time; write it in quotes");
}

TEST(Config, SaysWhatIsWrongWithAValue) {
  EXPECT_EQ(complaints("[capture]\nring_mib = 2000\n"), "f:2:12: capture.ring_mib: 2000 is not within 0 to 1024");
  EXPECT_EQ(complaints("[capture]\nring_mib = -9223372036854775808\n"),
            "f:2:12: capture.ring_mib: -9223372036854775808 is not within 0 to 1024");
  EXPECT_EQ(complaints("[capture]\nsip_ports = [5060, 65536]\n"),
            "f:2:20: capture.sip_ports: 65536 is not within 1 to 65535");
  EXPECT_EQ(complaints("[capture]\nsip_ports = []\n"),
            "f:2:13: capture.sip_ports: an empty list; leave it out for the default");
  EXPECT_EQ(complaints("[capture]\nhook = \"ebpf\"\n"),
            "f:2:8: capture.hook: \"ebpf\" is none of auto, xdp, tcx, clsact");
  EXPECT_EQ(complaints("[capture]\nlan = [\"\"]\n"), "f:2:8: capture.lan: an empty text");
  EXPECT_EQ(complaints("[hep]\nnode_name = \"a\\u001b[2J\"\n"), "f:2:13: hep.node_name: a control character in it");
  EXPECT_EQ(complaints("[history]\nfile = \"/var/lib/\"\n"),
            "f:2:8: history.file: \"/var/lib/\" is a directory; name a file in it");
}

TEST(Config, ShowsControlCharactersOfNamesAsWhatTheyAre) {
  EXPECT_EQ(complaints("[capture]\n\"\\u001b[2J\" = 1\n"), "f:2:1: capture.\\x1b[2J: no such setting");
  EXPECT_EQ(complaints("[http]\nusers = { \"a:b\" = \"" + std::string(kHash) + "\" }\n"),
            "f:2:11: http.users: \"a:b\" cannot be a name: no colon, no control character");
}

TEST(Config, DoesNotRepeatASecret) {
  for (const std::string key : {"token_sha256 = \"swordfish\"", "users = { a = \"swordfish\" }"}) {
    const std::string said = complaints("[http]\n" + key + "\n");
    EXPECT_NE(said, "");
    EXPECT_EQ(said.find("swordfish"), std::string::npos) << said;
  }
}

TEST(Config, TellsAllProblemsInTheOrderOfTheFileButNotThousands) {
  EXPECT_EQ(complaints("[output]\njson = 1\nlogg = 1\n[capture]\nhook = 1\n"),
            "f:2:8: output.json: true or false is expected here, not a number\n"
            "f:3:1: output.logg: no such setting; did you mean output.log?\n"
            "f:5:8: capture.hook: a text is expected here, not a number; write it in quotes");
  std::string many = "[hep]\n";
  for (int i = 0; i < 1000; ++i) many += "qqqqqqqq" + std::to_string(i) + " = 1\n";
  const std::string said = complaints(many);
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 20);
  EXPECT_TRUE(said.ends_with("f: and 980 more")) << said;
}

TEST(Config, RefusesWhatMakesNoSenseTogether) {
  const std::string tap = "[capture]\ntap = \"eth1\"\n";
  EXPECT_EQ(conflicts_of(tap), "");
  EXPECT_EQ(conflicts_of("").substr(0, 16), "f: no interface:");
  EXPECT_EQ(conflicts_of("[capture]\nlan = \"a\"\nside = \"wan\"\n").substr(0, 27), "f:3:1: capture.side: it say");
  EXPECT_EQ(conflicts_of(tap + "[http]\ntls_key = \"k\"\n"),
            "f:4:1: http.tls_key: TLS needs both a certificate and its key: set http.tls_certificate, too");
  EXPECT_EQ(conflicts_of(tap + "[http]\ntls_certificate = \"c\"\n"),
            "f:4:1: http.tls_certificate: TLS needs both a certificate and its key: set http.tls_key, too");
  EXPECT_EQ(conflicts_of(tap + "[hep]\nca_file = \"c\"\n").substr(0, 19), "f:4:1: hep.ca_file:");
  EXPECT_NE(conflicts_of(tap + "[http]\nlisten = \"0.0.0.0:9760\"\n"), "");
  EXPECT_NE(conflicts_of(tap + "[http]\nlisten = \"[2001:db8::1]:9760\"\n"), "");
  EXPECT_EQ(conflicts_of(tap + "[http]\nlisten = \"0.0.0.0:9760\"\nallow_public = true\n"), "");
  EXPECT_EQ(conflicts_of(tap + "[http]\nlisten = \"[::]:9760\"\nusers = { a = \"" + std::string(kHash) + "\" }\n"), "");
  for (const std::string loopback : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "off"})
    EXPECT_EQ(conflicts_of(tap + "[http]\nlisten = \"" + loopback + "\"\n"), "") << loopback;
}

TEST(Config, KnowsAddressesAndTargets) {
  for (const std::string_view good : {"127.0.0.1:9760", "[::1]:1", "0.0.0.0:65535", "off"})
    EXPECT_EQ(check_listen(good), "") << good;
  for (const std::string_view bad :
       {"127.0.0.1", ":80", "127.0.0.1:0", "127.0.0.1:65536", "::1:80", "[::1", "a:b", "on"})
    EXPECT_NE(check_listen(bad), "") << bad;
  for (const std::string_view good : {"udp:homer:9060", "tcp:192.0.2.1:9060", "tls:[2001:db8::1]:9060"})
    EXPECT_EQ(check_hep_target(good), "") << good;
  for (const std::string_view bad : {"homer:9060", "udp:homer", "sctp:a:1", "udp::1", "udp:a b:1"})
    EXPECT_NE(check_hep_target(bad), "") << bad;
}

TEST(Config, AFileThatCannotBeReadIsAnError) {
  EXPECT_THROW(read_config_file("/nonexistent/vialens.toml"), InputError);
  EXPECT_THROW(read_config_file("/"), InputError);
  EXPECT_THROW(read_config_file("/dev/zero"), InputError);
}

TEST(Settings, AreNamedOnceAndInTheOrderOfTheirSections) {
  std::set<std::string> names;
  std::set<std::string_view> flags;
  auto section = sections().begin();
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(names.insert(setting.name()).second) << setting.name();
    EXPECT_TRUE(setting.flag.empty() || flags.insert(setting.flag).second) << setting.flag;
    while (section != sections().end() && section->name != setting.section) ++section;
    ASSERT_NE(section, sections().end()) << setting.name();
    EXPECT_EQ(find_setting(setting.name()), &setting);
    EXPECT_FALSE(setting.help.empty() || setting.help.ends_with('.')) << setting.name();
  }
  EXPECT_EQ(find_setting("capture.nothing"), nullptr);
}

// So that the file that the documentation shows can be read, and says what is the case anyway.
TEST(Settings, EachDefaultAndEachExampleCanBeRead) {
  for (const Setting& setting : settings()) {
    const std::string head = "[" + std::string(setting.section) + "]\n" + std::string(setting.key) + " = ";
    const ConfigFile defaults = read_config(head + to_toml(setting, Config{}) + "\n", "f");
    EXPECT_TRUE(equal(setting, defaults.config, Config{})) << setting.name();
    if (setting.example.empty()) continue;
    const ConfigFile example = read_config(head + std::string(setting.example) + "\n", "f");
    EXPECT_EQ(describe(example), "") << setting.name();
    EXPECT_FALSE(equal(setting, example.config, Config{})) << setting.name();
  }
}

TEST(Settings, WordsOfTheCommandLineAreReadByTheSameRules) {
  Config config;
  EXPECT_EQ(set(*find_setting("capture.sip_ports"), config, {"5060", "5080"}), "");
  EXPECT_EQ(config.capture.sip_ports.size(), 2U);
  EXPECT_EQ(set(*find_setting("capture.sip_ports"), config, {"5060", "x"}), "\"x\" is no number from 1 to 65535");
  EXPECT_EQ(set(*find_setting("capture.ring_mib"), config, {"99999999999999999999"}),
            "\"99999999999999999999\" is no number from 0 to 1024");
  EXPECT_EQ(set(*find_setting("capture.hook"), config, {"au"}), "\"au\" is none of auto, xdp, tcx, clsact");
  EXPECT_EQ(config.capture.sip_ports.size(), 2U);
  Config other;
  copy(*find_setting("capture.sip_ports"), config, other);
  EXPECT_TRUE(equal(*find_setting("capture.sip_ports"), config, other));
  EXPECT_EQ(to_toml(*find_setting("capture.sip_ports"), other), "[5060, 5080]");
}

TEST(EditDistance, CountsLetters) {
  EXPECT_EQ(edit_distance("days", "days"), 0U);
  EXPECT_EQ(edit_distance("dasy", "days"), 1U);
  EXPECT_EQ(edit_distance("day", "days"), 1U);
  EXPECT_EQ(edit_distance("", "days"), 4U);
}

}  // namespace
}  // namespace vialens

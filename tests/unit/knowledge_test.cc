// data/products.toml is sound, and which product is meant, or guessed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "userspace/core/words.h"
#include "userspace/knowledge/gateway.h"
#include "userspace/knowledge/guess.h"
#include "userspace/knowledge/upnp.h"

namespace vialens {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(KnowledgeTest, EveryProductSaysHowAndHowSure) {
  std::set<std::string> words;
  for (const Product& product : knowledge().products) {
    SCOPED_TRACE(product.id);
    EXPECT_FALSE(product.name.empty());
    EXPECT_THAT(product.sure, AnyOf("documented", "reported", "assumed"));
    EXPECT_THAT(product.by_default, AnyOf("on", "off", "unknown"));
    EXPECT_TRUE(product.fixed || !product.ways.empty());
    for (const Product::Way& way : product.ways) EXPECT_FALSE(way.steps.empty() && way.commands.empty()) << way.where;
    EXPECT_EQ(product.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos);
    EXPECT_TRUE(words.insert(product.id).second);
    for (const std::string& word : product.also) {
      EXPECT_EQ(word, lower(word));
      EXPECT_TRUE(words.insert(word).second) << word << " is a word for two products";
    }
  }
  EXPECT_THAT(knowledge().setting_names, Not(IsEmpty()));
  EXPECT_THAT(knowledge().after, Not(IsEmpty()));
  EXPECT_THAT(knowledge().otherwise, Not(IsEmpty()));
}

TEST(KnowledgeTest, KnowsWhatHelpDesksMeet) {
  for (const std::string_view word :
       {"netgear",   "asus",    "linksys",  "tp-link",   "d-link",     "calix",     "xfinity",
        "att",       "verizon", "zyxel",    "huawei",    "nokia",      "fritzbox",  "mikrotik",
        "edgeos",    "unifi",   "openwrt",  "vyos",      "pfsense",    "opnsense",  "cisco-ios",
        "cisco-asa", "juniper", "fortinet", "sonicwall", "watchguard", "palo-alto", "sophos"})
    EXPECT_NE(knowledge().find(word), nullptr) << word;
}

TEST(KnowledgeTest, TakesWordsAsPeopleTypeThem) {
  ASSERT_NE(knowledge().find("NetGear"), nullptr);
  EXPECT_EQ(knowledge().find("NetGear")->id, "netgear");
  EXPECT_EQ(knowledge().find("toaster"), nullptr);
  EXPECT_THAT(knowledge().near("netgaer").at(0), "netgear");
  EXPECT_THAT(knowledge().near("toaster"), IsEmpty());
}

TEST(KnowledgeTest, SaysWhereATextIsNoSuchFile) {
  try {
    read_knowledge("setting_names = [\"SIP ALG\"]\nafter = =\n");
    FAIL() << "taken";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("line 2: "));
  }
}

TEST(GuessTest, ByMakerAndThenByModel) {
  const Knowledge known = read_knowledge(R"(
[[product]]
id = "one"
makers = ["Acme"]
models = ["Home"]
[[product]]
id = "two"
makers = ["ACME Corp"]
models = ["Office"]
fingerprints = ["linux-nf_nat_sip"]
[[product]]
id = "three"
makers = ["Other"]
)");
  const auto ids = [](const std::vector<const Product*>& products) {
    std::vector<std::string> all;
    for (const Product* const product : products) all.push_back(product->id);
    return all;
  };
  EXPECT_THAT(ids(made_by(known, "acme corporation", "")), ElementsAre("one", "two"));
  EXPECT_THAT(ids(made_by(known, "Acme Corporation", "Office 3000")), ElementsAre("two"));
  EXPECT_THAT(ids(made_by(known, "Acme Corporation", "Toaster")), ElementsAre("one", "two"));
  EXPECT_THAT(ids(made_by(known, "Acm", "")), IsEmpty());
  EXPECT_THAT(ids(with_alg(known, "linux-nf_nat_sip")), ElementsAre("two"));
}

class GatewayTest : public testing::Test {
 protected:
  GatewayTest() {
    char name[] = "/tmp/vialens-gateway-XXXXXX";
    root_ = mkdtemp(name);
  }
  ~GatewayTest() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  std::filesystem::path root_;
};

TEST_F(GatewayTest, IsThatOfTheBestDefaultRoute) {
  write("proc/net/route",
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
        "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n");
  write("proc/net/arp",
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "192.168.1.1      0x1         0x2         A4:2B:B0:01:02:03     *        eth0\n"
        "192.168.2.1      0x1         0x2         00:00:0C:01:02:03     *        wlan0\n");
  const auto gateway = default_gateway(root_);
  ASSERT_TRUE(gateway);
  EXPECT_EQ(gateway->interface, "eth0");
  EXPECT_EQ(to_string(gateway->address), "192.168.1.1");
  EXPECT_EQ(gateway->mac, "a4:2b:b0:01:02:03");
}

TEST_F(GatewayTest, IsNothingWithoutARouteOrATable) {
  EXPECT_FALSE(default_gateway(root_));
  write("proc/net/route",
        "Iface\tDestination\n\xff\xfe broken\neth0\t00000000\tXYZ\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  EXPECT_FALSE(default_gateway(root_));
}

TEST_F(GatewayTest, MakersComeFromWhicheverRegistryThereIs) {
  EXPECT_EQ(maker_of("a4:2b:b0:01:02:03", root_), "");
  write("usr/share/wireshark/manuf", "# comment\n00:00:0C\tCisco\tCisco Systems, Inc\n");
  EXPECT_EQ(maker_of("00:00:0c:11:22:33", root_), "Cisco Systems, Inc");
  write("usr/share/ieee-data/oui.txt",
        "OUI/MA-L                        Organization\r\n\r\nA4-2B-B0   (hex)\t\tTP-LINK TECHNOLOGIES CO.,LTD.\r\n"
        "A42BB0     (base 16)\t\tTP-LINK TECHNOLOGIES CO.,LTD.\r\n");
  EXPECT_EQ(maker_of("a4:2b:b0:01:02:03", root_), "TP-LINK TECHNOLOGIES CO.,LTD.");
  EXPECT_EQ(maker_of("a6:2b:b0:01:02:03", root_), "") << "made up by the interface itself";
  EXPECT_EQ(maker_of("", root_), "");
  EXPECT_EQ(maker_of("no address", root_), "");
}

TEST_F(GatewayTest, ASystemSaysWhatItIs) {
  EXPECT_FALSE(is_router(root_));
  write("proc/sys/net/ipv4/ip_forward", "1\n");
  EXPECT_TRUE(is_router(root_));
  write("etc/os-release", "NAME=\"OpenWrt\"\nID='openwrt'\nID_LIKE=\"lede openwrt\"\n");
  write("proc/device-tree/model", std::string("TP-Link Archer C7 v5\0", 21));
  const System system = this_system(root_);
  EXPECT_EQ(system.id, "openwrt");
  EXPECT_EQ(system.name, "OpenWrt");
  EXPECT_EQ(system.board, "TP-Link Archer C7 v5");
}

TEST(UpnpTest, ReadsWhatARouterSaysOfItself) {
  EXPECT_EQ(location_in("HTTP/1.1 200 OK\r\nST: x\r\nLocation:  http://192.168.1.1:5000/rootDesc.xml \r\n\r\n"),
            "http://192.168.1.1:5000/rootDesc.xml");
  EXPECT_EQ(location_in("HTTP/1.1 200 OK\r\n\r\n"), "");
  const auto device = device_in(
      "<?xml version=\"1.0\"?><root><device><deviceType>urn:x</deviceType><manufacturer>D&amp;B</manufacturer>"
      "<modelName>R7000</modelName></device></root>");
  ASSERT_TRUE(device);
  EXPECT_EQ(device->maker, "D&B");
  EXPECT_EQ(device->model, "R7000");
  EXPECT_FALSE(device_in("<manufacturer"));
  EXPECT_FALSE(device_in(""));
}

}  // namespace
}  // namespace vialens

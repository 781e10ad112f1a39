// The checks of `vialens doctor`, on boxes that are made of files and of programs that print what is written here. On a
// real kernel: tests/e2e/test_doctor.sh.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "userspace/doctor/check.h"
#include "userspace/doctor/host.h"

namespace vialens {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() {
    char name[] = "/tmp/vialens-doctor-XXXXXX";
    root_ = mkdtemp(name);
    write("proc/kallsyms", "ffffffff81f5e650 T nft_do_chain\nffffffff81f5e651 T ipt_do_table\n");
  }
  ~DoctorTest() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void program(const std::string& name, const std::string& script) const {
    write("bin/" + name, "#!/bin/sh\n" + script + '\n');
    std::filesystem::permissions(root_ / "bin" / name, std::filesystem::perms::owner_all);
  }
  // nft prints this list as JSON, and this text.
  void nft(const std::string& objects, const std::string& text = "") const {
    write("ruleset.json", "{\"nftables\": [" + objects + "]}");
    write("ruleset.txt", text);
    program("nft", "case \"$*\" in *-j*) cat " + (root_ / "ruleset.json").string() + ";; *) cat " +
                       (root_ / "ruleset.txt").string() + ";; esac");
  }
  Check look(std::vector<Check> (*checks)(const Host&), std::string_view id) const {
    for (Check& check : checks(Host(root_)))
      if (check.id == id) return check;
    ADD_FAILURE() << "no check " << id;
    return {};
  }

  std::filesystem::path root_;
};

constexpr const char* kSipHelper =
    R"({"ct helper": {"family": "inet", "table": "fw4", "name": "sip", "type": "sip"}},)";

TEST_F(DoctorTest, NftAnObjectDoesNothingAndARuleDoes) {
  nft(std::string(kSipHelper) + R"({"rule": {"family": "inet", "table": "fw4", "chain": "helper", "handle": 3,
      "expr": [{"drop": null}]}})");
  EXPECT_EQ(look(check_nft, "alg-rules-nft").state, State::ok);
  EXPECT_THAT(look(check_nft, "alg-rules-nft").reason, HasSubstr("no rule puts it"));

  nft(std::string(kSipHelper) + R"({"rule": {"family": "inet", "table": "fw4", "chain": "helper", "handle": 12,
      "expr": [{"ct helper": {"map": {"key": 1, "data": {"set": [[5060, "sip"], [21, "ftp"]]}}}}]}})",
      "\t\tct helper set udp dport map { 5060 : \"sip\" } # handle 12\n\t\tdrop # handle 1\n");
  const Check found = look(check_nft, "alg-rules-nft");
  EXPECT_TRUE(found.shows_alg());
  EXPECT_THAT(found.evidence, ElementsAre(HasSubstr("map { 5060 : \"sip\" } # handle 12")));
  EXPECT_THAT(found.fix, Contains("nft delete rule inet fw4 helper handle 12"));
}

TEST_F(DoctorTest, NftAHelperOfAnotherTableOrOfFtpIsNone) {
  nft(std::string(kSipHelper) +
      R"({"ct helper": {"family": "ip", "table": "mine", "name": "ftp", "type": "ftp"}},
         {"rule": {"family": "ip", "table": "mine", "chain": "a", "handle": 1, "expr": [{"ct helper": "ftp"}]}},
         {"rule": {"family": "ip", "table": "mine", "chain": "a", "handle": 2, "expr": [{"ct helper": "sip"}]}})");
  EXPECT_EQ(look(check_nft, "alg-rules-nft").state, State::ok);
}

TEST_F(DoctorTest, NftWhatCannotBeReadIsUnknown) {
  EXPECT_EQ(look(check_nft, "alg-rules-nft").state, State::unknown);
  EXPECT_THAT(look(check_nft, "alg-rules-nft").reason, HasSubstr("not installed"));
  program("nft", "echo 'Operation not permitted' >&2; exit 1");
  EXPECT_THAT(look(check_nft, "alg-rules-nft").reason, HasSubstr("takes root"));
  for (const char* const text : {"", "[]", "{\"nftables\": 3}", "{\"nftables\": [3, {}, {\"rule\": 4}]", "\xff"}) {
    write("ruleset.json", text);
    program("nft", "cat " + (root_ / "ruleset.json").string());
    EXPECT_EQ(look(check_nft, "alg-rules-nft").state, State::unknown) << text;
  }
  write("proc/kallsyms", "0 T something_else\n");
  EXPECT_EQ(look(check_nft, "alg-rules-nft").state, State::ok) << "no nftables in the kernel, so no rules";
}

TEST_F(DoctorTest, EachSystemHasItsOwnCommands) {
  const std::string rule = std::string(kSipHelper) + R"({"rule": {"family": "inet", "table": "fw4", "chain": "helper",
      "handle": 12, "expr": [{"ct helper": "sip"}]}})";
  nft(rule);
  const auto first_command = [&] { return look(check_nft, "alg-rules-nft").fix.at(0); };
  EXPECT_THAT(first_command(), StartsWith("nft delete rule"));
  write("etc/os-release", "ID=vyos\n");
  EXPECT_THAT(look(check_nft, "alg-rules-nft").fix, Contains("delete system conntrack modules sip"));
  write("etc/os-release", "ID=openwrt\n");
  EXPECT_THAT(first_command(), HasSubstr("auto_helper=0"));
  write("etc/os-release", "ID=debian\n");
  write("etc/version", "EdgeRouter.ER-e300.v2.0.9\n");
  EXPECT_THAT(look(check_nft, "alg-rules-nft").fix, Contains("set system conntrack modules sip disable"));
  std::filesystem::remove(root_ / "etc/version");
  write("run/firewalld/pid", "1\n");
  EXPECT_THAT(first_command(), HasSubstr("--remove-service=sip"));
}

TEST_F(DoctorTest, IptablesOfBothKinds) {
  program("iptables-save", "echo '*raw'; echo '-A PREROUTING -p udp -m udp --dport 21 -j CT --helper ftp'");
  EXPECT_EQ(look(check_iptables, "alg-rules-iptables").state, State::ok);
  program("iptables-legacy-save",
          "echo '*raw'; echo '-A PREROUTING -p udp -m udp --dport 5060 -j CT --helper sip'; echo '*nat'; echo "
          "'-A PREROUTING -p udp -m udp --dport 5060 -j REDIRECT --to-ports 5080'");
  const Check helper = look(check_iptables, "alg-rules-iptables");
  EXPECT_TRUE(helper.shows_alg());
  EXPECT_THAT(helper.fix,
              Contains("iptables-legacy -t raw -D PREROUTING -p udp -m udp --dport 5060 -j CT --helper sip"));
  EXPECT_THAT(
      look(check_iptables, "alg-redirect-iptables").fix,
      ElementsAre("iptables-legacy -t nat -D PREROUTING -p udp -m udp --dport 5060 -j REDIRECT --to-ports 5080"));
}

TEST_F(DoctorTest, TheKernelPutsHelpersByItselfBefore60) {
  write("proc/sys/net/core/somaxconn", "4096\n");
  EXPECT_EQ(look(check_auto_helper, "alg-automatic").state, State::ok);
  write("proc/sys/net/netfilter/nf_conntrack_helper", "1\n");
  EXPECT_EQ(look(check_auto_helper, "alg-automatic").state, State::ok) << "there is no helper for SIP";
  write("sys/module/nf_conntrack_sip/parameters/ports", "5060\n");
  const Check found = look(check_auto_helper, "alg-automatic");
  EXPECT_TRUE(found.shows_alg());
  EXPECT_THAT(found.fix, Contains("sysctl -w net.netfilter.nf_conntrack_helper=0"));
  write("proc/sys/net/netfilter/nf_conntrack_helper", "0\n");
  EXPECT_EQ(look(check_auto_helper, "alg-automatic").state, State::ok);
}

TEST_F(DoctorTest, AModuleIsNoAlgAndABuiltInOneIsSeen) {
  EXPECT_THAT(look(check_auto_helper, "helper-module").reason, HasSubstr("no SIP helper"));
  write("proc/kallsyms", "0 t nf_nat_sip_init\n0 t nf_conntrack_sip_init\n");
  const Check built_in = look(check_auto_helper, "helper-module");
  EXPECT_EQ(built_in.state, State::ok);
  EXPECT_THAT(built_in.reason, HasSubstr("does nothing by itself"));
}

TEST_F(DoctorTest, ExpectationsAreProof) {
  write("proc/net/nf_conntrack_expect", "297 l3proto = 2 proto=6 src=1.2.3.4 dst=5.6.7.8 sport=0 dport=21 ftp\n");
  EXPECT_EQ(look(check_helper_in_use, "alg-expectations").state, State::ok);
  write("proc/net/nf_conntrack_expect",
        "3479 l3proto = 2 proto=17 src=203.0.113.7 dst=203.0.113.5 sport=0 dport=5060 sip/signalling\n");
  EXPECT_TRUE(look(check_helper_in_use, "alg-expectations").shows_alg());
}

TEST_F(DoctorTest, TrafficControlAndOpenVswitch) {
  EXPECT_EQ(look(check_traffic_control, "alg-traffic-control").state, State::ok);
  write("proc/kallsyms", "0 t tcf_ct_act\n0 t ovs_dp_process_packet\n");
  write("sys/class/net/eth0/mtu", "1500\n");
  EXPECT_EQ(look(check_traffic_control, "alg-traffic-control").state, State::unknown) << "tc is not installed";
  program("tc", "[ \"$5\" = egress ] || echo '  action order 1: ct commit zone 1 helper ipv4-udp-sip pipe'");
  const Check filter = look(check_traffic_control, "alg-traffic-control");
  EXPECT_TRUE(filter.shows_alg());
  EXPECT_THAT(filter.evidence, ElementsAre(StartsWith("eth0 ingress: ")));
  program("ovs-dpctl", "echo 'recirc_id(0),in_port(2),udp(dst=5060), actions:ct(commit,helper=sip),3'");
  EXPECT_TRUE(look(check_traffic_control, "alg-open-vswitch").shows_alg());
}

TEST_F(DoctorTest, TimeOutsOfUdp) {
  write("proc/sys/net/netfilter/nf_conntrack_udp_timeout", "30\n");
  write("proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream", "119\n");
  const Check early = look(check_nat_timeouts, "nat-udp-timeout");
  EXPECT_EQ(early.state, State::bad);
  EXPECT_FALSE(early.shows_alg());
  EXPECT_THAT(early.fix, Contains(HasSubstr("udp_timeout_stream=300")));
  write("proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream", "120\n");
  EXPECT_EQ(look(check_nat_timeouts, "nat-udp-timeout").state, State::ok);
  EXPECT_THAT(look(check_nat_timeouts, "nat-udp-timeout").fix, IsEmpty());
}

TEST_F(DoctorTest, WhoListens) {
  EXPECT_EQ(look(check_listeners, "sip-listeners").state, State::unknown);
  write("proc/net/udp",
        "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "  10: 00000000:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2\n"
        "  11: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2\n");
  write("proc/77/comm", "kamailio\n");
  std::filesystem::create_directories(root_ / "proc/77/fd");
  std::filesystem::create_symlink("socket:[4711]", root_ / "proc/77/fd/5");
  const Check check = look(check_listeners, "sip-listeners");
  EXPECT_EQ(check.state, State::ok);
  EXPECT_THAT(check.evidence, ElementsAre("udp port 5060: kamailio (pid 77)"));
}

TEST_F(DoctorTest, OffloadToHardwareHidesMedia) {
  program("nft", "echo '  flowtable ft {'; echo '    devices = { eth0, eth1 }'; echo '  }'; echo 'flow add @ft'");
  EXPECT_EQ(look(check_offload, "flow-offload").state, State::ok);
  EXPECT_THAT(look(check_offload, "flow-offload").reason, HasSubstr("software"));
  program("nft", "echo 'flowtable ft {'; echo '  flags offload'; echo '}'; echo 'flow add @ft'");
  EXPECT_EQ(look(check_offload, "flow-offload").state, State::bad);
}

TEST_F(DoctorTest, NothingAtAllIsNoCrash) {
  std::filesystem::remove_all(root_ / "proc");
  for (const Check& check : examine(Host(root_))) {
    EXPECT_NE(check.state, State::bad) << check.id;
    EXPECT_FALSE(check.reason.empty()) << check.id;
  }
}

TEST_F(DoctorTest, AProgramThatNeverEndsIsStopped) {
  program("slow", "echo begun; exec sleep 1000");
  EXPECT_FALSE(Host(root_, std::chrono::milliseconds(300)).run({"slow"}));
  program("quick", "echo done; exit 3");
  const auto output = Host(root_).run({"quick"});
  ASSERT_TRUE(output);
  EXPECT_EQ(output->status, 3);
  EXPECT_EQ(output->text, "done\n");
}

}  // namespace
}  // namespace vialens

// Rules of iptables and ip6tables that put the SIP helper to connections, or lead SIP into a program of this box. Only
// tables that are there already are listed: to name one would make the kernel load it.
#include <fmt/format.h>

#include "userspace/doctor/check.h"
#include "userspace/doctor/fixes.h"
#include "userspace/doctor/host.h"

namespace vialens {
namespace {

// One of two programs by the same name, which see different rules: those of nf_tables and those of before.
constexpr const char* kPrograms[] = {"iptables-save", "ip6tables-save", "iptables-legacy-save",
                                     "ip6tables-legacy-save"};

struct Found {
  std::string program, table, rule;  // "raw", "-A PREROUTING ..."

  // "iptables -t raw -D PREROUTING ..."
  std::string deletion() const {
    const std::string tool = program.substr(0, program.size() - std::string_view("-save").size());
    return fmt::format("{} -t {} -D{}", tool, table, rule.substr(2));
  }
};

template <class F>
void each_rule(const std::string& program, std::string_view text, F visit) {
  std::string table;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("*")) table = line.substr(1);
    if (line.starts_with("-A ")) visit(Found{program, table, std::string(line)});
  }
}

bool has(const std::string& rule, std::string_view what) { return rule.find(what) != rule.npos; }

void add(std::vector<Found>& all, Found rule) {
  for (const Found& known : all)
    if (known.rule == rule.rule && known.table == rule.table &&
        known.program.starts_with("ip6") == rule.program.starts_with("ip6"))
      return;  // iptables-save is iptables-legacy-save here
  all.push_back(std::move(rule));
}

void tell(Check& check, const std::vector<Found>& rules, std::string_view bad, std::string_view good) {
  check.state = rules.empty() ? State::ok : State::bad;
  check.reason = rules.empty() ? good : bad;
  for (const Found& rule : rules) {
    check.evidence.push_back(fmt::format("{}: -t {} {}", rule.program, rule.table, rule.rule));
    check.fix.push_back(rule.deletion());
  }
}

}  // namespace

std::vector<Check> check_iptables(const Host& host) {
  Check helper{.id = "alg-rules-iptables"}, redirect{.id = "alg-redirect-iptables"};
  std::vector<Found> setting, redirecting;
  bool any = false, failed = false;
  for (const char* const program : kPrograms) {
    const auto rules = host.run({program});
    if (!rules) continue;
    any = true;
    failed = failed || rules->status != 0;
    each_rule(program, rules->text, [&](const Found& rule) {
      if (has(rule.rule, "-j CT") && has(rule.rule, "--helper sip")) add(setting, rule);
      if ((has(rule.rule, "-j REDIRECT") || has(rule.rule, "-j TPROXY")) && has(rule.rule, "5060"))
        add(redirecting, rule);
    });
  }
  // Where there are no tables, there is nothing to list.
  const auto tables = host.read("proc/net/ip_tables_names");
  const bool none = host.has_module("ip_tables", "ipt_do_table") == false &&
                    host.has_module("nft_compat", "nft_target_eval") == false;
  if (setting.empty() && redirecting.empty() && (!any || failed) && !none && !(tables && tables->empty())) {
    helper.reason = redirect.reason =
        any ? "iptables-save does not list the rules: it takes root (CAP_NET_ADMIN)."
            : "The rules of iptables cannot be listed: the program iptables-save is not installed.";
    return {helper, redirect};
  }
  tell(helper, setting, "A rule of iptables puts the SIP helper (SIP ALG) to connections.",
       "No rule of iptables names the SIP helper.");
  if (!setting.empty()) helper.fix = switch_helper_off(host.flavour(), std::move(helper.fix));
  tell(redirect, redirecting, "A rule of iptables leads SIP into a program on this box.",
       "No rule of iptables leads SIP into a program on this box.");
  return {helper, redirect};
}

}  // namespace vialens

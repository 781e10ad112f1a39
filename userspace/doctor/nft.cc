// Rules of nftables that put the SIP helper to connections, or lead SIP into a program of this box.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "userspace/doctor/check.h"
#include "userspace/doctor/fixes.h"
#include "userspace/doctor/host.h"

namespace vialens {
namespace {

using Json = nlohmann::json;

std::string text_in(const Json& object, const char* key) {
  const auto value = object.find(key);
  return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

struct Rule {
  std::string family, table, chain;
  long handle = 0;
  Json expressions;

  std::string deletion() const {
    return fmt::format("nft delete rule {} {} {} handle {}", family, table, chain, handle);
  }
};

struct Ruleset {
  std::vector<Rule> rules;
  std::set<std::string> sip_helpers;  // "family table name"
};

std::optional<Ruleset> read_ruleset(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto list = json.is_object() ? json.find("nftables") : json.end();
  if (json.is_discarded() || list == json.end() || !list->is_array()) return std::nullopt;
  Ruleset rules;
  for (const Json& item : *list) {
    if (!item.is_object() || item.empty()) continue;
    const Json& object = item.begin().value();
    if (!object.is_object()) continue;
    const std::string family = text_in(object, "family"), table = text_in(object, "table");
    if (item.begin().key() == "ct helper" && text_in(object, "type") == "sip")
      rules.sip_helpers.insert(fmt::format("{} {} {}", family, table, text_in(object, "name")));
    if (item.begin().key() != "rule") continue;
    const auto handle = object.find("handle"), expressions = object.find("expr");
    rules.rules.push_back({family, table, text_in(object, "chain"),
                           handle != object.end() && handle->is_number_integer() ? handle->get<long>() : 0,
                           expressions != object.end() ? *expressions : Json::array()});
  }
  return rules;
}

// The helper is named, by itself or in a map.
bool names(const Json& value, const std::string& helper) {
  if (value.is_string()) return value.get<std::string>() == helper;
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), [&](const Json& part) { return names(part, helper); });
}

bool sets_sip_helper(const Rule& rule, const Ruleset& rules) {
  const std::string place = fmt::format("{} {} ", rule.family, rule.table);
  for (const Json& expression : rule.expressions) {
    const auto helper = expression.is_object() ? expression.find("ct helper") : expression.end();
    if (!expression.is_object() || helper == expression.end()) continue;
    for (const std::string& known : rules.sip_helpers)
      if (known.starts_with(place) && names(*helper, known.substr(place.size()))) return true;
  }
  return false;
}

bool has_number(const Json& value, int number) {
  if (value.is_number_integer()) return value.get<int>() == number;
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), [&](const Json& part) { return has_number(part, number); });
}

// To a port of this box: a program that stands between, without phone or provider knowing.
bool redirects_sip(const Rule& rule) {
  bool of_sip = false, redirects = false;
  for (const Json& expression : rule.expressions) {
    if (!expression.is_object()) continue;
    if (const auto match = expression.find("match"); match != expression.end() && match->is_object())
      of_sip = of_sip || has_number(match->value("right", Json()), 5060);
    redirects = redirects || expression.contains("redirect") || expression.contains("tproxy");
  }
  return of_sip && redirects;
}

// The rules as nft prints them, by their handles.
std::vector<std::string> lines_of(const std::string& text, const std::vector<const Rule*>& rules) {
  std::vector<std::string> lines;
  for (const Rule* const rule : rules)
    for (const std::string& line : lines_with(text, fmt::format("# handle {}", rule->handle), 20))
      if (line.ends_with(fmt::format("# handle {}", rule->handle)) &&
          (line.find("ct helper set") != line.npos || line.find("redirect") != line.npos ||
           line.find("tproxy") != line.npos)) {
        lines.push_back(line);
        break;
      }
  return lines;
}

void tell(Check& check, const std::vector<const Rule*>& rules, const std::string& text, std::string_view bad,
          std::string_view good) {
  check.state = rules.empty() ? State::ok : State::bad;
  check.reason = rules.empty() ? good : bad;
  if (rules.empty()) return;
  check.evidence = lines_of(text, rules);
  for (const Rule* const rule : rules) check.fix.push_back(rule->deletion());
}

}  // namespace

std::vector<Check> check_nft(const Host& host) {
  Check helper{.id = "alg-rules-nft"}, redirect{.id = "alg-redirect-nft"};
  if (host.has_module("nf_tables", "nft_do_chain") == false) {
    helper.state = redirect.state = State::ok;
    helper.reason = redirect.reason = "The kernel has no nftables at work.";
    return {helper, redirect};
  }
  const auto json = host.run({"nft", "-j", "-a", "list", "ruleset"});
  const auto rules = json && json->status == 0 ? read_ruleset(json->text) : std::nullopt;
  if (!rules) {
    helper.reason = redirect.reason = host.is_installed("nft")
                                          ? "nft does not list the rules: it takes root (CAP_NET_ADMIN)."
                                          : "The rules of nftables cannot be listed: the program nft is not installed.";
    return {helper, redirect};
  }
  const auto text = host.run({"nft", "-a", "list", "ruleset"});
  std::vector<const Rule*> setting, redirecting;
  for (const Rule& rule : rules->rules) {
    if (sets_sip_helper(rule, *rules)) setting.push_back(&rule);
    if (redirects_sip(rule)) redirecting.push_back(&rule);
  }
  const std::string lines = text ? text->text : std::string();
  tell(helper, setting, lines, "A rule of nftables puts the SIP helper (SIP ALG) to connections.",
       rules->sip_helpers.empty() ? "No rule of nftables names the SIP helper."
                                  : "nftables knows the SIP helper, but no rule puts it to a connection.");
  if (!setting.empty()) helper.fix = switch_helper_off(host.flavour(), std::move(helper.fix));
  tell(redirect, redirecting, lines, "A rule of nftables leads SIP into a program on this box.",
       "No rule of nftables leads SIP into a program on this box.");
  return {helper, redirect};
}

}  // namespace vialens

#include "userspace/crossing/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>

#include "userspace/core/literals.h"
#include "userspace/sip/fields.h"

namespace vialens {
namespace {

constexpr std::uint32_t bit(unsigned trait) noexcept { return 1U << trait; }

bool has_port(std::string_view value) {
  const auto addr = sip::parse_name_addr(value);
  return addr && addr->uri.host_port.port.has_value();
}

// Nothing but one character: "xxxxxxx".
bool is_mask(std::string_view text) { return text.size() >= 3 && text.find_first_not_of(text.front()) == text.npos; }

constexpr std::string_view kLinux =
    "the SIP helper of the Linux kernel (nf_nat_sip), as in OpenWrt, VyOS, EdgeOS, UniFi and many home routers";
constexpr std::string_view kLinuxRemedy =
    "OpenWrt: remove kmod-nf-nathelper-sip (before 25.12: kmod-nf-nathelper-extra); VyOS, EdgeOS: delete system "
    "conntrack modules sip (or set ... sip disable); MikroTik: /ip firewall service-port disable sip; elsewhere the "
    "switch called SIP ALG. Then flush the connections on port 5060.";

}  // namespace

struct Fingerprint::Kind {
  std::string_view kind, title, remedy;
  std::uint32_t needs, forbids;  // traits
  std::uint32_t supports;        // each of these that was seen makes it likelier
  double base, step;             // confidence with what it needs, and for each that supports it
};

std::span<const Fingerprint::Kind> Fingerprint::kinds() {
  static constexpr Kind kKinds[] = {
      {"fortinet", "a FortiGate's SIP ALG",
       "config system settings: set sip-expectation disable, set sip-nat-trace disable, set default-voip-alg-mode "
       "kernel-helper-based; config system session-helper: delete the one for sip; then clear the sessions.",
       bit(trace_added), 0, bit(call_id_changed) | bit(addresses_changed), 0.8, 0.05},
      {"linux-nf_nat_sip", kLinux, kLinuxRemedy, bit(received_restored),
       bit(call_id_changed) | bit(text_replaced) | bit(trace_added) | bit(route_changed),
       bit(port_appended) | bit(origin_follows) | bit(call_id_left), 0.75, 0.07},
      {"linux-nf_nat_sip", kLinux, kLinuxRemedy, bit(port_appended),
       bit(call_id_changed) | bit(text_replaced) | bit(trace_added) | bit(route_changed),
       bit(origin_follows) | bit(call_id_left), 0.55, 0.1},
      {"replace-all", "an ALG that replaces text wherever it stands",
       "The switch called SIP ALG or SIP transformations. If there is none: SIP over TLS, or another port than 5060.",
       bit(text_replaced), bit(trace_added), bit(call_id_changed), 0.75, 0.1},
      {"juniper-screenos", "the SIP ALG of ScreenOS or Junos (or one that hides all names)",
       "Junos: set security alg sip disable; ScreenOS: unset alg sip enable.",
       bit(call_id_changed) | bit(route_changed), bit(trace_added) | bit(text_replaced), 0, 0.5, 0},
      {"cisco-asa", "the SIP inspection of a Cisco ASA with software-version masking",
       "policy-map global_policy, class inspection_default: no inspect sip; then clear conn port 5060.",
       bit(agent_masked), bit(text_replaced) | bit(trace_added), 0, 0.4, 0},
      {"unknown", "an ALG of no known pattern",
       "The switch called SIP ALG, SIP helper, SIP passthrough, SIP inspection, SIP transformations or SIP fixup.",
       bit(addresses_changed), 0, 0, 0.2, 0},
  };
  return kKinds;
}

void Fingerprint::note(Trait trait, std::string_view what, const Change& change) {
  if (has(trait)) return;
  constexpr std::size_t kMost = 120;
  examples_[trait] = fmt::format("{}: {} -> {}", what, change.before.substr(0, kMost), change.after.substr(0, kMost));
}

void Fingerprint::look_at(const Change& change, const Crossing& crossing) {
  const Address& inside = crossing.inside().address;
  switch (change.field) {
    case Field::from:
    case Field::to:
      if (crossing.out() && !has_port(change.before) && has_port(change.after))
        note(port_appended, "a port appended in " + std::string(change.where), change);
      break;
    case Field::via_params: {
      const auto via = sip::parse_via(change.after);
      const auto received = via ? via->params.find("received") : std::nullopt;
      if (!crossing.out() && received && Address::parse(*received) == inside)
        note(received_restored, "received= turned into the phone's own address", change);
      break;
    }
    case Field::sdp_origin:
      if (!mentions(change.before, inside) && !mentions(change.before, crossing.outside().address))
        note(origin_follows, "o= overwritten although it was not the phone's address", change);
      note(addresses_changed, "SDP o=", change);
      break;
    case Field::call_id:
      note(call_id_changed, "Call-ID rewritten", change);
      break;
    case Field::route:
      note(route_changed, std::string(change.where) + " rewritten", change);
      break;
    case Field::sdp_attribute:
      if (change.after.starts_with("i=(o=IN IP")) note(trace_added, "a trace line put into SDP", change);
      break;
    case Field::text:
    case Field::user_agent:
      if (mentions(change.before, inside) && !mentions(change.after, inside))
        note(text_replaced, "address replaced in " + std::string(change.where), change);
      else if (is_mask(change.after))
        note(agent_masked, std::string(change.where) + " masked", change);
      break;
    case Field::via:
    case Field::contact:
    case Field::sdp_connection:
      note(addresses_changed, change.where, change);
      break;
    default:
      break;
  }
}

void Fingerprint::observe(const Crossing& crossing) {
  if (crossing.changes.empty() || crossing.proxied || !crossing.translated()) return;
  for (const Change& change : crossing.changes) look_at(change, crossing);
  const std::string_view call_id = crossing.exit.message->call_id();
  if (crossing.out() && !has(call_id_left) && mentions(call_id, crossing.inside().address))
    examples_[call_id_left] = fmt::format("Call-ID {} left alone", call_id);
}

std::vector<AlgGuess> Fingerprint::guesses() const {
  std::uint32_t seen = 0;
  for (unsigned trait = 0; trait < traits_; ++trait)
    if (has(static_cast<Trait>(trait))) seen |= bit(trait);
  std::vector<AlgGuess> guesses;
  for (const Kind& kind : kinds()) {
    const bool known =
        std::any_of(guesses.begin(), guesses.end(), [&](const AlgGuess& guess) { return guess.kind == kind.kind; });
    if (known || (seen & kind.needs) != kind.needs || (seen & kind.forbids) != 0) continue;
    AlgGuess guess{kind.kind, kind.title, kind.remedy, kind.base, {}};
    for (unsigned trait = 0; trait < traits_; ++trait) {
      if ((seen & bit(trait) & (kind.needs | kind.supports)) == 0) continue;
      if ((kind.supports & bit(trait)) != 0) guess.confidence += kind.step;
      guess.evidence.push_back(examples_[trait]);
    }
    guesses.push_back(std::move(guess));
  }
  std::stable_sort(guesses.begin(), guesses.end(),
                   [](const AlgGuess& a, const AlgGuess& b) { return a.confidence > b.confidence; });
  return guesses;
}

}  // namespace vialens

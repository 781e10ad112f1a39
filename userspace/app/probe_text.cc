#include "userspace/app/probe_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

constexpr std::size_t kUsualWidth = 100;  // of sentences where nobody knows the width

std::string_view state_of(const TriedWay& way) {
  if (!way.is_open()) return "closed";
  if (way.is_rewritten()) return "rewritten";
  return way.lost == 0 ? "clean" : "lossy";
}

std::string_view transport_of(const TriedWay& way) { return way.tls ? "tls" : to_string(way.transport); }

std::string names_of_escapes(const ProbeResult& result) {
  std::string names;
  for (const TriedWay& way : result.ways)
    if (way.escapes()) names += (names.empty() ? "" : ", ") + way.name();
  return names;
}

const AlgGuess* guess_of(const ProbeResult& result) {
  for (const TriedWay& way : result.ways)
    if (!way.judgement.guesses.empty()) return &way.judgement.guesses.front();
  return nullptr;
}

std::string verdict(const ProbeResult& result) {
  const auto open = [](const TriedWay& way) { return way.is_open(); };
  if (std::none_of(result.ways.begin(), result.ways.end(), open))
    return "No SIP reached the reflector by any way: a firewall is in between, or the reflector's ports are closed.";
  if (result.shows_alg()) {
    const std::string escapes = names_of_escapes(result);
    return fmt::format(
        "There is a SIP ALG between here and the reflector.{}",
        escapes.empty() ? " No way that was tried escapes it." : fmt::format(" What escapes it: {}.", escapes));
  }
  const bool lossy = std::any_of(result.ways.begin(), result.ways.end(),
                                 [](const TriedWay& way) { return way.is_open() && way.lost != 0; });
  return lossy ? "Nothing was rewritten on the way to the reflector, but messages got lost."
               : "No SIP ALG between here and the reflector: everything arrived as it was sent.";
}

std::string memory_of(const NatFacts& nat) {
  if (nat.lives && nat.dies) return fmt::format("remembers UDP for {} to {} s", nat.lives->count(), nat.dies->count());
  if (nat.dies) return fmt::format("forgets UDP within {} s", nat.dies->count());
  if (nat.lives) return fmt::format("remembers UDP for {} s at least", nat.lives->count());
  return "";
}

std::string nat_text(const ProbeResult& result) {
  const NatFacts& nat = result.nat;
  if (!nat.translates && result.local == result.outside)
    return fmt::format("no NAT: {} is seen as it is", to_string(result.local));
  std::string text = fmt::format("{} is seen as {}", to_string(result.local), to_string(result.outside));
  if (nat.keeps_port) text += ", with the port that it sends from";
  if (nat.one_port_for_all)
    text += *nat.one_port_for_all ? "; one port outside for all (RFC 4787 4.1)"
                                  : "; another port for each destination: a symmetric NAT (RFC 4787 4.1)";
  if (nat.lets_other_ports_in)
    text += *nat.lets_other_ports_in ? "; lets other ports of the same host in" : "; lets in only whom it was sent to";
  const std::string memory = memory_of(nat);
  return memory.empty() ? text : text + "; " + memory;
}

Json or_null(const std::optional<std::chrono::seconds>& seconds) {
  return seconds ? Json(seconds->count()) : Json(nullptr);
}
Json or_null(const std::optional<bool>& value) { return value ? Json(*value) : Json(nullptr); }

Json to_json(const TriedWay& way) {
  Json findings = Json::array();
  for (const Finding& finding : way.judgement.findings) findings.push_back(vialens::to_json(finding));
  return {{"transport", transport_of(way)},
          {"port", way.port},
          {"state", state_of(way)},
          {"trouble", vialens::or_null(way.trouble)},
          {"sent", way.sent},
          {"lost", way.lost},
          {"lost_messages", way.lost_ones},
          {"grade", way.judgement.crossed() == 0 ? Json(nullptr) : Json(to_string(way.judgement.grade()))},
          {"findings", findings}};
}

}  // namespace

Json to_json(const ProbeResult& result) {
  Json ways = Json::array(), escapes = Json::array();
  for (const TriedWay& way : result.ways) {
    ways.push_back(to_json(way));
    if (way.escapes()) escapes.push_back(fmt::format("{} {}", transport_of(way), way.port));
  }
  const AlgGuess* const guess = guess_of(result);
  return {{"type", "probe"},
          {"reflector", to_string(result.reflector)},
          {"local", to_string(result.local)},
          {"outside", to_string(result.outside)},
          {"alg", result.shows_alg()},
          {"verdict", verdict(result)},
          {"ways", ways},
          {"escapes", escapes},
          {"guess", guess == nullptr ? Json(nullptr)
                                     : Json{{"kind", guess->kind},
                                            {"title", guess->title},
                                            {"confidence", guess->confidence},
                                            {"remedy", guess->remedy}}},
          {"nat",
           {{"translates", result.nat.translates},
            {"keeps_port", result.nat.keeps_port},
            {"one_port_for_all", or_null(result.nat.one_port_for_all)},
            {"lets_other_ports_in", or_null(result.nat.lets_other_ports_in)},
            {"udp_lives_s", or_null(result.nat.lives)},
            {"udp_dies_s", or_null(result.nat.dies)}}},
          {"media", {{"sent", result.media.sent}, {"returned", result.media.returned}}}};
}

std::string probe_text(const ProbeResult& result, const TableLayout& layout) {
  const std::size_t width = std::max<std::size_t>(layout.width == 0 ? kUsualWidth : layout.width, 40);
  std::string text =
      layout.paint(wrapped(verdict(result), width, 0), result.shows_alg() ? ansi::kRed : ansi::kGreen) + "\n\n";
  Grid grid(
      {{"way"}, {"state"}, {"grade"}, {"sent", Grid::Kind::figure}, {"lost", Grid::Kind::figure}, {"what was found"}});
  for (const TriedWay& way : result.ways) {
    std::string found = way.trouble;
    for (const Finding& finding : way.judgement.findings)
      found += (found.empty() ? "" : ", ") + std::string(finding.kind->id);
    const std::string_view state = state_of(way);
    grid.add({{way.name()},
              {std::string(state), state == "clean"       ? ansi::kGreen
                                   : state == "rewritten" ? ansi::kRed
                                                          : ansi::kYellow},
              {way.judgement.crossed() == 0 ? "-" : std::string(to_string(way.judgement.grade()))},
              {std::to_string(way.sent)},
              {std::to_string(way.lost)},
              {found.empty() ? "-" : found}});
  }
  text += grid.text(layout) + '\n';
  for (const TriedWay& way : result.ways) {
    for (const Finding& finding : way.judgement.findings)
      text += "  " +
              wrapped(fmt::format("{}: {} {}", way.name(), finding.kind->id, printable(finding.detail)), width - 2, 4) +
              '\n';
    std::map<std::string, unsigned> lost_ones;
    for (const std::string& lost : way.lost_ones) ++lost_ones[lost];
    for (const auto& [lost, times] : lost_ones)
      text += "  " +
              wrapped(fmt::format("{}: lost {}{}", way.name(), printable(lost),
                                  times == 1 ? "" : fmt::format(", {} times", times)),
                      width - 2, 4) +
              '\n';
  }
  const auto line = [&](std::string_view label, const std::string& words) {
    text += fmt::format("{:<8}{}\n", label, wrapped(words, width - 8, 8));
  };
  text += '\n';
  line("NAT", nat_text(result));
  line("Media", fmt::format("{} of {} packets of RTP came back", result.media.returned, result.media.sent));
  if (const AlgGuess* const guess = guess_of(result)) {
    line("ALG", fmt::format("looks like {} ({:.2f}, a guess)", guess->title, guess->confidence));
    line("To do", std::string(guess->remedy) + " `vialens explain alg-contact` says more.");
  }
  return text;
}

}  // namespace vialens::app

// vialens doctor: what is wrong with this box, before anybody has called.
#include <fmt/format.h>

#include <algorithm>

#include "userspace/app/commands.h"
#include "userspace/app/screen.h"
#include "userspace/doctor/check.h"
#include "userspace/doctor/check_json.h"
#include "userspace/doctor/host.h"
#include "userspace/sink/json.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

constexpr std::size_t kUsualWidth = 100;  // of sentences where nobody knows the width
constexpr std::size_t kState = 9, kIndent = kState + 2;

std::string_view colour_of(State state) {
  return state == State::ok ? ansi::kGreen : state == State::bad ? ansi::kRed : ansi::kYellow;
}

std::string text_of(const Check& check, const TableLayout& layout) {
  const std::size_t width = std::max<std::size_t>(layout.width == 0 ? kUsualWidth : layout.width, kIndent + 20);
  std::string text = "  " +
                     layout.paint(fmt::format("{:<{}}", to_string(check.state), kState), colour_of(check.state)) +
                     layout.paint(std::string(check.id), ansi::kBold) + '\n' + std::string(kIndent, ' ') +
                     wrapped(printable(check.reason), width - kIndent, kIndent) + '\n';
  for (const std::string& line : check.evidence)
    text += layout.paint(fmt::format("{}seen: {}", std::string(kIndent, ' '), printable(line)), ansi::kDim) + '\n';
  for (const std::string& line : check.fix) text += fmt::format("{}do:   {}\n", std::string(kIndent, ' '), line);
  return text;
}

std::string verdict(const std::vector<Check>& checks) {
  const auto count = [&](State state) {
    return std::count_if(checks.begin(), checks.end(), [&](const Check& check) { return check.state == state; });
  };
  const bool alg = std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.shows_alg(); });
  const bool unsure = std::any_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.state == State::unknown && check.id.starts_with("alg-");
  });
  const std::string_view sentence = alg ? "A SIP ALG is active on this box."
                                    : unsure
                                        ? "No SIP ALG was found on this box, but not everything could be looked at."
                                        : "No SIP ALG is active on this box.";
  return fmt::format("{} {} ok, {} bad, {} unknown.", sentence, count(State::ok), count(State::bad),
                     count(State::unknown));
}

int doctor(bool json) {
  const std::vector<Check> checks = examine(Host());
  const TableLayout layout = table_layout();
  for (const Check& check : checks)
    if (!print(json ? to_line(to_json(check)) : text_of(check, layout))) return kError;
  const bool alg = std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.shows_alg(); });
  if (!json) print('\n' + verdict(checks) + '\n');
  return alg ? kBad : kOk;
}

}  // namespace

void add_doctor(CLI::App& cli, Action& action) {
  auto json = std::make_shared<bool>(false);
  CLI::App& command = *cli.add_subcommand(
      "doctor", "Look at this box: is a SIP ALG active here, how was it switched on, and what else harms calls");
  command.add_flag("--json", *json, "Each check as JSON, one object a line");
  command.footer(
      "Examples:\n"
      "  sudo vialens doctor\n"
      "  sudo vialens doctor --json | jq -r 'select(.state == \"bad\") | .id, .fix[]'\n"
      "It changes nothing. What is to be done is printed as commands for this system; whoever types them should\n"
      "understand them. Without root some checks are unknown.\n"
      "Exit codes: 0 no ALG was found, 1 one is active.");
  command.callback([json, &action] { action = [json] { return doctor(*json); }; });
}

}  // namespace vialens::app

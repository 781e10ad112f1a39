// vialens explain: what a finding means, and where the switch is on this product.
#include <fmt/format.h>

#include "userspace/app/ask.h"
#include "userspace/app/commands.h"
#include "userspace/app/explain_text.h"
#include "userspace/app/router_choice.h"
#include "userspace/app/screen.h"
#include "userspace/core/words.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

struct ExplainOptions {
  AskOptions ask;
  RouterOptions router;
  std::string finding;
  bool list = false, json = false;
};

const FindingKind& wanted_kind(const std::string& id) {
  if (const FindingKind* const kind = find_kind(lower(id))) return *kind;
  const FindingKind* nearest = nullptr;
  std::size_t least = 1 + id.size() / 3;
  for (const FindingKind& kind : all_kinds())
    if (const std::size_t distance = edit_distance(lower(id), kind.id); distance < least)
      least = distance, nearest = &kind;
  throw UsageError(fmt::format("there is no finding \"{}\"{}; docs/findings.md lists them", printable(id),
                               nearest != nullptr ? fmt::format("; did you mean {}?", nearest->id) : ""));
}

int list_routers(bool json) {
  for (const Product& product : knowledge().products)
    if (!print(json ? to_line(to_json(product)) : fmt::format("{:<20} {}\n", product.id, product.name))) break;
  return kOk;
}

int explain(const ExplainOptions& options) {
  if (options.list) return list_routers(options.json);
  if (options.finding.empty() && options.router.name.empty())
    throw UsageError("explain needs a FINDING-ID, --router NAME or --list-routers");
  Explanation explanation;
  if (!options.finding.empty()) explanation.kind = &wanted_kind(options.finding);
  explanation.router =
      explanation.is_about_alg() ? options.router.named_or_guessed(options.ask) : options.router.named();
  print(options.json ? to_line(to_json(explanation)) : explanation_text(explanation, table_layout()));
  return kOk;
}

}  // namespace

void add_explain(CLI::App& cli, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App& command =
      *cli.add_subcommand("explain", "What a finding means, why it is said, and where the switch is on this router");
  command
      .add_option("FINDING-ID", options->finding, "alg-contact, call-dropped-32s, ...: as `vialens findings` has it")
      ->type_name("");
  options->router.add_to(command);
  command.add_flag("--list-routers", options->list, "The products that something is known of");
  command.add_flag("--json", options->json, "The same as JSON, in one line");
  options->ask.add_to(command);
  command.footer(
      "Examples:\n"
      "  vialens explain call-dropped-32s --router netgear\n"
      "  vialens explain alg-contact --ask-router     in the LAN of the router in question\n"
      "  vialens explain --list-routers\n"
      "A guess is said to be one. The steps say how sure they are.");
  command.callback([options, &action] { action = [options] { return explain(*options); }; });
}

}  // namespace vialens::app

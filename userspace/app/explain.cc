// vialens explain: what a finding means, and where the switch is on this product.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "userspace/app/ask.h"
#include "userspace/app/commands.h"
#include "userspace/app/explain_text.h"
#include "userspace/sink/json_fields.h"
#include "userspace/app/screen.h"
#include "userspace/core/words.h"
#include "userspace/knowledge/upnp.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

struct ExplainOptions {
  AskOptions ask;
  std::string finding, router;
  bool list = false, ask_router = false, json = false;
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

const Product& wanted_product(const std::string& word) {
  if (const Product* const product = knowledge().find(word)) return *product;
  const std::vector<std::string> near = knowledge().near(word);
  throw UsageError(
      fmt::format("nothing is known of the router \"{}\"{}; `vialens explain --list-routers` lists what is",
                  printable(word), near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, ", "))));
}

void add(Explanation& explanation, const std::vector<const Product*>& products, const std::string& why) {
  for (const Product* const product : products) explanation.guesses.push_back({product, why});
}

// This host may be the router itself.
void guess_by_system(Explanation& explanation) {
  if (!is_router()) return;
  const System system = this_system();
  for (const std::string& name : {system.id, system.name, system.board})
    if (const Product* const product = name.empty() ? nullptr : knowledge().find(name))
      add(explanation, {product}, fmt::format("this host passes packets on, and its system is {}", system.name));
}

void guess_by_gateway(Explanation& explanation, bool ask_router) {
  const auto gateway = default_gateway();
  if (!gateway) return;
  const std::string address = to_string(gateway->address);
  if (ask_router) {
    try {
      if (const auto device = ask_gateway(*gateway))
        add(explanation, made_by(knowledge(), device->maker, device->model),
            fmt::format("the gateway {} says over UPnP that it is {} {}", address, device->maker, device->model));
      else
        spdlog::info("the gateway {} says nothing of itself over UPnP", address);
    } catch (const std::system_error& error) {
      spdlog::warn("the gateway {} was not asked: {}", address, error.what());
    }
    if (!explanation.guesses.empty()) return;
  }
  const std::string maker = maker_of(gateway->mac);
  if (!maker.empty())
    add(explanation, made_by(knowledge(), maker, ""),
        fmt::format("the network card of the gateway {} ({}) is made by {}", address, gateway->mac, maker));
}

// What a vialens that runs has seen of the ALG, if there is one.
void guess_by_alg(Explanation& explanation, const AskOptions& ask) {
  try {
    const Json status = ask.client("")->get("/api/v1/status");
    const auto alg = status.find("alg");
    if (alg == status.end() || !alg->is_array() || alg->empty()) return;
    add(explanation, with_alg(knowledge(), text_in(alg->front(), "kind")),
        fmt::format("what was seen rewritten here looks like {}", text_in(alg->front(), "title")));
  } catch (const InputError& error) {
    if (ask.given()) throw;
    spdlog::debug("{}", error.what());
  }
}

int list_routers(bool json) {
  for (const Product& product : knowledge().products)
    if (!print(json ? to_line(to_json(product)) : fmt::format("{:<20} {}\n", product.id, product.name))) break;
  return kOk;
}

int explain(const ExplainOptions& options) {
  if (options.list) return list_routers(options.json);
  if (options.finding.empty() && options.router.empty())
    throw UsageError("explain needs a FINDING-ID, --router NAME or --list-routers");
  Explanation explanation;
  if (!options.finding.empty()) explanation.kind = &wanted_kind(options.finding);
  if (!options.router.empty()) {
    explanation.product = &wanted_product(options.router);
  } else if (explanation.is_about_alg()) {
    guess_by_system(explanation);
    if (explanation.guesses.empty()) guess_by_gateway(explanation, options.ask_router);
    if (explanation.guesses.empty()) guess_by_alg(explanation, options.ask);
    if (explanation.guesses.size() == 1) explanation.product = explanation.guesses.front().product;
  }
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
  command
      .add_option("--router", options->router,
                  "Say how it is done on that product: a name of --list-routers. Without it the product is guessed, by "
                  "this system, by the maker of the gateway's network card, or by what a vialens that runs has seen")
      ->type_name("NAME");
  command.add_flag("--ask-router", options->ask_router,
                   "Ask the gateway over UPnP what it is, which sends a packet to the network");
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

#include "userspace/app/router_choice.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <system_error>

#include "userspace/core/error.h"
#include "userspace/knowledge/gateway.h"
#include "userspace/knowledge/upnp.h"
#include "userspace/sink/json_fields.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

const Product& wanted_product(const std::string& word) {
  if (const Product* const product = knowledge().find(word)) return *product;
  const std::vector<std::string> near = knowledge().near(word);
  throw UsageError(
      fmt::format("nothing is known of the router \"{}\"{}; `vialens explain --list-routers` lists what is",
                  printable(word), near.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(near, ", "))));
}

void add(RouterChoice& choice, const std::vector<const Product*>& products, const std::string& why) {
  for (const Product* const product : products) choice.guesses.push_back({product, why});
}

// This host may be the router itself.
void guess_by_system(RouterChoice& choice) {
  if (!is_router()) return;
  const System system = this_system();
  for (const std::string& name : {system.id, system.name, system.board})
    if (const Product* const product = name.empty() ? nullptr : knowledge().find(name))
      add(choice, {product}, fmt::format("this host passes packets on, and its system is {}", system.name));
}

void guess_by_gateway(RouterChoice& choice, bool ask_router) {
  const auto gateway = default_gateway();
  if (!gateway) return;
  const std::string address = to_string(gateway->address);
  if (ask_router) {
    try {
      if (const auto device = ask_gateway(*gateway))
        add(choice, made_by(knowledge(), device->maker, device->model),
            fmt::format("the gateway {} says over UPnP that it is {} {}", address, device->maker, device->model));
      else
        spdlog::info("the gateway {} says nothing of itself over UPnP", address);
    } catch (const std::system_error& error) {
      spdlog::warn("the gateway {} was not asked: {}", address, error.what());
    }
    if (!choice.guesses.empty()) return;
  }
  const std::string maker = maker_of(gateway->mac);
  if (!maker.empty())
    add(choice, made_by(knowledge(), maker, ""),
        fmt::format("the network card of the gateway {} ({}) is made by {}", address, gateway->mac, maker));
}

// What a vialens that runs has seen of the ALG, if there is one.
void guess_by_alg(RouterChoice& choice, const AskOptions& ask) {
  try {
    const Json status = ask.client("")->get("/api/v1/status");
    const Json& summary = object_in(status, "summary");
    const auto alg = summary.find("alg");
    if (alg == summary.end() || !alg->is_array() || alg->empty()) return;
    add(choice, with_alg(knowledge(), text_in(alg->front(), "kind")),
        fmt::format("what was seen rewritten here looks like {}", text_in(alg->front(), "title")));
  } catch (const InputError& error) {
    if (ask.given()) throw;
    spdlog::debug("{}", error.what());
  }
}

}  // namespace

void RouterOptions::add_to(CLI::App& command) {
  command
      .add_option(
          "--router", name,
          "Say how it is done on that product: a name of `vialens explain --list-routers`. Without it the "
          "product is guessed, by this system, by the maker of the gateway's network card, or by what a vialens "
          "that runs has seen")
      ->type_name("NAME");
  command.add_flag("--ask-router", ask_router,
                   "Ask the gateway over UPnP what it is, which sends a packet to the network");
}

RouterChoice RouterOptions::named() const { return {name.empty() ? nullptr : &wanted_product(name)}; }

RouterChoice RouterOptions::named_or_guessed(const AskOptions& ask) const {
  RouterChoice choice = named();
  if (choice.product != nullptr) return choice;
  guess_by_system(choice);
  if (choice.guesses.empty()) guess_by_gateway(choice, ask_router);
  if (choice.guesses.empty()) guess_by_alg(choice, ask);
  if (choice.guesses.size() == 1) choice.product = choice.guesses.front().product;
  return choice;
}

}  // namespace vialens::app

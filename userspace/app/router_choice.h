// Which product the router is: named by the user, or guessed.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "userspace/app/ask.h"
#include "userspace/knowledge/guess.h"

namespace vialens::app {

struct RouterChoice {
  const Product* product = nullptr;  // nullptr: none was named, and not exactly one was guessed
  std::vector<Guess> guesses{};      // empty if it was named
};

struct RouterOptions {
  std::string name;
  bool ask_router = false;

  // Adds --router and --ask-router.
  void add_to(CLI::App& command);
  // The one that was named; nothing if none was. Throws UsageError for one that is not known.
  RouterChoice named() const;
  // That, or a guess: by this system if it is a router, by the gateway, or by what a vialens that runs has seen. Throws
  // InputError where one was to be asked that does not answer.
  RouterChoice named_or_guessed(const AskOptions& ask) const;
};

}  // namespace vialens::app

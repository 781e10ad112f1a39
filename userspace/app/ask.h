// Whom to ask: the flags of every subcommand that asks a vialens that runs.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "userspace/http/client.h"

namespace vialens::app {

struct AskOptions {
  HttpClient::Where where;

  // Adds --socket, --url, --token and --ca-file.
  void add_to(CLI::App& command);
  bool given() const noexcept { return given_socket->count() != 0 || given_url->count() != 0; }
  // `instead`: what else there is to do where nobody answers, as a sentence.
  std::shared_ptr<HttpClient> client(std::string_view instead) const;

  CLI::Option* given_socket = nullptr;  // the command's
  CLI::Option* given_url = nullptr;
};

}  // namespace vialens::app

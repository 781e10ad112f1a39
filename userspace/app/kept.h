// What a history has kept, in the words of the HTTP API: in a file, without asking anybody, or of the vialens that
// runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "userspace/http/client.h"

namespace vialens::app {

// `name`: "calls", "findings" or "registrations". The latest come first.
using Kept = std::function<Items(std::string_view name, const HttpClient::Parameters& parameters, std::size_t limit)>;

// Adds --history [FILE], which says that it is asked for, and where.
CLI::Option* add_history(CLI::App& command, std::string& file);

Kept kept_in(const std::string& file);
Kept kept_by(std::shared_ptr<HttpClient> client);

}  // namespace vialens::app

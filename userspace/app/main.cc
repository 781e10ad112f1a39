// Parses the command line, does what it asks for, and turns what went wrong into a sentence and an exit code.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>
#include <string>

#include "userspace/app/commands.h"
#include "userspace/core/error.h"
#include "vialens_version.h"

namespace {

// Results go to stdout, everything about the work itself to stderr.
void set_up_log(const std::string& level) {
  auto logger = spdlog::stderr_color_st("vialens");
  logger->set_pattern("vialens: %^%l%$: %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

int fail(const std::string& what, int code) noexcept {
  std::fputs(("vialens: " + what + '\n').c_str(), stderr);
  return code;
}

int run(int argc, char** argv) {
  using namespace vialens::app;
  CLI::App cli{"vialens shows what a router does to phone calls: which SIP messages its ALG rewrites or swallows."};
  cli.name("vialens");
  cli.set_version_flag("--version", "vialens " VIALENS_VERSION);
  cli.fallthrough();             // `vialens read FILE --log warn` is `vialens --log warn read FILE`
  cli.require_subcommand(0, 1);  // none is told below: CLI11 would say so before it names a word that it does not know
  std::string log_level = "info";
  cli.add_option("--log", log_level, "What is told about the work itself, on stderr: debug, info, warn, error or off")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  Action action;
  add_run(cli, action);
  add_read(cli, action);
  add_calls(cli, action);
  add_findings(cli, action);
  try {
    cli.parse(argc, argv);
    if (!action) throw CLI::RequiredError("A subcommand (run, read, calls or findings)");
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? kOk : kUsage;
  }
  set_up_log(log_level);
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace vialens::app;
  try {
    return run(argc, argv);
  } catch (const vialens::UsageError& error) {
    return fail(std::string(error.what()) + " (see `vialens SUBCOMMAND --help`)", kUsage);
  } catch (const std::exception& error) {
    return fail(error.what(), kError);
  }
}

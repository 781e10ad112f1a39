// Parses the command line, does what it asks for, and turns what went wrong into a sentence and an exit code.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>
#include <string>

#include "userspace/app/command_line.h"
#include "userspace/core/error.h"
#include "userspace/sink/text.h"

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

// A problem a line.
int fail_each(std::string_view problems, int code) noexcept {
  while (true) {
    const std::size_t end = problems.find('\n');
    fail(std::string(problems.substr(0, end)), code);
    if (end == problems.npos) return code;
    problems.remove_prefix(end + 1);
  }
}

std::string subcommands(const CLI::App& cli) {
  std::string names;
  for (const CLI::App* const command : cli.get_subcommands([](const CLI::App*) { return true; }))
    names += (names.empty() ? "" : ", ") + command->get_name();
  return names;
}

// The first word of a command line in which no subcommand was found; empty if there was one, or is no word.
std::string unknown_subcommand(const CLI::App& cli, int argc, char** argv) {
  if (!cli.get_subcommands().empty() || argc < 2 || *argv[1] == '-') return "";
  return vialens::printable(argv[1]);
}

int run(int argc, char** argv) {
  using namespace vialens::app;
  CommandLine line;
  try {
    line.cli.parse(argc, argv);
    if (!line.action) throw CLI::RequiredError("A subcommand (" + subcommands(line.cli) + ")");
  } catch (const CLI::ParseError& error) {
    if (const std::string word = unknown_subcommand(line.cli, argc, argv); !word.empty())
      return fail(fmt::format("there is no subcommand \"{}\"; there are: {}", word, subcommands(line.cli)), kUsage);
    return line.cli.exit(error) == 0 ? kOk : kUsage;
  }
  set_up_log(line.global.output.log);
  return line.action();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace vialens::app;
  try {
    return run(argc, argv);
  } catch (const vialens::UsageError& error) {
    return fail(std::string(error.what()) + " (see `vialens SUBCOMMAND --help`)", kUsage);
  } catch (const vialens::ConfigError& error) {
    return fail_each(error.what(), kUsage);
  } catch (const std::exception& error) {
    return fail(error.what(), kError);
  }
}

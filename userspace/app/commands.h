// The subcommands. Each adds itself to the command line; what it returns is the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/sink/sink.h"

namespace vialens::app {

// 0 ok, 1 the question was answered with "bad", 2 usage, 3 input or system error.
enum ExitCode { kOk = 0, kBad = 1, kUsage = 2, kError = 3 };

using Action = std::function<int()>;

// Registers the subcommand; `action` is set to its work if it is the one that was asked for.
void add_read(CLI::App& cli, Action& action);
void add_run(CLI::App& cli, Action& action);
void add_probe(CLI::App& cli, Action& action);
void add_reflector(CLI::App& cli, Action& action);
void add_report(CLI::App& cli, Action& action);
void add_doctor(CLI::App& cli, Action& action);
void add_explain(CLI::App& cli, Action& action);
void add_check_config(CLI::App& cli, Action& action);
void add_show(CLI::App& cli, Action& action);
void add_evidence(CLI::App& cli, Action& action);
void add_status(CLI::App& cli, Action& action);
void add_calls(CLI::App& cli, Action& action);
void add_findings(CLI::App& cli, Action& action);
void add_registrations(CLI::App& cli, Action& action);
void add_flows(CLI::App& cli, Action& action);
void add_taps(CLI::App& cli, Action& action);

// What read and run have in common.
struct OutputOptions {
  bool json = false;
  std::vector<std::string> fail_on;  // finding ids; "any" for all

  void add_to(CLI::App& command);
  void add_fail_on(CLI::App& command);  // for a command that has --json elsewhere
  int exit_code(const FindingCounts& findings) const;
};

// What a capture, live or from files, has seen on SIP ports that was too short to be SIP.
template <class Capture>
std::uint64_t keep_alives_of(const Capture& capture) {
  std::uint64_t count = 0;
  for (const TapInfo& tap : capture.taps()) count += capture.counters(tap.id).packets[VIALENS_O_KEEPALIVE];
  return count;
}

std::unique_ptr<Sink> make_sink(bool json);  // on stdout

}  // namespace vialens::app

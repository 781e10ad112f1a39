// vialens probe: is there an ALG between this host and a reflector, and what escapes it.
#include <unistd.h>

#include <cstdio>

#include "userspace/app/commands.h"
#include "userspace/app/probe_text.h"
#include "userspace/app/screen.h"

namespace vialens::app {
namespace {

struct ProbeFlags {
  ProbeOptions probe;
  unsigned nat_seconds = 300;
  bool quick = false, json = false;
};

// On a terminal, in one line.
void show(const std::string& what) {
  if (isatty(STDERR_FILENO) != 0) std::fputs(("\r\x1b[Kvialens: " + what).c_str(), stderr);
}

int run_probe(const ProbeFlags& flags) {
  ProbeOptions options = flags.probe;
  options.longest = std::chrono::seconds(flags.quick ? 0 : flags.nat_seconds);
  const ProbeResult result = probe(options, [](const std::string& what) { show(what + " ..."); });
  show("");
  print(flags.json ? to_line(to_json(result)) : probe_text(result, table_layout()));
  return result.shows_alg() ? kBad : kOk;
}

}  // namespace

void add_probe(CLI::App& cli, Action& action) {
  auto flags = std::make_shared<ProbeFlags>();
  CLI::App& command = *cli.add_subcommand(
      "probe",
      "Send SIP through the router to a reflector, and see what becomes of it: is there an ALG, what escapes it");
  command.add_option("HOST", flags->probe.host, "Where `vialens reflector` runs")->required()->type_name("");
  command.add_option("--control-port", flags->probe.control_port, "The reflector's control port")
      ->type_name("PORT")
      ->capture_default_str();
  command.add_flag("--quick", flags->quick, "Do not measure how long the NAT remembers");
  command.add_option("--nat-seconds", flags->nat_seconds, "How long to wait for the NAT to forget, 5 to 600")
      ->type_name("SECONDS")
      ->check(CLI::Range(5, 600))
      ->capture_default_str();
  command.add_flag("--json", flags->json, "The same as JSON, in one line");
  command.footer(
      "Examples:\n"
      "  vialens probe reflector.example --quick\n"
      "  vialens probe 203.0.113.7 --json | jq .escapes\n"
      "It needs no privilege. Run it in the LAN of the router in question.\n"
      "Exit codes: 0 no ALG, 1 there is one.");
  command.callback([flags, &action] { action = [flags] { return run_probe(*flags); }; });
}

}  // namespace vialens::app

// vialens reflector: the counterpart of vialens probe, on a host with a public address.
#include "userspace/probe/reflector.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <system_error>

#include "userspace/app/commands.h"
#include "userspace/app/signals.h"
#include "userspace/core/error.h"

namespace vialens::app {
namespace {

int reflect(const Reflector::Options& options) try {
  Signals signals;
  Reflector reflector(options);
  spdlog::info("waiting for probes on TCP port {}; SIP on {}, media on UDP port {}", options.control_port,
               fmt::join(options.sip_ports, ", "), options.media_port);
  while (signals.read() != Signals::News::stop) reflector.work(std::chrono::milliseconds(200));
  const Reflector::Counts& counts = reflector.counts();
  spdlog::info("{} probes, {} messages kept, {} of strangers left alone, {} sent, {} refused", counts.probes,
               counts.kept, counts.strangers, counts.sent, counts.refused);
  return kOk;
} catch (const std::system_error& error) {
  throw InputError(
      fmt::format("{}; choose other ports with --port, --tls-port, --media-port, --control-port", error.what()));
}

}  // namespace

void add_reflector(CLI::App& cli, Action& action) {
  auto options = std::make_shared<Reflector::Options>();
  CLI::App& command = *cli.add_subcommand(
      "reflector", "The counterpart of probe: says over another port what has arrived, on a host outside");
  command
      .add_option(
          "--port", options->sip_ports,
          "Where SIP is waited for, UDP and TCP: 5060, and one that ALGs do not know (may be given several times)")
      ->type_name("PORT")
      ->capture_default_str();
  command
      .add_option("--tls-port", options->tls_port,
                  "Where SIP over TLS is waited for, with a certificate of its own making")
      ->type_name("PORT")
      ->capture_default_str();
  command.add_option("--media-port", options->media_port, "Where RTP is sent back, UDP")
      ->type_name("PORT")
      ->capture_default_str();
  command.add_option("--control-port", options->control_port, "Where probes ask, TCP")
      ->type_name("PORT")
      ->capture_default_str();
  command.footer(
      "Examples:\n"
      "  vialens reflector\n"
      "  vialens reflector --port 5060 --port 25060 --log debug\n"
      "It can stand on the internet: it answers only what a probe asks for over TCP, to the address of that probe, "
      "never\n"
      "with more bytes than came, and so many a second. It needs no privilege, and ends with SIGTERM.");
  command.callback([options, &action] { action = [options] { return reflect(*options); }; });
}

}  // namespace vialens::app

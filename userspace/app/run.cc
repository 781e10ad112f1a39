// vialens run: the kernel programs on the interfaces of this box, until it is told to stop.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>

#include <csignal>
#include <optional>
#include <utility>

#include "userspace/app/commands.h"
#include "userspace/app/export_options.h"
#include "userspace/app/flows.h"
#include "userspace/capture/live/live_capture.h"
#include "userspace/core/error.h"
#include "userspace/core/limits.h"
#include "userspace/engine/engine.h"
#include "userspace/history/history.h"
#include "userspace/metrics/metrics_file.h"
#include "userspace/sink/outbox.h"
#include "vialens_version.h"

namespace vialens::app {
namespace {

// How often timers fire and counters are read while no packet comes.
constexpr std::chrono::milliseconds kTick{200};

struct RunOptions {
  std::vector<std::string> lan, wan, taps;
  std::string side;
  std::string hook = "auto";
  std::vector<std::uint16_t> sip_ports;
  std::uint32_t ring_mib = 4;
  std::uint32_t calls = 500;
  double duration = 0;
  std::string metrics_file;
  OutputOptions output;
  ExportOptions exports;
  std::string history;
  unsigned history_days = 30;
  std::uint64_t history_mib = 64;
};

std::unique_ptr<History> history_of(const RunOptions& options) {
  if (options.history.empty()) return nullptr;
  return std::make_unique<History>(
      History::Options{options.history, options.history_mib << 20U, std::chrono::days(options.history_days)});
}

live::LiveCapture::Options capture_options(const RunOptions& options) {
  live::LiveCapture::Options result;
  for (const std::string& name : options.lan) result.interfaces.push_back({name, Side::lan});
  for (const std::string& name : options.wan) result.interfaces.push_back({name, Side::wan});
  for (const std::string& name : options.taps) result.interfaces.push_back({name, side_named(options.side)});
  if (result.interfaces.empty())
    throw UsageError("no interface: name both sides of the router with --lan and --wan, or one with --tap");
  result.hook = live::hook_named(options.hook);
  result.ring_bytes = options.ring_mib << 20U;
  result.tables = live::TableSizes::for_calls(options.calls);
  if (!options.sip_ports.empty()) result.sip_ports = options.sip_ports;
  return result;
}

// SIGINT, SIGTERM and SIGHUP as a descriptor to wait for, so that no handler interrupts the work.
live::FileDescriptor stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return live::FileDescriptor(live::check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "wait for signals"));
}

bool stopped(const live::FileDescriptor& signals) {
  signalfd_siginfo info;
  return read(signals.get(), &info, sizeof(info)) == sizeof(info);
}

int run(const RunOptions& options) {
  const live::FileDescriptor signals = stop_signals();
  const std::unique_ptr<History> history = history_of(options);
  live::LiveCapture capture(capture_options(options));
  const std::unique_ptr<Sink> sink = options.output.make_sink();
  const std::unique_ptr<Exports> exports = options.exports.make();
  Metrics metrics({VIALENS_VERSION, VIALENS_COMMIT});
  std::optional<MetricsFile> metrics_file;
  std::vector<Sink*> sinks;
  if (history) sinks.push_back(history.get());  // first: what is printed is in the history
  for (Sink* const one : exports->sinks()) sinks.push_back(one);
  sinks.push_back(sink.get());
  sinks.push_back(&metrics);
  if (!options.metrics_file.empty()) sinks.push_back(&metrics_file.emplace(options.metrics_file, metrics));
  Outbox outbox(std::move(sinks));
  Engine engine(capture.taps(), outbox);
  const Time started = capture.now();
  const auto tell_sums = [&](Time now, void (Sink::*how)(const Summary&)) {
    std::vector<TapReport> reports;
    for (const TapInfo& tap : capture.taps()) reports.push_back({tap, capture.counters(tap.id)});
    std::vector<TableFill> tables = tables_of(capture, engine);
    tables.push_back(outbox.fill());
    if (history) tables.push_back(history->fill());
    (outbox.*how)({.totals = engine.totals(),
                   .taps = reports,
                   .findings = engine.findings(),
                   .seconds = std::chrono::duration<double>(now - started).count(),
                   .alg = engine.alg_guesses(),
                   .tables = std::move(tables),
                   .counts = engine.counts(),
                   .now = now});
  };
  std::uint64_t misses = 0;
  const auto notice_losses = [&] {
    if (capture.blind()) engine.capture_lost(capture.now());
    if (const std::uint64_t now_missed = capture.misses(); now_missed != misses) {
      spdlog::warn("the capture missed something ({} so far); nothing is concluded from silence before now",
                   now_missed);
      misses = now_missed;
      engine.capture_lost(capture.now());
    }
  };
  // Reading what has gathered may take long, and the engine's clock are the packets: before it concludes anything about
  // a time, losses until then must be known.
  Time noticed = started;
  const live::LiveCapture::Sink observe = [&](const Piece& piece) {
    if (piece.time - noticed > kTick) {
      noticed = capture.now();
      notice_losses();
    }
    engine.observe(piece);
  };
  Time flows_read = started;
  expect_media(capture, engine);

  std::vector<std::uint64_t> counted(capture.taps().size());
  const auto notice_packets = [&](Time now) {
    for (const TapInfo& tap : capture.taps())
      if (const std::uint64_t count = packets(capture.counters(tap.id)); count != std::exchange(counted[tap.id], count))
        engine.packet_seen(tap.id, now);
  };

  spdlog::info("running; stop with Ctrl-C");
  const auto over = [&] {
    return options.duration > 0 && std::chrono::duration<double>(capture.now() - started).count() >= options.duration;
  };
  while (!stopped(signals) && !over()) {
    // A packet that was seen at one tap may still be on its way to the other while the ring is read: timers only fire
    // for times that lie behind.
    const Time before = capture.now();
    capture.poll(kTick, signals.get(), observe);
    notice_losses();
    if (before - flows_read >= kFlowsEvery) {
      flows_read = before;
      read_media(capture, engine);
      engine.keep_alives(keep_alives_of(capture));
      notice_packets(before);
      tell_sums(before, &Sink::on_status);
    }
    engine.advance(before);
  }
  notice_losses();
  capture.detach();
  capture.drain(observe);
  read_media(capture, engine);
  engine.finish();

  tell_sums(capture.now(), &Sink::on_summary);
  outbox.close();
  return options.output.exit_code(engine.findings());
}

}  // namespace

void add_run(CLI::App& cli, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App& command = *cli.add_subcommand("run", "Watch the interfaces of this box; needs root");
  command.add_option("--lan", options->lan, "Interface on the side of the phones (may be given several times)");
  command.add_option("--wan", options->wan, "Interface on the side of the provider (may be given several times)");
  CLI::Option* tap = command.add_option("--tap", options->taps, "Interface with one side of a router in sight");
  command.add_option("--side", options->side, "Where --tap is: lan, wan or server")
      ->check(CLI::IsMember({"lan", "wan", "server"}))
      ->needs(tap);
  command
      .add_option(
          "--hook", options->hook,
          "Where packets that come in are seen: auto (native XDP, else TCX, else clsact), xdp, tcx or clsact; packets "
          "that go out are seen by TCX, else clsact")
      ->check(CLI::IsMember({"auto", "xdp", "tcx", "clsact"}));
  add_sip_ports(command, options->sip_ports);
  command.add_option("--ring", options->ring_mib, "Size of the ring buffer in MiB (default 4)")
      ->check(CLI::Range(1, 1024));
  command
      .add_option(
          "--calls", options->calls,
          "How many calls at once are followed (default 500): the kernel's tables for their media are made that "
          "large, with 7 MiB at least and 5 KiB a call beyond that; up to 131072")
      ->check(CLI::Range(std::size_t{1}, kMostCalls));
  command.add_option("--duration", options->duration, "Stop after so many seconds")->check(CLI::PositiveNumber);
  command.add_option("--metrics-file", options->metrics_file,
                     "Write the metrics for Prometheus to this file, every 15 s and at the end (for node_exporter's "
                     "textfile collector the name ends in .prom)");
  options->output.add_to(command);
  options->exports.add_to(command);
  CLI::Option* history =
      command.add_option("--history", options->history,
                         "Keep calls and findings in this file, for `vialens calls` and `vialens findings`");
  command.add_option("--history-days", options->history_days, "Forget what is older there (default 30)")
      ->check(CLI::Range(1, 3650))
      ->needs(history);
  command.add_option("--history-mib", options->history_mib, "Forget the oldest when the file is larger (default 64)")
      ->check(CLI::Range(4, 65536))
      ->needs(history);
  command.footer(
      "Examples:\n"
      "  vialens run --lan br-lan --wan pppoe-wan          a router: what enters against what leaves\n"
      "  vialens run --tap eth1 --side server --json       a PBX or a mirror port, for a program\n"
      "Stop with Ctrl-C; then the calls and the sums are printed. Packets are never changed, delayed or dropped, and "
      "the\n"
      "programs leave the kernel with this process, also when it is killed.");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace vialens::app

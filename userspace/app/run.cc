// vialens run: the kernel programs on the interfaces of this box, until it is told to stop.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "userspace/app/commands.h"
#include "userspace/app/consumers.h"
#include "userspace/app/flags.h"
#include "userspace/app/flows.h"
#include "userspace/app/notify.h"
#include "userspace/app/reload.h"
#include "userspace/app/signals.h"
#include "userspace/capture/live/live_capture.h"
#include "userspace/engine/engine.h"
#include "userspace/sink/outbox.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

// How often timers fire and counters are read while no packet comes.
constexpr std::chrono::milliseconds kTick{200};

struct RunOptions {
  Flags flags;
  double duration = 0;
  OutputOptions output;
};

live::LiveCapture::Options capture_options(const Config::Capture& config) {
  live::LiveCapture::Options result;
  for (const std::string& name : config.lan) result.interfaces.push_back({name, Side::lan});
  for (const std::string& name : config.wan) result.interfaces.push_back({name, Side::wan});
  for (const std::string& name : config.tap) result.interfaces.push_back({name, side_named(config.side)});
  result.hook = live::hook_named(config.hook);
  result.tables = live::TableSizes::for_calls(config.calls);
  if (config.ring_mib != 0) result.tables.ring_bytes = config.ring_mib << 20U;
  result.sip_ports = config.sip_ports;
  return result;
}

// For `systemctl status`.
std::string status_of(const Engine& engine) {
  const Totals totals = engine.totals();
  return fmt::format("{}, {}, {}", plural(totals.sip_messages, "SIP message"), plural(totals.calls, "call"),
                     plural(engine.findings().size(), "kind of finding", "kinds of findings"));
}

int run(const RunOptions& options) {
  const Signals signals;
  Notify notify;
  Config config = options.flags.config();
  spdlog::set_level(spdlog::level::from_str(config.output.log));
  live::LiveCapture capture(capture_options(config.capture));
  Consumers consumers(config);  // after the capture, whose taps they speak of until they end
  Outbox outbox(consumers.sinks());
  Engine engine(capture.taps(), outbox);
  const Time started = capture.now();
  engine.capture_lost(started);  // one side was watched before the other one
  const auto tell_sums = [&](Time now, void (Sink::*how)(const Summary&)) {
    std::vector<TapReport> reports;
    for (const TapInfo& tap : capture.taps()) reports.push_back({tap, capture.counters(tap.id)});
    std::vector<TableFill> tables = tables_of(capture, engine);
    tables.push_back(outbox.fill());
    for (const TableFill& table : consumers.tables()) tables.push_back(table);
    (outbox.*how)({.totals = engine.totals(),
                   .taps = reports,
                   .findings = engine.findings(),
                   .seconds = std::chrono::duration<double>(now - started).count(),
                   .alg = engine.alg_guesses(),
                   .tables = std::move(tables),
                   .counts = engine.counts(),
                   .now = now,
                   .rewriting = engine.rewriting()});
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
  Time read_flows = next_second(started);
  expect_media(capture, engine);

  std::vector<std::uint64_t> counted(capture.taps().size());
  const auto notice_packets = [&](Time now) {
    for (const TapInfo& tap : capture.taps())
      if (const std::uint64_t count = packets(capture.counters(tap.id)); count != std::exchange(counted[tap.id], count))
        engine.packet_seen(tap.id, now);
  };

  const auto reload = [&] {
    notify.reloading();
    config = read_again(options.flags, config);
    spdlog::set_level(spdlog::level::from_str(config.output.log));
    capture.watch(config.capture.sip_ports);
    consumers.reload(config);
    notify.ready(status_of(engine));
  };

  spdlog::info("running; stop with Ctrl-C");
  notify.ready(status_of(engine));
  const auto over = [&] {
    return options.duration > 0 && std::chrono::duration<double>(capture.now() - started).count() >= options.duration;
  };
  while (!over()) {
    const Signals::News news = signals.read();
    if (news == Signals::News::stop) break;
    if (news == Signals::News::reload) reload();
    // A packet that was seen at one tap may still be on its way to the other while the ring is read: timers only fire
    // for times that lie behind.
    const Time before = capture.now();
    capture.poll(kTick, signals.fd(), observe);
    notice_losses();
    if (before >= read_flows) {
      read_flows = next_second(before);
      read_media(capture, engine);
      engine.keep_alives(keep_alives_of(capture));
      notice_packets(before);
      consumers.set_ready(!capture.blind());
      tell_sums(before, &Sink::on_status);
    }
    engine.advance(before);
    if (const auto now = Notify::Clock::now(); notify.due(now)) notify.alive(now, status_of(engine));
  }
  notify.stopping();
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
  options->flags.add_to(command);
  command.add_option("--duration", options->duration, "Stop after so many seconds")->check(CLI::PositiveNumber);
  options->output.add_fail_on(command);
  command.footer(
      "Examples:\n"
      "  vialens run --lan br-lan --wan pppoe-wan          a router: what enters against what leaves\n"
      "  vialens run --tap eth1 --side server --json       a PBX or a mirror port, for a program\n"
      "  vialens run --config /etc/vialens/vialens.toml    as a service\n"
      "Stop with Ctrl-C; then the calls and the sums are printed. Packets are never changed, delayed or dropped, and "
      "the\n"
      "programs leave the kernel with this process, also when it is killed.");
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace vialens::app

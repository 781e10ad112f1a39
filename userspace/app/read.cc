// vialens read: capture files through the same engine as a live run. No root.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "userspace/app/commands.h"
#include "userspace/app/flags.h"
#include "userspace/app/flows.h"
#include "userspace/capture/file_capture.h"
#include "userspace/core/error.h"
#include "userspace/engine/engine.h"

namespace vialens::app {
namespace {

struct ReadOptions {
  std::vector<std::string> files;
  std::string lan, wan;
  std::string side;
  Config config;  // of which the ports are set
  OutputOptions output;
};

std::vector<FileCapture::File> files_of(const ReadOptions& options) {
  std::vector<FileCapture::File> files;
  if (!options.lan.empty()) files.push_back({options.lan, Side::lan});
  if (!options.wan.empty()) files.push_back({options.wan, Side::wan});
  for (const std::string& file : options.files) files.push_back({file, side_named(options.side)});
  if (files.empty()) throw UsageError("no capture file: name one, or two with --lan and --wan");
  if (files.size() > 255) throw UsageError("too many capture files: 255 at most");
  return files;
}

int read(const ReadOptions& options) {
  FileCapture capture(files_of(options), options.config.capture.sip_ports);
  const std::unique_ptr<Sink> sink = make_sink(options.output.json);
  Engine engine(capture.taps(), *sink);
  std::optional<Time> first;
  Time last;
  Time flows_read;
  expect_media(capture, engine);
  capture.run([&](const Piece& piece) { engine.observe(piece); },
              [&](TapId tap, Time now) {
                engine.packet_seen(tap, now);
                if (!first) first = now;
                last = std::max(last, now);
                if (now - flows_read >= kFlowsEvery) {
                  flows_read = now;
                  read_media(capture, engine);
                  engine.keep_alives(keep_alives_of(capture));
                }
                engine.advance(now);
              });
  read_media(capture, engine);
  engine.finish();

  std::vector<TapReport> reports;
  for (const TapInfo& tap : capture.taps()) reports.push_back({tap, capture.counters(tap.id)});
  const double seconds = first ? std::chrono::duration<double>(last - *first).count() : 0;
  sink->on_summary(
      {engine.totals(), reports, engine.findings(), seconds, engine.alg_guesses(), tables_of(capture, engine)});
  for (const std::string& warning : capture.warnings()) spdlog::warn("{}", warning);
  if (capture.cut_packets() != 0)
    spdlog::warn("{} packets are shorter in the file than they were on the wire (capture with `tcpdump -s 0`)",
                 capture.cut_packets());
  return options.output.exit_code(engine.findings());
}

}  // namespace

void add_read(CLI::App& cli, Action& action) {
  auto options = std::make_shared<ReadOptions>();
  CLI::App& command = *cli.add_subcommand("read", "Explain capture files (pcap, pcapng, also gzipped); needs no root");
  CLI::Option* files = command.add_option("FILE", options->files, "Capture files, read together in the order of time");
  CLI::Option* lan = command.add_option("--lan", options->lan, "What was captured on the side of the phone");
  CLI::Option* wan = command.add_option("--wan", options->wan, "What was captured on the side of the provider");
  lan->needs(wan)->excludes(files);
  wan->needs(lan)->excludes(files);
  command.add_option("--side", options->side, "Where FILE was captured: lan, wan or server")
      ->check(CLI::IsMember({"lan", "wan", "server"}))
      ->excludes(lan)
      ->excludes(wan);
  add_flag(command, *find_setting("capture.sip_ports"), options->config);
  options->output.add_to(command);
  command.footer(
      "Examples:\n"
      "  vialens read --lan lan.pcap --wan wan.pcap        what the router in between changed\n"
      "  vialens read trace.pcapng.gz --side wan --json    one side only, for a program\n"
      "  vialens read --lan a.pcap --wan b.pcap --fail-on any && echo clean");
  command.callback([options, &action] { action = [options] { return read(*options); }; });
}

}  // namespace vialens::app

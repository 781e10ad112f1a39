#include "userspace/app/capture_files.h"

#include <spdlog/spdlog.h>

#include "userspace/app/commands.h"
#include "userspace/app/flags.h"
#include "userspace/app/flows.h"
#include "userspace/core/error.h"
#include "userspace/engine/engine.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

std::vector<FileCapture::File> files_of(const CaptureFiles& options) {
  std::vector<FileCapture::File> files;
  if (!options.lan.empty()) files.push_back({options.lan, Side::lan});
  if (!options.wan.empty()) files.push_back({options.wan, Side::wan});
  for (const std::string& file : options.files) files.push_back({file, side_named(options.side)});
  if (files.empty()) throw UsageError("no capture file: name one, or two with --lan and --wan");
  if (files.size() > 255) throw UsageError("too many capture files: 255 at most");
  return files;
}

}  // namespace

void CaptureFiles::add_to(CLI::App& command) {
  CLI::Option* const names = command.add_option("FILE", files, "Capture files, read together in the order of time");
  CLI::Option* const on_lan = command.add_option("--lan", lan, "What was captured on the side of the phone");
  CLI::Option* const on_wan = command.add_option("--wan", wan, "What was captured on the side of the provider");
  on_lan->needs(on_wan)->excludes(names);
  on_wan->needs(on_lan)->excludes(names);
  command.add_option("--side", side, "Where FILE was captured: lan, wan or server")
      ->check(CLI::IsMember({"lan", "wan", "server"}))
      ->excludes(on_lan)
      ->excludes(on_wan);
  add_flag(command, *find_setting("capture.sip_ports"), config);
}

FileReading::FileReading(const CaptureFiles& files) : capture_(files_of(files), files.config.capture.sip_ports) {}

FindingCounts FileReading::run(Sink& sink) {
  Engine engine(capture_.taps(), sink);
  std::optional<Time> first;
  Time last;
  Time read_flows;
  expect_media(capture_, engine);
  capture_.run([&](const Piece& piece) { engine.observe(piece); },
               [&](TapId tap, Time now) {
                 engine.packet_seen(tap, now);
                 if (!first) first = now;
                 last = std::max(last, now);
                 if (now >= read_flows) {
                   read_flows = next_second(now);
                   read_media(capture_, engine);
                   engine.keep_alives(keep_alives_of(capture_));
                 }
                 engine.advance(now);
               });
  read_media(capture_, engine);
  engine.finish();

  std::vector<TapReport> reports;
  for (const TapInfo& tap : capture_.taps()) reports.push_back({tap, capture_.counters(tap.id)});
  const double seconds = first ? std::chrono::duration<double>(last - *first).count() : 0;
  sink.on_summary(
      {engine.totals(), reports, engine.findings(), seconds, engine.alg_guesses(), tables_of(capture_, engine)});
  for (const std::string& warning : capture_.warnings()) spdlog::warn("{}", warning);
  if (capture_.cut_packets() != 0)
    spdlog::warn("{} shorter in the file than on the wire (capture with `tcpdump -s 0`)",
                 plural(capture_.cut_packets(), "packet is", "packets are"));
  return engine.findings();
}

}  // namespace vialens::app

// vialens read: capture files through the same engine as a live run. No root.
#include "userspace/app/capture_files.h"
#include "userspace/app/commands.h"

namespace vialens::app {
namespace {

struct ReadOptions {
  CaptureFiles files;
  OutputOptions output;
};

int read(const ReadOptions& options) {
  FileReading reading(options.files);
  const std::unique_ptr<Sink> sink = make_sink(options.output.json);
  return options.output.exit_code(reading.run(*sink));
}

}  // namespace

void add_read(CLI::App& cli, Action& action) {
  auto options = std::make_shared<ReadOptions>();
  CLI::App& command = *cli.add_subcommand("read", "Explain capture files (pcap, pcapng, also gzipped); needs no root");
  options->files.add_to(command);
  options->output.add_to(command);
  command.footer(
      "Examples:\n"
      "  vialens read --lan lan.pcap --wan wan.pcap        what the router in between changed\n"
      "  vialens read trace.pcapng.gz --side wan --json    one side only, for a program\n"
      "  vialens read --lan a.pcap --wan b.pcap --fail-on any && echo clean");
  command.callback([options, &action] { action = [options] { return read(*options); }; });
}

}  // namespace vialens::app

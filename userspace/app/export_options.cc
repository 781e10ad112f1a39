#include "userspace/app/export_options.h"

namespace vialens::app {

Exports::Exports(const std::optional<HepExport::Options>& hep, const std::optional<RotatingFile::Options>& json_file) {
  if (json_file) {
    file_ = std::make_unique<RotatingFile>(*json_file);
    json_ = std::make_unique<JsonLines>([file = file_.get()](std::string_view line) { file->write(line); });
  }
  if (hep) hep_ = std::make_unique<HepExport>(*hep);
}

std::vector<Sink*> Exports::sinks() const {
  std::vector<Sink*> sinks;
  if (hep_) sinks.push_back(hep_.get());
  if (json_) sinks.push_back(json_.get());
  return sinks;
}

void Exports::reopen() noexcept {
  if (file_) file_->reopen();
}

void ExportOptions::add_to(CLI::App& command) {
  CLI::Option* hep = command.add_option(
      "--hep", collector,
      "Send messages and findings to a collector of Homer (HEP3), masked: udp:HOST:PORT, tcp:HOST:PORT or "
      "tls:HOST:PORT");
  command.add_flag("--hep-no-mask", no_mask, "Send them as they are, with numbers, names and addresses")->needs(hep);
  command.add_option("--hep-ca", ca_file, "Certificates (PEM) that vouch for the collector, in place of the system's")
      ->needs(hep);
  command.add_option("--json-file", json_file,
                     "Write JSON lines to this file, too; beyond 64 MiB it becomes FILE.1, and five of those are kept");
}

std::unique_ptr<Exports> ExportOptions::make() const {
  std::optional<HepExport::Options> hep;
  if (!collector.empty()) {
    hep.emplace();
    hep->collector = CollectorOptions::parse(collector);
    hep->collector.ca_file = ca_file;
    hep->mask = !no_mask;
  }
  std::optional<RotatingFile::Options> file;
  if (!json_file.empty()) file.emplace().path = json_file;
  return std::make_unique<Exports>(hep, file);
}

}  // namespace vialens::app

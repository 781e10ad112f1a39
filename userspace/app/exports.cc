#include "userspace/app/exports.h"

#include <utility>

namespace vialens::app {

Exports::JsonFile::JsonFile(const Config::Output& config)
    : file({config.json_file, std::uint64_t{config.json_rotate_mib} << 20U, config.json_keep}),
      lines([this](std::string_view line) { file.write(line); }) {}

std::unique_ptr<HepExport> Exports::make_hep(const Config::Hep& config) {
  if (config.target.empty()) return nullptr;
  HepExport::Options options;
  options.collector = CollectorOptions::parse(config.target);
  options.collector.ca_file = config.ca_file;
  options.node = config.node_id;
  options.node_name = config.node_name;
  options.password = config.password;
  options.mask = config.mask;
  options.mask_key = config.mask_key;
  return std::make_unique<HepExport>(std::move(options));
}

std::unique_ptr<Exports::JsonFile> Exports::make_json(const Config::Output& config) {
  return config.json_file.empty() ? nullptr : std::make_unique<JsonFile>(config);
}

Exports::Exports(const Config& config)
    : hep_config_(config.hep), hep_(make_hep(config.hep)), json_(make_json(config.output)) {}

// A new file object opens the file by its name, as it is now.
void Exports::reload(const Config& config) {
  Replacement next;
  next.json = make_json(config.output);
  if (config.hep != hep_config_) next.hep = make_hep(config.hep);
  hep_config_ = config.hep;
  const std::lock_guard lock(mutex_);
  next_.json = std::move(next.json);
  if (next.hep) next_.hep = std::move(next.hep);
}

void Exports::replace() {
  Replacement next;
  {
    const std::lock_guard lock(mutex_);
    next = std::exchange(next_, {});
  }
  if (next.hep) hep_ = std::move(*next.hep);
  if (next.json) json_ = std::move(*next.json);
}

template <class Tell>
void Exports::tell(const Tell& what) {
  replace();
  if (hep_) what(static_cast<Sink&>(*hep_));
  if (json_) what(static_cast<Sink&>(json_->lines));
}

void Exports::on_finding(const Finding& finding) {
  tell([&](Sink& sink) { sink.on_finding(finding); });
}

void Exports::on_call(const Call& call) {
  tell([&](Sink& sink) { sink.on_call(call); });
}

void Exports::on_registration(const Registration& registration) {
  tell([&](Sink& sink) { sink.on_registration(registration); });
}

void Exports::on_summary(const Summary& summary) {
  tell([&](Sink& sink) { sink.on_summary(summary); });
}

void Exports::on_message(const SeenMessage& message) {
  tell([&](Sink& sink) { sink.on_message(message); });
}

void Exports::on_status(const Summary& summary) {
  tell([&](Sink& sink) { sink.on_status(summary); });
}

}  // namespace vialens::app

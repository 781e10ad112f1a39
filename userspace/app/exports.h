// What leaves the box while it goes on: to a collector of Homer, to a file of JSON lines. Either may be replaced by a
// reload.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "userspace/config/config.h"
#include "userspace/export/hep_export.h"
#include "userspace/sink/json_lines.h"
#include "userspace/sink/rotating_file.h"

namespace vialens::app {

class Exports final : public Sink {
 public:
  explicit Exports(const Config& config);  // throws UsageError, InputError

  // From another thread than the one that tells: takes effect before the next thing is told. Files are opened anew in
  // any case, as after logrotate. Throws as the constructor, and then everything is as it was.
  void reload(const Config& config);

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_summary(const Summary& summary) override;
  void on_message(const SeenMessage& message) override;
  void on_status(const Summary& summary) override;

 private:
  struct JsonFile {
    explicit JsonFile(const Config::Output& config);
    RotatingFile file;
    JsonLines lines;
  };
  struct Replacement {
    std::optional<std::unique_ptr<HepExport>> hep;
    std::optional<std::unique_ptr<JsonFile>> json;
  };

  static std::unique_ptr<HepExport> make_hep(const Config::Hep& config);
  static std::unique_ptr<JsonFile> make_json(const Config::Output& config);
  template <class Tell>
  void tell(const Tell& what);
  void replace();

  // Of the thread that reloads.
  Config::Hep hep_config_;
  // Of the thread that tells: what was replaced ends there, which may take the two seconds in which a collector is sent
  // what was waiting. The capture does not wait for that.
  std::unique_ptr<HepExport> hep_;
  std::unique_ptr<JsonFile> json_;
  std::mutex mutex_;
  Replacement next_;
};

}  // namespace vialens::app

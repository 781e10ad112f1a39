#include "userspace/app/web.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <mutex>
#include <system_error>

#include "userspace/app/mask_record.h"
#include "userspace/core/error.h"
#include "userspace/evidence/evidence_file.h"
#include "userspace/evidence/ladder_json.h"
#include "userspace/evidence/ladder_text.h"
#include "userspace/history/history_reader.h"
#include "vialens_version.h"

namespace vialens::app {
namespace {

HttpServer::Options options_of(const Config::Http& config) {
  return {
      config.socket, config.tls_certificate, config.tls_key, {config.token_sha256, config.users}, config.allow_public};
}

std::optional<Json> ladder(const CallLog& calls, std::string_view call_id) {
  const auto record = calls.find(call_id);
  return record ? std::optional(to_json(ladder_of(*record))) : std::nullopt;
}

std::optional<std::string> text_of(const CallLog& calls, std::string_view call_id, const TextLayout& layout) {
  const auto record = calls.find(call_id);
  return record ? std::optional(ladder_text(*record, ladder_of(*record), calls.box_findings(), layout)) : std::nullopt;
}

// `mask`: nullptr hides nothing.
std::optional<std::string> evidence(const CallLog& calls, std::string_view call_id, const Mask* mask) {
  auto record = calls.find(call_id);
  if (!record) return {};
  if (mask != nullptr) record = std::make_shared<const CallRecord>(masked(*record, *mask));
  return evidence_file(*record, ladder_of(*record), "vialens " VIALENS_VERSION);
}

// One question at a time and a few seconds for each: a router has other things to do than to look for what is not
// there, and the writer's log cannot be begun anew meanwhile. From any thread.
class SharedReader {
 public:
  explicit SharedReader(const std::string& file) : reader_(file, kLongest) {}

  template <class List>
  Page<std::string> ask(List list, const Filter& filter) {
    const std::unique_lock lock(mutex_, kLongest);
    if (!lock.owns_lock()) throw InputError("others are reading the history; ask again");
    return (reader_.*list)(filter);
  }

 private:
  static constexpr std::chrono::seconds kLongest{5};

  HistoryReader reader_;
  std::timed_mutex mutex_;
};

Sources::Kept kept_in(const std::string& file) {
  if (file.empty()) return {};
  const auto reader = std::make_shared<SharedReader>(file);
  return {
      .calls = [reader](const Filter& filter) { return reader->ask(&HistoryReader::calls, filter); },
      .findings = [reader](const Filter& filter) { return reader->ask(&HistoryReader::findings, filter); },
      .registrations = [reader](const Filter& filter) { return reader->ask(&HistoryReader::registrations, filter); }};
}

// `chosen`: it was the user's choice, and so it must succeed.
template <class Listen>
void listen(bool chosen, Listen how) {
  try {
    how();
  } catch (const InputError& error) {
    if (chosen) throw;
    spdlog::warn("{}", error.what());
  }
}

}  // namespace

Web::Web(const Config::Http& config, const Metrics& metrics, const CallLog& calls, const std::string& history)
    : mask_(Mask::random_key()),
      server_(options_of(config),
              {.board = board_,
               .ladder = [&calls](std::string_view call_id) { return ladder(calls, call_id); },
               .evidence = [this, &calls](std::string_view call_id,
                                          bool mask) { return evidence(calls, call_id, mask ? &mask_ : nullptr); },
               .metrics = [&metrics](bool openmetrics) { return metrics.text(openmetrics); },
               .not_ready = [this]() -> std::string { return ready_ ? "" : "a side has no interface that is up"; },
               .started = std::chrono::system_clock::now(),
               .version = VIALENS_VERSION,
               .ladder_text =
                   [&calls](std::string_view call_id, std::size_t width, bool colour) {
                     return text_of(calls, call_id, {width, colour});
                   },
               .kept = kept_in(history)}) {
  const Config::Http defaults;
  if (config.listen != "off")
    listen(config.listen != defaults.listen, [&] {
      const ListenAddress address = server_.listen(ListenAddress::parse(config.listen));
      spdlog::info("the page, the API and /metrics: {}://{}/", config.tls_certificate.empty() ? "http" : "https",
                   to_string(address));
    });
  if (!config.socket.empty())
    listen(config.socket != defaults.socket, [&] {
      // A service manager makes this folder; who starts vialens by hand has none.
      std::error_code ignored;
      std::filesystem::create_directory(std::filesystem::path(config.socket).parent_path(), ignored);
      server_.listen_on_socket();
    });
}

Web::~Web() { board_.close(); }

}  // namespace vialens::app

#include "userspace/app/kept.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "userspace/history/history_reader.h"
#include "userspace/http/query.h"

namespace vialens::app {
namespace {

Page<std::string> page_of(const HistoryReader& reader, std::string_view name, const Filter& filter) {
  if (name == "calls") return reader.calls(filter);
  return name == "findings" ? reader.findings(filter) : reader.registrations(filter);
}

// Which parameters there are, the flags have seen to.
Filter filter_of(const HttpClient::Parameters& parameters) {
  std::vector<std::string_view> known;
  for (const auto& [name, value] : parameters) known.push_back(name);
  return parse_filter({parameters.begin(), parameters.end()}, known, std::chrono::system_clock::now());
}

}  // namespace

CLI::Option* add_history(CLI::App& command, std::string& file) {
  return command
      .add_option("--history", file,
                  "What is kept, which reaches further back: by the one that runs, if it does "
                  "(`vialens run --history FILE`), or in FILE, without asking anybody")
      ->type_name("[FILE]")
      ->expected(0, 1);
}

// Page by page, as large as they come.
Kept kept_in(const std::string& file) {
  return [reader = HistoryReader(file)](std::string_view name, const HttpClient::Parameters& parameters,
                                        std::size_t limit) {
    constexpr std::size_t kPage = 500;
    Filter filter = filter_of(parameters);
    Items all;
    for (all.more = true; all.more && all.items.size() < limit;) {
      filter.limit = std::min(kPage, limit - all.items.size());
      Page<std::string> page = page_of(reader, name, filter);
      std::move(page.items.begin(), page.items.end(), std::back_inserter(all.items));
      all.more = page.next.has_value();
      filter.before = page.next.value_or(0);
    }
    return all;
  };
}

Kept kept_by(std::shared_ptr<HttpClient> client) {
  return
      [client = std::move(client)](std::string_view name, const HttpClient::Parameters& parameters, std::size_t limit) {
        return client->list(fmt::format("/api/v1/history/{}", name), parameters, limit);
      };
}

}  // namespace vialens::app

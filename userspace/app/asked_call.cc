#include "userspace/app/asked_call.h"

#include <algorithm>

#include "userspace/sink/json_fields.h"

namespace vialens::app {
namespace {

constexpr std::size_t kMost = 10'000;  // more than are remembered

// In the order in which they began.
std::vector<CallEntry> calls_of(HttpClient& client) {
  std::vector<CallEntry> calls;
  const auto add = [&](const std::string& item, bool registration) {
    const Json object = Json::parse(item, nullptr, false);
    CallEntry& entry = calls.emplace_back();
    entry.call_id = text_in(object, "call_id");
    entry.registration = registration;
    entry.from = text_in(object, registration ? "aor" : "from");
    if (!registration) entry.to = text_in(object, "to");
    entry.started = moment_in(object, "started").value_or(Time{});
    if (const auto findings = object.find("findings"); findings != object.end()) entry.findings = findings->size();
  };
  for (const std::string& item : client.list("/api/v1/calls", {}, kMost).items) add(item, false);
  for (const std::string& item : client.list("/api/v1/registrations", {}, kMost).items) add(item, true);
  std::stable_sort(calls.begin(), calls.end(),
                   [](const CallEntry& a, const CallEntry& b) { return a.started < b.started; });
  return calls;
}

}  // namespace

std::string ask_for_call(HttpClient& client, const WantedCall& wanted, const std::string& behind,
                         const HttpClient::Parameters& parameters) {
  const auto ask = [&](const std::string& call_id) {
    return client.get_bytes("/api/v1/calls/" + percent_encoded(call_id) + behind, parameters);
  };
  if (!wanted.call_id.empty()) try {
      return ask(wanted.call_id);
    } catch (const NotFound&) {  // it may be the beginning of one
    }
  return ask(chosen(calls_of(client), wanted));
}

}  // namespace vialens::app

#include "userspace/app/kept_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "userspace/app/tables.h"
#include "userspace/sink/json_fields.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

constexpr std::size_t kMostFindings = 1000;
constexpr std::size_t kLongest = 256;     // that the API takes for a value
constexpr std::size_t kUsualWidth = 100;  // of sentences where nobody knows the width

// A finding that was told again, surer or with its cause, is kept each time: the last counts.
std::vector<std::string> findings_of(const Kept& kept, const KeptCall& call) {
  const Json object = Json::parse(call.object, nullptr, false);
  const char* const key = call.registration ? "aor" : "call_id";
  const std::string subject = text_in(object, key);
  std::vector<std::string> findings;
  std::set<std::string> known;
  const char* const parameter = call.registration ? "subscriber" : key;
  for (std::string& item : kept("findings", {{parameter, subject.substr(0, kLongest)}}, kMostFindings).items) {
    const Json finding = Json::parse(item, nullptr, false);
    if (text_in(finding, key) == subject && known.insert(text_in(finding, "id")).second)
      findings.push_back(std::move(item));
  }
  return findings;
}

}  // namespace

std::optional<KeptCall> find_kept(const Kept& kept, const std::string& call_id) try {
  if (call_id.size() > kLongest) return {};
  HttpClient::Parameters wanted;
  if (!call_id.empty()) wanted.emplace_back("call_id", call_id);
  for (const bool registration : {false, true}) {
    const Items found = kept(registration ? "registrations" : "calls", wanted, 1);
    if (found.items.empty()) continue;
    KeptCall call{found.items.front(), registration, {}};
    call.findings = findings_of(kept, call);
    return call;
  }
  return {};
} catch (const NotFound&) {  // no history is kept
  return {};
}

std::string text_of(const KeptCall& call, const TableLayout& layout) {
  const std::size_t width = std::max<std::size_t>(layout.width == 0 ? kUsualWidth : layout.width, 20);
  std::string text = wrapped("Out of the history, which keeps what was found, and no messages:", width, 0) + "\n\n";
  text += (call.registration ? registration_table : call_table)({call.object}, layout);
  std::vector<std::string> streams;
  const Json object = Json::parse(call.object, nullptr, false);
  if (const auto media = object.find("media"); media != object.end() && media->is_array())
    for (const Json& stream : *media) streams.push_back(to_text(stream));
  if (!streams.empty()) text += '\n' + flow_table(streams, layout);
  if (call.findings.empty())  // the oldest go first, and those of a call come before it
    return text + (words_in(object, "findings") == "-" ? "\nNothing was found wrong with it.\n"
                                                       : "\nOf what was found only the names are left.\n");
  text += '\n' + finding_table(call.findings, layout) + '\n';
  std::set<std::string> told{"-"};
  const auto paragraph = [&](std::string_view label, const std::string& words) {
    if (!told.insert(words).second) return;
    const std::string lines = wrapped(fmt::format("{} {}", label, printable(words)), width, 2);
    text += layout.paint(label, ansi::kBold) + lines.substr(label.size()) + '\n';
  };
  for (const std::string& item : call.findings) {
    const Json finding = Json::parse(item, nullptr, false);
    paragraph("Verdict:", text_in(finding, "verdict"));
    paragraph("What to do:", text_in(finding, "remedy"));
  }
  return text;
}

}  // namespace vialens::app

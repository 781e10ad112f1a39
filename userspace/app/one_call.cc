#include "userspace/app/one_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "userspace/app/commands.h"
#include "userspace/core/error.h"
#include "userspace/sink/tee.h"
#include "userspace/sink/terminal_words.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

// Whoever reads a file asked for all of it.
constexpr CallLog::Limits kLimits{
    .bytes = 512UL << 20U, .bytes_unclaimed = 8UL << 20U, .bytes_per_call = 8UL << 20U, .messages_per_call = 4096};
constexpr std::size_t kMostListed = 20;

std::string list_of(const std::vector<CallEntry>& calls) {
  std::string text;
  for (std::size_t i = 0; i < std::min(calls.size(), kMostListed); ++i) {
    const CallEntry& call = calls[i];
    text += fmt::format("\n  {} {}  {}  {}{}{}, {}", to_rfc3339(call.started).substr(0, 10), clock_of(call.started),
                        printable(call.call_id), printable(call.from), call.to.empty() ? "" : " -> ",
                        printable(call.to), plural(call.findings, "finding"));
  }
  if (calls.size() > kMostListed) text += fmt::format("\n  and {} more", calls.size() - kMostListed);
  return text;
}

}  // namespace

std::string chosen(const std::vector<CallEntry>& all, const WantedCall& wanted) {
  if (all.empty())
    throw NoSuchCall(wanted.files.empty() ? "no call and no registration has been seen yet"
                                          : "there is no call and no registration in what was read");
  std::vector<CallEntry> calls;
  std::copy_if(all.begin(), all.end(), std::back_inserter(calls),
               [](const CallEntry& call) { return !call.registration; });
  if (wanted.last) return (calls.empty() ? all : calls).back().call_id;
  const std::string& call_id = wanted.call_id;
  if (call_id.empty()) {
    if (all.size() == 1) return all.front().call_id;
    throw InputError("which one? Name a Call-ID, or its beginning, or --last:" + list_of(all));
  }
  std::vector<CallEntry> meant;
  std::copy_if(all.begin(), all.end(), std::back_inserter(meant),
               [&](const CallEntry& call) { return call.call_id.starts_with(call_id); });
  if (meant.size() == 1) return meant.front().call_id;
  if (meant.empty())
    throw NoSuchCall(
        fmt::format("no Call-ID is or begins with \"{}\". There are:{}", printable(call_id), list_of(all)));
  throw InputError(fmt::format("more than one Call-ID begins with \"{}\":{}", printable(call_id), list_of(meant)));
}

void OneCall::add_to(CLI::App& command) {
  command.add_option("CALL-ID", words.call_id,
                     "The call or registration: its Call-ID, or as much of it as makes it the only one");
  command.add_flag("--last", words.last, "The call that began last, instead of CALL-ID");
  words.files.add_to(command);
  ask.add_to(command);
}

WantedCall OneCall::wanted() const {
  WantedCall wanted = words;
  // The first word is a file where no Call-ID is asked for.
  if (wanted.files.lan.empty() &&
      (wanted.last || (wanted.files.empty() && !ask.given() && std::filesystem::exists(wanted.call_id)))) {
    if (!wanted.call_id.empty())
      wanted.files.files.insert(wanted.files.files.begin(), std::exchange(wanted.call_id, ""));
  } else if (wanted.last && !wanted.call_id.empty()) {
    throw UsageError("CALL-ID or --last, not both");
  }
  if (ask.given() && !wanted.files.empty())
    throw UsageError("capture files, or whom to ask (--socket, --url), not both");
  return wanted;
}

std::shared_ptr<HttpClient> OneCall::client() const {
  return ask.client(
      "capture files are read where they are named, as FILE or with --lan and --wan; `vialens show --history FILE` "
      "reads what was kept of one that is over");
}

ReadCall read_call(const WantedCall& wanted) {
  ReadCall call{std::make_unique<FileReading>(wanted.files), std::make_unique<Board>(),
                std::make_unique<CallLog>(kLimits), nullptr};
  Tee both(*call.log, *call.board);
  call.reading->run(both);
  if (!wanted.call_id.empty()) call.record = call.log->find(wanted.call_id);
  if (call.record == nullptr) call.record = call.log->find(chosen(call.log->list(), wanted));
  return call;
}

}  // namespace vialens::app

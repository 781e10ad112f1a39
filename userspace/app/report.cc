// vialens report: one page for a ticket, of a call or of the box.
#include "userspace/report/report.h"

#include <fmt/format.h>

#include <chrono>

#include "userspace/app/asked_call.h"
#include "userspace/app/commands.h"
#include "userspace/app/mask_json.h"
#include "userspace/app/one_call.h"
#include "userspace/app/router_choice.h"
#include "userspace/app/write_file.h"
#include "userspace/board/call_detail.h"
#include "userspace/core/error.h"
#include "userspace/doctor/check.h"
#include "userspace/doctor/check_json.h"
#include "userspace/doctor/host.h"
#include "userspace/evidence/ladder_json.h"
#include "userspace/sink/json_fields.h"
#include "vialens_version.h"

namespace vialens::app {
namespace {

struct ReportOptions {
  OneCall call;
  RouterOptions router;
  std::string output;
  bool no_mask = false, no_doctor = false;
};

bool is_about_the_box(const WantedCall& wanted) {
  return wanted.files.empty() && wanted.call_id.empty() && !wanted.last;
}

Json read_detail(const WantedCall& wanted) {
  const ReadCall call = read_call(wanted);
  const auto detail = call_detail(*call.board, call.record->call_id, to_json(ladder_of(*call.record)));
  if (!detail) throw InputError("nothing is known of that call");
  return *detail;
}

// Of the one that runs: the call if one is wanted, and the box.
void ask(const ReportOptions& options, const WantedCall& wanted, ReportParts& parts) {
  const auto client = options.call.client();
  if (!is_about_the_box(wanted)) parts.call = Json::parse(ask_for_call(*client, wanted, ""), nullptr, false);
  parts.status = client->get("/api/v1/status");
  if (!is_about_the_box(wanted)) return;
  parts.findings = Json::array();
  for (const std::string& item : client->list("/api/v1/findings", {}, 500).items)
    parts.findings.push_back(Json::parse(item, nullptr, false));
}

void examine_box(ReportParts& parts) {
  for (const Check& check : examine(Host())) parts.checks.push_back(to_json(check));
}

void mask(ReportParts& parts) {
  const Mask mask(Mask::random_key());
  for (Json* const object : {&parts.call, &parts.status})
    if (object->is_object()) *object = masked(*object, mask);
  for (Json& finding : parts.findings) finding = masked(finding, mask);
  for (Json& check : parts.checks) check = masked(check, mask);
  for (Guess& guess : parts.guesses) guess.why = mask.text(guess.why);
}

int report(const ReportOptions& options) {
  const WantedCall wanted = options.call.wanted();
  const bool markdown = options.output.ends_with(".md");
  ReportParts parts{.version = "vialens " VIALENS_VERSION,
                    .made = to_rfc3339(std::chrono::system_clock::now()),
                    .masked = !options.no_mask};
  RouterChoice router;
  // Captures may come from anywhere; what runs on this box knows this box.
  const bool here = wanted.files.empty() && options.call.ask.given_url->count() == 0;
  if (wanted.files.empty()) {
    ask(options, wanted, parts);
    router = options.router.named_or_guessed(options.call.ask);
  } else {
    parts.call = read_detail(wanted);
    router = options.router.named();
  }
  if (here && !options.no_doctor) examine_box(parts);
  parts.product = router.product;
  parts.guesses = std::move(router.guesses);
  if (parts.masked) mask(parts);
  const Document document = is_about_the_box(wanted) ? box_report(parts) : call_report(parts);
  write_file(options.output, markdown ? to_markdown(document) : to_html(document));
  return kOk;
}

}  // namespace

void add_report(CLI::App& cli, Action& action) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App& command = *cli.add_subcommand(
      "report", "One page for a ticket: what was found, before and after, what to do; of a call, or of this box");
  options->call.add_to(command);
  options->router.add_to(command);
  command
      .add_option("-o,--output", options->output,
                  "The file to write: HTML, or Markdown if it ends in .md; \"-\" for stdout")
      ->required();
  command.add_flag("--no-mask", options->no_mask, "Leave numbers, names, hosts and addresses as they were seen");
  command.add_flag("--no-doctor", options->no_doctor, "Do not look at this box as `vialens doctor` does");
  command.footer(
      "Examples:\n"
      "  vialens report 3848276298 -o ticket.html --router netgear\n"
      "  vialens report --last --lan lan.pcap --wan wan.pcap -o ticket.md\n"
      "  vialens report -o box.html                   without a call: this box, and what was found lately\n"
      "The page needs nothing else and asks for nothing. Masked by default, the same by the same.");
  command.callback([options, &action] { action = [options] { return report(*options); }; });
}

}  // namespace vialens::app

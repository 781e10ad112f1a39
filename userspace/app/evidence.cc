// vialens evidence: one call as a file for Wireshark, with what was found as comments.
#include <fmt/format.h>

#include "userspace/app/asked_call.h"
#include "userspace/app/commands.h"
#include "userspace/app/kept_call.h"
#include "userspace/app/mask_record.h"
#include "userspace/app/one_call.h"
#include "userspace/app/write_file.h"
#include "userspace/core/error.h"
#include "userspace/evidence/evidence_file.h"
#include "userspace/sink/text.h"
#include "vialens_version.h"

namespace vialens::app {
namespace {

struct EvidenceOptions {
  OneCall call;
  std::string output;
  bool mask = false;
};

// Messages are kept in memory alone.
std::string evidence_asked(const std::shared_ptr<HttpClient>& client, const WantedCall& wanted, bool mask) try {
  return ask_for_call(*client, wanted, "/evidence.pcapng", {{"mask", mask ? "1" : "0"}});
} catch (const NoSuchCall&) {
  if (wanted.call_id.empty() || !find_kept(kept_by(client), wanted.call_id)) throw;
  throw InputError(
      fmt::format("only the history still has {}, and no messages of it: `vialens show {} --history` says "
                  "what was found",
                  printable(wanted.call_id), printable(wanted.call_id)));
}

int evidence(const EvidenceOptions& options) {
  const WantedCall wanted = options.call.wanted();
  if (wanted.files.empty()) {
    write_file(options.output, evidence_asked(options.call.client(), wanted, options.mask));
    return kOk;
  }
  const ReadCall call = read_call(wanted);
  const CallRecord record = options.mask ? masked(*call.record, Mask(Mask::random_key())) : *call.record;
  write_file(options.output, evidence_file(record, ladder_of(record), "vialens " VIALENS_VERSION));
  return kOk;
}

}  // namespace

void add_evidence(CLI::App& cli, Action& action) {
  auto options = std::make_shared<EvidenceOptions>();
  CLI::App& command = *cli.add_subcommand(
      "evidence", "One call as a pcapng file for Wireshark: both sides, the findings as comments of the packets");
  options->call.add_to(command);
  command.add_option("-o,--output", options->output, "The file to write; \"-\" for stdout")->required();
  command.add_flag("--mask", options->mask, "Replace numbers, names, hosts and addresses, the same by the same");
  command.footer(
      "Examples:\n"
      "  vialens evidence 3848276298 -o call.pcapng             of the vialens that runs\n"
      "  vialens evidence 3848276298 --lan lan.pcap --wan wan.pcap -o call.pcapng\n"
      "  vialens evidence --last trace.pcapng -o - | tshark -r - -T fields -e sip.Method -e frame.comment");
  command.callback([options, &action] { action = [options] { return evidence(*options); }; });
}

}  // namespace vialens::app

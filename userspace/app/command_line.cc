#include "userspace/app/command_line.h"

#include <string>

#include "userspace/app/flags.h"
#include "vialens_version.h"

namespace vialens::app {

CommandLine::CommandLine()
    : cli("vialens shows what a router does to phone calls: which SIP messages its ALG rewrites or swallows.") {
  cli.name("vialens");
  cli.set_version_flag("--version", "vialens " VIALENS_VERSION);
  cli.fallthrough();  // `vialens read FILE --log warn` is `vialens --log warn read FILE`
  cli.require_subcommand(0,
                         1);  // none is told by main(): CLI11 would say so before it names a word that it does not know
  for (const Setting& setting : settings())
    if (setting.global) add_flag(cli, setting, global);
  add_run(cli, action);
  add_read(cli, action);
  add_status(cli, action);
  add_calls(cli, action);
  add_findings(cli, action);
  add_registrations(cli, action);
  add_flows(cli, action);
  add_taps(cli, action);
  add_show(cli, action);
  add_evidence(cli, action);
  add_probe(cli, action);
  add_reflector(cli, action);
  add_report(cli, action);
  add_doctor(cli, action);
  add_explain(cli, action);
  add_check_config(cli, action);
}

}  // namespace vialens::app

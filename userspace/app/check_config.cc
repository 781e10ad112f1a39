// vialens check-config: would `vialens run --config` take this file?
#include <fmt/format.h>

#include "userspace/app/commands.h"
#include "userspace/config/read_config.h"
#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

int check_config(const std::string& path) {
  ConfigFile file = read_config_file(path);
  add_conflicts(file);
  if (!file.problems.empty()) throw ConfigError(describe(file));
  fmt::print("{}: ok, {}\n", path, plural(file.places.size(), "setting"));
  return kOk;
}

}  // namespace

void add_check_config(CLI::App& cli, Action& action) {
  auto path = std::make_shared<std::string>();
  CLI::App& command = *cli.add_subcommand("check-config", "Say what is wrong with a configuration file, and where");
  command.add_option("FILE", *path, "The file, TOML: vialens.toml(5)")->required()->type_name("");
  command.footer(
      "Example:\n"
      "  vialens check-config /etc/vialens/vialens.toml && systemctl reload vialens\n"
      "Exit codes: 0 the file is good, 2 it is not, 3 it cannot be read.");
  command.callback([path, &action] { action = [path] { return check_config(*path); }; });
}

}  // namespace vialens::app

#include "userspace/app/flags.h"

#include <fmt/format.h>

#include <algorithm>

#include "userspace/core/error.h"

namespace vialens::app {
namespace {

bool is_list(const SettingField& field) {
  return std::holds_alternative<std::vector<std::string>*>(field) ||
         std::holds_alternative<std::vector<std::uint16_t>*>(field);
}

std::string help_of(const Setting& setting) {
  std::string help(setting.help);
  Config defaults;
  const SettingField field = setting.field(defaults);
  if (is_list(field)) help += " (may be given several times)";
  if (std::holds_alternative<bool*>(field)) return *std::get<bool*>(field) ? help + "; not with this flag" : help;
  const std::string value = to_toml(setting, defaults);
  if (value != "\"\"" && value != "[]")
    help += fmt::format(" (default {})", value.substr(is_list(field) ? 1 : 0, value.size() - (is_list(field) ? 2 : 0)));
  return help;
}

}  // namespace

CLI::Option* add_flag(CLI::App& command, const Setting& setting, Config& values) {
  const std::string flag(setting.flag);
  const auto take = [&setting, &values, flag](const CLI::results_t& words) {
    const std::string wrong = set(setting, values, words);
    if (!wrong.empty()) throw CLI::ValidationError(flag, wrong);
    return true;
  };
  const SettingField field = setting.field(values);
  if (std::holds_alternative<bool*>(field))  // the other value than its default
    return command.add_flag_callback(
        flag, [value = std::get<bool*>(field), other = !*std::get<bool*>(field)] { *value = other; }, help_of(setting));
  CLI::Option* const option = command.add_option(flag, take, help_of(setting))->type_name(std::string(setting.value));
  // CLI11 heeds allow_extra_args(false), so that the next word is none of the list, only where there is no end to it.
  if (is_list(field))
    option->expected(1, CLI::detail::expected_max_vector_size)->delimiter(',')->allow_extra_args(false);
  return option;
}

void Flags::add_to(CLI::App& command) {
  command
      .add_option("--config", file_,
                  "Settings from this file (TOML; vialens.toml(5)); flags override it. SIGHUP reads it again")
      ->type_name("FILE");
  for (const Setting& setting : settings()) {
    if (setting.flag.empty()) continue;
    const CLI::Option* const option = setting.global ? command.get_parent()->get_option(std::string(setting.flag))
                                                     : add_flag(command, setting, values_);
    options_.emplace_back(&setting, option);
  }
}

bool Flags::given(const Setting& setting) const {
  return std::any_of(options_.begin(), options_.end(),
                     [&](const auto& entry) { return entry.first == &setting && entry.second->count() > 0; });
}

std::string Flags::where(const Setting* setting, const ConfigFile& file) const {
  if (setting == nullptr) return file.name;
  if (given(*setting)) return std::string(setting->flag);
  const auto place = file.places.find(setting->name());
  if (place == file.places.end()) return setting->name();
  return fmt::format("{}:{}:{}: {}", file.name, place->second.line, place->second.column, setting->name());
}

Config Flags::config() const {
  ConfigFile file = file_.empty() ? ConfigFile{} : read_config_file(file_);
  if (!file.problems.empty()) throw ConfigError(describe(file));
  for (const auto& [setting, option] : options_) {
    if (option->count() == 0) continue;
    if (setting->global)
      set(*setting, file.config, option->results());
    else
      copy(*setting, values_, file.config);
  }
  std::string lines;
  for (const Conflict& conflict : conflicts(file.config)) {
    const std::string place = where(conflict.setting, file);
    lines += (lines.empty() ? "" : "\n") + (place.empty() ? "" : place + ": ") + conflict.text;
  }
  if (lines.empty()) return std::move(file.config);
  if (file_.empty()) throw UsageError(lines);
  throw ConfigError(lines);
}

}  // namespace vialens::app

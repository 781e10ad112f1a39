// Every setting once: what it is called in the file and on the command line, what it may be, and what it is for. The
// reader of the file, the flags of `vialens run`, docs/config.md, the example file, the manual and the completion all
// come from this table. The default is what a Config has that nobody has touched.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "userspace/config/config.h"

namespace vialens {

// Where in a Config the value is.
using SettingField = std::variant<bool*, std::uint32_t*, std::string*, std::vector<std::string>*,
                                  std::vector<std::uint16_t>*, std::map<std::string, std::string>*>;

struct Setting {
  std::string_view section, key;
  std::string_view flag{};  // "--lan"; empty if it is for the file alone; of a bool: gives it the other value
  // What stands for a value in help. "FILE" and "INTERFACE" can be completed, "{a,b}" is a choice.
  std::string_view value{};
  SettingField (*field)(Config&);
  std::uint32_t least = 0, most = 0;                 // of numbers
  std::string (*judge)(std::string_view) = nullptr;  // says what is wrong with a text that is not empty
  bool reload = false;                               // takes effect on SIGHUP; others need a restart
  bool global = false;                               // the flag is not of `run` alone
  std::string_view example{};                        // TOML, for the example file, if the default is none
  std::string_view help;

  std::string name() const { return std::string(section) + '.' + std::string(key); }
};

struct Section {
  std::string_view name, help;
};

std::span<const Setting> settings();  // those of a section stand together
std::span<const Section> sections();
std::vector<std::string_view> choices(const Setting& setting);  // none: anything goes
const Setting* find_setting(std::string_view name);             // "capture.lan"; null if there is none

// Each sets the value, or says what is wrong with it, and then the value is as it was. From words, as on the command
// line: true and false for a bool, name=hash for a table.
std::string set(const Setting& setting, Config& config, const std::vector<std::string>& words);
std::string set_number(const Setting& setting, std::int64_t number, std::uint32_t& into);
std::string judge(const Setting& setting, std::string_view text);

void copy(const Setting& setting, const Config& from, Config& to);
bool equal(const Setting& setting, const Config& a, const Config& b);
// As it would stand in the file.
std::string to_toml(const Setting& setting, const Config& config);

// What of a configuration makes no sense together. `setting` is the one to blame, null if there is none.
struct Conflict {
  const Setting* setting;
  std::string text;
};
std::vector<Conflict> conflicts(const Config& config);

}  // namespace vialens

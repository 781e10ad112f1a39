// Prints what is made of the table of settings (userspace/config/settings.cc): `config_doc markdown` docs/config.md,
// `config_doc example` dist/vialens.toml, `config_doc man` vialens.toml(5).
#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>

#include "userspace/config/settings.h"

namespace {

using vialens::Config;
using vialens::Section;
using vialens::Setting;

std::string join(const std::vector<std::string_view>& words) {
  std::string result;
  for (const std::string_view word : words) result += (result.empty() ? "" : ", ") + std::string(word);
  return result;
}

std::string range(const Setting& setting) {
  return " from " + std::to_string(setting.least) + " to " + std::to_string(setting.most);
}

std::string type_of(const Setting& setting) {
  struct {
    const Setting& of;
    std::string operator()(const bool*) const { return "true or false"; }
    std::string operator()(const std::uint32_t*) const { return "number" + range(of); }
    std::string operator()(const std::string*) const {
      const auto allowed = choices(of);
      return allowed.empty() ? "text" : "one of " + join(allowed);
    }
    std::string operator()(const std::vector<std::string>*) const { return "list of texts"; }
    std::string operator()(const std::vector<std::uint16_t>*) const { return "list of numbers" + range(of); }
    std::string operator()(const std::map<std::string, std::string>*) const { return "table of texts"; }
  } const name{setting};
  Config config;
  return std::visit(name, setting.field(config));
}

std::string default_of(const Setting& setting) {
  std::string value = to_toml(setting, Config{});
  return value == "\"\"" || value == "[]" || value == "{}" ? "" : value;
}

bool is_of(const Setting& setting, const Section& section) { return setting.section == section.name; }

void print_markdown() {
  std::cout << "# Configuration\n\n"
               "<!-- Made by tools/config_doc.cc from userspace/config/settings.cc. Do not edit: change the table, and "
               "make it anew. -->\n\n"
               "`vialens run --config FILE` reads one TOML file; [dist/vialens.toml](../dist/vialens.toml) has every "
               "setting, commented out. Flags override it.\n"
               "`vialens check-config FILE` says what is wrong with a file, with line, column and what to do, and so "
               "does `vialens run`, which does not start then.\n\n"
               "SIGHUP (`systemctl reload vialens`) reads the file again; calls and counters go on. Settings marked "
               "*reload* change at once; of others that have changed, the log says\nthat they need a restart. If the "
               "new file is bad, the log says why, and the settings so far stay in force. SIGHUP also opens "
               "`output.json_file` anew.\n\n"
               "Where a list is expected, a single value stands for a list of one.\n";
  for (const Section& section : vialens::sections()) {
    std::cout << "\n## [" << section.name << "]\n\n"
              << section.help << "\n\n| setting | flag | is | default | reload | what |\n|---|---|---|---|---|---|\n";
    for (const Setting& setting : vialens::settings()) {
      if (!is_of(setting, section)) continue;
      const std::string value = default_of(setting);
      std::cout << "| `" << setting.key << "` | " << (setting.flag.empty() ? "" : "`" + std::string(setting.flag) + "`")
                << " | " << type_of(setting) << " | " << (value.empty() ? "" : "`" + value + "`") << " | "
                << (setting.reload ? "reload" : "") << " | " << setting.help << " |\n";
    }
  }
}

// A sentence in lines of a comment.
void print_comment(const std::string& text) {
  constexpr std::size_t kWidth = 110;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.size();
    if (end - at > kWidth) end = text.rfind(' ', at + kWidth);
    std::cout << "# " << text.substr(at, end - at) << "\n";
    at = end + 1;
  }
}

void print_example() {
  std::cout << "# vialens: every setting with its default; where that is none, with an example. `vialens check-config "
               "FILE` says what is wrong.\n"
               "# Made from userspace/config/settings.cc; docs/config.md and vialens.toml(5) say the same.\n";
  for (const Section& section : vialens::sections()) {
    std::cout << "\n";
    print_comment(std::string(section.help));
    std::cout << "[" << section.name << "]\n";
    for (const Setting& setting : vialens::settings()) {
      if (!is_of(setting, section)) continue;
      std::cout << "\n";
      print_comment(std::string(setting.help) + " (" + type_of(setting) + (setting.reload ? "; reload" : "") + ")");
      std::cout << "#" << setting.key << " = "
                << (setting.example.empty() ? to_toml(setting, Config{}) : std::string(setting.example)) << "\n";
    }
  }
}

// Text as roff(7) prints it letter by letter.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if ((c == '.' || c == '\'') && result.empty())
      result += std::string("\\&") + c;
    else
      result += c;
  }
  return result;
}

void print_man() {
  std::cout << ".TH VIALENS.TOML 5 \"\" vialens\n.SH NAME\nvialens.toml \\- configuration of vialens run\n"
               ".SH DESCRIPTION\n"
               "TOML, read by\n.BR \"vialens run \\-\\-config\" .\nFlags override it.\n"
               ".B vialens check\\-config\nsays what is wrong with a file, and where.\n"
               "Where a list is expected, a single value stands for a list of one.\n.PP\n"
               "SIGHUP reads the file again, and calls and counters go on. Settings with \"reload\" change at once; "
               "others need a restart, and the log names them. If the file is bad, the settings so far stay in "
               "force.\n";
  for (const Section& section : vialens::sections()) {
    std::cout << ".SH [" << section.name << "]\n" << roff(section.help) << "\n";
    for (const Setting& setting : vialens::settings()) {
      if (!is_of(setting, section)) continue;
      const std::string value = default_of(setting);
      std::cout << ".TP\n.B " << roff(setting.key) << "\n"
                << roff(setting.help) << ".\n.br\n"
                << roff(type_of(setting)) << (value.empty() ? "" : "; default " + roff(value))
                << (setting.reload ? "; reload" : "") << (setting.flag.empty() ? "" : "; flag " + roff(setting.flag))
                << "\n";
    }
  }
  std::cout << ".SH FILES\n.I /etc/vialens/vialens.toml\nis read by vialens.service.\n.SH SEE ALSO\n.BR vialens (8)\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "markdown")
    print_markdown();
  else if (what == "example")
    print_example();
  else if (what == "man")
    print_man();
  else {
    std::cerr << "config_doc markdown|example|man\n";
    return 2;
  }
  return 0;
}

#include "userspace/config/read_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>

#include "userspace/config/checks.h"
#include "userspace/config/settings.h"
#include "userspace/config/stray_letter.h"
#include "userspace/core/error.h"
#include "userspace/core/toml.h"
#include "userspace/core/words.h"

namespace vialens {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;
constexpr std::size_t kMostProblems = 20;

FilePlace place_of(const toml::source_region& source) { return {source.begin.line, source.begin.column}; }

std::string_view type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

std::string expected(std::string_view what, const toml::node& node, std::string_view hint) {
  return fmt::format("{} is expected here, not {}{}{}", what, type_of(node), hint.empty() ? "" : "; ", hint);
}

// What somebody may have meant who wrote `name` in that section: the setting with the fewest letters to change. One of
// another section costs as much as a letter.
std::string meant(std::string_view section, std::string_view name) {
  std::size_t best = 2 + std::max<std::size_t>(1, name.size() / 3);
  std::string answer;
  for (const Setting& setting : settings()) {
    const std::size_t cost = edit_distance(name, setting.key) + (setting.section == section ? 0 : 1);
    if (cost >= best) continue;
    best = cost;
    answer = setting.name();
  }
  return answer.empty() ? "" : fmt::format("; did you mean {}?", answer);
}

std::string meant_section(std::string_view name) {
  std::size_t best = 1 + std::max<std::size_t>(1, name.size() / 3);
  std::string answer;
  for (const Section& section : sections()) {
    const std::size_t cost = edit_distance(name, section.name);
    if (cost >= best) continue;
    best = cost;
    answer = section.name;
  }
  return answer.empty() ? "" : fmt::format("; did you mean [{}]?", answer);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// RFC 7617 2: a colon would end it.
bool is_user_name(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) { return c == ':' || is_control(c); });
}

// Names and values of the file are repeated, and nobody talks to a terminal through them.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (is_control(c))
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      result += c;
  return result;
}

// Takes one value, and says what is wrong with it. Where the fault is within a list, `at` is moved there.
struct FromToml {
  const Setting& setting;
  const toml::node& node;
  FilePlace& at;

  std::string operator()(bool* value) const {
    const auto read = node.value_exact<bool>();
    if (!read) return expected("true or false", node, node.is_string() ? "write it without quotes" : "");
    *value = *read;
    return "";
  }
  std::string operator()(std::uint32_t* value) const { return number(node, *value); }
  std::string operator()(std::string* value) const {
    const auto read = node.value_exact<std::string>();
    if (!read) return expected("a text", node, node.is_value() ? "write it in quotes" : "");
    std::string wrong = judge(setting, *read);
    if (wrong.empty()) *value = *read;
    return wrong;
  }
  std::string operator()(std::vector<std::string>* values) const {
    std::vector<std::string> read;
    std::string wrong = each([&](const toml::node& item) -> std::string {
      const auto text = item.value_exact<std::string>();
      if (!text) return expected("a text, or a list of them,", item, item.is_value() ? "write it in quotes" : "");
      read.push_back(*text);
      return judge(setting, *text);
    });
    if (wrong.empty()) *values = std::move(read);
    return wrong;
  }
  std::string operator()(std::vector<std::uint16_t>* values) const {
    std::vector<std::uint16_t> read;
    std::string wrong = each([&](const toml::node& item) {
      std::uint32_t value = 0;
      std::string problem = number(item, value);
      read.push_back(static_cast<std::uint16_t>(value));
      return problem;
    });
    if (wrong.empty() && read.empty()) wrong = "an empty list; leave it out for the default";
    if (wrong.empty()) *values = std::move(read);
    return wrong;
  }
  std::string operator()(std::map<std::string, std::string>* values) const {
    const toml::table* const table = node.as_table();
    if (table == nullptr) return expected("a table of names and texts", node, "");
    std::map<std::string, std::string> read;
    for (const auto& [name, item] : *table) {
      at = place_of(name.source());
      if (!is_user_name(name.str()))
        return fmt::format("\"{}\" cannot be a name: no colon, no control character", name.str());
      at = place_of(item.source());
      const auto text = item.value_exact<std::string>();
      if (!text) return fmt::format("{}: {}", name.str(), expected("a text", item, ""));
      if (std::string wrong = judge(setting, *text); !wrong.empty()) return fmt::format("{}: {}", name.str(), wrong);
      read[std::string(name.str())] = *text;
    }
    *values = std::move(read);
    return "";
  }

 private:
  std::string number(const toml::node& item, std::uint32_t& value) const {
    const auto read = item.value_exact<std::int64_t>();
    if (read) return set_number(setting, *read, value);
    return expected(fmt::format("a number from {} to {}", setting.least, setting.most), item,
                    item.is_string() ? "write it without quotes" : "");
  }
  // One value may stand for a list of one.
  template <class Take>
  std::string each(const Take& take) const {
    const toml::array* const array = node.as_array();
    if (array == nullptr) return take(node);
    for (const toml::node& item : *array) {
      at = place_of(item.source());
      if (std::string wrong = take(item); !wrong.empty()) return wrong;
    }
    return "";
  }
};

class Reader {
 public:
  explicit Reader(ConfigFile& file) : file_(file) {}

  void read(const toml::table& root) {
    for (const auto& [name, node] : root) {
      const bool known = is_section(name.str());
      if (!known)
        say(place_of(name.source()), unknown_at_top(name.str(), node));
      else if (const toml::table* const table = node.as_table())
        read_section(name.str(), *table);
      else
        say(place_of(name.source()),
            fmt::format("{0}: this is a section; write [{0}] and its settings below", name.str()));
    }
  }

 private:
  static bool is_section(std::string_view name) {
    return std::any_of(sections().begin(), sections().end(),
                       [&](const Section& section) { return section.name == name; });
  }

  static std::string unknown_at_top(std::string_view name, const toml::node& node) {
    if (node.is_table()) return fmt::format("[{}]: no such section{}", name, meant_section(name));
    return fmt::format("{}: no such setting outside of a section{}", name, meant("", name));
  }

  void read_section(std::string_view section, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name = fmt::format("{}.{}", section, key.str());
      const Setting* const setting = find_setting(name);
      const FilePlace place = place_of(key.source());
      if (setting == nullptr) {
        say(place, fmt::format("{}: no such setting{}", name, meant(section, key.str())));
        continue;
      }
      file_.places[name] = place;
      FilePlace at = place_of(node.source());
      const std::string wrong = std::visit(FromToml{*setting, node, at}, setting->field(file_.config));
      if (!wrong.empty()) say(at, fmt::format("{}: {}", name, wrong));
    }
  }

  void say(FilePlace place, std::string text) { file_.problems.push_back({place, std::move(text)}); }

  ConfigFile& file_;
};

void sort(std::vector<ConfigProblem>& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const ConfigProblem& a, const ConfigProblem& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
}

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

ConfigFile read_config(std::string_view text, std::string name) {
  ConfigFile file;
  file.name = std::move(name);
  if (const auto place = stray_letter(text)) {
    file.problems.push_back({*place, "this is no TOML: a letter that is not ASCII; a text with such stands in quotes"});
    return file;
  }
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    file.problems.push_back(
        {place_of(result.error().source()), fmt::format("this is no TOML: {}", result.error().description())});
    return file;
  }
  Reader(file).read(result.table());
  sort(file.problems);
  return file;
}

void add_conflicts(ConfigFile& file) {
  if (!file.problems.empty()) return;
  for (Conflict& conflict : conflicts(file.config)) {
    FilePlace place;
    if (conflict.setting != nullptr) {
      const std::string name = conflict.setting->name();
      if (const auto found = file.places.find(name); found != file.places.end()) place = found->second;
      conflict.text = fmt::format("{}: {}", name, conflict.text);
    }
    file.problems.push_back({place, std::move(conflict.text)});
  }
  sort(file.problems);
}

ConfigFile read_config_file(const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    return InputError(fmt::format("{}: cannot be read: {}", path, why));
  };
  // Opening a directory to read succeeds.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw refuse("it is a directory; name a file in it");
  const std::unique_ptr<std::FILE, CloseFile> in(std::fopen(path.c_str(), "re"));
  if (!in) throw refuse(std::generic_category().message(errno));
  std::string text(kLargestFile + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), in.get()));
  if (std::ferror(in.get()) != 0) throw refuse(std::generic_category().message(errno));
  if (text.size() > kLargestFile) throw refuse("it is larger than 1 MiB, which no configuration is");
  return read_config(text, path);
}

std::string describe(const ConfigFile& file) {
  std::string lines;
  for (std::size_t i = 0; i < file.problems.size() && i < kMostProblems; ++i) {
    const auto& [place, text] = file.problems[i];
    if (i > 0) lines += '\n';
    lines += file.name + ':';
    if (place.line != 0) lines += fmt::format("{}:{}:", place.line, place.column);
    lines += ' ' + printable(text);
  }
  if (file.problems.size() > kMostProblems)
    lines += fmt::format("\n{}: and {} more", file.name, file.problems.size() - kMostProblems);
  return lines;
}

}  // namespace vialens

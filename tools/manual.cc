// Prints what is made of the command line itself, so that every subcommand and option that there is is in it:
// `manual man` vialens(8), `manual bash|zsh|fish` the completion of that shell.
#include <algorithm>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/app/command_line.h"

namespace {

using CLI::App;
using CLI::Option;

std::vector<const App*> commands(const App& cli) {
  return cli.get_subcommands([](const App*) { return true; });
}

std::vector<const Option*> options(const App& command) {
  return command.get_options([](const Option* option) { return option->nonpositional(); });
}

// "--lan", "-h"
std::vector<std::string> names(const Option& option) {
  std::vector<std::string> all;
  for (const std::string& name : option.get_lnames()) all.push_back("--" + name);
  for (const std::string& name : option.get_snames()) all.push_back("-" + name);
  return all;
}

// What CLI11 shows for the value: "INTERFACE", "{a,b}", "TEXT:{a,b}"; nothing for a flag, and for what is mostly one
// (--watch): the next word is no value of it.
std::string value_of(const Option& option) {
  return option.get_items_expected_min() == 0 ? "" : option.get_type_name();
}

// "FILE", "SECONDS": the value that may be left out.
std::string may_have(const Option& option) {
  const std::string value = option.get_items_expected_min() == 0 ? option.get_type_name() : "";
  const std::size_t begin = value.starts_with('[') ? 1 : 0;
  return value.substr(begin, std::min(value.find_first_of(":]", begin), value.size()) - begin);
}

std::vector<std::string> choices_of(const Option& option) {
  const std::string value = value_of(option);
  std::vector<std::string> choices;
  const std::size_t open = value.find('{');
  const std::size_t close = value.find('}');
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (std::size_t at = open + 1; at <= close;) {
    const std::size_t end = std::min(value.find(',', at), close);
    choices.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

std::string join(const std::vector<std::string>& words, const std::string& between) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : between) + word;
  return result;
}

// The first sentence or clause: there is one line in a menu of a shell.
std::string brief(const std::string& help) {
  const std::size_t end = std::min(help.find_first_of(".:;("), help.size());
  std::string text = help.substr(0, end);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

// --- roff(7)

std::string roff(const std::string& text) {
  std::string result = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  if (result.starts_with('.') || result.starts_with('\'')) result.insert(0, "\\&");
  return result;
}

// As it is, line by line.
void print_verbatim(const std::string& text) {
  std::cout << ".PP\n.nf\n";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::cout << roff(text.substr(at, end - at)) << "\n";
    at = end + 1;
  }
  std::cout << ".fi\n";
}

void print_options(const App& command) {
  for (const Option* const option : options(command)) {
    std::cout << ".TP\n.B " << roff(join(names(*option), ", "));
    if (const std::string must = value_of(*option); !must.empty())
      std::cout << " \\fI" << roff(must) << "\\fR";
    else if (const std::string may = may_have(*option); !may.empty())
      std::cout << " [\\fI" << roff(may) << "\\fR]";
    std::cout << "\n" << roff(option->get_description()) << "\n";
  }
}

void print_man(const App& cli) {
  std::cout
      << ".TH VIALENS 8 \"\" vialens\n.SH NAME\nvialens \\- shows what a router does to phone calls\n.SH SYNOPSIS\n";
  for (const App* const command : commands(cli)) {
    std::cout << ".B vialens " << roff(command->get_name()) << "\n[\\fIOPTION\\fR...]";
    for (const Option* const word : command->get_options([](const Option* option) { return option->get_positional(); }))
      std::cout << " \\fI" << roff(word->get_name()) << "\\fR" << (word->get_items_expected_max() > 1 ? "..." : "");
    std::cout << "\n.br\n";
  }
  std::cout << ".SH DESCRIPTION\n" << roff(cli.get_description()) << "\n.SH OPTIONS\n";
  print_options(cli);
  for (const App* const command : commands(cli)) {
    std::cout << ".SH vialens " << roff(command->get_name()) << "\n" << roff(command->get_description()) << ".\n";
    print_options(*command);
    if (!command->get_footer().empty()) print_verbatim(command->get_footer());
  }
  std::cout << ".SH EXIT STATUS\n"
               ".TP\n0\nAll is well.\n.TP\n1\nThe question was answered with \"bad\": see \\-\\-fail\\-on.\n"
               ".TP\n2\nWrong usage, or a configuration that makes no sense.\n"
               ".TP\n3\nThe input or the system refused.\n"
               ".SH SIGNALS\n"
               ".TP\nSIGINT, SIGTERM\n.B vialens run\ntells the calls and the sums, and ends.\n"
               ".TP\nSIGHUP\n.B vialens run\nreads its configuration again, and goes on. If its terminal is gone, it "
               "ends.\n"
               ".SH ENVIRONMENT\n.TP\nNO_COLOR\nNo colours on a terminal.\n"
               ".TP\nCOLUMNS\nHow wide a table is where the output is no terminal.\n"
               ".TP\nVIALENS_TOKEN\nThe token that \\-\\-url asks for.\n"
               ".TP\nNOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID\nSee sd_notify(3).\n"
               ".SH SEE ALSO\n.BR vialens.toml (5)\n";
}

// --- shells

// What is to be completed behind an option: a word of `words` for a shell, or what completes files or interfaces.
struct Completion {
  std::string files, interfaces, nothing;
  std::function<std::string(const std::vector<std::string>&)> words;

  std::string of(const Option& option) const {
    const std::vector<std::string> choices = choices_of(option);
    if (!choices.empty()) return words(choices);
    const std::string value = value_of(option);
    return value == "FILE" ? files : value == "INTERFACE" ? interfaces : nothing;
  }
};

constexpr std::string_view kMade = "# Completion of vialens, made from its command line by tools/manual.cc.\n";

void print_bash(const App& cli) {
  const Completion completion{
      "COMPREPLY=($(compgen -f -- \"$word\"))", "COMPREPLY=($(compgen -W \"$(ls /sys/class/net)\" -- \"$word\"))",
      "COMPREPLY=()",
      [](const auto& words) { return "COMPREPLY=($(compgen -W \"" + join(words, " ") + "\" -- \"$word\"))"; }};
  const auto print_values = [&](const std::string& command, const App& of) {
    for (const Option* const option : options(of))
      if (!value_of(*option).empty())
        for (const std::string& name : names(*option))
          std::cout << "    " << command << "," << name << ") " << completion.of(*option) << "; return ;;\n";
  };
  const auto all_names = [](const App& of) {
    std::vector<std::string> all;
    for (const Option* const option : options(of))
      for (const std::string& name : names(*option)) all.push_back(name);
    return join(all, " ");
  };
  std::vector<std::string> words;
  for (const App* const command : commands(cli)) words.push_back(command->get_name());
  const std::string is_command = join(words, "|");

  std::cout << kMade
            << "_vialens() {\n"
               "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i\n"
               "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "    case ${COMP_WORDS[i]} in\n"
               "      "
            << is_command
            << ") command=${COMP_WORDS[i]}; break ;;\n"
               "    esac\n"
               "  done\n"
               "  case $command,$before in\n";
  for (const App* const command : commands(cli)) print_values(command->get_name(), *command);
  print_values("*", cli);
  std::cout << "  esac\n"
               "  if [[ $word != -* ]]; then\n"
               "    if [[ $command ]]; then COMPREPLY=($(compgen -f -- \"$word\"))\n"
               "    else COMPREPLY=($(compgen -W \""
            << join(words, " ")
            << "\" -- \"$word\")); fi\n"
               "    return\n"
               "  fi\n"
               "  case $command in\n";
  for (const App* const command : commands(cli))
    std::cout << "    " << command->get_name() << ") COMPREPLY=($(compgen -W \"" << all_names(*command) << " "
              << all_names(cli) << "\" -- \"$word\")) ;;\n";
  std::cout << "    *) COMPREPLY=($(compgen -W \"" << all_names(cli) << "\" -- \"$word\")) ;;\n"
            << "  esac\n"
               "}\n"
               "complete -o filenames -F _vialens vialens\n";
}

void print_zsh(const App& cli) {
  // Within a specification of _arguments.
  const auto quoted = [](std::string text) {
    for (const std::string_view special : {"\\", "[", "]", ":"})
      text = replaced(std::move(text), special, "\\" + std::string(special));
    return replaced(std::move(text), "'", "'\\''");
  };
  const Completion completion{":file:_files", ":interface:_net_interfaces",
                              ":value:", [](const auto& words) { return ":value:(" + join(words, " ") + ")"; }};
  const auto print_specs = [&](const App& of) {
    for (const Option* const option : options(of))
      for (const std::string& name : names(*option))
        std::cout << " \\\n    '*" << name << "[" << quoted(brief(option->get_description())) << "]"
                  << (value_of(*option).empty() ? "" : completion.of(*option)) << "'";
  };
  std::cout << "#compdef vialens\n" << kMade << "_vialens() {\n  local state line\n  _arguments -C";
  print_specs(cli);
  std::cout << " \\\n    '1:command:((";
  for (const App* const command : commands(cli))
    std::cout << command->get_name() << "\\:\"" << quoted(brief(command->get_description())) << "\" ";
  std::cout << "))' \\\n    '*::argument:->argument' && return\n  [[ $state == argument ]] || return\n"
               "  case $line[1] in\n";
  for (const App* const command : commands(cli)) {
    std::cout << "  " << command->get_name() << ") _arguments";
    print_specs(*command);
    print_specs(cli);
    std::cout << " \\\n    '*:file:_files' ;;\n";
  }
  std::cout << "  esac\n}\n_vialens \"$@\"\n";
}

void print_fish(const App& cli) {
  const auto quoted = [](const std::string& text) {
    return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
  };
  const Completion completion{" -r -F", " -x -a '(ls /sys/class/net)'", " -x",
                              [](const auto& words) { return " -x -a '" + join(words, " ") + "'"; }};
  const auto print_all = [&](const std::string& condition, const App& of) {
    for (const Option* const option : options(of)) {
      std::cout << "complete -c vialens" << condition;
      for (const std::string& name : option->get_lnames()) std::cout << " -l " << name;
      for (const std::string& name : option->get_snames()) std::cout << " -s " << name;
      if (!value_of(*option).empty()) std::cout << completion.of(*option);
      std::cout << " -d " << quoted(brief(option->get_description())) << "\n";
    }
  };
  std::cout << kMade;
  print_all("", cli);
  for (const App* const command : commands(cli)) {
    std::cout << "complete -c vialens -n __fish_use_subcommand -f -a " << command->get_name() << " -d "
              << quoted(brief(command->get_description())) << "\n";
    print_all(" -n '__fish_seen_subcommand_from " + command->get_name() + "'", *command);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const vialens::app::CommandLine line;
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "man")
    print_man(line.cli);
  else if (what == "bash")
    print_bash(line.cli);
  else if (what == "zsh")
    print_zsh(line.cli);
  else if (what == "fish")
    print_fish(line.cli);
  else {
    std::cerr << "manual man|bash|zsh|fish\n";
    return 2;
  }
  return 0;
}

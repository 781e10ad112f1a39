#include <fmt/format.h>

#include <algorithm>

#include "userspace/report/document.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

// Text that is not to be taken for Markdown or HTML.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|~").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

// In a code span, which ends with as many backticks as it begins with.
std::string code(std::string_view text) {
  const std::string safe = printable(text);
  std::size_t longest = 0, run = 0;
  for (const char c : safe) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
  const std::string fence(longest + 1, '`');
  const std::string_view gap = longest == 0 ? "" : " ";
  return fmt::format("{}{}{}{}{}", fence, gap, safe.empty() ? " " : safe, gap, fence);
}

std::string fenced(const std::vector<std::string>& lines) {
  std::string text = "````\n";
  for (const std::string& line : lines) {
    std::string safe = printable(line);
    if (safe.starts_with("````")) safe.insert(0, " ");
    text += safe + '\n';
  }
  return text + "````\n";
}

struct Write {
  std::string operator()(const Paragraph& paragraph) const {
    const std::string text = plain(paragraph.text);
    return paragraph.tone == Tone::plain ? text + '\n' : "**" + text + "**\n";
  }
  std::string operator()(const Steps& steps) const {
    std::string text;
    for (std::size_t i = 0; i < steps.items.size(); ++i) text += fmt::format("{}. {}\n", i + 1, plain(steps.items[i]));
    return text;
  }
  std::string operator()(const Commands& commands) const { return fenced(commands.lines); }
  std::string operator()(const Table& table) const {
    std::string text = "|", rule = "|";
    for (const std::string& title : table.head) text += ' ' + plain(title) + " |", rule += "---|";
    text += '\n' + rule + '\n';
    for (const auto& row : table.rows) {
      text += '|';
      for (const std::string& cell : row) text += ' ' + plain(cell) + " |";
      text += '\n';
    }
    return text;
  }
  std::string operator()(const Changed& changed) const {
    return fmt::format("- {}: {} became {}\n", plain(changed.where), code(changed.before), code(changed.after));
  }
  std::string operator()(const Figure& figure) const { return fenced(figure.lines); }
};

}  // namespace

std::string to_markdown(const Document& document) {
  std::string text = "# " + plain(document.title) + "\n";
  for (const Chapter& section : document.sections) {
    text += "\n## " + plain(section.title) + "\n\n";
    const Block* last = nullptr;
    for (const Block& block : section.blocks) {
      // A list goes on.
      const bool list =
          last != nullptr && std::holds_alternative<Changed>(*last) && std::holds_alternative<Changed>(block);
      if (last != nullptr && !list) text += '\n';
      text += std::visit(Write{}, block);
      last = &block;
    }
  }
  return text + "\n---\n" + plain(document.footer) + '\n';
}

}  // namespace vialens

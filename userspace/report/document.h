// A report, before it is known in which form it is written.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vialens {

enum class Tone : std::uint8_t { plain, good, warning, bad };

struct Paragraph {
  std::string text;
  Tone tone = Tone::plain;
};
struct Steps {
  std::vector<std::string> items;
};
struct Commands {  // or other lines that are not to be broken
  std::vector<std::string> lines;
};
struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};
// What a field was, and what it became: where they differ is marked.
struct Changed {
  std::string where, before, after;
};
struct Figure {
  std::string svg;                 // safe to stand in HTML as it is
  std::string title;               // what it shows, for whoever does not see it
  std::vector<std::string> lines;  // the same as text
};

using Block = std::variant<Paragraph, Steps, Commands, Table, Changed, Figure>;

struct Chapter {
  std::string title;
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  std::vector<Chapter> sections;
  std::string footer;
};

// One page that needs nothing else: no script, no request, light and dark, printable.
std::string to_html(const Document& document);
// CommonMark with tables, as ticket systems take it. Figures are text.
std::string to_markdown(const Document& document);

// Any text as part of HTML, also of an attribute in quotes. Control characters, and those that turn text around, are
// replaced.
std::string escaped(std::string_view text);

// How much of both is the same at their beginning and at their end, in whole UTF-8 characters.
struct Common {
  std::size_t begin = 0, end = 0;
};
Common common_of(std::string_view before, std::string_view after) noexcept;

}  // namespace vialens

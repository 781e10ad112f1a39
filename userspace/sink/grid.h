// A table for a person: columns as wide as what is in them, figures to the right, and no line wider than the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/core/time.h"
#include "userspace/sink/terminal_words.h"

namespace vialens {

struct TableLayout {
  std::size_t width = 0;  // columns of the terminal; 0: as wide as it gets
  Paint paint{};
  Time now{};  // what was today is told without its date
};

class Grid {
 public:
  // wide: text that is told below its row where the whole table does not fit.
  enum class Kind : std::uint8_t { text, figure, wide };
  struct Column {
    std::string_view title;
    Kind kind = Kind::text;
  };
  struct Cell {
    std::string text;  // may be from packets; it is made printable. "": nothing to say
    std::string_view colour{};
  };

  explicit Grid(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<Cell> row);  // a cell for each column
  std::string text(const TableLayout& layout) const;

 private:
  std::vector<std::size_t> widths(std::size_t most, bool whole) const;
  void append_line(std::string& out, const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                   const TableLayout& layout) const;
  void append_below(std::string& out, const std::vector<Cell>& row, const TableLayout& layout) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace vialens

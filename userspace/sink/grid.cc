#include "userspace/sink/grid.h"

#include <algorithm>

#include "userspace/sink/text.h"

namespace vialens {
namespace {

constexpr std::size_t kIndent = 2, kBetween = 2, kBelow = 6;
constexpr std::size_t kNarrowest = 8;  // that a text is cut to

}  // namespace

void Grid::add(std::vector<Cell> row) {
  for (Cell& cell : row) cell.text = printable(cell.text);
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

// As wide as what is in them; 0 for those that are not in the line. Where that is too much, the widest texts give way.
std::vector<std::size_t> Grid::widths(std::size_t most, bool whole) const {
  std::vector<std::size_t> widths(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!whole && columns_[i].kind == Kind::wide) continue;
    widths[i] = columns_of(columns_[i].title);
    for (const std::vector<Cell>& row : rows_) widths[i] = std::max(widths[i], columns_of(row[i].text));
  }
  std::size_t total = kIndent;
  for (const std::size_t width : widths) total += width == 0 ? 0 : width + kBetween;
  total -= kBetween;
  while (most != 0 && !whole && total > most) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].kind == Kind::text && widths[i] > kNarrowest &&
          (widest == columns_.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == columns_.size()) break;
    --widths[widest];
    --total;
  }
  return widths;
}

void Grid::append_line(std::string& out, const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                       const TableLayout& layout) const {
  std::size_t column = 0;  // where the text of this line has got to
  std::size_t begin = kIndent;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (widths[i] == 0) continue;
    if (layout.width != 0 && begin + widths[i] > layout.width) break;  // a terminal that is too narrow for all of it
    const std::string text = columns_of(row[i].text) <= widths[i] ? row[i].text : shorten(row[i].text, widths[i]);
    const std::size_t shift = columns_[i].kind == Kind::figure ? widths[i] - columns_of(text) : 0;
    if (!text.empty()) {
      out += std::string(begin + shift - column, ' ');
      out += row[i].colour.empty() ? text : layout.paint(text, row[i].colour);
      column = begin + shift + columns_of(text);
    }
    begin += widths[i] + kBetween;
  }
  out += '\n';
}

void Grid::append_below(std::string& out, const std::vector<Cell>& row, const TableLayout& layout) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].kind == Kind::wide && !row[i].text.empty() && row[i].text != "-")
      out += std::string(kBelow, ' ') +
             wrapped(row[i].text, layout.width - std::min(layout.width - 1, kBelow), kBelow) + '\n';
}

std::string Grid::text(const TableLayout& layout) const {
  std::vector<std::size_t> columns = widths(0, true);
  std::size_t total = kIndent;
  for (const std::size_t width : columns) total += width + kBetween;
  const bool whole = layout.width == 0 || total - kBetween <= layout.width;
  if (!whole) columns = widths(layout.width, false);
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({std::string(column.title), ansi::kDim});
  std::string out;
  append_line(out, titles, columns, layout);
  for (const std::vector<Cell>& row : rows_) {
    append_line(out, row, columns, layout);
    if (!whole) append_below(out, row, layout);
  }
  return out;
}

}  // namespace vialens

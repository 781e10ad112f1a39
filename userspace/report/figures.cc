#include "userspace/report/figures.h"

#include <fmt/format.h>

#include <algorithm>

#include "userspace/sink/json_fields.h"
#include "userspace/sink/text.h"

namespace vialens {
namespace {

constexpr std::size_t kMostRows = 200;
constexpr int kRow = 30, kTop = 36, kPhone = 130, kRouter = 400, kProvider = 670, kWidth = 800;

const Json& rows_of(const Json& ladder) {
  static const Json none = Json::array();
  const auto rows = ladder.find("rows");
  return rows != ladder.end() && rows->is_array() ? *rows : none;
}

// "07:30:28.123"
std::string clock_in(const Json& row) {
  const std::string time = text_in(row, "time");
  return time.size() >= 23 ? time.substr(11, 12) : time;
}

bool is_there(const Json& row, const char* side) { return object_in(row, side).contains("time"); }

std::string_view colour_of(const Json& row) {
  const std::string grade = text_in(row, "grade");
  if (grade == "broken" || grade == "incomplete") return "var(--bad)";
  return grade == "harmless" ? "var(--warn)" : "currentColor";
}

std::string arrow(int from, int to, int y, std::string_view colour, bool there) {
  const int tip = to > from ? to - 7 : to + 7;
  if (!there)
    return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"var(--dim)\" stroke-dasharray=\"2 5\"/>",
                       from, y, to, y);
  return fmt::format(
      "<line x1=\"{0}\" y1=\"{2}\" x2=\"{1}\" y2=\"{2}\" stroke=\"{4}\" stroke-width=\"1.5\"/>"
      "<path d=\"M{3} {5}L{1} {2}L{3} {6}\" fill=\"none\" stroke=\"{4}\" stroke-width=\"1.5\"/>",
      from, to, y, tip, colour, y - 4, y + 4);
}

std::string row_svg(const Json& row, int y) {
  const bool out = text_in(row, "direction") != "in";
  const bool lan = is_there(row, "lan"), wan = is_there(row, "wan");
  const std::string_view colour = colour_of(row);
  const std::string summary = shorten(text_in(row, "summary"), 36);
  std::string svg = fmt::format("<text x=\"0\" y=\"{}\" fill=\"var(--dim)\">{}</text>", y + 4, escaped(clock_in(row)));
  svg += out ? arrow(kPhone, kRouter, y, colour, lan) + arrow(kRouter, kProvider, y, colour, wan)
             : arrow(kProvider, kRouter, y, colour, wan) + arrow(kRouter, kPhone, y, colour, lan);
  const int at = lan && wan ? kRouter : lan ? (kPhone + kRouter) / 2 : (kRouter + kProvider) / 2;
  return svg + fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" style=\"fill:{}\">{}</text>", at, y - 5,
                           colour == "currentColor" ? "var(--fg)" : colour, escaped(summary));
}

std::string row_text(const Json& row) {
  const bool out = text_in(row, "direction") != "in";
  const auto half = [&](bool there) { return !there ? "........" : out ? "------->" : "<-------"; };
  std::string changed;
  if (const auto changes = row.find("changes"); changes != row.end() && changes->is_array())
    for (const Json& change : *changes) changed += (changed.empty() ? "" : ", ") + text_in(change, "where");
  return fmt::format("{} phone {} router {} provider  {}{}", clock_in(row), half(is_there(row, "lan")),
                     half(is_there(row, "wan")), text_in(row, "summary"),
                     changed.empty() ? "" : "  changed: " + changed);
}

// --- over time

struct Series {
  std::string_view title;
  std::vector<std::pair<double, double>> points;  // s since the first, value
  double least = 0, most = 0;                     // of the axis
};

std::string plot(const Series& series, double seconds, int x) {
  constexpr int kPlotWidth = 240, kPlotHeight = 70, kTopOfPlot = 22;
  const double range = std::max(series.most - series.least, 1e-9);
  std::string points;
  for (const auto& [time, value] : series.points)
    points += fmt::format(
        "{:.1f},{:.1f} ", x + time / std::max(seconds, 1e-9) * kPlotWidth,
        kTopOfPlot + kPlotHeight - (std::clamp(value, series.least, series.most) - series.least) / range * kPlotHeight);
  return fmt::format(
      "<text x=\"{0}\" y=\"14\">{1}, {2:.3g} to {3:.3g}</text><rect x=\"{0}\" y=\"{4}\" width=\"{5}\" height=\"{6}\" "
      "fill=\"none\" stroke=\"var(--line)\"/><polyline points=\"{7}\" fill=\"none\" stroke=\"currentColor\" "
      "stroke-width=\"1.5\"/>",
      x, series.title, series.least, series.most, kTopOfPlot, kPlotWidth, kPlotHeight, points);
}

}  // namespace

Figure ladder_figure(const Json& ladder) {
  Figure figure;
  const Json& rows = rows_of(ladder);
  const std::size_t count = std::min(rows.size(), kMostRows);
  const int height = kTop + static_cast<int>(count) * kRow + 10;
  std::string& svg = figure.svg;
  svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"Ladder of the call\" "
      "width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\">",
      kWidth, height);
  for (const auto& [x, name] :
       {std::pair(kPhone, "phone"), std::pair(kRouter, "router"), std::pair(kProvider, "provider")})
    svg += fmt::format(
        "<text x=\"{0}\" y=\"12\" text-anchor=\"middle\">{1}</text><line x1=\"{0}\" y1=\"18\" x2=\"{0}\" "
        "y2=\"{2}\" stroke=\"var(--line)\"/>",
        x, name, height);
  for (std::size_t i = 0; i < count; ++i) {
    svg += row_svg(rows[i], kTop + static_cast<int>(i) * kRow + 12);
    figure.lines.push_back(row_text(rows[i]));
  }
  svg += "</svg>";
  figure.title = "The messages on both sides of the router. Coloured: the router changed it. Dotted: not seen there.";
  if (count < rows.size()) {
    figure.title += fmt::format(" The first {} of {} messages.", count, rows.size());
    figure.lines.push_back(fmt::format("... {} more", rows.size() - count));
  }
  return figure;
}

Figure media_figure(const Json& stream) {
  Figure figure;
  const auto samples = stream.find("samples");
  if (samples == stream.end() || !samples->is_array() || samples->size() < 2) return figure;
  Series loss{"loss %", {}, 0, 1}, jitter{"jitter ms", {}, 0, 10}, mos{"MOS", {}, 1, 4.5};
  double passed = 0;
  for (const Json& sample : *samples) {
    passed += number_in(sample, "seconds").value_or(0);
    const double packets = number_in(sample, "packets").value_or(0), lost = number_in(sample, "lost").value_or(0);
    if (packets + lost > 0) loss.points.emplace_back(passed, 100 * lost / (packets + lost));
    if (const auto value = number_in(sample, "jitter_ms")) jitter.points.emplace_back(passed, *value);
    if (const auto value = number_in(sample, "mos")) mos.points.emplace_back(passed, *value);
  }
  for (Series* const series : {&loss, &jitter})
    for (const auto& [time, value] : series->points) series->most = std::max(series->most, value);
  figure.title =
      fmt::format("{} {}: {} to {}, {:.0f} s. Loss, jitter and estimated quality over time.", text_in(stream, "tap"),
                  text_in(stream, "direction"), text_in(stream, "src"), text_in(stream, "dst"), passed);
  figure.svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"" + escaped(figure.title) +
               "\" width=\"800\" height=\"100\" viewBox=\"0 0 800 100\">" + plot(loss, passed, 0) +
               plot(jitter, passed, 270) + plot(mos, passed, 540) + "</svg>";
  figure.lines = {figure.title};
  return figure;
}

}  // namespace vialens

#include <fmt/format.h>

#include "userspace/report/document.h"

namespace vialens {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#5b6470;--line:#d5dae0;--bad:#b3261e;--warn:#8a5a00;--good:#1a7f37;--mark:#ffd9d6;--code:#f3f5f7}
@media(prefers-color-scheme:dark){:root{--fg:#e4e7eb;--bg:#14171a;--dim:#9aa4af;--line:#363d45;--bad:#ff8a80;--warn:#f0b95a;--good:#6fd08c;--mark:#6b2a26;--code:#1e2328}}
*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;font:16px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
p{margin:.5rem 0}.bad{color:var(--bad);font-weight:600}.warning{color:var(--warn);font-weight:600}.good{color:var(--good);font-weight:600}
code,pre{font:13px/1.5 ui-monospace,monospace;background:var(--code)}code{padding:.1em .3em;overflow-wrap:anywhere}pre{padding:.6rem .8rem;overflow-x:auto}
mark{background:var(--mark);color:inherit}.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
dl{margin:.5rem 0}dt{font-weight:600}dd{margin:0 0 .25rem}figure{margin:.75rem 0;overflow-x:auto}figcaption{color:var(--dim);font-size:.9rem}
svg{max-width:none}svg text{fill:var(--fg);font:12px ui-monospace,monospace}footer{margin-top:3rem;color:var(--dim);font-size:.85rem}
@media print{body{max-width:none;padding:0}h2{break-after:avoid}figure,dl{break-inside:avoid}}
)";

std::string_view class_of(Tone tone) noexcept {
  switch (tone) {
    case Tone::good:
      return " class=\"good\"";
    case Tone::warning:
      return " class=\"warning\"";
    case Tone::bad:
      return " class=\"bad\"";
    case Tone::plain:
      break;
  }
  return "";
}

std::string marked(std::string_view text, const Common& common) {
  const std::string_view begin = text.substr(0, common.begin);
  const std::string_view middle = text.substr(common.begin, text.size() - common.begin - common.end);
  const std::string_view end = text.substr(text.size() - common.end);
  return fmt::format("<code>{}{}{}</code>", escaped(begin),
                     middle.empty() ? "" : "<mark>" + escaped(middle) + "</mark>", escaped(end));
}

struct Write {
  std::string operator()(const Paragraph& paragraph) const {
    return fmt::format("<p{}>{}</p>\n", class_of(paragraph.tone), escaped(paragraph.text));
  }
  std::string operator()(const Steps& steps) const {
    std::string text = "<ol>\n";
    for (const std::string& item : steps.items) text += "<li>" + escaped(item) + "</li>\n";
    return text + "</ol>\n";
  }
  std::string operator()(const Commands& commands) const {
    std::string text = "<pre>";
    for (const std::string& line : commands.lines) text += escaped(line) + '\n';
    return text + "</pre>\n";
  }
  std::string operator()(const Table& table) const {
    std::string text = "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const std::string& title : table.head) text += "<th scope=\"col\">" + escaped(title) + "</th>";
    text += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      text += "<tr>";
      for (const std::string& cell : row) text += "<td>" + escaped(cell) + "</td>";
      text += "</tr>\n";
    }
    return text + "</tbody></table></div>\n";
  }
  std::string operator()(const Changed& changed) const {
    const Common common = common_of(changed.before, changed.after);
    const auto value = [&](const std::string& text) {
      return text.empty() ? std::string("<em>nothing</em>") : marked(text, common);
    };
    return fmt::format("<dl><dt>{}</dt><dd>before: {}</dd><dd>after: {}</dd></dl>\n", escaped(changed.where),
                       value(changed.before), value(changed.after));
  }
  std::string operator()(const Figure& figure) const {
    return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", figure.svg, escaped(figure.title));
  }
};

}  // namespace

std::string to_html(const Document& document) {
  std::string text = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n"
      "<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
      escaped(document.title), kStyle);
  for (const Chapter& section : document.sections) {
    text += "<section>\n<h2>" + escaped(section.title) + "</h2>\n";
    for (const Block& block : section.blocks) text += std::visit(Write{}, block);
    text += "</section>\n";
  }
  return text + "<footer>" + escaped(document.footer) + "</footer>\n</body>\n</html>\n";
}

}  // namespace vialens

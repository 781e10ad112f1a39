#include "userspace/app/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "userspace/sink/text.h"

namespace vialens::app {
namespace {

constexpr std::size_t kUsualWidth = 100;  // of sentences where nobody knows the width
constexpr std::size_t kLabel = 18;

struct Writer {
  const TableLayout& layout;
  std::string text{};

  std::size_t width(std::size_t indent) const {
    return std::max(layout.width == 0 ? kUsualWidth : layout.width, indent + 20);
  }
  void heading(std::string_view words) {
    if (!text.empty()) text += '\n';
    text += layout.paint(printable(words), ansi::kBold) + '\n';
  }
  void labelled(std::string_view label, std::string_view words) {
    if (words.empty()) return;
    text += fmt::format("  {:<{}}{}\n", label, kLabel - 2, wrapped(printable(words), width(kLabel) - kLabel, kLabel));
  }
  void sentence(std::string_view words, std::size_t indent = 2) {
    text += std::string(indent, ' ') + wrapped(printable(words), width(indent) - indent, indent) + '\n';
  }
  void steps(const std::vector<std::string>& steps, std::size_t indent = 2) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::string number = fmt::format("{}{}. ", std::string(indent, ' '), i + 1);
      text += number + wrapped(printable(steps[i]), width(number.size()) - number.size(), number.size()) + '\n';
    }
  }
  // As they are to be typed: not wrapped.
  void commands(const std::vector<std::string>& commands) {
    for (const std::string& command : commands) text += "      " + printable(command) + '\n';
  }
};

std::string_view words_for_sure(std::string_view sure) {
  if (sure == "documented") return "documented by the maker, or seen in the source";
  if (sure == "reported") return "reported by users or VoIP providers";
  return "assumed: general knowledge that nobody has checked; menus differ from version to version";
}

void write_kind(Writer& out, const FindingKind& kind) {
  out.heading(fmt::format("{}: {}", kind.id, kind.title));
  out.labelled("What it means", kind.meaning);
  out.labelled("When it is said", kind.rule);
  out.labelled("Severity", to_string(kind.severity));
  out.labelled("What to do", kind.remedy.empty() ? "Nothing: this explains, and is no fault." : kind.remedy);
  out.labelled("RFC", kind.rfc);
}

void write_product(Writer& out, const Product& product) {
  out.heading(fmt::format("On {}", product.name));
  if (!product.setting.empty())
    out.labelled("The switch", fmt::format("{}{}", product.setting,
                                           product.by_default == "unknown" || product.by_default.empty()
                                               ? ""
                                               : fmt::format(" ({} by default)", product.by_default)));
  out.labelled("How sure", words_for_sure(product.sure));
  out.labelled("Known from", product.source);
  for (const Product::Way& way : product.ways) {
    out.sentence(way.where.empty() ? "Like this:" : way.where + ":");
    out.steps(way.steps, 4);
    out.commands(way.commands);
  }
  out.labelled("Note", product.note);
  if (product.fixed) out.sentence("Its user cannot switch it off: see below.");
}

void write_guesses(Writer& out, const Explanation& explanation) {
  if (explanation.router.guesses.empty()) {
    if (explanation.router.product != nullptr) return;
    out.heading("On this router");
    out.sentence(
        "Nothing here tells which product it is. --router NAME says how it is done on one (--list-routers); in its "
        "LAN, --ask-router asks it what it is.");
    out.sentence(fmt::format("The switch goes by these names: {}.", fmt::join(knowledge().setting_names, ", ")));
    return;
  }
  out.heading("Which router: a guess");
  std::string names;
  for (const Guess& guess : explanation.router.guesses)
    names += fmt::format("{}{} (--router {})", names.empty() ? "" : "; ", guess.product->name, guess.product->id);
  out.sentence(fmt::format("Since {}: {}.", explanation.router.guesses.front().why, names));
}

}  // namespace

bool Explanation::is_about_alg() const { return kind == nullptr || kind->remedy.find("ALG") != kind->remedy.npos; }

Json to_json(const Product& product) {
  Json ways = Json::array();
  for (const Product::Way& way : product.ways)
    ways.push_back({{"where", way.where}, {"steps", way.steps}, {"commands", way.commands}});
  return {{"type", "router"},     {"id", product.id},           {"name", product.name},
          {"also", product.also}, {"setting", product.setting}, {"default", product.by_default},
          {"sure", product.sure}, {"source", product.source},   {"ways", ways},
          {"note", product.note}, {"fixed", product.fixed}};
}

Json to_json(const Explanation& explanation) {
  Json guesses = Json::array();
  for (const Guess& guess : explanation.router.guesses)
    guesses.push_back({{"router", guess.product->id}, {"why", guess.why}});
  Json json{{"type", "explanation"}, {"guesses", guesses}};
  if (const FindingKind* const kind = explanation.kind)
    json.update({{"id", kind->id},
                 {"severity", to_string(kind->severity)},
                 {"title", kind->title},
                 {"meaning", kind->meaning},
                 {"rule", kind->rule},
                 {"remedy", kind->remedy},
                 {"rfc", rfc_of(*kind)}});
  json["router"] = explanation.router.product == nullptr ? Json() : to_json(*explanation.router.product);
  if (!explanation.is_about_alg()) return json;
  json["setting_names"] = knowledge().setting_names;
  json["after"] = knowledge().after;
  json["otherwise"] = knowledge().otherwise;
  return json;
}

std::string explanation_text(const Explanation& explanation, const TableLayout& layout) {
  Writer out{layout};
  if (explanation.kind != nullptr) write_kind(out, *explanation.kind);
  if (!explanation.is_about_alg()) return out.text;
  write_guesses(out, explanation);
  if (explanation.router.product != nullptr) write_product(out, *explanation.router.product);
  out.heading("When it is switched off");
  out.steps(knowledge().after);
  out.heading("If it cannot be switched off");
  out.steps(knowledge().otherwise);
  return out.text;
}

}  // namespace vialens::app

// Prints docs/findings.md, which is the table of findings (userspace/finding/catalogue.cc) in prose.
#include <algorithm>
#include <cctype>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/finding/finding.h"

namespace {

using vialens::FindingKind;

struct Family {
  std::string_view prefix, title, introduction;
};

constexpr Family kFamilies[] = {
    {"alg-", "alg: the router changed something",
     "Both sides of the router are in sight (but where the finding says otherwise), and a message that left it is not "
     "the one that entered, or one of the two is missing. A NAT has no reason to look into a message: what is told "
     "here was done by a SIP ALG, or by something "
     "like it."},
    {"hint-", "hint: a message contradicts itself",
     "One side is enough. What is told here is what a SIP ALG leaves behind; who left it cannot be seen from one side "
     "alone, and another sender with the same fault looks like it."},
    {"call-", "call: what goes wrong with a call",
     "What the people on the phone notice of the signalling, told during the call wherever the protocol's own timers "
     "show it. A symptom by itself says nothing of who is to blame, and its remedy names the likely causes; a rewrite "
     "that explains it is told with it, as its verdict."},
    {"media-", "media: who does not hear whom",
     "What they hear, or do not. The direction is named, and the place where the sound dies; what was agreed to (hold, "
     "silence that need not be sent, a fax) is no fault."},
    {"reg-", "reg: the phone cannot be reached",
     "Registrations that fail, or are lost. These say nothing of who is to blame, either: check the password first."},
    {"nat-", "nat: the NAT, and no ALG",
     "What NAT itself does to calls. Switching off an ALG does not help here, and in some cases the ALG is what hid "
     "it."},
    {"note-", "note: an explanation",
     "Nothing is wrong. These are the innocent reasons for what looks like a fault, and they are told so that nobody "
     "repairs what works."},
};

// The answer to "how sure": the words of finding.h.
void print_introduction() {
  std::cout << "# What vialens finds\n\n"
               "<!-- Made by tools/findings_doc.cc from userspace/finding/catalogue.cc. Do not edit: change the table, "
               "and make it anew. -->\n\n"
               "Each finding has an id, by which `--fail-on` and JSON name it, a severity, and a confidence from 0 to "
               "1. It is told once of each call, registration or box, and again if it becomes surer.\n\n"
               "| confidence | word | meaning |\n|---|---|---|\n"
            << "| from " << vialens::kProven << " | " << vialens::confidence_word(vialens::kProven)
            << " | nothing else explains it |\n"
            << "| from " << vialens::kStrong << " | " << vialens::confidence_word(vialens::kStrong)
            << " | something else could explain it, and rarely does |\n"
            << "| from " << vialens::kLikely << " | " << vialens::confidence_word(vialens::kLikely)
            << " | the first thing to look at |\n"
            << "| below | " << vialens::confidence_word(0) << " | never an alarm |\n\n"
            << "Each has a case under [tests/cases](../tests/cases): the messages, and what is said of them. They are "
               "tests, and meant to be read.\n\n";
}

bool is_of(const FindingKind& kind, const Family& family) { return kind.id.starts_with(family.prefix); }

std::string sentence(std::string_view title) {
  std::string text(title);
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return parts;
}

std::string link(const std::string& text, const std::string& rfc, const std::string& section) {
  return "[" + text + "](https://www.rfc-editor.org/rfc/rfc" + rfc + (section.empty() ? "" : "#section-" + section) +
         ")";
}

// "3261 17.1.3, 17.2.3, 3581 4": a number of four digits is an RFC, anything else a section of the last one.
std::string rfc_links(std::string_view list) {
  std::string links;
  std::string rfc;
  const auto add = [&](const std::string& text, const std::string& section) {
    links += (links.empty() ? "" : ", ") + link(text, rfc, section);
  };
  for (const std::string& item : split(list, ", ")) {
    const std::vector<std::string> words = split(item, " ");
    const bool names_rfc = words[0].size() == 4 && words[0].find('.') == std::string::npos;
    if (names_rfc) rfc = words[0];
    const std::string section = names_rfc ? (words.size() > 1 ? words[1] : "") : words[0];
    const std::string name = names_rfc ? "RFC " + rfc + (section.empty() ? "" : " ") : "";
    add(name + section, section);
  }
  return links;
}

void print_contents(const Family& family) {
  std::cout << "## " << family.title << "\n\n"
            << family.introduction << "\n\n| id | what | severity |\n|---|---|---|\n";
  for (const FindingKind& kind : vialens::all_kinds())
    if (is_of(kind, family))
      std::cout << "| [`" << kind.id << "`](#" << kind.id << ") | " << kind.title << " | " << to_string(kind.severity)
                << " |\n";
  std::cout << "\n";
}

void print_finding(const FindingKind& kind) {
  std::cout << "### " << kind.id << "\n\n**" << sentence(kind.title) << "** (" << to_string(kind.severity) << ")\n\n"
            << kind.meaning << "\n\n- **When it is said, and how sure:** " << kind.rule << "\n";
  if (!kind.remedy.empty()) std::cout << "- **What to do:** " << kind.remedy << "\n";
  if (!kind.rfc.empty()) std::cout << "- **By the book:** " << rfc_links(kind.rfc) << "\n";
  std::cout << "- **Case:** [" << kind.id << ".case](../tests/cases/" << kind.id << ".case)\n\n";
}

bool has_family(const FindingKind& kind) {
  return std::any_of(std::begin(kFamilies), std::end(kFamilies),
                     [&](const Family& family) { return is_of(kind, family); });
}

}  // namespace

int main() {
  print_introduction();
  for (const Family& family : kFamilies) {
    print_contents(family);
    for (const FindingKind& kind : vialens::all_kinds())
      if (is_of(kind, family)) print_finding(kind);
  }
  for (const FindingKind& kind : vialens::all_kinds()) {
    if (has_family(kind)) continue;
    std::cerr << kind.id << " is of no family that tools/findings_doc.cc knows\n";
    return 1;
  }
}

#include "userspace/sink/json_lines.h"

#include "userspace/sink/json.h"

namespace vialens {

JsonLines::JsonLines(std::FILE* out)
    : JsonLines([out](std::string_view line) {
        std::fwrite(line.data(), 1, line.size(), out);
        std::fflush(out);
      }) {}

void JsonLines::on_finding(const Finding& finding) { write_(to_line(to_json(finding))); }

void JsonLines::on_call(const Call& call) { write_(to_line(to_json(call))); }

void JsonLines::on_registration(const Registration& registration) { write_(to_line(to_json(registration))); }

void JsonLines::on_summary(const Summary& summary) { write_(to_line(to_json(summary))); }

}  // namespace vialens

#include "userspace/sink/json_lines.h"

#include "userspace/sink/json.h"

namespace vialens {
namespace {

void write(std::FILE* out, const Json& object) {
  const std::string line = to_line(object);
  std::fwrite(line.data(), 1, line.size(), out);
  std::fflush(out);
}

}  // namespace

void JsonLines::on_finding(const Finding& finding) { write(out_, to_json(finding)); }

void JsonLines::on_call(const Call& call) { write(out_, to_json(call)); }

void JsonLines::on_registration(const Registration& registration) { write(out_, to_json(registration)); }

void JsonLines::on_summary(const Summary& summary) { write(out_, to_json(summary)); }

}  // namespace vialens

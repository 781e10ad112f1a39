#include "userspace/board/call_detail.h"

#include <algorithm>

#include "userspace/finding/gravity.h"

namespace vialens {
namespace {

Json to_json(const MediaSample& sample) {
  return {{"time", to_rfc3339(sample.end)},
          {"seconds", std::chrono::duration<double>(sample.length).count()},
          {"packets", sample.packets},
          {"lost", sample.lost},
          {"jitter_ms", or_null(sample.jitter_ms)},
          {"mos", or_null(sample.mos)}};
}

Json to_json(const StreamHistory& media, const Codecs& codecs) {
  Json samples = Json::array();
  for (const MediaSample& sample : media.history.samples()) samples.push_back(to_json(sample));
  Json object = name_of(media.stream, codecs.name(media.stream.payload_type));
  object["samples"] = std::move(samples);
  return object;
}

}  // namespace

std::optional<Json> call_detail(const Board& board, std::string_view call_id, std::optional<Json> ladder) {
  const auto call = board.call(call_id);
  const auto registration = call ? std::nullopt : board.registration(call_id);
  if (!call && !registration && !ladder) return std::nullopt;
  Filter filter;
  filter.limit = 500;
  std::vector<Finding> found = board.findings(filter).items;
  std::erase_if(found, [&](const Finding& finding) {
    return finding.subject.call_id != call_id && !(registration && finding.subject.aor == registration->aor);
  });
  std::stable_sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) { return graver(a, b); });
  Json findings = Json::array();
  for (const Finding& finding : found) findings.push_back(vialens::to_json(finding));
  Json media = Json::array();
  if (call)
    for (const StreamHistory& stream : board.media_of(call_id)) media.push_back(to_json(stream, call->codecs));
  return Json{{"call", call ? vialens::to_json(*call) : Json(nullptr)},
              {"registration", registration ? vialens::to_json(*registration) : Json(nullptr)},
              {"ladder", ladder ? std::move(*ladder) : Json(nullptr)},
              {"findings", std::move(findings)},
              {"media", std::move(media)}};
}

}  // namespace vialens

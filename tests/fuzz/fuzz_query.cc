// libFuzzer target for the questions that the API is asked: no path and no query crashes it, what it answers is JSON,
// and what it refuses it says why. The input is the target of a request: path and query.
#include <httplib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/unit/sink_fixture.h"
#include "userspace/http/api.h"

namespace {

using namespace vialens;  // NOLINT(google-build-using-namespace)

void require(bool condition) {
  if (!condition) std::abort();
}

const Board& a_board() {
  static Board board;
  if (board.latest_news() != 0) return board;
  for (int i = 0; i < 5; ++i) {
    Call call = test::a_call();
    if (i > 0) call.call_id += "/" + std::to_string(i);
    call.media_told = test::noon();
    board.on_call_changed(call);
  }
  board.on_registration_changed(test::a_registration());
  board.on_finding(test::a_finding());
  return board;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string target(reinterpret_cast<const char*>(data), size);
  const std::size_t mark = target.find('?');
  const std::string path = httplib::detail::decode_url(target.substr(0, mark), false);
  httplib::Params parameters;
  if (mark != target.npos) httplib::detail::parse_query_text(target.substr(mark + 1), parameters);
  const Sources sources{
      a_board(), {}, [](std::string_view, bool mask) { return std::optional<std::string>(mask ? "masked" : "plain"); },
      {},        {}, test::noon(),
      "1"};
  try {
    const auto found = answer(sources, path, {parameters.begin(), parameters.end()}, test::noon());
    if (found && found->type == "application/json") require(!nlohmann::json::parse(found->body).is_discarded());
    // The name of a file goes into a header.
    if (found)
      for (const char c : found->file_name) require(static_cast<unsigned char>(c) > 0x20 && c != '"' && c != 0x7f);
  } catch (const BadQuery& error) {
    require(*error.what() != '\0');
    require(!nlohmann::json::parse(error_answer(400, error.what()).body).is_discarded());
  }
  return 0;
}

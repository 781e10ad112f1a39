#include "userspace/http/events.h"

#include <fmt/format.h>

#include <algorithm>

namespace vialens {

bool EventStream::wanted(std::string_view type) const {
  return types_.empty() || std::find(types_.begin(), types_.end(), type) != types_.end();
}

std::string EventStream::next() {
  if (quiet_ >= kQuiet) {
    quiet_ = 0;
    return ": vialens\n\n";
  }
  std::string text;
  for (const News& news : board_.news_after(last_, kPatience)) {
    // Forgotten before it was told: who keeps a list has to ask for it anew.
    if (news.number > last_ + 1)
      text += fmt::format("event: gap\ndata: {{\"type\":\"gap\",\"missed\":{}}}\n\n", news.number - last_ - 1);
    last_ = news.number;
    if (wanted(news.type)) text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", news.number, news.type, *news.json);
  }
  quiet_ = text.empty() ? quiet_ + 1 : 0;
  return text;
}

}  // namespace vialens

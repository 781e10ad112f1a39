// Prints the metrics after a thousand hostile calls: text, or OpenMetrics with --openmetrics. For those who check them.
#include <cstdio>
#include <string_view>

#include "tests/metrics/hostile.h"
#include "userspace/metrics/metrics.h"

int main(int count, char** arguments) {
  vialens::test::HostileCalls calls;
  for (int i = 0; i < 1000; ++i) calls.play(i);
  vialens::Metrics metrics({"1.2.3", "abc"});
  metrics.on_status(calls.summary());
  const std::string text = metrics.text(count > 1 && std::string_view(arguments[1]) == "--openmetrics");
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

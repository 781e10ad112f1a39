// One JSON object a line; docs/schema/*.json describe them.
#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

#include "userspace/sink/sink.h"

namespace vialens {

class JsonLines final : public Sink {
 public:
  using Write = std::function<void(std::string_view line)>;  // with its end

  explicit JsonLines(std::FILE* out);  // each line is flushed
  explicit JsonLines(Write write) : write_(std::move(write)) {}

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_summary(const Summary& summary) override;

 private:
  Write write_;
};

}  // namespace vialens

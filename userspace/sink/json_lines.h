// One JSON object a line; docs/schema/*.json describe them.
#pragma once

#include <cstdio>

#include "userspace/sink/sink.h"

namespace vialens {

class JsonLines final : public Sink {
 public:
  explicit JsonLines(std::FILE* out) : out_(out) {}

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_summary(const Summary& summary) override;

 private:
  std::FILE* out_;
};

}  // namespace vialens

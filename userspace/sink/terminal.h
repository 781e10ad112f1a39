// For a person in front of a terminal: findings as they happen, then the calls, then the sums.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "userspace/sink/sink.h"

namespace vialens {

class Terminal final : public Sink {
 public:
  // `colour`: use ANSI colours. Text from packets is printed with control characters made visible, so that nobody can
  // talk to the terminal through a SIP header.
  Terminal(std::FILE* out, bool colour) : out_(out), colour_(colour) {}

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_summary(const Summary& summary) override;

 private:
  std::string paint(std::string_view text, std::string_view code) const;
  void print_calls();
  void print_registrations();
  void print_taps(const Summary& summary);
  void print_verdict(const Summary& summary);

  // What is printed as a table at the end. More than that, and only the newest are kept.
  static constexpr std::size_t kMostRows = 1000;

  std::FILE* out_;
  bool colour_;
  std::string heading_;  // that was printed last
  std::vector<Call> calls_;
  std::vector<Registration> registrations_;
};

}  // namespace vialens

// For a person in front of a terminal: findings as they happen, then the calls, then the sums.
#pragma once

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "userspace/sink/sink.h"

namespace vialens {

class Terminal final : public Sink {
 public:
  // `colour`: use ANSI colours. `width`: columns that sentences are fitted into; 0 for one line each. Text from packets
  // is printed with control characters made visible, so that nobody can talk to the terminal through a SIP header.
  Terminal(std::FILE* out, bool colour, std::size_t width = 0) : out_(out), colour_(colour), width_(width) {}

  void on_finding(const Finding& finding) override;
  void on_call(const Call& call) override;
  void on_registration(const Registration& registration) override;
  void on_summary(const Summary& summary) override;

 private:
  // What was last said of a finding, and what of it is new.
  struct Told {
    std::string wording, verdict;
    std::string_view sureness;
  };
  struct News {
    bool wording = false, verdict = false, sureness = false;
  };

  std::string paint(std::string_view text, std::string_view code) const;
  std::string fitted(const std::string& text) const;
  News news_of(const Finding& finding);
  void print_proof(const Finding& finding);
  void print_calls();
  void print_registrations();
  void print_taps(const Summary& summary);
  void print_verdict(const Summary& summary);

  // What is printed as a table at the end, and remembered of findings. More than that, and only the newest are kept.
  static constexpr std::size_t kMostRows = 1000;

  std::FILE* out_;
  bool colour_;
  std::size_t width_;
  std::string heading_;  // that was printed last
  std::map<std::pair<const FindingKind*, Subject>, Told> told_;
  std::vector<Call> calls_;
  std::vector<Registration> registrations_;
};

}  // namespace vialens

// What is asked of the board, and in which portions it answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/call/call.h"
#include "userspace/finding/finding.h"
#include "userspace/sink/sink.h"

namespace vialens {

// What is left empty restricts nothing.
struct Filter {
  std::vector<std::string> findings{};   // ids, or families: "alg"
  std::vector<std::string> states{};     // of calls and registrations; "live", "over"
  std::optional<Side> side{};            // where it was seen
  std::string subscriber{};              // part of From, To or address of record; case does not matter
  std::optional<Time> since{}, until{};  // of a finding its time, of others their beginning
  std::optional<Severity> severity{};
  double confidence = 0;  // at least
  std::string call_id{};
  std::size_t limit = 100;
  std::uint64_t before = UINT64_MAX;  // Page::next of the page before
};

template <class Item>
struct Page {
  std::vector<Item> items;            // the latest first
  std::optional<std::uint64_t> next;  // where the next page begins; nothing on the last one
};

bool matches(const Filter& filter, const Finding& finding);
bool matches(const Filter& filter, const Call& call);
bool matches(const Filter& filter, const Registration& registration);

bool is_live(const Call& call) noexcept;                  // neither ended nor given up
bool is_live(const Registration& registration) noexcept;  // a binding that stands

}  // namespace vialens

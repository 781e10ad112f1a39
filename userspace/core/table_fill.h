// What is told of a table that is bounded.
#pragma once

#include <cstdint>
#include <string_view>

namespace vialens {

// How full it is, and how many entries were forgotten before their time.
struct TableFill {
  std::string_view name;  // "calls", "outbox"
  std::uint64_t entries = 0, capacity = 0, evictions = 0;
};

// Of a table that says so itself: size(), capacity() and evicted().
template <class Table>
TableFill fill_of(std::string_view name, const Table& table) {
  return {name, table.size(), table.capacity(), table.evicted()};
}

}  // namespace vialens

// Pages out of a table that is ordered by number of arrival.
#pragma once

#include <map>

#include "userspace/board/filter.h"

namespace vialens {

// `look_up` makes a pointer to an item of what the table holds.
template <class Item, class Held, class LookUp>
Page<Item> page_of(const Filter& filter, const std::map<std::uint64_t, Held>& table, LookUp look_up) {
  Page<Item> page;
  for (auto one = table.lower_bound(filter.before); one != table.begin();) {
    --one;
    const Item* const item = look_up(one->second);
    if (!matches(filter, *item)) continue;
    if (page.items.size() == filter.limit) {
      page.next = std::next(one)->first;
      break;
    }
    page.items.push_back(*item);
  }
  return page;
}

}  // namespace vialens

// The worlds that are explored, each small enough to be exhausted.
#pragma once

#include <vector>

#include "explore/world.hpp"

namespace explore {

/// A world of so many orders A1, A2, …, of one restaurant, enqueued by SQL.
[[nodiscard]] World world_of(int orders, bool paid = false);

[[nodiscard]] const std::vector<World>& all_worlds();

}  // namespace explore

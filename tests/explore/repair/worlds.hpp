// The worlds of repairs that are explored, each small enough to be exhausted.
#pragma once

#include <string>
#include <vector>

#include "explore/repair/world.hpp"

namespace explore::mending {

/// A sale of one guest that stands at Square once more often than that: survivor O1, paid by P1,
/// and duplicates O2, O3, …, paid by P2, P3, … and approved.
[[nodiscard]] World world_of(int duplicates, const std::string& source_type = "EXTERNAL");

[[nodiscard]] const std::vector<World>& all_worlds();

}  // namespace explore::mending

// The worlds of repairs that are explored, each small enough to be exhausted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explore/repair/world.hpp"

namespace explore::repair {

/// A sale of one guest that stands at Square once more often than that: survivor O1, paid by P1,
/// and duplicates O2, O3, …, paid by P2, P3, … and approved.
[[nodiscard]] World world_of(int duplicates, const std::string& source_type = "EXTERNAL");

/// Two audits that have planned the same two orders, each with another one that stays, and two
/// people who approve them at once.
[[nodiscard]] World two_plans();
/// Somebody who may write to the tables, and approve nothing.
[[nodiscard]] World an_intruder();

/// Nothing that is sent twice is held back: no key is known, no version and no amount is looked at.
[[nodiscard]] World unguarded(World world);

/// O2, which is unpaid, is to be canceled; O1 stays, which P1 pays.
[[nodiscard]] World unpaid_copy();

/// The seller adds a dish of that price to an order, once; of 0, a note.
[[nodiscard]] Deed edits(const char* order, std::int64_t price);
[[nodiscard]] Deed touches(const char* payment);
[[nodiscard]] Deed refunds_by_hand(const char* story, const char* payment, std::int64_t of);

[[nodiscard]] const std::vector<World>& all_worlds();

}  // namespace explore::repair

// The worlds that are explored, each small enough to be exhausted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explore/world.hpp"

namespace explore {

/// A world of so many orders A1, A2, …, of one restaurant, enqueued by SQL.
[[nodiscard]] World world_of(int orders, bool paid = false);

[[nodiscard]] World named(World world, const char* name, const char* about);

[[nodiscard]] const std::vector<World>& all_worlds();
/// One of them. Throws if there is none of that name.
[[nodiscard]] const World& world_named(const std::string& name);

/// An operator's request about A1.
[[nodiscard]] Visitor visitor(pos::api::Route route, const char* story, const char* body = "");

/// Orders in doubt that are looked for: for each reason, and whatever a look may find.
[[nodiscard]] std::vector<World> worlds_of_looks();

/// What comes in by the doors beside orders: events of webhooks, pushes at once, tokens.
[[nodiscard]] std::vector<World> worlds_at_the_doors();
/// Of accounts that Square refuses as a whole: accounts.cpp.
[[nodiscard]] std::vector<World> worlds_of_refused_accounts();
/// Of what stands in an order's way and is put right, or never can be: refusals.cpp.
[[nodiscard]] std::vector<World> worlds_of_refused_orders();

/// SQL as producers are told to write it.
[[nodiscard]] std::string insertion(const std::string& order_id, const std::string& payload,
                                    const std::string& restaurant = "", std::int64_t revision = 1);

}  // namespace explore

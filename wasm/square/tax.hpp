// Which tax rates an order has, and how Square is told to apply them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "square/order.hpp"

namespace pos::square {

/// The most rates that one order may have. Every item may have to list those that are not its own,
/// so without an end to them a body could grow with the square of its payload.
constexpr std::size_t max_tax_rates = 10;

/// The distinct tax percentages of an order's items, in the order of their first use; items
/// without tax do not count.
[[nodiscard]] std::vector<std::string_view> tax_rates(const Order& order);

/// True if every item has the same tax.
[[nodiscard]] bool taxed_as_a_whole(const Order& order);

}  // namespace pos::square

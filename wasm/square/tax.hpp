// Which tax rates an order has, and how Square is told to apply them.
#pragma once

#include <string_view>
#include <vector>

#include "square/order.hpp"

namespace pos::square {

/// The distinct tax percentages of an order's items, in the order of their first use; items
/// without tax do not count.
[[nodiscard]] std::vector<std::string_view> tax_rates(const Order& order);

/// True if every item has the same tax: then it is a tax of the whole order, and otherwise each
/// item names its own.
[[nodiscard]] bool taxed_as_a_whole(const Order& order);

}  // namespace pos::square

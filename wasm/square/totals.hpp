// What Square will make of an order's money, computed before it is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "square/order.hpp"

namespace pos::square {

/// round-half-even(quantity x unit_price); nothing if it does not fit 64 bits. Square documents
/// bankers' rounding for its totals.
[[nodiscard]] std::optional<std::int64_t> line_amount(std::string_view quantity,
                                                      std::int64_t unit_price);

/// Sum of line amounts - discount (apportioned before tax) + service charge (total phase,
/// untaxed) + tax where it is not inclusive; in minor units, nothing if it does not fit.
[[nodiscard]] std::optional<std::int64_t> order_total(const Order& order);

}  // namespace pos::square

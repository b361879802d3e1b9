// How much tax an order has, by rate. The total needs that of the taxes that are added only; the
// books need all of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "square/order.hpp"

namespace pos::square {

/// Rate -> amount in minor units: "10", "7.5".
using Vat = std::map<std::string, std::int64_t, std::less<>>;

/// Where a tax is rounded.
enum class Rounding : std::uint8_t {
  as_sent = 0,   // as Square does with the bodies that we send
  of_lines = 1,  // at each line: bodies of another pusher, which made every tax one of its items
};

/// What each rate comes to; rates that come to nothing are left out. The order must be one that
/// read_payload takes.
[[nodiscard]] Vat vat_of(const Order& order, Rounding rounding);

/// What such an order comes to, its added taxes rounded like that.
[[nodiscard]] std::int64_t gross_of(const Order& order, Rounding rounding);

}  // namespace pos::square

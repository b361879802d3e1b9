// The way back: what an order that we have sent was made of, read from the bytes that were frozen
// for it. Queue rows are purged, frozen bytes are kept for ever.
#pragma once

#include "base/json/value.hpp"
#include "square/order.hpp"

namespace pos::square {

/// Reads the money of a body of create_order_body(): items, taxes, discount, service charge, when
/// it was placed and in which currency. False if it is none.
[[nodiscard]] bool read_frozen_order(json::Value request, Order& order);

}  // namespace pos::square

// From the queue's payload text to a checked order, or to words that name what is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/field_errors.hpp"
#include "base/json/value.hpp"
#include "square/order.hpp"

namespace pos::square {

/// Largest payload that is taken, in bytes.
constexpr std::size_t max_payload_bytes = 256 * 1024;

/// Reads a parsed payload. Returns what is wrong with it, in the payload's order and then what is
/// missing; sums are compared once all fields are right. Empty means that `order` holds it, with
/// its total computed as Square computes it (half-even).
[[nodiscard]] std::vector<FieldError> read_payload(json::Value payload, Order& order);

}  // namespace pos::square

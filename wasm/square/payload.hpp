// From the queue's payload text to a checked order, or to words that name what is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "square/order.hpp"

namespace pos::square {

/// One thing that is wrong with a payload: `items[2].unit_price` and "expected an integer number
/// of minor units, got "35,00"".
struct FieldError {
  std::string field;
  std::string message;

  bool operator==(const FieldError&) const = default;
};

/// Largest payload that is taken, in bytes.
constexpr std::size_t max_payload_bytes = 256 * 1024;

/// How many errors are told of one payload; one that is not ours at all would have thousands.
constexpr std::size_t max_field_errors = 50;

/// Reads a parsed payload. Returns what is wrong with it, in the payload's order and then what is
/// missing; sums are compared once all fields are right. Empty means that `order` holds it, with
/// its total computed as Square computes it (half-even).
[[nodiscard]] std::vector<FieldError> read_payload(json::Value payload, Order& order);

/// "field: message", joined with "; ".
[[nodiscard]] std::string to_string(const std::vector<FieldError>& errors);

}  // namespace pos::square

// What an order at Square holds, as far as a person looks at it who approves a repair: whether all
// of it can be read, and a fingerprint that tells any later change.
#pragma once

#include <string>

#include "base/json/value.hpp"

namespace pos::square {

/// The members without which an order can be compared with no other, separated by spaces; "" if
/// none is missing. An order that Square converted from an older API may lack its total and its
/// lines.
[[nodiscard]] std::string missing_of(json::Value order);

/// Hex of SHA-256 over its lines (with quantities, prices, notes and modifiers), discounts, service
/// charges, taxes, fulfillments (notes and recipients), table, customer, currency, total without
/// tip, and the names by which it was found to be a copy: reference_id and metadata. "" for an
/// order of which something is missing. Neither a version nor a state is part of it: Square raises
/// versions by itself.
[[nodiscard]] std::string content_fingerprint(json::Value order);

/// For whom its first fulfillment is, as an id of a customer, else as a telephone number, an
/// address or a name; "" where Square says none of them.
[[nodiscard]] std::string recipient_of(json::Value order);

/// The total without the tip: a tip comes with the payment, and is compared there.
[[nodiscard]] std::int64_t sold_amount(json::Value order);

}  // namespace pos::square

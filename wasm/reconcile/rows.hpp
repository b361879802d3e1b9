// Both sides of the books as they are read: rows of D1, orders of Square's.
#pragma once

#include <optional>

#include "base/json/value.hpp"
#include "reconcile/comparison.hpp"

namespace pos::reconcile {

/// A row of books.sold, books.unnamed or books.known: an order of ours, with what it was made of.
/// Its money comes from the bytes that were frozen for it, else from its payload.
[[nodiscard]] LocalOrder read_ours(json::Value row);

/// An order at Square; nothing for what gives something back.
[[nodiscard]] std::optional<SquareOrder> read_theirs(json::Value order);

}  // namespace pos::reconcile

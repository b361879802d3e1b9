// Whether an order at Square is paid, as the order itself says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json/value.hpp"

namespace pos::square {

/// What an order's tenders say. An order with a fulfillment stays OPEN when it is paid, so the
/// state alone does not tell.
struct Paid {
  bool paid = false;  // completely
  std::string payment_id;
  bool readable = true;  // false if the tender names its payment by what can be no id
};

/// What is still to be paid of an order, in minor units: Square may leave out net_amount_due_money,
/// and then it is what the tenders leave of the total. Nothing if an amount for that is not there.
[[nodiscard]] std::optional<std::int64_t> amount_due(json::Value order);

[[nodiscard]] Paid paid_by_tenders(json::Value order);

}  // namespace pos::square

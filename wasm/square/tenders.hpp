// Whether an order at Square is paid, as the order itself says.
#pragma once

#include <string>

#include "json/value.hpp"

namespace pos::square {

/// What an order's tenders say. An order with a fulfillment stays OPEN when it is paid, so the
/// state alone does not tell.
struct Paid {
  bool paid = false;  // completely
  std::string payment_id;
  bool readable = true;  // false if the tender names its payment by what can be no id
};

[[nodiscard]] Paid paid_by_tenders(json::Value order);

}  // namespace pos::square

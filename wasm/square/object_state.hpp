// What stands at Square when something of the past is to be mended: payments, refunds and orders as
// a fresh read shows them. A reader gives nothing for an object that lacks what a decision needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"

namespace pos::square {

/// Square OpenAPI, Payment.
struct PaymentState {
  std::string id;
  std::string order_id;
  std::string location_id;
  std::string status;
  std::string source_type;
  std::int64_t amount = 0;  // total_money: with its tip
  std::string currency;
  std::int64_t refunded = 0;
  std::vector<std::string> refund_ids;
  std::string version_token;

  /// Nothing of it has been refunded, and no refund was requested.
  [[nodiscard]] bool is_unrefunded() const { return refunded == 0 && refund_ids.empty(); }
  /// Square has moved its money itself, so that it can be disputed.
  [[nodiscard]] bool is_disputable() const {
    return source_type != "CASH" && source_type != "EXTERNAL";
  }
};

/// Square OpenAPI, PaymentRefund.
struct RefundState {
  std::string id;
  std::string payment_id;
  std::string status;
  std::int64_t amount = 0;
  std::string currency;
  std::string reason;

  /// It has moved its money, or may yet do so.
  [[nodiscard]] bool stands() const { return status != "REJECTED" && status != "FAILED"; }

  bool operator==(const RefundState&) const = default;
};

/// Square OpenAPI, Order.
struct OrderState {
  std::string id;
  std::string state;
  std::int64_t version = 0;
  std::int64_t total = 0;
  std::string currency;
  std::int64_t due = 0;                  // net_amount_due_money
  std::vector<std::string> payment_ids;  // of its tenders
  bool has_refunds = false;

  /// Square: an order with a fulfillment stays OPEN when it is paid, so its state does not tell.
  [[nodiscard]] bool is_paid() const {
    return (state == "OPEN" || state == "COMPLETED") && !payment_ids.empty() && due == 0;
  }
  [[nodiscard]] bool is_unpaid() const {
    return state == "OPEN" && payment_ids.empty() && due == total;
  }
};

[[nodiscard]] std::optional<PaymentState> read_standing_payment(json::Value payment);
[[nodiscard]] std::optional<RefundState> read_standing_refund(json::Value refund);
[[nodiscard]] std::optional<OrderState> read_standing_order(json::Value order);

// Where they are read, below the base URL.
[[nodiscard]] std::string payment_path(std::string_view payment_id);
[[nodiscard]] std::string refund_path(std::string_view refund_id);
[[nodiscard]] std::string order_path(std::string_view order_id);
/// All refunds of a location that were made since then, the oldest first, in pages of 100.
[[nodiscard]] std::string refunds_path(std::string_view location_id, std::int64_t since_ms,
                                       std::string_view cursor);
[[nodiscard]] std::string disputes_path(std::string_view location_id, std::string_view cursor);

}  // namespace pos::square

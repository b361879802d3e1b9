// The exact bytes that are sent to Square. What is built here is frozen before the first send.
#pragma once

#include <string>
#include <string_view>

#include "identity/keys.hpp"
#include "square/order.hpp"

namespace pos::square {

/// The value of Order.source.name; SearchOrders can filter on it, so it is a constant.
constexpr std::string_view source_name = "pos-sync";

/// Stands in a frozen payment body where Square's order id goes.
constexpr std::string_view order_id_placeholder = "{{pos_sync:order_id}}";

/// The body of POST /v2/orders (Square OpenAPI, CreateOrderRequest): idempotency key, location,
/// reference_id, metadata (pos_sync = the key, order_id, revision, placed_at), ticket_name,
/// line items, taxes, discount, service charge.
[[nodiscard]] std::string create_order_body(const Identity& identity, const Order& order,
                                            std::string_view location_id,
                                            std::int64_t refusals = 0);

/// The body of POST /v2/payments (Square OpenAPI, CreatePaymentRequest) with
/// order_id_placeholder for the order's id; "" for an order without payment.
///
/// Of an order whose total is 0 it is the body of POST /v2/orders/{order_id}/pay, under the same
/// key: Square takes no payment of 0, but "orders with a total amount of 0 can be marked as paid by
/// specifying an empty array of payment_ids" (Square OpenAPI, PayOrder; PayOrderRequest's
/// idempotency_key has 1 to 192 characters). The order's id is in the path, and not in the body.
[[nodiscard]] std::string create_payment_body(const Identity& identity, const Order& order,
                                              std::string_view location_id,
                                              std::int64_t refusals = 0);

/// A frozen payment body with Square's order id in place: a pure function of both.
[[nodiscard]] std::string with_order_id(std::string_view payment_body, std::string_view order_id);

}  // namespace pos::square

// What exists at Square, and what its reading endpoints say of it. Whether a booking shows up yet
// is decided by the test that fills the read model: Square promises no consistency between a write
// and a search (ListPayments says "Results are eventually consistent"; SearchOrders says nothing).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace world {

/// Which endpoint a request is for. All but the first three change nothing.
enum class Call : std::uint8_t {
  create_order,
  create_payment,
  pay_order,
  search_orders,
  retrieve_order,
  batch_retrieve,
  list_payments,
  unknown,
};
/// By the path alone, from /v2 on, with its query.
[[nodiscard]] Call call_of(std::string_view path);
[[nodiscard]] constexpr bool is_read(Call call) {
  return call >= Call::search_orders && call <= Call::list_payments;
}
/// The id in /v2/orders/{id} and /v2/orders/{id}/pay.
[[nodiscard]] std::string_view order_id_in(std::string_view path);

struct OrderThere {
  std::string id;
  std::string body;  // of its CreateOrder
  std::int64_t created_at_ms = 0;
  std::int64_t more = 0;  // its total beyond what its lines come to
  bool canceled = false;
  bool completed = false;             // by PayOrder
  std::vector<std::string> payments;  // the ids of those that name it
};

struct PaymentThere {
  std::string id;
  std::string body;  // of its CreatePayment
  std::int64_t created_at_ms = 0;
};

struct SquareReply {
  int status = 200;
  std::string body;
};

/// A refusal in Square's form: {"errors":[{"category","code","detail"}]}.
[[nodiscard]] SquareReply refused(int status, const char* code, std::string_view detail);

/// Both in any order.
struct SquareReadModel {
  std::vector<OrderThere> orders;
  std::vector<PaymentThere> payments;
  /// A page is never longer, whatever its request asks for.
  std::int64_t page_most = 1000;

  /// The reply to a request that reads; an unusable one is refused as Square would.
  [[nodiscard]] SquareReply read(std::string_view path, std::string_view body) const;
};

/// The 200 to CreateOrder and PayOrder. It is `padding` bytes longer than it need be.
[[nodiscard]] std::string order_reply(const OrderThere& order, std::size_t padding = 0);
/// The 200 to CreatePayment.
[[nodiscard]] std::string payment_reply(const PaymentThere& payment);
/// What an order's lines come to: whole quantities only, for the model's callers use no others.
[[nodiscard]] std::int64_t total_of(const OrderThere& order);

/// 2026-11-20T00:00:00.000Z, as Square writes a time.
[[nodiscard]] std::string rfc3339(std::int64_t unix_ms);

}  // namespace world

// What a request asked for, out of the bytes that were sent, and the one function that holds a
// reply against it. A gateway, a cache or a proxy can answer with the reply to another request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"

namespace pos::square {

/// What a reply must say to be the reply to a request.
class Asked {
 public:
  /// Of CreateOrder and PayOrder: the order's location, reference_id and key. Order.location_id is
  /// required in Square's OpenAPI file; the other two Square gives back as they were sent
  /// (CreateOrder's example there; metadata is what a look goes by, so an order without it could
  /// never be found).
  [[nodiscard]] static Asked of_order(std::string_view order_body);
  /// Of CreatePayment: its order, location, reference_id, amount, and amount with tip. All of them
  /// stand in CreatePayment's example in Square's OpenAPI file. The type of its source and its tip
  /// may be left out, and are compared where they are not.
  [[nodiscard]] static Asked of_payment(std::string_view payment_body);
  /// Of RefundPayment: its payment and amount; PaymentRefund.amount_money is required, and
  /// payment_id what a linked refund is. Its reason may be left out.
  [[nodiscard]] static Asked of_refund(std::string_view refund_body);
  /// Of the UpdateOrder that cancels an order: its location, for Order.location_id is required.
  [[nodiscard]] static Asked of_cancel(std::string_view cancel_body);

  /// What `said` says otherwise, or leaves out although it is always there; "" if it is the answer
  /// to this request.
  [[nodiscard]] std::string contradiction(json::Value said) const;

 private:
  struct Fact {
    const char* name = "";
    const char* member = "";  // of the object of that name; "" if it is a value itself
    std::string text;
    std::int64_t number = 0;
    bool is_number = false;
    bool may_be_left_out = false;
  };

  void text(const char* name, std::string_view expected, const char* member = "");
  void text_if_told(const char* name, std::string_view expected);
  void money(const char* name, std::int64_t amount, std::string_view currency);
  void money_if_told(const char* name, std::int64_t amount, std::string_view currency);
  static bool agrees(const Fact& fact, json::Value value);

  std::vector<Fact> facts_;
};

}  // namespace pos::square

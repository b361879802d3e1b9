// What Square says of an order, and a payment, that an operator wants to mark as done: whether they
// are the ones that were meant.
#pragma once

#include <string>
#include <string_view>

#include "square/reply.hpp"

namespace pos::square {

/// What must stand there.
struct Meant {
  std::string order_id;  // ours, which an order of ours has in its metadata
  std::string external_order_id;
  std::string external_payment_id;  // "" is not asked for
  std::string location_id;          // "" is not compared
  std::int64_t total = -1;          // -1 is not compared
  std::string currency;

  bool operator==(const Meant&) const = default;
};

/// What came of asking.
struct MarkCheck {
  enum class Kind : std::uint8_t {
    fits = 0,
    differs = 1,  // it is not there, or another: the words say which
    unasked = 2,  // Square did not say
  };
  Kind kind = Kind::unasked;
  std::string words;
};

[[nodiscard]] std::string path_of_order(std::string_view external_order_id);
[[nodiscard]] std::string path_of_payment(std::string_view external_payment_id);

/// Reads the reply to path_of_order(): the order exists, is no other one of ours, is of that
/// location, is not canceled and comes to that total.
[[nodiscard]] MarkCheck check_marked_order(const net::Reply& reply, const Meant& meant);

/// Reads the reply to path_of_payment(): the payment is COMPLETED, and of that order.
[[nodiscard]] MarkCheck check_marked_payment(const net::Reply& reply, const Meant& meant);

}  // namespace pos::square

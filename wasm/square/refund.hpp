// RefundPayment, and the UpdateOrder that cancels an order: what is sent, and what comes back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json/value.hpp"
#include "square/reply.hpp"

namespace pos::square {

/// What is asked of Square for one payment.
struct RefundAsked {
  std::string_view payment_id;
  std::int64_t amount = 0;
  std::string_view currency;
};

/// What stands in a refund's `reason`, and is how it is found again: it ends with our key. 192
/// characters at most (Square OpenAPI, RefundPaymentRequest).
[[nodiscard]] std::string refund_reason(std::string_view survivor_order_id, std::string_view key);
/// Whether a refund's reason says that it was made under this key.
[[nodiscard]] bool reason_names(std::string_view reason, std::string_view key);

/// The body of POST /v2/refunds. With the version token Square refuses it if the payment has
/// changed since it was read.
[[nodiscard]] std::string refund_body(const RefundAsked& asked, std::string_view key,
                                      std::string_view reason, std::string_view version_token);
/// The body of PUT /v2/orders/{order_id}.
[[nodiscard]] std::string cancel_body(std::string_view location_id, std::int64_t version,
                                      std::string_view key);

enum class RefundResult : std::uint8_t {
  done = 0,           // the money is on its way back; of a cancel: the order is CANCELED
  pending = 1,        // Square has taken it, and is not through with it
  failed = 2,         // Square has made it, and it came to nothing
  rejected = 3,       // a definite no
  too_old = 4,        // a definite no: the payment cannot be refunded any more
  disputed = 5,       // a definite no: the buyer's bank has the money
  stale = 6,          // a definite no: it has another version by now
  standing = 7,       // no, because some refund stands already: perhaps ours
  conflict = 8,       // the key is taken by another body
  throttled = 9,      // no proof that nothing happened
  unauthorized = 10,  // says nothing about earlier requests
  unknown = 11,       // it may or may not have happened
};

struct RefundOutcome {
  RefundResult result = RefundResult::unknown;
  std::string refund_id;
  std::int64_t retry_after_ms = -1;  // throttled; -1 if Square does not say
  bool without_credential = false;   // unauthorized: nothing was sent
  std::string detail;                // for the log; never a secret
};

/// A refund of another payment, or of another amount, than the sent bytes ask for is `unknown`, and
/// so is everything that contradicts itself, and a no that is not Square's own (is_plain_no).
[[nodiscard]] RefundOutcome read_refund_reply(const net::Reply& reply, std::string_view sent);
[[nodiscard]] RefundOutcome read_cancel_reply(const net::Reply& reply, std::string_view order_id,
                                              std::string_view sent);

}  // namespace pos::square

// What a reply of Square's, or its absence, says about the world.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/value.hpp"
#include "net/outcome.hpp"
#include "net/reply.hpp"
#include "square/asked.hpp"

namespace pos::square {

/// What the frozen request asked for; a reply that says otherwise is not "accepted".
struct Expected {
  std::int64_t total = 0;
  std::string_view currency;
};

// All readers go by an error's code, then by the HTTP status, then by the error's category. A reply
// that contradicts itself, or what was asked for, is `unknown`. So a definite no is believed only
// where nothing speaks against it: it comes as a 4xx in Square's own format with nothing beside it
// (is_plain_no), and each of its errors says no. A reply that cannot be read, or is not Square's,
// is `unknown` whatever its status, except 401 and 403 (`unauthorized`, with may_have_happened) and
// 429 (`throttled`).

/// Whether it says that what was asked for was done, whatever else it holds.
[[nodiscard]] bool is_success(const net::Reply& reply);

/// Whether there is a whole reply of status 200, with a JSON object in it. `body` then holds it.
/// Square OpenAPI: every operation that we call answers 200. A 206 is a part of an answer by its
/// own words, and what is not in it may stand all the same.
[[nodiscard]] bool is_answer(const net::Reply& reply, json::Document& body);

/// Whether Square itself refused a reading for good: the token may not ask for it, or there is no
/// such thing. To ask again changes nothing; who can do without goes on.
[[nodiscard]] bool is_withheld(const net::Reply& reply);

/// What a reply says that is_answer() denies, or that holds something else than was asked for.
/// Never `accepted`.
[[nodiscard]] net::Outcome read_refusal(const net::Reply& reply);

/// An outcome with the reply's status and these words for the audit.
[[nodiscard]] net::Outcome outcome_with(net::Result result, const net::Reply& reply,
                                        std::string_view text);

struct Money {
  std::int64_t amount = 0;
  std::string_view currency;
};

/// Square OpenAPI, Money; nothing if it is not whole.
[[nodiscard]] std::optional<Money> read_money(json::Value value);

/// An order's total_money; nothing if it cannot be one: it, or the tip beside it, is not whole, is
/// negative, or they are of different currencies.
[[nodiscard]] std::optional<Money> read_total(json::Value order);

/// Whether an order's total is what was asked for. A tip that was paid with it may be part of the
/// total by then (Square OpenAPI, Order.total_tip_money; nowhere does it say which). `total` is
/// read_total() of this order.
[[nodiscard]] bool comes_to(json::Value order, const Money& total, const Expected& expected);

/// Whether a body is Square's error format and nothing else: a list of errors, each with a category
/// and a code (both are required in Square's OpenAPI file), and no object beside it. `object` may
/// stand there with the status FAILED, as Square says of CreatePayment and RefundPayment.
[[nodiscard]] bool is_plain_no(json::Value body, const char* object = "");

/// Reads the reply to CreateOrder. `accepted` needs a 2xx with the order that was asked for
/// (Asked::of_order), OPEN or COMPLETED, with an id and a total; another total than the frozen one
/// is `accepted` with total_differs set.
[[nodiscard]] net::Outcome read_order_reply(const net::Reply& reply, const Asked& asked,
                                            const Expected& expected);

/// Reads the reply to CreatePayment. `accepted` needs a 2xx with the payment that was asked for
/// (Asked::of_payment), its id and the status COMPLETED; of such a payment FAILED and CANCELED are
/// `rejected`; anything else is `unknown`. That something is not found is no definite no: the order
/// stands, for its id is from Square.
[[nodiscard]] net::Outcome read_payment_reply(const net::Reply& reply, const Asked& asked);

/// Reads the reply to PayOrder, which settles an order whose total is 0. `accepted` needs a 2xx
/// with the order of that id, the one that was asked for, COMPLETED; anything else under a 2xx is
/// `unknown`. What is due says nothing, for of such an order nothing ever is. The external id is
/// that of the payment in the order's first tender, and "" where it has none: nothing was paid, so
/// there may be none.
[[nodiscard]] net::Outcome read_pay_order_reply(const net::Reply& reply, std::string_view order_id,
                                                const Asked& asked, const Expected& expected);

}  // namespace pos::square

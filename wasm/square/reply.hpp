// What a reply of Square's, or its absence, says about the world.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/value.hpp"
#include "push/outcome.hpp"

namespace pos::square {

/// How a request ended, as the shell saw it.
enum class Transport : std::uint8_t {
  replied = 0,        // a status and a whole body
  timeout = 1,        // no whole reply within the request's own time
  broken = 2,         // any other exception once fetch was called
  too_large = 3,      // the body passed the cap
  no_credential = 4,  // fetch was never called: there is no token to send, or it cannot be opened
};

struct Reply {
  Transport transport = Transport::broken;
  int status = 0;
  std::string_view body;
  std::string_view retry_after;  // the header's value, "" if absent
  std::string_view detail;       // the exception's words, for the audit
  std::string_view date;         // the Date header's value, "" if absent: Retry-After may be a date
};

/// What the frozen request asked for; a reply that says otherwise is not "accepted".
struct Expected {
  std::int64_t total = 0;
  std::string_view currency;
};

// Both readers go by an error's code, then by the HTTP status, then by the error's category. A
// definite no is believed only where nothing contradicts it: a code that says no under a 5xx, or
// beside an error that leaves it open, is `unknown`. A reply that cannot be read is `unknown`
// whatever its status, except 401 and 403 (`unauthorized`) and 429 (`throttled`).

/// Whether there is a whole reply of status 2xx, with a JSON object in it. `body` then holds it.
[[nodiscard]] bool is_answer(const Reply& reply, json::Document& body);

/// Whether a reading was refused for good: the token may not ask for it, or there is no such thing.
/// To ask again changes nothing; who can do without goes on.
[[nodiscard]] bool is_withheld(const Reply& reply);

/// What a reply says that is_answer() denies, or that holds something else than was asked for.
/// Never `accepted`.
[[nodiscard]] push::Outcome read_refusal(const Reply& reply);

/// An outcome with the reply's status and these words for the audit.
[[nodiscard]] push::Outcome outcome_with(push::Result result, const Reply& reply,
                                         std::string_view text);

struct Money {
  std::int64_t amount = 0;
  std::string_view currency;
};

/// Square OpenAPI, Money; nothing if it is not whole.
[[nodiscard]] std::optional<Money> read_money(json::Value value);

/// Whether an order's total is what was asked for. A tip that was paid with it may be part of the
/// total by then (Square OpenAPI, Order.total_tip_money; nowhere does it say which).
[[nodiscard]] bool comes_to(json::Value order, const Money& total, const Expected& expected);

/// Reads the reply to CreateOrder. `accepted` needs a 2xx with an order id and total_money; a total
/// other than the frozen one is `accepted` with total_differs set.
[[nodiscard]] push::Outcome read_order_reply(const Reply& reply, const Expected& expected);

/// Reads the reply to CreatePayment. `accepted` needs a 2xx with a payment id and status COMPLETED;
/// FAILED and CANCELED are `rejected`; anything else is `unknown`.
[[nodiscard]] push::Outcome read_payment_reply(const Reply& reply);

/// Reads the reply to PayOrder, which settles an order whose total is 0. `accepted` needs a 2xx
/// with the order of that id, COMPLETED; anything else under a 2xx is `unknown`. What is due says
/// nothing, for of such an order nothing ever is. The external id is that of the payment in the
/// order's first tender, and "" where it has none: nothing was paid, so there may be none.
[[nodiscard]] push::Outcome read_pay_order_reply(const Reply& reply, std::string_view order_id);

}  // namespace pos::square

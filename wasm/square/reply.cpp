#include "square/reply.hpp"

#include <optional>
#include <vector>

#include "json/utf8.hpp"
#include "json/value.hpp"
#include "square/error_code.hpp"
#include "square/redact.hpp"
#include "square/retry_after.hpp"
#include "text/text.hpp"

namespace pos::square {

namespace {

using json::Kind;
using json::Value;
using push::Outcome;
using push::Result;

constexpr std::size_t max_detail_bytes = 300;

/// A prefix is enough to fill a detail, even where redacting makes it shorter.
constexpr std::size_t redacted_bytes = 4 * max_detail_bytes;

std::string short_detail(std::string_view text) {
  return std::string(json::cut(redact(json::cut(text, redacted_bytes)), max_detail_bytes));
}

Outcome outcome_of(Result result, const Reply& reply, std::string_view text) {
  Outcome outcome;
  outcome.result = result;
  outcome.detail = short_detail(text);
  if (result == Result::throttled) {
    outcome.retry_after_ms = retry_after_ms(reply.retry_after, reply.date);
  }
  return outcome;
}

std::string with_status(const Reply& reply, std::string_view text) {
  return words(std::int64_t{reply.status}, " ", text);
}

/// The few statuses that mean the same whatever the body, for a reply whose body is not to be had.
Result result_without_body(int status) {
  const Result result = result_of_status(status);
  const bool clear = result == Result::unauthorized || result == Result::throttled;
  return clear ? result : Result::unknown;
}

std::string transport_words(const Reply& reply) {
  switch (reply.transport) {
    case Transport::replied:
      return with_status(reply, "unreadable reply");
    case Transport::timeout:
      return words("timeout: ", reply.detail);
    case Transport::broken:
      return words("connection broken: ", reply.detail);
    case Transport::too_large:
      return with_status(reply, "reply too large");
    case Transport::no_credential:
      return std::string(reply.detail);
  }
  return "no reply";
}

Outcome without_body(const Reply& reply) {
  if (reply.transport == Transport::no_credential) {
    Outcome outcome = outcome_of(Result::unauthorized, reply, transport_words(reply));
    outcome.without_credential = true;
    return outcome;
  }
  return outcome_of(result_without_body(reply.status), reply, transport_words(reply));
}

ApiError api_error(Value value) {
  return ApiError{value["category"].text(), value["code"].text(), value["detail"].text(),
                  value["field"].text()};
}

void append_error(std::string& text, const ApiError& error) {
  append(text, text.empty() ? "" : "; ");
  append(text, error.code.empty() ? std::string_view("error without a code") : error.code);
  if (!error.field.empty()) append(text, words(" ", error.field));
  if (!error.detail.empty()) append(text, words(": ", error.detail));
}

/// An element without a code says no more than the status does.
Result result_of(const ApiError& error, int status) {
  return error.code.empty() ? result_of_status(status) : result_of_error(error, status);
}

/// A no is definite only if every error says no; otherwise the first that leaves it open decides.
Outcome read_errors(const Reply& reply, Value errors) {
  Result result = Result::rejected;
  bool of_account = false;
  std::string_view unknown_code;
  std::string refusal;
  std::string text;
  for (Value value = errors.first(); !value.is(Kind::missing); value = value.next()) {
    const ApiError error = api_error(value);
    const Result says = result_of(error, reply.status);
    if (refusal.empty()) refusal = refusal_of(error);
    if (is_of_account(error, reply.status) && (result == Result::rejected || of_account)) {
      of_account = true;
      result = says;
    } else if (result == Result::rejected || (of_account && says != Result::rejected)) {
      of_account = false;
      result = says;
    }
    if (unknown_code.empty() && !result_of_code(error.code)) unknown_code = error.code;
    if (text.size() < redacted_bytes) append_error(text, error);
  }
  Outcome outcome = outcome_of(result, reply, with_status(reply, text));
  outcome.of_account = of_account;
  if (of_account || result == Result::rejected) outcome.refusal = std::move(refusal);
  if (unknown_code.empty()) return outcome;
  outcome.unknown_code = countable(unknown_code);
  outcome.answered = result == Result::unknown && reply.status >= 400 && reply.status < 500;
  return outcome;
}

bool is_success(const Reply& reply) { return reply.status >= 200 && reply.status < 300; }

/// Anything but a success that names what was made.
Outcome refusal(const Reply& reply, Value body) {
  const Value errors = body["errors"];
  if (errors.is(Kind::array) && errors.size() > 0) return read_errors(reply, errors);
  if (is_success(reply)) {
    return outcome_of(Result::unknown, reply, with_status(reply, "success without its object"));
  }
  const Result result = result_of_status(reply.status);
  return outcome_of(result, reply, with_status(reply, "reply without errors"));
}

Outcome accepted(const Reply& reply, std::string_view id, const Money& money) {
  Outcome outcome = outcome_of(Result::accepted, reply, words(std::int64_t{reply.status}));
  outcome.external_id = id;
  outcome.total = money.amount;
  outcome.currency = money.currency;
  return outcome;
}

Outcome read_order(const Reply& reply, Value order, const Expected& expected) {
  const std::string_view id = order["id"].text();
  const auto total = read_money(order["total_money"]);
  if (id.empty()) {
    return outcome_of(Result::unknown, reply, with_status(reply, "order without an id"));
  }
  if (!total) {
    const std::string text = words("order ", id, " without its total");
    return outcome_of(Result::unknown, reply, with_status(reply, text));
  }
  Outcome outcome = accepted(reply, id, *total);
  outcome.total_differs = !comes_to(order, *total, expected);
  if (!outcome.total_differs) return outcome;
  const std::string text = words("total ", total->amount, " ", total->currency, ", frozen ",
                                 expected.total, " ", expected.currency);
  outcome.detail = short_detail(with_status(reply, text));
  return outcome;
}

Outcome read_payment(const Reply& reply, Value payment) {
  const std::string_view id = payment["id"].text();
  const std::string_view status = payment["status"].text();
  if (id.empty()) {
    return outcome_of(Result::unknown, reply, with_status(reply, "payment without an id"));
  }
  if (status == "COMPLETED") {
    const Money nothing{};
    return accepted(reply, id, read_money(payment["total_money"]).value_or(nothing));
  }
  const bool refused = status == "FAILED" || status == "CANCELED";
  const std::string text =
      words("payment ", id, " is ", status.empty() ? std::string_view("without status") : status);
  return outcome_of(refused ? Result::rejected : Result::unknown, reply, with_status(reply, text));
}

Outcome read_paid_order(const Reply& reply, Value order, std::string_view order_id) {
  const std::string_view id = order["id"].text();
  const std::string_view state = order["state"].text();
  if (id == order_id && state == "COMPLETED") {
    const Value tender = order["tenders"].first();
    return accepted(reply, tender["payment_id"].text(), Money{});
  }
  const std::string text =
      words("order ", id, " is ", state.empty() ? std::string_view("without state") : state);
  return outcome_of(Result::unknown, reply, with_status(reply, text));
}

bool readable(const Reply& reply, json::Document& body) {
  return reply.transport == Transport::replied && body.parse(reply.body) &&
         body.root().is(Kind::object);
}

}  // namespace

std::optional<Money> read_money(Value value) {
  const Value amount = value["amount"];
  const Value currency = value["currency"];
  if (!amount.is(Kind::integer) || currency.text().empty()) return std::nullopt;
  return Money{amount.integer(), currency.text()};
}

bool comes_to(Value order, const Money& total, const Expected& expected) {
  const std::int64_t tip = read_money(order["total_tip_money"]).value_or(Money{}).amount;
  return total.currency == expected.currency &&
         (total.amount == expected.total || total.amount - tip == expected.total);
}

bool is_answer(const Reply& reply, json::Document& body) {
  if (!readable(reply, body) || !is_success(reply)) return false;
  const Value errors = body.root()["errors"];
  return !errors.is(Kind::array) || errors.size() == 0;
}

Outcome read_refusal(const Reply& reply) {
  json::Document body;
  return readable(reply, body) ? refusal(reply, body.root()) : without_body(reply);
}

bool is_withheld(const Reply& reply) {
  const int status = reply.transport == Transport::replied ? reply.status : 0;
  // 501: Square's NOT_IMPLEMENTED.
  return status == 403 || status == 404 || status == 405 || status == 501 ||
         read_refusal(reply).result == Result::rejected;
}

Outcome outcome_with(Result result, const Reply& reply, std::string_view text) {
  return outcome_of(result, reply, with_status(reply, text));
}

Outcome read_order_reply(const Reply& reply, const Expected& expected) {
  json::Document body;
  if (!readable(reply, body)) return without_body(reply);
  const Value order = body.root()["order"];
  if (is_success(reply) && order.is(Kind::object)) return read_order(reply, order, expected);
  return refusal(reply, body.root());
}

Outcome read_payment_reply(const Reply& reply) {
  json::Document body;
  if (!readable(reply, body)) return without_body(reply);
  const Value payment = body.root()["payment"];
  if (is_success(reply) && payment.is(Kind::object)) return read_payment(reply, payment);
  return refusal(reply, body.root());
}

Outcome read_pay_order_reply(const Reply& reply, std::string_view order_id) {
  json::Document body;
  if (!readable(reply, body)) return without_body(reply);
  const Value order = body.root()["order"];
  if (is_success(reply) && order.is(Kind::object)) return read_paid_order(reply, order, order_id);
  return refusal(reply, body.root());
}

}  // namespace pos::square

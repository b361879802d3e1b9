#include "square/reply.hpp"

#include <optional>
#include <set>
#include <vector>

#include "ablation/layer.hpp"
#include "base/json/utf8.hpp"
#include "base/json/value.hpp"
#include "base/text.hpp"
#include "net/redact.hpp"
#include "net/retry_after.hpp"
#include "square/error_code.hpp"
#include "square/field.hpp"
#include "square/limits.hpp"

namespace pos::square {

namespace {

using ablation::intact;
using ablation::Layer;
using json::Kind;
using json::Value;
using net::Outcome;
using net::Result;

constexpr std::size_t max_detail_bytes = 300;

/// A prefix is enough to fill a detail, even where redacting makes it shorter.
constexpr std::size_t redacted_bytes = 4 * max_detail_bytes;

std::string short_detail(std::string_view text) {
  return std::string(json::cut(net::redact(json::cut(text, redacted_bytes)), max_detail_bytes));
}

Outcome outcome_of(Result result, const net::Reply& reply, std::string_view text) {
  Outcome outcome;
  outcome.result = result;
  outcome.detail = short_detail(text);
  if (result == Result::throttled) {
    outcome.retry_after_ms = net::retry_after_ms(reply.retry_after, reply.date);
  }
  return outcome;
}

std::string with_status(const net::Reply& reply, std::string_view text) {
  return concat(std::int64_t{reply.status}, " ", text);
}

/// What is left of a reply that is not in Square's own words: a gateway may have given it, when
/// Square had done its work. Few statuses mean something by themselves, and none of them a no.
Outcome not_squares(const net::Reply& reply, std::string_view text) {
  const Result result = result_of_status(reply.status);
  const bool clear = result == Result::unauthorized || result == Result::throttled;
  const bool believed = clear || !intact(Layer::plain_no);
  Outcome outcome = outcome_of(believed ? result : Result::unknown, reply, text);
  outcome.may_have_happened = result == Result::unauthorized;
  return outcome;
}

std::string transport_words(const net::Reply& reply) {
  switch (reply.transport) {
    case net::Transport::replied:
      return with_status(reply, "unreadable reply");
    case net::Transport::timeout:
      return concat("timeout: ", reply.detail);
    case net::Transport::broken:
      return concat("connection broken: ", reply.detail);
    case net::Transport::too_large:
      return with_status(reply, "reply too large");
    case net::Transport::no_credential:
      return std::string(reply.detail);
  }
  return "no reply";
}

Outcome without_body(const net::Reply& reply) {
  if (reply.transport == net::Transport::no_credential) {
    Outcome outcome = outcome_of(Result::unauthorized, reply, transport_words(reply));
    outcome.without_credential = true;
    return outcome;
  }
  return not_squares(reply, transport_words(reply));
}

ApiError api_error(Value value) {
  return ApiError{value["category"].text(), value["code"].text(), value["detail"].text(),
                  value["field"].text()};
}

void append_error(std::string& text, const ApiError& error) {
  append(text, text.empty() ? "" : "; ");
  append(text, error.code.empty() ? std::string_view("error without a code") : error.code);
  if (!error.field.empty()) append(text, concat(" ", error.field));
  if (!error.detail.empty()) append(text, concat(": ", error.detail));
}

/// What a refusal is an answer to.
struct About {
  const char* object = "";    // what a success would name
  bool order_stands = false;  // at Square, under the id that was sent
};

/// How many errors of a reply tell one refusal from another.
constexpr std::size_t refusals_most = 8;

/// A no is definite only if every error says no; otherwise the first that leaves it open decides.
Outcome read_errors(const net::Reply& reply, Value body, const About& about) {
  Result result = Result::rejected;
  bool of_account = false;
  std::string_view unknown_code;
  bool not_found = false;
  std::set<std::string> refusals;
  std::string text;
  for (Value value = body["errors"].first(); !value.is(Kind::missing); value = value.next()) {
    const ApiError error = api_error(value);
    const Result says = result_of_error(error, reply.status);
    // A run of refusals is one whatever the order of its errors.
    if (refusals.size() < refusals_most) refusals.insert(refusal_of(error));
    if (is_of_account(error, reply.status) && (result == Result::rejected || of_account)) {
      of_account = true;
      result = says;
    } else if (result == Result::rejected || (of_account && says != Result::rejected)) {
      of_account = false;
      result = says;
    }
    if (unknown_code.empty() && !result_of_code(error.code)) unknown_code = error.code;
    not_found = not_found || error.code == "NOT_FOUND";
    if (text.size() < redacted_bytes) append_error(text, error);
  }
  const bool plain = is_plain_no(body, about.object) || !intact(Layer::plain_no);
  Outcome outcome = plain ? outcome_of(result, reply, with_status(reply, text))
                          : not_squares(reply, with_status(reply, text));
  // Who names what was made, and says in one breath that he does not know us, knows us.
  const bool beside = !plain && body[about.object].present();
  if (beside && outcome.result == Result::unauthorized) outcome.result = Result::unknown;
  // What Square gave an id is there: its own parts do not agree yet.
  const bool not_yet = plain && not_found && about.order_stands && result == Result::rejected;
  if (not_yet) outcome.result = Result::unknown;
  // Only Square's own no can be its account's, or equal another one.
  outcome.of_account = of_account && outcome.result == Result::unauthorized;
  if (outcome.of_account || outcome.result == Result::rejected) {
    for (const std::string& each : refusals) {
      append(outcome.refusal, outcome.refusal.empty() ? "" : "; ");
      append(outcome.refusal, each);
    }
  }
  if (!unknown_code.empty()) outcome.unknown_code = countable(unknown_code);
  const bool is_4xx = reply.status >= 400 && reply.status < 500;
  outcome.answered =
      plain && is_4xx && outcome.result == Result::unknown && (not_yet || !unknown_code.empty());
  return outcome;
}

/// Whether the errors of a reply say nothing.
bool is_without_errors(Value body) {
  const Value errors = body["errors"];
  return !errors.present() || (errors.is(Kind::array) && errors.size() == 0);
}

/// Anything but a success that names what was made.
Outcome refusal(const net::Reply& reply, Value body, const About& about) {
  const Value errors = body["errors"];
  if (errors.is(Kind::array) && errors.size() > 0) return read_errors(reply, body, about);
  if (is_success(reply)) {
    return outcome_of(Result::unknown, reply, with_status(reply, "success without its object"));
  }
  return not_squares(reply, with_status(reply, "reply without errors"));
}

/// A success that is not the one that was asked for, or not a whole one.
Outcome doubted(const net::Reply& reply, std::string_view text) {
  return outcome_of(Result::unknown, reply, with_status(reply, text));
}

Outcome accepted(const net::Reply& reply, std::string_view id, const Money& money) {
  Outcome outcome = outcome_of(Result::accepted, reply, concat(std::int64_t{reply.status}));
  outcome.external_id = id;
  outcome.total = money.amount;
  outcome.currency = money.currency;
  return outcome;
}

/// What of an order speaks against its being the one that was asked for; "" if nothing does.
std::string order_contradiction(Value order, const Asked& asked) {
  const std::string_view id = id_in(order["id"], order_id_most);
  if (id.empty()) return "order without an id";
  const std::string other = asked.contradiction(order);
  return other.empty() ? std::string() : concat("order ", id, " is another one: its ", other);
}

Outcome read_order(const net::Reply& reply, Value order, const Asked& asked,
                   const Expected& expected) {
  const std::string problem = order_contradiction(order, asked);
  if (!problem.empty()) return doubted(reply, problem);
  const std::string_view id = order["id"].text();
  // Square OpenAPI, OrderState: DRAFT can be neither paid nor fulfilled, and no request of ours
  // makes one.
  const bool stands = order["state"].equals("OPEN") || order["state"].equals("COMPLETED");
  if (!stands && intact(Layer::reply_matches)) {
    return doubted(reply, concat("order ", id, " is ", describe(order["state"])));
  }
  const auto total = read_total(order);
  if (!total) return doubted(reply, concat("order ", id, " without its total"));
  Outcome outcome = accepted(reply, id, *total);
  outcome.total_differs = !comes_to(order, *total, expected);
  if (!outcome.total_differs) return outcome;
  const std::string text = concat("total ", total->amount, " ", total->currency, ", frozen ",
                                  expected.total, " ", expected.currency);
  outcome.detail = short_detail(with_status(reply, text));
  return outcome;
}

Outcome read_payment(const net::Reply& reply, Value payment, const Asked& asked) {
  const std::string_view id = id_in(payment["id"], payment_id_most);
  if (id.empty()) return doubted(reply, "payment without an id");
  const std::string other = asked.contradiction(payment);
  if (!other.empty()) return doubted(reply, concat("payment ", id, " is another one: its ", other));
  const Value status = payment["status"];
  if (status.equals("COMPLETED")) {
    const Money nothing{};
    return accepted(reply, id, read_money(payment["total_money"]).value_or(nothing));
  }
  const bool refused = status.equals("FAILED") || status.equals("CANCELED");
  const std::string text = concat("payment ", id, " is ", describe(status));
  Outcome outcome =
      outcome_of(refused ? Result::rejected : Result::unknown, reply, with_status(reply, text));
  outcome.external_id = id;
  return outcome;
}

Outcome read_paid_order(const net::Reply& reply, Value order, std::string_view order_id,
                        const Asked& asked, const Expected& expected) {
  std::string problem = order_contradiction(order, asked);
  const std::string_view id = order["id"].text();
  const auto total = read_total(order);
  if (problem.empty() && id != order_id) problem = concat("order ", id, " is another one");
  if (problem.empty() && !order["state"].equals("COMPLETED")) {
    problem = concat("order ", id, " is ", describe(order["state"]));
  }
  if (problem.empty() && !(total && comes_to(order, *total, expected))) {
    problem = concat("order ", id, " is not of the total that was paid");
  }
  if (!problem.empty()) return doubted(reply, problem);
  const Value tender = order["tenders"].first();
  return accepted(reply, id_in(tender["payment_id"], payment_id_most), Money{});
}

bool readable(const net::Reply& reply, json::Document& body) {
  return reply.transport == net::Transport::replied && body.parse(reply.body) &&
         body.root().is(Kind::object);
}

}  // namespace

bool is_success(const net::Reply& reply) { return reply.status >= 200 && reply.status < 300; }

std::optional<Money> read_money(Value value) {
  const Value amount = value["amount"];
  const Value currency = value["currency"];
  if (!amount.is(Kind::integer) || currency.text().empty()) return std::nullopt;
  return Money{amount.integer(), currency.text()};
}

std::optional<Money> read_total(Value order) {
  const auto total = read_money(order["total_money"]);
  if (!total || total->amount < 0) return std::nullopt;
  const Value told = order["total_tip_money"];
  if (!told.present()) return total;
  const auto tip = read_money(told);
  if (!tip || tip->amount < 0 || tip->currency != total->currency) return std::nullopt;
  return total;
}

bool comes_to(Value order, const Money& total, const Expected& expected) {
  const std::int64_t tip = order["total_tip_money"]["amount"].integer();
  return total.currency == expected.currency &&
         (total.amount == expected.total || total.amount - tip == expected.total);
}

namespace {

/// Square OpenAPI, Error: its members are texts. What was made stands in no error.
bool is_plain_error(Value error) {
  for (const char* each : {"category", "code"}) {
    if (!error[each].is(Kind::string) || error[each].text().empty()) return false;
  }
  for (Value each = error.first(); !each.is(Kind::missing); each = each.next()) {
    if (each.is(Kind::object) || each.is(Kind::array)) return false;
  }
  return true;
}

}  // namespace

bool is_plain_no(Value body, const char* object) {
  const Value errors = body["errors"];
  if (!errors.is(Kind::array) || errors.size() == 0) return false;
  for (Value each = errors.first(); !each.is(Kind::missing); each = each.next()) {
    if (!is_plain_error(each)) return false;
  }
  for (Value each = body.first(); !each.is(Kind::missing); each = each.next()) {
    const bool failed = each.key() == object && each["status"].equals("FAILED");
    if (each.present() && each.key() != "errors" && !failed) return false;
  }
  return true;
}

bool is_answer(const net::Reply& reply, json::Document& body) {
  const bool whole = reply.status == 200 || (is_success(reply) && !intact(Layer::reply_matches));
  return readable(reply, body) && whole && is_without_errors(body.root());
}

Outcome read_refusal(const net::Reply& reply) {
  json::Document body;
  return readable(reply, body) ? refusal(reply, body.root(), {}) : without_body(reply);
}

bool is_withheld(const net::Reply& reply) {
  json::Document body;
  if (!readable(reply, body) || !is_plain_no(body.root())) return false;
  const int status = reply.status;
  // 501: Square's NOT_IMPLEMENTED.
  return status == 403 || status == 404 || status == 405 || status == 501 ||
         read_refusal(reply).result == Result::rejected;
}

Outcome outcome_with(Result result, const net::Reply& reply, std::string_view text) {
  return outcome_of(result, reply, with_status(reply, text));
}

Outcome read_order_reply(const net::Reply& reply, const Asked& asked, const Expected& expected) {
  json::Document body;
  if (!readable(reply, body)) return without_body(reply);
  const Value order = body.root()["order"];
  if (is_success(reply) && order.is(Kind::object) && is_without_errors(body.root())) {
    return read_order(reply, order, asked, expected);
  }
  return refusal(reply, body.root(), {"order", false});
}

Outcome read_payment_reply(const net::Reply& reply, const Asked& asked) {
  json::Document body;
  if (!readable(reply, body)) return without_body(reply);
  const Value payment = body.root()["payment"];
  if (is_success(reply) && payment.is(Kind::object) && is_without_errors(body.root())) {
    return read_payment(reply, payment, asked);
  }
  // Beside errors it may stand, FAILED: but then it is this one.
  const std::string other = payment.present() ? asked.contradiction(payment) : std::string();
  if (!other.empty()) return doubted(reply, concat("another payment: its ", other));
  Outcome outcome = refusal(reply, body.root(), {"payment", true});
  outcome.external_id = id_in(payment["id"], payment_id_most);
  return outcome;
}

Outcome read_pay_order_reply(const net::Reply& reply, std::string_view order_id, const Asked& asked,
                             const Expected& expected) {
  json::Document body;
  if (!readable(reply, body)) return without_body(reply);
  const Value order = body.root()["order"];
  if (is_success(reply) && order.is(Kind::object) && is_without_errors(body.root())) {
    return read_paid_order(reply, order, order_id, asked, expected);
  }
  return refusal(reply, body.root(), {"order", true});
}

}  // namespace pos::square

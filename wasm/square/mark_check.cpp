#include "square/mark_check.hpp"

#include "base/json/value.hpp"
#include "base/text.hpp"
#include "square/listing.hpp"

namespace pos::square {
namespace {

using json::Value;

MarkCheck mark_differs(std::string text) { return {MarkCheck::Kind::differs, std::move(text)}; }

/// Square's own word for it; a gateway's 404 says nothing of what stands there.
bool says_not_found(const net::Reply& reply) {
  json::Document body;
  if (reply.transport != net::Transport::replied || !body.parse(reply.body)) return false;
  return body.root()["errors"].first()["code"].equals("NOT_FOUND");
}

MarkCheck mark_not_there(const net::Reply& reply, std::string_view what, std::string_view id) {
  if (says_not_found(reply)) return mark_differs(concat("Square has no ", what, " ", id));
  const net::Outcome refusal = read_refusal(reply);
  if (refusal.result == net::Result::rejected) {
    return mark_differs(concat("Square refuses the ", what, " ", id, ": ", refusal.detail));
  }
  return {MarkCheck::Kind::unasked, refusal.detail};
}

}  // namespace

std::string path_of_order(std::string_view external_order_id) {
  return concat("/v2/orders/", path_segment(external_order_id));
}

std::string path_of_payment(std::string_view external_payment_id) {
  return concat("/v2/payments/", path_segment(external_payment_id));
}

MarkCheck check_marked_order(const net::Reply& reply, const Meant& meant) {
  json::Document body;
  if (!is_answer(reply, body)) return mark_not_there(reply, "order", meant.external_order_id);
  const Value order = body.root()["order"];
  const std::string_view id = order["id"].text();
  if (id != meant.external_order_id) {
    return {MarkCheck::Kind::unasked, concat("it answered with order \"", id, "\"")};
  }
  const std::string_view location = order["location_id"].text();
  if (!meant.location_id.empty() && location != meant.location_id) {
    return mark_differs(
        concat("order ", id, " is of location ", location, ", expected ", meant.location_id));
  }
  const std::string_view whose = order["metadata"]["order_id"].text();
  if (!whose.empty() && whose != meant.order_id) {
    return mark_differs(concat("order ", id, " is that of \"", whose, "\""));
  }
  // A draft can be neither paid nor fulfilled.
  const Value state = order["state"];
  if (!state.equals("OPEN") && !state.equals("COMPLETED")) {
    const std::string_view word = state.text();
    return mark_differs(concat("order ", id, " is ", word.empty() ? "without a state" : word));
  }
  if (meant.total < 0) return {MarkCheck::Kind::fits, {}};
  const auto total = read_total(order);
  if (!total) return mark_differs(concat("order ", id, " has no total that can be read"));
  if (comes_to(order, *total, {.total = meant.total, .currency = meant.currency})) {
    return {MarkCheck::Kind::fits, {}};
  }
  return mark_differs(concat("order ", id, " totals ", total->amount, " ", total->currency,
                             ", expected ", meant.total, " ", meant.currency));
}

MarkCheck check_marked_payment(const net::Reply& reply, const Meant& meant) {
  json::Document body;
  if (!is_answer(reply, body)) return mark_not_there(reply, "payment", meant.external_payment_id);
  const Value payment = body.root()["payment"];
  const std::string_view id = payment["id"].text();
  if (id != meant.external_payment_id) {
    return {MarkCheck::Kind::unasked, concat("it answered with payment \"", id, "\"")};
  }
  const std::string_view order = payment["order_id"].text();
  if (order != meant.external_order_id) {
    return mark_differs(
        concat("payment ", id, " is of order ", order, ", expected ", meant.external_order_id));
  }
  if (!payment["status"].equals("COMPLETED")) {
    return mark_differs(
        concat("payment ", id, " is ", payment["status"].text(), ", expected COMPLETED"));
  }
  const std::string_view location = payment["location_id"].text();
  if (!meant.location_id.empty() && !location.empty() && location != meant.location_id) {
    return mark_differs(
        concat("payment ", id, " is of location ", location, ", expected ", meant.location_id));
  }
  const auto amount = read_money(payment["amount_money"]);
  if (amount && meant.total >= 0 && amount->currency != meant.currency) {
    return mark_differs(
        concat("payment ", id, " is in ", amount->currency, ", expected ", meant.currency));
  }
  const Value gone = payment["refunded_money"];
  if (gone.present() && gone["amount"].integer() != 0) {
    return mark_differs(concat("payment ", id, " was refunded: ", gone["amount"].integer(), " ",
                               gone["currency"].text()));
  }
  return {MarkCheck::Kind::fits, {}};
}

}  // namespace pos::square

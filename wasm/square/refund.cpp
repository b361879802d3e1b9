#include "square/refund.hpp"

#include <utility>

#include "base/json/utf8.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "square/error_code.hpp"
#include "square/object_state.hpp"

namespace pos::square {
namespace {

using json::Kind;
using json::Value;
using net::Outcome;
using net::Result;

constexpr std::size_t reason_most = 192;

/// The codes of a no that is Square's own, with a space in between; "" if it is none.
std::string codes_of(const net::Reply& reply) {
  json::Document body;
  std::string codes;
  if (reply.transport != net::Transport::replied || !body.parse(reply.body)) return codes;
  if (!is_plain_no(body.root(), "refund")) return codes;
  const Value errors = body.root()["errors"];
  for (Value each = errors.first(); !each.is(Kind::missing); each = each.next()) {
    append(codes, codes.empty() ? "" : " ");
    append(codes, each["code"].text());
  }
  return codes;
}

/// A status under which a no can be believed; of a version that does not match Square does not say
/// which it comes with.
bool may_be_definite(int status) {
  return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

/// Whether all codes are among these, or say no by themselves.
bool all_say_no(std::string_view codes, std::string_view these) {
  if (codes.empty()) return false;
  while (!codes.empty()) {
    const std::string_view code = take_word(codes);
    const auto result = result_of_code(code);
    if (!has_word(these, code) && !(result && *result == Result::rejected)) return false;
  }
  return true;
}

// Codes that a push leaves open, because it never asks for what they answer.
constexpr std::string_view noes_to_repairs =
    "VERSION_MISMATCH REFUND_ALREADY_PENDING REFUND_ERROR_PAYMENT_NEEDS_COMPLETION";

RefundResult kind_of_no(std::string_view codes) {
  // What tells of an effect comes first: it may be ours.
  if (has_word(codes, "REFUND_ALREADY_PENDING") || has_word(codes, "REFUND_AMOUNT_INVALID")) {
    return RefundResult::standing;
  }
  if (has_word(codes, "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE")) return RefundResult::disputed;
  if (has_word(codes, "PAYMENT_NOT_REFUNDABLE")) return RefundResult::too_old;
  if (has_word(codes, "VERSION_MISMATCH")) return RefundResult::stale;
  return RefundResult::rejected;
}

RefundResult result_of(const Outcome& refusal, const net::Reply& reply) {
  const std::string codes = codes_of(reply);
  const bool is_no = refusal.result == Result::rejected ||
                     (refusal.result == Result::unknown && may_be_definite(reply.status) &&
                      all_say_no(codes, noes_to_repairs));
  if (is_no) return kind_of_no(codes);
  switch (refusal.result) {
    case Result::throttled:
      return RefundResult::throttled;
    case Result::unauthorized:
      return RefundResult::unauthorized;
    case Result::conflict:
      return RefundResult::conflict;
    case Result::accepted:
    case Result::rejected:
    case Result::unknown:
    case Result::not_sent:
    case Result::found:
    case Result::found_unpaid:
    case Result::found_canceled:
    case Result::several:
    case Result::absent:
    case Result::unclear:
    case Result::lookalikes:
    case Result::paid_elsewhere:
      return RefundResult::unknown;
  }
  return RefundResult::unknown;
}

RefundOutcome read_no(const net::Reply& reply) {
  Outcome refusal = read_refusal(reply);
  RefundOutcome out;
  out.result = result_of(refusal, reply);
  out.retry_after_ms = refusal.retry_after_ms;
  out.without_credential = refusal.without_credential;
  out.detail = std::move(refusal.detail);
  return out;
}

RefundOutcome outcome(RefundResult result, const net::Reply& reply, std::string_view text) {
  RefundOutcome out;
  out.result = result;
  out.detail = outcome_with(Result::unknown, reply, text).detail;
  return out;
}

RefundResult refund_result_of_status(std::string_view status) {
  if (status == "COMPLETED") return RefundResult::done;
  if (status == "PENDING") return RefundResult::pending;
  return RefundResult::failed;
}

RefundOutcome read_made(const net::Reply& reply, Value value, const Asked& asked) {
  const auto refund = read_standing_refund(value);
  if (!refund) return outcome(RefundResult::unknown, reply, "a refund that cannot be read");
  const std::string other = asked.contradiction(value);
  if (!other.empty()) {
    return outcome(RefundResult::unknown, reply,
                   concat("refund ", refund->id, " is not what was asked for: its ", other));
  }
  RefundOutcome out = outcome(refund_result_of_status(refund->status), reply,
                              concat("refund ", refund->id, " is ", refund->status));
  out.refund_id = refund->id;
  return out;
}

}  // namespace

std::string refund_reason(std::string_view survivor_order_id, std::string_view key) {
  constexpr std::string_view front = "posSync duplicate of ";
  constexpr std::string_view back = "; ";
  const std::size_t left = reason_most - front.size() - back.size() - key.size();
  return concat(front, json::cut(survivor_order_id, left), back, key);
}

bool reason_names(std::string_view reason, std::string_view key) {
  const std::string end = concat("; ", key);
  return reason.size() >= end.size() && reason.substr(reason.size() - end.size()) == end;
}

std::string refund_body(const RefundAsked& asked, std::string_view key, std::string_view reason,
                        std::string_view version_token) {
  json::Writer out;
  out.begin_object().member("idempotency_key", key).member("payment_id", asked.payment_id);
  out.object("amount_money").member("amount", asked.amount);
  out.member("currency", asked.currency).end_object();
  out.member("reason", reason);
  out.member_if_any("payment_version_token", std::string(version_token)).end_object();
  return out.take();
}

std::string cancel_body(std::string_view location_id, std::int64_t version, std::string_view key) {
  json::Writer out;
  out.begin_object().member("idempotency_key", key).object("order");
  out.member("location_id", location_id).member("version", version).member("state", "CANCELED");
  out.end_object().end_object();
  return out.take();
}

RefundOutcome read_refund_reply(const net::Reply& reply, std::string_view sent) {
  const Asked asked = Asked::of_refund(sent);
  json::Document body;
  if (is_answer(reply, body)) return read_made(reply, body.root()["refund"], asked);
  RefundOutcome no = read_no(reply);
  if (reply.transport != net::Transport::replied || !body.parse(reply.body)) return no;
  // Square: with errors the refund "might not be present, or present with a status of FAILED".
  const Value refund = body.root()["refund"];
  if (!refund.present()) return no;
  RefundOutcome made = read_made(reply, refund, asked);
  const bool believable = may_be_definite(reply.status) && is_plain_no(body.root(), "refund");
  if (made.result == RefundResult::failed && believable) return made;
  no.result = RefundResult::unknown;
  append(no.detail, concat("; ", made.detail));
  return no;
}

RefundOutcome read_cancel_reply(const net::Reply& reply, std::string_view order_id,
                                std::string_view sent) {
  json::Document body;
  if (!is_answer(reply, body)) return read_no(reply);
  const Value order = body.root()["order"];
  if (order["id"].text() != order_id || !order["state"].equals("CANCELED")) {
    return outcome(RefundResult::unknown, reply, "the order is not canceled by this answer");
  }
  const std::string other = Asked::of_cancel(sent).contradiction(order);
  if (!other.empty()) {
    return outcome(RefundResult::unknown, reply,
                   concat("order ", order_id, " is another one: its ", other));
  }
  return outcome(RefundResult::done, reply, concat("order ", order_id, " is canceled"));
}

}  // namespace pos::square

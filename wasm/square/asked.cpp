#include "square/asked.hpp"

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "square/field.hpp"

namespace pos::square {
namespace {

using json::Kind;
using json::Value;

/// The first text member of that name in bytes of our own writer. It is read without parsing all of
/// them, for an order can have hundreds of lines; no text in them can hold this member, because its
/// quotes would be escaped there.
std::string member_of(std::string_view body, std::string_view name) {
  const std::string start = concat("\"", name, "\":\"");
  const std::size_t found = body.find(start);
  if (found == std::string_view::npos) return {};
  const std::size_t from = found + start.size() - 1;
  std::size_t to = from + 1;
  while (to < body.size() && body[to] != '"') to += body[to] == '\\' ? 2 : 1;
  if (to >= body.size()) return {};
  json::Document literal;
  if (!literal.parse(body.substr(from, to + 1 - from))) return {};
  return std::string(literal.root().text());
}

}  // namespace

void Asked::text(const char* name, std::string_view expected, const char* member) {
  if (expected.empty()) return;
  Fact& fact = facts_.emplace_back();
  fact.name = name;
  fact.member = member;
  fact.text = expected;
}

void Asked::text_if_told(const char* name, std::string_view expected) {
  const std::size_t count = facts_.size();
  text(name, expected);
  if (facts_.size() > count) facts_.back().may_be_left_out = true;
}

void Asked::money(const char* name, std::int64_t amount, std::string_view currency) {
  Fact& fact = facts_.emplace_back();
  fact.name = name;
  fact.member = "amount";
  fact.number = amount;
  fact.is_number = true;
  text(name, currency, "currency");
}

void Asked::money_if_told(const char* name, std::int64_t amount, std::string_view currency) {
  const std::size_t from = facts_.size();
  money(name, amount, currency);
  for (std::size_t i = from; i < facts_.size(); ++i) facts_[i].may_be_left_out = true;
}

Asked Asked::of_order(std::string_view order_body) {
  Asked asked;
  asked.text("location_id", member_of(order_body, "location_id"));
  asked.text("reference_id", member_of(order_body, "reference_id"));
  asked.text("metadata", member_of(order_body, "idempotency_key"), "pos_sync");
  return asked;
}

Asked Asked::of_payment(std::string_view payment_body) {
  Asked asked;
  json::Document document;
  // It was frozen by us, so it can be read.
  if (!document.parse(payment_body)) return asked;
  const Value request = document.root();
  const std::int64_t amount = request["amount_money"]["amount"].integer();
  const std::int64_t tip = request["tip_money"]["amount"].integer();
  const std::string_view currency = request["amount_money"]["currency"].text();
  asked.text("order_id", request["order_id"].text());
  asked.text("location_id", request["location_id"].text());
  asked.text("reference_id", request["reference_id"].text());
  asked.text_if_told("source_type", request["source_id"].text());
  asked.money("amount_money", amount, currency);
  asked.money("total_money", amount + tip, currency);
  asked.money_if_told("tip_money", tip, currency);
  return asked;
}

Asked Asked::of_refund(std::string_view refund_body) {
  Asked asked;
  json::Document document;
  if (!document.parse(refund_body)) return asked;
  const Value request = document.root();
  asked.text("payment_id", request["payment_id"].text());
  asked.money("amount_money", request["amount_money"]["amount"].integer(),
              request["amount_money"]["currency"].text());
  asked.text_if_told("reason", request["reason"].text());
  return asked;
}

Asked Asked::of_cancel(std::string_view cancel_body) {
  Asked asked;
  asked.text("location_id", member_of(cancel_body, "location_id"));
  return asked;
}

bool Asked::agrees(const Fact& fact, Value value) {
  if (fact.is_number) return value.is(Kind::integer) && value.integer() == fact.number;
  return value.is(Kind::string) && value.text() == fact.text;
}

std::string Asked::contradiction(Value said) const {
  if (!ablation::intact(ablation::Layer::reply_matches)) return {};
  for (const Fact& fact : facts_) {
    const Value whole = said[fact.name];
    if (fact.may_be_left_out && !whole.present()) continue;
    const Value value = *fact.member == '\0' ? whole : whole[fact.member];
    if (agrees(fact, value)) continue;
    const char* dot = *fact.member == '\0' ? "" : ".";
    std::string text = concat(fact.name, dot, fact.member, " is ", describe(value), ", asked for ");
    if (fact.is_number) {
      append(text, fact.number);
    } else {
      append(text, fact.text);
    }
    return text;
  }
  return {};
}

}  // namespace pos::square

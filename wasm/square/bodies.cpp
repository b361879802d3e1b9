#include "square/bodies.hpp"

#include <cstdint>
#include <vector>

#include "base/decimal.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "square/tax.hpp"

namespace pos::square {

namespace {

using json::Writer;
using Rates = std::vector<std::string_view>;

std::string numbered(const char* letter, std::size_t position) {
  return concat(letter, static_cast<std::int64_t>(position) + 1);
}

void write_money(Writer& out, const char* name, std::int64_t amount, const std::string& currency) {
  out.key(name).begin_object().member("amount", amount).member("currency", currency).end_object();
}

/// Square takes a quantity with a fraction only together with a unit and its precision.
void write_quantity(Writer& out, const std::string& quantity) {
  out.member("quantity", quantity);
  const auto number = parse_decimal(quantity);
  if (!number || number->fraction_digits == 0) return;
  out.object("quantity_unit").object("measurement_unit");
  out.member("type", "TYPE_GENERIC").member("generic_unit", "UNIT").end_object();
  out.member("precision", std::int64_t{number->fraction_digits}).end_object();
}

/// A list of the taxes for which `belongs` is true of their rate.
template <typename Belongs>
void write_tax_uids(Writer& out, const char* name, const Rates& rates, Belongs belongs) {
  out.array(name);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    if (belongs(rates[i])) out.begin_object().member("tax_uid", numbered("t", i)).end_object();
  }
  out.end_array();
}

/// Where items differ in their taxes, each says which ones are its own.
///
/// Taxes that are added are taxes of the order, and an item blocks those of the others. Square
/// rounds such a tax once over all that it touches (the sums in its developer forum show it), as
/// order_total does; how it rounds taxes of single items is written nowhere, and an order whose
/// total differs waits for a human. A tax that the prices include changes no total, so there each
/// item simply names its own: were a blocklist overlooked, nothing would show that an item carries
/// two.
void write_own_tax(Writer& out, const Order& order, const Rates& rates, std::string_view own) {
  if (order.tax_inclusive) {
    if (own.empty() || taxed_as_a_whole(order)) return;
    return write_tax_uids(out, "applied_taxes", rates, [&](auto rate) { return rate == own; });
  }
  if (rates.size() == (own.empty() ? 0 : 1)) return;
  out.object("pricing_blocklists");
  write_tax_uids(out, "blocked_taxes", rates, [&](auto rate) { return rate != own; });
  out.end_object();
}

void write_modifiers(Writer& out, const Item& item, const std::string& uid,
                     const std::string& currency) {
  if (item.modifiers.empty()) return;
  out.array("modifiers");
  std::size_t position = 0;
  for (const Modifier& modifier : item.modifiers) {
    out.begin_object().member("uid", concat(uid, numbered("m", position++)));
    out.member("name", modifier.name).member("quantity", modifier.quantity);
    write_money(out, "base_price_money", modifier.unit_price, currency);
    out.end_object();
  }
  out.end_array();
}

void write_items(Writer& out, const Order& order, const Rates& rates) {
  out.array("line_items");
  for (std::size_t i = 0; i < order.items.size(); ++i) {
    const Item& item = order.items[i];
    const std::string uid = numbered("i", i);
    out.begin_object().member("uid", uid).member("name", item.name);
    out.member_if_any("variation_name", item.variation);
    write_quantity(out, item.quantity);
    write_money(out, "base_price_money", item.unit_price, order.currency);
    out.member_if_any("note", item.note);
    write_modifiers(out, item, uid, order.currency);
    write_own_tax(out, order, rates, item.tax_percentage);
    out.end_object();
  }
  out.end_array();
}

void write_taxes(Writer& out, const Order& order, const Rates& rates) {
  if (rates.empty()) return;
  const bool of_items = order.tax_inclusive && !taxed_as_a_whole(order);
  out.array("taxes");
  for (std::size_t i = 0; i < rates.size(); ++i) {
    out.begin_object().member("uid", numbered("t", i));
    out.member("name", concat("Tax ", rates[i], "%"));
    out.member("type", order.tax_inclusive ? "INCLUSIVE" : "ADDITIVE");
    out.member("percentage", rates[i]);
    out.member("scope", of_items ? "LINE_ITEM" : "ORDER").end_object();
  }
  out.end_array();
}

void write_order_discount(Writer& out, const Order& order) {
  if (order.discount == 0) return;
  out.array("discounts").begin_object();
  out.member("uid", "d1").member("name", "Discount").member("type", "FIXED_AMOUNT");
  write_money(out, "amount_money", order.discount, order.currency);
  out.member("scope", "ORDER").end_object().end_array();
}

void write_service_charge(Writer& out, const Order& order) {
  if (order.service_charge == 0) return;
  out.array("service_charges").begin_object();
  out.member("uid", "s1").member("name", "Service charge");
  write_money(out, "amount_money", order.service_charge, order.currency);
  out.member("calculation_phase", "TOTAL_PHASE").member_boolean("taxable", false);
  out.end_object().end_array();
}

/// What the read-back recognises the order by. Square refuses empty values.
void write_metadata(Writer& out, const Identity& identity, const Order& order,
                    const std::string& key) {
  out.object("metadata");
  out.member("pos_sync", key)
      .member("order_id", identity.order_id)
      .member("revision", concat(identity.revision));
  out.member_if_any("placed_at", order.placed_at);
  out.end_object();
}

void write_cash(Writer& out, const Order& order) {
  // The buyer gave exactly what was due: change is no business of the books.
  out.object("cash_details");
  write_money(out, "buyer_supplied_money", order.payment->amount + order.tip, order.currency);
  out.end_object();
}

void write_external(Writer& out, const Identity& identity, const Order& order) {
  out.object("external_details");
  out.member("type", "OTHER").member("source", order.payment->source);
  out.member("source_id", identity.order_id).end_object();
}

const char* source_id(PaymentType type) {
  switch (type) {
    case PaymentType::cash:
      return "CASH";
    case PaymentType::external:
      return "EXTERNAL";
  }
  return "EXTERNAL";
}

/// A JSON member `"order_id":"{id}"`. No string in a body can hold this text, for its quotes would
/// be escaped there.
std::string order_id_member(std::string_view id) {
  std::string member = "\"order_id\":";
  json::append_string(member, id);
  return member;
}

/// The body of POST /v2/orders/{order_id}/pay for an order that costs nothing.
std::string pay_order_body(const Identity& identity, std::int64_t refusals) {
  Writer out;
  out.begin_object();
  out.member("idempotency_key", idempotency_key(identity, Operation::payment, refusals));
  out.array("payment_ids").end_array().end_object();
  return out.take();
}

}  // namespace

std::string create_order_body(const Identity& identity, const Order& order,
                              std::string_view location_id, std::int64_t refusals) {
  const Rates rates = tax_rates(order);
  const std::string key = idempotency_key(identity, Operation::order, refusals);
  Writer out;
  out.begin_object().member("idempotency_key", key);
  out.object("order");
  out.member("location_id", location_id).member("reference_id", reference_id(identity));
  out.object("source").member("name", source_name).end_object();
  out.member_if_any("ticket_name", order.table_id);
  write_items(out, order, rates);
  write_taxes(out, order, rates);
  write_order_discount(out, order);
  write_service_charge(out, order);
  write_metadata(out, identity, order, key);
  out.end_object().end_object();
  return out.take();
}

std::string create_payment_body(const Identity& identity, const Order& order,
                                std::string_view location_id, std::int64_t refusals) {
  if (!order.payment) return {};
  if (order.total == 0) return pay_order_body(identity, refusals);
  Writer out;
  out.begin_object();
  out.member("idempotency_key", idempotency_key(identity, Operation::payment, refusals));
  out.member("order_id", order_id_placeholder);
  out.member("source_id", source_id(order.payment->type));
  out.member("location_id", location_id).member("reference_id", reference_id(identity));
  write_money(out, "amount_money", order.payment->amount, order.currency);
  if (order.tip > 0) write_money(out, "tip_money", order.tip, order.currency);
  switch (order.payment->type) {
    case PaymentType::cash:
      write_cash(out, order);
      // CreatePaymentRequest.note takes 500 characters; cash has no other place for it.
      out.member_if_any("note", order.payment->source);
      break;
    case PaymentType::external:
      write_external(out, identity, order);
      break;
  }
  out.end_object();
  return out.take();
}

std::string with_order_id(std::string_view payment_body, std::string_view order_id) {
  const std::string hole = order_id_member(order_id_placeholder);
  const std::size_t at = payment_body.find(hole);
  if (at == std::string_view::npos) return concat(payment_body);
  return concat(payment_body.substr(0, at), order_id_member(order_id),
                payment_body.substr(at + hole.size()));
}

}  // namespace pos::square

#include "square/frozen_order.hpp"

#include <string_view>

#include "square/reply.hpp"
#include "square/totals.hpp"

namespace pos::square {

namespace {

using json::Value;

bool names(Value list, std::string_view uid) {
  for (Value each = list.first(); each.present(); each = each.next()) {
    if (each["tax_uid"].text() == uid) return true;
  }
  return false;
}

/// The rate of the one tax that is an item's own: it names it, or blocks all others.
std::string_view own_rate(Value item, Value taxes) {
  for (Value tax = taxes.first(); tax.present(); tax = tax.next()) {
    const std::string_view uid = tax["uid"].text();
    const bool of_items = tax["scope"].equals("LINE_ITEM");
    const bool own = of_items ? names(item["applied_taxes"], uid)
                              : !names(item["pricing_blocklists"]["blocked_taxes"], uid);
    if (own) return tax["percentage"].text();
  }
  return {};
}

Item read_item(Value line, Value taxes) {
  Item item;
  item.name = line["name"].text();
  item.quantity = line["quantity"].text();
  item.unit_price = line["base_price_money"]["amount"].integer();
  item.tax_percentage = own_rate(line, taxes);
  const Value modifiers = line["modifiers"];
  for (Value each = modifiers.first(); each.present(); each = each.next()) {
    Modifier& modifier = item.modifiers.emplace_back();
    modifier.name = each["name"].text();
    modifier.quantity = each["quantity"].text();
    modifier.unit_price = each["base_price_money"]["amount"].integer();
  }
  return item;
}

}  // namespace

bool read_frozen_order(Value request, Order& order) {
  order = Order{};
  const Value sent = request["order"];
  const Value lines = sent["line_items"];
  const auto price = read_money(lines.first()["base_price_money"]);
  if (!price) return false;
  const Value taxes = sent["taxes"];
  order.currency = price->currency;
  order.placed_at = sent["metadata"]["placed_at"].text();
  order.table_id = sent["ticket_name"].text();
  order.tax_inclusive = !taxes.first()["type"].equals("ADDITIVE");
  order.discount = sent["discounts"].first()["amount_money"]["amount"].integer();
  order.service_charge = sent["service_charges"].first()["amount_money"]["amount"].integer();
  for (Value line = lines.first(); line.present(); line = line.next()) {
    order.items.push_back(read_item(line, taxes));
  }
  const auto total = order_total(order);
  order.total = total.value_or(0);
  return total.has_value();
}

}  // namespace pos::square

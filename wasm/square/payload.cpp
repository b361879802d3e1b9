#include "square/payload.hpp"

#include <optional>
#include <span>
#include <string_view>

#include "base/text.hpp"
#include "square/field.hpp"
#include "square/tax.hpp"
#include "square/totals.hpp"

namespace pos::square {

namespace {

using json::Kind;
using json::Value;

// Square's own limits (OpenAPI: OrderLineItem, OrderLineItemModifier, Order.ticket_name,
// ExternalPaymentDetails.source). They are in characters; JSON Schema means Unicode's by that.
constexpr std::size_t max_items = 500;
constexpr std::size_t max_name = 512;
constexpr std::size_t max_variation = 400;
constexpr std::size_t max_note = 2000;
constexpr std::size_t max_ticket_name = 30;
constexpr std::size_t max_source = 255;
constexpr std::size_t max_modifier_name = 255;

// Square names none. Without one the body of an order of nothing but small modifiers could be six
// times its payload, and D1 binds values of up to 2 MB.
constexpr std::size_t max_modifiers = 100;
constexpr std::size_t max_modifiers_of_order = 2000;

constexpr Place top_level{};

/// A member that must be there, and what is expected of it.
struct Required {
  const char* name;
  const char* what;
};

constexpr Required required_of_item[] = {
    {"name", "text of 1 to 512 characters"},
    {"quantity", "a decimal number"},
    {"unit_price", "an integer number of minor units"},
};
constexpr Required required_of_modifier[] = {
    {"name", "text of 1 to 255 characters"},
    {"unit_price", "an integer number of minor units"},
};
constexpr Required required_of_payment[] = {
    {"type", "\"cash\" or \"external\""},
    {"amount", "an integer number of minor units"},
};
constexpr Required required_of_payload[] = {
    {"currency", "a currency code of ISO 4217 that Square takes"},
    {"items", "1 to 500 items"},
};

void require(Value object, std::span<const Required> fields, const Place& place,
             FieldErrors& findings) {
  for (const Required& field : fields) {
    const Value value = object[field.name];
    if (value.present()) continue;
    findings.expected(path(place, field.name), field.what, describe(value));
  }
}

bool require_object(Value value, const Place& place, const char* name, FieldErrors& findings) {
  if (value.is(Kind::object)) return true;
  findings.expected(path(place, name), "an object", describe(value));
  return false;
}

void read_modifier_member(Value member, const Place& place, Modifier& modifier,
                          FieldErrors& findings) {
  const Field field(member, place, findings);
  const std::string_view name = member.key();
  if (name == "name") return field.text(modifier.name, 1, max_modifier_name);
  if (name == "quantity") return field.count(modifier.quantity);
  if (name == "unit_price") return (void)field.money(modifier.unit_price);
  field.unknown();
}

void read_modifiers(const Field& field, const Place& item, std::vector<Modifier>& modifiers,
                    FieldErrors& findings) {
  constexpr const char* expected = "at most 100 modifiers";
  static_assert(max_modifiers == 100);
  const Value list = field.value();
  if (list.is(Kind::null)) return;
  if (!list.is(Kind::array)) return field.expected(expected);
  if (list.size() > max_modifiers) {
    return findings.expected(path(item, "modifiers"), expected,
                             concat(static_cast<std::int64_t>(list.size())));
  }
  Place place{item.object, item.index, "modifiers", -1};
  for (Value value = list.first(); !value.is(Kind::missing); value = value.next()) {
    ++place.list_index;
    Modifier& modifier = modifiers.emplace_back();
    if (!require_object(value, place, "", findings)) continue;
    for (Value member = value.first(); !member.is(Kind::missing); member = member.next()) {
      read_modifier_member(member, place, modifier, findings);
    }
    require(value, required_of_modifier, place, findings);
  }
}

void read_item_member(Value member, const Place& place, Item& item, FieldErrors& findings) {
  const Field field(member, place, findings);
  const std::string_view name = member.key();
  if (name == "name") return field.text(item.name, 1, max_name);
  if (name == "quantity") return field.quantity(item.quantity);
  if (name == "unit_price") return (void)field.money(item.unit_price);
  if (name == "tax_percentage") return field.percentage(item.tax_percentage);
  if (name == "note") return field.text(item.note, 0, max_note);
  if (name == "variation") return field.text(item.variation, 0, max_variation);
  if (name == "modifiers") return read_modifiers(field, place, item.modifiers, findings);
  field.unknown();
}

void read_items(const Field& field, std::vector<Item>& items, FieldErrors& findings) {
  const Value list = field.value();
  if (list.is(Kind::null)) return;
  if (!list.is(Kind::array)) return field.expected("1 to 500 items");
  if (list.size() < 1 || list.size() > max_items) {
    return findings.expected("items", "1 to 500 items",
                             concat(static_cast<std::int64_t>(list.size())));
  }
  items = std::vector<Item>(list.size());
  int index = 0;
  for (Value value = list.first(); !value.is(Kind::missing); value = value.next()) {
    const Place place{"items", index};
    Item& item = items[static_cast<std::size_t>(index++)];
    if (!require_object(value, place, "", findings)) continue;
    for (Value member = value.first(); !member.is(Kind::missing); member = member.next()) {
      read_item_member(member, place, item, findings);
    }
    require(value, required_of_item, place, findings);
  }
}

void read_payment_type(const Field& field, Payment& payment) {
  const Value type = field.value();
  if (type.is(Kind::null)) return;
  if (type.equals("cash")) {
    payment.type = PaymentType::cash;
  } else if (type.equals("external")) {
    payment.type = PaymentType::external;
  } else {
    field.expected("\"cash\" or \"external\"");
  }
}

void read_payment_member(Value member, Payment& payment, FieldErrors& findings) {
  const Field field(member, Place{"payment"}, findings);
  const std::string_view name = member.key();
  if (name == "type") return read_payment_type(field, payment);
  if (name == "source") return field.text(payment.source, 0, max_source);
  if (name == "amount") return (void)field.money(payment.amount);
  field.unknown();
}

/// Square takes no external payment without a source. One of cash goes there as a note.
void check_source(Value payment, FieldErrors& findings) {
  const Value source = payment["source"];
  const bool given = source.present() && !(source.is(Kind::string) && source.text().empty());
  if (!payment["type"].equals("external") || given) return;
  findings.expected("payment.source", "text of 1 to 255 characters for an external payment",
                    describe(source));
}

void read_payment(Value value, std::optional<Payment>& out, FieldErrors& findings) {
  if (value.is(Kind::null)) return;
  if (!require_object(value, top_level, "payment", findings)) return;
  Payment payment;
  for (Value member = value.first(); !member.is(Kind::missing); member = member.next()) {
    read_payment_member(member, payment, findings);
  }
  require(value, required_of_payment, Place{"payment"}, findings);
  check_source(value, findings);
  out = payment;
}

void read_member(Value member, Order& order, std::optional<std::int64_t>& given_total,
                 FieldErrors& findings) {
  const Field field(member, top_level, findings);
  const std::string_view name = member.key();
  if (name == "v") return field.version();
  if (name == "currency") return field.currency(order.currency);
  if (name == "placed_at") return field.timestamp(order.placed_at);
  if (name == "table_id") return field.text(order.table_id, 0, max_ticket_name);
  if (name == "items") return read_items(field, order.items, findings);
  if (name == "tax_inclusive") return field.boolean(order.tax_inclusive);
  if (name == "discount") return (void)field.money(order.discount);
  if (name == "service_charge") return (void)field.money(order.service_charge);
  if (name == "tip") return (void)field.money(order.tip);
  if (name == "payment") return read_payment(member, order.payment, findings);
  if (name == "total") {
    std::int64_t total = 0;
    if (field.money(total)) given_total = total;
    return;
  }
  field.unknown();
}

void check_payment(const Order& order, FieldErrors& findings) {
  if (!order.payment) {
    if (order.tip == 0) return;
    // A tip travels with the payment, so without one Square would never hear of it.
    return findings.expected("tip", "0 without a payment", concat(order.tip));
  }
  if (order.total == 0 && order.tip > 0) {
    // Nothing is paid for such an order, so there is nothing that a tip could travel with.
    findings.expected("tip", "0 where the total is 0", concat(order.tip));
  }
  if (order.payment->amount != order.total) {
    findings.expected("payment.amount", concat("the total, ", order.total).c_str(),
                      concat(order.payment->amount));
  }
  if (order.tip > max_money - order.total) {
    findings.add("tip", "with the total it is more than 9007199254740991");
  }
}

void check_rates(const Order& order, FieldErrors& findings) {
  if (tax_rates(order).size() <= max_tax_rates) return;
  findings.add("items", "they have more than 10 different tax percentages");
}

void check_modifiers(const Order& order, FieldErrors& findings) {
  std::size_t count = 0;
  for (const Item& item : order.items) count += item.modifiers.size();
  static_assert(max_modifiers_of_order == 2000);
  if (count > max_modifiers_of_order) findings.add("items", "they have more than 2000 modifiers");
}

void check_sums(Order& order, std::optional<std::int64_t> given_total, FieldErrors& findings) {
  const auto items = items_amount(order);
  if (!items || *items > max_money) {
    return findings.add("items", "they come to more than 9007199254740991");
  }
  if (order.discount > *items) {
    return findings.expected("discount", concat("at most what the items come to, ", *items).c_str(),
                             concat(order.discount));
  }
  const auto total = order_total(order);
  if (!total || *total > max_money) {
    return findings.add("total", "it is more than 9007199254740991");
  }
  order.total = *total;
  if (given_total && *given_total != *total) {
    findings.expected("total", concat("the sum of what is listed, ", *total).c_str(),
                      concat(*given_total));
  }
  check_payment(order, findings);
}

}  // namespace

std::vector<FieldError> read_payload(Value payload, Order& order) {
  order = Order{};
  FieldErrors findings;
  if (!require_object(payload, top_level, "payload", findings)) return findings.take();
  std::optional<std::int64_t> given_total;
  for (Value member = payload.first(); !member.is(Kind::missing); member = member.next()) {
    read_member(member, order, given_total, findings);
  }
  require(payload, required_of_payload, top_level, findings);
  if (findings.empty()) check_rates(order, findings);
  if (findings.empty()) check_modifiers(order, findings);
  if (findings.empty()) check_sums(order, given_total, findings);
  return findings.take();
}

}  // namespace pos::square

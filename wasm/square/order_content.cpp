#include "square/order_content.hpp"

#include <vector>

#include "base/decimal.hpp"
#include "base/json/writer.hpp"
#include "base/sha256.hpp"
#include "base/sorted_indices.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"

namespace pos::square {
namespace {

using json::Kind;
using json::Value;

bool is_amount(Value money) { return money["amount"].is(Kind::integer); }

bool is_list_or_none(Value list) { return !list.present() || list.is(Kind::array); }

/// A line that does not say what was sold, or for how much, compares with nothing.
bool is_whole_line(Value line) {
  const bool priced = is_amount(line["base_price_money"]) || is_amount(line["total_money"]);
  return line.is(Kind::object) && !line["quantity"].text().empty() && priced &&
         is_list_or_none(line["modifiers"]);
}

bool has_whole_lines(Value lines) {
  if (!lines.is(Kind::array) || lines.size() == 0) return false;
  for (Value each = lines.first(); !each.is(Kind::missing); each = each.next()) {
    if (!is_whole_line(each)) return false;
  }
  return true;
}

// Square OpenAPI, Fulfillment: one of these, as its type says.
constexpr const char* details_of_fulfillment[] = {"pickup_details", "delivery_details",
                                                  "shipment_details", "in_store_details"};

/// An amount that is not there is not 0.
void write_amount(json::Writer& out, Value money) {
  if (is_amount(money)) {
    out.integer(money["amount"].integer());
  } else {
    out.null();
  }
}

// "2.0" as "2": Square keeps a quantity in the spelling that it was sent in.
void write_number(json::Writer& out, Value number) {
  out.string(without_trailing_zeros(number.text()));
}

/// The elements of a list, each as `write` has it. In which order they came says nothing.
template <typename Write>
void write_list(json::Writer& out, Value list, Write write) {
  std::vector<std::string> texts;
  for (Value each = list.first(); !each.is(Kind::missing); each = each.next()) {
    json::Writer text;
    text.begin_array();
    write(text, each);
    texts.push_back(text.end_array().take());
  }
  const auto before = [&](std::size_t a, std::size_t b) { return texts[a] < texts[b]; };
  out.begin_array();
  for (const std::size_t each : sorted_indices(texts.size(), before)) out.raw(texts[each]);
  out.end_array();
}

void write_modifier_content(json::Writer& out, Value modifier) {
  out.string(modifier["name"].text()).string(modifier["catalog_object_id"].text());
  write_number(out, modifier["quantity"]);
  write_amount(out, modifier["base_price_money"]);
}

void write_line_content(json::Writer& out, Value line) {
  out.string(line["name"].text()).string(line["variation_name"].text());
  out.string(line["catalog_object_id"].text()).string(line["note"].text());
  write_number(out, line["quantity"]);
  for (const char* name : {"base_price_money", "total_discount_money", "total_money"}) {
    write_amount(out, line[name]);
  }
  write_list(out, line["modifiers"], write_modifier_content);
}

void write_discount_content(json::Writer& out, Value discount) {
  out.string(discount["name"].text());
  write_number(out, discount["percentage"]);
  write_amount(out, discount["amount_money"]);
  write_amount(out, discount["applied_money"]);
}

void write_charge_content(json::Writer& out, Value charge) {
  out.string(charge["name"].text());
  write_number(out, charge["percentage"]);
  write_amount(out, charge["amount_money"]);
  write_amount(out, charge["total_money"]);
}

void write_tax_content(json::Writer& out, Value tax) {
  write_number(out, tax["percentage"]);
  out.string(tax["type"].text());
  write_amount(out, tax["applied_money"]);
}

/// For whom it is, and where it goes: two guests may have ordered the same dishes.
void write_fulfillment_content(json::Writer& out, Value fulfillment) {
  out.string(fulfillment["type"].text());
  for (const char* details : details_of_fulfillment) {
    const Value of = fulfillment[details];
    const Value note = of["note"].present() ? of["note"] : of["shipping_note"];
    const Value recipient = of["recipient"];
    const Value address = recipient["address"];
    out.string(note.text());
    for (const char* name : {"customer_id", "display_name", "email_address", "phone_number"}) {
      out.string(recipient[name].text());
    }
    for (const char* name : {"address_line_1", "address_line_2", "locality", "postal_code"}) {
      out.string(address[name].text());
    }
  }
}

/// By which name it was found to be a copy. A wrong one can be put right at Square.
void write_names(json::Writer& out, Value order) {
  const Value metadata = order["metadata"];
  out.string(order["reference_id"].text());
  for (const char* name : {"pos_sync", "order_id", "revision"}) {
    out.string(metadata[name].text());
  }
}

}  // namespace

std::string missing_of(Value order) {
  const Value total = order["total_money"];
  const bool has_location = !order["location_id"].text().empty();
  const bool has_time = parse_rfc3339_ms(order["created_at"].text()).has_value();
  std::string missing;
  const auto expect = [&](bool there, const char* name) {
    if (!there) append(missing, concat(missing.empty() ? "" : " ", name));
  };
  expect(is_amount(total), "total_money");
  expect(!is_amount(total) || !total["currency"].text().empty(), "currency");
  expect(has_whole_lines(order["line_items"]), "line_items");
  for (const char* list : {"discounts", "service_charges", "fulfillments", "taxes"}) {
    expect(is_list_or_none(order[list]), list);
  }
  expect(has_location, "location_id");
  expect(has_time, "created_at");
  return missing;
}

std::string recipient_of(Value order) {
  for (Value each = order["fulfillments"].first(); each.present(); each = each.next()) {
    for (const char* details : details_of_fulfillment) {
      const Value recipient = each[details]["recipient"];
      for (const char* name : {"customer_id", "phone_number", "email_address", "display_name"}) {
        const std::string_view text = recipient[name].text();
        // A customer is one, whether the order names him or its fulfillment.
        if (!text.empty()) {
          return name == std::string_view("customer_id") ? std::string(text)
                                                         : concat(name, ":", text);
        }
      }
    }
  }
  return {};
}

std::int64_t sold_amount(Value order) {
  return order["total_money"]["amount"].integer() - order["total_tip_money"]["amount"].integer();
}

std::string content_fingerprint(Value order) {
  if (!missing_of(order).empty()) return {};
  json::Writer out;
  out.begin_array().integer(2).string(order["total_money"]["currency"].text());
  out.integer(sold_amount(order));
  write_list(out, order["line_items"], write_line_content);
  write_list(out, order["discounts"], write_discount_content);
  write_list(out, order["service_charges"], write_charge_content);
  write_list(out, order["fulfillments"], write_fulfillment_content);
  write_list(out, order["taxes"], write_tax_content);
  write_amount(out, order["total_tax_money"]);
  write_names(out, order);
  const Value metadata = order["metadata"];
  out.string(order["ticket_name"].text()).string(metadata["table_id"].text());
  out.string(metadata["table"].text()).string(order["customer_id"].text()).end_array();
  return hex(sha256(out.text()));
}

}  // namespace pos::square

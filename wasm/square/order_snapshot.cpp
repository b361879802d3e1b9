#include "square/order_snapshot.hpp"

#include <initializer_list>
#include <map>

#include "base/decimal.hpp"
#include "base/json/writer.hpp"
#include "base/sha256.hpp"
#include "base/sorted_indices.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/order_content.hpp"
#include "square/reply.hpp"
#include "square/tenders.hpp"

namespace pos::square {
namespace {

using json::Value;

/// What taxes without a percentage are called.
constexpr const char* other_rate = "other";

// Metadata has values of at most 255 characters (Square, "Metadata"), of four bytes each; what else
// is kept of an order or a payment is shorter.
constexpr std::size_t text_most = 1020;

// Square OpenAPI, OrderLineItemTax.percentage: a decimal.
constexpr std::size_t rate_most = 12;
constexpr std::size_t rates_most = 50;

/// A text that is longer than Square's are is none: cut, two of them could be equal.
std::string bounded_text(Value value) {
  const std::string_view text = value.text();
  return std::string(text.size() <= text_most ? text : std::string_view());
}

std::int64_t amount_of(Value money) { return money["amount"].integer(); }

std::string currency_of(Value money) { return bounded_text(money["currency"]); }

/// "2.0" as "2": Square keeps a quantity, or a percentage, in the spelling that it was sent in.
std::string plain_number(Value value) { return without_trailing_zeros(value.text()); }

std::string first_text(std::initializer_list<Value> values) {
  for (const Value each : values) {
    if (!each.text().empty()) return bounded_text(each);
  }
  return {};
}

std::string kind_of(Value order) {
  const bool gives_back = order["returns"].size() > 0 || !order["source_order_id"].text().empty() ||
                          amount_of(order["return_amounts"]["total_money"]) != 0;
  if (gives_back) return "return";
  if (order["state"].equals("CANCELED")) return "canceled";
  if (order["state"].equals("DRAFT")) return "draft";
  return "sale";
}

std::string order_key_of(Value metadata) {
  std::string key = bounded_text(metadata["order_id"]);
  const std::string_view revision = metadata["revision"].text();
  if (!key.empty() && !revision.empty() && revision != "1") append(key, concat("#r", revision));
  return key;
}

/// What the lines say that a tax came to, where the tax itself does not.
std::int64_t applied_to_lines(Value order, std::string_view uid) {
  std::int64_t sum = 0;
  for (Value line = order["line_items"].first(); line.present(); line = line.next()) {
    for (Value each = line["applied_taxes"].first(); each.present(); each = each.next()) {
      if (each["tax_uid"].text() == uid) sum += amount_of(each["applied_money"]);
    }
  }
  return sum;
}

std::string tax_of(Value order) {
  std::map<std::string, std::int64_t> rates;
  std::int64_t rest = amount_of(order["total_tax_money"]);
  for (Value tax = order["taxes"].first(); tax.present(); tax = tax.next()) {
    std::string rate = plain_number(tax["percentage"]);
    const bool known = rates.count(rate) > 0 || rates.size() < rates_most;
    if (!known || rate.size() > rate_most) rate.clear();
    const std::int64_t amount = tax["applied_money"].present()
                                    ? amount_of(tax["applied_money"])
                                    : applied_to_lines(order, tax["uid"].text());
    rates[rate.empty() ? other_rate : rate] += amount;
    rest -= amount;
  }
  if (order["total_tax_money"].present() && rest != 0) rates[other_rate] += rest;
  json::Writer out;
  out.begin_object();
  for (const auto& [rate, amount] : rates) out.key(rate).integer(amount);
  out.end_object();
  return out.take();
}

/// Texts as a JSON array, sorted: in which order they came says nothing.
void write_sorted(json::Writer& out, const std::vector<std::string>& texts) {
  const auto before = [&](std::size_t a, std::size_t b) { return texts[a] < texts[b]; };
  out.begin_array();
  for (const std::size_t each : sorted_indices(texts.size(), before)) out.raw(texts[each]);
  out.end_array();
}

std::string modifier_text(Value modifier) {
  const std::string quantity = plain_number(modifier["quantity"]);
  json::Writer out;
  out.begin_array().string(modifier["name"].text());
  out.string(quantity.empty() ? "1" : quantity).integer(amount_of(modifier["base_price_money"]));
  out.end_array();
  return out.take();
}

std::string line_text(Value line) {
  std::vector<std::string> modifiers;
  for (Value each = line["modifiers"].first(); each.present(); each = each.next()) {
    modifiers.push_back(modifier_text(each));
  }
  json::Writer out;
  out.begin_array().string(line["name"].text()).string(line["variation_name"].text());
  out.string(plain_number(line["quantity"])).integer(amount_of(line["base_price_money"]));
  write_sorted(out, modifiers);
  // "Rare" and "well done" are two guests' dishes; a pusher's next try has its note again.
  if (!line["note"].text().empty()) out.string(line["note"].text());
  out.end_array();
  return out.take();
}

/// What was sold and for how much. A guest's tip is none of it: it comes with the payment, so that
/// of two copies the unpaid one has none.
std::string content_of(Value order, const OrderSnapshot& sale) {
  std::vector<std::string> lines;
  for (Value each = order["line_items"].first(); each.present(); each = each.next()) {
    lines.push_back(line_text(each));
  }
  json::Writer out;
  out.begin_array().string(sale.currency).integer(sale.total - sale.tip);
  write_sorted(out, lines);
  out.end_array();
  return hex(sha256(out.text()));
}

/// Square names the same kinds in two ways: an order's tender OTHER is a payment's source EXTERNAL.
std::string tender_type(Value tender) {
  return tender["type"].equals("OTHER") ? std::string("EXTERNAL") : bounded_text(tender["type"]);
}

std::string tenders_of(Value order) {
  json::Writer out;
  out.begin_array();
  for (Value each = order["tenders"].first(); each.present(); each = each.next()) {
    const Value card = each["card_details"]["card"];
    out.begin_array().string(tender_type(each));
    out.integer(hash_of("card", card["fingerprint"].text())).string(card["card_brand"].text());
    out.string(card["last_4"].text());
    out.integer(hash_of("customer", each["customer_id"].text()));
    out.string(first_text({each["payment_id"], each["id"]})).end_array();
  }
  return out.end_array().take();
}

/// Square OpenAPI: CardPaymentDetails.card.fingerprint, BankAccountPaymentDetails.fingerprint,
/// CashAppDetails.buyer_cashtag; ExternalPaymentDetails.source_id is "an ID to associate the
/// payment to its originating source".
std::int64_t instrument_of(Value payment) {
  const std::string_view card = payment["card_details"]["card"]["fingerprint"].text();
  if (!card.empty()) return hash_of("card", card);
  const std::string_view bank = payment["bank_account_details"]["fingerprint"].text();
  if (!bank.empty()) return hash_of("bank", bank);
  const Value wallet = payment["wallet_details"]["cash_app_details"];
  if (!wallet["buyer_cashtag"].text().empty()) {
    return hash_of("cashtag", wallet["buyer_cashtag"].text());
  }
  const Value external = payment["external_details"];
  const std::string_view id = external["source_id"].text();
  if (id.empty()) return 0;
  json::Writer sale;
  sale.begin_array().string(external["source"].text()).string(id).end_array();
  return hash_of("external", sale.text());
}

}  // namespace

std::string metadata_of(const OrderSnapshot& sale) {
  if (!sale.order_key.empty()) return concat("order:", sale.order_key);
  return sale.pos_sync.empty() ? std::string() : concat("pos_sync:", sale.pos_sync);
}

std::vector<std::string> tender_ids_of(const OrderSnapshot& sale) {
  std::vector<std::string> ids;
  json::Document tenders;
  if (!tenders.parse(sale.tenders)) return ids;
  for (Value each = tenders.root().first(); each.present(); each = each.next()) {
    ids.emplace_back(each.at(5).text());
  }
  return ids;
}

std::int64_t hash_of(std::string_view what, std::string_view text) {
  if (text.empty()) return 0;
  const Digest digest = sha256(concat(what, ":", text));
  std::int64_t hash = 0;
  for (int i = 0; i < 7; ++i) hash = hash << 8 | digest[static_cast<std::size_t>(i)];
  hash >>= 4;  // 56 bits to 52
  return hash == 0 ? 1 : hash;
}

std::optional<OrderSnapshot> read_sale(Value order) {
  const auto created = parse_rfc3339_ms(order["created_at"].text());
  OrderSnapshot sale;
  sale.id = bounded_text(order["id"]);
  if (sale.id.empty()) return std::nullopt;
  sale.location_id = bounded_text(order["location_id"]);
  sale.created_at_ms = created.value_or(0);
  sale.kind = kind_of(order);
  sale.state = bounded_text(order["state"]);
  sale.paid = square::paid_by_tenders(order).paid;
  const Value metadata = order["metadata"];
  sale.reference_id = bounded_text(order["reference_id"]);
  sale.pos_sync = bounded_text(metadata["pos_sync"]);
  sale.order_key = order_key_of(metadata);
  sale.table_id = first_text({order["ticket_name"], metadata["table_id"], metadata["table"]});
  sale.total = amount_of(order["total_money"]);
  sale.tip = amount_of(order["total_tip_money"]);
  sale.currency = currency_of(order["total_money"]);
  sale.tax = tax_of(order);
  if (sale.kind == "sale") sale.missing = missing_of(order);
  // What is missing equals nothing, not even what is missing elsewhere.
  if (sale.missing.empty()) sale.content = content_of(order, sale);
  sale.fingerprint = content_fingerprint(order);
  sale.reference_hash = hash_of("reference", sale.reference_id);
  sale.metadata_hash = sale.order_key.empty() ? hash_of("pos_sync", sale.pos_sync)
                                              : hash_of("order", sale.order_key);
  sale.content_hash = hash_of("content", sale.content);
  sale.table_hash = hash_of("table", sale.table_id);
  const std::string_view customer = order["customer_id"].text();
  sale.customer_hash = hash_of("customer", customer.empty() ? recipient_of(order) : customer);
  sale.source_hash = hash_of("source", order["source"]["name"].text());
  sale.tenders = tenders_of(order);
  return sale;
}

std::optional<PaymentSnapshot> read_payment(Value payment) {
  const auto created = parse_rfc3339_ms(payment["created_at"].text());
  PaymentSnapshot read;
  read.id = bounded_text(payment["id"]);
  if (read.id.empty() || !created) return std::nullopt;
  read.order_id = bounded_text(payment["order_id"]);
  read.location_id = bounded_text(payment["location_id"]);
  read.created_at_ms = *created;
  read.status = bounded_text(payment["status"]);
  read.source_type = bounded_text(payment["source_type"]);
  const Value total = payment["total_money"];
  const Value amount = payment["amount_money"];
  read.amount =
      total.present() ? amount_of(total) : amount_of(amount) + amount_of(payment["tip_money"]);
  read.currency = currency_of(total.present() ? total : amount);
  read.refunded = amount_of(payment["refunded_money"]);
  const Value card = payment["card_details"]["card"];
  read.instrument_hash = instrument_of(payment);
  read.card_brand = bounded_text(card["card_brand"]);
  read.card_last_4 = bounded_text(card["last_4"]);
  read.customer_hash = hash_of("customer", payment["customer_id"].text());
  for (Value each = payment["processing_fee"].first(); each.present(); each = each.next()) {
    read.fee += amount_of(each["amount_money"]);
  }
  for (Value each = payment["refund_ids"].first(); each.present(); each = each.next()) {
    read.refund_ids.push_back(bounded_text(each));
  }
  return read;
}

bool RefundSnapshot::is_pending() const {
  return !is_completed() && status != "REJECTED" && status != "FAILED" && status != "CANCELED";
}

bool RefundSnapshot::is_completed() const { return status == "COMPLETED"; }

std::optional<RefundSnapshot> read_refund(Value refund) {
  const auto created = parse_rfc3339_ms(refund["created_at"].text());
  RefundSnapshot read;
  read.id = bounded_text(refund["id"]);
  if (read.id.empty() || !created) return std::nullopt;
  read.payment_id = bounded_text(refund["payment_id"]);
  read.order_id = bounded_text(refund["order_id"]);
  read.status = bounded_text(refund["status"]);
  read.amount = amount_of(refund["amount_money"]);
  read.currency = currency_of(refund["amount_money"]);
  read.reason = bounded_text(refund["reason"]);
  read.created_at_ms = *created;
  return read;
}

bool DisputeSnapshot::stands() const { return state != "WON" && state != "INQUIRY_CLOSED"; }

std::optional<DisputeSnapshot> read_dispute(Value dispute) {
  DisputeSnapshot read;
  read.payment_id = bounded_text(dispute["disputed_payment"]["payment_id"]);
  if (read.payment_id.empty()) return std::nullopt;
  read.state = bounded_text(dispute["state"]);
  return read;
}

}  // namespace pos::square

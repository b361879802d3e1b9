#include "reconcile/rows.hpp"

#include "base/timestamp.hpp"
#include "square/frozen_order.hpp"
#include "square/order_snapshot.hpp"
#include "square/payload.hpp"
#include "store/rows.hpp"

namespace pos::reconcile {
namespace {

Known known_of(std::string_view word) {
  if (word == "sold") return Known::sold;
  return word == "in_doubt" ? Known::in_doubt : Known::unsold;
}

/// What a text that is an order's says of it; false if it is none.
bool read_order(const std::string& text, bool frozen, square::Order& order) {
  json::Document document;
  if (text.empty() || !document.parse(text)) return false;
  return frozen ? square::read_frozen_order(document.root(), order)
                : square::read_payload(document.root(), order).empty();
}

Sums figures_of(const square::Order& order, square::Rounding rounding) {
  return {1, square::gross_of(order, rounding), square::vat_of(order, rounding)};
}

}  // namespace

LocalOrder read_ours(json::Value row) {
  LocalOrder ours;
  std::string known;
  std::string body;
  std::string payload;
  std::int64_t pays = 0;
  store::Columns columns(row);
  columns >> ours.order_id >> ours.revision >> ours.at_ms >> known >> ours.external_order_id >>
      pays >> body >> payload >> ours.note;
  ours.known = known_of(known);
  square::Order order;
  const bool frozen = !body.empty();
  if (!read_order(frozen ? body : payload, frozen, order)) return ours;
  ours.has_figures = true;
  ours.pays = frozen ? pays != 0 : order.payment.has_value();
  ours.currency = order.currency;
  ours.figures = figures_of(order, square::Rounding::as_sent);
  ours.otherwise = frozen ? ours.figures : figures_of(order, square::Rounding::of_lines);
  const auto placed = parse_rfc3339(order.placed_at);
  if (placed) ours.at_ms = *placed * 1000;
  return ours;
}

std::optional<SquareOrder> read_theirs(json::Value order) {
  const auto sale = square::read_sale(order);
  if (!sale || sale->created_at_ms == 0 || sale->kind == "return") return std::nullopt;
  SquareOrder theirs;
  theirs.id = sale->id;
  theirs.created_at_ms = sale->created_at_ms;
  theirs.kind = sale->kind;
  theirs.paid = sale->paid;
  theirs.reference_id = sale->reference_id;
  theirs.pos_sync = sale->pos_sync;
  theirs.order_key = sale->order_key;
  const json::Value tender = order["tenders"].first();
  theirs.payment_id =
      tender["payment_id"].present() ? tender["payment_id"].text() : tender["id"].text();
  theirs.currency = sale->currency;
  theirs.tip = sale->tip;
  theirs.sold.orders = 1;
  theirs.sold.gross = sale->total - sale->tip;
  json::Document tax;
  if (!tax.parse(sale->tax)) return theirs;
  const json::Value rates = tax.root();
  for (json::Value each = rates.first(); each.present(); each = each.next()) {
    if (each.integer() != 0) theirs.sold.vat[std::string(each.key())] = each.integer();
  }
  return theirs;
}

}  // namespace pos::reconcile

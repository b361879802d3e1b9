#include "audit/scan/page.hpp"

#include <algorithm>
#include <map>

#include "audit/scan/rows.hpp"
#include "base/json/utf8.hpp"
#include "square/listing.hpp"
#include "square/order_snapshot.hpp"

namespace pos::audit {
namespace {

using json::Value;

/// In bytes, of what a location says of itself.
constexpr std::size_t fact_most = 255;

/// What the refunds on a page come to, of one payment.
struct Refunded {
  std::int64_t refunded = 0;
  std::int64_t pending = 0;
};

/// Gathers rows; a thing that cannot be read makes the whole page unreadable.
class Rows {
 public:
  explicit Rows(ScannedPage& page) : page_(page) { list_.begin_array(); }

  json::Writer& add() {
    ++page_.count;
    return list_;
  }
  void told(std::int64_t at_ms) { page_.last_ms = std::max(page_.last_ms, at_ms); }
  void end() {
    page_.rows = list_.end_array().take();
    page_.readable = true;
  }

 private:
  ScannedPage& page_;
  json::Writer list_;
};

void read_orders(const LocationScan& place, Value list, ScannedPage& page) {
  Rows rows(page);
  for (Value each = list.first(); each.present(); each = each.next()) {
    const auto sale = square::read_sale(each);
    if (!sale) return;
    rows.told(sale->created_at_ms);
    const bool in_range = sale->created_at_ms >= place.from_ms && sale->created_at_ms < place.to_ms;
    // One that does not say its time was asked for by it: it is listed as not comparable.
    const bool wanted = in_range || sale->created_at_ms == 0;
    if (wanted) write_row(rows.add(), *sale);
  }
  rows.end();
}

void read_payments(Value list, ScannedPage& page) {
  Rows rows(page);
  for (Value each = list.first(); each.present(); each = each.next()) {
    const auto payment = square::read_payment(each);
    if (!payment) return;
    rows.told(payment->created_at_ms);
    write_row(rows.add(), *payment);
  }
  rows.end();
}

void read_refunds(Value list, ScannedPage& page) {
  Rows rows(page);
  std::map<std::string, Refunded> of_payment;
  for (Value each = list.first(); each.present(); each = each.next()) {
    const auto refund = square::read_refund(each);
    if (!refund) return;
    rows.told(refund->created_at_ms);
    Refunded& sum = of_payment[refund->payment_id];
    if (refund->is_completed()) sum.refunded += refund->amount;
    if (refund->is_pending()) sum.pending += refund->amount;
  }
  for (const auto& [payment_id, sum] : of_payment) {
    if (sum.refunded == 0 && sum.pending == 0) continue;
    json::Writer& row = rows.add().begin_object().member("payment_id", payment_id);
    row.member("refunded", sum.refunded).member("pending", sum.pending).end_object();
  }
  rows.end();
}

void read_disputes(Value list, ScannedPage& page) {
  Rows rows(page);
  for (Value each = list.first(); each.present(); each = each.next()) {
    const auto dispute = square::read_dispute(each);
    // One that names no payment is about none of ours.
    if (!dispute || !dispute->stands()) continue;
    rows.add().begin_object().member("payment_id", dispute->payment_id).end_object();
  }
  rows.end();
}

}  // namespace

ScannedPage read_page(const LocationScan& place, Value body) {
  ScannedPage page;
  const char* name = name_of(place.step);
  if (!square::is_whole_list(body, name)) return page;
  page.cursor = body["cursor"].text();
  const Value list = body[name];
  switch (place.step) {
    case LocationStep::orders:
      read_orders(place, list, page);
      break;
    case LocationStep::payments:
      read_payments(list, page);
      break;
    case LocationStep::refunds:
      read_refunds(list, page);
      break;
    case LocationStep::disputes:
      read_disputes(list, page);
      break;
    case LocationStep::location:
    case LocationStep::grouping:
    case LocationStep::done:
      break;
  }
  return page;
}

std::string location_facts(Value location) {
  const Value name = location["name"].present() ? location["name"] : location["business_name"];
  json::Writer out;
  // Square OpenAPI, Location: 255 characters, of which a name keeps what fits; the others are what
  // they are, or nothing.
  const auto whole = [](Value value) {
    return value.text().size() <= fact_most ? value.text() : std::string_view();
  };
  out.begin_object().member("name", json::cut(name.text(), fact_most));
  out.member("email", whole(location["business_email"]));
  out.member("language", whole(location["language_code"]));
  out.member("time_zone", whole(location["timezone"]));
  out.member("currency", whole(location["currency"])).end_object();
  return out.take();
}

}  // namespace pos::audit

#include "square/object_state.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "square/limits.hpp"
#include "square/listing.hpp"
#include "square/reply.hpp"
#include "square/tenders.hpp"

namespace pos::square {
namespace {

using json::Kind;
using json::Value;

/// The texts of a list; nothing if it holds something else. A list that is not there is empty.
std::optional<std::vector<std::string>> read_ids(Value list) {
  std::vector<std::string> ids;
  if (list.present() && !list.is(Kind::array)) return std::nullopt;
  for (Value each = list.first(); !each.is(Kind::missing); each = each.next()) {
    const std::string_view id = id_in(each, refund_id_most);
    if (id.empty()) return std::nullopt;
    ids.emplace_back(id);
  }
  return ids;
}

/// The payment that a tender is; nothing if one of them cannot be told.
std::optional<std::vector<std::string>> read_tenders(Value tenders) {
  std::vector<std::string> ids;
  if (tenders.present() && !tenders.is(Kind::array)) return std::nullopt;
  for (Value each = tenders.first(); !each.is(Kind::missing); each = each.next()) {
    const std::string_view id =
        id_in(each["payment_id"].present() ? each["payment_id"] : each["id"], payment_id_most);
    if (id.empty()) return std::nullopt;
    ids.emplace_back(id);
  }
  return ids;
}

/// What may be left out, but is no id where it is there.
bool is_id_or_nothing(Value value, std::size_t most) {
  return !value.present() || !id_in(value, most).empty();
}

/// A word of Square's: a status, a state, a kind.
std::string_view word_in(Value value) { return id_in(value, word_most); }

}  // namespace

std::optional<PaymentState> read_standing_payment(Value payment) {
  const auto total = read_money(payment["total_money"]);
  const Value refunded = payment["refunded_money"];
  const auto gone = read_money(refunded);
  auto refund_ids = read_ids(payment["refund_ids"]);
  const bool whole = !id_in(payment["id"], payment_id_most).empty() &&
                     !word_in(payment["status"]).empty() && total && refund_ids &&
                     (gone || !refunded.present()) &&
                     is_id_or_nothing(payment["order_id"], order_id_most) &&
                     is_id_or_nothing(payment["location_id"], location_id_most) &&
                     is_id_or_nothing(payment["version_token"], opaque_most);
  if (!whole) return std::nullopt;
  PaymentState out;
  out.id = payment["id"].text();
  out.order_id = payment["order_id"].text();
  out.location_id = payment["location_id"].text();
  out.status = payment["status"].text();
  out.source_type = payment["source_type"].text();
  out.amount = total->amount;
  out.currency = total->currency;
  if (gone) out.refunded = gone->amount;
  out.refund_ids = std::move(*refund_ids);
  out.version_token = payment["version_token"].text();
  return out;
}

std::optional<RefundState> read_standing_refund(Value refund) {
  const auto amount = read_money(refund["amount_money"]);
  if (id_in(refund["id"], refund_id_most).empty() || !amount) return std::nullopt;
  if (!has_word("PENDING COMPLETED REJECTED FAILED", refund["status"].text())) return std::nullopt;
  RefundState out;
  out.id = refund["id"].text();
  out.payment_id = refund["payment_id"].text();
  out.status = refund["status"].text();
  out.amount = amount->amount;
  out.currency = amount->currency;
  out.reason = refund["reason"].text();
  return out;
}

std::optional<OrderState> read_standing_order(Value order) {
  const auto total = read_money(order["total_money"]);
  const auto due = amount_due(order);
  auto payment_ids = read_tenders(order["tenders"]);
  const bool whole = !id_in(order["id"], order_id_most).empty() &&
                     !word_in(order["state"]).empty() && total && due && payment_ids;
  if (!whole) return std::nullopt;
  OrderState out;
  out.id = order["id"].text();
  out.state = order["state"].text();
  out.version = order["version"].integer();
  out.total = total->amount;
  out.currency = total->currency;
  out.due = *due;
  out.payment_ids = std::move(*payment_ids);
  out.has_refunds = order["refunds"].size() > 0;
  return out;
}

std::string payment_path(std::string_view payment_id) {
  return concat("/v2/payments/", path_segment(payment_id));
}

std::string refund_path(std::string_view refund_id) {
  return concat("/v2/refunds/", path_segment(refund_id));
}

std::string order_path(std::string_view order_id) {
  return concat("/v2/orders/", path_segment(order_id));
}

// Without a begin_time Square lists one year.
std::string refunds_path(std::string_view location_id, std::int64_t since_ms,
                         std::string_view cursor) {
  std::string path =
      concat("/v2/refunds?location_id=", url_encoded(location_id),
             "&begin_time=", url_encoded(to_rfc3339(std::max<std::int64_t>(0, since_ms))));
  append(path, "&sort_order=ASC&limit=100");
  if (!cursor.empty()) append(path, concat("&cursor=", url_encoded(cursor)));
  return path;
}

std::string disputes_path(std::string_view location_id, std::string_view cursor) {
  std::string path = concat("/v2/disputes?location_id=", url_encoded(location_id));
  if (!cursor.empty()) append(path, concat("&cursor=", url_encoded(cursor)));
  return path;
}

}  // namespace pos::square

#include "repair/comparison.hpp"

#include <algorithm>

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "square/order_content.hpp"

namespace pos::repair {
namespace {

using json::Value;
using Likeness = Comparison::Result;

struct Sight {
  std::int64_t total = 0;
  std::string_view content;
};

/// The total comes first, because it can be said in words.
Comparison compare(const RepairRow& row, const Sight& approved, Value order) {
  if (!row.approved.is_there) {
    return {Likeness::changed, "nothing is stored of what was approved"};
  }
  const Value total = order["total_money"];
  if (!total["amount"].is(json::Kind::integer) || total["currency"].text().empty()) {
    return {Likeness::unread, "without a total"};
  }
  const std::int64_t sold = square::sold_amount(order);
  if (sold != approved.total || total["currency"].text() != row.currency) {
    return {Likeness::changed, concat("it comes to ", sold, " ", total["currency"].text(),
                                      ", approved ", approved.total, " ", row.currency)};
  }
  const std::string missing = square::missing_of(order);
  if (!missing.empty()) return {Likeness::unread, concat("without ", missing)};
  if (order["returns"].size() > 0) return {Likeness::changed, "something of it was taken back"};
  if (square::content_fingerprint(order) != approved.content) {
    return {Likeness::changed,
            "it holds something else: other lines, notes, discounts, taxes, another table, "
            "customer, reference_id or metadata"};
  }
  return {Likeness::same, {}};
}

/// Square OpenAPI, FulfillmentState.COMPLETED: "the fulfillment was successfully completed".
bool is_handed_over(Value order) {
  const Value list = order["fulfillments"];
  for (Value each = list.first(); each.present(); each = each.next()) {
    if (each["state"].equals("COMPLETED")) return true;
  }
  return false;
}

}  // namespace

Comparison compare_duplicate(const RepairRow& row, Value order,
                             const std::vector<std::string>& payment_ids) {
  if (!ablation::intact(ablation::Layer::copy_content)) return {Likeness::same, {}};
  const Approved& approved = row.approved;
  Comparison out = compare(row, {approved.total, approved.content}, order);
  if (out.result != Likeness::same) return out;
  if (row.cancels && is_handed_over(order)) {
    return {Likeness::changed, "a fulfillment of it is COMPLETED: a guest has what it holds"};
  }
  for (const std::string& each : payment_ids) {
    const auto end = approved.payments.end();
    if (std::find(approved.payments.begin(), end, each) != end) continue;
    return {Likeness::changed,
            concat("payment ", each, " of it was not there when it was approved")};
  }
  return out;
}

Comparison compare_survivor(const RepairRow& row, Value order) {
  if (!ablation::intact(ablation::Layer::survivor_content)) return {Likeness::same, {}};
  return compare(row, {row.approved.survivor_total, row.approved.survivor_content}, order);
}

}  // namespace pos::repair

#include "square/tenders.hpp"

#include "square/limits.hpp"
#include "square/reply.hpp"

namespace pos::square {

std::optional<std::int64_t> amount_due(json::Value order) {
  if (const auto due = read_money(order["net_amount_due_money"])) return due->amount;
  if (order["state"].equals("COMPLETED")) return 0;
  const auto total = read_money(order["total_money"]);
  if (!total) return std::nullopt;
  std::int64_t left = total->amount;
  for (json::Value each = order["tenders"].first(); each.present(); each = each.next()) {
    const auto paid = read_money(each["amount_money"]);
    if (!paid || __builtin_sub_overflow(left, paid->amount, &left)) return std::nullopt;
  }
  return left;
}

Paid paid_by_tenders(json::Value order) {
  const json::Value tender = order["tenders"].first();
  const json::Value id = tender["payment_id"].present() ? tender["payment_id"] : tender["id"];
  const bool covered = tender.present() && amount_due(order).value_or(0) <= 0;
  const std::string_view payment_id = id_in(id, payment_id_most);
  return {covered || order["state"].equals("COMPLETED"), std::string(payment_id),
          payment_id.empty() == id.text().empty()};
}

}  // namespace pos::square

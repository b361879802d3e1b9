#include "square/tenders.hpp"

#include "square/limits.hpp"
#include "square/reply.hpp"

namespace pos::square {

Paid paid_by_tenders(json::Value order) {
  const json::Value tender = order["tenders"].first();
  const json::Value id = tender["payment_id"].present() ? tender["payment_id"] : tender["id"];
  const auto due = read_money(order["net_amount_due_money"]);
  const bool covered = tender.present() && (!due || due->amount == 0);
  const std::string_view payment_id = id_in(id, payment_id_most);
  return {covered || order["state"].says("COMPLETED"), std::string(payment_id),
          payment_id.empty() == id.text().empty()};
}

}  // namespace pos::square

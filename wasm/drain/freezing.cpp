#include <algorithm>

#include "drain/tick.hpp"
#include "json/writer.hpp"

namespace pos::drain {

// One batch for all orders of a claim call that have nothing frozen.
void Tick::freeze(io::Commands& out) {
  json::Writer list;
  list.begin_array();
  std::uint32_t call = 0;
  for (HeldOrder& order : orders_) {
    if (order.stage != Stage::to_freeze) continue;
    call = order.call;
    order.stage = Stage::freezing;
    list.begin_object().member("key", order.claim_key);
    list.member("restaurant", order.restaurant_id).member("fingerprint", order.fingerprint);
    list.member("request", order.request).end_object();
    order.request.clear();
  }
  if (call == 0) return;
  list.end_array();
  io::D1Command batch;
  batch.statements = {store::Statement::freeze_write, store::Statement::freeze_read};
  batch.parameters = {token_of(call), list.take()};
  send_batch(Errand::freeze, call, std::move(batch), out);
}

// Goes on with what is stored, which is not what was asked to be stored where somebody was quicker.
// An order that does not come back has lost its claim.
void Tick::frozen(const Pending& pending, json::Value results) {
  for (json::Value row = results.at(1).first(); row.present(); row = row.next()) {
    store::Columns columns(row);
    const std::string_view key = columns.view();
    const auto found = std::find_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) {
      return order.claim_key == key && order.call == pending.call && order.stage == Stage::freezing;
    });
    if (found == orders_.end()) continue;
    found->ledger = store::read_ledger(columns);
    found->external_order_id = found->ledger.external_order_id;
    found->external_payment_id = found->ledger.external_payment_id;
    found->problem = "its request could not be frozen";
    decide(*found);
  }
  const auto is_lost = [&](const HeldOrder& order) {
    return order.call == pending.call && order.stage == Stage::freezing;
  };
  tally_.lost += std::count_if(orders_.begin(), orders_.end(), is_lost);
  std::erase_if(orders_, is_lost);
}

}  // namespace pos::drain

// Batches that D1 refuses for what is in them. Asked again it says the same, so they are divided
// until the one order is found that stands in the way; the others are written down without it.
#include <string>
#include <vector>

#include "base/json/utf8.hpp"
#include "base/text.hpp"
#include "drain/tick.hpp"

namespace pos::drain {
namespace {

// Of D1's words.
constexpr std::size_t error_most = 300;

}  // namespace

void Tick::refused(const Pending& pending, std::string_view error, io::Commands& out) {
  const bool freezes = pending.purpose == CommandPurpose::freeze;
  if (freezes) thaw(pending);
  std::vector<HeldOrder*> orders;
  for (HeldOrder& order : orders_) {
    const Stage stage = freezes ? Stage::freezing : Stage::settling;
    if (order.batch == pending.batch && order.stage == stage) orders.push_back(&order);
  }
  if (orders.size() == 1) {
    log(io::Level::error, "D1 refuses what an order would write",
        concat(orders.front()->claim_key, ": ", error), out);
    return freezes ? refused_freeze(*orders.front(), error)
                   : refused_settle(*orders.front(), error, out);
  }
  lots_ += 2;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    orders[i]->lot = i < orders.size() / 2 ? lots_ - 1 : lots_;
    orders[i]->stage = freezes ? Stage::to_freeze : Stage::gathered;
  }
}

// A batch of freezes holds the only copy of what is to be frozen.
void Tick::thaw(const Pending& pending) {
  json::Document list;
  if (!list.parse(pending.command.parameters.back())) return;
  for (HeldOrder& order : orders_) {
    if (order.batch != pending.batch || order.stage != Stage::freezing) continue;
    for (json::Value each = list.root().first(); each.present(); each = each.next()) {
      if (each["key"].text() == order.claim_key) order.request = each["request"].text();
    }
  }
}

void Tick::refused_freeze(HeldOrder& order, std::string_view error) {
  conclude(order, "payload_rejected", push::Code::rejected,
           concat("its request cannot be stored: ", json::cut(error, error_most)));
}

// Nothing of what was learned, in case that was it: where something was sent, that is not known.
void Tick::refused_settle(HeldOrder& order, std::string_view error, io::Commands& out) {
  if (order.unstorable) {
    log(io::Level::error, "what became of an order cannot be written down", order.claim_key, out);
    ++tally_.lost;
    order.batch = ++batches_;
    forget(order.batch, Stage::settling);
    return;
  }
  const bool looked = push::is_looking(order.state) && order.looked > 0;
  order.unstorable = true;
  order.external_order_id.clear();
  order.external_payment_id.clear();
  order.settlement = Settlement();
  Settlement& settlement = order.settlement;
  const bool doubt = order.sent || order.ledger.in_doubt();
  settlement.event = "unstorable";
  settlement.status = "dead";
  settlement.detail = concat("what became of it cannot be stored: ", json::cut(error, error_most));
  settlement.error =
      concat(push::to_string(doubt ? push::Code::unknown_outcome : push::Code::rejected), ": ",
             settlement.detail);
  settlement.touches_ledger = order.sent || looked;
  settlement.doubt = order.sent ? push::Doubt::set : push::Doubt::keep;
  gather(order);
}

}  // namespace pos::drain

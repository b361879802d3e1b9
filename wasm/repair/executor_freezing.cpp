// What is sent is frozen before: written down while the claim still holds.
#include "base/text.hpp"
#include "repair/executor.hpp"
#include "square/provider.hpp"

namespace pos::repair {

using store::Statement;

// As many at once as there are slots, or all there are when nothing else is under way.
void RepairExecutor::freeze(const runtime::RunContext& context,
                            runtime::InFlightCommands& in_flight, io::Commands& out) {
  if (any(Stage::freezing) || !any(Stage::to_freeze)) return;
  const bool more_to_come =
      any(Stage::reading) && how_many(Stage::to_freeze) < context.settings.concurrency;
  if (more_to_come) return;
  json::Writer list;
  list.begin_array();
  for (Item& item : items_) {
    if (item.stage != Stage::to_freeze) continue;
    item.stage = Stage::freezing;
    list.begin_object().member("provider", square::provider_name);
    list.member("action", item.row.action()).member("target", item.row.target);
    list.member("generation", item.generation).member("request", item.request.text);
    list.member("actor", context.actor).member("key", item.request.key).end_object();
  }
  list.end_array();
  in_flight.d1(
      static_cast<std::uint32_t>(What::freeze), 0,
      {Statement::repair_log_frozen, Statement::repair_freeze, Statement::repair_read_frozen},
      {token_, list.take()}, out);
}

// What D1 has is what is sent, and if it is not what was asked for, nothing is.
void RepairExecutor::frozen(const runtime::RunContext& context, json::Value rows) {
  for (Item& item : items_) {
    if (item.stage != Stage::freezing) continue;
    bool ours = false;
    for (json::Value row = rows.first(); row.present(); row = row.next()) {
      ours = ours || (row.at(0).text() == item.row.action() &&
                      row.at(1).text() == item.row.target && row.at(2).text() == item.request.text);
    }
    if (ours) {
      item.stage = Stage::to_send;
      continue;
    }
    Settlement settlement;
    settlement.detail = "it could not be frozen: the claim has ended, or something else is frozen";
    settlement.delay_ms = context.settings.retry_base_ms;
    conclude(context, item, RepairEvent::not_sent, std::move(settlement));
  }
}

}  // namespace pos::repair

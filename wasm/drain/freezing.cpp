#include <algorithm>

#include "ablation/layer.hpp"
#include "base/json/writer.hpp"
#include "drain/tick.hpp"

namespace pos::drain {
namespace {

// A list is closed once it has this many bytes. D1 binds values of up to 2 MB, and one more order,
// of a payload of at most 256 KB, still fits.
constexpr std::size_t parameter_bytes_wanted = 500'000;

constexpr std::int64_t batches_out_most = 4;

constexpr store::Statement freezing[] = {store::Statement::freeze_write,
                                         store::Statement::freeze_read};

}  // namespace

// All orders of a claim call that have nothing frozen, in as few batches as D1's limit on a bound
// value allows. Of large ones few are out at once: until its reply is here a batch is kept, to be
// asked again, and fifty of the largest payloads would be kept three times.
void Tick::freeze(io::Commands& out) {
  for (const HeldOrder& order : orders_) {
    if (commands_in_flight(CommandPurpose::freeze) == batches_out_most) return;
    if (order.stage == Stage::to_freeze) freeze_some(order.call, order.lot, out);
  }
}

void Tick::freeze_some(std::uint32_t call, std::uint32_t lot, io::Commands& out) {
  json::Writer list;
  list.begin_array();
  ++batches_;
  bool again = false;
  for (HeldOrder& order : orders_) {
    if (order.call != call || order.lot != lot || order.stage != Stage::to_freeze) continue;
    if (list.text().size() > parameter_bytes_wanted) break;
    order.stage = Stage::freezing;
    order.batch = batches_;
    list.begin_object().member("key", order.claim_key);
    list.member("restaurant", order.restaurant_id).member("fingerprint", order.fingerprint);
    const std::int64_t refusals = order.ledger.refusals + (order.refused_at != 0 ? 1 : 0);
    again = again || refusals > 0;
    list.member("request", order.request).member("refusals", refusals).end_object();
    if (ablation::intact(ablation::Layer::frozen_bytes)) {
      order.request = std::string();  // gives its memory back, unlike clear()
    }
  }
  list.end_array();
  Pending& pending = prepare(CommandPurpose::freeze, call, freezing);
  if (again) pending.command.statements.push_back(store::Statement::freeze_line);
  pending.command.parameters.push_back(list.take());
  ask(pending, out);
}

// Goes on with what is stored, which is another worker's request where that one was quicker.
// An order that does not come back has lost its claim.
void Tick::frozen(const Pending& pending, json::Value results) {
  for (json::Value row = results.at(1).first(); row.present(); row = row.next()) {
    store::Columns columns(row);
    const std::string_view key = columns.value().text();
    const auto found = std::find_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) {
      return order.claim_key == key && order.batch == pending.batch &&
             order.stage == Stage::freezing;
    });
    if (found == orders_.end()) continue;
    store::read_ledger(columns, found->ledger);
    found->ledger.refused_at = 0;  // of what was frozen before
    found->external_order_id = found->ledger.external_order_id;
    found->external_payment_id = found->ledger.external_payment_id;
    found->problem = "its request could not be frozen";
    found->lot = 0;
    decide(*found);
  }
  tally_.lost += forget(pending.batch, Stage::freezing);
}

}  // namespace pos::drain

#include "repair/executor.hpp"

#include <algorithm>

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "runtime/seal.hpp"

namespace pos::repair {

using store::Statement;

void RepairExecutor::receive(const runtime::RunContext& context,
                             const runtime::PendingCommand& pending, const io::Outcome& outcome,
                             runtime::InFlightCommands& in_flight, io::Commands& out) {
  elapsed_ms_ = in_flight.elapsed_ms();
  switch (static_cast<What>(pending.purpose)) {
    case What::claim:
      claiming_ = false;
      if (!pending.failed) claimed(outcome.results, in_flight, out);
      return;
    case What::read:
      return was_read(context, items_[pending.subject], outcome.reply);
    case What::freeze:
      // If D1 is unreachable, whether it is frozen is unknown: the worker that takes it over looks
      // first.
      if (!pending.failed) frozen(context, outcome.results.at(2));
      return;
    case What::send:
      return was_sent(context, items_[pending.subject], outcome.reply);
    case What::verify:
      return verified(context, outcome, out);
    case What::settle:
      if (!pending.failed) settled(context, outcome.results.at(2), out);
      return;
  }
}

void RepairExecutor::advance(const runtime::RunContext& context,
                             runtime::InFlightCommands& in_flight, io::Commands& out) {
  elapsed_ms_ = in_flight.elapsed_ms();
  // Without D1 nothing may be begun. What is held is taken over once its lease has ended.
  if (!in_flight.failure().empty()) return;
  const bool worked_off = std::all_of(items_.begin(), items_.end(),
                                      [](const Item& each) { return each.stage == Stage::over; });
  if (worked_off) return claim(context, in_flight, out);
  if (!in_flight.has_budget()) give_back_unbegun();
  work(context, in_flight, out);
  freeze(context, in_flight, out);
  settle(context, in_flight, out);
}

// ---- claiming ----

void RepairExecutor::claim(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                           io::Commands& out) {
  if (claiming_ || dry_ || !in_flight.has_budget()) return;
  const Settings& settings = context.settings;
  claiming_ = true;
  items_.clear();
  token_ = concat(context.id, ".", ++calls_);
  asked_at_ms_ = in_flight.elapsed_ms();
  json::Writer limits;
  limits.begin_object().member("batch", settings.batch_size).member("actor", context.actor);
  limits.member("lease_ms", settings.lease_ms).member("quiet_ms", settings.quiet_on_clock_ms());
  limits.member("base_ms", settings.retry_base_ms).member("cap_ms", settings.retry_cap_ms);
  limits.member("most_attempts", settings.max_attempts).end_object();
  in_flight.d1(
      static_cast<std::uint32_t>(What::claim), 0,
      {Statement::repair_open, Statement::repair_log_abandoned, Statement::repair_take_over,
       Statement::repair_take, Statement::repair_close, Statement::repair_rows},
      {token_, limits.take()}, out);
}

// Nothing of a row is believed before its seal is known to hold.
void RepairExecutor::claimed(json::Value results, runtime::InFlightCommands& in_flight,
                             io::Commands& out) {
  const json::Value rows = results.at(5);
  dry_ = rows.size() == 0;
  io::SignCommand command = runtime::signing();
  for (json::Value each = rows.first(); each.present(); each = each.next()) {
    Item& item = items_.emplace_back();
    item.row = read_repair_row(each);
    item.stage = Stage::verifying;
    ++claimed_;
    runtime::add_to_verify(command, item.row.sealed, item.row.seal);
    item.row.sealed.clear();
  }
  if (!command.texts.empty()) {
    in_flight.sign(static_cast<std::uint32_t>(What::verify), 0, std::move(command), out);
  }
}

void RepairExecutor::verified(const runtime::RunContext& context, const io::Outcome& outcome,
                              io::Commands& out) {
  const bool has_keys = outcome.kind == io::OutcomeKind::sealed;
  if (!has_keys) {
    json::Writer fields;
    fields.begin_object().member("detail", outcome.error).end_object();
    out.emplace_back(io::LogCommand{io::Level::error, "no seal can be verified", fields.take()});
  }
  json::Value verdict = outcome.results.first();
  for (Item& item : items_) {
    const std::string why(verdict.text());
    verdict = verdict.next();
    Settlement settlement;
    const bool needs_seal = ablation::intact(ablation::Layer::seal);
    if (needs_seal && (item.row.seal.empty() || (has_keys && !why.empty()))) {
      settlement.detail = item.row.seal.empty() ? "it has no seal" : why;
      conclude(context, item, RepairEvent::unsealed, std::move(settlement));
    } else if (needs_seal && !has_keys) {
      // It goes on once the operator has set the key: no sooner than this tick is over.
      settlement.detail = outcome.error;
      settlement.delay_ms = context.settings.lease_ms;
      conclude(context, item, RepairEvent::not_sent, std::move(settlement));
    } else {
      begin(context, item);
    }
  }
}

void RepairExecutor::begin(const runtime::RunContext& context, Item& item) {
  if (item.row.location_id.empty()) item.row.location_id = context.settings.location_id;
  const FirstStep decision = decide(evidence_of(item.row, context.settings));
  item.state = decision.state;
  item.stage = Stage::waiting;
  item.inspection = Inquiry(item.row, item.state);
  if (decision.event == RepairEvent::clear) return;
  Settlement settlement;
  settlement.detail = concat("tried ", item.row.attempts, " times");
  conclude(context, item, decision.event, std::move(settlement));
}

bool RepairExecutor::any(Stage stage) const { return how_many(stage) > 0; }

std::int64_t RepairExecutor::how_many(Stage stage) const {
  return std::count_if(items_.begin(), items_.end(),
                       [&](const Item& each) { return each.stage == stage; });
}

void RepairExecutor::report(json::Writer& out) const {
  out.object("mended").member("claimed", claimed_).member("refunded", refunded_);
  out.member("pending", pending_).member("canceled", canceled_);
  out.member("stopped", stopped_).member("waiting", waiting_).end_object();
}

}  // namespace pos::repair

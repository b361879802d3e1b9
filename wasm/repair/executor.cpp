#include "repair/executor.hpp"

#include <algorithm>

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "runtime/seal.hpp"

namespace pos::repair {

using store::Statement;

void Mending::receive(const runtime::Charge& charge, const runtime::Errand& errand,
                      const io::Outcome& outcome, runtime::Errands& errands, io::Commands& out) {
  elapsed_ms_ = errands.elapsed_ms();
  switch (static_cast<What>(errand.what)) {
    case What::claim:
      claiming_ = false;
      if (!errand.failed) claimed(outcome.results, errands, out);
      return;
    case What::read:
      return was_read(charge, items_[errand.about], outcome.reply);
    case What::freeze:
      // Where D1 is away, nobody knows whether it is frozen: whoever takes it over looks first.
      if (!errand.failed) frozen(charge, outcome.results.at(2));
      return;
    case What::send:
      return was_sent(charge, items_[errand.about], outcome.reply);
    case What::verify:
      return verified(charge, outcome, out);
    case What::settle:
      if (!errand.failed) settled(charge, outcome.results.at(2), out);
      return;
  }
}

void Mending::advance(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out) {
  elapsed_ms_ = errands.elapsed_ms();
  // Without D1 nothing may be begun. What is held is taken over once its lease has ended.
  if (!errands.failure().empty()) return;
  const bool worked_off = std::all_of(items_.begin(), items_.end(),
                                      [](const Item& each) { return each.stage == Stage::over; });
  if (worked_off) return claim(charge, errands, out);
  if (!errands.may_ever_fetch()) give_back_unbegun();
  work(charge, errands, out);
  freeze(charge, errands, out);
  settle(charge, errands, out);
}

// ---- claiming ----

void Mending::claim(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out) {
  if (claiming_ || dry_ || !errands.may_ever_fetch()) return;
  const Settings& settings = charge.settings;
  claiming_ = true;
  items_.clear();
  token_ = words(charge.id, ".", ++calls_);
  asked_at_ms_ = errands.elapsed_ms();
  json::Writer limits;
  limits.begin_object().member("batch", settings.batch_size).member("actor", charge.actor);
  limits.member("lease_ms", settings.lease_ms).member("quiet_ms", settings.quiet_on_clock_ms());
  limits.member("base_ms", settings.retry_base_ms).member("cap_ms", settings.retry_cap_ms);
  limits.member("most_attempts", settings.max_attempts).end_object();
  errands.d1(
      static_cast<std::uint32_t>(What::claim), 0,
      {Statement::mending_open, Statement::mending_log_abandoned, Statement::mending_take_over,
       Statement::mending_take, Statement::mending_close, Statement::mending_rows},
      {token_, limits.take()}, out);
}

// Nothing of a row is believed before its seal is known to hold.
void Mending::claimed(json::Value results, runtime::Errands& errands, io::Commands& out) {
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
    errands.sign(static_cast<std::uint32_t>(What::verify), 0, std::move(command), out);
  }
}

void Mending::verified(const runtime::Charge& charge, const io::Outcome& outcome,
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
      conclude(charge, item, MendingEvent::unsealed, std::move(settlement));
    } else if (needs_seal && !has_keys) {
      // It goes on once the operator has set the key: no sooner than this tick is over.
      settlement.detail = outcome.error;
      settlement.delay_ms = charge.settings.lease_ms;
      conclude(charge, item, MendingEvent::not_sent, std::move(settlement));
    } else {
      begin(charge, item);
    }
  }
}

void Mending::begin(const runtime::Charge& charge, Item& item) {
  if (item.row.location_id.empty()) item.row.location_id = charge.settings.location_id;
  const MendingDecision decision = decide(evidence_of(item.row, charge.settings));
  item.state = decision.state;
  item.stage = Stage::waiting;
  item.inspection = Inspection(item.row, item.state);
  if (decision.event == MendingEvent::clear) return;
  Settlement settlement;
  settlement.detail = words("tried ", item.row.attempts, " times");
  conclude(charge, item, decision.event, std::move(settlement));
}

bool Mending::any(Stage stage) const { return how_many(stage) > 0; }

std::int64_t Mending::how_many(Stage stage) const {
  return std::count_if(items_.begin(), items_.end(),
                       [&](const Item& each) { return each.stage == stage; });
}

void Mending::report(json::Writer& out) const {
  out.object("mended").member("claimed", claimed_).member("refunded", refunded_);
  out.member("pending", pending_).member("canceled", canceled_);
  out.member("stopped", stopped_).member("waiting", waiting_).end_object();
}

}  // namespace pos::repair

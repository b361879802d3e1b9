// What came of the repairs in hand, written down.
#include <algorithm>

#include "ablation/layer.hpp"
#include "base/backoff.hpp"
#include "base/json/utf8.hpp"
#include "base/text.hpp"
#include "repair/executor.hpp"
#include "square/provider.hpp"

namespace pos::repair {
namespace {

using store::Statement;

constexpr std::int64_t gathered_most = 20;
constexpr std::int64_t gathered_for_ms = 10'000;

/// In bytes, of what is kept of a finding.
constexpr std::size_t detail_most = 1000;

const char* state_after(const RepairTransition& effect) {
  switch (effect.next) {
    case RepairNext::pending:
      return "pending";
    case RepairNext::done:
      return "done";
    case RepairNext::stop:
      return "stopped";
    case RepairNext::impossible:
    case RepairNext::send:
    case RepairNext::wait:
      return "";
  }
  return "";
}

const char* doubt_word(DoubtChange doubt) {
  switch (doubt) {
    case DoubtChange::keep:
      return "keep";
    case DoubtChange::set:
      return "set";
    case DoubtChange::clear:
      return "clear";
  }
  return "keep";
}

bool is_absence(RepairEvent event) {
  return event == RepairEvent::absent_early || event == RepairEvent::absent_once;
}

std::string line_of(RepairState state, RepairEvent event) {
  return concat(to_string(state), "_", to_string(event));
}

/// For an operator: why it stopped, or why it waits.
std::string reason_of(const RepairTransition& effect, RepairEvent event,
                      const std::string& detail) {
  if (effect.next == RepairNext::done || effect.next == RepairNext::pending) return {};
  const char* word = effect.next == RepairNext::stop ? to_string(effect.code) : to_string(event);
  return detail.empty() ? std::string(word) : concat(word, ": ", detail);
}

}  // namespace

// Takes down what was learnt. What cannot happen, in the table's opinion, is a defect: it is taken
// for an unknown outcome, and so nothing is sent before a lookup.
void RepairExecutor::conclude(const runtime::RunContext& context, Item& item, RepairEvent event,
                              Settlement settlement) {
  if (transition(item.state, event).next == RepairNext::impossible) {
    settlement.detail = concat("impossible: ", line_of(item.state, event), "; ", settlement.detail);
    event = is_sending(item.state) ? RepairEvent::unknown : RepairEvent::unclear;
  }
  ablation::visited(item.state, event);
  if (event == RepairEvent::not_sent) settlement.sent = false;
  // It may hold ids and words of Square's.
  if (settlement.detail.size() > detail_most) {
    settlement.detail.resize(json::cut(settlement.detail, detail_most).size());
  }
  item.settlement = std::move(settlement);
  item.settlement.event = event;
  item.settlement.delay_ms = delay_of(context, item, item.settlement);
  item.stage = Stage::gathered;
  item.gathered_at_ms = elapsed_ms_;

  if (event != RepairEvent::throttled && event != RepairEvent::unauthorized) return;
  if (shut(item) == nullptr) {
    shut_.push_back({item.row.account, item.settlement.delay_ms,
                     concat(to_string(event), ": ", item.settlement.detail)});
  }
}

/// How long until it is taken up again; -1 leaves it as it is.
std::int64_t RepairExecutor::delay_of(const runtime::RunContext& context, const Item& item,
                                      const Settlement& settlement) const {
  const Settings& settings = context.settings;
  const RepairTransition& effect = transition(item.state, settlement.event);
  if (effect.next == RepairNext::done || effect.next == RepairNext::stop) return -1;
  if (settlement.event == RepairEvent::not_sent) return settlement.delay_ms;
  if (effect.next == RepairNext::pending) {
    // A refund that has been pending for days is not asked after every minute.
    const std::int64_t age = item.row.pending ? item.row.claimed_at - item.row.last_sent_at : 0;
    return std::clamp(age / 2, settings.retry_base_ms,
                      std::max(settings.retry_base_ms, settings.retry_cap_ms));
  }
  if (is_absence(settlement.event)) return next_look_in_ms(item.row, settings);
  if (settlement.event == RepairEvent::absent) return 0;
  Random random(concat(token_, " ", item.row.target));
  const std::int64_t backoff = backoff_ms(settings.retry_base_ms, settings.retry_cap_ms,
                                          effect.burns_attempt ? item.row.attempts : 0);
  std::int64_t wait =
      settlement.delay_ms >= 0 ? settlement.delay_ms : backoff / 2 + random.up_to(backoff / 2);
  // Its account is left alone for the rest of this job in any case.
  if (settlement.event == RepairEvent::throttled) {
    wait = std::max(wait, settings.retry_base_ms / 2);
  }
  const bool doubt = effect.doubt == DoubtChange::set || item.row.in_doubt_since != 0;
  return doubt ? std::max(wait, settings.quiet_on_clock_ms()) : wait;
}

bool RepairExecutor::is_time_to_settle(const runtime::InFlightCommands& in_flight) const {
  const std::int64_t gathered = how_many(Stage::gathered);
  if (gathered == 0 || any(Stage::settling)) return false;
  if (gathered >= gathered_most || !in_flight.has_budget()) return true;
  const bool busy = any(Stage::reading) || any(Stage::sending) || any(Stage::freezing);
  if (!busy) return true;
  return std::any_of(items_.begin(), items_.end(), [&](const Item& each) {
    return each.stage == Stage::gathered && elapsed_ms_ - each.gathered_at_ms >= gathered_for_ms;
  });
}

void RepairExecutor::settle(const runtime::RunContext& context,
                            runtime::InFlightCommands& in_flight, io::Commands& out) {
  if (!is_time_to_settle(in_flight)) return;
  json::Writer list;
  list.begin_array();
  for (Item& item : items_) {
    if (item.stage != Stage::gathered) continue;
    item.stage = Stage::settling;
    const Settlement& settlement = item.settlement;
    const RepairTransition& effect = transition(item.state, settlement.event);
    list.begin_object().member("provider", square::provider_name);
    list.member("action", item.row.action()).member("target", item.row.target);
    list.member("event", line_of(item.state, settlement.event)).member("actor", context.actor);
    list.member_if_any("state", state_after(effect));
    list.member("reason", reason_of(effect, settlement.event, settlement.detail));
    list.member("attempts", std::int64_t{effect.burns_attempt});
    if (settlement.delay_ms >= 0) list.member("delay_ms", settlement.delay_ms);
    list.member("sent", std::int64_t{settlement.sent}).member("doubt", doubt_word(effect.doubt));
    if (effect.look != LookupReason::keep) list.member("look", to_string(effect.look));
    list.member("absent", std::int64_t{settlement.event == RepairEvent::absent_once});
    list.member_if_any("refund_id", settlement.refund_id).member("detail", settlement.detail);
    list.end_object();
  }
  list.end_array();
  in_flight.d1(
      static_cast<std::uint32_t>(What::settle), 0,
      {Statement::repair_log_settled, Statement::repair_settle, Statement::repair_read_settled},
      {token_, list.take()}, out);
}

// A settle has won if its line is there. If it is not, another worker has taken the repair over,
// and will find out himself.
void RepairExecutor::settled(const runtime::RunContext&, json::Value rows, io::Commands& out) {
  for (Item& item : items_) {
    if (item.stage != Stage::settling) continue;
    item.stage = Stage::over;
    for (json::Value row = rows.first(); row.present(); row = row.next()) {
      if (row.at(0).text() == item.row.action() && row.at(1).text() == item.row.target) {
        count(item, out);
        break;
      }
    }
  }
}

void RepairExecutor::count(const Item& item, io::Commands& out) {
  const RepairTransition& effect = transition(item.state, item.settlement.event);
  switch (effect.next) {
    case RepairNext::done:
      ++(item.row.cancels ? canceled_ : refunded_);
      return;
    case RepairNext::pending:
      ++pending_;
      return;
    case RepairNext::stop: {
      ++stopped_;
      json::Writer fields;
      fields.begin_object().member("action", item.row.action()).member("target", item.row.target);
      fields.member("reason", reason_of(effect, item.settlement.event, item.settlement.detail));
      fields.end_object();
      out.emplace_back(io::LogCommand{io::Level::warning, "a repair has stopped", fields.take()});
      return;
    }
    case RepairNext::impossible:
    case RepairNext::send:
    case RepairNext::wait:
      ++waiting_;
  }
}

}  // namespace pos::repair

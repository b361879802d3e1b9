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

const char* state_after(const MendingEffect& effect) {
  switch (effect.next) {
    case MendingNext::pending:
      return "pending";
    case MendingNext::done:
      return "done";
    case MendingNext::stop:
      return "stopped";
    case MendingNext::impossible:
    case MendingNext::send:
    case MendingNext::wait:
      return "";
  }
  return "";
}

const char* doubt_word(MendingDoubt doubt) {
  switch (doubt) {
    case MendingDoubt::keep:
      return "keep";
    case MendingDoubt::set:
      return "set";
    case MendingDoubt::clear:
      return "clear";
  }
  return "keep";
}

bool is_absence(MendingEvent event) {
  return event == MendingEvent::absent_early || event == MendingEvent::absent_once;
}

std::string line_of(MendingState state, MendingEvent event) {
  return words(to_string(state), "_", to_string(event));
}

/// For an operator: why it stopped, or why it waits.
std::string reason_of(const MendingEffect& effect, MendingEvent event, const std::string& detail) {
  if (effect.next == MendingNext::done || effect.next == MendingNext::pending) return {};
  const char* word = effect.next == MendingNext::stop ? to_string(effect.code) : to_string(event);
  return detail.empty() ? std::string(word) : words(word, ": ", detail);
}

}  // namespace

// Takes down what was learnt. What cannot happen, in the table's opinion, is a defect: it is taken
// for something that nobody knows, and so nothing is sent before somebody has looked.
void Mending::conclude(const runtime::Charge& charge, Item& item, MendingEvent event,
                       Settlement settlement) {
  if (mending_effect(item.state, event).next == MendingNext::impossible) {
    settlement.detail = words("impossible: ", line_of(item.state, event), "; ", settlement.detail);
    event = is_sending(item.state) ? MendingEvent::unknown : MendingEvent::unclear;
  }
  ablation::visited(item.state, event);
  if (event == MendingEvent::not_sent) settlement.sent = false;
  // It may hold ids and words of Square's.
  if (settlement.detail.size() > detail_most) {
    settlement.detail.resize(json::cut(settlement.detail, detail_most).size());
  }
  item.settlement = std::move(settlement);
  item.settlement.event = event;
  item.settlement.delay_ms = delay_of(charge, item, item.settlement);
  item.stage = Stage::gathered;
  item.gathered_at_ms = elapsed_ms_;

  if (event != MendingEvent::throttled && event != MendingEvent::unauthorized) return;
  if (shut(item) == nullptr) {
    shut_.push_back({item.row.account, item.settlement.delay_ms,
                     words(to_string(event), ": ", item.settlement.detail)});
  }
}

/// How long until it is taken up again; -1 leaves it as it is.
std::int64_t Mending::delay_of(const runtime::Charge& charge, const Item& item,
                               const Settlement& settlement) const {
  const Settings& settings = charge.settings;
  const MendingEffect& effect = mending_effect(item.state, settlement.event);
  if (effect.next == MendingNext::done || effect.next == MendingNext::stop) return -1;
  if (settlement.event == MendingEvent::not_sent) return settlement.delay_ms;
  if (effect.next == MendingNext::pending) {
    // A refund that has been pending for days is not asked after every minute.
    const std::int64_t age = item.row.pending ? item.row.claimed_at - item.row.last_sent_at : 0;
    return std::clamp(age / 2, settings.retry_base_ms,
                      std::max(settings.retry_base_ms, settings.retry_cap_ms));
  }
  if (is_absence(settlement.event)) return next_look_in_ms(item.row, settings);
  if (settlement.event == MendingEvent::absent) return 0;
  Random random(words(token_, " ", item.row.target));
  const std::int64_t backoff = backoff_ms(settings.retry_base_ms, settings.retry_cap_ms,
                                          effect.burns_attempt ? item.row.attempts : 0);
  std::int64_t wait =
      settlement.delay_ms >= 0 ? settlement.delay_ms : backoff / 2 + random.up_to(backoff / 2);
  // Its account is left alone for the rest of this job in any case.
  if (settlement.event == MendingEvent::throttled) {
    wait = std::max(wait, settings.retry_base_ms / 2);
  }
  const bool doubt = effect.doubt == MendingDoubt::set || item.row.in_doubt_since != 0;
  return doubt ? std::max(wait, settings.quiet_on_clock_ms()) : wait;
}

bool Mending::is_time_to_settle(const runtime::Errands& errands) const {
  const std::int64_t gathered = how_many(Stage::gathered);
  if (gathered == 0 || any(Stage::settling)) return false;
  if (gathered >= gathered_most || !errands.may_ever_fetch()) return true;
  const bool busy = any(Stage::reading) || any(Stage::sending) || any(Stage::freezing);
  if (!busy) return true;
  return std::any_of(items_.begin(), items_.end(), [&](const Item& each) {
    return each.stage == Stage::gathered && elapsed_ms_ - each.gathered_at_ms >= gathered_for_ms;
  });
}

void Mending::settle(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out) {
  if (!is_time_to_settle(errands)) return;
  json::Writer list;
  list.begin_array();
  for (Item& item : items_) {
    if (item.stage != Stage::gathered) continue;
    item.stage = Stage::settling;
    const Settlement& settlement = item.settlement;
    const MendingEffect& effect = mending_effect(item.state, settlement.event);
    list.begin_object().member("provider", square::provider_name);
    list.member("action", item.row.action()).member("target", item.row.target);
    list.member("event", line_of(item.state, settlement.event)).member("actor", charge.actor);
    list.member_if_any("state", state_after(effect));
    list.member("reason", reason_of(effect, settlement.event, settlement.detail));
    list.member("attempts", std::int64_t{effect.burns_attempt});
    if (settlement.delay_ms >= 0) list.member("delay_ms", settlement.delay_ms);
    list.member("sent", std::int64_t{settlement.sent}).member("doubt", doubt_word(effect.doubt));
    if (effect.look != MendingLook::keep) list.member("look", to_string(effect.look));
    list.member("absent", std::int64_t{settlement.event == MendingEvent::absent_once});
    list.member_if_any("refund_id", settlement.refund_id).member("detail", settlement.detail);
    list.end_object();
  }
  list.end_array();
  errands.d1(
      static_cast<std::uint32_t>(What::settle), 0,
      {Statement::mending_log_settled, Statement::mending_settle, Statement::mending_read_settled},
      {token_, list.take()}, out);
}

// A settle has won if its line is there. If it is not, somebody has taken the repair over, and will
// find out himself.
void Mending::settled(const runtime::Charge&, json::Value rows, io::Commands& out) {
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

void Mending::count(const Item& item, io::Commands& out) {
  const MendingEffect& effect = mending_effect(item.state, item.settlement.event);
  switch (effect.next) {
    case MendingNext::done:
      ++(item.row.cancels ? canceled_ : refunded_);
      return;
    case MendingNext::pending:
      ++pending_;
      return;
    case MendingNext::stop: {
      ++stopped_;
      json::Writer fields;
      fields.begin_object().member("action", item.row.action()).member("target", item.row.target);
      fields.member("reason", reason_of(effect, item.settlement.event, item.settlement.detail));
      fields.end_object();
      out.emplace_back(io::LogCommand{io::Level::warning, "a repair has stopped", fields.take()});
      return;
    }
    case MendingNext::impossible:
    case MendingNext::send:
    case MendingNext::wait:
      ++waiting_;
  }
}

}  // namespace pos::repair

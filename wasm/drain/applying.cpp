// What an outcome makes of its order, by the transition table, and of its account.
#include <algorithm>
#include <utility>

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "drain/tick.hpp"

namespace pos::drain {
namespace {

using ablation::intact;
using ablation::Layer;

// Five unknown outcomes in a row say that the provider is away, not that five orders are ill.
constexpr std::int64_t breaker_run = 5;

push::State paying_after(push::State state) {
  return state == push::State::ordering_in_doubt ? push::State::paying_in_doubt
                                                 : push::State::paying;
}

/// Square has what was asked for: nothing but that says that an account serves again.
bool is_served(push::Event event) {
  return event == push::Event::accepted || event == push::Event::total_differs ||
         event == push::Event::found || event == push::Event::found_unpaid;
}

/// The account cannot be served before a human has changed something: not its silence, nor too
/// many requests, nor what is wrong with one order.
bool needs_a_human(push::State state, push::Event event) {
  return event == push::Event::unauthorized ||
         (push::is_looking(state) && event == push::Event::rejected);
}

std::string event_name(push::State state, push::Event event, bool of_account) {
  const char* subject = push::is_ordering(state) ? "order_" : "payment_";
  return concat(push::is_looking(state) ? "look_" : subject,
                of_account ? "account_refused" : push::to_string(event));
}

/// A no to it leaves nothing open.
bool is_undoubted(push::State state) {
  return state == push::State::ordering || state == push::State::paying;
}

// Equal refusals of so many different orders, and no success between them, are about none of them.
constexpr std::int64_t refusal_run_most = 5;

// What an account has refused is due behind all that is due already, so that another order probes.
constexpr std::int64_t behind_others_ms = 1;

/// What the refusals of one run have in common. Orders that are taken say nothing of payments.
constexpr std::string_view of_payments = "payment ";
std::string run_of(push::State state, const std::string& refusal) {
  return concat(push::is_ordering(state) ? std::string_view("order ") : of_payments, refusal);
}

/// The account has served somebody since it refused this order.
bool served_since(const HeldOrder& order) {
  return order.refused_at != 0 && order.served_at >= order.refused_at;
}

}  // namespace

push::Event Tick::understood(const HeldOrder& order, const net::Outcome& outcome,
                             io::Commands& out) {
  push::Event event = push::event_of(outcome);
  if (outcome.result == net::Result::absent) {
    event = push::absence(order.ledger, limits_of(order));
  }
  if (push::transition(order.state, event).next == push::Next::impossible) {
    log(io::Level::error, "an outcome that the transition table excludes", order.claim_key, out);
    event = push::Event::unknown;
  }
  ablation::visited(order.state, event);
  return event;
}

// Whether a definite no is about its order, or about the account: by its words, or because so many
// others were refused alike.
void Tick::judge_no(HeldOrder& order, push::Event& event, net::Outcome& outcome) {
  if (event == push::Event::unauthorized && outcome.of_account && !intact(Layer::account_refusal) &&
      !push::is_looking(order.state)) {
    event = push::Event::rejected;
    outcome.of_account = false;
  }
  if (event != push::Event::rejected || !is_undoubted(order.state) || served_since(order) ||
      !intact(Layer::equal_refusals)) {
    return;
  }
  HeldAccount& account = accounts_[order.account];
  Settlement& settlement = order.settlement;
  settlement.refusal = run_of(order.state, outcome.refusal);
  if (account.refusal != settlement.refusal) {
    account.refusal = settlement.refusal;
    account.refusal_run = 0;
    account.refusal_began_at = order.now;
  }
  settlement.counts = counts(order, account);
  if (settlement.counts) ++account.refusal_run;
  if (account.refusal_run < refusal_run_most) return;
  event = push::Event::unauthorized;
  outcome.of_account = true;
  hold_the_run(order);
}

/// An order counts once in a run, however often it is replayed; it counts again in a later run.
bool Tick::counts(const HeldOrder& order, const HeldAccount& account) const {
  return order.refused_at < account.refusal_began_at;  // 0: it never was
}

// What this tick has called dead for the same reason, and not yet written, waits instead.
void Tick::hold_the_run(const HeldOrder& last) {
  for (HeldOrder& each : orders_) {
    Settlement& settlement = each.settlement;
    if (each.account != last.account || each.stage != Stage::gathered ||
        settlement.status != "dead" || settlement.refusal != last.settlement.refusal) {
      continue;
    }
    settlement.event = event_name(each.state, push::Event::unauthorized, true);
    settlement.status.clear();
    settlement.error = concat("account_refused: ", settlement.detail);
    settlement.burns_attempt = false;
    settlement.delay_ms = behind_others_ms;
    settlement.account = push::Account::nothing;
  }
}

void Tick::learn_ids(HeldOrder& order, push::Event event, const net::Outcome& outcome) const {
  if (event == push::Event::found || event == push::Event::found_unpaid ||
      (push::is_looking(order.state) && event == push::Event::total_differs)) {
    order.external_order_id = outcome.external_id;
    if (event == push::Event::found) order.external_payment_id = outcome.external_payment_id;
  } else if (event == push::Event::accepted || event == push::Event::total_differs) {
    (push::is_ordering(order.state) ? order.external_order_id : order.external_payment_id) =
        outcome.external_id;
  }
}

// Moves an order on by one outcome: to its payment, or to what will be settled.
void Tick::apply(HeldOrder& order, net::Outcome outcome, io::Commands& out) {
  push::Event event = understood(order, outcome, out);
  judge_no(order, event, outcome);
  const bool undoubted = is_undoubted(order.state);
  const bool again = outcome.of_account && undoubted && served_since(order);
  const push::Transition& next =
      again ? push::refused_again() : push::transition(order.state, event);
  const bool looks = push::is_looking(order.state);
  learn_ids(order, event, outcome);
  const bool placed_before = order.sent && event == push::Event::not_sent;
  order.sent =
      order.sent || (event != push::Event::not_sent && !looks && !outcome.without_credential);
  note_unknown_code(order, outcome, out);
  // An answer that we do not understand is no silence.
  const push::Account effect = outcome.answered && next.account == push::Account::silent
                                   ? push::Account::alive
                                   : next.account;
  const std::int64_t pause_ms = note_account(order, effect, outcome);
  if (next.next == push::Next::pay && !order.ledger.payment_body.empty()) {
    order.state = paying_after(order.state);
    order.stage = Stage::ready;
    return;
  }

  Settlement& settlement = order.settlement;
  settlement.event = event != push::Event::not_sent
                         ? event_name(order.state, event, outcome.of_account)
                     : placed_before ? "order_accepted"
                                     : "given_back";
  settlement.detail = outcome.detail;
  settlement.doubt = next.doubt;
  // A 403 of a gateway's may be what became of Square's answer to a sale.
  if (outcome.may_have_happened && event == push::Event::unauthorized && !looks) {
    settlement.doubt = push::Doubt::set;
  }
  settlement.look = next.look;
  // Under its key Square may say so for ever, and may have booked it before: it is read.
  const bool looks_next =
      outcome.of_account && !looks && !undoubted && !again && intact(Layer::look_behind_account);
  if (looks_next) settlement.look = push::Look::account;
  settlement.account = effect;
  settlement.served = is_served(event);
  settlement.refuses = needs_a_human(order.state, event) && !again;
  settlement.shuts = outcome.of_account && !again;
  note_refusal(order, event, outcome.of_account);
  settlement.without_credential = outcome.without_credential;
  // What was frozen once more and not sent is refused as it was: the next claim freezes it as of
  // then.
  settlement.touches_ledger = order.sent || looks || order.refused_at != 0;
  settlement.total_differs = event == push::Event::total_differs;
  settlement.pause_ms = pause_ms;
  // While an account's breaker is open no single order is to blame for a timeout, so it costs no
  // attempt.
  settlement.burns_attempt = next.burns_attempt && !(effect == push::Account::silent &&
                                                     accounts_[order.account].breaker_opens > 0);

  switch (next.next) {
    case push::Next::pay:
    case push::Next::booked:
      book(order);
      break;
    case push::Next::adopt:
      settlement.resets_attempts = true;
      settlement.absent = Absent::clear;
      [[fallthrough]];
    case push::Next::retry:
      if (event == push::Event::absent_once) settlement.absent = Absent::set;
      settlement.status = "failed";
      settlement.error =
          concat(again ? "account_refused" : push::to_string(event), ": ", outcome.detail);
      settlement.delay_ms = delay_after(order, event, settlement);
      break;
    case push::Next::dead:
      bury(order, event, next.code, outcome);
      break;
    case push::Next::give_back:
      if (outcome.of_account) {
        settlement.error = concat("account_refused: ", outcome.detail);
        settlement.delay_ms = undoubted ? behind_others_ms : settings_.quiet_on_clock_ms();
        if (looks_next) settlement.delay_ms += settings_.settle_on_clock_ms();
      } else if (event == push::Event::unauthorized) {
        settlement.error = concat("unauthorized: ", outcome.detail);
      }
      break;
    case push::Next::impossible:
      break;
  }
  gather(order);
}

// What a definite no, or a success, says to the refusals before it.
void Tick::note_refusal(HeldOrder& order, push::Event event, bool of_account) {
  Settlement& settlement = order.settlement;
  HeldAccount& account = accounts_[order.account];
  const bool refused = event == push::Event::rejected || of_account;
  if (!order.sent) {
    settlement.refused = Refused::keep;
  } else if (refused && is_undoubted(order.state)) {
    // One that is refused for what it is keeps its first refusal: no later run brings it back.
    settlement.refused =
        event == push::Event::rejected && served_since(order) ? Refused::keep : Refused::set;
  }
  if (!settlement.served) return;
  const bool of_others =
      push::is_ordering(order.state) && account.refusal.compare(0, 8, of_payments) == 0;
  settlement.ends_run = !of_others;
  if (of_others) return;
  account.refusal.clear();
  account.refusal_run = 0;
}

// In front of a human, with words that say what there is to do.
void Tick::bury(HeldOrder& order, push::Event event, push::Code code, const net::Outcome& outcome) {
  Settlement& settlement = order.settlement;
  settlement.status = "dead";
  if (event == push::Event::total_differs) {
    settlement.detail =
        concat("Square's order ", order.external_order_id, " totals ", outcome.total, " ",
               outcome.currency, ", the payload ", order.ledger.total, " ", order.ledger.currency);
  }
  if (order.state == push::State::looking_payment_cancel && event == push::Event::absent) {
    settlement.detail = concat("to be canceled, but order ", order.external_order_id,
                               " stands at Square, unpaid: cancel it there");
  }
  settlement.error = concat(push::to_string(code), ": ", settlement.detail);
}

// Somebody should look at a code that our table does not have: it is counted, and said once.
void Tick::note_unknown_code(HeldOrder& order, const net::Outcome& outcome, io::Commands& out) {
  if (outcome.unknown_code.empty()) return;
  order.settlement.unknown_code = outcome.unknown_code;
  if (has_word(codes_told_, outcome.unknown_code)) return;
  append(codes_told_, concat(outcome.unknown_code, " "));
  log(io::Level::warning, "an error code of Square's that is not in our table",
      outcome.unknown_code, out);
}

void Tick::book(HeldOrder& order) {
  Settlement& settlement = order.settlement;
  settlement.booked = true;
  settlement.doubt = push::Doubt::clear;
  settlement.status = "success";
  if (!order.content_differs) return;
  settlement.status = "dead";
  settlement.detail = concat("booked as ", order.external_order_id,
                             " with the content that was frozen first, which is another");
  settlement.error = concat("content_differs: ", settlement.detail);
}

std::int64_t Tick::delay_after(const HeldOrder& order, push::Event event,
                               const Settlement& settlement) {
  if (!intact(Layer::retry_delay)) return 0;
  switch (event) {
    // What was learned is settled: the next claim goes on.
    case push::Event::found_unpaid:
    case push::Event::absent:
      return 0;
    case push::Event::absent_early:
    case push::Event::absent_once:
      return push::next_look_in_ms(order.ledger, limits_of(order));
    case push::Event::accepted:
    case push::Event::total_differs:
    case push::Event::rejected:
    case push::Event::throttled:
    case push::Event::unauthorized:
    case push::Event::unknown:
    case push::Event::conflict:
    case push::Event::not_sent:
    case push::Event::found:
    case push::Event::found_canceled:
    case push::Event::several:
    case push::Event::unclear:
    case push::Event::lookalikes:
    case push::Event::paid_elsewhere:
      break;
  }
  // It will be looked for, and a look counts from then on.
  if (order.sent && settlement.look != push::Look::none) {
    return settings_.quiet_on_clock_ms() + settings_.settle_on_clock_ms();
  }
  const std::int64_t backoff =
      full_jitter_ms(random_, settings_.retry_base_ms, settings_.retry_cap_ms, order.attempts);
  return std::max({settings_.quiet_on_clock_ms(), backoff, settlement.pause_ms});
}

// Keeps the account's run as far as this tick has seen it, and says for how long it pauses.
std::int64_t Tick::note_account(HeldOrder& order, push::Account effect,
                                const net::Outcome& outcome) {
  HeldAccount& account = accounts_[order.account];
  const auto pause = [&] {
    account.paused = true;
    account.paused_in_call = calls_;
  };
  switch (effect) {
    case push::Account::nothing:
      return 0;
    case push::Account::alive:
      account.unknown_run = 0;
      return 0;
    case push::Account::silent:
      if (++account.unknown_run >= breaker_run) pause();
      return 0;
    case push::Account::throttled:
    case push::Account::refused:
      // It goes on when D1 hands its orders out again, with the pace that the settle has written.
      pause();
      return outcome.retry_after_ms >= 0
                 ? outcome.retry_after_ms
                 : full_jitter_ms(random_, settings_.retry_base_ms, settings_.retry_cap_ms, 0) +
                       settings_.retry_base_ms;
    case push::Account::unauthorized:
      // One that was sent with an older token says nothing of the one that is there by now.
      if (!outcome.of_account && order.token_version < account.token_version) return 0;
      pause();
      if (!outcome.without_credential && !outcome.of_account && !account.token.empty()) {
        want_renewal(account.restaurant_id, account.token_version);
      }
      return 0;
  }
  return 0;
}

}  // namespace pos::drain

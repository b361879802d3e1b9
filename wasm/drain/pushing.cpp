#include <algorithm>
#include <optional>
#include <utility>

#include "ablation/bytes.hpp"
#include "drain/tick.hpp"
#include "text/text.hpp"

namespace pos::drain {
namespace {

using ablation::intact;
using ablation::Layer;

// Five unknown outcomes in a row say that the provider is away, not that five orders are ill.
constexpr std::int64_t breaker_run = 5;

// D1 calls that must stay possible after the last request: to settle, and to ask once more.
constexpr std::int64_t reserved_d1_calls = 3;

bool is_ordering(push::State state) {
  return state == push::State::ordering || state == push::State::ordering_in_doubt;
}

square::Request request_in(push::State state) {
  return is_ordering(state) ? square::Request::order : square::Request::payment;
}

push::State paying_after(push::State state) {
  return state == push::State::ordering_in_doubt ? push::State::paying_in_doubt
                                                 : push::State::paying;
}

std::string event_name(push::State state, push::Event event) {
  const char* subject = is_ordering(state) ? "order_" : "payment_";
  return words(push::is_looking(state) ? "look_" : subject, push::to_string(event));
}

}  // namespace

void Tick::push(io::Commands& out) {
  for (HeldOrder& order : orders_) {
    if (order.stage != Stage::ready) continue;
    if (accounts_[order.account].paused || !may_start(order)) {
      apply(order, push::not_sent(), out);
    }
  }
  std::int64_t free_slots = settings_.concurrency - requests_out();
  for (HeldOrder& order : orders_) {
    if (free_slots <= 0) return;
    if (order.stage != Stage::ready || !has_slot(order.account)) continue;
    send(order, out);
    --free_slots;
  }
}

// An account that Square has throttled leaves its other slots to others.
bool Tick::has_slot(std::uint32_t account) const {
  const std::int64_t pace = accounts_[account].pace;
  return pace == 0 || std::count_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) {
                        return order.stage == Stage::in_flight && order.account == account;
                      }) < pace;
}

// A request may land as late as its timeout and the quiet time after its start, so it starts only
// if that is within its lease; `asked_at` is from before the claim, so the lease has begun no
// earlier.
bool Tick::may_start(const HeldOrder& order) const {
  const std::int64_t held_for = elapsed_ms_ - order.asked_at_ms;
  const bool within_lease =
      !intact(Layer::lease_cutoff) ||
      held_for + settings_.push_timeout_ms + settings_.quiet_on_clock_ms() <= settings_.lease_ms;
  const bool within_wall = !intact(Layer::wall_cutoff) ||
                           elapsed_ms_ + settings_.push_timeout_ms <= settings_.wall_budget_ms;
  return within_lease && within_wall &&
         subrequests_ + reserved_d1_calls < settings_.subrequest_budget;
}

io::FetchCommand Tick::request_of(const HeldOrder& order) const {
  io::FetchCommand fetch;
  fetch.square_version = order.ledger.square_version;
  fetch.credential = credential_of(order);
  fetch.timeout_ms = settings_.push_timeout_ms;
  if (push::is_looking(order.state)) {
    square::Query query = order.look.next();
    if (fetch.square_version.empty()) fetch.square_version = settings_.square_version;
    fetch.method = query.body.empty() ? io::Method::get : io::Method::post;
    fetch.url = words(settings_.base_url, query.path);
    fetch.body = std::move(query.body);
    return fetch;
  }
  const square::Request request = request_in(order.state);
  fetch.url =
      words(settings_.base_url, square::path_of(request, order.ledger, order.external_order_id));
  fetch.body = square::body_of(request, order.ledger, order.external_order_id);
  if (!ablation::all_intact()) {
    const std::int64_t now = order.now + elapsed_ms_ - order.asked_at_ms;
    ablation::alter_key(fetch.body, now, order.attempts, token_of(order.call));
  }
  return fetch;
}

void Tick::send(HeldOrder& order, io::Commands& out) {
  io::FetchCommand fetch = request_of(order);
  fetch.id = next_id_++;
  order.token_version = accounts_[order.account].token_version;
  Pending& pending = pending_.emplace_back();
  pending.id = fetch.id;
  pending.errand = Errand::push;
  pending.since_ms = elapsed_ms_;
  pending.claim_key = order.claim_key;
  order.stage = Stage::in_flight;
  ++tally_.requests;
  ++subrequests_;
  out.emplace_back(std::move(fetch));
}

void Tick::replied(const Pending& pending, const io::Outcome& outcome, io::Commands& out) {
  latency_ms_ = (3 * latency_ms_ + (elapsed_ms_ - pending.since_ms)) / 4;
  const auto found = std::find_if(orders_.begin(), orders_.end(), [&](const HeldOrder& order) {
    return order.claim_key == pending.claim_key && order.stage == Stage::in_flight;
  });
  if (found == orders_.end()) return;
  if (push::is_looking(found->state)) return seen(*found, outcome.reply, out);
  apply(*found,
        square::read_reply(request_in(found->state), outcome.reply, found->ledger,
                           found->external_order_id),
        out);
}

// One page of a look: there is another to read, or the look has come to its end.
void Tick::seen(HeldOrder& order, const square::Reply& reply, io::Commands& out) {
  const std::optional<push::Outcome> whole = order.look.read(reply);
  if (!whole) {
    order.stage = Stage::ready;
  } else if (order.then_sends && whole->result == push::Result::absent) {
    order.then_sends = false;
    order.state = push::State::ordering_in_doubt;
    order.stage = Stage::ready;
  } else {
    apply(order, *whole, out);
  }
}

push::Event Tick::understood(const HeldOrder& order, const push::Outcome& outcome,
                             io::Commands& out) {
  push::Event event = push::event_of(outcome);
  if (outcome.result == push::Result::absent) {
    event = push::absence(order.ledger, limits_of(order));
  }
  if (push::transition(order.state, event).next == push::Next::impossible) {
    log(io::Level::error, "an outcome that the transition table excludes", order.claim_key, out);
    event = push::Event::unknown;
  }
  ablation::visited(order.state, event);
  return event;
}

void Tick::learn_ids(HeldOrder& order, push::Event event, const push::Outcome& outcome) const {
  if (event == push::Event::found || event == push::Event::found_unpaid ||
      (push::is_looking(order.state) && event == push::Event::total_differs)) {
    order.external_order_id = outcome.external_id;
    if (event == push::Event::found) order.external_payment_id = outcome.external_payment_id;
  } else if (event == push::Event::accepted || event == push::Event::total_differs) {
    (is_ordering(order.state) ? order.external_order_id : order.external_payment_id) =
        outcome.external_id;
  }
}

// Moves an order on by one outcome: to its payment, or to what will be settled.
void Tick::apply(HeldOrder& order, const push::Outcome& outcome, io::Commands& out) {
  const push::Event event = understood(order, outcome, out);
  const push::Transition& next = push::transition(order.state, event);
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
  settlement.event = event != push::Event::not_sent ? event_name(order.state, event)
                     : placed_before                ? "order_accepted"
                                                    : "given_back";
  settlement.detail = outcome.detail;
  settlement.doubt = next.doubt;
  settlement.look = next.look;
  settlement.account = effect;
  settlement.without_credential = outcome.without_credential;
  settlement.touches_ledger = order.sent || looks;
  settlement.total_differs = event == push::Event::total_differs;
  settlement.pause_ms = pause_ms;
  // While an account's breaker is open its silence is nobody's fault, so it costs no attempt.
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
      settlement.error = words(push::to_string(event), ": ", outcome.detail);
      settlement.delay_ms = delay_after(order, event, settlement);
      break;
    case push::Next::dead:
      bury(order, event, next.code, outcome);
      break;
    case push::Next::give_back:
      if (event == push::Event::unauthorized) {
        settlement.error = words("unauthorized: ", outcome.detail);
      }
      break;
    case push::Next::impossible:
      break;
  }
  gather(order);
}

// In front of a human, with words that say what there is to do.
void Tick::bury(HeldOrder& order, push::Event event, push::Code code,
                const push::Outcome& outcome) {
  Settlement& settlement = order.settlement;
  settlement.status = "dead";
  if (event == push::Event::total_differs) {
    settlement.detail =
        words("Square's order ", order.external_order_id, " totals ", outcome.total, " ",
              outcome.currency, ", the payload ", order.ledger.total, " ", order.ledger.currency);
  }
  if (order.state == push::State::looking_payment_cancel && event == push::Event::absent) {
    settlement.detail = words("to be canceled, but order ", order.external_order_id,
                              " stands at Square, unpaid: cancel it there");
  }
  settlement.error = words(push::to_string(code), ": ", settlement.detail);
}

// Somebody should look at a code that our table does not have: it is counted, and said once.
void Tick::note_unknown_code(HeldOrder& order, const push::Outcome& outcome, io::Commands& out) {
  if (outcome.unknown_code.empty()) return;
  order.settlement.unknown_code = outcome.unknown_code;
  if (has_word(codes_told_, outcome.unknown_code)) return;
  append(codes_told_, words(outcome.unknown_code, " "));
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
  settlement.detail = words("booked as ", order.external_order_id,
                            " with the content that was frozen first, which is another");
  settlement.error = words("content_differs: ", settlement.detail);
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
      break;
  }
  // It will be looked for, and a look counts from then on.
  if (order.sent && settlement.look != push::Look::none) {
    return settings_.quiet_on_clock_ms() + settings_.settle_on_clock_ms();
  }
  const std::int64_t backoff = push::full_jitter_ms(random_, settings_.retry_base_ms,
                                                    settings_.retry_cap_ms, order.attempts);
  return std::max({settings_.quiet_on_clock_ms(), backoff, settlement.pause_ms});
}

// Keeps the account's run as far as this tick has seen it, and says for how long it pauses.
std::int64_t Tick::note_account(HeldOrder& order, push::Account effect,
                                const push::Outcome& outcome) {
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
      return outcome.retry_after_ms >= 0 ? outcome.retry_after_ms
                                         : push::full_jitter_ms(random_, settings_.retry_base_ms,
                                                                settings_.retry_cap_ms, 0) +
                                               settings_.retry_base_ms;
    case push::Account::unauthorized:
      // One that was sent with an older token says nothing of the one that is there by now.
      if (order.token_version < account.token_version) return 0;
      pause();
      if (!outcome.without_credential && !account.token.empty()) {
        want_renewal(account.restaurant_id, account.token_version);
      }
      return 0;
  }
  return 0;
}

}  // namespace pos::drain

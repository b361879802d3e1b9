#include <algorithm>
#include <optional>
#include <utility>

#include "ablation/bytes.hpp"
#include "base/text.hpp"
#include "drain/tick.hpp"

namespace pos::drain {
namespace {

using ablation::intact;
using ablation::Layer;

// D1 calls that must stay possible after the last request: to settle, and to ask once more.
constexpr std::int64_t reserved_d1_calls = 3;

// A list may have no end, so one look gets a quarter of a tick's requests and all of them together
// one half: neither the orders beside it nor the other looks wait for it. What is longer than that
// the next tick does not read to its end either, so it counts as an attempt. The least is what a
// look takes that finds its order: hints, a search, the order once more and its payments.
constexpr std::int64_t look_least = 4;

std::int64_t look_most(const Settings& settings) {
  return std::max(look_least, settings.subrequest_budget / 4);
}

std::int64_t looks_most(const Settings& settings) {
  return std::max(look_least, settings.subrequest_budget / 2);
}

square::Request request_in(push::State state) {
  return push::is_ordering(state) ? square::Request::order : square::Request::payment;
}

}  // namespace

void Tick::push(io::Commands& out) {
  for (HeldOrder& order : orders_) {
    if (order.stage != Stage::ready) continue;
    if (accounts_[order.account].paused || !may_start(order)) {
      if (order.inquires) {
        inquired(order, nullptr, out);
      } else {
        apply(order, net::not_sent(), out);
      }
    } else if (push::is_looking(order.state) && looked_ >= looks_most(settings_)) {
      // It has done nothing wrong, but this tick must not claim it again instead of others.
      apply(order, net::not_sent(), out);
      order.settlement.detail = "this tick has no requests left to look with";
      order.settlement.delay_ms = settings_.retry_base_ms;
    }
  }
  std::int64_t free_slots = settings_.concurrency - requests_out();
  // What the looks' share still holds when each look before this one has had all of its own: so the
  // first comes to its end, where all of them at once would not.
  std::int64_t unclaimed = looks_most(settings_) - looked_;
  for (HeldOrder& order : orders_) {
    if (free_slots <= 0) return;
    const bool looks = push::is_looking(order.state);
    const bool waits = order.stage == Stage::ready;
    if (waits && has_slot(order.account) && (!looks || unclaimed > 0)) {
      send(order, out);
      --free_slots;
      if (looks) --unclaimed;
    }
    if (looks && order.stage <= Stage::in_flight && order.looked > 0) {
      unclaimed -= look_most(settings_) - order.looked;
    }
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
  if (push::is_looking(order.state) || order.inquires) {
    square::Query query = order.look.next();
    if (fetch.square_version.empty()) fetch.square_version = settings_.square_version;
    fetch.method = query.body.empty() ? io::Method::get : io::Method::post;
    fetch.url = concat(settings_.base_url, query.path);
    fetch.body = std::move(query.body);
    return fetch;
  }
  const square::Request request = request_in(order.state);
  fetch.url =
      concat(settings_.base_url, square::path_of(request, order.ledger, order.external_order_id));
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
  pending.purpose = CommandPurpose::push;
  pending.since_ms = elapsed_ms_;
  pending.claim_key = order.claim_key;
  order.stage = Stage::in_flight;
  if (push::is_looking(order.state)) {
    ++order.looked;
    ++looked_;
  }
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
  if (push::is_looking(found->state) || found->inquires) return seen(*found, outcome.reply, out);
  const net::Outcome said = square::read_reply(request_in(found->state), outcome.reply,
                                               found->ledger, found->external_order_id);
  if (!inquire(*found, said)) apply(*found, said, out);
}

// A definite no to a payment may mean that a guest has paid at the till: nothing is in doubt then,
// and yet a waiter who reads "unpaid" takes the money once more. So the order is read before it
// ends.
bool Tick::inquire(HeldOrder& order, const net::Outcome& refusal) {
  if (order.state != push::State::paying || refusal.result != net::Result::rejected ||
      !intact(Layer::who_has_paid)) {
    return false;
  }
  push::Ledger ledger = order.ledger;
  ledger.external_order_id = order.external_order_id;
  if (ledger.first_sent_at == 0) ledger.first_sent_at = order.now;
  order.inquires = true;
  order.refusal = refusal;
  order.sent = true;
  order.look = square::ReadBack::of_payment(ledger);
  order.stage = Stage::ready;
  return true;
}

// What is seen changes no definite no, except that the payment that was refused stands: then the
// refusal was none, and nothing but a look can settle it. Where nothing could be read, it says so.
void Tick::inquired(HeldOrder& order, const net::Outcome* seen, io::Commands& out) {
  net::Outcome outcome = std::move(order.refusal);
  std::string what = seen == nullptr ? "who else has paid was not looked for" : seen->detail;
  const bool stands = seen != nullptr && seen->result == net::Result::found;
  if (stands && !outcome.external_id.empty() && seen->external_payment_id == outcome.external_id) {
    outcome.result = net::Result::unknown;
    what = concat("payment ", outcome.external_id, " was refused, and stands at Square");
  } else if (stands) {
    outcome.result = net::Result::paid_elsewhere;
    what = concat("order ", order.external_order_id, " is paid at Square",
                  seen->external_payment_id.empty() ? "" : " by payment ",
                  seen->external_payment_id, ", which is not ours");
  }
  if (seen != nullptr && seen->total_differs) {
    append(what, concat(", and totals ", seen->total, " ", seen->currency));
  }
  outcome.detail = outcome.result == net::Result::paid_elsewhere
                       ? concat(what, "; ours was refused: ", outcome.detail)
                       : concat(outcome.detail, "; ", what);
  order.inquires = false;
  apply(order, outcome, out);
}

// One page of a look: there is another to read, or the look has come to its end.
void Tick::seen(HeldOrder& order, const net::Reply& reply, io::Commands& out) {
  const std::optional<net::Outcome> whole = order.look.read(reply);
  if (!whole && order.looked >= look_most(settings_)) {
    apply(order,
          square::outcome_with(
              net::Result::unclear, reply,
              concat("a look does not come to its end within ", order.looked, " requests")),
          out);
  } else if (!whole) {
    order.stage = Stage::ready;
  } else if (order.inquires) {
    inquired(order, &*whole, out);
  } else if (order.then_sends && whole->result == net::Result::absent) {
    order.then_sends = false;
    order.state = push::State::ordering_in_doubt;
    order.stage = Stage::ready;
  } else {
    apply(order, *whole, out);
  }
}

}  // namespace pos::drain

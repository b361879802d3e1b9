#include "push/decision.hpp"

#include "ablation/layer.hpp"

namespace pos::push {
namespace {

using ablation::intact;
using ablation::Layer;

bool same_content(const Ledger& ledger, const Asked& asked) {
  if (!intact(Layer::same_content)) return true;
  return ledger.fingerprint.empty() || ledger.fingerprint == asked.fingerprint;
}

Decision only(Step step) { return {.step = step}; }

Decision differing(const Ledger& ledger, const Asked& asked) {
  return only(ledger.restaurant_id == asked.restaurant_id ? Step::content_differs
                                                          : Step::order_id_collision);
}

/// The key is remembered only for so long, and the last request of this claim may land as late as
/// its lease ends.
bool window_holds(const Ledger& ledger, const Limits& limits) {
  if (!intact(Layer::window)) return true;
  return ledger.first_sent_at + limits.dedupe_window_ms > limits.now + limits.lease_ms;
}

Look why_look(const Ledger& ledger, const Asked& asked, const Limits& limits) {
  // What an operator asked for outlasts the attempts; what was tried often enough is looked for a
  // last time, whatever the first reason was.
  if (ledger.look_because == "cancel") return Look::cancel;
  if (asked.attempts >= limits.max_attempts && intact(Layer::attempts_bound)) return Look::attempts;
  if (ledger.look_because == "conflict") return Look::conflict;
  if (ledger.look_because == "rejected") return Look::rejected;
  if (ledger.look_because == "attempts") return Look::attempts;
  if (ledger.look_because == "account") return Look::account;
  return window_holds(ledger, limits) ? Look::none : Look::window;
}

State looking_for_order(Look why) {
  switch (why) {
    case Look::conflict:
      return State::looking_conflict;
    case Look::rejected:
      return State::looking_rejected;
    case Look::attempts:
      return State::looking_attempts;
    case Look::cancel:
      return State::looking_cancel;
    case Look::keyless:
      return State::looking_keyless;
    case Look::none:
    case Look::window:
    case Look::account:
      return State::looking;
  }
  return State::looking;
}

State looking_for_payment(Look why) {
  switch (why) {
    case Look::conflict:
      return State::looking_payment_conflict;
    case Look::rejected:
      return State::looking_payment_rejected;
    case Look::attempts:
      return State::looking_payment_attempts;
    case Look::cancel:
      return State::looking_payment_cancel;
    case Look::none:
    case Look::keyless:
    case Look::window:
    case Look::account:
      return State::looking_payment;
  }
  return State::looking_payment;
}

Decision look(const Ledger& ledger, Look why, bool content_differs) {
  const State state =
      ledger.external_order_id.empty() ? looking_for_order(why) : looking_for_payment(why);
  return {Step::look, state, content_differs};
}

Decision send(const Ledger& ledger, bool content_differs) {
  const bool doubt = ledger.in_doubt();
  if (ledger.external_order_id.empty() || !intact(Layer::recognition)) {
    return {Step::order, doubt ? State::ordering_in_doubt : State::ordering, content_differs};
  }
  if (ledger.total_differs || ledger.payment_body.empty()) return only(Step::total_differs);
  return {Step::pay, doubt ? State::paying_in_doubt : State::paying, content_differs};
}

Decision resolve_doubt(const Ledger& ledger, const Asked& asked, const Limits& limits) {
  const bool differs = !same_content(ledger, asked);
  if (!ledger.frozen || ledger.look_because == "keyless") {
    const bool cancel = ledger.look_because == "cancel";
    return {Step::look, cancel ? State::looking_keyless_cancel : State::looking_keyless, differs};
  }
  const Look why = why_look(ledger, asked, limits);
  if (why == Look::attempts && !intact(Layer::look_in_doubt)) {
    return only(Step::attempts_exhausted);
  }
  return why == Look::none ? send(ledger, differs) : look(ledger, why, differs);
}

}  // namespace

Decision decide(const Ledger& ledger, const Asked& asked, const Limits& limits) {
  if (ledger.booked_at != 0 && intact(Layer::recognition)) {
    return same_content(ledger, asked) ? only(Step::recognise) : differing(ledger, asked);
  }
  if (asked.open_revision != 0) return only(Step::earlier_revision_open);
  if (ledger.in_doubt()) return resolve_doubt(ledger, asked, limits);
  if (ledger.look_because == "cancel") {
    return ledger.external_order_id.empty() ? only(Step::canceled)
                                            : look(ledger, Look::cancel, false);
  }
  if (asked.later_revision != 0) return only(Step::superseded);
  if (asked.attempts >= limits.max_attempts && intact(Layer::attempts_bound)) {
    return only(Step::attempts_exhausted);
  }
  if (!ledger.frozen) return only(Step::freeze);
  if (!same_content(ledger, asked)) return differing(ledger, asked);
  if (ledger.refused_at != 0 && !ledger.total_differs && intact(Layer::fresh_after_a_no)) {
    return only(Step::freeze);
  }
  return send(ledger, false);
}

Event absence(const Ledger& ledger, const Limits& limits) {
  const std::int64_t settle = intact(Layer::settle_delay) ? limits.settle_delay_ms : 0;
  const bool landed = limits.now >= ledger.last_sent_at + limits.quiet_ms + settle;
  if (!landed && intact(Layer::look_anchor)) return Event::absent_early;
  if (!intact(Layer::second_look)) return Event::absent;
  if (ledger.absent_at == 0) return Event::absent_once;
  return limits.now >= ledger.absent_at + settle ? Event::absent : Event::absent_early;
}

std::int64_t next_look_in_ms(const Ledger& ledger, const Limits& limits) {
  const std::int64_t first = ledger.last_sent_at + limits.quiet_ms + limits.settle_delay_ms;
  const bool landed = limits.now >= first;
  if (!landed) return first - limits.now;
  if (ledger.absent_at == 0) return limits.settle_delay_ms;
  const std::int64_t second = ledger.absent_at + limits.settle_delay_ms;
  return second > limits.now ? second - limits.now : 0;
}

}  // namespace pos::push

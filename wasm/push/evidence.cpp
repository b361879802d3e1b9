#include "push/evidence.hpp"

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
  if (ledger.look_because == "conflict") return Look::conflict;
  if (ledger.look_because == "rejected") return Look::rejected;
  if (ledger.look_because == "attempts") return Look::attempts;
  if (ledger.look_because == "cancel") return Look::cancel;
  if (ledger.look_because == "keyless") return Look::keyless;
  if (!intact(Layer::attempts_bound)) return Look::none;
  return asked.attempts >= limits.max_attempts ? Look::attempts : Look::none;
}

Decision send(const Ledger& ledger, bool content_differs) {
  const bool doubt = ledger.in_doubt();
  if (ledger.external_order_id.empty() || !intact(Layer::recognition)) {
    return {Step::order, Look::none, doubt ? State::ordering_in_doubt : State::ordering,
            content_differs};
  }
  if (ledger.total_differs || ledger.payment_body.empty()) return only(Step::total_differs);
  return {Step::pay, Look::none, doubt ? State::paying_in_doubt : State::paying, content_differs};
}

Decision resolve_doubt(const Ledger& ledger, const Asked& asked, const Limits& limits) {
  const Look why = why_look(ledger, asked, limits);
  if (why == Look::attempts && !intact(Layer::look_in_doubt)) {
    return only(Step::attempts_exhausted);
  }
  if (why != Look::none || !window_holds(ledger, limits)) {
    return {.step = Step::look, .look = why};
  }
  return send(ledger, !same_content(ledger, asked));
}

}  // namespace

Decision decide(const Ledger& ledger, const Asked& asked, const Limits& limits) {
  if (ledger.booked_at != 0 && intact(Layer::recognition)) {
    return same_content(ledger, asked) ? only(Step::recognise) : differing(ledger, asked);
  }
  if (asked.open_revision != 0) return only(Step::earlier_revision_open);
  if (ledger.in_doubt()) {
    if (!ledger.frozen) return {.step = Step::look, .look = Look::keyless};
    return resolve_doubt(ledger, asked, limits);
  }
  if (asked.later_revision != 0) return only(Step::superseded);
  if (asked.attempts >= limits.max_attempts && intact(Layer::attempts_bound)) {
    return only(Step::attempts_exhausted);
  }
  if (!ledger.frozen) return only(Step::freeze);
  if (!same_content(ledger, asked)) return differing(ledger, asked);
  return send(ledger, false);
}

}  // namespace pos::push

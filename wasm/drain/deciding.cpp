#include "ablation/bytes.hpp"
#include "base/json/utf8.hpp"
#include "base/json/value.hpp"
#include "base/text.hpp"
#include "drain/tick.hpp"
#include "identity/fingerprint.hpp"
#include "square/broken_text.hpp"
#include "square/field.hpp"

namespace pos::drain {
namespace {

using ablation::intact;
using ablation::Layer;

/// Of which refusals the next key is made: Square may answer one that it has refused with the same
/// refusal for ever.
std::int64_t next_key(const HeldOrder& order) {
  const std::int64_t refusals = order.ledger.refusals;
  return intact(Layer::key_after_a_no) && order.refused_at != 0 ? refusals + 1 : refusals;
}

// A payload can have a fault in each of its lines; the first ones will do.
constexpr std::size_t words_most = 1000;

}  // namespace

// Reads the row's payload once: for its fingerprint, and to be frozen where nothing is.
void Tick::read_payload(HeldOrder& order, json::Value stored) {
  const std::string_view payload = stored.text();
  FieldErrors too_large;
  square::check_size(
      stored.is(json::Kind::integer) ? static_cast<std::size_t>(stored.integer()) : payload.size(),
      too_large);
  if (!too_large.empty()) {
    order.problem = to_string(too_large.take());
    return;
  }
  json::Document document;
  if (!document.parse(payload)) {
    order.problem = concat("payload: ", document.error());
    return;
  }
  if (static_cast<std::int64_t>(json::replacement_count(payload)) > order.replacements) {
    FieldErrors broken;
    square::name_broken_texts(document.root(), broken);
    order.problem = to_string(broken.take());
    return;
  }
  order.fingerprint = pos::fingerprint(document.root(), order.restaurant_id);
  const bool anew = order.refused_at != 0 && order.external_order_id.empty();
  if (order.ledger.frozen && !anew && intact(Layer::frozen_bytes)) return;
  square::Mapping mapping = square::map_order(order.identity, document.root(), location_of(order),
                                              settings_.square_version, next_key(order));
  order.request = std::move(mapping.request);
  order.problem = std::move(mapping.problem);
}

void Tick::decide(HeldOrder& order) {
  if (order.ledger.frozen && !intact(Layer::frozen_bytes)) {
    ablation::thaw(order.request, order.ledger);
  }
  const push::Asked asked{order.restaurant_id, order.fingerprint, order.attempts,
                          order.open_revision, order.later_revision};
  const push::Decision decision = push::decide(order.ledger, asked, limits_of(order));
  order.content_differs = decision.content_differs;
  const std::string& placed = order.external_order_id;

  switch (decision.step) {
    case push::Step::recognise:
      return conclude(order, "recognised", push::Code::none, "the ledger says that it is booked");
    case push::Step::content_differs:
      return conclude(order, "content_differs", push::Code::content_differs,
                      placed.empty()
                          ? "another content was frozen for this order; enqueue this one "
                            "as the next revision"
                          : concat("booked with another content as ", placed));
    case push::Step::order_id_collision:
      return conclude(
          order, "order_id_collision", push::Code::order_id_collision,
          concat("restaurant \"", order.ledger.restaurant_id, "\" has used this order id"));
    case push::Step::earlier_revision_open:
      return conclude(order, "earlier_revision_open", push::Code::earlier_revision_open,
                      concat("revision ", order.open_revision, " is not at rest"));
    case push::Step::superseded:
      return conclude(order, "superseded", push::Code::rejected,
                      concat("revision: expected a revision above ", order.later_revision,
                             ", which is known already"));
    case push::Step::look:
      return look(order, decision.state);
    case push::Step::canceled:
      conclude(order, "canceled", push::Code::canceled, "nothing of it has been sent");
      order.settlement.touches_ledger = true;
      order.settlement.doubt = push::Doubt::clear;
      return;
    case push::Step::attempts_exhausted:
      return conclude(order, "attempts_exhausted", push::Code::attempts_exhausted,
                      "nothing is in doubt, and nothing was booked");
    case push::Step::total_differs:
      return conclude(order, "total_differs", push::Code::total_mismatch,
                      concat("order ", placed, " stands at Square with another total"));
    case push::Step::freeze:
      // It stands at Square, where it stands: only its payment is asked for once more.
      if (!order.external_order_id.empty()) {
        order.request = square::with_new_payment_key(order.identity, order.ledger, next_key(order));
        order.stage = Stage::to_freeze;
        return;
      }
      if (!order.problem.empty()) {
        return conclude(order, "payload_rejected", push::Code::rejected, order.problem);
      }
      if (location_of(order).empty()) return give_back_homeless(order);
      order.stage = Stage::to_freeze;
      return;
    case push::Step::order:
    case push::Step::pay:
      return send_or_look(order, decision.state);
  }
}

// Nothing is sent: in front of a human it goes, unless it is booked already.
void Tick::conclude(HeldOrder& order, const char* event, push::Code code, const std::string& text) {
  Settlement& settlement = order.settlement;
  const bool booked = code == push::Code::none;
  settlement.event = event;
  settlement.status = booked ? "success" : "dead";
  settlement.detail = json::cut(text, words_most);
  if (!booked) settlement.error = concat(push::to_string(code), ": ", settlement.detail);
  gather(order);
}

// Sends, unless webhooks have named orders that may be this one: then it looks at those first.
void Tick::send_or_look(HeldOrder& order, push::State state) {
  order.state = state;
  order.stage = Stage::ready;
  order.then_sends = state == push::State::ordering_in_doubt && !order.hints.empty();
  if (!order.then_sends) return;
  order.state = push::State::looking;
  order.look = square::ReadBack::of_hints(order.ledger, order.hints);
}

void Tick::look(HeldOrder& order, push::State why) {
  order.state = why;
  order.stage = Stage::ready;
  if (why == push::State::looking_keyless || why == push::State::looking_keyless_cancel) {
    if (location_of(order).empty()) return give_back_homeless(order);
    json::Document mapped;
    const bool readable = mapped.parse(order.request);
    order.look = square::ReadBack::of_keyless(
        order.identity, order.ledger, readable ? mapped.root()["order"].text() : std::string_view(),
        location_of(order));
  } else if (order.ledger.external_order_id.empty()) {
    order.look = square::ReadBack::of_order(order.ledger, order.hints);
  } else {
    order.look = square::ReadBack::of_payment(order.ledger);
  }
}

push::Limits Tick::limits_of(const HeldOrder& order) const {
  return {.now = order.now,
          .lease_ms = settings_.lease_ms,
          .dedupe_window_ms = settings_.dedupe_window_ms,
          .quiet_ms = settings_.quiet_on_clock_ms(),
          .settle_delay_ms = settings_.settle_on_clock_ms(),
          .max_attempts = settings_.max_attempts};
}

const std::string& Tick::location_of(const HeldOrder& order) const {
  return order.location_id.empty() ? settings_.location_id : order.location_id;
}

}  // namespace pos::drain

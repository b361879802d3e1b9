#include "drain/tick.hpp"
#include "identity/fingerprint.hpp"
#include "json/value.hpp"

namespace pos::drain {
namespace {

// A payload can have a fault in each of its lines; the first ones will do.
constexpr std::size_t words_most = 1000;

/// Cut so that no character is torn.
std::string_view first_words(std::string_view words) {
  if (words.size() <= words_most) return words;
  std::size_t end = words_most;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80) --end;
  return words.substr(0, end);
}

}  // namespace

// Reads the row's payload once: for its fingerprint, and to be frozen where nothing is.
void Tick::read_payload(HeldOrder& order, const store::ClaimedRow& row) {
  if (row.payload.size() > square::max_payload_bytes) {
    order.problem = "payload: expected at most " + std::to_string(square::max_payload_bytes) +
                    " bytes, got " + std::to_string(row.payload.size());
    return;
  }
  json::Document document;
  if (!document.parse(row.payload)) {
    order.problem = "payload: " + document.error();
    return;
  }
  order.fingerprint = pos::fingerprint(document.root(), row.restaurant_id);
  if (order.ledger.frozen) return;
  const std::string_view location =
      row.location_id.empty() ? std::string_view(settings_.location_id) : row.location_id;
  square::Mapping mapping =
      square::map_order(order.identity, document.root(), location, settings_.square_version);
  order.request = std::move(mapping.request);
  order.problem = std::move(mapping.problem);
}

void Tick::decide(HeldOrder& order) {
  const push::Asked asked{order.restaurant_id, order.fingerprint, order.attempts,
                          order.open_revision, order.later_revision};
  const push::Limits limits{order.now, settings_.lease_ms, settings_.dedupe_window_ms,
                            settings_.max_attempts};
  const push::Decision decision = push::decide(order.ledger, asked, limits);
  const std::string& placed = order.external_order_id;

  switch (decision.step) {
    case push::Step::recognise:
      return conclude_booked(order);
    case push::Step::content_differs:
      return conclude(order, "content_differs", push::Code::content_differs,
                      placed.empty()
                          ? "another content was frozen for this order; enqueue this one "
                            "as the next revision"
                          : "booked with another content as " + placed);
    case push::Step::order_id_collision:
      return conclude(order, "order_id_collision", push::Code::order_id_collision,
                      "restaurant \"" + order.ledger.restaurant_id + "\" has used this order id");
    case push::Step::earlier_revision_open:
      return conclude(order, "earlier_revision_open", push::Code::earlier_revision_open,
                      "revision " + std::to_string(order.open_revision) + " is not at rest");
    case push::Step::superseded:
      return conclude(order, "superseded", push::Code::rejected,
                      "revision: expected a revision above " +
                          std::to_string(order.later_revision) + ", which is known already");
    case push::Step::look:
      return conclude_look(order, decision.look);
    case push::Step::attempts_exhausted:
      return conclude(order, "attempts_exhausted", push::Code::attempts_exhausted,
                      "nothing is in doubt, and nothing was booked");
    case push::Step::total_differs:
      return conclude(order, "total_differs", push::Code::total_mismatch,
                      "order " + placed + " stands at Square with another total");
    case push::Step::freeze:
      if (!order.problem.empty()) {
        return conclude(order, "payload_rejected", push::Code::rejected, order.problem);
      }
      order.stage = Stage::to_freeze;
      return;
    case push::Step::order:
    case push::Step::pay:
      order.state = decision.state;
      order.content_differs = decision.content_differs;
      order.stage = Stage::ready;
      return;
  }
}

void Tick::conclude(HeldOrder& order, std::string_view event, push::Code code,
                    std::string_view words) {
  Settlement settlement;
  settlement.event = event;
  settlement.status = "dead";
  settlement.detail = first_words(words);
  settlement.error = std::string(push::to_string(code)).append(": ").append(settlement.detail);
  gather(order, std::move(settlement));
}

void Tick::conclude_booked(HeldOrder& order) {
  Settlement settlement;
  settlement.event = "recognised";
  settlement.status = "success";
  settlement.detail = "the ledger says that it is booked";
  gather(order, std::move(settlement));
}

// Nobody can look yet, so a human has to. The ledger keeps the doubt and why.
void Tick::conclude_look(HeldOrder& order, push::Look look) {
  std::string words = "it may be booked at the provider";
  if (look == push::Look::none) words += "; the provider may have forgotten the key by now";
  if (look != push::Look::none) words.append(" (").append(push::to_string(look)).append(")");
  conclude(order, "look_needed", push::Code::unknown_outcome, words);
  order.settlement.touches_ledger = true;
  order.settlement.look = look;
}

}  // namespace pos::drain

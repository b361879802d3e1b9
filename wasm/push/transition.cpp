#include "push/transition.hpp"

#include <array>
#include <cstddef>

#include "ablation/cells.hpp"

namespace pos::push {
namespace {

using ablation::intact;
using ablation::Layer;
using Row = std::array<Transition, event_count>;

// Columns: accepted, total_differs, rejected, throttled, unauthorized, unknown, conflict, not_sent.
//
// A definite no is final only where nothing is in doubt: an older request may have been booked, and
// then the no is an answer to the second one. Throttling is no proof that nothing happened. Until
// there is read-back, an order that has to be looked for waits for a human as unknown_outcome; the
// ledger keeps the doubt and the reason. An accepted order settles its own doubt, but a payment may
// have been sent behind it by a worker that went away: only being booked clears everything.
constexpr std::array<Row, state_count> table = {{
    // ordering
    {{
        {Next::pay, Code::none, Doubt::keep, Look::none, false, Account::alive},
        {Next::dead, Code::total_mismatch, Doubt::clear, Look::none, false, Account::alive},
        {Next::dead, Code::rejected, Doubt::keep, Look::none, true, Account::alive},
        {Next::retry, Code::none, Doubt::set, Look::none, false, Account::throttled},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::unauthorized},
        {Next::retry, Code::none, Doubt::set, Look::none, true, Account::silent},
        {Next::dead, Code::unknown_outcome, Doubt::set, Look::conflict, true, Account::alive},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::nothing},
    }},
    // ordering_in_doubt
    {{
        {Next::pay, Code::none, Doubt::keep, Look::none, false, Account::alive},
        {Next::dead, Code::total_mismatch, Doubt::clear, Look::none, false, Account::alive},
        {Next::dead, Code::unknown_outcome, Doubt::keep, Look::rejected, true, Account::alive},
        {Next::retry, Code::none, Doubt::set, Look::none, false, Account::throttled},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::unauthorized},
        {Next::retry, Code::none, Doubt::set, Look::none, true, Account::silent},
        {Next::dead, Code::unknown_outcome, Doubt::set, Look::conflict, true, Account::alive},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::nothing},
    }},
    // paying
    {{
        {Next::booked, Code::none, Doubt::clear, Look::none, false, Account::alive},
        {},
        {Next::dead, Code::payment_rejected, Doubt::clear, Look::none, true, Account::alive},
        {Next::retry, Code::none, Doubt::set, Look::none, false, Account::throttled},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::unauthorized},
        {Next::retry, Code::none, Doubt::set, Look::none, true, Account::silent},
        {Next::dead, Code::unknown_outcome, Doubt::set, Look::conflict, true, Account::alive},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::nothing},
    }},
    // paying_in_doubt
    {{
        {Next::booked, Code::none, Doubt::clear, Look::none, false, Account::alive},
        {},
        {Next::dead, Code::unknown_outcome, Doubt::keep, Look::rejected, true, Account::alive},
        {Next::retry, Code::none, Doubt::set, Look::none, false, Account::throttled},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::unauthorized},
        {Next::retry, Code::none, Doubt::set, Look::none, true, Account::silent},
        {Next::dead, Code::unknown_outcome, Doubt::set, Look::conflict, true, Account::alive},
        {Next::give_back, Code::none, Doubt::keep, Look::none, false, Account::nothing},
    }},
}};

template <typename Enum, std::size_t N>
const char* name(const std::array<const char*, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace

Event event_of(const Outcome& outcome) {
  switch (outcome.result) {
    case Result::accepted:
      if (!intact(Layer::total_check)) return Event::accepted;
      return outcome.total_differs ? Event::total_differs : Event::accepted;
    case Result::rejected:
      return Event::rejected;
    case Result::throttled:
      return Event::throttled;
    case Result::unauthorized:
      return Event::unauthorized;
    case Result::unknown:
      return Event::unknown;
    case Result::conflict:
      return Event::conflict;
    case Result::not_sent:
      return intact(Layer::give_back) ? Event::not_sent : Event::unknown;
  }
  return Event::unknown;
}

const Transition& transition(State state, Event event) {
  const Transition& cell = table[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
  return ablation::all_intact() ? cell : ablation::altered(state, event, cell);
}

const char* to_string(State state) {
  return name(std::array{"ordering", "ordering_in_doubt", "paying", "paying_in_doubt"}, state);
}

const char* to_string(Event event) {
  return name(std::array{"accepted", "total_differs", "rejected", "throttled", "unauthorized",
                         "unknown", "conflict", "not_sent"},
              event);
}

const char* to_string(Next next) {
  return name(std::array{"impossible", "pay", "booked", "retry", "give_back", "dead"}, next);
}

const char* to_string(Code code) {
  return name(std::array{"", "rejected", "total_mismatch", "payment_rejected", "key_conflict",
                         "unknown_outcome", "duplicate_at_provider", "content_differs",
                         "order_id_collision", "attempts_exhausted", "earlier_revision_open",
                         "canceled", "duplicate_row"},
              code);
}

const char* to_string(Look look) {
  return name(std::array{"", "conflict", "rejected", "attempts", "cancel", "keyless"}, look);
}

}  // namespace pos::push

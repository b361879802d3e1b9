#include "push/transition.hpp"

#include <array>
#include <cstddef>

#include "ablation/cells.hpp"
#include "base/enum_name.hpp"

namespace pos::push {
namespace {

using ablation::intact;
using ablation::Layer;
using Row = std::array<Transition, event_count>;

constexpr std::size_t at(Event event) { return static_cast<std::size_t>(event); }

/// What the outcomes of a request mean, in the order of the events; a look's outcomes cannot come
/// of a request.
constexpr Row request(Transition accepted, Transition total_differs, Transition rejected,
                      Transition unknown, Transition conflict) {
  Row row{};
  row[at(Event::accepted)] = accepted;
  row[at(Event::total_differs)] = total_differs;
  row[at(Event::rejected)] = rejected;
  // Throttling is no proof that nothing happened.
  row[at(Event::throttled)] = {Next::retry, Code::none, Doubt::set,
                               Look::none,  false,      Account::throttled};
  row[at(Event::unauthorized)] = {Next::give_back, Code::none, Doubt::keep,
                                  Look::none,      false,      Account::unauthorized};
  row[at(Event::unknown)] = unknown;
  row[at(Event::conflict)] = conflict;
  row[at(Event::not_sent)] = {Next::give_back, Code::none, Doubt::keep,
                              Look::none,      false,      Account::nothing};
  return row;
}

/// The same of a request whose no was looked into: the order is paid, and not by us.
constexpr Row request_paid_elsewhere(Row row) {
  row[at(Event::paid_elsewhere)] = {Next::dead, Code::paid_elsewhere, Doubt::clear, Look::none,
                                    true,       Account::alive};
  return row;
}

/// What the outcomes of a look mean. A look that is refused or says nothing kills no order.
constexpr Row look(Transition found, Transition found_unpaid, Transition absent) {
  constexpr Transition refused = {Next::retry, Code::none, Doubt::keep,
                                  Look::none,  false,      Account::refused};
  constexpr Transition again = {Next::retry, Code::none, Doubt::keep,
                                Look::none,  false,      Account::alive};
  Row row{};
  // Somebody has changed it since; whether it was paid before that is still to be seen.
  row[at(Event::total_differs)] = {Next::dead, Code::total_mismatch, Doubt::keep, Look::none,
                                   false,      Account::alive};
  row[at(Event::rejected)] = refused;
  row[at(Event::throttled)] = {Next::retry, Code::none, Doubt::keep,
                               Look::none,  false,      Account::throttled};
  row[at(Event::unauthorized)] = {Next::give_back, Code::none, Doubt::keep,
                                  Look::none,      false,      Account::unauthorized};
  row[at(Event::unknown)] = refused;
  row[at(Event::not_sent)] = {Next::give_back, Code::none, Doubt::keep,
                              Look::none,      false,      Account::nothing};
  row[at(Event::found)] = found;
  row[at(Event::found_unpaid)] = found_unpaid;
  // A payment may stand all the same, and under its key the order would seem to stand as it was
  // first answered: a replay looks again.
  row[at(Event::found_canceled)] = {Next::dead,     Code::canceled, Doubt::keep,
                                    Look::conflict, false,          Account::alive};
  row[at(Event::several)] = {
      Next::dead, Code::duplicate_at_provider, Doubt::keep, Look::none, false, Account::alive};
  row[at(Event::absent_early)] = again;
  row[at(Event::absent_once)] = again;
  row[at(Event::absent)] = absent;
  row[at(Event::unclear)] = {Next::retry, Code::none, Doubt::keep,
                             Look::none,  true,       Account::alive};
  return row;
}

/// Ends in front of a human, with nothing in doubt any more.
constexpr Transition settled_as(Code code) {
  return {Next::dead, code, Doubt::clear, Look::none, false, Account::alive};
}

constexpr Transition impossible{};
constexpr Transition goes_on_to_pay = {Next::pay,  Code::none, Doubt::keep,
                                       Look::none, false,      Account::alive};
constexpr Transition is_booked = {Next::booked, Code::none, Doubt::clear,
                                  Look::none,   false,      Account::alive};
constexpr Transition is_unknown = {Next::retry, Code::none, Doubt::set,
                                   Look::none,  true,       Account::silent};
constexpr Transition must_be_looked_for = {Next::retry,    Code::none, Doubt::set,
                                           Look::conflict, true,       Account::alive};
constexpr Transition may_be_the_second_answer = {Next::retry,    Code::none, Doubt::keep,
                                                 Look::rejected, true,       Account::alive};
// The order is what was asked for, so that is no reason to look any more; its payment may still be
// in doubt, for a worker that went away may have sent it.
constexpr Transition is_adopted = {Next::adopt,  Code::none, Doubt::keep,
                                   Look::window, false,      Account::alive};
constexpr Transition waits_for_cancel = {Next::adopt,  Code::none, Doubt::keep,
                                         Look::cancel, false,      Account::alive};
// Nothing of it stands: the next claim sends it, with nothing in doubt.
constexpr Transition may_be_sent = {Next::retry,  Code::none, Doubt::clear,
                                    Look::window, false,      Account::alive};
constexpr Transition for_a_human = {Next::dead, Code::unknown_outcome, Doubt::keep, Look::none,
                                    false,      Account::alive};

constexpr Row only_lookalikes(Transition absent) {
  Row row = look(impossible, impossible, absent);
  row[at(Event::total_differs)] = impossible;
  row[at(Event::found_canceled)] = impossible;
  row[at(Event::several)] = impossible;
  row[at(Event::unclear)] = for_a_human;
  row[at(Event::lookalikes)] = for_a_human;
  return row;
}

/// Nothing comes after this look, so an answer that says nothing ends in front of a human too.
constexpr Row last(Row row) {
  row[at(Event::unclear)] = for_a_human;
  return row;
}

// A definite no is final only where nothing is in doubt: an older request may have been booked, and
// then the no is an answer to the second one. An accepted order settles its own doubt, but a
// payment may have been sent behind it by a worker that went away: only being booked clears
// everything.
constexpr std::array<Row, state_count> table = {{
    // ordering
    request(goes_on_to_pay, settled_as(Code::total_mismatch),
            {Next::dead, Code::rejected, Doubt::keep, Look::none, true, Account::alive}, is_unknown,
            must_be_looked_for),
    // ordering_in_doubt
    request(goes_on_to_pay, settled_as(Code::total_mismatch), may_be_the_second_answer, is_unknown,
            must_be_looked_for),
    // paying
    request_paid_elsewhere(request(
        is_booked, impossible,
        {Next::dead, Code::payment_rejected, Doubt::clear, Look::none, true, Account::alive},
        is_unknown, must_be_looked_for)),
    // paying_in_doubt
    request(is_booked, impossible, may_be_the_second_answer, is_unknown, must_be_looked_for),

    // looking, and why
    look(is_booked, is_adopted, may_be_sent),
    look(is_booked, is_adopted, settled_as(Code::key_conflict)),
    look(is_booked, is_adopted, settled_as(Code::rejected)),
    last(look(is_booked, is_adopted, settled_as(Code::attempts_exhausted))),
    last(look(is_booked, waits_for_cancel, settled_as(Code::canceled))),
    only_lookalikes(for_a_human),
    only_lookalikes(settled_as(Code::canceled)),

    // looking_payment, and why. That the order stands is known: to see it unpaid is to see nothing.
    look(is_booked, impossible, may_be_sent),
    look(is_booked, impossible, settled_as(Code::key_conflict)),
    look(is_booked, impossible, settled_as(Code::payment_rejected)),
    last(look(is_booked, impossible, settled_as(Code::attempts_exhausted))),
    last(look(is_booked, impossible, settled_as(Code::payment_rejected))),
}};

}  // namespace

Event event_of(const net::Outcome& outcome) {
  switch (outcome.result) {
    case net::Result::accepted:
      if (!intact(Layer::total_check)) return Event::accepted;
      return outcome.total_differs ? Event::total_differs : Event::accepted;
    case net::Result::rejected:
      return Event::rejected;
    case net::Result::throttled:
      return Event::throttled;
    case net::Result::unauthorized:
      return Event::unauthorized;
    case net::Result::unknown:
      return Event::unknown;
    case net::Result::conflict:
      return Event::conflict;
    case net::Result::not_sent:
      return intact(Layer::give_back) ? Event::not_sent : Event::unknown;
    case net::Result::found:
      return outcome.total_differs && intact(Layer::total_check) ? Event::total_differs
                                                                 : Event::found;
    case net::Result::found_unpaid:
      return outcome.total_differs && intact(Layer::total_check) ? Event::total_differs
                                                                 : Event::found_unpaid;
    case net::Result::found_canceled:
      return Event::found_canceled;
    case net::Result::several:
      return Event::several;
    case net::Result::absent:
      return Event::absent_early;
    case net::Result::unclear:
      return Event::unclear;
    case net::Result::lookalikes:
      return Event::lookalikes;
    case net::Result::paid_elsewhere:
      return Event::paid_elsewhere;
  }
  return Event::unknown;
}

const Transition& transition(State state, Event event) {
  const Transition& cell = table[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
  return ablation::all_intact() ? cell : ablation::altered(state, event, cell);
}

const Transition& refused_again() {
  static constexpr Transition cell = {Next::retry, Code::none, Doubt::keep,
                                      Look::none,  true,       Account::alive};
  return cell;
}

const char* to_string(State state) {
  return enum_name(
      std::array{"ordering", "ordering_in_doubt", "paying", "paying_in_doubt", "looking",
                 "looking_conflict", "looking_rejected", "looking_attempts", "looking_cancel",
                 "looking_keyless", "looking_keyless_cancel", "looking_payment",
                 "looking_payment_conflict", "looking_payment_rejected", "looking_payment_attempts",
                 "looking_payment_cancel"},
      state);
}

const char* to_string(Event event) {
  return enum_name(std::array{"accepted", "total_differs", "rejected", "throttled", "unauthorized",
                              "unknown", "conflict", "not_sent", "found", "found_unpaid",
                              "found_canceled", "several", "absent_early", "absent_once", "absent",
                              "unclear", "lookalikes", "paid_elsewhere"},
                   event);
}

const char* to_string(Next next) {
  return enum_name(std::array{"impossible", "pay", "booked", "retry", "give_back", "dead", "adopt"},
                   next);
}

const char* to_string(Code code) {
  return enum_name(std::array{"", "rejected", "total_mismatch", "payment_rejected", "key_conflict",
                              "unknown_outcome", "duplicate_at_provider", "content_differs",
                              "order_id_collision", "attempts_exhausted", "earlier_revision_open",
                              "canceled", "duplicate_row", "paid_elsewhere"},
                   code);
}

const char* to_string(Look look) {
  return enum_name(
      std::array{"", "conflict", "rejected", "attempts", "cancel", "keyless", "", "account"}, look);
}

}  // namespace pos::push

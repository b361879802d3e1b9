// The table of states and events, read as promises.
#include <doctest/doctest.h>

#include "push/transition.hpp"

namespace transition_test {

using namespace pos::push;
using pos::net::Outcome;
using pos::net::Result;

namespace {

template <typename Function>
void for_each_cell(Function function) {
  for (std::uint8_t s = 0; s < state_count; ++s) {
    for (std::uint8_t e = 0; e < event_count; ++e) {
      function(static_cast<State>(s), static_cast<Event>(e),
               transition(static_cast<State>(s), static_cast<Event>(e)));
    }
  }
}

bool in_doubt(State state) {
  return state == State::ordering_in_doubt || state == State::paying_in_doubt;
}
bool is_paying(State state) { return state == State::paying || state == State::paying_in_doubt; }
bool of_a_look(Event event) { return event >= Event::found; }
bool is_keyless(State state) {
  return state == State::looking_keyless || state == State::looking_keyless_cancel;
}
bool is_for_payment(State state) { return state >= State::looking_payment; }

/// What can come of a request in that state, or of a look.
bool can_happen(State state, Event event) {
  if (event == Event::paid_elsewhere) return state == State::paying;
  if (!is_looking(state)) {
    return !of_a_look(event) && !(is_paying(state) && event == Event::total_differs);
  }
  switch (event) {
    case Event::accepted:
    case Event::conflict:
      return false;
    case Event::rejected:
    case Event::throttled:
    case Event::unauthorized:
    case Event::unknown:
    case Event::not_sent:
    case Event::absent_early:
    case Event::absent_once:
    case Event::absent:
    case Event::unclear:
      return true;
    case Event::lookalikes:
      return is_keyless(state);
    case Event::paid_elsewhere:
      return false;
    case Event::found_unpaid:
      return !is_keyless(state) && !is_for_payment(state);
    case Event::found:
    case Event::found_canceled:
    case Event::several:
    case Event::total_differs:
      return !is_keyless(state);
  }
  return false;
}

}  // namespace

TEST_CASE("all that can come of a request or a look has a cell, and nothing else has") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    CAPTURE(to_string(state));
    CAPTURE(to_string(event));
    CHECK((cell.next != Next::impossible) == can_happen(state, event));
  });
}

TEST_CASE("an outcome that nobody knows never ends in success, in death or without doubt") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (event != Event::unknown && event != Event::throttled) return;
    CHECK(cell.next == Next::retry);
    CHECK(cell.doubt == (is_looking(state) ? Doubt::keep : Doubt::set));
  });
}

TEST_CASE("a definite no is final only where nothing is in doubt") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (event != Event::rejected || is_looking(state)) return;
    CHECK(cell.next == (in_doubt(state) ? Next::retry : Next::dead));
    CHECK((cell.look == Look::rejected) == in_doubt(state));
    if (in_doubt(state)) CHECK(cell.doubt == Doubt::keep);
  });
}

TEST_CASE("only unknown, rejected, conflict and a look that says nothing burn an attempt") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (cell.next == Next::impossible) return;
    const bool request =
        !is_looking(state) && (event == Event::unknown || event == Event::rejected ||
                               event == Event::conflict || event == Event::paid_elsewhere);
    CHECK(cell.burns_attempt == (request || (event == Event::unclear && cell.next == Next::retry)));
  });
}

TEST_CASE("a key conflict is looked for, never answered with a new key") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (event != Event::conflict || is_looking(state)) return;
    CHECK(cell.next == Next::retry);
    CHECK(cell.look == Look::conflict);
    CHECK(cell.doubt == Doubt::set);
  });
}

TEST_CASE("a refused token and a request that was never sent leave an order as it was") {
  for_each_cell([](State, Event event, const Transition& cell) {
    if (event != Event::unauthorized && event != Event::not_sent) return;
    CHECK(cell.next == Next::give_back);
    CHECK(cell.doubt == Doubt::keep);
  });
}

TEST_CASE("a look that is refused, or made too early, kills no order and clears no doubt") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (!is_looking(state)) return;
    const bool proves_nothing = event == Event::rejected || event == Event::unknown ||
                                event == Event::throttled || event == Event::absent_early ||
                                event == Event::absent_once;
    if (!proves_nothing) return;
    CHECK(cell.next == Next::retry);
    CHECK(cell.doubt == Doubt::keep);
    CHECK_FALSE(cell.burns_attempt);
  });
}

TEST_CASE("only what a look has found by its key is adopted, and only if it is all as asked") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (!is_looking(state)) return;
    CHECK((cell.next == Next::booked) == (event == Event::found && !is_keyless(state)));
    CHECK((cell.next == Next::adopt) ==
          (event == Event::found_unpaid && !is_keyless(state) && !is_for_payment(state)));
  });
}

TEST_CASE("what is proven absent is sent again only if nothing but time kept it from being sent") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (event != Event::absent || !is_looking(state)) return;
    const bool by_time = state == State::looking || state == State::looking_payment;
    CHECK((cell.next == Next::retry) == by_time);
    CHECK(cell.doubt == (state == State::looking_keyless ? Doubt::keep : Doubt::clear));
  });
}

TEST_CASE("each outcome is taken for what it is") {
  const auto event = [](Result result, bool total_differs = false) {
    Outcome outcome;
    outcome.result = result;
    outcome.total_differs = total_differs;
    return event_of(outcome);
  };
  CHECK(event(Result::accepted) == Event::accepted);
  CHECK(event(Result::accepted, true) == Event::total_differs);
  CHECK(event(Result::rejected) == Event::rejected);
  CHECK(event(Result::throttled) == Event::throttled);
  CHECK(event(Result::unauthorized) == Event::unauthorized);
  CHECK(event(Result::unknown) == Event::unknown);
  CHECK(event(Result::conflict) == Event::conflict);
  CHECK(event(Result::not_sent) == Event::not_sent);
  CHECK(event(Result::found) == Event::found);
  CHECK(event(Result::found, true) == Event::total_differs);
  CHECK(event(Result::found_unpaid) == Event::found_unpaid);
  CHECK(event(Result::found_unpaid, true) == Event::total_differs);
  CHECK(event(Result::found_canceled) == Event::found_canceled);
  CHECK(event(Result::several) == Event::several);
  CHECK(event(Result::absent) == Event::absent_early);
  CHECK(event(Result::unclear) == Event::unclear);
  CHECK(event(Result::lookalikes) == Event::lookalikes);
  CHECK(event(Result::paid_elsewhere) == Event::paid_elsewhere);
  CHECK(event(static_cast<Result>(99)) == Event::unknown);
}

TEST_CASE("another total than the frozen one is never a success, and no payment follows it") {
  CHECK(transition(State::ordering, Event::total_differs).next == Next::dead);
  CHECK(transition(State::ordering, Event::total_differs).code == Code::total_mismatch);
  CHECK(transition(State::ordering_in_doubt, Event::total_differs).code == Code::total_mismatch);
}

}  // namespace transition_test

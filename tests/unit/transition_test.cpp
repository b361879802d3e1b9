// The table of states and events, read as promises.
#include <doctest/doctest.h>

#include "push/transition.hpp"

using namespace pos::push;

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

}  // namespace

TEST_CASE("every outcome of every request has a cell, but a payment has no total to differ") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    CAPTURE(to_string(state));
    CAPTURE(to_string(event));
    CHECK((cell.next == Next::impossible) == (is_paying(state) && event == Event::total_differs));
  });
}

TEST_CASE("an outcome that nobody knows never ends in success, in death or without doubt") {
  for_each_cell([](State, Event event, const Transition& cell) {
    if (event != Event::unknown && event != Event::throttled) return;
    CHECK(cell.next == Next::retry);
    CHECK(cell.doubt == Doubt::set);
  });
}

TEST_CASE("a definite no is final only where nothing is in doubt") {
  for_each_cell([](State state, Event event, const Transition& cell) {
    if (event != Event::rejected) return;
    CHECK(cell.next == Next::dead);
    CHECK((cell.code == Code::unknown_outcome) == in_doubt(state));
    CHECK((cell.look == Look::rejected) == in_doubt(state));
    if (in_doubt(state)) CHECK(cell.doubt == Doubt::keep);
  });
}

TEST_CASE("only unknown, rejected and conflict burn an attempt") {
  for_each_cell([](State, Event event, const Transition& cell) {
    if (cell.next == Next::impossible) return;
    const bool burns =
        event == Event::unknown || event == Event::rejected || event == Event::conflict;
    CHECK(cell.burns_attempt == burns);
  });
}

TEST_CASE("a key conflict is looked for, never answered with a new key") {
  for_each_cell([](State, Event event, const Transition& cell) {
    if (event != Event::conflict) return;
    CHECK(cell.code == Code::unknown_outcome);
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
  CHECK(event(static_cast<Result>(99)) == Event::unknown);
}

TEST_CASE("another total than the frozen one is never a success, and no payment follows it") {
  CHECK(transition(State::ordering, Event::total_differs).next == Next::dead);
  CHECK(transition(State::ordering, Event::total_differs).code == Code::total_mismatch);
  CHECK(transition(State::ordering_in_doubt, Event::total_differs).code == Code::total_mismatch);
}

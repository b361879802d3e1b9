// The table of the repair: what must hold in every cell of it.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "repair/transition.hpp"

namespace repair_table_test {

using pos::repair::decide;
using pos::repair::DoubtChange;
using pos::repair::LookupReason;
using pos::repair::repair_event_count;
using pos::repair::repair_state_count;
using pos::repair::RepairEvent;
using pos::repair::RepairFacts;
using pos::repair::RepairNext;
using pos::repair::RepairState;
using pos::repair::RepairTransition;
using pos::repair::StopCode;
using pos::repair::transition;

namespace {

template <typename Check>
void each_cell(Check check) {
  for (std::uint8_t s = 0; s < repair_state_count; ++s) {
    for (std::uint8_t e = 0; e < repair_event_count; ++e) {
      const auto state = static_cast<RepairState>(s);
      const auto event = static_cast<RepairEvent>(e);
      CAPTURE(to_string(state));
      CAPTURE(to_string(event));
      const RepairTransition& effect = transition(state, event);
      if (effect.next != RepairNext::impossible) check(state, event, effect);
    }
  }
}

}  // namespace

TEST_CASE("a repair goes out after a survey that is clear, and after nothing else") {
  each_cell([](RepairState state, RepairEvent event, const RepairTransition& effect) {
    const bool sends = effect.next == RepairNext::send;
    CHECK(sends == (state == RepairState::surveying && event == RepairEvent::clear));
  });
}

TEST_CASE("doubt is set by requests only, and a repair that ends done leaves none") {
  each_cell([](RepairState state, RepairEvent event, const RepairTransition& effect) {
    if (effect.doubt == DoubtChange::set) CHECK(is_sending(state));
    if (effect.next == RepairNext::done || effect.next == RepairNext::pending) {
      CHECK(effect.doubt == DoubtChange::clear);
      CHECK((event == RepairEvent::done || event == RepairEvent::pending));
    }
  });
}

TEST_CASE("what may have taken effect is always doubted") {
  for (const RepairState state : {RepairState::refunding, RepairState::canceling}) {
    for (const RepairEvent event :
         {RepairEvent::unknown, RepairEvent::throttled, RepairEvent::conflict}) {
      CHECK(transition(state, event).doubt == DoubtChange::set);
    }
  }
  CHECK(transition(RepairState::refunding, RepairEvent::standing).doubt == DoubtChange::set);
}

TEST_CASE(
    "a look clears a doubt only where it has found something, or proven that there is nothing") {
  each_cell([](RepairState state, RepairEvent event, const RepairTransition& effect) {
    if (!is_looking(state) || effect.doubt != DoubtChange::clear) return;
    const std::set<RepairEvent> proofs = {
        RepairEvent::done,    RepairEvent::pending,   RepairEvent::failed, RepairEvent::absent,
        RepairEvent::several, RepairEvent::elsewhere, RepairEvent::changed};
    CHECK(proofs.count(event) == 1);
  });
}

TEST_CASE("every repair that stops has a code, and none that does not stop has one") {
  each_cell([](RepairState, RepairEvent, const RepairTransition& effect) {
    CHECK((effect.next == RepairNext::stop) == (effect.code != StopCode::none));
  });
}

TEST_CASE("whatever can go on without end is counted, or is an outage that will end") {
  each_cell([](RepairState state, RepairEvent event, const RepairTransition& effect) {
    if (effect.next != RepairNext::wait || effect.burns_attempt) return;
    const std::set<RepairEvent> free = {RepairEvent::throttled,    RepairEvent::unauthorized,
                                        RepairEvent::unreadable,   RepairEvent::not_sent,
                                        RepairEvent::absent_early, RepairEvent::absent_once,
                                        RepairEvent::absent};
    CHECK(free.count(event) == 1);
    // An absence is counted by the request before it.
    if (event >= RepairEvent::absent_early && event <= RepairEvent::absent) {
      CHECK(is_looking(state));
    }
  });
}

TEST_CASE("with something in doubt nothing comes before a look") {
  for (const std::int64_t attempts : {0, 9, 10, 11}) {
    for (const LookupReason look :
         {LookupReason::nothing, LookupReason::conflict, LookupReason::refused}) {
      RepairFacts evidence;
      evidence.in_doubt = true;
      evidence.look = look;
      evidence.attempts = attempts;
      evidence.most_attempts = 10;
      CHECK(is_looking(decide(evidence).state));
      CHECK(decide(evidence).event == RepairEvent::clear);
      CHECK((decide(evidence).state == RepairState::looking_last) == (attempts >= 10));
    }
  }
}

TEST_CASE("a refund that Square has taken is followed up, whatever else is known of it") {
  RepairFacts evidence;
  evidence.pending = true;
  evidence.most_attempts = 10;
  CHECK(decide(evidence).state == RepairState::following);
  evidence.attempts = 10;
  CHECK(decide(evidence).state == RepairState::following_last);
}

TEST_CASE("out of attempts, with nothing in doubt, it stops and says whether it kept changing") {
  RepairFacts evidence;
  evidence.attempts = 10;
  evidence.most_attempts = 10;
  CHECK(decide(evidence).event == RepairEvent::tried_enough);
  evidence.generation = 10;
  CHECK(decide(evidence).event == RepairEvent::changes_enough);
  evidence.attempts = 9;
  CHECK(decide(evidence).event == RepairEvent::clear);
  CHECK(decide(evidence).state == RepairState::surveying);
}

TEST_CASE("no two states, events or codes share a name") {
  std::set<std::string> names;
  for (std::uint8_t i = 0; i < repair_state_count; ++i) {
    CHECK(names.insert(to_string(static_cast<RepairState>(i))).second);
  }
  names.clear();
  for (std::uint8_t i = 0; i < repair_event_count; ++i) {
    CHECK(names.insert(to_string(static_cast<RepairEvent>(i))).second);
  }
  names.clear();
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(StopCode::unknown_outcome); ++i) {
    CHECK(names.insert(to_string(static_cast<StopCode>(i))).second);
  }
}

}  // namespace repair_table_test

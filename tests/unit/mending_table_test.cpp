// The table of the repair: what must hold in every cell of it.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "repair/transition.hpp"

namespace mending_table_test {

using pos::repair::decide;
using pos::repair::mending_effect;
using pos::repair::mending_event_count;
using pos::repair::mending_state_count;
using pos::repair::MendingCode;
using pos::repair::MendingDoubt;
using pos::repair::MendingEffect;
using pos::repair::MendingEvent;
using pos::repair::MendingEvidence;
using pos::repair::MendingLook;
using pos::repair::MendingNext;
using pos::repair::MendingState;

namespace {

template <typename Check>
void each_cell(Check check) {
  for (std::uint8_t s = 0; s < mending_state_count; ++s) {
    for (std::uint8_t e = 0; e < mending_event_count; ++e) {
      const auto state = static_cast<MendingState>(s);
      const auto event = static_cast<MendingEvent>(e);
      CAPTURE(to_string(state));
      CAPTURE(to_string(event));
      const MendingEffect& effect = mending_effect(state, event);
      if (effect.next != MendingNext::impossible) check(state, event, effect);
    }
  }
}

}  // namespace

TEST_CASE("a repair goes out after a survey that is clear, and after nothing else") {
  each_cell([](MendingState state, MendingEvent event, const MendingEffect& effect) {
    const bool sends = effect.next == MendingNext::send;
    CHECK(sends == (state == MendingState::surveying && event == MendingEvent::clear));
  });
}

TEST_CASE("doubt is set by requests only, and a repair that ends done leaves none") {
  each_cell([](MendingState state, MendingEvent event, const MendingEffect& effect) {
    if (effect.doubt == MendingDoubt::set) CHECK(is_sending(state));
    if (effect.next == MendingNext::done || effect.next == MendingNext::pending) {
      CHECK(effect.doubt == MendingDoubt::clear);
      CHECK((event == MendingEvent::done || event == MendingEvent::pending));
    }
  });
}

TEST_CASE("what may have taken effect is always doubted") {
  for (const MendingState state : {MendingState::refunding, MendingState::canceling}) {
    for (const MendingEvent event :
         {MendingEvent::unknown, MendingEvent::throttled, MendingEvent::conflict}) {
      CHECK(mending_effect(state, event).doubt == MendingDoubt::set);
    }
  }
  CHECK(mending_effect(MendingState::refunding, MendingEvent::standing).doubt == MendingDoubt::set);
}

TEST_CASE(
    "a look clears a doubt only where it has found something, or proven that there is nothing") {
  each_cell([](MendingState state, MendingEvent event, const MendingEffect& effect) {
    if (!is_looking(state) || effect.doubt != MendingDoubt::clear) return;
    const std::set<MendingEvent> proofs = {
        MendingEvent::done,    MendingEvent::pending,   MendingEvent::failed, MendingEvent::absent,
        MendingEvent::several, MendingEvent::elsewhere, MendingEvent::changed};
    CHECK(proofs.count(event) == 1);
  });
}

TEST_CASE("every repair that stops has a code, and none that does not stop has one") {
  each_cell([](MendingState, MendingEvent, const MendingEffect& effect) {
    CHECK((effect.next == MendingNext::stop) == (effect.code != MendingCode::none));
  });
}

TEST_CASE("whatever can go on without end is counted, or is an outage that will end") {
  each_cell([](MendingState state, MendingEvent event, const MendingEffect& effect) {
    if (effect.next != MendingNext::wait || effect.burns_attempt) return;
    const std::set<MendingEvent> free = {MendingEvent::throttled,    MendingEvent::unauthorized,
                                         MendingEvent::unreadable,   MendingEvent::not_sent,
                                         MendingEvent::absent_early, MendingEvent::absent_once,
                                         MendingEvent::absent};
    CHECK(free.count(event) == 1);
    // An absence is counted by the request before it.
    if (event >= MendingEvent::absent_early && event <= MendingEvent::absent) {
      CHECK(is_looking(state));
    }
  });
}

TEST_CASE("with something in doubt nothing comes before a look") {
  for (const std::int64_t attempts : {0, 9, 10, 11}) {
    for (const MendingLook look :
         {MendingLook::nothing, MendingLook::conflict, MendingLook::refused}) {
      MendingEvidence evidence;
      evidence.in_doubt = true;
      evidence.look = look;
      evidence.attempts = attempts;
      evidence.most_attempts = 10;
      CHECK(is_looking(decide(evidence).state));
      CHECK(decide(evidence).event == MendingEvent::clear);
      CHECK((decide(evidence).state == MendingState::looking_last) == (attempts >= 10));
    }
  }
}

TEST_CASE("a refund that Square has taken is followed up, whatever else is known of it") {
  MendingEvidence evidence;
  evidence.pending = true;
  evidence.most_attempts = 10;
  CHECK(decide(evidence).state == MendingState::following);
  evidence.attempts = 10;
  CHECK(decide(evidence).state == MendingState::following_last);
}

TEST_CASE("out of attempts, with nothing in doubt, it stops and says whether it kept changing") {
  MendingEvidence evidence;
  evidence.attempts = 10;
  evidence.most_attempts = 10;
  CHECK(decide(evidence).event == MendingEvent::tried_enough);
  evidence.generation = 10;
  CHECK(decide(evidence).event == MendingEvent::changes_enough);
  evidence.attempts = 9;
  CHECK(decide(evidence).event == MendingEvent::clear);
  CHECK(decide(evidence).state == MendingState::surveying);
}

TEST_CASE("no two states, events or codes share a name") {
  std::set<std::string> names;
  for (std::uint8_t i = 0; i < mending_state_count; ++i) {
    CHECK(names.insert(to_string(static_cast<MendingState>(i))).second);
  }
  names.clear();
  for (std::uint8_t i = 0; i < mending_event_count; ++i) {
    CHECK(names.insert(to_string(static_cast<MendingEvent>(i))).second);
  }
  names.clear();
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(MendingCode::unknown_outcome); ++i) {
    CHECK(names.insert(to_string(static_cast<MendingCode>(i))).second);
  }
}

}  // namespace mending_table_test

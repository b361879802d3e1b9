#include "repair/transition.hpp"

#include <array>
#include <cstddef>

#include "ablation/layer.hpp"
#include "base/enum_name.hpp"

namespace pos::repair {
namespace {

using Code = StopCode;
using Doubt = DoubtChange;
using Effect = RepairTransition;
using Event = RepairEvent;
using Look = LookupReason;
using Next = RepairNext;
using Row = std::array<Effect, repair_event_count>;

constexpr std::size_t at(Event event) { return static_cast<std::size_t>(event); }

constexpr Effect goes_out = {Next::send, Code::none, Doubt::keep, Look::keep, false};
/// The repair is as it was, and another time will tell.
constexpr Effect waits = {Next::wait, Code::none, Doubt::keep, Look::keep, false};
constexpr Effect waits_counted = {Next::wait, Code::none, Doubt::keep, Look::keep, true};
constexpr Effect is_done = {Next::done, Code::none, Doubt::clear, Look::nothing, false};
constexpr Effect is_pending = {Next::pending, Code::none, Doubt::clear, Look::nothing, false};
constexpr Effect may_have_happened = {Next::wait, Code::none, Doubt::set, Look::nothing, true};
/// Nothing of ours stands: the next claim surveys again, and may send.
constexpr Effect may_be_sent = {Next::wait, Code::none, Doubt::clear, Look::nothing, false};

constexpr Effect must_be_looked_for(Look because) {
  return {Next::wait, Code::none, Doubt::set, because, true};
}

/// Ends in front of a human, with nothing in doubt.
constexpr Effect stops(Code code) { return {Next::stop, code, Doubt::clear, Look::nothing, false}; }

/// Ends in front of a human who has to look himself.
constexpr Effect stops_in_doubt(Code code) {
  return {Next::stop, code, Doubt::keep, Look::keep, false};
}

/// What each reading has in common, whatever it is about.
constexpr Row reading() {
  Row row{};
  row[at(Event::throttled)] = waits;
  row[at(Event::unauthorized)] = waits;
  row[at(Event::unreadable)] = waits;
  row[at(Event::not_sent)] = waits;
  row[at(Event::unclear)] = waits_counted;
  return row;
}

/// What may stand at Square of it.
constexpr Row standing(Row row) {
  row[at(Event::done)] = is_done;
  row[at(Event::pending)] = is_pending;
  row[at(Event::failed)] = stops(Code::refund_failed);
  row[at(Event::several)] = stops(Code::refunded_twice);
  row[at(Event::elsewhere)] = stops(Code::refunded_elsewhere);
  row[at(Event::changed)] = stops(Code::changed);
  return row;
}

constexpr Row survey() {
  Row row = standing(reading());
  row[at(Event::clear)] = goes_out;
  row[at(Event::survivor_gone)] = stops(Code::survivor_gone);
  row[at(Event::disputed)] = stops(Code::disputed);
  row[at(Event::tried_enough)] = stops(Code::attempts_exhausted);
  row[at(Event::changes_enough)] = stops(Code::keeps_changing);
  row[at(Event::unsealed)] = stops_in_doubt(Code::unsealed);
  return row;
}

constexpr Row request() {
  Row row{};
  row[at(Event::done)] = is_done;
  row[at(Event::rejected)] = stops(Code::rejected);
  row[at(Event::stale)] = waits_counted;
  row[at(Event::conflict)] = must_be_looked_for(Look::conflict);
  // Throttling is no proof that nothing happened.
  row[at(Event::throttled)] = {Next::wait, Code::none, Doubt::set, Look::nothing, false};
  row[at(Event::unauthorized)] = waits;
  row[at(Event::unknown)] = may_have_happened;
  row[at(Event::not_sent)] = waits;
  return row;
}

constexpr Row refunding() {
  Row row = request();
  row[at(Event::pending)] = is_pending;
  row[at(Event::failed)] = stops(Code::refund_failed);
  row[at(Event::too_old)] = stops(Code::too_old);
  row[at(Event::disputed)] = stops(Code::disputed);
  row[at(Event::standing)] = must_be_looked_for(Look::refused);
  return row;
}

constexpr Row canceling() {
  Row row = request();
  // Perhaps because it is canceled already, or paid.
  row[at(Event::rejected)] = must_be_looked_for(Look::refused);
  return row;
}

constexpr Row look(Effect absent) {
  Row row = standing(reading());
  row[at(Event::absent_early)] = waits;
  row[at(Event::absent_once)] = waits;
  row[at(Event::absent)] = absent;
  return row;
}

constexpr Row follow() {
  Row row = reading();
  row[at(Event::done)] = is_done;
  row[at(Event::pending)] = is_pending;
  row[at(Event::failed)] = stops(Code::refund_failed);
  return row;
}

/// Nothing comes after it, so an answer that says nothing ends in front of a human too.
constexpr Row last(Row row) {
  row[at(Event::unclear)] = stops_in_doubt(Code::unknown_outcome);
  return row;
}

constexpr std::array<Row, repair_state_count> table = {{
    survey(),
    refunding(),
    canceling(),
    look(may_be_sent),
    look(stops(Code::key_conflict)),
    look(stops(Code::rejected)),
    last(look(stops(Code::attempts_exhausted))),
    follow(),
    last(follow()),
}};

RepairState looking_because(Look look) {
  switch (look) {
    case Look::conflict:
      return RepairState::looking_conflict;
    case Look::refused:
      return RepairState::looking_refused;
    case Look::keep:
    case Look::nothing:
      return RepairState::looking;
  }
  return RepairState::looking;
}

}  // namespace

const RepairTransition& transition(RepairState state, RepairEvent event) {
  return table[static_cast<std::size_t>(state)][at(event)];
}

FirstStep decide(const RepairFacts& evidence) {
  const bool tried_enough = evidence.attempts >= evidence.most_attempts;
  if (evidence.pending) {
    return {tried_enough ? RepairState::following_last : RepairState::following, Event::clear};
  }
  if (evidence.in_doubt && ablation::intact(ablation::Layer::look_first)) {
    return {tried_enough ? RepairState::looking_last : looking_because(evidence.look),
            Event::clear};
  }
  if (!tried_enough) return {RepairState::surveying, Event::clear};
  const bool changes = evidence.generation >= evidence.most_attempts;
  return {RepairState::surveying, changes ? Event::changes_enough : Event::tried_enough};
}

const char* to_string(RepairState state) {
  return enum_name(std::array{"survey", "refund", "cancel", "look", "look_conflict", "look_refused",
                              "look_last", "follow", "follow_last"},
                   state);
}

const char* to_string(RepairEvent event) {
  return enum_name(
      std::array{"clear",        "done",          "pending",    "failed",       "several",
                 "elsewhere",    "survivor_gone", "changed",    "disputed",     "too_old",
                 "rejected",     "stale",         "standing",   "conflict",     "throttled",
                 "unauthorized", "unknown",       "not_sent",   "absent_early", "absent_once",
                 "absent",       "unclear",       "unreadable", "tried_enough", "changes_enough",
                 "unsealed"},
      event);
}

const char* to_string(StopCode code) {
  return enum_name(
      std::array{"", "refund_failed", "refunded_twice", "refunded_elsewhere", "survivor_gone",
                 "changed", "disputed", "too_old", "rejected", "key_conflict", "keeps_changing",
                 "attempts_exhausted", "unknown_outcome", "unsealed"},
      code);
}

const char* to_string(LookupReason look) {
  return enum_name(std::array{"", "", "conflict", "refused"}, look);
}

}  // namespace pos::repair

// THE table of the repair: what each thing that can be learnt about a payment or an order, while
// its repair is in a certain state, means for the repair. It is total; what is not in here cannot
// happen.
//
// "In doubt" means that a request of ours may have taken effect without our knowing. While that is
// so nothing is ever sent: it is looked for, until it is found or proven absent. So every request
// starts with nothing in doubt, and a refusal is the answer to the only request there is.
#pragma once

#include <cstdint>

namespace pos::repair {

/// What a claimed repair is doing.
enum class RepairState : std::uint8_t {
  surveying = 0,  // nothing in doubt: is everything still as it was approved?
  refunding = 1,  // RefundPayment is out
  canceling = 2,  // UpdateOrder is out

  // A request may have taken effect. The state says why that is so, because that decides what it
  // means to find nothing.
  looking = 3,
  looking_conflict = 4,  // the key is taken by another body
  looking_refused = 5,   // a no that tells of an effect
  looking_last = 6,      // it was tried often enough

  // Square has taken the refund: is it through with it?
  following = 7,
  following_last = 8,  // Square was asked often enough
};
constexpr std::uint8_t repair_state_count = 9;

[[nodiscard]] constexpr bool is_sending(RepairState state) {
  return state == RepairState::refunding || state == RepairState::canceling;
}
[[nodiscard]] constexpr bool is_looking(RepairState state) {
  return state >= RepairState::looking && state <= RepairState::looking_last;
}

enum class RepairEvent : std::uint8_t {
  clear = 0,      // a survey: it may go out
  done = 1,       // refunded under a key of ours; of an order: canceled
  pending = 2,    // a refund of ours that Square is not through with
  failed = 3,     // a refund came to nothing, and Square allows no other
  several = 4,    // more than one refund of ours stands
  elsewhere = 5,  // another party's refund of the payment exists
  survivor_gone = 6,
  changed = 7,  // it is not what was approved any more
  disputed = 8,
  too_old = 9,
  rejected = 10,
  stale = 11,     // it has another version by now: a definite no
  standing = 12,  // no, because some refund stands already
  conflict = 13,
  throttled = 14,
  unauthorized = 15,
  unknown = 16,
  not_sent = 17,        // there was no time left, or the claim is not ours any more
  absent_early = 18,    // nothing was found, but it could still be missing from a list
  absent_once = 19,     // the first of two looks that count
  absent = 20,          // the second: proven
  unclear = 21,         // an answer that says neither yes nor no
  unreadable = 22,      // no answer
  tried_enough = 23,    // nothing in doubt, and no attempt left
  changes_enough = 24,  // nothing in doubt, and each attempt met another version
  unsealed = 25,        // its row was not approved as it is stored: nothing in it is believed
};
constexpr std::uint8_t repair_event_count = 26;

/// What the repair does next.
enum class RepairNext : std::uint8_t {
  impossible = 0,  // a defect: said aloud, and taken for something that is not known
  send = 1,
  wait = 2,  // it stays what it is, and is taken up again later
  pending = 3,
  done = 4,
  stop = 5,  // in front of a human
};

/// The first word of a stopped repair's reason (public contract).
enum class StopCode : std::uint8_t {
  none = 0,
  refund_failed = 1,
  refunded_twice = 2,
  refunded_elsewhere = 3,
  survivor_gone = 4,
  changed = 5,
  disputed = 6,
  too_old = 7,
  rejected = 8,
  key_conflict = 9,
  keeps_changing = 10,
  attempts_exhausted = 11,
  unknown_outcome = 12,
  unsealed = 13,
};

enum class DoubtChange : std::uint8_t { keep = 0, set = 1, clear = 2 };

/// Why something in doubt is looked for (pos_repairs.look_because).
enum class LookupReason : std::uint8_t { keep = 0, nothing = 1, conflict = 2, refused = 3 };

struct RepairTransition {
  RepairNext next = RepairNext::impossible;
  StopCode code = StopCode::none;
  DoubtChange doubt = DoubtChange::keep;
  LookupReason look = LookupReason::keep;
  bool burns_attempt = false;

  bool operator==(const RepairTransition&) const = default;
};

[[nodiscard]] const RepairTransition& transition(RepairState state, RepairEvent event);

/// What a row says of a repair, as far as it decides what comes first.
struct RepairFacts {
  bool pending = false;  // Square has taken it
  bool in_doubt = false;
  LookupReason look = LookupReason::nothing;
  std::int64_t attempts = 0;
  std::int64_t generation = 1;
  std::int64_t most_attempts = 0;
};

/// What a claimed repair does first. With `event` it is settled at once, without a request.
struct FirstStep {
  RepairState state = RepairState::surveying;
  RepairEvent event = RepairEvent::clear;  // clear: nothing is decided yet

  bool operator==(const FirstStep&) const = default;
};

[[nodiscard]] FirstStep decide(const RepairFacts& evidence);

[[nodiscard]] const char* to_string(RepairState state);
[[nodiscard]] const char* to_string(RepairEvent event);
[[nodiscard]] const char* to_string(StopCode code);
/// As it stands in the column.
[[nodiscard]] const char* to_string(LookupReason look);

}  // namespace pos::repair

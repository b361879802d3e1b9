// How a request about the past can end for whoever made it.
#pragma once

#include <cstdint>
#include <vector>

#include "explore/fate.hpp"

namespace explore::mending {

enum class Fate : std::uint8_t {
  answered = 0,  // what Square says of it arrives; it has landed
  // Nobody knows: each of these can hide an effect, or none, or one that is still to come.
  timeout = 1,
  http_500 = 2,
  torn = 3,  // a 200 whose body ends early
  throttled = 4,
  // Nothing was done, and Square says so.
  rejected = 5,
  unauthorized = 6,
  conflict = 7,  // IDEMPOTENCY_KEY_REUSED
  standing = 8,  // REFUND_ALREADY_PENDING
  disputed = 9,
  too_old = 10,
  // Only of what reads.
  late = 11,      // it shows what stood there as long ago as a read may lag
  empty = 12,     // a list that shows nothing, which no lag explains
  nonsense = 13,  // a 200 without the object
};
constexpr std::uint8_t fate_count = 14;

/// What the caller sees; of `answered`, `late` and `empty` nothing, for Square's own reply says it.
[[nodiscard]] const Seen& seen(Fate fate);
/// All that a request which changes something can end with, but `answered`.
[[nodiscard]] const std::vector<Fate>& all_fates();

/// True if a read can end so too, by a fault.
[[nodiscard]] constexpr bool befalls_reads(Fate fate) {
  return fate == Fate::timeout || fate == Fate::throttled || fate == Fate::rejected ||
         fate == Fate::unauthorized || fate == Fate::nonsense;
}
[[nodiscard]] constexpr bool befalls_changes(Fate fate) { return fate <= Fate::too_old; }

/// True if it can be the answer to a request that has landed: it may have been taken in twice.
[[nodiscard]] constexpr bool may_follow_an_effect(Fate fate) {
  return (fate >= Fate::timeout && fate <= Fate::throttled) || fate == Fate::conflict ||
         fate == Fate::standing;
}

/// True if the request may have taken effect, or may still do so.
[[nodiscard]] constexpr bool may_hide_an_effect(Fate fate) {
  return fate >= Fate::timeout && fate <= Fate::throttled;
}

}  // namespace explore::mending

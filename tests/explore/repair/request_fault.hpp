// How a request about the past can end for whoever made it.
#pragma once

#include <cstdint>
#include <vector>

#include "explore/request_fault.hpp"

namespace explore::repair {

enum class RequestFault : std::uint8_t {
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
constexpr std::uint8_t fault_count = 14;

/// What the caller sees; of `answered`, `late` and `empty` nothing, for Square's own reply says it.
[[nodiscard]] const Seen& seen(RequestFault fault);
/// All that a request which changes something can end with, but `answered`.
[[nodiscard]] const std::vector<RequestFault>& all_faults();

/// True if a read can end so too, by a fault.
[[nodiscard]] constexpr bool befalls_reads(RequestFault fault) {
  return fault == RequestFault::timeout || fault == RequestFault::throttled ||
         fault == RequestFault::rejected || fault == RequestFault::unauthorized ||
         fault == RequestFault::nonsense;
}
[[nodiscard]] constexpr bool befalls_changes(RequestFault fault) {
  return fault <= RequestFault::too_old;
}

/// True if it can be the answer to a request that has landed: it may have been taken in twice.
[[nodiscard]] constexpr bool may_follow_an_effect(RequestFault fault) {
  return (fault >= RequestFault::timeout && fault <= RequestFault::throttled) ||
         fault == RequestFault::conflict || fault == RequestFault::standing;
}

/// True if the request may have taken effect, or may still do so.
[[nodiscard]] constexpr bool may_hide_an_effect(RequestFault fault) {
  return fault >= RequestFault::timeout && fault <= RequestFault::throttled;
}

}  // namespace explore::repair

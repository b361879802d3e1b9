// How a request can end for whoever made it.
#pragma once

#include <cstdint>
#include <vector>

#include "square/reply.hpp"

namespace explore {

enum class RequestFault : std::uint8_t {
  answered = 0,  // what Square said of it arrives; it has landed
  // Nobody knows: each of these can hide an effect, or none, or one that is still to come.
  timeout = 1,
  broken = 2,
  too_large = 3,
  http_500 = 4,
  http_503 = 5,
  torn = 6,  // a 200 whose body ends early
  http_408 = 7,
  http_409 = 8,
  no_id = 9,  // a 200 without the object
  throttled = 10,
  throttled_for_long = 11,  // with a Retry-After
  unseen_code = 12,         // a 400 whose code is in no table
  // Nothing was done, and Square says so.
  rejected = 13,
  unauthorized = 14,
  forbidden = 15,
  conflict = 16,         // IDEMPOTENCY_KEY_REUSED
  exists = 17,           // BAD_REQUEST, "Order … already exists."
  account_refused = 18,  // INVALID_LOCATION: a no to the account
  // Only of what reads: it is answered in full, and yet it does not tell what stands there.
  late = 19,           // it shows nothing that landed within the search's lag
  wrongly_empty = 20,  // it shows nothing, which no lag explains
  // Somebody's answer, but not Square's to this request. Each can hide an effect.
  another_order = 21,  // a 200 about another order, and its payment
  bare = 22,           // a 200 that names an id and a state, and not of what
  no_beside = 23,      // a 400 beside what it denies
  gateways_no = 24,    // a 404 that is not in Square's format
};
constexpr std::uint8_t fault_count = 25;

/// What the caller sees; of `answered` nothing, for Square's own reply says it.
struct Seen {
  pos::net::Transport transport = pos::net::Transport::replied;
  int status = 0;
  const char* body = "";
  const char* retry_after = "";
  const char* words = "";  // for a story
};
[[nodiscard]] const Seen& seen(RequestFault fault);
/// All that a request which changes something can end with, but `answered` and what is not
/// Square's.
[[nodiscard]] const std::vector<RequestFault>& all_faults();

/// True if a read can end so too.
[[nodiscard]] constexpr bool befalls_reads(RequestFault fault) {
  return fault < RequestFault::conflict || fault == RequestFault::account_refused ||
         fault == RequestFault::gateways_no;
}

/// True if the request may have taken effect, or may still do so.
[[nodiscard]] constexpr bool may_hide_an_effect(RequestFault fault) {
  return (fault >= RequestFault::timeout && fault <= RequestFault::unseen_code) ||
         fault >= RequestFault::another_order;
}

}  // namespace explore

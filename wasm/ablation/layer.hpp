// Single mechanisms of the core that a test can take out, to see what then breaks. That is possible
// only where POS_SYNC_TEST_SWITCHES is defined, which no module that ships is built with:
// everywhere else all of this is a constant `true`, and leaves no byte behind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#if defined(POS_SYNC_TEST_SWITCHES) && defined(__wasm__)
#error "a module that ships has no switches"
#endif

namespace pos::ablation {

/// Each is named after what is there while it is intact; the comment says what is without it. The
/// numbers are bits of `removed`, and stand in reports.
enum class Layer : std::uint8_t {
  key_without_time = 0,      // the key that is sent ends in the time of the request
  key_without_attempt = 1,   // the key that is sent ends in the number of attempts so far
  key_without_random = 2,    // the key that is sent ends in the owner token of the claim
  frozen_bytes = 3,          // each claim sends its row's payload as it would be mapped today
  doubtful_no = 4,           // a definite no in doubt means what it means with nothing in doubt
  window = 5,                // the provider is trusted to remember a key for ever
  recognition = 6,           // the ledger's bookings and ids are not looked at: it is ordered again
  same_content = 7,          // what a row asks for counts as what was frozen, whatever it is
  give_back = 8,             // what was never sent counts as an unknown outcome
  token_per_call = 9,        // all claim calls of a tick have one owner token
  lease_cutoff = 10,         // a request is started although it may land after its lease
  wall_cutoff = 11,          // a request is started although the tick may be over before it is
  retry_delay = 12,          // a failed order is due again at once
  throttled_is_doubt = 13,   // a throttled request sets no doubt
  unknown_is_doubt = 14,     // an unknown outcome sets no doubt: a timeout is a failure
  unknown_retries = 15,      // an unknown outcome is final: a timeout is a no
  conflict_is_look = 16,     // a conflict counts as a definite no with nothing in doubt
  attempts_bound = 17,       // an order is tried for ever
  look_in_doubt = 18,        // an order in doubt whose attempts ran out is just exhausted
  unauthorized_keeps = 19,   // a 401 clears the doubt
  total_check = 20,          // an order that Square totals otherwise is accepted
  payment_after_order = 21,  // an order is booked once it is placed, and its payment never made
  canary = 22,              // an unknown outcome is settled as booked: whatever looks must see this
  second_look = 23,         // one complete look that finds nothing is proof
  look_anchor = 24,         // a look counts however soon after the last send it is made
  settle_delay = 25,        // what the search does not show is not there
  metadata_match = 26,      // an order with our reference_id is taken for ours
  retrieve_anew = 27,       // what a search page shows of an order is believed
  look_first = 28,          // a repair in doubt is surveyed and sent like any other
  survivor_check = 29,      // the state of the surviving order is not checked
  others_refunds = 30,      // a refund by another party does not stop ours
  copy_content = 31,        // what a duplicate holds is not compared with what was approved
  survivor_content = 32,    // what the order that stays holds is not compared either
  survivor_of_cancel = 33,  // before a cancel, the money of the order that stays is not looked at
  reply_matches = 34,       // a reply is believed whatever it is about
  plain_no = 35,  // a definite no is believed in whatever form, and whatever stands beside it
  fresh_after_a_no = 36,  // what was refused for good is sent again as it was frozen first
  key_after_a_no = 37,    // what is frozen once more keeps the key that was refused
  equal_refusals = 38,    // any number of equal refusals is about the orders they name
  account_refusal = 39,   // a refusal of the account is a refusal of its order
  audit_bound = 40,       // a place of an audit that Square refuses is tried for ever
  list_bound = 41,        // a list is followed for as long as it names another page
  seal = 42,              // an unapproved row is taken for approved
  look_behind_account =
      43,             // what is in doubt is sent to an account that is refused, again and again
  who_has_paid = 44,  // a refused payment says "unpaid" although another payment paid the order
};
constexpr std::uint8_t layer_count = 45;

#ifdef POS_SYNC_TEST_SWITCHES

/// A bit for each layer that is taken out.
inline constinit thread_local std::uint64_t removed = 0;

/// The cells of the transition table that were applied: for each state a bit for each event.
inline constinit thread_local std::array<std::uint32_t, 16> visited_cells{};

[[nodiscard]] constexpr std::uint64_t bit(Layer layer) {
  return std::uint64_t{1} << static_cast<std::uint8_t>(layer);
}

[[nodiscard]] inline bool intact(Layer layer) { return (removed & bit(layer)) == 0; }

[[nodiscard]] inline bool all_intact() { return removed == 0; }

/// Takes a push::State and a push::Event, or their numbers.
template <typename State, typename Event>
void visited(State state, Event event) {
  visited_cells.at(static_cast<std::size_t>(state)) |= std::uint32_t{1} << static_cast<int>(event);
}

/// The layer's name above.
[[nodiscard]] const char* to_string(Layer layer);

/// "pos-sync: built with test switches", for which a test searches the modules that ship.
[[nodiscard]] const char* marker();

#else

[[nodiscard]] constexpr bool intact(Layer /*layer*/) { return true; }

[[nodiscard]] constexpr bool all_intact() { return true; }

template <typename State, typename Event>
constexpr void visited(State /*state*/, Event /*event*/) {}

#endif

}  // namespace pos::ablation

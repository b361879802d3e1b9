// What must hold, by name: after every move, and when everything has come to rest.
#pragma once

#include <cstdint>

namespace explore {

enum class Invariant : std::uint8_t {
  at_most_one_effect = 0,
  one_active_row = 1,
  no_false_success = 2,
  dead_means_not_there = 3,
  doubt_is_kept = 4,
  a_held_claim_is_nobody_elses = 5,
  stale_settle_writes_nothing = 6,
  stale_freeze_writes_nothing = 7,
  stale_release_frees_nobody = 8,
  only_the_owner_sends = 9,
  frozen_bytes_never_change = 10,
  one_body_per_key = 11,
  one_key_per_order = 12,
  never_two_in_flight = 13,
  sends_within_the_lease = 14,
  budgets_are_kept = 15,
  booked_is_never_sent_again = 16,
  no_key_past_its_window = 17,
  one_line_per_transition = 18,
  attempts_are_bounded = 19,
  unsent_costs_nothing = 20,
  rest_is_left_alone = 21,
  takes_only_what_is_due = 22,
  leaves_nothing_due = 23,
  repeats_take_nothing = 24,
  retries_keep_quiet = 25,
  every_batch_is_accepted = 26,
  repeats_change_nothing = 27,
  comes_to_rest = 28,
  booked_stays_booked = 29,
  absent_is_seen_twice = 30,
  a_hint_settles_nothing = 31,
  a_new_token_is_kept = 32,
  a_good_token_pauses_nobody = 33,

  nothing_dies_of_its_account = 34,
  foreign_claims_stay = 35,
  paid_is_not_called_unpaid = 36,

  // What is repaired.
  one_refund_of_ours = 37,
  never_more_than_was_paid = 38,
  none_beside_anothers = 39,
  done_is_done = 40,
  stopped_is_not_there = 41,
  no_refund_is_lost = 42,
  the_survivor_is_whole = 43,
  nothing_in_doubt_is_sent = 44,
  sent_as_frozen = 45,
  one_body_per_repair_key = 46,
  one_request_per_repair = 47,
  only_the_holder_refunds = 48,
  refunds_within_the_lease = 49,
  a_held_repair_is_nobody_elses = 50,
  stale_settle_of_a_repair = 51,
  stale_freeze_of_a_repair = 52,
  frozen_refund_stays = 53,
  one_line_per_step = 54,
  a_repair_at_rest_stays = 55,
  takes_only_due_repairs = 56,
  repeats_take_no_repair = 57,
  repairs_are_tried_so_often = 58,
  no_refund_is_seen_twice = 59,
  an_order_has_one_group = 60,
  one_copy_stays = 61,
  only_what_was_approved = 62,
};
constexpr std::uint8_t invariant_count = 63;
/// Those from here on are about what is repaired; three of the others hold there, too.
constexpr auto first_of_repairs = Invariant::one_refund_of_ours;

/// A set of invariants, one bit each.
using Broken = std::uint64_t;
[[nodiscard]] constexpr Broken bit(Invariant invariant) {
  return Broken{1} << static_cast<unsigned>(invariant);
}

/// As it stands in the report: "at most one effect".
[[nodiscard]] const char* name_of(Invariant invariant);
/// One sentence that says what it forbids.
[[nodiscard]] const char* meaning_of(Invariant invariant);

}  // namespace explore

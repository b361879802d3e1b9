#include "ablation/layer.hpp"

#ifdef POS_SYNC_TEST_SWITCHES

#include <cstddef>

namespace pos::ablation {
namespace {

constexpr const char* names[] = {"key_without_time",
                                 "key_without_attempt",
                                 "key_without_random",
                                 "frozen_bytes",
                                 "doubtful_no",
                                 "window",
                                 "recognition",
                                 "same_content",
                                 "give_back",
                                 "token_per_call",
                                 "lease_cutoff",
                                 "wall_cutoff",
                                 "retry_delay",
                                 "throttled_is_doubt",
                                 "unknown_is_doubt",
                                 "unknown_retries",
                                 "conflict_is_look",
                                 "attempts_bound",
                                 "look_in_doubt",
                                 "unauthorized_keeps",
                                 "total_check",
                                 "payment_after_order",
                                 "canary",
                                 "second_look",
                                 "look_anchor",
                                 "settle_delay",
                                 "metadata_match",
                                 "retrieve_anew",
                                 "look_first",
                                 "survivor_check",
                                 "others_refunds",
                                 "copy_content",
                                 "survivor_content",
                                 "survivor_of_cancel",
                                 "reply_matches",
                                 "plain_no",
                                 "fresh_after_a_no",
                                 "key_after_a_no",
                                 "equal_refusals",
                                 "account_refusal",
                                 "audit_bound",
                                 "list_bound",
                                 "seal",
                                 "look_behind_account",
                                 "who_has_paid"};
static_assert(sizeof names / sizeof *names == layer_count);

}  // namespace

const char* to_string(Layer layer) { return names[static_cast<std::size_t>(layer)]; }

const char* marker() { return "pos-sync: built with test switches"; }

}  // namespace pos::ablation

#endif

#include "repair/refunds.hpp"

#include "ablation/layer.hpp"
#include "base/text.hpp"
#include "square/refund.hpp"

namespace pos::repair {
namespace {

using square::RefundState;

/// Whether a request of ours has made it, in whatever generation. One of another amount was made by
/// another party that copied our words.
bool is_ours(const RepairRow& row, const RefundState& refund) {
  if (refund.amount != row.amount || refund.currency != row.currency) return false;
  for (std::int64_t generation = 1; generation <= row.generation; ++generation) {
    if (square::reason_names(refund.reason, key_of(row, generation))) return true;
  }
  return false;
}

Finding finding(RepairEvent event, const RefundState& refund, const char* whose) {
  Finding out;
  out.event = event;
  out.detail =
      concat(whose, refund.id, " of ", refund.amount, " ", refund.currency, " is ", refund.status);
  return out;
}

}  // namespace

Finding judge_own_refund(const RefundState& refund) {
  const RepairEvent event = refund.status == "COMPLETED" ? RepairEvent::done
                            : refund.status == "PENDING" ? RepairEvent::pending
                                                         : RepairEvent::failed;
  Finding out = finding(event, refund, "our refund ");
  out.is_ours = true;
  out.refund_id = refund.id;
  return out;
}

std::optional<Finding> judge_refunds(const RepairRow& row,
                                     const std::vector<RefundState>& refunds) {
  const RefundState* ours = nullptr;
  const RefundState* theirs = nullptr;
  const RefundState* failed = nullptr;
  std::int64_t standing_of_ours = 0;
  for (const RefundState& each : refunds) {
    const bool own = is_ours(row, each);
    if (!each.stands()) {
      if (failed == nullptr || own) failed = &each;
    } else if (own) {
      ours = &each;
      ++standing_of_ours;
    } else {
      theirs = &each;
    }
  }
  if (standing_of_ours > 1) {
    return finding(RepairEvent::several, *ours, "it was refunded more than once; our refund ");
  }
  if (ours != nullptr) return judge_own_refund(*ours);
  const bool minds_others = ablation::intact(ablation::Layer::others_refunds);
  if (theirs != nullptr && minds_others)
    return finding(RepairEvent::elsewhere, *theirs, "somebody's refund ");
  if (failed == nullptr) return std::nullopt;
  if (is_ours(row, *failed)) return judge_own_refund(*failed);
  return finding(RepairEvent::failed, *failed, "somebody's refund ");
}

}  // namespace pos::repair

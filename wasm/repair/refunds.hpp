// What the refunds of a payment mean for its repair.
#pragma once

#include <vector>

#include "repair/inquiry.hpp"

namespace pos::repair {

/// The finding where there is a refund; nothing where there is none. LocalOrder is known by its
/// reason. An existing refund stops ours, no matter who made it.
[[nodiscard]] std::optional<Finding> judge_refunds(const RepairRow& row,
                                                   const std::vector<square::RefundState>& refunds);

/// What one refund of ours means.
[[nodiscard]] Finding judge_own_refund(const square::RefundState& refund);

}  // namespace pos::repair

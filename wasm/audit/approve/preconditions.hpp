// What the plans that are to be approved rest on: whether they would be the same if they were made
// now, and whether something that has happened at Square since concerns them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/plan/plan.hpp"
#include "base/json/value.hpp"
#include "square/order_snapshot.hpp"

namespace pos::audit {

class ApprovalPreconditions {
 public:
  ApprovalPreconditions() = default;
  explicit ApprovalPreconditions(std::int64_t window_ms) : window_ms_(window_ms) {}

  /// Takes rows of audit.plans and of audit.plans_members, of the same groups. Each group is
  /// planned once more, from what D1 knows by now; returns what is different, "" if nothing is.
  [[nodiscard]] std::string take_plans(json::Value plans, json::Value members);

  /// Whether an order of that location is one of a group's, or may be one more of it.
  [[nodiscard]] bool concerns(std::string_view location_id,
                              const square::OrderSnapshot& sale) const;
  /// Whether a refund takes away what a plan was going to give back, or what was to stay.
  [[nodiscard]] bool concerns(const square::RefundSnapshot& refund) const;

  bool operator==(const ApprovalPreconditions&) const = default;

 private:
  /// An order of a group.
  struct Fact {
    std::int64_t created_at_ms = 0;
    std::int64_t reference_hash = 0;
    std::int64_t metadata_hash = 0;
    std::int64_t content_hash = 0;

    bool operator==(const Fact&) const = default;
  };

  [[nodiscard]] bool is_alike(const Fact& fact, const square::OrderSnapshot& sale) const;
  void keep(const Member& member);

  std::int64_t window_ms_ = 0;
  std::map<std::string, std::vector<Fact>, std::less<>> facts_;  // by location
  std::map<std::string, bool, std::less<>> orders_;
  std::map<std::string, bool, std::less<>> payments_;  // whether anything of it is refunded
};

}  // namespace pos::audit

// What the plans of an approval ask for, each repair with the values that are sealed.
#pragma once

#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "io/command.hpp"

namespace pos::audit {

class PlannedRepairs {
 public:
  /// Takes rows of audit.planned_refunds or audit.planned_cancels.
  void take(json::Value rows);
  [[nodiscard]] bool empty() const { return repairs_.empty(); }
  /// Asks for their seals.
  [[nodiscard]] io::SignCommand to_sign() const;
  /// With their seals, as audit.approve_refunds and audit.approve_cancels take them.
  [[nodiscard]] std::string sealed(json::Value seals) const;

  bool operator==(const PlannedRepairs&) const = default;

 private:
  struct Repair {
    std::string group_id;
    std::string action;
    std::string target;
    std::string values;

    bool operator==(const Repair&) const = default;
  };

  std::vector<Repair> repairs_;
};

}  // namespace pos::audit

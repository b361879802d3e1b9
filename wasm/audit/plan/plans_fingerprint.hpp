// The fingerprint of all plans of an audit, made of the plans themselves: what is approved is what
// was shown, whatever was written beside it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/row.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace pos::audit {

class PlansFingerprint {
 public:
  /// Writes where the next page of audit.all_plans begins.
  void ask(json::Writer& out) const;
  /// Takes that page; true if there may be another one.
  [[nodiscard]] bool take(json::Value rows);
  /// Takes the next group, in that order.
  void add(std::string_view location_id, std::string_view plan);
  /// The locations whose plans are not those of the fingerprint that stands there; "" if there is
  /// none.
  [[nodiscard]] std::string differs_at(const std::vector<AuditPlace>& places) const;

  bool operator==(const PlansFingerprint&) const = default;

 private:
  std::string after_location_;
  std::string after_group_;
  std::vector<std::pair<std::string, std::string>> of_place_;
};

}  // namespace pos::audit

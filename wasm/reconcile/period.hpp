// Which days a reconciliation is asked about: dates of the restaurant's own, or moments.
#pragma once

#include <cstdint>
#include <string>

#include "base/field_errors.hpp"
#include "base/json/value.hpp"
#include "reconcile/comparison.hpp"

namespace pos::reconcile {

/// One end of what is asked about.
struct Edge {
  std::string date;     // "" where it is a moment
  std::int64_t ms = 0;  // the moment; of a date its midnight in UTC

  bool operator==(const Edge&) const = default;
};

struct AskedDays {
  Edge from;
  Edge to;  // a date is included, a moment is not

  /// What surely holds it, whatever the time zone.
  [[nodiscard]] std::int64_t earliest_ms() const;
  [[nodiscard]] std::int64_t latest_ms() const;

  bool operator==(const AskedDays&) const = default;
};

/// Reads `from` and `to` of the query: 2026-11-21, or a time of RFC 3339; at most 93 days.
[[nodiscard]] AskedDays read_days(const std::string& from, const std::string& to,
                                  FieldErrors& findings);

/// What is asked about, in the days of a time zone: [[date, when it begins], …].
[[nodiscard]] Period period_of(const AskedDays& asked, json::Value days);

}  // namespace pos::reconcile

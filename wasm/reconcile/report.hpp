// What GET /v1/reconciliation answers.
#pragma once

#include <string>

#include "reconcile/comparison.hpp"

namespace pos::reconcile {

/// Whose books these are.
struct Whose {
  std::string restaurant_id;  // as it was asked for
  std::string account;        // the restaurant of its account, "" for the worker's own
  std::string location_id;
  std::string time_zone;
  std::string from;
  std::string to;
  std::string note;  // what else a reader has to know, if anything
};

[[nodiscard]] std::string json_of(const Whose& whose, const Period& period,
                                  const ComparisonByCurrency& books);

/// A row for each day, and behind it one for each of its lines. The note is the detail of each day.
[[nodiscard]] std::string csv_of(const Whose& whose, const Period& period,
                                 const ComparisonByCurrency& books);

}  // namespace pos::reconcile

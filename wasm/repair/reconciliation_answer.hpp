// What GET /v1/reconciliation answers.
#pragma once

#include <string>

#include "repair/books.hpp"

namespace pos::repair {

constexpr const char* csv_type = "text/csv; charset=utf-8";

/// Whose books these are.
struct Whose {
  std::string restaurant_id;  // as it was asked for
  std::string account;        // the restaurant of its account, "" for the worker's own
  std::string location_id;
  std::string time_zone;
  std::string from;
  std::string to;
};

[[nodiscard]] std::string json_of(const Whose& whose, const Period& period, const AllBooks& books);

/// A row for each day, and behind it one for each of its lines.
[[nodiscard]] std::string csv_of(const Period& period, const AllBooks& books);

}  // namespace pos::repair

// The shape of the rows that the statements return. Positions here follow the SELECT lists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/value.hpp"
#include "push/evidence.hpp"

namespace pos::store {

/// Walks the columns of one row from left to right.
class Columns {
 public:
  explicit Columns(json::Value row) : next_(row.first()) {}

  Columns& operator>>(std::string& text);
  Columns& operator>>(std::int64_t& integer);
  [[nodiscard]] json::Value value();

 private:
  json::Value next_;
};

/// A row of claim.rows.
struct ClaimedRow {
  std::string claim_key;
  std::int64_t now = 0;  // the claim's own, on D1's clock
  std::string order_id;
  std::string provider;
  std::int64_t revision = 1;
  std::string restaurant_id;
  std::string status;
  std::int64_t attempts = 0;
  std::string account;
  std::string location_id;
  std::int64_t unknown_run = 0;
  std::int64_t breaker_opens = 0;
  push::Ledger ledger;
  std::int64_t open_revision = 0;
  std::int64_t later_revision = 0;
  std::string_view payload;
};

[[nodiscard]] ClaimedRow read_claimed_row(json::Value row);

/// Reads the columns of POS_LEDGER_COLUMNS.
[[nodiscard]] push::Ledger read_ledger(Columns& columns);

}  // namespace pos::store

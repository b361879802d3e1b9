// The shape of the rows that the statements return. Positions here follow the SELECT lists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json/value.hpp"
#include "identity/keys.hpp"
#include "push/decision.hpp"

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
  Identity identity;
  std::string restaurant_id;
  std::string status;
  std::int64_t attempts = 0;
  std::string account_key;  // the restaurant of its account's row
  std::string location_id;
  std::int64_t unknown_run = 0;
  std::int64_t breaker_opens = 0;
  std::string token;               // the account's own, sealed; "" if it has none
  std::int64_t token_version = 0;  // of the account; once it is sent: of the token it is sent with
  std::int64_t pace = 0;  // how many requests of the account may be out at once; 0 is no limit
  std::string refusal;    // the latest run of equal refusals of the account's
  std::int64_t refusal_run = 0;       // of so many different orders, and no success since
  std::int64_t refusal_began_at = 0;  // not later than the first of them
  std::int64_t served_at = 0;         // when a success last ended such a run, or a refusal
  push::Ledger ledger;
  std::int64_t open_revision = 0;
  std::int64_t later_revision = 0;
  std::int64_t replacements = 0;  // how often U+FFFD stands in the payload as it is stored
  std::string hints;  // in doubt without an id: a JSON array of Square's ids that webhooks named

  bool operator==(const ClaimedRow&) const = default;
};

/// Reads a row; returns its payload, which is not kept: an integer is the size of one too large.
[[nodiscard]] json::Value read_claimed_row(json::Value row, ClaimedRow& claimed);

/// Reads the columns of POS_LEDGER_COLUMNS.
void read_ledger(Columns& columns, push::Ledger& ledger);

}  // namespace pos::store

// What order.evidence says of one identity.
#pragma once

#include <cstdint>
#include <string>

#include "base/json/value.hpp"
#include "push/decision.hpp"

namespace pos::api {

struct QueueRow {
  std::int64_t id = 0;  // 0: there is none
  std::int64_t revision = 0;
  std::string restaurant_id;
  std::string status;
  std::string payload;
  std::string last_error;
};

struct Evidence {
  std::int64_t revision = 1;  // the one that the request is about
  QueueRow active;            // of any revision
  QueueRow last;              // the newest row of this revision
  bool known = false;         // the ledger has it
  push::Ledger ledger;
  std::string claim;         // free, held or abandoned
  std::int64_t held_ms = 0;  // until the lease is over
  std::string location_id;
  std::int64_t open_revision = 0;
  std::int64_t newest_revision = 0;
  std::string account;  // whose token asks Square: the restaurant of the account's row
  std::string token;    // sealed; "" where it has none of its own
};

[[nodiscard]] Evidence read_evidence(json::Value row);

/// {"order_id", "provider", "revision", "restaurant_id", "external_order_id"} for the reading
/// statements; a revision of 0 stands for "the newest".
[[nodiscard]] std::string evidence_query(const std::string& order_id, const std::string& provider,
                                         std::int64_t revision, const std::string* restaurant_id,
                                         const std::string& external_order_id = {});

}  // namespace pos::api

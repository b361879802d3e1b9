// What a database says of the orders that a world is about.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "explore/databases.hpp"

namespace explore {

/// Numbers an identity (order, revision) of a world.
using IdentityId = std::uint8_t;
constexpr IdentityId nobody = 0xFF;
constexpr std::size_t identities_most = 6;

/// An order that a world is about; its provider is Square.
struct Subject {
  std::string order_id;
  std::int64_t revision = 1;
};

enum class Status : std::uint8_t { pending = 0, failed = 1, success = 2, dead = 3 };

struct QueueFact {
  IdentityId identity = nobody;
  std::string order_id;
  std::int64_t id = 0;
  Status status = Status::pending;
  std::int64_t attempts = 0;
  std::int64_t next_attempt_at = 0;
  std::string restaurant;
  std::string payload;
  std::string external_order_id;
  std::string external_payment_id;
  std::string error;
  std::string code;  // the error's first word, of a dead row

  [[nodiscard]] bool active() const { return status <= Status::failed; }
  bool operator==(const QueueFact&) const = default;
};

/// A claim on an order; `identity` is what it was last taken for.
struct ClaimFact {
  IdentityId identity = nobody;
  std::string order_id;
  std::string key;
  std::string holder;
  std::int64_t claimed_at = 0;
  std::int64_t lease_until = 0;
  bool open = false;
  std::int64_t row_id = 0;
  std::int64_t takeovers = 0;

  bool operator==(const ClaimFact&) const = default;
};

struct LedgerFact {
  IdentityId identity = nobody;
  std::string restaurant;
  std::string fingerprint;
  std::string request;
  bool frozen = false;
  bool asks_payment = false;
  std::int64_t first_sent_at = 0;
  std::int64_t last_sent_at = 0;
  bool refused = false;
  bool in_doubt = false;
  std::int64_t in_doubt_since = 0;
  std::string look_because;
  std::int64_t absent_at = 0;
  bool booked = false;
  std::string external_order_id;
  std::string external_payment_id;

  bool operator==(const LedgerFact&) const = default;
};

struct LineFact {
  IdentityId identity = nobody;
  std::string token;
  std::string event;

  bool operator==(const LineFact&) const = default;
};

struct AccountFact {
  std::string restaurant;
  bool active = true;  // no operator has paused it
  std::int64_t paused_until = 0;
  std::string pause_reason;
  std::int64_t unknown_run = 0;
  std::int64_t breaker_opens = 0;
  std::int64_t pace = 0;
  std::string token;  // both sealed
  std::string refresh_token;
  std::int64_t token_version = 0;
  std::int64_t renewal_at = 0;

  bool operator==(const AccountFact&) const = default;
};

struct Facts {
  std::vector<QueueFact> rows;
  std::vector<ClaimFact> claims;
  std::vector<LedgerFact> ledger;
  std::vector<LineFact> lines;
  std::vector<AccountFact> accounts;
  std::vector<std::string> calls;  // owner tokens that a claim was asked for with

  [[nodiscard]] bool called(const std::string& token) const;
  [[nodiscard]] const LedgerFact* ledger_of(IdentityId identity) const;
  [[nodiscard]] const ClaimFact* claim_of(std::string_view order_id) const;
  [[nodiscard]] const QueueFact* row_of(std::int64_t id) const;
  [[nodiscard]] const QueueFact* active_row_of(IdentityId identity) const;
  [[nodiscard]] const AccountFact& account_of(const std::string& restaurant) const;
};

[[nodiscard]] Facts read_facts(const Databases& databases, DbId id,
                               const std::vector<Subject>& subjects);

}  // namespace explore

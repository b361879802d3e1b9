// One repair as the ledger has it (pos_repairs), and the request that was frozen for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "config/settings.hpp"
#include "io/command.hpp"
#include "push/decision.hpp"
#include "repair/transition.hpp"

namespace pos::repair {

/// What is sent under the key of one generation: frozen before the first send, and never another.
struct FrozenRequest {
  std::string text;  // as it is stored; "" where nothing is frozen
  std::string key;
  std::string square_version;
  std::string body;
  /// Of the payment or the order when it was frozen: Square refuses the request if it has changed.
  std::string version;

  [[nodiscard]] bool is_there() const { return !text.empty(); }
  bool operator==(const FrozenRequest&) const = default;
};

/// What the approving person saw (pos_repairs.approved). Totals are without tips.
struct Approved {
  bool is_there = false;
  std::int64_t total = 0;
  std::string content;                // the fingerprint of the duplicate
  std::vector<std::string> payments;  // of it
  bool survivor_paid = false;
  std::int64_t survivor_total = 0;
  std::string survivor_content;
  std::vector<std::string> survivor_payments;  // that were completed

  bool operator==(const Approved&) const = default;
};

/// Times are Unix milliseconds of D1; 0 stands for NULL.
struct RepairRow {
  bool cancels = false;  // an order; else a payment is refunded
  std::string target;
  std::string location_id;
  std::string external_order_id;  // the duplicate
  std::string survivor_order_id;
  std::int64_t amount = 0;
  std::string currency;
  bool pending = false;
  std::int64_t generation = 1;
  FrozenRequest frozen;
  std::int64_t first_sent_at = 0;
  std::int64_t last_sent_at = 0;
  std::int64_t in_doubt_since = 0;
  LookupReason look = LookupReason::nothing;
  std::int64_t absent_at = 0;
  std::string external_refund_id;
  std::int64_t attempts = 0;
  std::int64_t claimed_at = 0;
  Approved approved;
  std::string account;  // whose token it is: a restaurant's, or "" for the worker's own
  std::string token;    // sealed; "" for the worker's secret
  std::string seal;
  std::string sealed;  // the values that the seal is of, a JSON list

  [[nodiscard]] const char* action() const { return cancels ? "cancel" : "refund"; }
  [[nodiscard]] io::Credential credential() const;
  bool operator==(const RepairRow&) const = default;
};

/// A row of repair.rows.
[[nodiscard]] RepairRow read_repair_row(json::Value row);
[[nodiscard]] FrozenRequest read_frozen(std::string_view text);

/// The key of one of its generations.
[[nodiscard]] std::string key_of(const RepairRow& row, std::int64_t generation);
/// The generation that goes out where Square shows this version: the frozen one as long as nothing
/// has changed, else the next.
[[nodiscard]] std::int64_t generation_for(const RepairRow& row, std::string_view version);
/// Whether what is frozen is a request for what was approved, and nothing else.
[[nodiscard]] bool is_of_row(const FrozenRequest& frozen, const RepairRow& row,
                             const std::string& location_id);
/// What is to be frozen for it.
[[nodiscard]] FrozenRequest request_for(const RepairRow& row, const std::string& location_id,
                                        std::string_view version, const Settings& settings);

[[nodiscard]] RepairFacts evidence_of(const RepairRow& row, const Settings& settings);
/// What a look that has found nothing proves: absent_early, absent_once or absent. Whether an order
/// is canceled is read of the order itself, so one look will do once nothing can land any more.
[[nodiscard]] RepairEvent absence_of(const RepairRow& row, const Settings& settings);
/// How long until the next look can prove more.
[[nodiscard]] std::int64_t next_look_in_ms(const RepairRow& row, const Settings& settings);

}  // namespace pos::repair

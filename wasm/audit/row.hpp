// An audit and its places as the statements answer them, and as answers show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace pos::audit {

/// A row of audit.row or audit.list. Times are in milliseconds; 0 stands for one that is not there.
struct AuditRow {
  std::string id;
  std::string provider;
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  std::int64_t window_ms = 0;
  std::int64_t edition = 0;
  std::string actor;
  std::string why_again;
  std::int64_t approved_at = 0;
  std::int64_t created_at = 0;
  std::string asked;
  std::int64_t places = 0;
  std::int64_t places_done = 0;  // those that are left out among them
  std::int64_t places_left_out = 0;
  std::int64_t amended = 0;  // how often an operator has left one out, or put one back
  std::int64_t pages = 0;
  std::int64_t orders = 0;
  std::int64_t payments = 0;
  std::int64_t groups = 0;
  bool repairing = false;

  /// "reading" until its plan is there, then "planned"; "approved" as soon as some of it is, and
  /// "repaired" once all that was approved is at rest.
  [[nodiscard]] const char* state() const;
  [[nodiscard]] bool is_read() const { return places_done == places; }

  bool operator==(const AuditRow&) const = default;
};

[[nodiscard]] AuditRow read_audit(json::Value columns);

/// Members of an object: what it is about, and its state.
void write_audit(json::Writer& out, const AuditRow& audit);
/// Members of `progress`.
void write_progress(json::Writer& out, const AuditRow& audit);

/// A row of audit.places.
struct AuditPlace {
  std::string location_id;
  std::string restaurant_id;
  std::int64_t edition = 0;
  std::string step;
  std::string name;
  std::string email;
  std::string language;
  std::string time_zone;
  std::string currency;
  std::int64_t pages = 0;
  std::int64_t orders = 0;
  std::int64_t payments = 0;
  std::int64_t groups = 0;
  std::string figures;
  std::string fingerprint;
  std::string notes;
  std::int64_t attempts = 0;
  std::int64_t next_attempt_at = 0;
  std::string last_error;
  std::int64_t updated_at = 0;
  std::int64_t began_at = 0;
  std::string account;        // the restaurant of its account's row
  std::string sealed;         // the account's own token; "" if it has none
  bool sells = false;         // the restaurant still sells there
  std::int64_t failures = 0;  // since the last page that was read
  std::int64_t failing_since = 0;
  std::int64_t refusals = 0;  // those of them that another try does not mend
  std::int64_t refused_since = 0;
  std::int64_t left_out_at = 0;  // 0: it is part of the plan
  std::string left_out_by;       // the operator; "" where Square kept refusing
  std::string left_out_because;

  bool operator==(const AuditPlace&) const = default;
};

[[nodiscard]] std::vector<AuditPlace> read_places(json::Value rows);
void write_place(json::Writer& out, const AuditPlace& place);

/// Of the whole plan: the same plan, the same fingerprint. "" as long as there is no plan.
[[nodiscard]] std::string fingerprint_of(const AuditRow& audit,
                                         const std::vector<AuditPlace>& places);

}  // namespace pos::audit

// A stored group as it is shown: its plan, what was approved of it, and how far that is.
#pragma once

#include <cstdint>
#include <string>

#include "base/csv.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace pos::audit {

/// A row of audit.groups.
struct AuditGroup {
  std::string location_id;
  std::string group_id;
  std::string restaurant_id;
  std::int64_t edition = 0;
  std::int64_t approved_at = 0;
  std::string approved_by;
  std::string plan;     // a JSON object
  std::string repairs;  // a JSON list of {action, target, state, reason, …}
};

[[nodiscard]] AuditGroup read_group(json::Value columns);

/// The plan's own members, and those of its approval.
void write_group(json::Writer& out, const AuditGroup& group);

/// The heads of write_orders(), and a row for each order of the group.
void write_order_heads(Csv& out);
void write_orders(Csv& out, const AuditGroup& group);

/// The payments that Square refunds no more because they are disputed or too old: what support asks
/// for when it is told that they are duplicates.
void write_disputes(json::Writer& out, const AuditGroup& group);
void write_dispute_heads(Csv& out);
void write_disputes(Csv& out, const AuditGroup& group);

}  // namespace pos::audit

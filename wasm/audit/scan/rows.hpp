// Rows of an audit's tables: what Square says, written as the statements take it, and read back for
// a plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/plan/plan.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "square/order_snapshot.hpp"

namespace pos::audit {

/// One object of the list that audit.orders_in and audit.changed take.
void write_row(json::Writer& out, const square::OrderSnapshot& sale);

/// One object of the list that audit.payments_in takes.
void write_row(json::Writer& out, const square::PaymentSnapshot& payment);

/// An order of a candidate or a group, as audit.members and audit.plans_members answer it.
struct MemberRow {
  std::string group_id;  // "" for a candidate's
  Member member;
  std::int64_t row = 0;
  std::int64_t now_ms = 0;
};

[[nodiscard]] MemberRow read_member(json::Value columns);

}  // namespace pos::audit

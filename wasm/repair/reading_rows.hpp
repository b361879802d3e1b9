// Rows of an audit's tables: what Square says, written as the statements take it, and read back for
// a plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "json/writer.hpp"
#include "repair/plan.hpp"
#include "repair/sale.hpp"

namespace pos::repair {

/// One object of the list that audit.orders_in and audit.changed take.
void write_row(json::Writer& out, const Sale& sale);

/// One object of the list that audit.payments_in takes.
void write_row(json::Writer& out, const Payment& payment);

/// An order of a candidate or a group, as audit.members and audit.plans_members answer it.
struct MemberRow {
  std::string group_id;  // "" for a candidate's
  Member member;
  std::int64_t row = 0;
  std::int64_t now_ms = 0;
};

[[nodiscard]] MemberRow read_member(json::Value columns);

}  // namespace pos::repair

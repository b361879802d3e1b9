// The orders of an audit that can be compared with no other, because Square does not say their
// total, their lines or when they were made: listed, and never grouped.
#pragma once

#include "base/csv.hpp"
#include "base/json/value.hpp"
#include "base/json/writer.hpp"

namespace pos::audit {

/// A row of audit.not_comparable as an object, and as a line of a table. What is missing is null,
/// or an empty cell.
void write_incomparable(json::Writer& out, json::Value columns);
void write_incomparable_heads(Csv& out);
void write_incomparable(Csv& out, json::Value columns);

}  // namespace pos::audit

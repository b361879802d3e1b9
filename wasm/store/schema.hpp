// What D1's words say about the database itself: whether it is there, has pos-sync's tables, and
// has them as this worker knows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/statements.hpp"

namespace pos::store {

/// The only schema that this worker knows: pos_sync_schema.version.
constexpr std::int64_t schema_version = 1;

enum class DatabaseFault : std::uint8_t {
  unavailable = 0,    // it did not answer, or not now: to be asked again
  unbound = 1,        // the worker has no database at all
  incomplete = 2,     // tables or columns of ours are missing: schema.look tells why
  other_version = 3,  // another release's schema
  refused = 4,        // a constraint or a trigger of it says no, and will say so again
};

/// What a failed batch says about the database.
[[nodiscard]] DatabaseFault fault_of(std::string_view error);

/// In words that say what to do. `tables` is the answer of schema.look to an incomplete one, "" if
/// it was not asked.
[[nodiscard]] std::string fault_words(DatabaseFault fault, std::string_view error,
                                      std::string_view tables);

/// Whether a database is of this schema, and what is asked of one that is not: part of every
/// module. No batch does without the guard, but those of a tick that holds claims already.
[[nodiscard]] Part schema_statements();

/// When a tick last began: part of the module that pushes.
[[nodiscard]] Part readiness_statements();

}  // namespace pos::store

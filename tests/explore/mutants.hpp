// Small changes of the core's statements, one at a time: a comparison turned, a condition left out.
// Whoever explores should notice each, unless it changes nothing that matters.
#pragma once

#include <string>
#include <vector>

#include "explore/databases.hpp"

namespace explore {

struct Mutant {
  Patch patch;        // the whole statement, changed
  std::string words;  // "settle.queue: c.holder = ?1 -> c.holder <> ?1"
};

/// All mutants of all statements.
[[nodiscard]] std::vector<Mutant> all_mutants();

}  // namespace explore

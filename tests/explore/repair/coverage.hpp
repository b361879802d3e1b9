// What the explorations of repairs have met, and what they must have.
#pragma once

#include <string>
#include <vector>

#include "explore/coverage.hpp"

namespace explore::repair {

/// What can be met but was not, in words; empty if nothing is missing. Also what was met but can't
/// be.
[[nodiscard]] std::vector<std::string> missing(const Coverage& coverage);
[[nodiscard]] std::vector<Counted> counted(const Coverage& coverage);

}  // namespace explore::repair

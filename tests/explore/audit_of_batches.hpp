// What a batch did to a database, held against what it may do.
#pragma once

#include <string>

#include "config/settings.hpp"
#include "explore/facts.hpp"
#include "explore/invariant.hpp"
#include "io/command.hpp"

namespace explore {

/// The invariants that this batch of the core breaks. `now_ms` is D1's clock.
[[nodiscard]] Broken check_batch(const Facts& before, const Facts& after,
                                 const pos::io::D1Command& command, std::int64_t now_ms,
                                 const pos::Settings& settings);

}  // namespace explore

// Whether two orders look alike to a human: what is left to go by where no key was sent.
#pragma once

#include "base/json/value.hpp"

namespace pos::square {

/// What two orders must have in common to be taken for one by a human: the lines, and the table.
[[nodiscard]] bool same_lines(json::Value ours, json::Value theirs);

}  // namespace pos::square

// The calls of the core that an exploration has met, as frames, for other builds to be asked the
// same.
#pragma once

#include <cstddef>
#include <string>

#include "explore/machine.hpp"

namespace explore {

struct Recording {
  std::string bytes;  // as harness/frames.hpp says
  std::size_t different = 0;
  std::size_t calls = 0;
};

/// Traces that cover each different call that the machine has made, each from its job's beginning.
/// The machine's jobs must all be ticks with its world's settings.
[[nodiscard]] Recording recorded(Machine& machine);

}  // namespace explore

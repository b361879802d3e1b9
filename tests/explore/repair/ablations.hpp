// One mechanism of the repair taken away at a time, each with a world in which it is what saves
// somebody's money.
#pragma once

#include <vector>

#include "explore/ablations.hpp"
#include "explore/repair/world.hpp"

namespace explore::repair {

struct Ablation {
  explore::Ablation words;  // its worlds are not looked at
  World world;              // without it
  World intact;             // with it
};

[[nodiscard]] const std::vector<Ablation>& all_ablations();

}  // namespace explore::repair

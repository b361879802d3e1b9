// One mechanism taken away at a time, each with a world in which it is what saves the order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explore/invariant.hpp"
#include "explore/world.hpp"

namespace explore {

enum class AblationKind : std::uint8_t {
  mechanism = 0,   // of ours
  theory = 1,      // what the incident's report tried or believed
  assumption = 2,  // about the world, which the promise rests on
  control = 3,     // must survive, or must always be found
};

struct Ablation {
  AblationKind kind = AblationKind::mechanism;
  std::string name;
  std::string removed;                 // what is taken away, in words
  std::optional<Invariant> invariant;  // what must break then; none: nothing may
  World world;                         // without it
  World intact;                        // with it
};

[[nodiscard]] const std::vector<Ablation>& all_ablations();
/// Those of accounts that Square refuses as a whole: accounts.cpp.
[[nodiscard]] std::vector<Ablation> mechanisms_of_refused_accounts();
/// Those of refused orders, rows that nobody can hold and claims of others: refusals.cpp.
[[nodiscard]] std::vector<Ablation> mechanisms_of_refused_orders();

}  // namespace explore

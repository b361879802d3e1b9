// What came of one seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/simulation.hpp"
#include "simulate/tally.hpp"

namespace simulate {

struct Outcome {
  std::uint64_t seed = 0;
  std::uint64_t hash = 0;
  Tally tally;
  const char* broken = nullptr;  // the invariant
  std::string order_id;
  std::string words;
};

/// Runs a seed; its lines go to `trace`, its frames to `record` if there is one.
[[nodiscard]] Outcome run_seed(std::uint64_t seed, Ground& ground, Trace& trace,
                               world::Trace* record = nullptr);

/// Runs a seed that has broken a promise once more, and tells what became of its order: the
/// requests, the people, and the audit's lines.
[[nodiscard]] std::string story_of(const Outcome& outcome, Ground& ground);

}  // namespace simulate

#include "simulate/frames.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "simulate/outcome.hpp"

namespace simulate {

void write_frames(const Options& options) {
  const std::filesystem::path directory = options.frames;
  std::filesystem::create_directories(directory);
  Ground ground;
  std::uint64_t steps = 0;
  std::uint64_t seed = options.from;
  for (; steps < options.steps; ++seed) {
    Trace trace(false);
    world::Trace record;
    const Outcome outcome = run_seed(seed, ground, trace, &record);
    if (outcome.broken != nullptr) throw std::runtime_error(outcome.words);
    std::ofstream file(directory / (std::to_string(seed) + ".trace"), std::ios::binary);
    file << record.bytes();
    if (!file.flush()) throw std::runtime_error("cannot write the frames of a seed");
    steps += static_cast<std::uint64_t>(outcome.tally.steps);
  }
  std::printf(
      "%llu steps of %llu seeds; the next one is %llu\n", static_cast<unsigned long long>(steps),
      static_cast<unsigned long long>(seed - options.from), static_cast<unsigned long long>(seed));
}

}  // namespace simulate

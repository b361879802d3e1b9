#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "explore/explorer.hpp"
#include "explore/worlds.hpp"

int main(int count, char** arguments) {
  for (const explore::World& world : explore::all_worlds()) {
    if (count > 1 && world.name.find(arguments[1]) == std::string::npos) continue;
    explore::World mine = world;
    if (std::getenv("NOREST")) mine.must_rest = false;
    if (std::getenv("JUMPS")) mine.jumps = static_cast<std::uint8_t>(std::atoi(std::getenv("JUMPS")));
    if (std::getenv("NEAR")) mine.jump_most_ms = std::atoll(std::getenv("NEAR"));
    explore::Machine machine(mine);
    explore::Options options;
    if (count > 2) options.states_most = static_cast<std::uint64_t>(std::atoll(arguments[2]));
    const explore::Result result = explore::explore(machine, options);
    std::printf("%-30s %9lu states %10lu steps %s schedules %lu ends %lu dbs %lu batches %lu calls %.1f s\n",
                result.world.c_str(), result.states, result.steps, result.schedules.c_str(),
                result.ends, result.databases, result.batches, result.calls, result.seconds);
    for (const auto& [invariant, finding] : result.broken) {
      std::printf("  BROKEN %s: %lu times, first after %zu moves\n", explore::name_of(invariant),
                  finding.times, finding.story.size());
      for (const auto& line : finding.story) std::printf("      %s\n", line.c_str());
    }
    std::fflush(stdout);
  }
  return 0;
}

#include "explore/checks.hpp"

#include "explore/ablations.hpp"
#include "explore/explorer.hpp"
#include "explore/repair/machine.hpp"
#include "explore/repair/worlds.hpp"
#include "explore/worlds.hpp"

namespace explore {
namespace {

Many binomial(unsigned n, unsigned k) {
  Many result = 1;
  for (unsigned i = 1; i <= k; ++i) result = result * (n - k + i) / i;
  return result;
}

Broken bits_of(const Result& result) {
  Broken broken = 0;
  for (const auto& [invariant, finding] : result.broken) broken |= bit(invariant);
  return broken;
}

// Two ticks that have begun, each with one order to itself and no way but straight on: claim,
// freeze, land, answer, settle. They can be interleaved in C(10, 5) ways.
Check straight_lines() {
  World world = world_of(2);
  world.name = "straight lines";
  world.settings.batch_size = 1;
  world.settings.concurrency = 1;
  world.settings.subrequest_budget = 8;  // of one order, and no more
  world.kills = false;
  world.prepared = {"start A", "start B"};
  Machine machine(world);
  const Result result = explore(machine);
  const std::string wanted = to_text(binomial(10, 5));
  return {"two ticks of five steps each interleave in as many ways as combinatorics says",
          result.schedules + " schedules, C(10, 5) = " + wanted, result.schedules == wanted};
}

// The same world once with states remembered and once walked schedule by schedule.
Check against_enumeration(const char* name, const World& world, bool breaks) {
  Machine machine(world);
  const Result result = explore(machine);
  Machine another(world);
  const Enumeration all = enumerate(another);
  const bool holds = result.states == all.states && result.ends == all.ends &&
                     result.schedules == to_text(all.schedules) && bits_of(result) == all.broken &&
                     (all.broken != 0) == breaks;
  return {name,
          std::to_string(result.states) + " and " + std::to_string(all.states) + " states, " +
              std::to_string(result.ends) + " and " + std::to_string(all.ends) + " ends, " +
              result.schedules + " and " + to_text(all.schedules) + " schedules, " +
              std::to_string(__builtin_popcountll(bits_of(result))) + " and " +
              std::to_string(__builtin_popcountll(all.broken)) + " invariants broken",
          holds};
}

const Ablation& ablation_named(const std::string& name) {
  for (const Ablation& row : all_ablations()) {
    if (row.name == name) return row;
  }
  return all_ablations().front();
}

}  // namespace

std::vector<Check> check_the_explorer() {
  // Ends are not asked to come to rest here: an enumeration would ask each of them a thousand
  // times.
  World small = ablation_named("unknown is a doubt").intact;
  small.must_rest = false;
  World broken = ablation_named("unknown is a doubt").world;
  broken.must_rest = false;
  World timed = ablation_named("a key without time").intact;
  timed.must_rest = false;
  World stale = ablation_named("the token in a freeze").world;
  stale.must_rest = false;
  return {straight_lines(),
          against_enumeration("remembering states loses none, without time", small, false),
          against_enumeration("remembering states loses none, with time", timed, false),
          against_enumeration("remembering states loses no violation, without time", broken, true),
          against_enumeration("remembering states loses no violation, with time", stale, true)};
}

std::vector<Check> check_the_explorer_of_repairs() {
  repair::World world = repair::world_of(1);
  world.name = "with and without history";
  world.faults = {repair::RequestFault::timeout};
  world.request_faults = 1;
  world.jumps = 1;
  repair::Machine forgetful(world);
  const Result result = explore(forgetful);
  world.keeps_history = true;
  repair::Machine thorough(world);
  const Result all = explore(thorough);
  const bool holds = result.broken.empty() && all.broken.empty() && result.states < all.states &&
                     forgetful.ends() == thorough.ends();
  return {{"forgetting the history of repairs loses no way for them to end",
           std::to_string(result.states) + " states instead of " + std::to_string(all.states) +
               ", " + std::to_string(forgetful.ends().size()) + " and " +
               std::to_string(thorough.ends().size()) + " different ends",
           holds}};
}

}  // namespace explore

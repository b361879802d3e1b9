// The simulation is what it says: the same run for the same seed, and able to see what it looks
// for.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "simulate/outcome.hpp"
#include "simulate/violation.hpp"

namespace simulation_test {

using simulate::Ground;
using simulate::Outcome;
using simulate::Simulation;
using simulate::Trace;

namespace {

/// Runs seeds on a Square that `spoil` makes worse than it may be, until it is seen that an order
/// was booked twice.
bool doubles_within(int seeds, const std::function<void(Simulation&)>& spoil, Ground& ground) {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(seeds); ++seed) {
    Trace trace(false);
    Simulation simulation(seed, ground, trace);
    spoil(simulation);
    try {
      simulation.run();
    } catch (const simulate::Violation& violation) {
      if (violation.invariant() == simulate::invariant::one_effect) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a seed that is run twice leaves the same trace, whatever was run before it") {
  Ground used;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Ground fresh;
    Trace first(true);
    Trace second(true);
    const Outcome one = simulate::run_seed(seed, used, first);
    const Outcome two = simulate::run_seed(seed, fresh, second);
    CHECK(one.broken == nullptr);
    CHECK(first.lines() == second.lines());
    CHECK(one.hash == two.hash);
    CHECK(first.lines().size() > 20);
  }
}

TEST_CASE("two seeds leave two traces") {
  Ground ground;
  Trace first(false);
  Trace second(false);
  CHECK(simulate::run_seed(1, ground, first).hash != simulate::run_seed(2, ground, second).hash);
}

TEST_CASE("a Square that forgets its keys too early is seen to double an order") {
  Ground ground;
  CHECK(doubles_within(
      20, [](Simulation& each) { each.forget_keys_after(0); }, ground));
}

TEST_CASE("a Square whose searches lag for days is seen to double an order") {
  constexpr std::int64_t days_ms = 3 * 86'400'000;
  Ground ground;
  CHECK(doubles_within(
      60, [](Simulation& each) { each.lag_searches_by(days_ms); }, ground));
}

}  // namespace simulation_test

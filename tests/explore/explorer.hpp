// Walks all that a world can do, each state once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explore/coverage.hpp"
#include "explore/machine.hpp"

namespace explore {

/// How an invariant was first broken: the moves that lead there, and how often it was.
struct Finding {
  std::uint64_t times = 0;
  std::vector<std::string> story;   // the shortest one
  std::vector<std::string> labels;  // the same, as a script
};

struct Result {
  std::string world;
  std::uint64_t states = 0;
  std::uint64_t steps = 0;  // moves, from all states
  std::uint64_t ends = 0;   // states in which nothing more can happen
  std::string schedules;    // ways from the beginning to an end; exact
  std::uint64_t databases = 0;
  std::uint64_t batches = 0;  // that ran on SQLite
  std::uint64_t calls = 0;    // different calls of the core
  double seconds = 0;
  Coverage coverage;
  std::map<Invariant, Finding> broken;
  bool complete = true;  // false if it was stopped at what it looked for
};

/// A sum that outgrows 64 bits.
using Many = unsigned __int128;
[[nodiscard]] std::string to_text(Many number);

struct Options {
  std::optional<Invariant> until;  // stop where this is broken
  std::uint64_t states_most = 0;   // 0: no end
};

/// Explores breadth first, so that the first way to a finding is a shortest one. It does not matter
/// what kind of world it is: that is for its machine to say (Machine, repair::Machine).
template <typename AnyMachine>
[[nodiscard]] Result explore(AnyMachine& machine, const Options& options = {});

/// Makes the moves of a script from the world's beginning. Throws, naming the moves there are, if
/// one of them is not there.
template <typename AnyMachine>
[[nodiscard]] typename AnyMachine::State follow(AnyMachine& machine,
                                                const std::vector<std::string>& script,
                                                Broken* broken = nullptr);

/// The same without remembering states: every schedule is walked from its beginning.
struct Enumeration {
  Many schedules = 0;
  std::uint64_t states = 0;  // different ones
  std::uint64_t ends = 0;
  Broken broken = 0;
};
template <typename AnyMachine>
[[nodiscard]] Enumeration enumerate(AnyMachine& machine);

}  // namespace explore

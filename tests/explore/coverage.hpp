// What an exploration has met. Over all worlds everything must have been met, or they prove less
// than they seem to.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "explore/request_fault.hpp"
#include "push/transition.hpp"
#include "store/statements.hpp"

namespace explore {

class Machine;

struct Coverage {
  std::array<std::uint32_t, 16> cells{};  // for each state a bit for each event
  std::array<std::uint64_t, pos::store::statement_limit> statements{};  // read or changed something
  std::array<std::uint64_t, 32> faults{};
  std::set<std::string> events;   // of the audit, or of the log of repairs
  std::set<std::string> endings;  // statuses, and the codes of the dead
  std::set<std::string> looks;    // look_because
  std::set<std::string> moves;    // kinds of moves, and how batches ended

  void add(const Coverage& other);
};

[[nodiscard]] Coverage coverage_of(Machine& machine);

/// What can be met but was not, in words; empty if nothing is missing. Also what was met but can't
/// be.
[[nodiscard]] std::vector<std::string> missing(const Coverage& coverage);

/// "30 of 30 cells", and so on.
struct Counted {
  std::string what;
  std::size_t met = 0;
  std::size_t of = 0;
};
[[nodiscard]] std::vector<Counted> counted(const Coverage& coverage);

}  // namespace explore

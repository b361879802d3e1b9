#include "simulate/outcome.hpp"

#include <exception>

#include "base/text.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {

constexpr std::size_t lines_most = 60;

/// Whether a line names that order, and not one whose id only begins like it.
bool names(const std::string& line, const std::string& order_id) {
  for (std::size_t at = line.find(order_id); at != std::string::npos;
       at = line.find(order_id, at + 1)) {
    const std::size_t end = at + order_id.size();
    const bool begins = at == 0 || line[at - 1] == ' ';
    if (begins && (end == line.size() || line[end] == ' ')) return true;
  }
  return false;
}

std::string audit_of(const std::string& order_id, Ground& ground) {
  return ground.database.text(
      "SELECT group_concat('  ' || at || ' ' || actor || ' ' || event || ' r' || revision || ' ' "
      "|| "
      "coalesce(from_status, '-') || ' to ' || coalesce(to_status, '-') || ' by ' || token, "
      "char(10)) FROM (SELECT * FROM pos_sync_audit WHERE order_id = ?1 ORDER BY id)",
      {order_id});
}

}  // namespace

Outcome run_seed(std::uint64_t seed, Ground& ground, Trace& trace, world::Trace* record) {
  Outcome outcome;
  outcome.seed = seed;
  Simulation simulation(seed, ground, trace, record);
  try {
    simulation.run();
  } catch (const Violation& violation) {
    outcome.broken = violation.invariant();
    outcome.order_id = violation.order_id();
    outcome.words = violation.what();
  } catch (const std::exception& error) {
    outcome.broken = invariant::no_defect;
    outcome.words = error.what();
  }
  outcome.tally = simulation.tally();
  outcome.tally.seeds = 1;
  outcome.hash = trace.hash();
  return outcome;
}

std::string story_of(const Outcome& outcome, Ground& ground) {
  Trace trace(true);
  static_cast<void>(run_seed(outcome.seed, ground, trace));
  std::vector<std::string> told;
  for (const std::string& line : trace.lines()) {
    if (outcome.order_id.empty() || names(line, outcome.order_id)) told.push_back("  " + line);
  }
  if (told.size() > lines_most) {
    told.erase(told.begin(), told.end() - static_cast<std::ptrdiff_t>(lines_most));
  }
  std::string story = "What happened to it, at which time:\n";
  for (const std::string& line : told) story += line + "\n";
  if (outcome.order_id.empty()) return story;
  return story + "Its audit, on D1's clock:\n" + audit_of(outcome.order_id, ground) + "\n";
}

}  // namespace simulate

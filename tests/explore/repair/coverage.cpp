#include "explore/repair/coverage.hpp"

#include <algorithm>
#include <string_view>

#include "ablation/layer.hpp"
#include "explore/repair/machine.hpp"
#include "repair/transition.hpp"

namespace explore::repair {
namespace {

using Names = std::set<std::string>;
using pos::repair::RepairEvent;
using pos::repair::RepairState;

const Names all_endings = {"due",
                           "pending",
                           "done",
                           "refund_failed",
                           "refunded_elsewhere",
                           "survivor_gone",
                           "changed",
                           "disputed",
                           "too_old",
                           "rejected",
                           "key_conflict",
                           "keeps_changing",
                           "attempts_exhausted",
                           "unknown_outcome",
                           "unsealed"};
const Names all_looks = {"conflict", "refused"};
const Names all_moves = {"start", "visit", "done",   "failed", "lost", "drifted",
                         "skew",  "land",  "answer", "kill",   "jump", "deed"};

void compare(const char* what, const Names& wanted, const Names& met,
             std::vector<std::string>& out) {
  for (const std::string& each : wanted) {
    if (met.count(each) == 0) out.push_back(std::string("never met: ") + what + " " + each);
  }
  for (const std::string& each : met) {
    if (wanted.count(each) == 0) out.push_back(std::string("unknown: ") + what + " " + each);
  }
}

/// What needs a defect first, or words of ours that somebody has copied: the unit tests have it.
/// And a survey that finds nothing against it is no end of anything.
bool is_met_elsewhere(RepairState state, RepairEvent event) {
  if (event == RepairEvent::several) return true;
  return state == RepairState::surveying &&
         (event == RepairEvent::clear || event == RepairEvent::pending);
}

template <typename Visit>
void each_cell(Visit visit) {
  for (std::uint8_t state = 0; state < pos::repair::repair_state_count; ++state) {
    for (std::uint8_t event = 0; event < pos::repair::repair_event_count; ++event) {
      const auto at = static_cast<RepairState>(state);
      const auto what = static_cast<RepairEvent>(event);
      const bool possible =
          pos::repair::transition(at, what).next != pos::repair::RepairNext::impossible;
      visit(state, event, possible && !is_met_elsewhere(at, what));
    }
  }
}

bool was_met(const Coverage& coverage, std::uint8_t state, std::uint8_t event) {
  return (coverage.cells.at(state) >> event & 1U) != 0;
}

/// Statements of repairs, without those that only show it.
std::vector<pos::store::Entry> all_statements() {
  std::vector<pos::store::Entry> all;
  for (const pos::store::Part part : pos::store::parts()) {
    for (const pos::store::Entry& each : part) {
      const bool shows =
          each.name == "repair.list" || each.name == "repair.lines" || each.name == "repair.audit";
      if (each.name.substr(0, 7) == "repair." && !shows) all.push_back(each);
    }
  }
  return all;
}

}  // namespace

Coverage coverage_of(Machine& machine) {
  Coverage coverage;
  coverage.cells = pos::ablation::visited_cells;
  coverage.statements = machine.databases().mattered();
  std::copy(machine.faults().begin(), machine.faults().end(), coverage.faults.begin());
  coverage.moves = machine.moves_made();
  for (const Row& row : machine.databases().all_rows()) {
    const auto text = [&](std::size_t column) { return row.columns[column].value_or(""); };
    if (row.table == static_cast<std::uint8_t>(Table::repair_log)) {
      coverage.events.insert(text(2));
    }
    if (row.table != static_cast<std::uint8_t>(Table::repairs)) continue;
    const std::string reason = text(15);
    coverage.endings.insert(text(14) == "stopped" ? reason.substr(0, reason.find(':')) : text(14));
    if (!text(21).empty()) coverage.looks.insert(text(21));
  }
  return coverage;
}

std::vector<std::string> missing(const Coverage& coverage) {
  std::vector<std::string> out;
  each_cell([&](std::uint8_t state, std::uint8_t event, bool possible) {
    const bool met = was_met(coverage, state, event);
    const std::string cell = std::string(to_string(static_cast<RepairState>(state))) + " x " +
                             to_string(static_cast<RepairEvent>(event));
    if (possible && !met) out.push_back("never met: cell " + cell);
    if (!possible && met) out.push_back("met, but impossible: cell " + cell);
  });
  for (const pos::store::Entry& each : all_statements()) {
    if (coverage.statements[static_cast<std::size_t>(each.statement)] > 0) continue;
    out.push_back("never read or changed anything: statement " + std::string(each.name));
  }
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (coverage.faults[i] > 0) continue;
    out.push_back(std::string("never met: ") + seen(static_cast<RequestFault>(i)).words);
  }
  compare("state or code", all_endings, coverage.endings, out);
  compare("reason to look", all_looks, coverage.looks, out);
  compare("move", all_moves, coverage.moves, out);
  return out;
}

std::vector<Counted> counted(const Coverage& coverage) {
  Counted cells{"cells of the table of repairs", 0, 0};
  each_cell([&](std::uint8_t state, std::uint8_t event, bool possible) {
    if (!possible) return;
    ++cells.of;
    if (was_met(coverage, state, event)) ++cells.met;
  });
  Counted statements{"statements", 0, 0};
  for (const pos::store::Entry& each : all_statements()) {
    ++statements.of;
    if (coverage.statements[static_cast<std::size_t>(each.statement)] > 0) ++statements.met;
  }
  Counted faults{"ways for a request to end", 0, fault_count};
  for (std::size_t i = 0; i < fault_count; ++i) faults.met += coverage.faults[i] > 0 ? 1 : 0;
  return {cells,
          statements,
          faults,
          {"states and codes", coverage.endings.size(), all_endings.size()},
          {"reasons to look", coverage.looks.size(), all_looks.size()},
          {"kinds of moves", coverage.moves.size(), all_moves.size()}};
}

}  // namespace explore::repair

#include "explore/coverage.hpp"

#include <algorithm>

#include "ablation/layer.hpp"
#include "explore/machine.hpp"

namespace explore {
namespace {

using Names = std::set<std::string>;

const Names all_events = {"enqueued",
                          "order_accepted",
                          "payment_accepted",
                          "order_total_differs",
                          "order_rejected",
                          "order_throttled",
                          "order_unauthorized",
                          "order_unknown",
                          "order_conflict",
                          "order_account_refused",
                          "payment_account_refused",
                          "look_account_refused",
                          "frozen_again",
                          "brought_back",
                          "payment_rejected",
                          "payment_paid_elsewhere",
                          "payment_throttled",
                          "payment_unauthorized",
                          "payment_unknown",
                          "payment_conflict",
                          "given_back",
                          "taken_over",
                          "recognised",
                          "payload_rejected",
                          "content_differs",
                          "order_id_collision",
                          "earlier_revision_open",
                          "superseded",
                          "attempts_exhausted",
                          "total_differs",
                          "look_total_differs",
                          "look_rejected",
                          "look_throttled",
                          "look_unauthorized",
                          "look_unknown",
                          "look_found",
                          "look_found_unpaid",
                          "look_found_canceled",
                          "look_several",
                          "look_absent_early",
                          "look_absent_once",
                          "look_absent",
                          "look_unclear",
                          "look_lookalikes",
                          "cancel_asked",
                          "webhook_hint",
                          "replayed",
                          "canceled",
                          "marked_done",
                          "mark_undone",
                          "insert_conflicts",
                          "adopted",
                          "row_rejected",
                          "unstorable",
                          "duplicate_row"};

const Names all_endings = {"pending",
                           "failed",
                           "success",
                           "rejected",
                           "total_mismatch",
                           "payment_rejected",
                           "paid_elsewhere",
                           "unknown_outcome",
                           "key_conflict",
                           "duplicate_at_provider",
                           "content_differs",
                           "order_id_collision",
                           "attempts_exhausted",
                           "earlier_revision_open",
                           "canceled",
                           "duplicate_row"};

const Names all_looks = {"conflict", "rejected", "cancel", "keyless", "account"};

const Names all_moves = {"start",  "visit", "done", "failed", "lost", "drifted", "land",
                         "answer", "kill",  "jump", "event",  "skew", "deed"};

template <typename T, std::size_t N>
void add_up(std::array<T, N>& sums, const std::array<T, N>& more) {
  for (std::size_t i = 0; i < N; ++i) sums[i] += more[i];
}

void compare(const char* what, const Names& wanted, const Names& met,
             std::vector<std::string>& out) {
  for (const std::string& each : wanted) {
    if (met.count(each) == 0) out.push_back(std::string("never met: ") + what + " " + each);
  }
  for (const std::string& each : met) {
    if (wanted.count(each) == 0) out.push_back(std::string("unknown: ") + what + " " + each);
  }
}

std::string cell_name(std::uint8_t state, std::uint8_t event) {
  return std::string(pos::push::to_string(static_cast<pos::push::State>(state))) + " x " +
         pos::push::to_string(static_cast<pos::push::Event>(event));
}

/// A search that does not come to an end takes two thousand pages: the unit tests read them.
bool takes_too_long(std::uint8_t state, std::uint8_t event) {
  using pos::push::State;
  const auto at = static_cast<State>(state);
  return (at == State::looking_keyless || at == State::looking_keyless_cancel) &&
         static_cast<pos::push::Event>(event) == pos::push::Event::unclear;
}

template <typename Visit>
void each_cell(Visit visit) {
  for (std::uint8_t state = 0; state < pos::push::state_count; ++state) {
    for (std::uint8_t event = 0; event < pos::push::event_count; ++event) {
      const auto& cell = pos::push::transition(static_cast<pos::push::State>(state),
                                               static_cast<pos::push::Event>(event));
      visit(state, event,
            cell.next != pos::push::Next::impossible && !takes_too_long(state, event));
    }
  }
}

bool was_met(const Coverage& coverage, std::uint8_t state, std::uint8_t event) {
  return (coverage.cells.at(state) >> event & 1U) != 0;
}

}  // namespace

void Coverage::add(const Coverage& other) {
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] |= other.cells[i];
  add_up(statements, other.statements);
  add_up(faults, other.faults);
  events.insert(other.events.begin(), other.events.end());
  endings.insert(other.endings.begin(), other.endings.end());
  looks.insert(other.looks.begin(), other.looks.end());
  moves.insert(other.moves.begin(), other.moves.end());
}

Coverage coverage_of(Machine& machine) {
  Coverage coverage;
  coverage.cells = pos::ablation::visited_cells;
  coverage.statements = machine.databases().mattered();
  std::copy(machine.faults().begin(), machine.faults().end(), coverage.faults.begin());
  coverage.moves = machine.moves_made();
  for (const Row& row : machine.databases().all_rows()) {
    const auto text = [&](std::size_t column) { return row.columns[column].value_or(""); };
    switch (static_cast<Table>(row.table)) {
      case Table::audit:
        coverage.events.insert(text(4));
        break;
      case Table::queue:
        coverage.endings.insert(text(6) == "dead" ? text(11).substr(0, text(11).find(':'))
                                                  : text(6));
        break;
      case Table::ledger:
        if (!text(9).empty()) coverage.looks.insert(text(9));
        break;
      case Table::claims:
      case Table::accounts:
      case Table::cursors:
      case Table::sequence:
      case Table::events:
      case Table::codes:
      case Table::hosts:
      case Table::repairs:
      case Table::repair_log:
      case Table::repair_orders:
      case Table::groups:
      case Table::audits:
      case Table::places:
        break;
    }
  }
  return coverage;
}

std::vector<std::string> missing(const Coverage& coverage) {
  std::vector<std::string> out;
  each_cell([&](std::uint8_t state, std::uint8_t event, bool possible) {
    const bool met = was_met(coverage, state, event);
    if (possible && !met) out.push_back("never met: cell " + cell_name(state, event));
    if (!possible && met) out.push_back("met, but impossible: cell " + cell_name(state, event));
  });
  for (std::size_t i = 0; i < pos::store::statement_count; ++i) {
    if (coverage.statements[i] > 0) continue;
    out.push_back("never read or changed anything: statement " +
                  std::string(pos::store::name_of(static_cast<pos::store::Statement>(i))));
  }
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (coverage.faults[i] > 0) continue;
    out.push_back(std::string("never met: ") + seen(static_cast<RequestFault>(i)).words);
  }
  compare("audit event", all_events, coverage.events, out);
  compare("status or code", all_endings, coverage.endings, out);
  compare("reason to look", all_looks, coverage.looks, out);
  compare("move", all_moves, coverage.moves, out);
  return out;
}

std::vector<Counted> counted(const Coverage& coverage) {
  Counted cells{"cells of the transition table", 0, 0};
  each_cell([&](std::uint8_t state, std::uint8_t event, bool possible) {
    if (!possible) return;
    ++cells.of;
    if (was_met(coverage, state, event)) ++cells.met;
  });
  const auto positive = [](const auto& counts, std::size_t most) {
    return static_cast<std::size_t>(
        std::count_if(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(most),
                      [](std::uint64_t n) { return n > 0; }));
  };
  const std::size_t statements = pos::store::statement_count;
  return {cells,
          {"statements", positive(coverage.statements, pos::store::statement_count), statements},
          {"ways for a request to end", positive(coverage.faults, fault_count), fault_count},
          {"audit events", coverage.events.size(), all_events.size()},
          {"statuses and codes", coverage.endings.size(), all_endings.size()},
          {"reasons to look", coverage.looks.size(), all_looks.size()},
          {"kinds of moves", coverage.moves.size(), all_moves.size()}};
}

}  // namespace explore

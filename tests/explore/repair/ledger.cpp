#include "explore/repair/ledger.hpp"

#include <algorithm>
#include <type_traits>

#include "base/json/value.hpp"
#include "explore/state.hpp"

namespace explore::repair {
namespace {

using pos::store::Statement;

constexpr std::string_view call_front = "tick:mend:";

std::string text(const Row& row, std::size_t column) { return row.columns[column].value_or(""); }

std::int64_t integer(const Row& row, std::size_t column) {
  const auto& value = row.columns[column];
  return value && !value->empty() ? std::stoll(*value) : 0;
}

RepairStatus state_of(const std::string& word) {
  if (word == "due") return RepairStatus::due;
  if (word == "pending") return RepairStatus::pending;
  return word == "done" ? RepairStatus::done : RepairStatus::stopped;
}

// The columns are those of the shape in databases.cpp.
RepairFact read_repair(const Row& row) {
  RepairFact fact;
  fact.survivor = text(row, 8);
  fact.state = state_of(text(row, 14));
  fact.reason = text(row, 15);
  fact.code = fact.reason.substr(0, fact.reason.find(':'));
  fact.generation = integer(row, 16);
  fact.request = text(row, 17);
  fact.first_sent_at = integer(row, 18);
  fact.last_sent_at = integer(row, 19);
  fact.in_doubt_since = integer(row, 20);
  fact.look = text(row, 21);
  fact.absent_at = integer(row, 22);
  fact.refund_id = text(row, 23);
  fact.attempts = integer(row, 24);
  fact.next_attempt_at = integer(row, 25);
  fact.holder = text(row, 26);
  fact.claimed_at = integer(row, 27);
  fact.lease_until = integer(row, 28);
  pos::json::Document request;
  if (!fact.request.empty() && request.parse(fact.request)) {
    fact.body = request.root()["body"].text();
  }
  return fact;
}

bool has(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_line(const Row& row) { return row.table == static_cast<std::uint8_t>(Table::repair_log); }

void forget_times(Row& row, std::int64_t now_ms) {
  const bool due = text(row, 14) == "due";
  const bool open = due || text(row, 14) == "pending";
  const bool held = !text(row, 26).empty();
  row.columns[15] = text(row, 15).substr(0, text(row, 15).find(':'));
  // A day earlier than this is where lists begin.
  if (row.columns[18]) row.columns[18] = std::to_string(epoch_ms);
  const bool doubt = row.columns[20].has_value();
  if (doubt) row.columns[20] = std::to_string(epoch_ms);
  // With nothing in doubt nobody asks when it was sent; of a pending one, how old it is.
  if (due && !doubt) {
    row.columns[19].reset();
    row.columns[22].reset();
  }
  // What is due is due, since whenever.
  if (!open || integer(row, 25) <= now_ms) row.columns[25] = "0";
  if (!held) row.columns[27].reset();
  if (text(row, 14) == "done") {
    for (const std::size_t each : {17U, 18U, 19U, 22U}) row.columns[each].reset();
    row.columns[24] = "0";
  }
  row.columns[29].reset();  // done_at
  row.columns[31] = "0";    // updated_at
}

class Check {
 public:
  Check(const Ledger& was, const Ledger& is, const std::vector<Target>& targets,
        const pos::io::D1Command& command, std::int64_t now_ms, const pos::Settings& settings)
      : was_(was),
        is_(is),
        targets_(targets),
        token_(command.parameters.empty() ? std::string() : command.parameters.front()),
        now_ms_(now_ms),
        settings_(settings) {}

  Broken claim() {
    const bool repeated = was_.called(token_);
    each([&](const RepairFact& was, const RepairFact& is, std::size_t lines) {
      const bool changed = !(was == is);
      expect(!changed || !repeated, Invariant::repeats_take_no_repair);
      const bool held = !was.holder.empty() && was.lease_until > now_ms_;
      expect(!held || !changed, Invariant::a_held_repair_is_nobody_elses);
      expect(was.is_open() || !changed, Invariant::a_repair_at_rest_stays);
      const bool took = is.holder == token_ && was.holder != token_;
      const bool left = !was.holder.empty() && !held && changed;
      expect(lines == (left ? 1U : 0U), Invariant::one_line_per_step);
      if (!took) return;
      const bool quiet =
          is.in_doubt_since == 0 || is.last_sent_at + settings_.quiet_on_clock_ms() <= now_ms_;
      expect(is.is_open() && is.next_attempt_at <= now_ms_ && quiet && is.claimed_at == now_ms_ &&
                 is.lease_until == now_ms_ + settings_.lease_ms,
             Invariant::takes_only_due_repairs);
    });
    return broken_;
  }

  Broken freeze() {
    each([&](const RepairFact& was, const RepairFact& is, std::size_t lines) {
      const bool changed = !(was == is);
      const bool owned = was.holder == token_ && was.lease_until > now_ms_;
      expect(!changed || owned, Invariant::stale_freeze_of_a_repair);
      expect(!changed || was.in_doubt_since == 0, Invariant::nothing_in_doubt_is_sent);
      expect(was.request.empty() || was.generation != is.generation || was.request == is.request,
             Invariant::frozen_refund_stays);
      expect(lines == (changed ? 1U : 0U), Invariant::one_line_per_step);
    });
    return broken_;
  }

  Broken settle() {
    each([&](const RepairFact& was, const RepairFact& is, std::size_t lines, bool cancels) {
      const bool changed = !(was == is);
      expect((!changed && lines == 0) || was.holder == token_, Invariant::stale_settle_of_a_repair);
      expect(lines == (changed ? 1U : 0U), Invariant::one_line_per_step);
      expect(was.is_open() || !changed, Invariant::a_repair_at_rest_stays);
      expect(was.request == is.request && was.generation == is.generation,
             Invariant::frozen_refund_stays);
      expect(was.refund_id.empty() || was.refund_id == is.refund_id,
             Invariant::a_repair_at_rest_stays);
      const bool let_go = was.in_doubt_since != 0 && is.in_doubt_since == 0 &&
                          is.state == RepairStatus::due && !cancels;
      expect(!let_go || was_seen_twice(was), Invariant::no_refund_is_seen_twice);
    });
    return broken_;
  }

  /// An operator's: only what nobody holds, and only what has stopped or is in doubt.
  Broken retry() {
    each([&](const RepairFact& was, const RepairFact& is, std::size_t lines) {
      const bool changed = !(was == is);
      expect(!changed || was.holder.empty(), Invariant::a_held_repair_is_nobody_elses);
      expect(was.state != RepairStatus::done || !changed, Invariant::a_repair_at_rest_stays);
      // Who asks for what is so already has a line of his own, too.
      expect(lines == 1U || (lines == 0U && !changed), Invariant::one_line_per_step);
    });
    return broken_;
  }

  /// It adds, and changes nothing that is there.
  Broken approve() {
    each([&](const RepairFact& was, const RepairFact& is, std::size_t lines) {
      const bool is_new = was.state == RepairStatus::none && is.state != RepairStatus::none;
      expect(was == is || is_new, Invariant::a_repair_at_rest_stays);
      expect(lines == (is_new ? 1U : 0U), Invariant::one_line_per_step);
    });
    return broken_;
  }

 private:
  void expect(bool holds, Invariant invariant) {
    if (!holds) broken_ |= bit(invariant);
  }

  /// The second look began when the first one, and that when the last request, was over for long
  /// enough.
  [[nodiscard]] bool was_seen_twice(const RepairFact& was) const {
    const std::int64_t settle_ms = settings_.settle_on_clock_ms();
    return was.absent_at >= was.last_sent_at + settings_.quiet_on_clock_ms() + settle_ms &&
           was.claimed_at >= was.absent_at + settle_ms;
  }

  template <typename Look>
  void each(Look look) {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const auto lines = std::count_if(is_.lines.begin(), is_.lines.end(), [&](const auto& line) {
        return line.target == targets_[i].id &&
               std::find(was_.lines.begin(), was_.lines.end(), line) == was_.lines.end();
      });
      const auto count = static_cast<std::size_t>(lines);
      if constexpr (std::is_invocable_v<Look, const RepairFact&, const RepairFact&, std::size_t,
                                        bool>) {
        look(was_.repairs[i], is_.repairs[i], count, targets_[i].cancels);
      } else {
        look(was_.repairs[i], is_.repairs[i], count);
      }
    }
  }

  const Ledger& was_;
  const Ledger& is_;
  const std::vector<Target>& targets_;
  std::string token_;
  std::int64_t now_ms_;
  const pos::Settings& settings_;
  Broken broken_ = 0;
};

}  // namespace

bool Ledger::called(const std::string& token) const {
  return std::find(calls.begin(), calls.end(), token) != calls.end();
}

void keep_what_matters(std::vector<Row>& rows, std::int64_t now_ms,
                       const std::vector<std::string>& tokens_out, bool keep_lines) {
  std::vector<std::string> tokens = tokens_out;
  for (Row& row : rows) {
    if (row.table != static_cast<std::uint8_t>(Table::repairs)) continue;
    forget_times(row, now_ms);
    if (!text(row, 26).empty()) tokens.push_back(text(row, 26));
  }
  const auto over = [&](const Row& row) {
    // An approval's token is its group, which somebody may approve again.
    if (is_line(row)) {
      return !keep_lines && text(row, 2) != "approved" && !has(tokens, text(row, 1));
    }
    const std::string key = text(row, 0);
    return row.table == static_cast<std::uint8_t>(Table::claims) && key.rfind(call_front, 0) == 0 &&
           !has(tokens_out, key.substr(call_front.size()));
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), over), rows.end());
  const std::vector<Row> kept = rows;
  for (Row& row : rows) {
    if (!is_line(row)) continue;
    row.columns[4] = "0";  // at
    row.columns[8] = "";   // detail
    const auto older = std::count_if(kept.begin(), kept.end(), [&](const Row& other) {
      return is_line(other) && text(other, 0) == text(row, 0) &&
             integer(other, 9) < integer(row, 9);
    });
    row.columns[9] = std::to_string(older);
  }
}

Ledger read_ledger(const Databases& databases, DbId id, const std::vector<Target>& targets) {
  Ledger ledger;
  for (const std::uint32_t number : databases.rows_of(id)) {
    const Row& row = databases.row(number);
    switch (static_cast<Table>(row.table)) {
      case Table::repairs:
        for (std::size_t i = 0; i < targets.size(); ++i) {
          const bool same =
              targets[i].id == text(row, 2) && (text(row, 1) == "cancel") == targets[i].cancels;
          if (same) ledger.repairs.at(i) = read_repair(row);
        }
        break;
      case Table::repair_log:
        ledger.lines.push_back({text(row, 0), text(row, 1), text(row, 2)});
        break;
      case Table::repair_orders:
        ledger.places.push_back({text(row, 1), text(row, 2), text(row, 3) == "survivor"});
        break;
      case Table::claims:
        if (text(row, 0).rfind(call_front, 0) == 0) {
          ledger.calls.push_back(text(row, 0).substr(call_front.size()));
        }
        break;
      case Table::queue:
      case Table::ledger:
      case Table::audit:
      case Table::accounts:
      case Table::cursors:
      case Table::sequence:
      case Table::events:
      case Table::codes:
      case Table::hosts:
      case Table::groups:
      case Table::audits:
      case Table::places:
        break;
    }
  }
  return ledger;
}

Broken check_batch(const Ledger& was, const Ledger& is, const std::vector<Target>& targets,
                   const pos::io::D1Command& command, std::int64_t now_ms,
                   const pos::Settings& settings) {
  Check check(was, is, targets, command, now_ms, settings);
  const Statement first = command.statements.front();
  if (first == Statement::repair_open) return check.claim();
  if (first == Statement::repair_log_frozen) return check.freeze();
  if (first == Statement::repair_log_settled) return check.settle();
  if (first == Statement::repair_log_retried) return check.retry();
  return check.approve();
}

}  // namespace explore::repair

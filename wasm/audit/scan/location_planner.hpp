// Groups what was read of one place, and plans each group: what a job holds of it meanwhile.
// Nothing of this is stored before it is complete; a job that crashes is followed by one that
// starts over, with the same result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audit/group/grouping.hpp"
#include "audit/plan/plan.hpp"
#include "base/json/value.hpp"

namespace pos::audit {

class LocationPlanner {
 public:
  LocationPlanner() = default;
  explicit LocationPlanner(std::int64_t window_ms) : window_ms_(window_ms), grouping_(window_ms) {}

  /// Takes a page of audit.keys; true if there may be another one, behind after_at() and
  /// after_row().
  [[nodiscard]] bool take_keys(json::Value rows);
  [[nodiscard]] std::int64_t after_at() const { return after_at_; }
  [[nodiscard]] std::int64_t after_row() const { return after_row_; }

  /// All keys are there: finds the candidates.
  void group();
  /// How many candidates are not planned yet.
  [[nodiscard]] bool has_more() const { return next_ < candidates_.size(); }

  void take_days(json::Value days) { days_ = read_days(days); }

  /// The rows of the next candidates that are to be looked at, a JSON list.
  [[nodiscard]] std::string next_rows();
  /// Takes those rows of audit.members; returns the groups that they are, as audit.groups_in takes
  /// them.
  [[nodiscard]] std::string take_members(json::Value rows);

  [[nodiscard]] std::string figures() const { return figures_.json(); }
  /// Of all its groups: the same plan, the same fingerprint.
  [[nodiscard]] std::string fingerprint() const;
  /// Notes for the reader of the plan, one line each; "" if there are none.
  [[nodiscard]] const std::string& note() const { return note_; }
  void add_note(const std::string& note);

  bool operator==(const LocationPlanner&) const = default;

 private:
  std::int64_t window_ms_ = 0;
  Grouping grouping_;
  std::int64_t after_at_ = -1;
  std::int64_t after_row_ = 0;
  std::vector<Candidate> candidates_;
  std::size_t begun_ = 0;  // the first one of those whose rows were asked for
  std::size_t next_ = 0;   // the first one whose rows were not
  std::vector<Day> days_;
  PlanTotals figures_;
  std::vector<std::pair<std::string, std::string>> digests_;  // of each group, by its id
  std::string note_;
};

}  // namespace pos::audit

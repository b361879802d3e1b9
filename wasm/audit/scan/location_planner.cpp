#include "audit/scan/location_planner.hpp"

#include <algorithm>
#include <map>

#include "audit/scan/rows.hpp"
#include "base/json/writer.hpp"
#include "base/sha256.hpp"
#include "base/sorted_indices.hpp"
#include "base/text.hpp"

namespace pos::audit {
namespace {

using json::Value;

// audit.keys answers that many at a time.
constexpr std::size_t keys_page = 5000;

// So many orders are looked at together: their texts, and the plans that are made of them, are a
// few hundred kilobytes.
constexpr std::size_t rows_most = 300;

std::int64_t first_time(const Plan& plan) {
  std::int64_t first = plan.orders.front().created_at_ms;
  for (const PlannedOrder& each : plan.orders) first = std::min(first, each.created_at_ms);
  return first;
}

}  // namespace

bool LocationPlanner::take_keys(Value rows) {
  grouping_.add_rows(rows);
  for (Value row = rows.first(); row.present(); row = row.next()) {
    after_row_ = row.at(0).integer();
    after_at_ = row.at(1).integer();
  }
  return rows.size() == keys_page;
}

void LocationPlanner::group() {
  candidates_ = grouping_.finish();
  grouping_ = Grouping();
  for (Candidate& each : candidates_) {
    if (each.rows.size() <= rows_most) continue;
    // Only what looks alike comes in such numbers, and of that nothing is done by itself.
    add_note(concat("a group of ", static_cast<std::int64_t>(each.rows.size()),
                    " orders that look the same is shown with its first ",
                    static_cast<std::int64_t>(rows_most)));
    each.rows.resize(rows_most);
  }
}

void LocationPlanner::add_note(const std::string& note) {
  append(note_, concat(note_.empty() ? "" : "\n", note));
}

std::string LocationPlanner::next_rows() {
  json::Writer out;
  out.begin_array();
  begun_ = next_;
  std::size_t rows = 0;
  while (next_ < candidates_.size()) {
    const Candidate& candidate = candidates_[next_];
    if (rows != 0 && rows + candidate.rows.size() > rows_most) break;
    for (const std::int64_t row : candidate.rows) out.integer(row);
    rows += candidate.rows.size();
    ++next_;
  }
  return out.end_array().take();
}

std::string LocationPlanner::take_members(Value rows) {
  std::map<std::int64_t, Member> members;
  PlanningContext circumstances;
  circumstances.window_ms = window_ms_;
  for (Value each = rows.first(); each.present(); each = each.next()) {
    MemberRow read = read_member(each);
    circumstances.now_ms = read.now_ms;
    members[read.row] = std::move(read.member);
  }
  json::Writer out;
  out.begin_array();
  for (; begun_ < next_; ++begun_) {
    std::vector<Member> of_group;
    for (const std::int64_t row : candidates_[begun_].rows) {
      const auto found = members.find(row);
      if (found != members.end()) of_group.push_back(std::move(found->second));
    }
    const auto plan = make_plan(candidates_[begun_].confidence, std::move(of_group), circumstances);
    if (!plan) continue;
    const std::string text = json_of(*plan);
    figures_.add(*plan, days_);
    digests_.emplace_back(plan->group_id, hex(sha256(text)));
    out.begin_object().member("group_id", plan->group_id);
    out.member("confidence", name_of(plan->confidence)).member("first_at", first_time(*plan));
    out.member("plan", text).end_object();
  }
  return out.end_array().take();
}

std::string LocationPlanner::fingerprint() const {
  const auto order = sorted_indices(digests_.size(), [&](std::size_t a, std::size_t b) {
    return digests_[a].first < digests_[b].first;
  });
  std::string fingerprint;
  for (const std::size_t each : order) {
    fingerprint = chained_fingerprint(fingerprint, digests_[each].second);
  }
  // A place without groups has a plan, too: that there is nothing to be done.
  return fingerprint.empty() ? hex(sha256({})) : fingerprint;
}

}  // namespace pos::audit

#include "audit/plan/plans_fingerprint.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "audit/plan/plan.hpp"
#include "base/sha256.hpp"

namespace pos::audit {
namespace {

constexpr std::size_t page = 200;

}  // namespace

void PlansFingerprint::ask(json::Writer& out) const {
  out.member("after_location", after_location_).member("after_group", after_group_);
  out.member("limit", static_cast<std::int64_t>(page));
}

bool PlansFingerprint::take(json::Value rows) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    after_location_ = row.at(0).text();
    after_group_ = row.at(1).text();
    add(after_location_, row.at(2).text());
  }
  // A page that was cut by its bytes says how many rows it would have had.
  return rows.size() == page ||
         rows.at(rows.size() - 1).at(3).integer() > static_cast<std::int64_t>(rows.size());
}

void PlansFingerprint::add(std::string_view location_id, std::string_view plan) {
  if (of_place_.empty() || of_place_.back().first != location_id) {
    of_place_.emplace_back(location_id, std::string());
  }
  std::string& fingerprint = of_place_.back().second;
  fingerprint = chained_fingerprint(fingerprint, hex(sha256(plan)));
}

std::string PlansFingerprint::differs_at(const std::vector<AuditPlace>& places) const {
  for (const AuditPlace& each : places) {
    // What was left out is no part of the plan, and nothing of it can be approved.
    if (each.left_out_at != 0) continue;
    const auto found = std::find_if(of_place_.begin(), of_place_.end(), [&](const auto& place) {
      return place.first == each.location_id;
    });
    // A place without groups has a plan, too: that there is nothing to be done.
    const std::string now = found == of_place_.end() ? hex(sha256({})) : found->second;
    if (now != each.fingerprint) return each.location_id;
  }
  const auto stray = std::find_if(of_place_.begin(), of_place_.end(), [&](const auto& place) {
    return std::none_of(places.begin(), places.end(),
                        [&](const AuditPlace& each) { return each.location_id == place.first; });
  });
  return stray == of_place_.end() ? std::string() : stray->first;
}

}  // namespace pos::audit

#include "reconcile/period.hpp"

#include <algorithm>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"

namespace pos::reconcile {
namespace {

constexpr std::int64_t days_most = 93;

// No time zone is farther from UTC, and a day that is put back to standard time lasts an hour more.
constexpr std::int64_t zone_ms = day_ms + 2 * hour_ms;

constexpr const char* expected_day =
    "a date as 2026-11-21, or a time as 2026-11-21T18:00:00Z, of the years 1971 to 9998";

Edge read_edge(const char* name, const std::string& text, FieldErrors& findings) {
  constexpr std::size_t date_size = 10;
  const bool is_date = text.size() == date_size;
  const auto seconds = parse_rfc3339(is_date ? text + "T00:00:00Z" : text);
  constexpr std::int64_t first_s = 31'536'000;        // 1971-01-01
  constexpr std::int64_t behind_s = 253'370'764'800;  // 9999-01-01
  if (!seconds || *seconds < first_s || *seconds >= behind_s) {
    findings.expected(name, expected_day, text.empty() ? "nothing" : concat("\"", text, "\""));
    return {};
  }
  return Edge{is_date ? text : std::string(), *seconds * 1000};
}

}  // namespace

std::int64_t AskedDays::earliest_ms() const {
  return from.date.empty() ? from.ms : from.ms - zone_ms;
}

std::int64_t AskedDays::latest_ms() const {
  return to.date.empty() ? to.ms : to.ms + day_ms + zone_ms;
}

AskedDays read_days(const std::string& from, const std::string& to, FieldErrors& findings) {
  AskedDays asked;
  asked.from = read_edge("from", from, findings);
  asked.to = read_edge("to", to, findings);
  if (!findings.empty()) return asked;
  const std::int64_t length = asked.to.ms - asked.from.ms + (asked.to.date.empty() ? 0 : day_ms);
  if (length <= 0) {
    findings.expected("to", "no day before from", concat("\"", to, "\""));
  } else if (length > days_most * day_ms + hour_ms) {
    findings.expected("to", "at most 93 days from `from` on", concat("\"", to, "\""));
  }
  return asked;
}

Period period_of(const AskedDays& asked, json::Value days) {
  Period period;
  period.from_ms = asked.from.ms;
  period.to_ms = asked.to.ms;
  // Dates compare as texts. One that a zone has skipped begins and ends where the next one begins.
  bool began = false;
  bool ended = false;
  for (json::Value day = days.first(); day.present(); day = day.next()) {
    const std::string_view date = day.at(0).text();
    const std::int64_t start = day.at(1).integer();
    if (!asked.from.date.empty() && !began && date >= asked.from.date) {
      period.from_ms = start;
      began = true;
    }
    if (!asked.to.date.empty() && !ended && date > asked.to.date) {
      period.to_ms = start;
      ended = true;
    }
    period.dates.emplace_back(date);
    period.starts.push_back(start);
  }
  // Those that are asked about: the one that `from` is part of, and all that begin before `to`.
  const auto first = std::upper_bound(period.starts.begin(), period.starts.end(), period.from_ms);
  const auto before = std::max<std::ptrdiff_t>(0, first - period.starts.begin() - 1);
  const auto last = std::lower_bound(period.starts.begin(), period.starts.end(), period.to_ms);
  const auto behind = std::max<std::ptrdiff_t>(before, last - period.starts.begin());
  period.dates.erase(period.dates.begin() + behind, period.dates.end());
  period.starts.erase(period.starts.begin() + behind, period.starts.end());
  period.dates.erase(period.dates.begin(), period.dates.begin() + before);
  period.starts.erase(period.starts.begin(), period.starts.begin() + before);
  return period;
}

}  // namespace pos::reconcile

// What is made of a place that is read: its orders' keys are grouped, and each group is planned.
#include <utility>

#include "audit/scan/reader.hpp"
#include "base/text.hpp"

namespace pos::audit {

using json::Value;
using store::Statement;

void AuditReader::ask_keys(const Turn& turn) {
  turn.place.doing = Doing::grouping;
  json::Writer query = turn.place.fence();
  query.member("after_at", turn.place.plan.after_at());
  query.member("after_row", turn.place.plan.after_row());
  turn.d1(What::keys, {Statement::audit_keys}, query);
}

void AuditReader::take_keys(const Turn& turn, Value rows) {
  if (turn.place.plan.take_keys(rows)) return ask_keys(turn);
  turn.place.plan.group();
  ask_days(turn);
}

void AuditReader::ask_days(const Turn& turn) {
  const LocationScan& place = turn.place;
  turn.place.doing = Doing::grouping;
  io::DayBoundariesCommand days;
  days.time_zone = place.time_zone.empty() ? std::string("UTC") : place.time_zone;
  days.from_ms = place.from_ms;
  days.to_ms = place.to_ms;
  turn.in_flight.days(static_cast<std::uint32_t>(What::days), turn.number, std::move(days),
                      turn.out);
}

void AuditReader::take_days(const Turn& turn, const io::Outcome& outcome) {
  LocationScan& place = turn.place;
  if (outcome.kind == io::OutcomeKind::unknown_time_zone && !place.time_zone.empty()) {
    place.plan.add_note(concat("the time zone ", place.time_zone, " is unknown: days are UTC's"));
    place.time_zone.clear();
    return ask_days(turn);
  }
  place.plan.take_days(outcome.results);
  go_on_planning(turn, "[]");
}

// Groups are stored while the next ones are looked at; behind the last ones stands the sum of them.
void AuditReader::go_on_planning(const Turn& turn, const std::string& groups) {
  LocationScan& place = turn.place;
  json::Writer query = place.fence();
  if (place.plan.has_more()) {
    place.doing = Doing::grouping;
    query.key("rows").raw(place.plan.next_rows());
    return turn.d1(What::members, {Statement::audit_groups_in, Statement::audit_members}, query,
                   groups);
  }
  place.doing = Doing::over;
  ++planned_;
  query.member("figures", place.plan.figures()).member("fingerprint", place.plan.fingerprint());
  query.member_if_any("note", place.plan.note());
  place.plan = LocationPlanner();
  turn.d1(What::left,
          {Statement::audit_groups_in, Statement::audit_groups_old, Statement::audit_planned},
          query, groups);
}

}  // namespace pos::audit

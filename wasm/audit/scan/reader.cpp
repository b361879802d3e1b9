#include "audit/scan/reader.hpp"

#include <algorithm>
#include <iterator>

#include "audit/scan/limits.hpp"
#include "base/text.hpp"

namespace pos::audit {

using json::Value;
using store::Statement;

namespace {

// Pages of one place, while others wait.
constexpr std::int64_t most_turns = 100;

}  // namespace

void AuditReader::Turn::d1(What what, std::initializer_list<Statement> statements,
                           json::Writer& query, const std::string& list) const {
  in_flight.d1(static_cast<std::uint32_t>(what), number, statements,
               {place.token, query.end_object().take(), list}, out);
}

std::int64_t AuditReader::open_places() const {
  return std::count_if(places_.begin(), places_.end(),
                       [](const LocationScan& each) { return each.doing != Doing::over; });
}

// However long the list of one place is, others come to their turn in the same tick.
bool AuditReader::can_go_on(const LocationScan& place,
                            const runtime::InFlightCommands& in_flight) const {
  return in_flight.has_budget() && in_flight.fits_lease(place.claimed_ms) &&
         (exhausted_ || place.turns < most_turns);
}

void AuditReader::advance(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                          io::Commands& out) {
  if (!in_flight.failure().empty()) return;
  std::uint32_t number = 0;
  for (LocationScan& place : places_) begin({context, number++, place, in_flight, out});
  claim(context, in_flight, out);
  release(in_flight, out);
}

void AuditReader::claim(const runtime::RunContext& context, runtime::InFlightCommands& in_flight,
                        io::Commands& out) {
  const std::int64_t room = context.settings.concurrency - open_places();
  if (claiming_ || exhausted_ || room <= 0 || !in_flight.has_budget()) return;
  claiming_ = true;
  claim_token_ = concat(context.id, ".", ++claims_);
  claim_asked_ms_ = in_flight.elapsed_ms();
  json::Writer query;
  query.begin_object().member("limit", room).member("lease_ms", context.settings.lease_ms);
  write_bounds(query);
  in_flight.d1(static_cast<std::uint32_t>(What::claim), static_cast<std::uint32_t>(room),
               {Statement::audit_blocked, Statement::audit_give_up, Statement::audit_claim,
                Statement::audit_held},
               {claim_token_, query.end_object().take()}, out);
}

void AuditReader::take_claim(const runtime::PendingCommand& pending, const io::Outcome& outcome) {
  claiming_ = false;
  exhausted_ = true;
  if (pending.failed) return;
  const Value rows = outcome.results.at(3);
  exhausted_ = rows.size() < pending.subject;
  for (Value row = rows.first(); row.present(); row = row.next()) {
    LocationScan& place = places_.emplace_back(read_place(row));
    place.token = claim_token_;
    place.claimed_ms = claim_asked_ms_;
  }
}

void AuditReader::begin(const Turn& turn) const {
  LocationScan& place = turn.place;
  if (place.doing != Doing::resting || !can_go_on(place, turn.in_flight)) return;
  if (place.step == LocationStep::grouping) {
    place.plan = LocationPlanner(place.window_ms);
    return ask_keys(turn);
  }
  if (!turn.in_flight.can_send_now()) return;
  place.doing = Doing::asking;
  ++place.turns;
  turn.in_flight.fetch(static_cast<std::uint32_t>(What::page), turn.number,
                       place.request(turn.context.settings), turn.out);
}

// Places for which there is no time left: the next tick goes on with them at once.
void AuditReader::release(runtime::InFlightCommands& in_flight, io::Commands& out) {
  std::string token;
  json::Writer list;
  list.begin_array();
  for (LocationScan& place : places_) {
    if (place.doing != Doing::resting || can_go_on(place, in_flight)) continue;
    if (!token.empty() && token != place.token) continue;
    token = place.token;
    place.doing = Doing::over;
    list.begin_array().string(place.audit_id).string(place.location_id).end_array();
  }
  if (token.empty()) return;
  in_flight.d1(static_cast<std::uint32_t>(What::left), 0, {Statement::audit_release},
               {token, list.end_array().take()}, out);
}

void AuditReader::receive(const runtime::RunContext& context,
                          const runtime::PendingCommand& pending, const io::Outcome& outcome,
                          runtime::InFlightCommands& in_flight, io::Commands& out) {
  const auto what = static_cast<What>(pending.purpose);
  if (what == What::claim) return take_claim(pending, outcome);
  if (what == What::left) return;
  LocationScan& place = *std::next(places_.begin(), static_cast<std::ptrdiff_t>(pending.subject));
  // A place that D1 does not answer for is left to the next worker once its lease has expired.
  place.doing = pending.failed ? Doing::over : Doing::resting;
  if (pending.failed) return;
  const Turn turn{context, pending.subject, place, in_flight, out};
  switch (what) {
    case What::page:
      return take_reply(turn, outcome.reply);
    case What::moved:
      return take_place(place, runtime::InFlightCommands::last_of(outcome.results).first());
    case What::keys:
      return take_keys(turn, outcome.results.first());
    case What::days:
      return take_days(turn, outcome);
    case What::members:
      return go_on_planning(
          turn, place.plan.take_members(runtime::InFlightCommands::last_of(outcome.results)));
    case What::claim:
    case What::left:
      return;
  }
}

void AuditReader::purge(runtime::InFlightCommands& in_flight, io::Commands& out) const {
  in_flight.d1(static_cast<std::uint32_t>(What::left), 0,
               {Statement::audit_purge_places, Statement::audit_purge_orders,
                Statement::audit_purge_payments},
               {}, out);
}

void AuditReader::report(json::Writer& out) const {
  out.member("audit_pages", pages_).member("audit_places_planned", planned_);
}

}  // namespace pos::audit

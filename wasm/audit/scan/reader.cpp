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

void Reading::Turn::d1(What what, std::initializer_list<Statement> statements, json::Writer& query,
                       const std::string& list) const {
  errands.d1(static_cast<std::uint32_t>(what), number, statements,
             {place.token, query.end_object().take(), list}, out);
}

std::int64_t Reading::open_places() const {
  return std::count_if(places_.begin(), places_.end(),
                       [](const ReadingPlace& each) { return each.doing != Doing::over; });
}

// However long the list of one place is, others come to their turn in the same tick.
bool Reading::can_go_on(const ReadingPlace& place, const runtime::Errands& errands) const {
  return errands.may_ever_fetch() && errands.fits_lease(place.claimed_ms) &&
         (exhausted_ || place.turns < most_turns);
}

void Reading::advance(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out) {
  if (!errands.failure().empty()) return;
  std::uint32_t number = 0;
  for (ReadingPlace& place : places_) begin({charge, number++, place, errands, out});
  claim(charge, errands, out);
  release(errands, out);
}

void Reading::claim(const runtime::Charge& charge, runtime::Errands& errands, io::Commands& out) {
  const std::int64_t room = charge.settings.concurrency - open_places();
  if (claiming_ || exhausted_ || room <= 0 || !errands.may_ever_fetch()) return;
  claiming_ = true;
  claim_token_ = words(charge.id, ".", ++claims_);
  claim_asked_ms_ = errands.elapsed_ms();
  json::Writer query;
  query.begin_object().member("limit", room).member("lease_ms", charge.settings.lease_ms);
  write_bounds(query);
  errands.d1(static_cast<std::uint32_t>(What::claim), static_cast<std::uint32_t>(room),
             {Statement::audit_blocked, Statement::audit_give_up, Statement::audit_claim,
              Statement::audit_held},
             {claim_token_, query.end_object().take()}, out);
}

void Reading::take_claim(const runtime::Errand& errand, const io::Outcome& outcome) {
  claiming_ = false;
  exhausted_ = true;
  if (errand.failed) return;
  const Value rows = outcome.results.at(3);
  exhausted_ = rows.size() < errand.about;
  for (Value row = rows.first(); row.present(); row = row.next()) {
    ReadingPlace& place = places_.emplace_back(read_place(row));
    place.token = claim_token_;
    place.claimed_ms = claim_asked_ms_;
  }
}

void Reading::begin(const Turn& turn) const {
  ReadingPlace& place = turn.place;
  if (place.doing != Doing::resting || !can_go_on(place, turn.errands)) return;
  if (place.step == ReadingStep::grouping) {
    place.plan = ReadingPlan(place.window_ms);
    return ask_keys(turn);
  }
  if (!turn.errands.may_fetch()) return;
  place.doing = Doing::asking;
  ++place.turns;
  turn.errands.fetch(static_cast<std::uint32_t>(What::page), turn.number,
                     place.request(turn.charge.settings), turn.out);
}

// Places for which there is no time left: the next tick goes on with them at once.
void Reading::release(runtime::Errands& errands, io::Commands& out) {
  std::string token;
  json::Writer list;
  list.begin_array();
  for (ReadingPlace& place : places_) {
    if (place.doing != Doing::resting || can_go_on(place, errands)) continue;
    if (!token.empty() && token != place.token) continue;
    token = place.token;
    place.doing = Doing::over;
    list.begin_array().string(place.audit_id).string(place.location_id).end_array();
  }
  if (token.empty()) return;
  errands.d1(static_cast<std::uint32_t>(What::left), 0, {Statement::audit_release},
             {token, list.end_array().take()}, out);
}

void Reading::receive(const runtime::Charge& charge, const runtime::Errand& errand,
                      const io::Outcome& outcome, runtime::Errands& errands, io::Commands& out) {
  const auto what = static_cast<What>(errand.what);
  if (what == What::claim) return take_claim(errand, outcome);
  if (what == What::left) return;
  ReadingPlace& place = *std::next(places_.begin(), static_cast<std::ptrdiff_t>(errand.about));
  // A place that D1 does not answer for is left to whoever comes when its lease has run out.
  place.doing = errand.failed ? Doing::over : Doing::resting;
  if (errand.failed) return;
  const Turn turn{charge, errand.about, place, errands, out};
  switch (what) {
    case What::page:
      return take_reply(turn, outcome.reply);
    case What::moved:
      return take_place(place, runtime::Errands::last_of(outcome.results).first());
    case What::keys:
      return take_keys(turn, outcome.results.first());
    case What::days:
      return take_days(turn, outcome);
    case What::members:
      return go_on_planning(turn,
                            place.plan.take_members(runtime::Errands::last_of(outcome.results)));
    case What::claim:
    case What::left:
      return;
  }
}

void Reading::purge(runtime::Errands& errands, io::Commands& out) const {
  errands.d1(static_cast<std::uint32_t>(What::left), 0,
             {Statement::audit_purge_places, Statement::audit_purge_orders,
              Statement::audit_purge_payments},
             {}, out);
}

void Reading::report(json::Writer& out) const {
  out.member("audit_pages", pages_).member("audit_places_planned", planned_);
}

}  // namespace pos::audit

// What Square says of a place: pages that are stored, and refusals that are waited for.
#include <algorithm>
#include <utility>

#include "audit/scan/limits.hpp"
#include "audit/scan/page.hpp"
#include "audit/scan/reader.hpp"
#include "base/backoff.hpp"
#include "base/duration.hpp"
#include "base/text.hpp"
#include "square/reply.hpp"

namespace pos::audit {
namespace {

using json::Value;
using net::Outcome;
using net::Reply;
using net::Result;
using store::Statement;

// Somebody has to give another token, or to let a breaker close, first.
constexpr std::int64_t again_after_refusal_ms = 10 * minute_ms;
// A merchant who is throttled, where Square does not say for how long.
constexpr std::int64_t again_after_throttling_ms = minute_ms;
// The seller or the operator may have fixed it since.
constexpr std::int64_t longest_wait_ms = 60 * minute_ms;

// Each step has a statement that takes its rows.
Statement statement_of(LocationStep step) {
  switch (step) {
    case LocationStep::location:
      return Statement::audit_locate;
    case LocationStep::orders:
      return Statement::audit_orders_in;
    case LocationStep::payments:
      return Statement::audit_payments_in;
    case LocationStep::refunds:
      return Statement::audit_refunds_in;
    case LocationStep::disputes:
    case LocationStep::grouping:
    case LocationStep::done:
      break;
  }
  return Statement::audit_disputes_in;
}

/// Whether an audit can do without what was refused: what the location is called, and which of its
/// payments are disputed. A token that is refused as a whole comes back.
bool can_do_without(LocationStep step, const Reply& reply) {
  if (step != LocationStep::location && step != LocationStep::disputes) return false;
  return square::is_withheld(reply);
}

/// Whether somebody answered who knows whom he refuses. Outages, and a Square that has no time,
/// pass by themselves.
bool is_answered(const Reply& reply) {
  if (reply.transport == net::Transport::too_large) return true;
  const bool passes = reply.status == 408 || reply.status == 425 || reply.status == 429;
  return reply.transport == net::Transport::replied && reply.status < 500 && !passes;
}

bool has_pages(LocationStep step) {
  return step != LocationStep::location && step != LocationStep::disputes;
}

}  // namespace

void AuditReader::take_reply(const Turn& turn, const Reply& reply) {
  LocationScan& place = turn.place;
  if (reply.transport == net::Transport::too_large && place.at.limit > 1 && has_pages(place.step)) {
    // Orders of hundreds of lines: on from the last one that was read, in smaller pages.
    place.at.limit = std::max<std::int64_t>(1, place.at.limit / 5);
    return place.at.go_on_without_cursor();
  }
  json::Document body;
  if (!square::is_answer(reply, body)) return refused(turn, reply);
  ++pages_;
  if (place.step == LocationStep::location) {
    return take_location(turn, body.root()["location"], {});
  }
  take_page(turn, body.root());
}

void AuditReader::refused(const Turn& turn, const Reply& reply) {
  LocationScan& place = turn.place;
  const Outcome refusal = square::read_refusal(reply);
  if (can_do_without(place.step, reply)) {
    const std::string why = concat(" could not be read: ", refusal.detail);
    if (place.step == LocationStep::location) {
      return take_location(turn, {}, concat("the location", why));
    }
    json::Writer change = place.fence();
    change.member("note", concat("disputes", why));
    return move_on(turn, "[]", change);
  }
  // A cursor that is good for nothing any more: the list goes on from where it was read to. If it
  // was read no further since the last time, that is no way to go on.
  if (refusal.result == Result::rejected && !place.at.cursor.empty() &&
      place.at.last_ms > place.at.since_ms) {
    return place.at.go_on_without_cursor();
  }
  if (refusal.result == Result::throttled) {
    const std::int64_t asked = refusal.retry_after_ms;
    return wait(turn,
                {asked > 0 ? asked : again_after_throttling_ms, false, false, refusal.detail});
  }
  if (refusal.result == Result::unauthorized) {
    return wait(turn, {again_after_refusal_ms, false, true, refusal.detail});
  }
  if (refusal.result == Result::rejected) {
    return wait(turn, {longest_wait_ms, true, true, refusal.detail});
  }
  wait(turn, {-1, true, is_answered(reply), refusal.detail});
}

void AuditReader::take_location(const Turn& turn, Value location, const std::string& note) {
  json::Writer change = turn.place.fence();
  change.member_if_any("note", note);
  move_on(turn, location_facts(location), change);
}

void AuditReader::take_page(const Turn& turn, Value body) {
  LocationScan& place = turn.place;
  ScannedPage page = read_page(place, body);
  if (!page.readable) return unreadable(turn, "a list that cannot be read");
  if (!place.at.follow(std::move(page.cursor), page.last_ms)) {
    return unreadable(turn, "a list that does not come to an end");
  }
  json::Writer change = place.fence();
  change.member("count", page.count);
  move_on(turn, page.rows, change);
}

// Where the list has another page the place stays at its step, else the next one is about to begin.
void AuditReader::move_on(const Turn& turn, const std::string& rows, json::Writer& change) {
  LocationScan& place = turn.place;
  const bool stays = !place.at.cursor.empty();
  change.member("pages", 1);
  change.member("next_step", name_of(stays ? place.step : behind(place.step)));
  change.member("next_cursor", stays ? place.at.json() : std::string());
  place.doing = Doing::writing;
  turn.d1(What::moved,
          {statement_of(place.step), Statement::audit_advance, Statement::audit_place_read}, change,
          rows);
}

// As D1 has it: if another worker holds the place by now, it says nothing.
void AuditReader::take_place(LocationScan& place, Value row) {
  if (!row.present()) {
    place.doing = Doing::over;
    return;
  }
  place.time_zone = row.at(2).text();
  place.stand(row.at(0).text(), row.at(1).text());
}

// The place may have been waited for long enough by now: whether it has is a matter of D1's clock.
void AuditReader::wait(const Turn& turn, Setback setback) {
  const Settings& settings = turn.context.settings;
  if (setback.delay_ms < 0) {
    setback.delay_ms =
        backoff_ms(settings.retry_base_ms, std::min(settings.retry_cap_ms, longest_wait_ms),
                   turn.place.attempts);
  }
  json::Writer change = turn.place.fence();
  change.member("delay_ms", setback.delay_ms).member("attempts", std::int64_t{setback.counts});
  change.member("refused", std::int64_t{setback.refused}).member("last_error", setback.why);
  write_bounds(change);
  turn.place.doing = Doing::over;
  turn.d1(What::left, {Statement::audit_wait, Statement::audit_give_up}, change);
}

void AuditReader::unreadable(const Turn& turn, const char* what) {
  wait(turn, {-1, true, true, concat(name_of(turn.place.step), ": ", what)});
}

}  // namespace pos::audit

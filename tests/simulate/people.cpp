// Producers and operators: what they are asked to do, and what they are asked not to.
#include <algorithm>
#include <stdexcept>

#include "base/json/value.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "harness/worker.hpp"
#include "simulate/running.hpp"
#include "simulate/simulation.hpp"

namespace simulate {
namespace {

constexpr const char* dropping =
    "INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, "
    "revision, payload) VALUES (?1, 'square', ?2, CAST(?3 AS INTEGER), ?4) "
    "ON CONFLICT (order_id, provider) WHERE status IN ('pending','failed') DO NOTHING";
constexpr const char* ignoring =
    "INSERT OR IGNORE INTO pos_sync_queue (order_id, provider, "
    "restaurant_id, revision, payload) VALUES (?1, 'square', ?2, CAST(?3 AS INTEGER), ?4)";
constexpr const char* replacing =
    "INSERT OR REPLACE INTO pos_sync_queue (order_id, provider, "
    "restaurant_id, revision, payload) VALUES (?1, 'square', ?2, CAST(?3 AS INTEGER), ?4)";

constexpr const char* bad_payloads[] = {
    "",
    "{",
    "{}",
    "[]",
    R"({"currency":"TRY","items":[]})",
    R"({"currency":"try","items":[{"name":"x","quantity":"1","unit_price":100}]})",
    R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":1.5}]})",
    R"({"currency":"TRY","items":[{"name":"x","quantity":"1","unit_price":100}],"total":99})"};

}  // namespace

std::string Simulation::restaurant_of(std::int64_t number) const {
  const std::int64_t which = number * 7919 % profile_.restaurants;
  return which == 0 ? "" : pos::concat("r", which);
}

std::string Simulation::order_id_of(std::int64_t number) const {
  return pos::concat(restaurant_of(number), number % 3 == 0 ? ":" : "-", number);
}

std::string Simulation::payload_of(std::int64_t number, bool other) {
  const bool paid = number * 37 % 100 < profile_.paid_percent;
  return world::payload(1000 + number * 10 + (other ? 1 : 0), paid);
}

void Simulation::enqueue(std::int64_t number) {
  enqueued_ = std::max(enqueued_, number + 1);
  ++tally_.orders;
  const bool bad = happens(Fault::malformed);
  const std::string payload = bad ? luck_.pick(bad_payloads) : payload_of(number, false);
  const std::string id = order_id_of(number);
  if (luck_.percent(profile_.http_percent)) {
    post_order(id, restaurant_of(number), 1, payload.empty() ? "{}" : payload);
  } else {
    enqueue_by_sql(luck_.percent(50) ? dropping : ignoring, id, restaurant_of(number), 1, payload);
  }
}

void Simulation::enqueue_by_sql(const std::string& how, const std::string& order_id,
                                const std::string& restaurant, std::int64_t revision,
                                const std::string& payload) {
  set_clock();
  ground_.database.execute(how, {order_id, restaurant, pos::concat(revision), payload});
  ground_.oracle.after_others();
  taken_.insert(order_id);
  say(pos::concat("a producer inserts ", order_id, " r", revision, " of ", restaurant, " ",
                  hexadecimal(digest(payload))));
}

void Simulation::post_order(const std::string& order_id, const std::string& restaurant,
                            std::int64_t revision, const std::string& payload) {
  pos::json::Writer body;
  body.begin_object().member("order_id", order_id).member("revision", revision);
  body.member("restaurant_id", restaurant).key("payload").raw(payload).end_object();
  const std::string id = pos::concat("h", ++jobs_);
  const std::string header =
      pos::concat(R"({"job":"http","route":"orders.create","id":")", id,
                  R"(","secrets":["SQUARE_ACCESS_TOKEN"],"path":{},"query":{},"variables":)",
                  variables_of(deployed_),
                  ",\"body_bytes\":", static_cast<std::int64_t>(body.text().size()), "}");
  say(pos::concat("a producer posts ", order_id, " r", revision, " by ", id));
  start_job(id, world::frame_of(header, body.text()), 0)->takes = order_id;
}

void Simulation::operate(const char* route, const std::string& order_id, std::int64_t revision,
                         const std::string& body) {
  const std::string id = pos::concat("o", ++jobs_);
  pos::json::Writer path;
  path.begin_object().member("order_id", order_id).end_object();
  const std::string query =
      revision > 0 ? pos::concat(R"({"revision":")", revision, "\"}") : std::string("{}");
  const std::string header =
      pos::concat(R"({"job":"http","route":")", route, R"(","id":")", id,
                  R"(","secrets":["SQUARE_ACCESS_TOKEN"],"path":)", path.text(),
                  ",\"query\":", query, ",\"variables\":", variables_of(deployed_),
                  ",\"body_bytes\":", static_cast<std::int64_t>(body.size()), "}");
  say(pos::concat("an operator asks for ", route, " of ", order_id, " by ", id));
  start_job(id, world::frame_of(header, body), 0);
}

void Simulation::mark_done(const std::string& order_id, bool by_hand) {
  const std::int64_t revision = ground_.database.integer(
      "SELECT max(revision) FROM pos_sync_queue WHERE order_id = ?1", {order_id});
  std::string square_id;
  std::string payment_id;
  for (const world::Booking& order : square_.orders) {
    if (order.order_id == order_id && order.revision == revision) square_id = order.id;
  }
  for (const world::Booking& payment : square_.payments) {
    if (!square_id.empty() && payment.order_id == square_id) payment_id = payment.id;
  }
  const bool there = !square_id.empty();
  if (revision == 0 || there == by_hand) return;
  if (!there) square_id = pos::concat("H", ++by_hand_);
  note(by_hand ? Fault::entered_by_hand : Fault::marked_done);
  ground_.oracle.vouched(order_id, square_id, there);
  pos::json::Writer body;
  // This Square has no route for a single payment: what the check reads is tried in the unit tests.
  body.begin_object().member("external_order_id", square_id).member_boolean("force", true);
  body.member_if_any("external_payment_id", payment_id).member("actor", "ayse").end_object();
  operate("orders.mark_done", order_id, revision, body.text());
}

// By an event whose signature the shell has verified.
void Simulation::tell(const world::Booking& order) {
  pos::json::Document sent;
  static_cast<void>(sent.parse(order.body));
  pos::json::Writer body;
  body.begin_object().member("event_id", pos::concat("event of ", order.id));
  body.member("type", "order.created").member("created_at", world::rfc3339(order.at_ms));
  body.object("data").object("object").object("order_created");
  body.member("order_id", order.id);
  body.member("location_id", sent.root()["order"]["location_id"].text());
  body.end_object().end_object().end_object().end_object();
  const std::string id = pos::concat("w", ++jobs_);
  const std::string header =
      pos::concat(R"({"job":"http","route":"webhooks.square","id":")", id,
                  R"(","secrets":["SQUARE_ACCESS_TOKEN"],"path":{},"query":{},"variables":)",
                  variables_of(deployed_),
                  ",\"body_bytes\":", static_cast<std::int64_t>(body.text().size()), "}");
  say(pos::concat("Square tells of ", order.id, " by ", id));
  start_job(id, world::frame_of(header, body.text()), 0);
}

// One whose key Square has forgotten, and that nobody here knows of: what was said of it before, or
// is said of it under its key, would be of the order as it was.
void Simulation::cancel_at_square() {
  const std::string id = ground_.database.text(
      "SELECT s.id FROM square_orders s JOIN pos_sync_ledger l ON l.order_id = s.order_id "
      "AND l.revision = s.revision WHERE l.external_order_id IS NULL AND s.at_ms < CAST(?1 AS "
      "INTEGER) AND NOT s.canceled AND NOT EXISTS (SELECT 1 FROM pos_sync_claims c "
      "WHERE c.order_id = s.order_id AND c.settled_at IS NULL) LIMIT 1",
      {pos::concat(now_ms_ - square_.remembers_ms - profile_.settings.quiet_ms)});
  if (id.empty()) return;
  note(Fault::canceled_there);
  say(pos::concat("somebody cancels ", id, " at Square"));
  square_.cancel(id);
  ground_.oracle.canceled(id);
}

// What a console refuses is refused: a trigger or an index stands against it.
void Simulation::write_by_hand(const char* sql, const std::string& order_id,
                               const std::string& more) {
  set_clock();
  say(pos::concat("by hand: ", sql, " of ", order_id));
  try {
    if (more.empty()) {
      ground_.database.execute(sql, {order_id});
    } else {
      ground_.database.execute(sql, {order_id, more});
    }
  } catch (const std::runtime_error& error) {
    say(pos::concat("refused: ", error.what()));
  }
  ground_.oracle.after_others();
}

// One of those that were sent last, or any.
std::int64_t Simulation::some_order() {
  constexpr std::int64_t last_sent = 10;
  const auto sent = static_cast<std::int64_t>(flights_.count());
  if (sent == 0 || luck_.percent(50)) return luck_.up_to(enqueued_ - 1);
  const std::int64_t flight = luck_.between(std::max<std::int64_t>(0, sent - last_sent), sent - 1);
  const std::string& id = flights_.at(static_cast<std::size_t>(flight)).order_id;
  return pos::number_of(id.substr(id.find_first_of(":-") + 1));
}

void Simulation::interfere() {
  Fault fault = Fault::enqueued_again;
  if (enqueued_ == 0) return;
  const bool draws = profile_.draw(luck_, first_of_producers, Fault::entered_by_hand, fault) ||
                     (fault = Fault::entered_by_hand, luck_.permille(profile_.permille[fault]));
  if (!draws || fault == Fault::malformed || fault == Fault::drained) return;
  if (happens(Fault::drained)) {
    const std::int64_t soon = luck_.skewed(profile_.settings.quiet_on_clock_ms());
    agenda_.at(now_ms_ + soon, [this] { start_tick(deployed_); });
  }
  const std::int64_t number = some_order();
  const std::string id = order_id_of(number);
  const std::string restaurant = restaurant_of(number);
  if (fault == Fault::canceled_there) return cancel_at_square();
  if (fault != Fault::marked_done && fault != Fault::entered_by_hand) note(fault);
  switch (fault) {
    case Fault::enqueued_again:
    case Fault::other_content:
    case Fault::other_restaurant: {
      const std::string payload = payload_of(number, fault == Fault::other_content);
      const std::string whose = fault == Fault::other_restaurant ? "elsewhere" : restaurant;
      if (luck_.percent(profile_.http_percent)) return post_order(id, whose, 1, payload);
      return enqueue_by_sql(luck_.percent(50) ? dropping : ignoring, id, whose, 1, payload);
    }
    case Fault::replaced:
      return enqueue_by_sql(replacing, id, restaurant, 1, payload_of(number, luck_.percent(50)));
    case Fault::next_revision: {
      const std::int64_t revision = luck_.between(2, 3);
      if (luck_.percent(profile_.http_percent)) {
        return post_order(id, restaurant, revision, payload_of(number, true));
      }
      return enqueue_by_sql(dropping, id, restaurant, revision, payload_of(number, true));
    }
    case Fault::deleted:
      deleted_.insert(id);
      return write_by_hand("DELETE FROM pos_sync_queue WHERE order_id = ?1", id);
    case Fault::reset_by_hand:
      return write_by_hand(
          "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = 0 "
          "WHERE order_id = ?1",
          id);
    case Fault::put_to_rest:
      return write_by_hand(
          "UPDATE pos_sync_queue SET status = 'dead', last_error = 'canceled: by hand' "
          "WHERE order_id = ?1 AND status IN ('pending', 'failed')",
          id);
    case Fault::edited:
      return write_by_hand(
          "UPDATE pos_sync_queue SET payload = ?2 "
          "WHERE order_id = ?1 AND status IN ('pending', 'failed')",
          id, payload_of(number, true));
    case Fault::replayed:
      return operate("orders.replay", id, 0, "");
    case Fault::canceled:
      return operate("orders.cancel", id, 0, R"({"actor":"ayse","reason":"the guest left"})");
    case Fault::marked_done:
    case Fault::entered_by_hand:
      return mark_done(id, fault == Fault::entered_by_hand);
    default:
      return;
  }
}

}  // namespace simulate

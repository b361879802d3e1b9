// What an event of Square's leaves behind: a hint, and orders in doubt that are due again. It never
// settles anything, and the same event does nothing twice.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "api/webhook.hpp"
#include "base/json/value.hpp"
#include "harness/duration.hpp"
#include "harness/http.hpp"
#include "harness/worker.hpp"
#include "store/rows.hpp"

namespace webhook_test {

using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::day;
using duration::minute;
using duration::second;

struct Event {
  std::string id = "event-1";
  std::string type = "order.created";
  std::string order = "SQ-1";
  std::string location = "L1";
  std::int64_t age_ms = 0;
};

std::string text_of(World& world, const Event& event) {
  const std::string made =
      world.database.text("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', ?1 / 1000.0, 'unixepoch')",
                          {std::to_string(world.database.now_ms - event.age_ms)});
  const std::string order =
      R"("order_id":")" + event.order + R"(","location_id":")" + event.location + "\"";
  const bool pays = event.type.rfind("payment", 0) == 0;
  std::string member = event.type;
  std::replace(member.begin(), member.end(), '.', '_');
  return R"({"merchant_id":"M1","type":")" + event.type + R"(","event_id":")" + event.id +
         R"(","created_at":")" + made + R"(","data":{"type":"order","id":"SQ-1","object":{")" +
         (pays ? R"(payment":{"id":"PAY-1","status":"COMPLETED",)"
               : member + R"(":{"version":1,)") +
         order + "}}}}";
}

int post(World& world, const std::string& body) {
  pos::api::Request request;
  request.route = pos::api::Route::webhook;
  request.body = body;
  return world::call(world, request).status;
}

void take(World& world, const Event& event) { CHECK(post(world, text_of(world, event)) == 200); }

/// A1 was sent to L1, and nobody knows what came of it.
void doubt(World& world, RequestFault end = RequestFault::lost) {
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(end);
  worker.run();
  REQUIRE(world.status("A1") == "failed");
}

bool is_due(World& world) {
  return world.database.integer("SELECT next_attempt_at FROM pos_sync_queue") <=
         world.database.now_ms;
}

std::int64_t count(World& world, const std::string& what) {
  return world.database.integer("SELECT count(*) FROM " + what);
}

std::int64_t lines(World& world) {
  return count(world, "pos_sync_audit WHERE event = 'webhook_hint'");
}

std::string ledger(World& world) {
  return world.database.text(
      "SELECT json_array(request, first_sent_at, last_sent_at, in_doubt_since, look_because, "
      "booked_at, external_order_id, external_payment_id) FROM pos_sync_ledger");
}

/// What a claim of the one order says of hints.
std::string hints(World& world, const std::string& token) {
  using S = pos::store::Statement;
  const std::string text =
      world.database.batch({S::claim_open, S::claim_take, S::claim_rows, S::claim_close},
                           {token, R"({"batch":1,"lease_ms":1000,"quiet_ms":150000,"start":0})"});
  pos::json::Document results;
  REQUIRE(results.parse(text));
  pos::store::ClaimedRow row;
  REQUIRE(results.root().at(2).size() == 1);
  // The payload is the column behind it.
  CHECK(pos::store::read_claimed_row(results.root().at(2).first(), row).text() ==
        world.database.text("SELECT payload FROM pos_sync_queue"));
  return row.hints;
}

}  // namespace

TEST_CASE("an event of an order in doubt makes it due, and settles nothing") {
  World world;
  doubt(world);
  const std::string known = ledger(world);
  REQUIRE_FALSE(is_due(world));
  take(world, {});
  CHECK(is_due(world));
  CHECK(world.status("A1") == "failed");
  CHECK(ledger(world) == known);
  CHECK(world.database.text("SELECT json_array(actor, from_status, to_status, token, "
                            "detail ->> 'external_order_id') FROM pos_sync_audit "
                            "WHERE event = 'webhook_hint'") ==
        R"(["webhook","failed","failed","webhook:event-1","SQ-1"])");
}

TEST_CASE("an order that a webhook made due still waits until no older request may land") {
  World world;
  doubt(world);
  take(world, {});
  Worker early(world, "t2");
  early.run();
  CHECK(early.tick().tally().claimed == 0);
  world.pass(3 * minute);
  Worker later(world, "t3");
  later.run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders.size() == 1);
}

TEST_CASE("every kind of event that names an order is a hint, and no other kind is kept") {
  for (const char* type : {"order.created", "order.updated", "order.fulfillment.updated",
                           "payment.created", "payment.updated"}) {
    CAPTURE(type);
    World world;
    doubt(world);
    take(world, {.type = type});
    CHECK(is_due(world));
    CHECK(world.database.text("SELECT json_array(type, external_order_id, location_id) "
                              "FROM pos_webhook_events") ==
          std::string("[\"") + type + R"(","SQ-1","L1"])");
  }
  World world;
  doubt(world);
  take(world, {.type = "refund.created"});
  take(world, {.type = "order"});
  take(world, {.order = ""});
  CHECK_FALSE(is_due(world));
  CHECK(count(world, "pos_webhook_events") == 0);
}

TEST_CASE("an event concerns the orders that were sent to its location, and no others") {
  World world;
  doubt(world);
  // The order was frozen for L1; that its restaurant has moved since does not count.
  world.database.execute("UPDATE pos_accounts SET location_id = 'L2'");
  take(world, {.id = "event-2", .location = "L2"});
  take(world, {.id = "event-3", .location = ""});
  CHECK_FALSE(is_due(world));
  take(world, {});
  CHECK(is_due(world));
}

TEST_CASE("of an order that stands at Square only its own events count") {
  World world;
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
                         {"A1", world::payload(35000, true)});
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform();
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::lost);
  worker.run();
  const std::string placed = world.database.text("SELECT external_order_id FROM pos_sync_ledger");
  REQUIRE_FALSE(placed.empty());
  take(world, {.type = "payment.updated", .order = "another"});
  CHECK_FALSE(is_due(world));
  take(world, {.id = "event-2", .type = "payment.updated", .order = placed, .location = ""});
  CHECK(is_due(world));
}

TEST_CASE("an order that is not in doubt, not active or due already is left alone by an event") {
  World world;
  CHECK(world::post_order(world, "A1", world::payload()).status == 201);
  const auto now = [&] {
    return world.database.text(
        "SELECT json_array(status, next_attempt_at, updated_at) "
        "FROM pos_sync_queue");
  };
  world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 9007199254740990");
  std::string before = now();
  take(world, {});
  CHECK(now() == before);

  World other;
  doubt(other);
  other.database.execute("UPDATE pos_sync_queue SET status = 'dead'");
  take(other, {});
  CHECK_FALSE(is_due(other));
  other.database.execute("UPDATE pos_sync_queue SET status = 'failed', next_attempt_at = 0");
  take(other, {.id = "event-2"});
  CHECK(other.database.integer("SELECT next_attempt_at FROM pos_sync_queue") == 0);
  CHECK(lines(world) + lines(other) == 0);
}

TEST_CASE("an event that comes again changes nothing, whatever is in doubt by then") {
  World world;
  take(world, {});
  doubt(world);
  take(world, {});
  CHECK_FALSE(is_due(world));
  take(world, {.id = "event-2"});
  CHECK(is_due(world));
  world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 9007199254740990");
  take(world, {.id = "event-2"});
  CHECK_FALSE(is_due(world));
  CHECK(lines(world) == 1);
  CHECK(count(world, "pos_webhook_events") == 2);
}

TEST_CASE("an event that is played again after a week, when its row is purged, is not taken") {
  World world;
  const std::string text = text_of(world, {});
  CHECK(post(world, text) == 200);
  world.pass(7 * day + 1);
  Worker idle(world, "idle");
  idle.run();
  CHECK(count(world, "pos_webhook_events") == 0);
  doubt(world);
  CHECK(post(world, text) == 200);
  CHECK_FALSE(is_due(world));
  CHECK(count(world, "pos_webhook_events") == 0);
  // Square delivers an event again for three days.
  take(world, {.id = "event-2", .age_ms = 3 * day});
  CHECK(is_due(world));
}

TEST_CASE("a batch of an event that D1 runs once more, later, wakes no order that has moved on") {
  World world;
  doubt(world);
  pos::api::Request request;
  request.route = pos::api::Route::webhook;
  request.id = "request-x";
  request.body = text_of(world, {});
  pos::io::Commands commands;
  pos::api::Webhook job(std::move(request));
  job.start(commands);
  const auto batch = std::get<pos::io::D1Command>(commands.front());
  // Its reply is lost, so that it is asked again at once: that is no other event.
  (void)world.database.batch(batch.statements, batch.parameters);
  (void)world.database.batch(batch.statements, batch.parameters);
  CHECK(is_due(world));
  CHECK(lines(world) == 1);

  world.pass(3 * minute);
  Worker worker(world, "t2");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::lost);
  worker.run();
  REQUIRE_FALSE(is_due(world));
  (void)world.database.batch(batch.statements, batch.parameters);
  CHECK_FALSE(is_due(world));
}

TEST_CASE("a text that is no event is refused, and nothing of it is kept") {
  World world;
  doubt(world);
  const std::string good = text_of(world, {});
  const auto without = [&](const std::string& part, const std::string& instead) {
    std::string text = good;
    text.replace(text.find(part), part.size(), instead);
    return text;
  };
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("7"), std::string(),
        without(R"("event-1")", "7"), without(R"("event-1")", "\"\""),
        without("event-1", std::string(256, 'x')), without(R"("type":"order.created")", "\"a\":1"),
        without(R"("created_at")", R"("made_at")"), without(R"("order.created")", "null")}) {
    CAPTURE(text);
    CHECK(post(world, text) == 400);
  }
  CHECK(count(world, "pos_webhook_events") == 0);
  CHECK_FALSE(is_due(world));
}

TEST_CASE("a claim of an order in doubt brings what webhooks have named since it was sent") {
  World world;
  take(world, {.id = "before", .order = "SQ-before"});
  world.pass(10 * minute);
  doubt(world);
  world.pass(minute);
  take(world, {.id = "event-1", .order = "SQ-9"});
  world.pass(minute);
  take(world, {.id = "event-2", .order = "SQ-1"});
  take(world, {.id = "event-3", .type = "payment.created", .order = "SQ-9"});
  take(world, {.id = "event-4", .order = "SQ-other", .location = "L2"});
  world.pass(minute);
  CHECK(hints(world, "x.1") == R"(["SQ-9","SQ-1"])");
}

TEST_CASE("a claim brings the first hundred names, and none for an order that needs none") {
  World world;
  doubt(world);
  for (int i = 0; i < 120; ++i) {
    const std::string n = std::to_string(1000 + i);
    take(world, {.id = "event-" + n, .order = "SQ-" + n});
    world.pass(1);
  }
  world.pass(3 * minute);
  const std::string all = hints(world, "x.1");
  CHECK(all.rfind(R"(["SQ-1000","SQ-1001",)", 0) == 0);
  CHECK(all.find(R"("SQ-1099"])") != std::string::npos);

  World certain;
  take(certain, {});
  CHECK(world::post_order(certain, "A1", world::payload()).status == 201);
  CHECK(hints(certain, "x.1").empty());
  World named;
  doubt(named);
  take(named, {});
  named.database.execute("UPDATE pos_sync_ledger SET external_order_id = 'SQ-7'");
  named.pass(3 * minute);
  CHECK(hints(named, "x.1").empty());
}

TEST_CASE("an event that comes before its settle is kept for the next claim") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::lost);
  REQUIRE(worker.run_until(world::is_settle));
  take(world, {.order = world.square.orders.front().id});
  worker.run();
  CHECK(world.status("A1") == "failed");
  world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
  world.pass(3 * minute);
  CHECK(hints(world, "x.1") == "[\"" + world.square.orders.front().id + "\"]");
}

TEST_CASE("an event that comes behind a settle that booked its order changes nothing of it") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  worker.run();
  const std::string known = ledger(world);
  take(world, {.order = world.square.orders.front().id});
  CHECK(ledger(world) == known);
  CHECK(world.status("A1") == "success");
  CHECK(lines(world) == 0);
}

TEST_CASE("events are purged after seven days, of every location") {
  World world;
  world.database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 502) "
      "INSERT INTO pos_webhook_events (event_id, type, location_id, received_at) "
      "SELECT 'old-' || i, 'order.created', 'L' || i % 7, i FROM n");
  take(world, {});
  Worker(world, "t1").run();
  CHECK(world.database.text("SELECT group_concat(event_id) FROM pos_webhook_events") == "event-1");
}

TEST_CASE(
    "what an event names is looked at before anything is sent again, and adopted if it is ours") {
  World world;
  doubt(world);
  take(world, {.order = world.square.orders.front().id});
  world.pass(5 * minute);
  Worker(world, "t2").run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.bodies.size() == 1);
  CHECK(world.square.reads == std::vector<std::string>{"/v2/orders/batch-retrieve"});
  CHECK(world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1") ==
        "look_found");
}

TEST_CASE("an event of somebody else's order does not keep ours from being sent again") {
  World world;
  doubt(world, RequestFault::failed);
  const std::string other =
      world.square.place(R"({"order":{"location_id":"L1"}})", world.database.now_ms);
  take(world, {.order = other});
  world.pass(5 * minute);
  Worker(world, "t2").run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("an order that an event named is found although every search lags") {
  World world;
  doubt(world);
  take(world, {.order = world.square.orders.front().id});
  world.pass(3 * day);
  world.square.forget_keys();
  world.square.search_lag_ms = 30 * day;
  Worker(world, "t2").run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

}  // namespace webhook_test

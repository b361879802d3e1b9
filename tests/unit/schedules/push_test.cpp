// Schedules that have doubled, lost or silenced an order, in somebody's system or in an earlier
// draft of this one. Each is kept for ever; its name says the harm.
#include <doctest/doctest.h>

#include <algorithm>

#include "api/enqueue.hpp"
#include "api/operator_action.hpp"
#include "base/json/value.hpp"
#include "harness/duration.hpp"
#include "harness/http.hpp"
#include "harness/worker.hpp"

namespace schedules_test {

using pos::api::Route;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::day;
using duration::hour;
using duration::minute;
using duration::second;
// Longer than any quiet time or first backoff of the default settings.
constexpr std::int64_t long_enough = 20 * minute;

void drain(World& world, const std::string& tick) { Worker(world, tick).run(); }

/// An order whose CreateOrder was booked and whose answer was lost; its tick has settled that.
void book_and_lose_the_answer(World& world, const std::string& order_id) {
  world.enqueue(order_id);
  Worker worker(world, "losing");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::lost);
  worker.run();
  REQUIRE(world.status(order_id) == "failed");
  REQUIRE(world.square.orders_of(order_id) == 1);
}

/// The batch by which a job of the door changes what it has looked at, not run yet.
template <typename Job>
pos::io::D1Command write_of(World& world, Job job) {
  pos::io::Commands commands;
  job.start(commands);
  const auto look = std::get<pos::io::D1Command>(commands.front());
  pos::json::Document evidence;
  REQUIRE(evidence.parse(world.database.batch(look.statements, look.parameters)));
  pos::io::Outcome outcome;
  outcome.id = look.id;
  outcome.kind = pos::io::OutcomeKind::d1_done;
  outcome.results = evidence.root();
  commands.clear();
  job.step({0, {outcome}}, commands);
  return std::get<pos::io::D1Command>(commands.front());
}

}  // namespace

TEST_CASE("an order is booked once and says so") {
  World world;
  world.enqueue("A1");
  drain(world, "t1");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_queue") == "O1");
  CHECK(world.database.integer("SELECT booked_at IS NOT NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("a retry after a lost reply does not create a second order") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.pass(long_enough);
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.one_body_per_key());
  CHECK(world.database.integer("SELECT in_doubt_since IS NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("what failed is due again after the quiet time and its backoff, and says when") {
  World world;
  const auto settings = Worker::test_settings();
  book_and_lose_the_answer(world, "A1");
  CHECK(world.database.integer("SELECT next_attempt_at FROM pos_sync_queue") ==
        world.database.now_ms + settings.quiet_on_clock_ms());
  CHECK(world.database.text("SELECT detail FROM pos_sync_audit ORDER BY id DESC LIMIT 1")
            .find("\"again_in_ms\":150000") != std::string::npos);
  std::int64_t longest = 0;
  for (int i = 0; i < 8; ++i) {
    world.database.now_ms = world.database.integer("SELECT next_attempt_at FROM pos_sync_queue");
    world.database.execute("UPDATE pos_accounts SET unknown_run = 0, paused_until = 0");
    Worker worker(world, "t" + std::to_string(i));
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(RequestFault::failed);
    worker.run();
    const std::int64_t wait = world.database.integer("SELECT next_attempt_at FROM pos_sync_queue") -
                              world.database.now_ms;
    CHECK(wait >= settings.quiet_on_clock_ms());
    CHECK(wait <= std::max(settings.quiet_on_clock_ms(), settings.retry_base_ms << (i + 1)));
    longest = std::max(longest, wait);
  }
  CHECK(longest > 4 * settings.quiet_on_clock_ms());
}

TEST_CASE("what is given back is due as it was, and its audit names no other time") {
  World world;
  world.enqueue("A1");
  const std::int64_t due = world.database.integer("SELECT next_attempt_at FROM pos_sync_queue");
  world.pass(minute);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::unauthorized);
  worker.run();
  CHECK(world.database.integer("SELECT next_attempt_at FROM pos_sync_queue") == due);
  CHECK(world.database.text("SELECT detail FROM pos_sync_audit ORDER BY id DESC LIMIT 1")
            .find("again_in_ms") == std::string::npos);
}

TEST_CASE("the key of a retry on another day, by another process, is the same key") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.pass(10 * hour);
  Worker worker(world, "another-process");
  REQUIRE(worker.run_until(world::is_fetch));
  const auto retry = std::get<pos::io::FetchCommand>(*worker.next());
  CHECK(retry.body == world.square.orders.front().body);
  CHECK(retry.body.find("\"posSync:A1:square\"") != std::string::npos);
}

TEST_CASE("a booked order that is enqueued again the same day is recognised, not sold again") {
  World world;
  world.enqueue("A1");
  drain(world, "t1");
  world.enqueue("A1");
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.bodies.size() == 1);
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_queue ORDER BY id DESC") ==
        "O1");
}

TEST_CASE("a booked order that is enqueued again next week is recognised, not sold again") {
  World world;
  world.enqueue("A1");
  drain(world, "t1");
  world.pass(8 * day);
  world.square.forget_keys();
  world.enqueue("A1");
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a booked order that is enqueued again with another content is nobody's success") {
  World world;
  world.enqueue("A1");
  drain(world, "t1");
  world.enqueue("A1", "", 99900);
  drain(world, "t2");
  CHECK(world.status("A1") == "dead");
  CHECK(world.error("A1").rfind("content_differs: ", 0) == 0);
  CHECK(world.square.orders_of("A1") == 1);
  // What was booked is not what this row asks for, so it does not carry its id.
  CHECK(world.database.integer(
            "SELECT external_order_id IS NULL FROM pos_sync_queue ORDER BY id DESC LIMIT 1") == 1);
}

TEST_CASE("an order id that two restaurants use does not book one on the other's account") {
  World world;
  world.enqueue("A1", "adana");
  drain(world, "t1");
  world.enqueue("A1", "dublin");
  drain(world, "t2");
  CHECK(world.error("A1").rfind("order_id_collision: ", 0) == 0);
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a dead order in doubt that is enqueued again is not sent as if it were new") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.pass(3 * day);  // past the dedupe window: it has to be looked for
  world.square.forget_keys();
  world.database.execute(
      "UPDATE pos_sync_queue SET status = 'dead', last_error = 'unknown_outcome: by hand'");
  world.enqueue("A1");
  world.pass(long_enough);
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.bodies.size() == 1);
}

TEST_CASE("a claim call that is repeated after a lost reply takes nothing more") {
  World world;
  for (int i = 0; i < 120; ++i) world.enqueue("A" + std::to_string(i));
  Worker worker(world, "t1");
  REQUIRE(world::is_claim(*worker.next()));
  worker.perform(RequestFault::lost);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE settled_at IS NULL AND holder <> ''") == 50);
  REQUIRE(worker.run_until(world::is_claim));
  worker.perform();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE settled_at IS NULL AND holder <> ''") == 50);
  worker.run();
  CHECK(world.square.orders.size() == 120);
  CHECK(worker.tick().tally().claimed == 120);
}

TEST_CASE("a second claim in one tick does not return orders that are in flight") {
  World world;
  for (int i = 0; i < 60; ++i) world.enqueue("A" + std::to_string(i));
  Worker worker(world, "t1");
  worker.run();
  CHECK(worker.tick().tally().claimed == 60);
  CHECK(world.square.bodies.size() == 60);
  CHECK(world.square.orders.size() == 60);
  CHECK(worker.most_in_flight() == 6);
}

TEST_CASE("two ticks at once never have one order in flight twice") {
  World world;
  for (int i = 0; i < 20; ++i) world.enqueue("A" + std::to_string(i));
  world.square.dedupes = false;  // or Square's own dedupe would hide a missing claim
  Worker first(world, "t1");
  Worker second_tick(world, "t2");
  while (!first.ended() || !second_tick.ended()) {
    if (!first.ended()) first.perform();
    if (!second_tick.ended()) second_tick.perform();
  }
  CHECK(world.square.orders.size() == 20);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status='success'") == 20);
}

TEST_CASE("at midnight two ticks do not hold two claims on one order") {
  World world;
  world.enqueue("A1");
  world.square.dedupes = false;
  world.database.now_ms = 1'795'046'399'000;  // one second before midnight UTC
  Worker before(world, "t1");
  REQUIRE(before.run_until(world::is_fetch));
  world.pass(2 * second);
  drain(world, "t2");
  before.perform();
  before.run();
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a settle that arrives after its order was taken over commits nothing") {
  World world;
  world.enqueue("A1");
  Worker slow(world, "slow");
  REQUIRE(slow.run_until(world::is_settle));
  const auto late = std::get<pos::io::D1Command>(slow.take());
  world.pass(16 * minute + second);  // the lease ends
  Worker taker(world, "taker");
  taker.run();  // marks the doubt; the quiet time runs
  REQUIRE(world.status("A1") == "failed");
  world.database.batch(late.statements, late.parameters);
  CHECK(world.status("A1") == "failed");
  CHECK(world.database.integer("SELECT booked_at IS NULL FROM pos_sync_ledger") == 1);
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_sync_audit WHERE event = 'order_accepted'") == 0);
}

TEST_CASE("a settle that arrives while a new owner holds the order does not clear its doubt") {
  World world;
  world.enqueue("A1");
  Worker slow(world, "slow");
  REQUIRE(slow.run_until(world::is_fetch));
  slow.perform();  // booked, and the worker sleeps before it can write that down
  const auto late = std::get<pos::io::D1Command>(slow.take());
  world.pass(20 * minute);
  Worker owner(world, "owner");
  REQUIRE(owner.run_until(world::is_fetch));
  world.database.batch(late.statements, late.parameters);
  CHECK(world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1);
  CHECK(world.database.integer("SELECT booked_at IS NULL FROM pos_sync_ledger") == 1);
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_sync_audit WHERE event = 'order_accepted'") == 0);
  owner.run();
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a row that a human has put to rest during a push is not made active again") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  world.database.execute("UPDATE pos_sync_queue SET status = 'dead', last_error = 'by hand'");
  worker.perform(RequestFault::failed);
  worker.run();
  CHECK(world.status("A1") == "dead");
  CHECK(world.error("A1") == "by hand");
  CHECK(world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("bytes that are frozen are never overwritten, not even by their owner") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_freeze));
  const auto freeze = std::get<pos::io::D1Command>(*worker.next());
  world.database.batch(freeze.statements, freeze.parameters);
  const std::string frozen = world.database.text("SELECT request FROM pos_sync_ledger");
  std::string other = freeze.parameters[1];
  other.replace(other.find("35000"), 5, "99999");
  world.database.batch(freeze.statements, {freeze.parameters[0], other});
  CHECK(world.database.text("SELECT request FROM pos_sync_ledger") == frozen);
}

TEST_CASE("a settle that is repeated after a re-claim does not free the new owner's order") {
  World world;
  world.enqueue("A1");
  Worker first(world, "t1");
  REQUIRE(first.run_until(world::is_fetch));
  first.perform(RequestFault::failed);
  REQUIRE(first.run_until(world::is_settle));
  const auto settle = std::get<pos::io::D1Command>(first.take());
  world.database.batch(settle.statements, settle.parameters);
  world.pass(long_enough);
  Worker owner(world, "t2");
  REQUIRE(owner.run_until(world::is_fetch));
  world.database.batch(settle.statements, settle.parameters);  // the lost reply's repeat
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE holder = 't2.1' AND settled_at IS NULL") == 1);
  CHECK(world.database.integer("SELECT attempts FROM pos_sync_queue") == 1);
  owner.run();
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a settle whose reply was lost is repeated and counted once") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::failed);
  REQUIRE(worker.run_until(world::is_settle));
  worker.perform(RequestFault::lost);
  worker.run();
  CHECK(worker.tick().tally().failed == 1);
  CHECK(world.database.integer("SELECT attempts FROM pos_sync_queue") == 1);
  CHECK(world.database.integer("SELECT unknown_run FROM pos_accounts") == 1);
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_sync_audit WHERE event = 'order_unknown'") == 1);
}

TEST_CASE("a freeze by a worker that has lost its claim changes no bytes") {
  World world;
  world.enqueue("A1");
  Worker slow(world, "slow");
  REQUIRE(slow.run_until(world::is_freeze));
  const auto late = std::get<pos::io::D1Command>(slow.take());
  world.pass(20 * minute);
  drain(world, "taker");
  const std::string frozen = world.database.text("SELECT request FROM pos_sync_ledger");
  REQUIRE_FALSE(frozen.empty());
  std::string other = late.parameters[1];
  other.replace(other.find("35000"), 5, "99999");
  world.database.batch(late.statements, {late.parameters[0], other});
  CHECK(world.database.text("SELECT request FROM pos_sync_ledger") == frozen);
}

TEST_CASE("a send that would land after its lease is not started") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_freeze));
  worker.wait(13 * minute + second);  // the isolate was paused between claim and send
  worker.run();
  CHECK(world.square.bodies.empty());
  CHECK(world.status("A1") == "pending");
  CHECK(world.database.integer("SELECT attempts FROM pos_sync_queue") == 0);
  CHECK(world.database.integer("SELECT last_error IS NULL FROM pos_sync_queue") == 1);
  CHECK(world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1") ==
        "given_back");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE settled_at IS NULL AND holder <> ''") == 0);
}

TEST_CASE("a send that would land after its lease is not started, whatever the wall budget says") {
  World world;
  world.enqueue("A1");
  auto settings = Worker::test_settings();
  settings.wall_budget_ms = day;
  Worker worker(world, "t1", settings);
  REQUIRE(worker.run_until(world::is_freeze));
  worker.wait(settings.lease_ms - settings.quiet_on_clock_ms() - settings.push_timeout_ms + 1);
  worker.run();
  CHECK(world.square.bodies.empty());
  CHECK(world.status("A1") == "pending");
}

TEST_CASE("a send that would outlive the tick is not started, whatever the lease says") {
  World world;
  world.enqueue("A1");
  auto settings = Worker::test_settings();
  settings.lease_ms = day;
  Worker worker(world, "t1", settings);
  REQUIRE(worker.run_until(world::is_freeze));
  worker.wait(settings.wall_budget_ms - settings.push_timeout_ms + 1);
  worker.run();
  CHECK(world.square.bodies.empty());
  CHECK(world.status("A1") == "pending");
}

TEST_CASE("the payment of a paid order is not started too late for its lease either") {
  World world;
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('A1', '" +
                         world::payload(35000, true) + "')");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.wait(13 * minute);
  worker.perform();
  worker.run();
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.payments_of("A1") == 0);
  CHECK(world.status("A1") == "pending");
  // That the order stands is known, so it is not made again, and the audit says so.
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_ledger") == "O1");
  CHECK(world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1") ==
        "order_accepted");
  CHECK(world.square.bodies.size() == 1);
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.payments_of("A1") == 1);
  CHECK(world.square.bodies.size() == 2);
}

TEST_CASE("a worker whose clock is ten minutes off books nothing twice and loses nothing") {
  World world;
  for (int i = 0; i < 4; ++i) world.enqueue("A" + std::to_string(i));
  world.square.dedupes = false;
  Worker fast(world, "fast");
  fast.wait_only_here(10 * minute);
  REQUIRE(fast.run_until(world::is_fetch));
  drain(world, "t2");
  fast.run();
  drain(world, "t3");
  CHECK(world.square.orders.size() == 4);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status='success'") == 4);
}

TEST_CASE("an order that stands with another total is told by its id, and never sent again") {
  World world;
  world.square.adds_to_total = 100;
  world.enqueue("A1");
  drain(world, "t1");
  CHECK(world.error("A1") ==
        "total_mismatch: Square's order O1 totals 35100 TRY, the payload 35000 TRY");
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_ledger") == "O1");
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_queue") == "O1");
  CHECK(world.database.integer("SELECT booked_at IS NULL FROM pos_sync_ledger") == 1);
  world.pass(8 * day);
  world.square.forget_keys();
  CHECK(world::operate(world, Route::replay, "A1").status == 200);
  drain(world, "t2");
  CHECK(world.error("A1").rfind("total_mismatch: ", 0) == 0);
  CHECK(world.square.bodies.size() == 1);
  CHECK(world::operate(world, Route::replay, "A1").status == 200);
  CHECK(world::operate(world, Route::cancel, "A1").status == 409);
}

TEST_CASE("setting a row back to pending by SQL does not make an order in doubt a new one") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.database.execute(
      "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = 0");
  drain(world, "t2");  // the quiet time is not over: nothing may be sent
  CHECK(world.square.bodies.size() == 1);
  world.pass(3 * day);
  world.square.forget_keys();
  drain(world, "t3");  // past the window: it is looked for
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("deleting the row of an order in doubt and enqueuing it again does not erase the doubt") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.database.execute("DELETE FROM pos_sync_queue");
  world.enqueue("A1");
  world.pass(3 * day);
  world.square.forget_keys();
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("an order in doubt whose row asks for another content by now is nobody's success") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.database.execute("DELETE FROM pos_sync_queue");
  world.enqueue("A1", "", 99900);
  world.pass(long_enough);
  drain(world, "t2");
  CHECK(world.error("A1").rfind("content_differs: booked as O1 ", 0) == 0);
  CHECK(world.status("A1") == "dead");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.one_body_per_key());
  CHECK(world.database.integer("SELECT booked_at IS NOT NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE(
    "an order is booked at its restaurant's own location, and at the worker's if it has none") {
  World world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, provider, location_id) VALUES ('adana', 'square', "
      "'LA')");
  world.enqueue("A1", "adana");
  world.enqueue("B1", "dublin");
  drain(world, "t1");
  REQUIRE(world.square.orders.size() == 2);
  for (const world::Booking& each : world.square.orders) {
    const char* location = each.order_id == "A1" ? "\"LA\"" : "\"L1\"";
    CHECK(each.body.find(std::string("\"location_id\":") + location) != std::string::npos);
  }
}

TEST_CASE(
    "an order in doubt that has used up its attempts is looked for before it is called dead") {
  World world;
  auto settings = Worker::test_settings();
  settings.max_attempts = 1;
  book_and_lose_the_answer(world, "A1");
  world.pass(long_enough);
  Worker(world, "t2", settings).run();
  CHECK(world.status("A1") == "success");
  CHECK(world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1") ==
        "look_found");
  CHECK(world.square.bodies.size() == 1);
}

TEST_CASE("a definite no to a retry does not call an order dead that was booked") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.pass(long_enough);
  Worker worker(world, "t2");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::refused);
  worker.run();
  CHECK(world.status("A1") == "failed");
  CHECK(world.database.text("SELECT look_because FROM pos_sync_ledger") == "rejected");
  CHECK(world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1);
  world.pass(long_enough);
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a definite no with nothing in doubt is final") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::refused);
  worker.run();
  CHECK(world.error("A1").rfind("rejected: ", 0) == 0);
  CHECK(world.database.integer("SELECT in_doubt_since IS NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("an order that Square totals otherwise is not paid because it is enqueued again") {
  World world;
  const auto enqueue_paid = [&] {
    world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('A1', '" +
                           world::payload(35000, true) + "')");
  };
  enqueue_paid();
  world.square.adds_to_total = 1;
  drain(world, "t1");
  REQUIRE(world.error("A1").rfind("total_mismatch: ", 0) == 0);
  enqueue_paid();
  drain(world, "t2");
  CHECK(world.error("A1").rfind("total_mismatch: ", 0) == 0);
  CHECK(world.square.payments_of("A1") == 0);
  CHECK(world::operate(world, Route::replay, "A1").status == 200);
  drain(world, "t3");
  CHECK(world.error("A1").rfind("total_mismatch: ", 0) == 0);
  CHECK(world.square.payments_of("A1") == 0);
}

TEST_CASE(
    "a canceled order is not enqueued again by its batch that D1 runs once more, much later") {
  World world;
  pos::api::Request request;
  request.id = "late";
  request.route = Route::create;
  request.settings = Worker::test_settings();
  request.settings.location_id = "";  // nothing can be frozen, so nothing frozen speaks against it
  request.body = R"({"order_id":"A1","payload":)" + world::payload() + "}";
  const auto write = write_of(world, pos::api::Enqueue(std::move(request)));
  world.database.batch(write.statements, write.parameters);
  REQUIRE(world.status("A1") == "pending");
  REQUIRE(world::operate(world, Route::cancel, "A1").status == 200);
  world.database.batch(write.statements, write.parameters);
  CHECK(world.status("A1") == "dead");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue") == 1);
}

TEST_CASE("a replay whose batch D1 runs once more, much later, does not wake a dead order again") {
  World world;
  world.enqueue("A1");
  Worker first(world, "t1");
  REQUIRE(first.run_until(world::is_fetch));
  first.perform(RequestFault::refused);
  first.run();
  // The batch of the replay, as it was asked; D1 lost the first reply to it, or both came late.
  pos::api::Request request;
  request.id = "late";
  request.route = Route::replay;
  request.order_id = "A1";
  const auto write = write_of(world, pos::api::OperatorAction(std::move(request)));
  world.database.batch(write.statements, write.parameters);
  CHECK(world.status("A1") == "pending");
  Worker second_tick(world, "t2");
  REQUIRE(second_tick.run_until(world::is_fetch));
  second_tick.perform(RequestFault::refused);
  second_tick.run();
  REQUIRE(world.status("A1") == "dead");
  world.database.batch(write.statements, write.parameters);
  CHECK(world.status("A1") == "dead");
}

TEST_CASE("an operator's cancel during a push does not hide a booked order") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  const auto answer = world::operate(world, Route::cancel, "A1");
  CHECK(answer.status == 409);
  CHECK(answer.retry_after_seconds > 0);
  worker.run();
  CHECK(world.status("A1") == "success");
}

TEST_CASE("an operator's cancel that a tick overtakes does not hide a booked order") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  pos::api::Request request;
  request.route = Route::cancel;
  request.order_id = "A1";
  const auto answer = world::call(world, request, [&] {
    if (!worker.ended()) worker.run_until(world::is_fetch);
  });
  CHECK(answer.status == 409);
  worker.run();
  CHECK(world.status("A1") == "success");
}

TEST_CASE("a lease that ends between two statements of a claim does not lose its doubt") {
  World world;
  world.enqueue("A1");
  Worker dying(world, "dying");
  REQUIRE(dying.run_until(world::is_fetch));
  dying.perform(RequestFault::lost);  // booked; the worker dies before it can settle
  const std::int64_t lease_until =
      world.database.integer("SELECT lease_until FROM pos_sync_claims WHERE holder = 'dying.1'");
  // Every statement of the next claim finds the clock further on; the lease ends amid them.
  for (std::int64_t offset = 0; offset < 10; ++offset) {
    world.database.now_ms = lease_until - 50 + offset * 5;
    world.database.drift_ms_per_statement = 10;
    Worker worker(world, "t" + std::to_string(offset));
    worker.perform();
    world.database.drift_ms_per_statement = 0;
    CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                                 "WHERE settled_at IS NULL AND holder LIKE 't_.1'") == 0);
  }
  world.pass(minute);
  drain(world, "taker");
  CHECK(world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1);
  CHECK(world.square.bodies.size() == 1);
}

TEST_CASE("INSERT OR REPLACE of an order in flight does not lose what becomes of it") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  world.database.execute(
      "INSERT OR REPLACE INTO pos_sync_queue (order_id, provider, payload) VALUES ('A1', 'square', "
      "'" +
      world::payload(77700) + "')");
  worker.run();
  CHECK(world.database.integer("SELECT booked_at IS NOT NULL FROM pos_sync_ledger") == 1);
  CHECK(world.status("A1") == "pending");  // the new row is not called booked with the old content
  drain(world, "t2");
  CHECK(world.error("A1").rfind("content_differs: ", 0) == 0);
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_sync_audit WHERE event = 'insert_conflicts'") == 1);
}

TEST_CASE("INSERT OR REPLACE of an order in flight with the same content is recognised") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  world.database.execute(
      "INSERT OR REPLACE INTO pos_sync_queue (order_id, provider, payload) VALUES ('A1', 'square', "
      "'" +
      world::payload() + "')");
  worker.run();
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.bodies.size() == 1);
}

TEST_CASE("a dedupe window that would end before the last request can land is not relied on") {
  World world;
  book_and_lose_the_answer(world, "A1");
  const std::int64_t first_sent =
      world.database.integer("SELECT first_sent_at FROM pos_sync_ledger");
  const auto settings = Worker::test_settings();
  // The window is open at the claim, but would not be at the end of its lease.
  world.database.now_ms = first_sent + settings.dedupe_window_ms - settings.lease_ms + 1;
  drain(world, "t2");
  CHECK(world.square.bodies.size() == 1);
  CHECK(world.status("A1") == "success");  // it was looked for
}

TEST_CASE("a dedupe window that holds until the last request can land is used") {
  World world;
  book_and_lose_the_answer(world, "A1");
  const std::int64_t first_sent =
      world.database.integer("SELECT first_sent_at FROM pos_sync_ledger");
  const auto settings = Worker::test_settings();
  world.database.now_ms = first_sent + settings.dedupe_window_ms - settings.lease_ms - 1;
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a step of D1's clock by 30 s does not end the quiet time early") {
  World world;
  world.enqueue("A1");
  Worker first(world, "t1");
  REQUIRE(first.run_until(world::is_fetch));
  first.answer_failed(first.take());  // a reset at once; the request is still on its way
  first.run();
  const auto settings = Worker::test_settings();
  world.pass(settings.clock_step_ms);  // the step: no real time has passed
  world.pass(settings.quiet_ms - second);
  world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
  drain(world, "t2");
  CHECK(world.square.bodies.empty());
  world.pass(second);
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
}

TEST_CASE("a step of D1's clock by 30 s does not hand an order to two workers") {
  World world;
  world.enqueue("A1");
  world.square.dedupes = false;
  Worker first(world, "t1");
  REQUIRE(first.run_until(world::is_fetch));
  const auto settings = Worker::test_settings();
  first.wait(settings.lease_ms - settings.quiet_on_clock_ms() - settings.push_timeout_ms);
  world.pass(settings.clock_step_ms);
  drain(world, "t2");
  CHECK(world.square.bodies.empty());
  first.perform();
  first.run();
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a worker that dies after Square has booked leaves one order") {
  World world;
  world.enqueue("A1");
  Worker dying(world, "dying");
  REQUIRE(dying.run_until(world::is_fetch));
  dying.perform();  // booked and answered; the worker is killed here
  world.pass(16 * minute + second);
  drain(world, "t2");
  CHECK(world.square.bodies.size() == 1);  // taken over, and quiet
  world.pass(5 * minute);
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a worker that dies with nothing frozen has sent nothing, and leaves no doubt") {
  World world;
  world.enqueue("A1");
  Worker dying(world, "dying");
  REQUIRE(dying.run_until(world::is_freeze));
  world.pass(16 * minute + second);
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
  CHECK(world.database.integer("SELECT attempts FROM pos_sync_queue") == 1);
}

TEST_CASE("two producers cannot have one order active twice") {
  World world;
  world.enqueue("A1");
  CHECK_THROWS(
      world.database.execute("INSERT INTO pos_sync_queue (order_id, provider, payload) "
                             "VALUES ('A1', 'square', '{}')"));
  world.database.execute(
      "INSERT OR IGNORE INTO pos_sync_queue (order_id, provider, payload) "
      "VALUES ('A1', 'square', '{}')");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue") == 1);
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_sync_audit WHERE event = 'insert_conflicts'") == 1);
}

TEST_CASE(
    "an order that is edited after its bytes were frozen is refused, not sent in two versions") {
  World world;
  book_and_lose_the_answer(world, "A1");
  CHECK_THROWS(world.database.execute("UPDATE pos_sync_queue SET payload = '{}'"));
  CHECK_THROWS(world.database.execute("UPDATE OR IGNORE pos_sync_queue SET payload = '{}'"));
}

TEST_CASE("an order that lost its claim before the freeze does not get the bytes of the next one") {
  World world;
  world.enqueue("A1", "", 100);
  world.enqueue("A2", "", 200);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_freeze));
  world.database.execute(
      "UPDATE pos_sync_claims SET settled_at = 1, lease_until = 0 WHERE order_id = 'A1'");
  worker.run();
  CHECK(world.status("A1") == "pending");
  CHECK(world.status("A2") == "success");
  CHECK(world.square.orders_of("A1") == 0);
  CHECK(world.square.orders_of("A2") == 1);
}

TEST_CASE("an edit between a worker's claim and its freeze cannot leave a success never sent") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_freeze));
  CHECK_THROWS(world.database.execute("UPDATE pos_sync_queue SET payload = '{}'"));
  worker.run();
  CHECK(world.status("A1") == "success");
  CHECK(world.database.text("SELECT payload FROM pos_sync_queue") == world::payload());
}

TEST_CASE("the payload of a booked order cannot be edited into one that was never sold") {
  World world;
  world.enqueue("A1");
  drain(world, "t1");
  CHECK_THROWS(world.database.execute("UPDATE pos_sync_queue SET payload = '{}'"));
  CHECK(world.database.text("SELECT payload FROM pos_sync_queue") == world::payload());
}

TEST_CASE("a payload that was refused can be mended, for nothing of it was frozen") {
  World world;
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('A1', '{}')");
  drain(world, "t1");
  REQUIRE(world.error("A1").rfind("rejected: ", 0) == 0);
  world.database.execute("UPDATE pos_sync_queue SET payload = '" + world::payload() + "'");
  static_cast<void>(world::operate(world, Route::replay, "A1"));
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
}

TEST_CASE("a redeploy with another Square version between two attempts sends the frozen bytes") {
  World world;
  book_and_lose_the_answer(world, "A1");
  world.pass(long_enough);
  auto settings = Worker::test_settings();
  settings.square_version = "2026-09-16";
  settings.location_id = "L2";
  Worker worker(world, "t2", settings);
  REQUIRE(worker.run_until(world::is_fetch));
  CHECK(std::get<pos::io::FetchCommand>(*worker.next()).square_version == "2025-08-20");
  worker.run();
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.one_body_per_key());
}

TEST_CASE("an adopted row that the old pusher has tried is never sent again") {
  World world;
  world::Database old(1);
  CHECK_NOTHROW(old.execute(
      "INSERT INTO pos_sync_queue (order_id, provider, payload, status, attempts, created_at) "
      "VALUES ('A1', 'square', '{}', 'failed', 3, '2026-11-20 18:00:00')"));
  for (int number = 2; number <= 3; ++number) old.migrate(number);
  CHECK(old.text("SELECT look_because FROM pos_sync_ledger") == "keyless");
  CHECK(old.integer("SELECT in_doubt_since = 1795197600000 FROM pos_sync_ledger") == 1);
}

}  // namespace schedules_test

// One tick: what it may spend, when it writes down what it has learned, and what it says at its
// end.
#include <doctest/doctest.h>

#include <variant>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace tick_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::SleepCommand;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::hour;
using duration::minute;
using duration::second;

void enqueue_many(World& world, int count) {
  for (int i = 0; i < count; ++i) world.enqueue("A" + std::to_string(i));
}

void enqueue_paid(World& world, const std::string& order_id) {
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
                         {order_id, world::payload(35000, true)});
}

bool is_purge(const Command& command) {
  return world::is_batch(command, pos::store::Statement::purge_claims);
}

bool is_sleep(const Command& command) { return std::holds_alternative<SleepCommand>(command); }

bool asks_for(const Worker& worker, const std::string& part) {
  return std::get<D1Command>(*worker.next()).parameters[1].find(part) != std::string::npos;
}

/// How long the tick sleeps next.
std::int64_t pause_of(const Worker& worker) {
  REQUIRE(worker.next());
  REQUIRE(is_sleep(*worker.next()));
  return std::get<SleepCommand>(*worker.next()).duration_ms;
}

/// Lets the batch that is next fail four times, which is all.
void fail_for_good(Worker& worker) {
  for (const std::int64_t pause : {200, 800, 3200}) {
    worker.perform(RequestFault::failed);
    CHECK(pause_of(worker) == pause);
    worker.perform();
  }
  worker.perform(RequestFault::failed);
}

std::string audit(World& world, const std::string& what) {
  return world.database.text("SELECT " + what + " FROM pos_sync_audit ORDER BY id DESC LIMIT 1");
}

}  // namespace

// ---- what it says

TEST_CASE("a tick ends with what became of every order that it has claimed") {
  World world;
  enqueue_many(world, 5);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  for (const RequestFault end : {RequestFault::none, RequestFault::refused, RequestFault::failed,
                                 RequestFault::none, RequestFault::unauthorized}) {
    worker.perform(end);
  }
  worker.run();
  CHECK(worker.done().status == 200);
  CHECK(worker.done().body ==
        R"({"claimed":5,"booked":2,"failed":1,"dead":1,"more":false,"given_back":1,)"
        R"("lost":0,"requests":5,"d1_calls":4,"past":false})");
  // Whoever reads the logs sees it too: the cron has no caller.
  REQUIRE_FALSE(worker.logged().empty());
  CHECK(worker.logged().back().level == pos::io::Level::info);
  CHECK(worker.logged().back().message == "tick ended");
  CHECK(worker.logged().back().fields == worker.done().body);
}

TEST_CASE("a tick that could not finish what is due says that there is more") {
  World world;
  enqueue_many(world, 20);
  auto settings = Worker::test_settings();
  settings.batch_size = 5;
  settings.subrequest_budget = 20;
  Worker worker(world, "t1", settings);
  worker.run();
  CHECK(worker.done().body.find("\"more\":true") != std::string::npos);
}

TEST_CASE("an order that somebody else holds by now is counted as lost, and not as booked") {
  World world;
  world.enqueue("A1");
  Worker slow(world, "slow");
  REQUIRE(slow.run_until(world::is_settle));
  world.pass(17 * minute);
  Worker(world, "taker").run();
  slow.run();
  CHECK(slow.tick().tally().lost == 1);
  CHECK(slow.tick().tally().booked == 0);
}

TEST_CASE("a tick that D1 does not answer asks four times, ever slower, and says 503") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  fail_for_good(worker);
  REQUIRE(worker.ended());
  CHECK(worker.done().status == 503);
  CHECK(worker.done().body ==
        R"({"type":"about:blank","title":"The tick could not go on","status":503,)"
        R"("detail":"D1: Network connection lost."})");
  REQUIRE_FALSE(worker.logged().empty());
  CHECK(worker.logged().back().level == pos::io::Level::error);
  CHECK(worker.logged().back().message == "tick ended");
}

TEST_CASE("a tick that has ended asks for nothing more, whatever it is still told") {
  World world;
  Worker worker(world, "t1");
  worker.run();
  pos::drain::Tick tick = worker.tick();
  REQUIRE(tick.done());
  world.enqueue("A1");
  pos::io::Commands commands;
  tick.step({hour, {}}, commands);
  tick.step({hour, {pos::io::Outcome{}}}, commands);
  CHECK(commands.empty());
}

TEST_CASE("an outcome that nobody waits for is no reason to do anything") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  pos::drain::Tick tick = worker.tick();
  pos::io::Outcome stray;
  stray.id = 4711;
  pos::io::Commands commands;
  for (const auto kind : {pos::io::OutcomeKind::d1_done, pos::io::OutcomeKind::d1_failed,
                          pos::io::OutcomeKind::replied, pos::io::OutcomeKind::slept}) {
    stray.kind = kind;
    tick.step({0, {stray}}, commands);
  }
  CHECK(commands.empty());
  CHECK(tick == worker.tick());
}

// ---- what D1's failures do

TEST_CASE("an order whose bytes could not be stored is given back, and was never sent") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_freeze));
  fail_for_good(worker);
  worker.run();
  CHECK(worker.done().status == 503);
  CHECK(world.square.bodies.empty());
  CHECK(world.status("A1") == "pending");
  CHECK(world.database.integer("SELECT attempts FROM pos_sync_queue") == 0);
  Worker next(world, "t2");
  next.run();
  CHECK(world.status("A1") == "success");
}

TEST_CASE("an order that another worker holds before it is frozen is counted as lost, not sent") {
  World world;
  world.enqueue("A1");
  Worker slow(world, "slow");
  REQUIRE(slow.run_until(world::is_freeze));
  world.pass(17 * minute);
  Worker(world, "taker").run();
  const auto sent = world.square.bodies.size();
  slow.run();
  CHECK(slow.tick().tally().lost == 1);
  CHECK(slow.tick().tally().booked == 0);
  CHECK(world.square.bodies.size() == sent);
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a settle that cannot be written leaves its order to the next tick, in doubt") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_settle));
  fail_for_good(worker);
  worker.run();
  CHECK(worker.done().status == 503);
  CHECK(worker.tick().tally().lost == 1);
  CHECK(worker.tick().tally().booked == 0);
  world.pass(17 * minute);
  Worker(world, "t2").run();
  CHECK(world.square.bodies.size() == 1);
  CHECK(world.status("A1") == "failed");
  world.pass(5 * minute);
  Worker(world, "t3").run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("after D1 has failed for good a tick claims nothing more") {
  World world;
  enqueue_many(world, 60);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_freeze));
  fail_for_good(worker);
  CHECK_FALSE(worker.run_until(world::is_claim));
  CHECK(worker.tick().tally().claimed == 50);
}

// ---- when it purges

TEST_CASE("each tick of the cron purges behind its work, and none after D1 has failed") {
  World world;
  Worker idle(world, "t1");
  REQUIRE(idle.run_until(is_purge));
  idle.perform();
  CHECK_FALSE(idle.run_until(is_purge));
  CHECK(idle.ended());

  Worker cut_off(world, "t2");
  fail_for_good(cut_off);
  CHECK_FALSE(cut_off.run_until(is_purge));

  world.enqueue("A1");
  Worker busy(world, "t3");
  REQUIRE(busy.run_until(is_purge));
  CHECK(world.status("A1") == "success");
  busy.perform();
  CHECK(busy.ended());
}

TEST_CASE("whoever drains by HTTP does not wait for a purge") {
  World world;
  Worker worker(world, "t1", Worker::test_settings(), "http");
  CHECK_FALSE(worker.run_until(is_purge));
  CHECK(worker.ended());
}

// ---- what it may spend

TEST_CASE("a tick claims no more orders than its requests and its time can finish") {
  World world;
  world.enqueue("A1");
  auto settings = Worker::test_settings();
  const auto batch = [&](std::int64_t size) {
    const Worker worker(world, "t1", settings);
    REQUIRE(worker.next());
    return asks_for(worker, "\"batch\":" + std::to_string(size) + ",");
  };
  CHECK(batch(50));
  settings.subrequest_budget = 100;  // two requests an order, and six for D1
  CHECK(batch(47));
  settings.subrequest_budget = 8;
  CHECK(batch(1));
  settings.subrequest_budget = 900;
  settings.wall_budget_ms = settings.push_timeout_ms + 5 * second;  // six at a time, a second each
  CHECK(batch(36));
  settings.wall_budget_ms = settings.push_timeout_ms;
  CHECK(batch(6));
}

TEST_CASE("a tick with no time or no requests left claims nothing") {
  World world;
  world.enqueue("A1");
  auto settings = Worker::test_settings();
  settings.subrequest_budget = 7;
  CHECK_FALSE(Worker(world, "t1", settings).run_until(world::is_claim));
  settings = Worker::test_settings();
  settings.wall_budget_ms = settings.push_timeout_ms - 1;
  CHECK_FALSE(Worker(world, "t2", settings).run_until(world::is_claim));
}

TEST_CASE("what a tick holds already is counted when it claims again") {
  World world;
  enqueue_many(world, 100);
  auto settings = Worker::test_settings();
  settings.subrequest_budget = 200;
  Worker worker(world, "t1", settings);
  worker.perform();
  REQUIRE(worker.run_until(world::is_claim));
  // It asked when a claim, a freeze and 39 requests were spent, 11 orders waited and 50 were held.
  CHECK(asks_for(worker, "\"batch\":26,"));
}

TEST_CASE("a tick keeps enough requests back to write down what it has learned") {
  World world;
  for (int i = 0; i < 7; ++i) enqueue_paid(world, "A" + std::to_string(i));
  auto settings = Worker::test_settings();
  settings.subrequest_budget = 20;
  Worker worker(world, "t1", settings);
  worker.perform(RequestFault::failed);
  worker.perform();
  worker.perform(RequestFault::failed);
  worker.perform();
  worker.perform(RequestFault::failed);
  worker.perform();
  worker.run();
  // Four claims, a freeze and a settle: of the 20, two are left to ask the settle once more.
  CHECK(worker.tick().tally().claimed == 7);
  CHECK(worker.tick().tally().requests == 12);
  CHECK(worker.tick().tally().d1_calls == 7);  // with the purge
  CHECK(worker.tick().tally().given_back == 1);
  CHECK(world.square.orders.size() == 6);
  CHECK(world.square.payments.size() == 6);
}

TEST_CASE("a send that ends just within its lease and its tick is started") {
  auto settings = Worker::test_settings();
  for (const bool by_lease : {true, false}) {
    World world;
    world.enqueue("A1");
    settings = Worker::test_settings();
    (by_lease ? settings.wall_budget_ms : settings.lease_ms) = 24 * hour;
    Worker worker(world, "t1", settings);
    REQUIRE(worker.run_until(world::is_freeze));
    worker.wait(
        (by_lease ? settings.lease_ms - settings.quiet_on_clock_ms() : settings.wall_budget_ms) -
        settings.push_timeout_ms);
    worker.run();
    CHECK(world.status("A1") == "success");
  }
}

TEST_CASE("a lease runs while its claim is answered: a slow answer makes no send late") {
  World world;
  world.enqueue("A1");
  auto settings = Worker::test_settings();
  settings.wall_budget_ms = 24 * hour;
  Worker worker(world, "t1", settings);
  worker.wait_only_here(settings.lease_ms - settings.quiet_on_clock_ms() -
                        settings.push_timeout_ms + 1);
  worker.run();
  CHECK(world.square.bodies.empty());
  CHECK(world.status("A1") == "pending");
}

TEST_CASE("each claim of a tick has a lease of its own, and the time of its own") {
  World world;
  enqueue_many(world, 2);
  auto settings = Worker::test_settings();
  settings.batch_size = settings.concurrency = 1;
  settings.wall_budget_ms = 24 * hour;
  Worker worker(world, "t1", settings);
  worker.wait(10 * minute);  // the first claim comes late, but its lease with it
  REQUIRE(worker.run_until(world::is_fetch));
  worker.wait(5 * minute);
  worker.run();
  CHECK(world.square.orders.size() == 2);
}

TEST_CASE("a request carries its token's name, its timeout and the frozen version") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  const auto fetch = std::get<pos::io::FetchCommand>(*worker.next());
  CHECK(fetch.credential.secret == "SQUARE_ACCESS_TOKEN");
  CHECK(fetch.timeout_ms == 30 * second);
  CHECK(fetch.square_version == "2025-08-20");
  CHECK(fetch.url == "http://127.0.0.1:1/v2/orders");
}

// ---- when it writes

TEST_CASE("what is known is written within ten seconds, though another request hangs") {
  World world;
  enqueue_many(world, 2);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform();
  const Command hanging = worker.take();
  CHECK(pause_of(worker) == 10 * second);
  worker.perform();
  REQUIRE(worker.next());
  REQUIRE(world::is_settle(*worker.next()));
  worker.perform();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'success'") ==
        1);
  worker.answer_failed(hanging);
  worker.run();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'failed'") == 1);
}

TEST_CASE("fifty outcomes are written although more of their claim are on their way") {
  World world;
  enqueue_many(world, 60);
  auto settings = Worker::test_settings();
  settings.batch_size = 60;
  Worker worker(world, "t1", settings);
  REQUIRE(worker.run_until(world::is_settle));
  CHECK(world.square.orders.size() == 56);  // six requests were out when it was asked for
  worker.run();
  CHECK(worker.tick().tally().booked == 60);
  CHECK(worker.tick().tally().lost == 0);
}

TEST_CASE("the audit keeps Square's words and Square's ids") {
  World world;
  enqueue_paid(world, "A1");
  Worker(world, "t1").run();
  CHECK(audit(world, "detail") ==
        R"({"words":"200","external_order_id":"O1","external_payment_id":")" +
            world.square.payments.front().id + "\"}");
  world.enqueue("A2");
  Worker worker(world, "t2");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::failed);
  worker.run();
  CHECK(audit(world, "detail") == R"({"words":"timeout: ","again_in_ms":150000})");
}

// ---- payments

TEST_CASE("a payment whose reply was lost is asked for again under its key, and made once") {
  World world;
  enqueue_paid(world, "A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform();
  worker.perform(RequestFault::lost);
  worker.run();
  CHECK(world.status("A1") == "failed");
  CHECK(audit(world, "event") == "payment_unknown");
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_ledger") == "O1");
  world.pass(20 * minute);
  Worker(world, "t2").run();
  CHECK(world.status("A1") == "success");
  CHECK(audit(world, "event") == "payment_accepted");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.payments_of("A1") == 1);
  CHECK(world.square.bodies.size() == 3);
  CHECK(world.square.one_body_per_key());
  const std::string payment = world.square.payments.front().id;
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_queue") == "O1");
  CHECK(world.database.text("SELECT external_payment_id FROM pos_sync_queue") == payment);
  CHECK(world.database.text("SELECT external_payment_id FROM pos_sync_ledger") == payment);
  CHECK(world.database.integer("SELECT in_doubt_since IS NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("a payment that is refused behind a doubt is not called never made") {
  for (const bool doubted : {false, true}) {
    CAPTURE(doubted);
    World world;
    enqueue_paid(world, "A1");
    if (doubted) {
      Worker losing(world, "t1");
      REQUIRE(losing.run_until(world::is_fetch));
      losing.perform(RequestFault::lost);
      losing.run();
      world.pass(20 * minute);
    }
    Worker worker(world, "t2");
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform();
    worker.perform(RequestFault::refused);
    worker.run();
    CHECK(audit(world, "event") == "payment_rejected");
    CHECK(world.error("A1").rfind(doubted ? "rejected: " : "payment_rejected: ", 0) == 0);
    CHECK(world.status("A1") == (doubted ? "failed" : "dead"));
    CHECK(world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") ==
          (doubted ? 1 : 0));
  }
}

}  // namespace tick_test

// What Square's trouble with an account does to its orders: they wait, and none of them dies of it.
#include <doctest/doctest.h>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace account_test {

using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;
using duration::second;

void drain(World& world, const std::string& tick) { Worker(world, tick).run(); }

std::int64_t paused_for(World& world) {
  return world.database.integer("SELECT paused_until FROM pos_accounts") - world.database.now_ms;
}

void enqueue_many(World& world, int count, const std::string& restaurant = "") {
  for (int i = 0; i < count; ++i) {
    world.enqueue((restaurant.empty() ? "A" : restaurant + "-") + std::to_string(i), restaurant);
  }
}

/// One tick in which every request ends so.
void tick(World& world, const std::string& id, RequestFault end) {
  Worker worker(world, id);
  while (worker.run_until(world::is_fetch)) worker.perform(end);
}

std::int64_t count(World& world, const std::string& where) {
  return world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE " + where);
}

}  // namespace

TEST_CASE("a throttled request is in doubt, burns no attempt and pauses its account") {
  World world;
  enqueue_many(world, 20);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::throttled);
  worker.run();
  CHECK(world.database.integer("SELECT sum(attempts) FROM pos_sync_queue") == 0);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_ledger "
                               "WHERE in_doubt_since IS NOT NULL") == 1);
  CHECK(paused_for(world) > 0);
  CHECK(world.database.text("SELECT pause_reason FROM pos_accounts") == "throttled");
  CHECK(world.square.bodies.size() <= 6);  // those that were out already
  const auto before = world.square.bodies.size();
  drain(world, "t2");
  CHECK(world.square.bodies.size() == before);
  world.pass(10 * minute);
  drain(world, "t3");
  CHECK(count(world, "status = 'success'") == 20);
  CHECK(world.square.orders.size() == 20);
}

TEST_CASE(
    "an account and its order wait for as long as Square asks, and a minute or two if it does "
    "not") {
  const auto throttle = [](World& world, const std::string& retry_after) {
    world.square.retry_after = retry_after;
    world.enqueue("A1");
    tick(world, "t1", RequestFault::throttled);
    return world.database.integer("SELECT next_attempt_at FROM pos_sync_queue") -
           world.database.now_ms;
  };
  World hour;
  CHECK(throttle(hour, "3600") == 60 * minute);
  CHECK(paused_for(hour) == 60 * minute);
  World by_date;
  by_date.square.date = "Sun, 28 Feb 2027 23:30:00 GMT";
  CHECK(throttle(by_date, "Mon, 01 Mar 2027 00:00:30 GMT") == 30 * minute + 30 * second);
  CHECK(paused_for(by_date) == 30 * minute + 30 * second);
  World at_once;
  CHECK(throttle(at_once, "0") == 150 * second);  // the quiet time
  CHECK(paused_for(at_once) == 1);
  World silent;
  CHECK(throttle(silent, "") == 150 * second);
  CHECK(paused_for(silent) >= minute);
  CHECK(paused_for(silent) <= 2 * minute);
}

TEST_CASE("silence behind an open breaker costs no attempt, but a refusal does") {
  for (const RequestFault end : {RequestFault::failed, RequestFault::refused}) {
    World world;
    enqueue_many(world, 40);
    tick(world, "t1", RequestFault::failed);
    world.pass(paused_for(world) + second);
    const auto attempts = world.database.integer("SELECT sum(attempts) FROM pos_sync_queue");
    Worker prober(world, "t2");
    REQUIRE(prober.run_until(world::is_fetch));
    prober.perform(end);
    REQUIRE(prober.run_until(world::is_settle));
    prober.perform();
    CHECK(world.database.integer("SELECT sum(attempts) FROM pos_sync_queue") ==
          attempts + (end == RequestFault::refused ? 1 : 0));
  }
}

TEST_CASE("a token that Square refuses pauses the account, says so, and burns no attempt") {
  World world;
  enqueue_many(world, 10);
  tick(world, "t1", RequestFault::unauthorized);
  CHECK(count(world, "status = 'pending' AND attempts = 0") == 10);
  CHECK(world.database.text("SELECT pause_reason FROM pos_accounts") == "unauthorized");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_ledger "
                               "WHERE in_doubt_since IS NOT NULL") == 0);
  CHECK(world.error("A0").rfind("unauthorized: ", 0) == 0);
  // Six requests were in flight, and their six answers are one piece of news.
  CHECK(world.database.integer("SELECT breaker_opens FROM pos_accounts") == 1);
  CHECK(paused_for(world) > 0);
}

TEST_CASE("five unknown outcomes in a row open the breaker, then one order probes") {
  World world;
  enqueue_many(world, 40);
  tick(world, "t1", RequestFault::failed);
  const auto sent = world.square.bodies.size();
  CHECK(sent >= 5);
  CHECK(sent <= 11);  // five, and what was in flight when they failed
  CHECK(world.database.text("SELECT pause_reason FROM pos_accounts") == "unknown_outcomes");
  CHECK(world.database.integer("SELECT breaker_opens FROM pos_accounts") == 1);
  CHECK(count(world, "status = 'pending' AND attempts = 0") ==
        static_cast<std::int64_t>(40 - sent));

  world.pass(paused_for(world) + second);
  tick(world, "t2", RequestFault::failed);
  CHECK(world.square.bodies.size() == sent + 1);  // the probe
  CHECK(paused_for(world) > 2 * minute);

  world.pass(paused_for(world) + second);
  drain(world, "t3");
  CHECK(world.database.integer("SELECT unknown_run + breaker_opens FROM pos_accounts") == 0);
  // The tick whose probe succeeded goes on; only those in doubt still wait for their quiet time.
  CHECK(count(world, "status = 'pending'") == 0);
  world.pass(20 * minute);
  drain(world, "t4");
  CHECK(count(world, "status = 'success'") == 40);
  CHECK(world.square.orders.size() == 40);
}

TEST_CASE("the fifth unknown outcome in a row stops a tick, and not the fourth or the sixth") {
  World world;
  enqueue_many(world, 10);
  auto settings = Worker::test_settings();
  settings.concurrency = 1;
  Worker worker(world, "t1", settings);
  while (worker.run_until(world::is_fetch)) worker.perform(RequestFault::failed);
  CHECK(world.square.bodies.size() == 5);
  CHECK(count(world, "status = 'pending' AND attempts = 0") == 5);
}

TEST_CASE("two ticks do not both probe an account whose breaker is open") {
  World world;
  enqueue_many(world, 40);
  tick(world, "t1", RequestFault::failed);
  const auto sent = world.square.bodies.size();
  world.pass(paused_for(world) + second);
  Worker prober(world, "t2");
  REQUIRE(prober.run_until(world::is_fetch));
  drain(world, "t3");
  CHECK(world.square.bodies.size() == sent);
  prober.run();
  CHECK(world.square.bodies.size() > sent);
}

TEST_CASE("a probe that was never sent does not keep its account shut until its lease ends") {
  World world;
  enqueue_many(world, 10);
  tick(world, "t1", RequestFault::failed);
  world.pass(paused_for(world) + second);
  Worker prober(world, "t2");
  prober.wait_only_here(13 * minute + second);  // D1's answer comes when it is too late to send
  prober.perform();
  CHECK(world.database.text("SELECT pause_reason FROM pos_accounts") == "probe");
  prober.run();
  CHECK(world.database.integer("SELECT breaker_opens FROM pos_accounts") == 1);
  CHECK(paused_for(world) <= 0);
  CHECK(world.database.text("SELECT pause_reason FROM pos_accounts") == "");
}

TEST_CASE("an answer among unknown outcomes ends their run, and no breaker opens") {
  World world;
  enqueue_many(world, 7);
  auto settings = Worker::test_settings();
  settings.concurrency = 1;
  Worker worker(world, "t1", settings);
  REQUIRE(worker.run_until(world::is_fetch));
  for (const RequestFault end :
       {RequestFault::failed, RequestFault::failed, RequestFault::failed, RequestFault::failed,
        RequestFault::none, RequestFault::failed, RequestFault::failed}) {
    worker.perform(end);
  }
  worker.run();
  CHECK(world.database.integer("SELECT unknown_run FROM pos_accounts") == 2);
  CHECK(world.database.integer("SELECT breaker_opens FROM pos_accounts") == 0);
  CHECK(paused_for(world) <= 0);
}

TEST_CASE("a pause is written down at once, though another request hangs") {
  World world;
  enqueue_many(world, 2);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::throttled);
  static_cast<void>(worker.take());
  REQUIRE(worker.next());
  CHECK(world::is_settle(*worker.next()));
}

TEST_CASE("what is given back does not end a pause that Square asked for") {
  World world;
  enqueue_many(world, 2);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::throttled);
  worker.perform(RequestFault::unauthorized);
  worker.run();
  world.database.execute("UPDATE pos_accounts SET pause_reason = 'throttled'");
  const auto pause = paused_for(world);
  CHECK(pause > 0);
  drain(world, "t2");
  CHECK(paused_for(world) == pause);
}

TEST_CASE(
    "an outage of a day kills no order that was never sent, and burns none of their attempts") {
  World world;
  enqueue_many(world, 30);
  const std::int64_t end = world.database.now_ms + 24 * 60 * minute;
  int ticks = 0;
  while (world.database.now_ms < end) {
    tick(world, "t" + std::to_string(ticks++), RequestFault::failed);
    world.pass(30 * minute);
  }
  CHECK(world.database.integer("SELECT max(attempts) FROM pos_sync_queue") <= 1);
  CHECK(count(world, "last_error LIKE 'attempts_exhausted%'") == 0);
}

TEST_CASE(
    "a restaurant with a thousand orders delays another's single order by one batch at most") {
  World world;
  enqueue_many(world, 1000, "big");
  world.enqueue("single", "small");
  Worker worker(world, "t1");
  worker.perform();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims c "
                               "WHERE c.order_id = 'single' AND c.settled_at IS NULL") == 1);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims c "
                               "WHERE c.holder = 't1.1'") == 50);
}

TEST_CASE("more restaurants than a batch holds are served in turn") {
  World world;
  for (int r = 0; r < 120; ++r) enqueue_many(world, 5, "r" + std::to_string(100 + r));
  Worker worker(world, "t1");
  for (int claims = 0; claims < 3; ++claims) {
    REQUIRE(worker.run_until(world::is_claim));
    worker.perform();
  }
  CHECK(world.database.integer("SELECT count(DISTINCT q.restaurant_id) FROM pos_sync_queue q "
                               "JOIN pos_sync_claims c ON c.row_id = q.id") == 120);
}

TEST_CASE(
    "an order whose worker dies twice is taken alone, after all others, and ends with a human") {
  World world;
  world.enqueue("poison");
  const auto die_with_it = [&](const std::string& id) {
    Worker dying(world, id);
    dying.perform();  // the claim; then the worker traps
    world.pass(17 * minute);
  };
  die_with_it("d1");
  die_with_it("d2");
  enqueue_many(world, 3);
  for (int i = 0; i < 30 && world.status("poison") != "dead"; ++i) {
    Worker worker(world, "t" + std::to_string(i));
    worker.run_until([&](const pos::io::Command& command) {
      const auto* batch = std::get_if<pos::io::D1Command>(&command);
      return batch != nullptr && batch->statements.size() > 7 &&
             batch->statements[7] == pos::store::Statement::claim_take_suspect;
    });
    CHECK(count(world, "order_id LIKE 'A%' AND status = 'success'") == 3);
    if (!worker.ended()) worker.perform();
    const auto held = world.database.integer(
        "SELECT count(*) FROM pos_sync_claims WHERE settled_at IS NULL AND holder <> ''");
    CHECK(held <= 1);
    if (held == 0) worker.run();
    world.pass(5 * 60 * minute);
  }
  drain(world, "last");
  CHECK(world.error("poison") == "rejected: every worker that held this order went away");
  CHECK(world.square.orders_of("poison") == 0);
}

TEST_CASE("a tick purges what is settled and old, and nothing else") {
  World world;
  world.enqueue("old");
  drain(world, "t1");
  world.enqueue("doubt");
  {
    Worker worker(world, "t2");
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(RequestFault::lost);
    worker.run();
  }
  world.pass(std::int64_t{100} * 24 * 60 * minute);
  drain(world, "t3");  // the order in doubt goes to a human
  drain(world, "t4");
  drain(world, "t5");
  CHECK(count(world, "order_id = 'old'") == 0);
  CHECK(count(world, "order_id = 'doubt'") == 1);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_ledger") == 2);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE claim_key = 'pos-sync:old:square'") == 0);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE order_id = 'old'") == 0);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE order_id = 'doubt'") > 0);
}

}  // namespace account_test

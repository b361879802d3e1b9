// The push of one order at once, behind POST /v1/orders: what it may take, and what it leaves to a
// tick.
#include <doctest/doctest.h>

#include <variant>

#include "config/settings.hpp"
#include "harness/duration.hpp"
#include "harness/http.hpp"
#include "harness/worker.hpp"

namespace at_once_test {

using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;
using duration::second;

pos::Settings settings() { return pos::at_once(Worker::test_settings()); }

Worker at_once(World& world, const std::string& id, const std::string& order_id) {
  return {world, id, settings(), "order", order_id};
}

std::int64_t claims_held(World& world) {
  return world.database.integer(
      "SELECT count(*) FROM pos_sync_claims WHERE holder <> '' AND settled_at IS NULL");
}

}  // namespace

TEST_CASE("a push at once has 25 s in all and 10 s a request, and a lease that outlasts them") {
  const pos::Settings once = settings();
  CHECK(once.wall_budget_ms == 25 * second);
  CHECK(once.push_timeout_ms == 10 * second);
  CHECK(once.lease_ms == 25 * second + 10 * second + once.quiet_ms + once.clock_step_ms);
  pos::Settings quick = Worker::test_settings();
  quick.wall_budget_ms = 5 * second;
  quick.push_timeout_ms = 2 * second;
  CHECK(pos::at_once(quick).wall_budget_ms == 5 * second);
  CHECK(pos::at_once(quick).push_timeout_ms == 2 * second);
}

TEST_CASE("a push at once books its order in one claim, and touches no other") {
  World world;
  world.enqueue("A1");
  world.enqueue("B2");
  Worker worker = at_once(world, "p1", "A1");
  worker.run();
  CHECK(world.status("A1") == "success");
  CHECK(world.status("B2") == "pending");
  CHECK(worker.tick().tally().claimed == 1);
  CHECK(worker.tick().tally().d1_calls == 3);
  CHECK(claims_held(world) == 0);
}

TEST_CASE("a push at once does not send what a tick holds, nor a tick what it holds") {
  World world;
  world.enqueue("A1");
  Worker cron(world, "t1");
  REQUIRE(cron.run_until(world::is_fetch));
  Worker worker = at_once(world, "p1", "A1");
  worker.run();
  CHECK(worker.tick().tally().requests == 0);
  cron.run();
  CHECK(world.square.orders.size() == 1);

  world.enqueue("B2");
  Worker second_push = at_once(world, "p2", "B2");
  REQUIRE(second_push.run_until(world::is_fetch));
  Worker second_cron(world, "t2");
  second_cron.run();
  CHECK(second_cron.tick().tally().claimed == 0);
  second_push.run();
  CHECK(world.square.orders.size() == 2);
}

TEST_CASE("a push at once leaves what is in doubt alone until no older request may land") {
  World world;
  world.enqueue("A1");
  Worker lost(world, "t1");
  REQUIRE(lost.run_until(world::is_fetch));
  lost.perform(RequestFault::lost);
  lost.run();
  world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
  Worker early = at_once(world, "p1", "A1");
  early.run();
  CHECK(early.tick().tally().claimed == 0);
  world.pass(3 * minute);
  Worker later = at_once(world, "p2", "A1");
  later.run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders.size() == 1);
}

TEST_CASE("a push at once takes nothing before its time, of a paused account, or to probe") {
  World world;
  const auto claims = [&](const char* id) {
    Worker worker = at_once(world, id, "A1");
    worker.run();
    return worker.tick().tally().claimed;
  };
  world.enqueue("A1");
  world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 9007199254740990");
  CHECK(claims("p1") == 0);
  world.database.execute("UPDATE pos_sync_queue SET next_attempt_at = 0");
  world.database.execute("UPDATE pos_accounts SET paused_until = 9007199254740990");
  CHECK(claims("p2") == 0);
  world.database.execute("UPDATE pos_accounts SET paused_until = 0, breaker_opens = 1");
  CHECK(claims("p3") == 0);
  world.database.execute("UPDATE pos_accounts SET breaker_opens = 0, state = 'paused'");
  CHECK(claims("p4") == 0);
  world.database.execute("UPDATE pos_accounts SET state = 'active'");
  CHECK(claims("p5") == 1);
}

TEST_CASE("a push at once that dies is taken over by a tick when its own short lease is over") {
  World world;
  world.enqueue("A1");
  Worker dies = at_once(world, "p1", "A1");
  REQUIRE(dies.run_until(world::is_fetch));
  const pos::io::Command request = dies.take();
  const auto& fetch = std::get<pos::io::FetchCommand>(request);
  CHECK(fetch.timeout_ms == 10 * second);
  (void)world::ask_square(world, fetch.url, fetch.body, RequestFault::lost);

  world.pass(settings().lease_ms - 1);
  Worker early(world, "t1");
  early.run();
  CHECK(early.tick().tally().claimed == 0);
  CHECK(claims_held(world) == 1);
  world.pass(1);
  Worker takes_over(world, "t2");
  takes_over.run();
  CHECK(claims_held(world) == 0);
  world.pass(3 * minute);
  Worker finishes(world, "t3");
  finishes.run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders.size() == 1);
}

TEST_CASE("a push at once starts no request that its own lease or budget does not cover") {
  World world;
  world.enqueue("A1");
  Worker worker = at_once(world, "p1", "A1");
  REQUIRE(worker.run_until(world::is_claim));
  worker.wait(15 * second + 1);
  worker.run();
  CHECK(worker.tick().tally().requests == 0);
  CHECK(world.status("A1") == "pending");
  CHECK(claims_held(world) == 0);
}

TEST_CASE("a claim of a push at once whose reply was lost is asked again, and takes the same") {
  World world;
  world.enqueue("A1");
  Worker worker = at_once(world, "p1", "A1");
  REQUIRE(worker.run_until(world::is_claim));
  worker.perform(RequestFault::lost);
  worker.run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders.size() == 1);
}

TEST_CASE("an order that was taken in names the push that follows; one that is booked does not") {
  World world;
  const auto first = world::post_order(world, "A1", world::payload());
  CHECK(first.next == R"({"job":"tick","door":"order","order_id":"A1","provider":"square"})");
  CHECK(world::post_order(world, "A1", world::payload()).next == first.next);
  Worker worker = at_once(world, "p1", "A1");
  worker.run();
  CHECK(world::post_order(world, "A1", world::payload()).next.empty());
  CHECK(world::post_order(world, "A1", world::payload(1)).next.empty());
}

}  // namespace at_once_test

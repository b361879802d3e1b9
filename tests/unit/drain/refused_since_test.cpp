// What an operator is woken by: since when an account waits for a human.
#include <doctest/doctest.h>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace refused_since_test {

using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;

/// One tick in which every request ends so.
void tick(World& world, const std::string& id, RequestFault end) {
  Worker worker(world, id);
  while (worker.run_until(world::is_fetch)) worker.perform(end);
}

std::string since(World& world) {
  return world.database.text("SELECT refused_since FROM pos_accounts");
}

}  // namespace

TEST_CASE("a revoked token raises one alarm that no end of a pause switches off") {
  World world;
  world.enqueue("A1");
  CHECK(since(world).empty());
  const std::int64_t first = world.database.now_ms;
  tick(world, "t1", RequestFault::unauthorized);
  CHECK(since(world) == std::to_string(first));
  for (int i = 2; i < 6; ++i) {
    world.pass(90 * minute);
    CHECK(since(world) == std::to_string(first));  // the pause is over, the cause is not
    tick(world, "t" + std::to_string(i), RequestFault::unauthorized);
    CHECK(since(world) == std::to_string(first));
  }
  world.pass(90 * minute);
  tick(world, "last", RequestFault::none);
  CHECK(world.status("A1") == "success");
  CHECK(since(world).empty());
}

TEST_CASE(
    "an operator's resume and a new token do not silence the alarm before an order is taken") {
  World world;
  world.enqueue("A1");
  tick(world, "t1", RequestFault::unauthorized);
  world.database.execute(
      "UPDATE pos_accounts SET paused_until = 0, pause_reason = '', breaker_opens = 0");
  world.pass(minute);
  CHECK_FALSE(since(world).empty());
  tick(world, "t2", RequestFault::refused);  // let in, and refused for what it is
  CHECK(world.status("A1") == "dead");
  CHECK_FALSE(since(world).empty());
  world.enqueue("A2");
  tick(world, "t3", RequestFault::none);
  CHECK(since(world).empty());
}

TEST_CASE("an account that is silent, throttled or refuses one order wakes nobody") {
  for (const RequestFault end : {RequestFault::failed, RequestFault::server_error,
                                 RequestFault::throttled, RequestFault::refused}) {
    World world;
    for (int i = 0; i < 4; ++i) world.enqueue("A" + std::to_string(i));
    tick(world, "t1", end);
    CHECK(since(world).empty());
  }
}

TEST_CASE("a look that Square refuses raises the alarm, and what it finds later ends it") {
  World world;
  world.enqueue("A1");
  tick(world, "t1", RequestFault::server_error);
  world.database.execute("UPDATE pos_sync_ledger SET look_because = 'conflict'");
  world.pass(10 * minute);
  tick(world, "t2", RequestFault::refused);
  CHECK(world.database.text("SELECT pause_reason FROM pos_accounts") == "look_refused");
  CHECK_FALSE(since(world).empty());
  world.pass(90 * minute);
  tick(world, "t3", RequestFault::none);
  CHECK(world.status("A1") == "success");
  CHECK(since(world).empty());
}

TEST_CASE("a refusal of an older token does not raise the alarm of the newer one") {
  World world;
  world.enqueue("A1");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::unauthorized);
  world.database.execute("UPDATE pos_accounts SET token_version = token_version + 1");
  worker.run();
  CHECK(since(world).empty());
}

}  // namespace refused_since_test

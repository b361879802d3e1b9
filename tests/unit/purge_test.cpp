// What time takes away, and what it must not.
#include <doctest/doctest.h>

#include <string>

#include "world/duration.hpp"
#include "world/worker.hpp"

namespace purge_test {

using world::Worker;
using world::World;

namespace {
using duration::day;

void idle_ticks(World& world, int count) {
  static int ticks = 0;
  for (int i = 0; i < count; ++i) {
    Worker worker(world, "idle-" + std::to_string(++ticks), Worker::test_settings(), "cron");
    worker.run();
  }
}

std::int64_t claims_of(World& world, const std::string& order_id) {
  return world.database.integer(
      "SELECT count(*) FROM pos_sync_claims WHERE order_id = ?1",
      {order_id});
}

}  // namespace

TEST_CASE("a claim that is held is never purged, however old, or its order could be pushed twice") {
  World world;
  world.enqueue("A1");
  Worker held(world, "slow");
  REQUIRE(held.run_until(world::is_fetch));
  REQUIRE(claims_of(world, "A1") == 1);
  // A lease without an end: somebody has taken the order off the worker's hands for good.
  world.database.execute(
      "UPDATE pos_sync_claims SET lease_until = 9000000000000000 WHERE order_id = 'A1'");
  world.pass(100 * day);
  idle_ticks(world, 3);
  CHECK(claims_of(world, "A1") == 1);
}

TEST_CASE("a settled claim goes after a week, and not before") {
  World world;
  world.enqueue("A1");
  Worker(world, "t1").run();
  REQUIRE(world.status("A1") == "success");
  REQUIRE(claims_of(world, "A1") == 1);
  world.pass(7 * day - 1000);
  idle_ticks(world, 2);
  CHECK(claims_of(world, "A1") == 1);
  world.pass(2000);
  idle_ticks(world, 2);
  CHECK(claims_of(world, "A1") == 0);
}

}  // namespace purge_test

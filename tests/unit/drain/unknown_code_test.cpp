// A reply with an error code that nobody has seen: what becomes of the order, of its account, and
// of the code.
#include <doctest/doctest.h>

#include <algorithm>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace unknown_code_test {

using pos::store::Statement;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;

void enqueue_many(World& world, int count) {
  for (int i = 0; i < count; ++i) world.enqueue("A" + std::to_string(i));
}

/// One tick in which every request ends so.
void tick(World& world, const std::string& id, RequestFault end) {
  Worker worker(world, id);
  while (worker.run_until(world::is_fetch)) worker.perform(end);
}

std::int64_t seen(World& world) {
  return world.database.integer("SELECT coalesce(sum(seen), 0) FROM pos_sync_unknown_codes");
}

std::size_t warnings(const Worker& worker) {
  return static_cast<std::size_t>(
      std::count_if(worker.logged().begin(), worker.logged().end(), [](const auto& line) {
        return line.level == pos::io::Level::warning &&
               line.fields.find("\"detail\":\"ORDER_IN_ORBIT\"") != std::string::npos;
      }));
}

}  // namespace

TEST_CASE("an order that was booked behind a code that nobody has seen is booked once") {
  World world;
  world.enqueue("A1");
  tick(world, "t1", RequestFault::unseen_code);
  CHECK(world.status("A1") == "failed");
  CHECK(world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1);
  world.pass(20 * minute);
  Worker(world, "t2").run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.one_body_per_key());
}

TEST_CASE("a code that nobody has seen uses up attempts, and shuts no account") {
  World world;
  enqueue_many(world, 20);
  tick(world, "t1", RequestFault::unseen_code);
  CHECK(world.square.bodies.size() == 20);
  CHECK(world.database.integer("SELECT min(attempts) FROM pos_sync_queue") == 1);
  CHECK(world.database.integer("SELECT unknown_run + breaker_opens + paused_until "
                               "FROM pos_accounts") == 0);
}

TEST_CASE("codes that nobody has seen are counted, and said once a tick") {
  World world;
  enqueue_many(world, 7);
  Worker worker(world, "t1");
  while (worker.run_until(world::is_fetch)) worker.perform(RequestFault::unseen_code);
  CHECK(seen(world) == 7);
  CHECK(world.database.text("SELECT code FROM pos_sync_unknown_codes") == "ORDER_IN_ORBIT");
  CHECK(warnings(worker) == 1);
  const auto first = world.database.integer("SELECT first_seen_at FROM pos_sync_unknown_codes");
  world.pass(20 * minute);
  Worker again(world, "t2");
  while (again.run_until(world::is_fetch)) again.perform(RequestFault::unseen_code);
  CHECK(seen(world) == 14);
  CHECK(warnings(again) == 1);
  CHECK(world.database.integer("SELECT first_seen_at FROM pos_sync_unknown_codes") == first);
  CHECK(world.database.integer("SELECT last_seen_at FROM pos_sync_unknown_codes") ==
        world.database.now_ms);
}

TEST_CASE("a settle whose reply was lost counts its codes once") {
  World world;
  enqueue_many(world, 3);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  for (int i = 0; i < 3; ++i) worker.perform(RequestFault::unseen_code);
  REQUIRE(world::is_settle(*worker.next()));
  worker.perform(RequestFault::lost);
  worker.run();
  CHECK(seen(world) == 3);
  CHECK(worker.tick().tally().lost == 0);
  CHECK(worker.tick().tally().failed == 3);
}

TEST_CASE("a settle that has lost its order counts no code of it") {
  World world;
  world.enqueue("A1");
  Worker slow(world, "t1");
  REQUIRE(slow.run_until(world::is_fetch));
  slow.perform(RequestFault::unseen_code);
  REQUIRE(world::is_settle(*slow.next()));
  world.pass(17 * minute);
  Worker(world, "t2").run();  // takes it over
  slow.run();
  CHECK(seen(world) == 0);
}

TEST_CASE("a settle with nothing to count costs no statement more") {
  for (const RequestFault end : {RequestFault::none, RequestFault::refused, RequestFault::failed,
                                 RequestFault::unseen_code}) {
    World world;
    world.enqueue("A1");
    Worker worker(world, "t1");
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(end);
    REQUIRE(worker.run_until(world::is_settle));
    const auto command = std::get<pos::io::D1Command>(*worker.next());
    const auto& batch = command.statements;
    const auto there = std::count(batch.begin(), batch.end(), Statement::settle_codes);
    CHECK(there == (end == RequestFault::unseen_code ? 1 : 0));
    // What was refused may be one of a run, of which others are brought back.
    const std::size_t more = end == RequestFault::unseen_code ? 1
                             : end == RequestFault::refused   ? 2
                                                              : 0;
    CHECK(batch.size() == 6 + more);
  }
}

}  // namespace unknown_code_test

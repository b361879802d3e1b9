// The purge keeps up with what is booked, in bounded steps, and never waits for an idle tick.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "harness/worker.hpp"

namespace purge_test {

using duration::day;
using world::Worker;
using world::World;

namespace {
void idle_ticks(World& world, int count) {
  for (int i = 0; i < count; ++i) {
    Worker worker(world, "idle-" + std::to_string(world::next_request++), Worker::test_settings(),
                  "cron");
    worker.run();
  }
}

std::int64_t claims_of(World& world, const std::string& order_id) {
  return world.database.integer("SELECT count(*) FROM pos_sync_claims WHERE order_id = ?1",
                                {order_id});
}

bool is_purge(const pos::io::Command& command) {
  return world::is_batch(command, pos::store::Statement::purge_claims);
}

/// So many booked orders with all that is kept of each, from so long ago; `first` is the first id.
void book(World& world, int orders, std::int64_t age_ms, int first = 1) {
  const std::string numbers = "WITH RECURSIVE n (i) AS (SELECT " + std::to_string(first) +
                              " UNION ALL SELECT i + 1 FROM n WHERE i < " +
                              std::to_string(first + orders - 1) + ") ";
  const std::string at = std::to_string(world.database.now_ms - age_ms);
  const std::string stamp = "datetime(" + at + " / 1000, 'unixepoch')";
  world.database.execute(numbers +
                         "INSERT INTO pos_sync_queue (order_id, payload, status, created_at, "
                         "updated_at) SELECT 'A' || i, '{}', 'success', " +
                         stamp + ", " + stamp + " FROM n");
  world.database.execute(numbers +
                         "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, "
                         "lease_until, settled_at, row_id, order_id, provider, revision) SELECT "
                         "'pos-sync:A' || i || ':square', 't.1', " +
                         at + ", 0, " + at + ", i, 'A' || i, 'square', 1 FROM n");
  world.database.execute(numbers +
                         "INSERT INTO pos_sync_ledger (order_id, provider, revision, booked_at) "
                         "SELECT 'A' || i, 'square', 1, " +
                         at + " FROM n");
  world.database.execute(numbers +
                         "INSERT INTO pos_sync_audit (order_id, provider, at, actor, event, token) "
                         "SELECT 'A' || i, 'square', " +
                         at + ", 'cron', 'payment_accepted', 't.1' FROM n");
  world.database.execute(numbers +
                         "INSERT INTO pos_webhook_events (event_id, type, location_id, "
                         "received_at) SELECT 'E' || i, 'order.created', 'L1', " +
                         at + " FROM n");
}

std::int64_t count(World& world, const char* table) {
  return world.database.integer(std::string("SELECT count(*) FROM ") + table);
}

int purges(Worker& worker) {
  int count = 0;
  while (worker.run_until(is_purge)) {
    worker.perform();
    ++count;
  }
  return count;
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

// 48 ticks a day: 2.4 million rows of each table, 4.8 million events. A million orders a day leave
// a row and a claim each, at most two lines in the audit, and four events.
TEST_CASE(
    "a tick purges 50,000 old rows of each table, so 48 ticks keep up with a million orders") {
  World world;
  book(world, 53'000, 100 * day);
  Worker worker(world, "t1");
  CHECK(purges(worker) == 20);
  CHECK(count(world, "pos_sync_queue") == 3'000);
  CHECK(count(world, "pos_sync_audit") == 3'000);
  CHECK(count(world, "pos_sync_claims WHERE order_id IS NOT NULL") == 3'000);
  CHECK(count(world, "pos_webhook_events") == 0);
  CHECK(count(world, "pos_sync_ledger") == 53'000);

  Worker next(world, "t2");
  CHECK(purges(next) == 3);
  CHECK(count(world, "pos_sync_queue") == 0);
  CHECK(count(world, "pos_sync_audit") == 0);
}

TEST_CASE("a queue that is never empty is purged all the same, behind the work of each tick") {
  World world;
  book(world, 100, 100 * day);
  for (int i = 0; i < 3; ++i) {
    world.enqueue("new" + std::to_string(i));
    Worker(world, "t" + std::to_string(i)).run();
  }
  CHECK(count(world, "pos_sync_queue WHERE order_id LIKE 'A%'") == 0);
  CHECK(count(world, "pos_sync_queue WHERE order_id LIKE 'new%'") == 3);
}

TEST_CASE("the purge walks past what waits for a human, and past it only as far as rows are old") {
  World world;
  book(world, 6'000, 100 * day);
  world.database.execute("UPDATE pos_sync_queue SET status = 'dead', last_error = 'rejected: x'");
  world.database.execute("UPDATE pos_sync_ledger SET booked_at = NULL");
  book(world, 10, 95 * day, 6'001);
  book(world, 3'000, day, 6'011);
  for (int i = 0; i < 4; ++i) Worker(world, "t" + std::to_string(i)).run();
  CHECK(count(world, "pos_sync_queue WHERE status = 'dead'") == 6'000);
  CHECK(count(world, "pos_sync_queue WHERE status = 'success'") == 3'000);
  CHECK(count(world, "pos_sync_audit") == 9'000);
  // It has begun anew, and not walked through the young ones.
  world.database.execute("DELETE FROM pos_sync_cursors WHERE name = 'claims'");
  world.database.execute("UPDATE pos_sync_cursors SET position = '6000'");
  Worker(world, "again").run();
  CHECK(world.database.text("SELECT group_concat(position, '') FROM pos_sync_cursors") == "");
}

TEST_CASE("no row of a page is passed over because the rows before it were deleted") {
  World world;
  book(world, 7'500, 100 * day);
  world.database.execute("UPDATE pos_sync_queue SET status = 'dead' WHERE id % 2 = 0");
  Worker worker(world, "t1");
  purges(worker);
  CHECK(count(world, "pos_sync_queue WHERE status = 'success'") == 0);
  CHECK(count(world, "pos_sync_queue") == 3'750);
}

TEST_CASE("rows of the queue stay for as long as the host keeps them, or their children go too") {
  World world;
  book(world, 100, 100 * day);
  pos::Settings settings = Worker::test_settings();
  settings.queue_retention_days = 0;
  Worker(world, "t1", settings).run();
  CHECK(count(world, "pos_sync_queue") == 100);
  CHECK(count(world, "pos_sync_audit") == 0);
  CHECK(count(world, "pos_webhook_events") == 0);
  settings.queue_retention_days = 101;
  Worker(world, "t2", settings).run();
  CHECK(count(world, "pos_sync_queue") == 100);
  settings.queue_retention_days = 99;
  Worker(world, "t3", settings).run();
  CHECK(count(world, "pos_sync_queue") == 0);
}

TEST_CASE("a host that keeps the rows of its queue stops neither the tick nor the other purges") {
  World world;
  book(world, 100, 100 * day);
  world.enqueue("new");
  pos::Settings settings = Worker::test_settings();
  settings.subrequest_budget = 45;
  Worker worker(world, "t1", settings, "cron");
  REQUIRE(worker.run_until(is_purge));
  worker.answer_failed(worker.take(),
                       "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: "
                       "SQLITE_CONSTRAINT_FOREIGNKEY)");
  worker.run();
  CHECK(worker.done().status == 200);
  CHECK(world.status("new") == "success");
  CHECK(count(world, "pos_sync_queue") == 101);
  CHECK(count(world, "pos_sync_audit WHERE order_id <> 'new'") == 0);
  CHECK(count(world, "pos_webhook_events") == 0);
  const auto warned = std::count_if(
      worker.logged().begin(), worker.logged().end(), [](const pos::io::LogCommand& line) {
        return line.level == pos::io::Level::warning &&
               line.message.find("QUEUE_RETENTION_DAYS") != std::string::npos;
      });
  CHECK(warned == 1);
}

TEST_CASE("a tick with a small budget still purges once") {
  World world;
  book(world, 6'000, 100 * day);
  pos::Settings settings = Worker::test_settings();
  settings.subrequest_budget = 45;
  Worker worker(world, "t1", settings);
  CHECK(purges(worker) == 1);
  CHECK(count(world, "pos_sync_queue") == 3'500);
  settings.subrequest_budget = 100;
  Worker other(world, "t2", settings);
  CHECK(purges(other) == 2);
}

TEST_CASE("a purge whose reply was lost is repeated, and deletes nothing that is young") {
  World world;
  book(world, 5'000, 100 * day);
  book(world, 10, 89 * day, 5'001);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(is_purge));
  worker.perform(world::RequestFault::lost);
  worker.run();
  CHECK(count(world, "pos_sync_queue") == 10);
  CHECK(count(world, "pos_sync_audit") == 10);
}

}  // namespace purge_test

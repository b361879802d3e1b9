// Orders that kill whoever holds them, and rows that nobody can hold: each ends in front of a
// human, and takes none of the others with it.
#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace poison_test {

using duration::hour;
using duration::minute;
using world::Worker;
using world::World;

namespace {

std::string column(World& world, const std::string& name, const std::string& order_id) {
  return world.database.text("SELECT CAST(" + name +
                             " AS TEXT) FROM pos_sync_queue WHERE order_id = '" + order_id + "'");
}

/// A worker that dies as soon as it holds one of these orders, or has sent something for it.
void run_poisoned(World& world, const std::string& id, const std::string& poison, bool once_frozen,
                  const pos::Settings& settings = Worker::test_settings()) {
  Worker worker(world, id, settings);
  const std::string held = "SELECT count(*) FROM pos_sync_claims c WHERE c.order_id LIKE '" +
                           poison + "%' AND c.settled_at IS NULL AND c.holder LIKE '" + id + ".%'";
  const std::string frozen = "SELECT count(*) FROM pos_sync_ledger WHERE order_id LIKE '" + poison +
                             "%' AND request IS NOT NULL";
  while (!worker.ended()) {
    const bool holds = world.database.integer(held) > 0;
    if (holds && (!once_frozen || world.database.integer(frozen) > 0)) return;
    worker.perform();
  }
}

}  // namespace

TEST_CASE("an order that kills each worker that holds it ends rejected, after bounded attempts") {
  World world;
  world.enqueue("poison");
  int ticks = 0;
  for (; world.status("poison") != "dead" && ticks < 40; ++ticks) {
    run_poisoned(world, "t" + std::to_string(ticks), "poison", false);
    world.pass(5 * hour);
  }
  CHECK(world.error("poison") == "rejected: every worker that held this order went away");
  CHECK(column(world, "attempts", "poison") == "11");
  CHECK(ticks <= 22);  // a suspect that was taken over waits for another tick
  CHECK(world.square.orders_of("poison") == 0);
  CHECK(world.database.text("SELECT to_status FROM pos_sync_audit WHERE event = 'taken_over' "
                            "ORDER BY id DESC LIMIT 1") == "dead");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims WHERE order_id IS NOT NULL "
                               "AND settled_at IS NULL") == 0);
}

TEST_CASE("an order that kills its workers and may have been sent ends with its doubt kept") {
  World world;
  world.enqueue("poison");
  for (int i = 0; world.status("poison") != "dead" && i < 40; ++i) {
    run_poisoned(world, "t" + std::to_string(i), "poison", true);
    world.pass(5 * hour);
  }
  CHECK(world.error("poison") == "unknown_outcome: every worker that held this order went away");
  CHECK(world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("the tick that finds an order dead says so, and counts it") {
  World world;
  world.enqueue("poison");
  world.database.execute("UPDATE pos_sync_queue SET attempts = 10");
  run_poisoned(world, "t1", "poison", false);
  world.pass(5 * hour);
  Worker worker(world, "t2");
  worker.run();
  CHECK(worker.tick().tally().dead == 1);
  bool said = false;
  for (const pos::io::LogCommand& line : worker.logged()) {
    said = said || (line.message == "an order waits for a human" &&
                    line.fields.find("poison: rejected: every worker") != std::string::npos);
  }
  CHECK(said);
}

TEST_CASE("the others of its batch are booked, however often an order kills its workers") {
  World world;
  world.enqueue("poison");
  for (int i = 0; i < 10; ++i) world.enqueue("A" + std::to_string(i));
  for (int i = 0; i < 5; ++i) {
    run_poisoned(world, "t" + std::to_string(i), "poison", false);
    world.pass(30 * minute);
  }
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'success'") ==
        10);
  CHECK(world.status("poison") == "failed");
}

TEST_CASE("what died beside a poison is not held up by it: a suspect that kills comes last") {
  World world;
  world.enqueue("poison");  // the first in its queue, and so the first suspect
  for (int i = 0; i < 3; ++i) world.enqueue("A" + std::to_string(i));
  for (int i = 0; i < 6; ++i) {
    run_poisoned(world, "t" + std::to_string(i), "poison", false);
    world.pass(30 * minute);
  }
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'success'") ==
        3);
  CHECK(world.database.integer(
            "SELECT next_attempt_at FROM pos_sync_queue WHERE order_id = 'poison'") > 0);
}

TEST_CASE("a worker that went away once holds nothing up: its order is due at once") {
  World world;
  world.enqueue("A1");
  run_poisoned(world, "t1", "A1", false);
  world.pass(17 * minute);
  Worker(world, "t2").run();
  CHECK(world.status("A1") == "success");
}

TEST_CASE("a row that no worker can hold is dead with its reason, and the others are booked") {
  struct Case {
    const char* order_id;
    const char* other_columns;
    const char* other_values;
    const char* reason;
  };
  const Case cases[] = {
      {"CAST(x'ff41' AS TEXT)", "", "", "order_id: expected UTF-8"},
      {"CAST(x'e9a9' AS TEXT)", "", "", "order_id: expected UTF-8"},
      {"CAST(x'c3a9a9' AS TEXT)", "", "", "order_id: expected UTF-8"},
      {"CAST(x'eda080' AS TEXT)", "", "", "order_id: expected UTF-8"},
      {"CAST(x'80' AS TEXT)", "", "", "order_id: expected UTF-8"},
      {"x'4142'", "", "", "order_id: expected a text, got blob"},
      {"''", "", "", "order_id: expected 1 to 200 bytes, got 0"},
      {"hex(zeroblob(101))", "", "", "order_id: expected 1 to 200 bytes, got 202"},
      {"hex(zeroblob(950000))", "", "", "order_id: expected 1 to 200 bytes, got 1900000"},
      {"'a' || char(0) || 'b'", "", "", "order_id: expected no NUL in it"},
      {"'bent'", ", provider", ", x'737175617265'", "provider: expected a text, got blob"},
      {"'bent'", ", provider", ", ''", "provider: expected 1 to 50 bytes, got 0"},
      {"'bent'", ", provider", ", hex(zeroblob(26))", "provider: expected 1 to 50 bytes, got 52"},
      {"'bent'", ", provider", ", CAST(x'ff' AS TEXT)", "provider: expected UTF-8"},
      {"'bent'", ", provider", ", 'square' || char(0)", "provider: expected no NUL in it"},
      {"'bent'", ", restaurant_id", ", x'41'", "restaurant_id: expected a text, got blob"},
      {"'bent'", ", restaurant_id", ", CAST(x'ff' AS TEXT)", "restaurant_id: expected UTF-8"},
      {"'bent'", ", restaurant_id", ", hex(zeroblob(101))",
       "restaurant_id: expected at most 200 bytes, got 202"},
      {"'bent'", ", restaurant_id", ", 'r' || char(0)", "restaurant_id: expected no NUL in it"},
      {"'bent'", ", revision", ", 'two'",
       "revision: expected an integer from 1 to 9007199254740991"},
      {"'bent'", ", revision", ", 1.5", "revision: expected an integer from 1 to 9007199254740991"},
      {"'bent'", ", revision", ", 0", "revision: expected an integer from 1 to 9007199254740991"},
      {"'bent'", ", revision", ", 9007199254740992",
       "revision: expected an integer from 1 to 9007199254740991"},
      {"'bent'", ", attempts", ", 'many'", "attempts: expected an integer, got text"},
      {"'bent'", ", attempts", ", 1e300", "attempts: expected an integer, got real"},
      {"'bent'", ", next_attempt_at", ", '2026-11-29 20:00:00'",
       "next_attempt_at: expected an integer, got text"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.order_id);
    CAPTURE(each.reason);
    World world;
    world.database.execute(std::string("INSERT INTO pos_sync_queue (order_id, payload") +
                           each.other_columns + ") VALUES (" + each.order_id + ", '" +
                           world::payload() + "'" + each.other_values + ")");
    world.enqueue("A1");
    Worker worker(world, "t1");
    worker.run();
    CHECK(world.database.text(
              "SELECT status || ' ' || last_error FROM pos_sync_queue WHERE id = 1") ==
          std::string("dead rejected: ") + each.reason);
    CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE event = 'row_rejected' "
                                 "AND to_status = 'dead'") == 1);
    CHECK(world.status("A1") == "success");
    CHECK(worker.tick().tally().dead == 1);
    CHECK(world.square.bodies.size() == 1);
    CHECK(world.database.integer(
              "SELECT count(*) FROM pos_sync_claims WHERE order_id IS NOT NULL") == 1);
  }
}

TEST_CASE("an id in any script is an id") {
  World world;
  for (const char* id : {"Şiş-1", "日本-2", "😀", "é", "\xEF\xBF\xBD"}) {
    world.enqueue(id);
    world.enqueue(std::string(id) + "r", "Ş" + std::string(id));
  }
  Worker(world, "t1").run();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'success'") ==
        10);
}

TEST_CASE("200 bytes are an order id, and 200 of them a restaurant's") {
  World world;
  world.enqueue(std::string(200, 'a'), std::string(200, 'r'));
  Worker(world, "t1").run();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'success'") ==
        1);
}

TEST_CASE("thousands of rows that no worker can hold keep no order waiting, and all of them end") {
  World world;
  world.database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) "
      "INSERT INTO pos_sync_queue (order_id, payload) SELECT hex(zeroblob(101)) || i, '{}' FROM n");
  world.enqueue("A1");
  for (int i = 0; i < 3; ++i) Worker(world, "t" + std::to_string(i)).run();
  CHECK(world.status("A1") == "success");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'dead'") == 250);
}

}  // namespace poison_test

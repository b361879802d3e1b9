// A batch that D1 refuses for what one order has written in it costs that order and no other.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <variant>

#include "harness/worker.hpp"
#include "store/refusal.hpp"

namespace refused_batch_test {

using world::Worker;
using world::World;

namespace {

constexpr const char* too_big = "D1_ERROR: string or blob too big: SQLITE_TOOBIG";

bool holds(const pos::io::Command& command, const std::string& text) {
  const auto& batch = std::get<pos::io::D1Command>(command);
  return batch.parameters.at(1).find(text) != std::string::npos;
}

/// Runs a tick in which D1 refuses such batches; returns how many.
int run_refusing(Worker& worker, const std::function<bool(const pos::io::Command&)>& refused) {
  int refusals = 0;
  while (worker.run_until(refused)) {
    worker.answer_failed(worker.take(), too_big);
    ++refusals;
  }
  return refusals;
}

std::int64_t booked(World& world) {
  return world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'success'");
}

}  // namespace

TEST_CASE("one order whose outcome D1 refuses to store holds up no other of its batch") {
  World world;
  for (int i = 0; i < 15; ++i) world.enqueue("A" + std::to_string(i));
  world.enqueue("poison");
  Worker worker(world, "t1");
  const int refusals = run_refusing(worker, [](const pos::io::Command& command) {
    return world::is_settle(command) && holds(command, "poison") &&
           !holds(command, "cannot be stored");
  });
  CHECK(refusals == 5);  // of sixteen, eight, four, two and one
  CHECK(worker.done().status == 200);
  CHECK(booked(world) == 15);
  CHECK(world.status("poison") == "dead");
  CHECK(world.error("poison") ==
        std::string("unknown_outcome: what became of it cannot be stored: ") + too_big);
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_sync_ledger WHERE in_doubt_since IS NOT NULL") == 1);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE event = 'unstorable'") ==
        1);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims "
                               "WHERE order_id IS NOT NULL AND settled_at IS NULL") == 0);
}

TEST_CASE("an order of which D1 stores nothing at all costs its tick nothing else") {
  World world;
  for (int i = 0; i < 3; ++i) world.enqueue("A" + std::to_string(i));
  world.enqueue("poison");
  Worker worker(world, "t1");
  const int refusals = run_refusing(worker, [](const pos::io::Command& command) {
    return world::is_settle(command) && holds(command, "poison");
  });
  CHECK(refusals == 4);
  CHECK(worker.done().status == 200);
  CHECK(worker.tick().tally().lost == 1);
  CHECK(booked(world) == 3);
}

TEST_CASE("an outcome that D1 refuses to store is not in doubt where nothing was sent") {
  World world;
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('A1', '{}')");
  Worker worker(world, "t1");
  run_refusing(worker, [](const pos::io::Command& command) {
    return world::is_settle(command) && !holds(command, "cannot be stored");
  });
  CHECK(world.error("A1").rfind("rejected: what became of it cannot be stored", 0) == 0);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_ledger") == 0);
}

TEST_CASE("one order whose request D1 refuses to freeze is rejected, and the others are sent") {
  World world;
  for (int i = 0; i < 7; ++i) world.enqueue("A" + std::to_string(i));
  world.enqueue("poison");
  Worker worker(world, "t1");
  const int refusals = run_refusing(worker, [](const pos::io::Command& command) {
    return world::is_freeze(command) && holds(command, "poison");
  });
  CHECK(refusals == 4);
  CHECK(worker.done().status == 200);
  CHECK(booked(world) == 7);
  CHECK(world.error("poison") == std::string("rejected: its request cannot be stored: ") + too_big);
  CHECK(world.square.orders_of("poison") == 0);
}

TEST_CASE("D1's words tell a batch that it will always refuse from one that it may take yet") {
  for (const char* words :
       {too_big, "D1_ERROR: NOT NULL constraint failed: t.c: SQLITE_CONSTRAINT",
        "D1_ERROR: datatype mismatch: SQLITE_MISMATCH", "D1_ERROR: malformed JSON: SQLITE_ERROR"}) {
    CHECK(pos::store::is_of_content(words));
  }
  for (const char* words : {"Network connection lost.", "D1_ERROR: D1 DB is overloaded",
                            "D1_ERROR: internal error", "D1_ERROR: no such table: t", ""}) {
    CHECK_FALSE(pos::store::is_of_content(words));
  }
}

}  // namespace refused_batch_test

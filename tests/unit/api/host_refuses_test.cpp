// What a trigger or a constraint of the host's refuses is no silence of the database: the caller
// hears what said no, and in which words.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "api/enqueue.hpp"
#include "api/operator_action.hpp"
#include "api/replay_many.hpp"
#include "harness/history.hpp"
#include "harness/worker.hpp"
#include "store/schema.hpp"

namespace host_refuses_test {

using pos::api::Route;
using world::World;

namespace {

constexpr const char* dead_is_final =
    "CREATE TRIGGER dead_is_final BEFORE UPDATE OF status ON pos_sync_queue WHEN OLD.status = "
    "'dead' AND NEW.status <> 'dead' AND OLD.order_id <> 'free' BEGIN SELECT RAISE(ABORT, 'dead is "
    "final'); END;";

/// What comes of a batch, as D1 tells it.
pos::io::Outcome perform(World& world, const pos::io::D1Command& batch, std::string& error,
                         pos::json::Document& results) {
  pos::io::Outcome outcome;
  outcome.id = batch.id;
  try {
    outcome.kind = pos::io::OutcomeKind::d1_done;
    const std::string text = world.database.batch(batch.statements, batch.parameters);
    REQUIRE(results.parse(text));
    outcome.results = results.root();
  } catch (const std::runtime_error& refusal) {
    const std::string words = refusal.what();
    error = "D1_ERROR: " + words.substr(0, words.find(" in ")) + ": SQLITE_CONSTRAINT";
    outcome.kind = pos::io::OutcomeKind::d1_failed;
    outcome.error = error;
  }
  return outcome;
}

template <typename Job>
pos::io::DoneCommand ask(World& world, Route route, const std::string& order_id,
                         const std::string& body) {
  pos::api::Request request;
  request.route = route;
  request.id = "r" + std::to_string(world::next_request++);
  request.order_id = order_id;
  request.body = body;
  request.settings = world::Worker::test_settings();
  Job job(std::move(request));
  pos::io::Commands out;
  job.start(out);
  world::note(out);
  while (true) {
    REQUIRE_FALSE(out.empty());
    const pos::io::Command command = out.front();
    out.clear();
    if (const auto* done = std::get_if<pos::io::DoneCommand>(&command)) return *done;
    REQUIRE(std::holds_alternative<pos::io::D1Command>(command));  // it never waits
    std::string error;
    pos::json::Document results;
    const auto outcome = perform(world, std::get<pos::io::D1Command>(command), error, results);
    job.step({0, {outcome}}, out);
    world::note(out);
  }
}

bool says(const pos::io::DoneCommand& done, const char* words) {
  return done.body.find(words) != std::string::npos;
}

void kill(World& world, const std::string& id) {
  world.enqueue(id);
  world.database.execute(
      "UPDATE pos_sync_queue SET status = 'dead', last_error = 'rejected: no' "
      "WHERE order_id = '" +
      id + "'");
}

}  // namespace

TEST_CASE(
    "a replay that a trigger of the host's refuses names it, and is no failure of the database") {
  World world;
  kill(world, "A1");
  world.database.execute(dead_is_final);
  const auto done = ask<pos::api::OperatorAction>(world, Route::replay, "A1", "{}");
  CHECK(done.status == 409);
  CHECK(says(done, "by a trigger, a constraint"));
  CHECK(says(done, "dead is final"));
  CHECK(says(done, "Nothing was changed"));
  CHECK_FALSE(says(done, "did not answer"));
  CHECK(world.status("A1") == "dead");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit") == 0);
}

TEST_CASE(
    "a cancel, a mark and an order that the host's rules refuse are answered with those rules") {
  World world;
  world.enqueue("A1");
  world.database.execute(
      "CREATE UNIQUE INDEX one_of_each ON pos_sync_queue (status) WHERE status <> 'pending';"
      "CREATE TRIGGER no_more BEFORE INSERT ON pos_sync_queue BEGIN SELECT RAISE(ABORT, 'the "
      "kitchen is closed'); END;"
      "UPDATE pos_sync_queue SET status = 'dead', last_error = 'rejected: no';"
      "DROP TRIGGER no_more;");
  world.enqueue("A2");
  world.enqueue("A3");
  world.database.execute("UPDATE pos_sync_queue SET status = 'success' WHERE order_id = 'A3'");
  const auto canceled = ask<pos::api::OperatorAction>(world, Route::cancel, "A2", "{}");
  CHECK(canceled.status == 409);
  CHECK(says(canceled, "UNIQUE constraint failed"));
  const auto marked = ask<pos::api::OperatorAction>(world, Route::mark_done, "A2",
                                                    R"({"external_order_id":"sq1","force":true})");
  CHECK(marked.status == 409);
  world.database.execute(
      "CREATE TRIGGER no_more BEFORE INSERT ON pos_sync_queue BEGIN SELECT RAISE(ABORT, 'the "
      "kitchen is closed'); END;");
  const auto refused = ask<pos::api::Enqueue>(
      world, Route::create, "", R"({"order_id":"A4","payload":)" + world::payload() + "}");
  CHECK(refused.status == 409);
  CHECK(says(refused, "the kitchen is closed"));
}

TEST_CASE("of many orders that are replayed, one that the host refuses holds up no other") {
  World world;
  for (const char* id : {"A1", "free", "A2"}) kill(world, id);
  world.database.execute(dead_is_final);
  const std::string filter = R"({"filter":{"status":"dead"},)";
  const auto seen =
      ask<pos::api::ReplayMany>(world, Route::replay_many, "", filter + R"("dry_run":true})");
  REQUIRE_MESSAGE(seen.status == 200, seen.body);
  pos::json::Document body;
  REQUIRE(body.parse(seen.body));
  const auto done = ask<pos::api::ReplayMany>(
      world, Route::replay_many, "",
      filter + R"("fingerprint":")" + std::string(body.root()["fingerprint"].text()) + "\"}");
  CHECK_MESSAGE(done.status == 200, done.body);
  CHECK(says(done, R"("replayed":1)"));
  CHECK(says(done, "dead is final"));
  CHECK(world.status("free") == "pending");
}

TEST_CASE("a tick that a rule of the host's refuses says so at once, and does not ask again") {
  World world;
  world.enqueue("A1");
  world::Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_claim));
  worker.answer_failed(worker.take(), "D1_ERROR: dead is final: SQLITE_CONSTRAINT");
  CHECK_FALSE(worker.run_until(world::is_claim));
  CHECK(worker.done().status == 503);
  CHECK(says(worker.done(), "by a trigger, a constraint or an index"));
  CHECK(says(worker.done(), "dead is final"));
}

TEST_CASE(
    "a trigger that wants a table of the host's which is gone is no missing migration of ours") {
  using pos::store::DatabaseFault;
  using pos::store::fault_of;
  CHECK(fault_of("D1_ERROR: no such table: main.order_log: SQLITE_ERROR") ==
        DatabaseFault::refused);
  CHECK(fault_of("D1_ERROR: no such table: main.pos_sync_audit: SQLITE_ERROR") ==
        DatabaseFault::incomplete);
  CHECK(fault_of("D1_ERROR: no such table: pos_sync_queue: SQLITE_ERROR") ==
        DatabaseFault::incomplete);
  CHECK(fault_of("D1_ERROR: malformed JSON: SQLITE_ERROR") == DatabaseFault::refused);
  CHECK(fault_of("D1_ERROR: cannot store TEXT value in INTEGER column pos_sync_queue.attempts: "
                 "SQLITE_CONSTRAINT") == DatabaseFault::refused);
  CHECK(fault_of("D1_ERROR: Network connection lost.") == DatabaseFault::unavailable);
}

}  // namespace host_refuses_test

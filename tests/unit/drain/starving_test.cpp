// What must not starve beside an order that takes all it can get.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <variant>

#include "config/settings.hpp"
#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace starving_test {

using duration::hour;
using duration::minute;
using duration::second;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {

/// Orders whose reply was lost, so long ago that they have to be looked for.
void leave_in_doubt(World& world, int orders) {
  for (int i = 0; i < orders; ++i) {
    const std::string id = "doubt" + std::to_string(i);
    world.enqueue(id);
    Worker worker(world, "lost " + id);
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(RequestFault::lost);
    worker.run();
    world.database.execute("UPDATE pos_accounts SET unknown_run = 0");
  }
  world.pass(72 * hour);
  world.square.forget_keys();
}

std::int64_t attempts(World& world, const std::string& order_id) {
  return world.database.integer("SELECT attempts FROM pos_sync_queue WHERE order_id = '" +
                                order_id + "'");
}

std::int64_t reads(const World& world) {
  return static_cast<std::int64_t>(world.square.reads.size());
}

}  // namespace

TEST_CASE("a look whose list never ends costs a quarter of a tick, and counts as an attempt") {
  World world;
  leave_in_doubt(world, 1);
  world.square.endless = true;
  Worker worker(world, "t1");
  worker.run();
  CHECK(reads(world) == 900 / 4);
  CHECK(world.status("doubt0") == "failed");
  CHECK(world.error("doubt0") ==
        "unclear: 200 a look does not come to its end within 225 requests");
  CHECK(attempts(world, "doubt0") == 2);
  CHECK(worker.done().status == 200);
}

TEST_CASE("a look whose list never ends puts its order in front of a human after its attempts") {
  World world;
  leave_in_doubt(world, 1);
  world.square.endless = true;
  const pos::Settings settings = Worker::test_settings();
  for (int i = 0; i < 12; ++i) {
    Worker(world, "t" + std::to_string(i)).run();
    world.pass(2 * settings.retry_cap_ms);
  }
  CHECK(world.status("doubt0") == "dead");
  CHECK(world.error("doubt0").rfind("unknown_outcome: ", 0) == 0);
  CHECK(attempts(world, "doubt0") <= settings.max_attempts + 1);
}

TEST_CASE("orders that can be booked do not wait for fifty looks that never end") {
  World world;
  leave_in_doubt(world, 50);
  world.square.endless = true;
  for (int i = 0; i < 60; ++i) world.enqueue("new" + std::to_string(i));
  Worker worker(world, "t1");
  worker.run();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE order_id LIKE 'new%' "
                               "AND status = 'success'") == 60);
  CHECK(reads(world) == 900 / 2);
  // Two have had their share; the others have done nothing, and come before those next time.
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE attempts = 2") == 2);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE attempts = 1") == 48);
  CHECK(
      world.database.integer(
          "SELECT max(next_attempt_at) FROM pos_sync_queue WHERE attempts = 1") <=
      world.database.integer("SELECT min(next_attempt_at) FROM pos_sync_queue WHERE attempts = 2"));
}

TEST_CASE("a tick does not claim again what it had no requests left to look for") {
  World world;
  leave_in_doubt(world, 5);
  world.square.endless = true;
  Worker worker(world, "t1");
  worker.run();
  CHECK(worker.tick().tally().claimed == 5);
  CHECK(world.database.text(
            "SELECT json_extract(detail, '$.words') FROM pos_sync_audit WHERE event = "
            "'given_back' LIMIT 1") == "this tick has no requests left to look with");
}

TEST_CASE("looks that do end are all made in one tick, one of them on its last page") {
  World world;
  for (int i = 0; i < 30; ++i) world.enqueue("old" + std::to_string(i));
  Worker(world, "before").run();
  leave_in_doubt(world, 20);
  world.square.page_most = 10;
  world.square.reads.clear();
  Worker(world, "t1").run();
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'success'") ==
        50);
}

TEST_CASE("a look is not cut off before it can have found its order, however small the budget") {
  World world;
  leave_in_doubt(world, 1);
  pos::Settings settings = Worker::test_settings();
  settings.subrequest_budget = 10;
  Worker(world, "t1", settings).run();
  CHECK(world.status("doubt0") == "success");
}

TEST_CASE("a tick that others follow leaves them requests and time, whatever the budgets are") {
  const pos::Settings plain;
  const pos::Settings tick = pos::leaving_room(plain);
  CHECK(tick.subrequest_budget == 810);
  CHECK(tick.wall_budget_ms == 780 * second - 90 * second);
  CHECK(tick.lease_ms == plain.lease_ms);

  pos::Settings small = plain;
  small.subrequest_budget = 45;
  CHECK(pos::leaving_room(small).subrequest_budget == 30);
  small.subrequest_budget = 100;
  CHECK(pos::leaving_room(small).subrequest_budget == 84);
  // The least that is allowed: a tick still claims one order, and so does that of the suspects.
  small.subrequest_budget = 10;
  CHECK(pos::leaving_room(small).subrequest_budget == 8);
  CHECK(pos::of_suspects(small, 0, 2).subrequest_budget == 8);
  small.wall_budget_ms = small.push_timeout_ms + 10 * second;
  CHECK(pos::leaving_room(small).wall_budget_ms == small.push_timeout_ms + 5 * second);
}

TEST_CASE("the suspects have what the tick has left, but for the repair's share") {
  const pos::Settings plain;
  const pos::Settings suspects = pos::of_suspects(plain, 100 * second, 200);
  CHECK(suspects.subrequest_budget == 900 - 200 - 90);
  CHECK(suspects.wall_budget_ms == (780 - 100 - 45) * second);
  // A whole tick before it: one order can still be sent.
  const pos::Settings tick = pos::leaving_room(plain);
  const pos::Settings late = pos::of_suspects(plain, tick.wall_budget_ms, 0);
  CHECK(late.wall_budget_ms > plain.push_timeout_ms);
}

TEST_CASE("a tick with a suspect to come keeps a claim's requests back for it") {
  World world;
  world.enqueue("suspect");
  const pos::Settings settings = Worker::test_settings();
  for (int i = 0; i < 2; ++i) {
    Worker worker(world, "dies" + std::to_string(i));
    REQUIRE(worker.run_until(world::is_fetch));
    world.pass(settings.lease_ms + 20 * minute);
  }
  world.enqueue("healthy");
  Worker worker(world, "t1");
  worker.run();
  CHECK(world.status("healthy") == "success");
}

TEST_CASE("a tick that meets a suspect asks for the job that takes it alone, for whom it ran") {
  const auto next_of = [](const char* actor, bool suspect, bool fails) {
    World world;
    world.enqueue("A1");
    world.enqueue("A2");
    if (suspect) {
      world.database.execute(
          "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, settled_at, "
          "row_id, order_id, provider, revision, takeovers) VALUES ('pos-sync:A1:square', 'x', 1, "
          "0, 2, 1, 'A1', 'square', 1, 2)");
    }
    pos::drain::Tick tick(Worker::test_settings(), "t1", actor, "seed");
    tick.leave_suspects();
    Worker worker(world, std::move(tick));
    if (fails) {
      REQUIRE(worker.run_until(world::is_freeze));
      while (!worker.ended()) worker.perform(RequestFault::failed);
    } else {
      worker.run();
    }
    CHECK(worker.done().status == (fails ? 503 : 200));
    return worker.done().next;
  };
  CHECK(next_of("cron", true, false) == R"({"job":"tick","door":"cron","suspects":true})");
  CHECK(next_of("http", true, false) == R"({"job":"tick","door":"http","suspects":true})");
  CHECK(next_of("cron", false, false).empty());
  CHECK(next_of("cron", true, true).empty());
}

}  // namespace starving_test

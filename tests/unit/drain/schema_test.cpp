// A worker works on the schema that it knows, and on no other.
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "harness/http.hpp"
#include "harness/repair_http.hpp"
#include "harness/worker.hpp"

namespace schema_test {

using world::RepairWorld;
using world::World;

namespace {

/// Whether asking it ends in D1's refusal of the schema.
template <typename Ask>
bool is_refused(Ask ask) {
  try {
    ask();
  } catch (const std::exception& refusal) {
    return std::string(refusal.what()).find("pos_sync_schema version 7") != std::string::npos;
  }
  return false;
}

void make_later(world::Database& database) {
  database.execute("UPDATE pos_sync_schema SET version = 7");
}

std::string body_of(pos::api::Route route) {
  switch (route) {
    case pos::api::Route::create:
      return R"({"order_id":"A1","payload":)" + world::payload() + "}";
    case pos::api::Route::webhook:
      return R"({"event_id":"e1","type":"order.updated","created_at":"2026-11-21T18:03:11Z",)"
             R"("data":{"object":{"order_updated":{"order_id":"sq1","location_id":"L1"}}}})";
    case pos::api::Route::account_put:
      return R"({"restaurant_id":"r1","location_id":"L1","access_token":"a-token-of-square",)"
             R"("expires_at":"2030-01-01T00:00:00Z","actor":"ayse"})";
    case pos::api::Route::mark_done:
      return R"({"actor":"ayse","reason":"seen there","external_order_id":"sq1"})";
    case pos::api::Route::replay_many:
      return R"({"actor":"ayse","reason":"again","filter":{"status":"dead"},"dry_run":true})";
    case pos::api::Route::account_pause:
    case pos::api::Route::account_resume:
    case pos::api::Route::account_renew:
    case pos::api::Route::unknown:
    case pos::api::Route::list:
    case pos::api::Route::show:
    case pos::api::Route::replay:
    case pos::api::Route::cancel:
    case pos::api::Route::status:
    case pos::api::Route::accounts:
    case pos::api::Route::undo_mark_done:
    case pos::api::Route::ready:
      return R"({"actor":"ayse","reason":"again"})";
  }
  return {};
}

}  // namespace

TEST_CASE("a database where a later migration failed has no version, and no worker runs on it") {
  const std::string guard(pos::store::sql_of(pos::store::Statement::schema_guard));
  for (int last = 2; last < world::Database::last_migration(); ++last) {
    CAPTURE(last);
    world::Database half(last);
    CHECK(half.integer("SELECT count(*) FROM pos_sync_schema") == 0);
    CHECK_THROWS_WITH(half.execute(guard), doctest::Contains("pos_sync_schema version none"));
  }
  world::Database whole;
  CHECK(whole.text("SELECT group_concat(version) FROM pos_sync_schema") == "1");
  CHECK_NOTHROW(whole.execute(guard));
}

TEST_CASE("no route writes to a later schema, or answers out of it as if it knew it") {
  using pos::api::Route;
  for (int number = 1; number <= static_cast<int>(Route::ready); ++number) {
    const auto route = static_cast<Route>(number);
    CAPTURE(number);
    World world;
    world.enqueue("A1");
    make_later(world.database);
    pos::api::Request request;
    request.route = route;
    request.order_id = "A1";
    request.body = body_of(route);
    CHECK(is_refused([&] { (void)world::call(world, request); }));
    CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit") == 0);
    CHECK(world.database.integer("SELECT count(*) FROM pos_webhook_events") == 0);
  }
}

TEST_CASE("neither a tick nor the push of one order claims anything of a later schema") {
  for (const char* only : {"", "A1"}) {
    World world;
    world.enqueue("A1");
    make_later(world.database);
    CHECK(is_refused(
        [&] { world::Worker(world, "t1", world::Worker::test_settings(), "cron", only).run(); }));
    CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims") == 0);
  }
}

TEST_CASE("what repairs the past reads and changes nothing of a later schema") {
  RepairWorld world;
  world.plant();
  make_later(world.database);
  CHECK(is_refused([&] { world::RepairRunner(world, "m1").run(); }));
  pos::runtime::RepairRequest request;
  request.audit_id = "A1";
  request.route = pos::runtime::RepairRoute::repair_list;
  CHECK(is_refused([&] { (void)world::call_repairs(world, request); }));
  CHECK(is_refused([&] { (void)world::retry(world, "P2"); }));
  CHECK(world.database.integer("SELECT count(*) FROM pos_repair_log") == 0);
}

}  // namespace schema_test

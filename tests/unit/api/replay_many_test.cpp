// A replay of many orders is of exactly those that an operator has seen.
#include <doctest/doctest.h>

#include "api/queries.hpp"
#include "api/replay_many.hpp"
#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "harness/worker.hpp"

namespace replay_many_test {

using pos::api::Route;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;

/// A route's answer, from the real statements.
template <typename Job>
pos::io::DoneCommand ask(World& world, Route route, const std::string& query,
                         const std::string& body) {
  pos::api::Request request;
  request.route = route;
  request.id = "r" + std::to_string(world::next_request++);
  pos::json::Document parameters;
  REQUIRE(parameters.parse(query));
  const auto errors = pos::api::read_query(parameters.root(), request);
  if (!request.problem.empty()) return {400, request.problem};
  if (!errors.empty()) return {422, pos::to_string(errors)};
  request.body = body;
  Job job(std::move(request));
  pos::io::Commands out;
  job.start(out);
  world::note(out);
  while (true) {
    REQUIRE_FALSE(out.empty());
    const pos::io::Command command = out.front();
    out.clear();
    if (const auto* done = std::get_if<pos::io::DoneCommand>(&command)) return *done;
    const auto& batch = std::get<pos::io::D1Command>(command);
    const std::string text = world.database.batch(batch.statements, batch.parameters);
    pos::json::Document results;
    REQUIRE(results.parse(text));
    pos::io::Outcome outcome;
    outcome.id = batch.id;
    outcome.kind = pos::io::OutcomeKind::d1_done;
    outcome.results = results.root();
    job.step({0, {outcome}}, out);
    world::note(out);
  }
}

pos::io::DoneCommand list(World& world, const std::string& query) {
  return ask<pos::api::Queries>(world, Route::list, query, "");
}
pos::io::DoneCommand replay(World& world, const std::string& body) {
  return ask<pos::api::ReplayMany>(world, Route::replay_many, "{}", body);
}

std::string names(const pos::io::DoneCommand& done) {
  REQUIRE_MESSAGE(done.status == 200, done.body);
  pos::json::Document body;
  REQUIRE(body.parse(done.body));
  std::string all;
  for (auto each = body.root()["orders"].first(); each.present(); each = each.next()) {
    all += std::string(each["order_id"].text()) + " ";
  }
  return all;
}

std::string member(const pos::io::DoneCommand& done, const char* name) {
  REQUIRE_MESSAGE(done.status == 200, done.body);
  pos::json::Document body;
  REQUIRE(body.parse(done.body));
  const pos::json::Value value = body.root()[name];
  return value.is(pos::json::Kind::integer) ? std::to_string(value.integer())
                                            : std::string(value.text());
}

std::int64_t count(World& world, const std::string& where) {
  return world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE " + where);
}

void kill(World& world, const std::string& id, const std::string& error) {
  world.database.execute("UPDATE pos_sync_queue SET status = 'dead', last_error = '" + error +
                         "' WHERE order_id = '" + id + "'");
}

/// A1 rejected, A2 exhausted, A3 rejected elsewhere, A4 in doubt, A5 pending.
void plant(World& world) {
  for (const char* id : {"A1", "A2", "A4", "A5"}) world.enqueue(id);
  world.enqueue("A3", "adana");
  kill(world, "A1", "rejected: 400 VALUE_TOO_LONG");
  kill(world, "A2", "attempts_exhausted: nothing is in doubt");
  kill(world, "A3", "rejected: 400 VALUE_TOO_LONG");
  kill(world, "A4", "unknown_outcome: it may be booked");
  world.database.execute(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, in_doubt_since) "
      "VALUES ('A4', 'square', 1, 5)");
}

}  // namespace

TEST_CASE("a parameter that a route does not have is refused, not ignored") {
  World world;
  plant(world);
  const auto typo = list(world, R"({"status":"dead","kode":"rejected"})");
  CHECK(typo.status == 400);
  CHECK(typo.body.find("\"kode\"") != std::string::npos);
  CHECK(typo.body.find("status code restaurant_id since until doubt cursor") != std::string::npos);
  CHECK(list(world, R"({"status":["dead","failed"]})").status == 400);
  CHECK(list(world, R"({"code":"payment_rejekted"})").status == 422);
  CHECK(list(world, R"({"since":"yesterday"})").status == 422);
  CHECK(list(world, R"({"doubt":"maybe"})").status == 422);
  for (const Route route :
       {Route::create, Route::status, Route::accounts, Route::account_put, Route::replay_many}) {
    CHECK(ask<pos::api::Queries>(world, route, R"({"status":"dead"})", "").status == 400);
  }
}

TEST_CASE("a list holds what its filter says, the newest first, and goes on where it stopped") {
  World world;
  plant(world);
  CHECK(names(list(world, "{}")) == "A3 A5 A4 A2 A1 ");
  CHECK(names(list(world, R"({"status":"dead"})")) == "A3 A4 A2 A1 ");
  CHECK(names(list(world, R"({"code":"rejected"})")) == "A3 A1 ");
  CHECK(names(list(world, R"({"status":"dead","code":"rejected","restaurant_id":""})")) == "A1 ");
  CHECK(names(list(world, R"({"doubt":"true"})")) == "A4 ");
  CHECK(names(list(world, R"({"doubt":"false","status":"dead"})")) == "A3 A2 A1 ");
  CHECK(names(list(world, R"({"until":"2026-01-01"})")).empty());
  CHECK(names(list(world, R"({"since":"2026-01-01T00:00:00Z"})")) == "A3 A5 A4 A2 A1 ");
  CHECK(names(list(world, R"({"cursor":"3"})")) == "A2 A1 ");
  for (int i = 0; i < 120; ++i) world.enqueue("B" + std::to_string(i));
  const auto first = list(world, "{}");
  const auto second = list(world, R"({"cursor":")" + member(first, "cursor") + "\"}");
  CHECK(names(first).rfind("B119 ", 0) == 0);
  CHECK(names(second).find("A1 ") != std::string::npos);
  CHECK(names(second).find("B20 ") == std::string::npos);
}

TEST_CASE("a replay of many first says how many, and then replays those and no others") {
  World world;
  plant(world);
  const std::string filter = R"("filter":{"code":"rejected"})";
  CHECK(replay(world, "{" + filter + "}").status == 422);
  CHECK(replay(world, R"({"dry_run":true})").status == 422);
  CHECK(replay(world, R"({"filter":{"kode":"x"},"dry_run":true})").status == 422);
  CHECK(replay(world, R"({"filter":{"status":"success"},"dry_run":true})").status == 422);
  const auto dry = replay(world, "{" + filter + R"(,"dry_run":true})");
  CHECK(member(dry, "count") == "2");
  CHECK(count(world, "status = 'pending'") == 1);
  const std::string fingerprint = member(dry, "fingerprint");
  const std::string go =
      "{" + filter + R"(,"fingerprint":")" + fingerprint + R"(","actor":"ayse","reason":"fixed"})";
  const auto done = replay(world, go);
  CHECK(member(done, "replayed") == "2");
  CHECK(member(done, "remaining") == "0");
  CHECK(count(world, "status = 'pending' AND order_id IN ('A1', 'A3')") == 2);
  CHECK(count(world, "status = 'dead'") == 2);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE event = 'replayed' AND "
                               "actor = 'ayse'") == 2);
  CHECK(replay(world, go).status == 409);
}

TEST_CASE("a set that has changed since it was seen is not replayed") {
  World world;
  plant(world);
  const std::string filter = R"("filter":{"code":"rejected"})";
  const std::string fingerprint =
      member(replay(world, "{" + filter + R"(,"dry_run":true})"), "fingerprint");
  const std::string go = "{" + filter + R"(,"fingerprint":")" + fingerprint + "\"}";
  world.enqueue("A6");
  kill(world, "A6", "rejected: another");
  CHECK(replay(world, go).status == 409);
  world.database.execute("DELETE FROM pos_sync_queue WHERE order_id = 'A6'");
  world.database.execute("UPDATE pos_sync_queue SET attempts = attempts + 1 WHERE order_id = 'A1'");
  CHECK(replay(world, go).status == 409);
  CHECK(count(world, "status = 'pending'") == 1);
}

TEST_CASE("many orders are replayed some at a time, each once, and a held one is skipped") {
  World world;
  for (int i = 0; i < 95; ++i) {
    world.enqueue("A" + std::to_string(i));
    kill(world, "A" + std::to_string(i), "rejected: no");
  }
  world.database.execute(
      "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, order_id, "
      "provider, revision) VALUES ('pos-sync:A7:square', 'somebody', 1, 9e15, 'A7', 'square', 1)");
  auto answer = replay(world, R"({"filter":{},"dry_run":true})");
  CHECK(member(answer, "count") == "95");
  std::string more;
  int replayed = 0;
  int calls = 0;
  do {
    const std::string go =
        R"({"filter":{},"fingerprint":")" + member(answer, "fingerprint") + "\"" + more + "}";
    answer = replay(world, go);
    replayed += std::stoi(member(answer, "replayed"));
    more = R"(,"cursor":")" + member(answer, "cursor") + "\"";
    ++calls;
  } while (member(answer, "remaining") != "0");
  CHECK(calls == 3);
  CHECK(replayed == 94);
  CHECK(count(world, "status = 'pending'") == 94);
  CHECK(world.status("A7") == "dead");
}

}  // namespace replay_many_test

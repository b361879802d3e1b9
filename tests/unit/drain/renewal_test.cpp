// Access tokens of restaurants: refused ones are renewed, one worker at a time, and no new token is
// lost or overwritten.
#include <doctest/doctest.h>

#include "base/json/value.hpp"
#include "harness/duration.hpp"
#include "harness/http.hpp"
#include "harness/worker.hpp"

namespace renewal_test {

using pos::api::Route;
using world::RequestFault;
using world::Tokens;
using world::Worker;
using world::World;

namespace {
using duration::day;
using duration::hour;
using duration::second;

pos::io::DoneCommand ask(World& world, Route route, const std::string& body,
                         const std::string& restaurant = "adana",
                         const std::function<void()>& before_write = {}) {
  pos::api::Request request;
  request.route = route;
  request.restaurant_id = restaurant;
  request.body = body;
  return world::call(world, request, before_write);
}

pos::io::DoneCommand put(World& world, const std::string& access, const std::string& refresh,
                         const std::string& more = "",
                         const std::function<void()>& before_write = {}) {
  if (!refresh.empty()) world.tokens.refreshes.insert(refresh);
  return ask(world, Route::account_put,
             R"({"restaurant_id":"adana","location_id":"LA","access_token":")" + access + "\"" +
                 (refresh.empty() ? "" : R"(,"refresh_token":")" + refresh + "\"") + more + "}",
             "adana", before_write);
}

void drain(World& world, const std::string& tick) { Worker(world, tick).run(); }

std::string column(World& world, const std::string& name) {
  return world.database.text("SELECT " + name + " FROM pos_accounts WHERE restaurant_id = 'adana'");
}

bool has_token(World& world, const std::string& access) {
  return column(world, "token") == Tokens::sealed(access, "adana:square:access");
}

std::int64_t count(World& world, const std::string& where) {
  return world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE " + where);
}

/// A restaurant with a token that Square has revoked, a refresh token that works, and two orders.
void revoke(World& world) {
  put(world, "old", "refresh");
  world.tokens.revoked.insert("old");
  world.enqueue("A1", "adana");
  world.enqueue("A2", "adana");
}

pos::io::FetchCommand take_token_request(Worker& worker) {
  REQUIRE(worker.run_until(world::is_token_request));
  return std::get<pos::io::FetchCommand>(worker.take());
}

}  // namespace

TEST_CASE("orders whose token is refused are booked by the same tick, under a new token") {
  World world;
  revoke(world);
  drain(world, "t1");
  CHECK(count(world, "status = 'success' AND attempts = 0") == 2);
  CHECK(world.tokens.exchanged == 1);
  CHECK(has_token(world, "access-1"));
  CHECK(column(world, "token_version") == "2");
  CHECK(column(world, "pause_reason") == "");
  CHECK(column(world, "paused_until") == "0");
  CHECK(column(world, "breaker_opens") == "0");
}

TEST_CASE("a token is renewed once in a tick: a new one that is refused too pauses the account") {
  World world;
  revoke(world);
  world.tokens.revoked.insert("access-1");
  drain(world, "t1");
  CHECK(world.tokens.exchanged == 1);
  CHECK(count(world, "status = 'pending' AND attempts = 0") == 2);
  CHECK(column(world, "pause_reason") == "unauthorized");
  CHECK(column(world, "pause_detail").find("401") != std::string::npos);
}

TEST_CASE("a token is renewed by the cron when it is seven days old, and not before") {
  World world;
  put(world, "old", "refresh");
  world.pass(7 * day - second);
  drain(world, "t1");
  CHECK(world.tokens.exchanged == 0);
  world.pass(second);
  drain(world, "t2");
  CHECK(world.tokens.exchanged == 1);
  CHECK(has_token(world, "access-1"));
  drain(world, "t3");
  CHECK(world.tokens.exchanged == 1);
}

TEST_CASE("a token that lives for a day is renewed when half of that is over") {
  World world;  // it is 2026-11-18T11:06:40Z
  put(world, "old", "refresh", R"(,"expires_at":"2026-11-19T11:06:40Z")");
  world.pass(12 * hour - second);
  drain(world, "t1");
  CHECK(world.tokens.exchanged == 0);
  world.pass(second);
  drain(world, "t2");
  CHECK(world.tokens.exchanged == 1);
}

TEST_CASE("a token without a refresh token is never due") {
  World world;
  put(world, "old", "");
  world.pass(400 * day);
  drain(world, "t1");
  CHECK(world.tokens.exchanged + world.tokens.refused == 0);
}

TEST_CASE("two ticks that renew one token at once ask Square once") {
  World world;
  world.tokens.single_use = true;
  revoke(world);
  Worker first(world, "t1");
  const auto request = take_token_request(first);
  const auto answer = first.apply(request);
  drain(world, "t2");
  CHECK(world.tokens.exchanged == 1);
  CHECK(world.tokens.refused == 0);
  first.answer(request, answer);
  first.run();
  drain(world, "t3");
  CHECK(count(world, "status = 'success' AND attempts = 0") == 2);
  CHECK(has_token(world, "access-1"));
}

TEST_CASE("a refused order does not ask for what another worker is about to bring") {
  World world;
  world.tokens.single_use = true;
  put(world, "old", "refresh");
  world.tokens.revoked.insert("old");
  world.pass(7 * day);
  Worker first(world, "t1");
  const auto request = take_token_request(first);
  const auto answer = first.apply(request);
  world.enqueue("A1", "adana");
  drain(world, "t2");
  CHECK(world.tokens.refused == 0);
  CHECK(column(world, "pause_reason") == "unauthorized");
  first.answer(request, answer);
  first.run();
  CHECK(column(world, "pause_reason") == "");
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
}

TEST_CASE("an order that is refused after its token was renewed goes out once more, with the new") {
  World world;
  revoke(world);
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_fetch));
  const auto early = std::get<pos::io::FetchCommand>(worker.take());
  const auto late = std::get<pos::io::FetchCommand>(worker.take());
  const auto refusal = worker.apply(late);
  worker.answer(early, worker.apply(early));
  while (worker.run_until(world::is_fetch)) worker.perform();
  CHECK(world.tokens.exchanged == 1);
  worker.answer(late, refusal);
  worker.run();
  CHECK(count(world, "status = 'success' AND attempts = 0") == 2);
  CHECK(world.tokens.exchanged == 1);
}

TEST_CASE("that an older token is refused does not use up the refresh token of the newer one") {
  World world;
  put(world, "old", "refresh");
  for (const char* each : {"A1", "A2", "A3", "A4", "A5", "A6"}) world.enqueue(each, "adana");
  pos::Settings settings = Worker::test_settings();
  settings.batch_size = 1;
  settings.concurrency = 2;
  Worker worker(world, "t1", settings);
  REQUIRE(worker.run_until(world::is_fetch));
  const auto late = std::get<pos::io::FetchCommand>(worker.take());
  put(world, "brand-new", "its-refresh");
  world.tokens.revoked.insert("old");
  REQUIRE(worker.run_until([&](const pos::io::Command& command) {
    const auto* fetch = std::get_if<pos::io::FetchCommand>(&command);
    return fetch != nullptr && fetch->credential.sealed == column(world, "token");
  }));
  worker.answer(late, worker.apply(late));
  worker.run();
  CHECK(count(world, "status = 'success' AND attempts = 0") == 6);
  CHECK(world.tokens.exchanged == 0);
  CHECK(has_token(world, "brand-new"));
}

TEST_CASE("a slow worker's new tokens are kept, and whoever came too late pauses nobody") {
  for (const bool slow_one_writes_first : {false, true}) {
    CAPTURE(slow_one_writes_first);
    World world;
    world.tokens.single_use = true;
    put(world, "old", "refresh");
    world.pass(7 * day);
    Worker slow(world, "t1");
    const auto request = take_token_request(slow);
    const auto answer = slow.apply(request);  // Square has consumed the refresh token
    world.pass(hour);                         // and everybody takes the worker for dead
    Worker late(world, "t2");
    const auto again = take_token_request(late);
    const auto refusal = late.apply(again);
    CHECK(world.tokens.refused == 1);
    if (slow_one_writes_first) slow.answer(request, answer), slow.run();
    late.answer(again, refusal);
    late.run();
    if (!slow_one_writes_first) slow.answer(request, answer), slow.run();
    CHECK(has_token(world, "access-1"));
    CHECK(column(world, "refresh_token") == Tokens::sealed("refresh-1", "adana:square:refresh"));
    CHECK(column(world, "renewal_error") == "");
    CHECK(column(world, "pause_reason") == "");
    world.enqueue("A1", "adana");
    drain(world, "t3");
    CHECK(world.status("A1") == "success");
  }
}

TEST_CASE("a renewal of which nothing is known is tried again later, with the same refresh token") {
  World world;
  put(world, "old", "refresh");
  world.pass(7 * day);
  Worker first(world, "t1");
  REQUIRE(first.run_until(world::is_token_request));
  first.perform(RequestFault::failed);
  first.run();
  CHECK(has_token(world, "old"));
  CHECK(column(world, "renewal_error").find("timeout") != std::string::npos);
  drain(world, "t2");  // not at once: the request may still be answered
  CHECK(world.tokens.exchanged == 0);
  world.pass(hour);
  drain(world, "t3");
  CHECK(has_token(world, "access-1"));
  CHECK(column(world, "renewal_error") == "");
}

TEST_CASE("new tokens are stored although D1's reply is lost, and counted once") {
  World world;
  put(world, "old", "refresh");
  world.pass(7 * day);
  Worker worker(world, "t1");
  const auto is_write = [](const pos::io::Command& command) {
    return world::is_batch(command, pos::store::Statement::renewal_write);
  };
  REQUIRE(worker.run_until(is_write));
  worker.perform(RequestFault::lost);
  REQUIRE(worker.run_until(is_write));
  worker.run();
  CHECK(has_token(world, "access-1"));
  CHECK(column(world, "token_version") == "2");
}

TEST_CASE("a refused renewal leaves a token that still works alone") {
  World world;
  put(world, "old", "refresh");
  world.tokens.refreshes.clear();
  world.pass(7 * day);
  world.enqueue("A1", "adana");
  drain(world, "t1");
  CHECK(world.status("A1") == "success");
  CHECK(column(world, "pause_reason") == "");
  CHECK(column(world, "renewal_error").find("401 UNAUTHORIZED") != std::string::npos);
  drain(world, "t2");
  CHECK(world.tokens.refused == 1);  // and is not asked for at every tick
}

TEST_CASE("a revoked seller pauses with a reason, the others finish; a new token drains it all") {
  World world;
  revoke(world);
  world.tokens.refreshes.clear();
  world.enqueue("B1", "berlin");
  drain(world, "t1");
  CHECK(world.status("B1") == "success");
  CHECK(count(world, "status = 'pending' AND attempts = 0") == 2);
  CHECK(column(world, "pause_reason") == "unauthorized");
  CHECK(column(world, "pause_detail").find("401 UNAUTHORIZED") != std::string::npos);
  CHECK(column(world, "renewal_error").find("401 UNAUTHORIZED") != std::string::npos);
  CHECK(world.database.text("SELECT pause_reason FROM pos_accounts WHERE restaurant_id = ''") ==
        "");
  CHECK(put(world, "brand-new", "").status == 200);
  CHECK(column(world, "pause_reason") == "");
  drain(world, "t2");
  CHECK(count(world, "status = 'success' AND attempts = 0") == 3);
}

TEST_CASE("that an older token is refused pauses nobody who has a newer one") {
  World world;
  revoke(world);
  world.tokens.refreshes.clear();
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_settle));
  put(world, "brand-new", "");
  worker.run();
  CHECK(column(world, "pause_reason") == "");
  CHECK(column(world, "paused_until") == "0");
  drain(world, "t2");
  CHECK(count(world, "status = 'success'") == 2);
}

TEST_CASE("a prober that was refused with an older token lets the account go") {
  World world;
  revoke(world);
  world.tokens.refreshes.clear();
  drain(world, "t1");
  world.pass(day);
  Worker prober(world, "t2");
  REQUIRE(prober.run_until(world::is_settle));
  CHECK(column(world, "pause_reason") == "probe");
  put(world, "brand-new", "");
  prober.run();
  CHECK(column(world, "pause_reason") == "");
  CHECK(column(world, "paused_until") == "0");
  drain(world, "t3");
  CHECK(count(world, "status = 'success'") == 2);
}

TEST_CASE("a token that does not open pauses its account, names the key and sends nothing") {
  World world;
  put(world, "old", "refresh");
  world.tokens.keys = {"k2"};
  world.enqueue("A1", "adana");
  world.enqueue("B1", "berlin");
  drain(world, "t1");
  CHECK(world.status("B1") == "success");
  CHECK(world.square.bodies.size() == 1);
  CHECK(count(world, "order_id = 'A1' AND status = 'pending' AND attempts = 0") == 1);
  CHECK(column(world, "pause_reason") == "token_unreadable");
  CHECK(column(world, "pause_detail").find("\"k1\"") != std::string::npos);
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_ledger "
                               "WHERE order_id = 'A1' AND last_sent_at IS NOT NULL") == 0);
  world.tokens.keys = {"k2", "k1"};
  world.pass(day);
  drain(world, "t2");
  CHECK(world.status("A1") == "success");
}

TEST_CASE("a token that was moved to another restaurant does not open there") {
  World world;
  put(world, "old", "");
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, token) "
      "SELECT 'berlin', token FROM pos_accounts WHERE restaurant_id = 'adana'");
  world.enqueue("B1", "berlin");
  drain(world, "t1");
  CHECK(world.square.bodies.empty());
  CHECK(
      world.database.text("SELECT pause_reason FROM pos_accounts WHERE restaurant_id = 'berlin'") ==
      "token_unreadable");
}

TEST_CASE(
    "what an operator has paused is not claimed until it is resumed, whatever a tick settles") {
  World world;
  put(world, "good", "");
  world.enqueue("A1", "adana");
  Worker worker(world, "t1");
  REQUIRE(worker.run_until(world::is_settle));
  const auto paused = ask(world, Route::account_pause, R"({"reason":"closed","actor":"ayse"})");
  CHECK(paused.status == 200);
  worker.run();
  CHECK(world.status("A1") == "success");
  CHECK(column(world, "state") == "paused");
  CHECK(column(world, "pause_reason") == "operator");
  CHECK(column(world, "pause_detail") == "closed (ayse)");
  world.enqueue("A2", "adana");
  world.pass(30 * day);
  drain(world, "t2");
  CHECK(world.status("A2") == "pending");
  CHECK(ask(world, Route::account_resume, "").status == 200);
  drain(world, "t3");
  CHECK(world.status("A2") == "success");
}

TEST_CASE("the account of all the other restaurants can be paused and resumed, too") {
  World world;
  put(world, "good", "");
  world.enqueue("A1", "adana");
  world.enqueue("B1", "berlin");
  CHECK(ask(world, Route::account_pause, R"({"reason":"audit"})", "").status == 200);
  drain(world, "t1");
  CHECK(world.status("A1") == "success");
  CHECK(world.status("B1") == "pending");
  CHECK(ask(world, Route::account_resume, "", "").status == 200);
  drain(world, "t2");
  CHECK(world.status("B1") == "success");
}

TEST_CASE("a new token does not end an operator's pause") {
  World world;
  put(world, "good", "");
  CHECK(ask(world, Route::account_pause, R"({"reason":"closed"})").status == 200);
  CHECK(put(world, "better", "").status == 200);
  CHECK(column(world, "state") == "paused");
  CHECK(column(world, "pause_reason") == "operator");
}

TEST_CASE("an operator's demand for a new token is met by the next tick") {
  World world;
  put(world, "old", "refresh");
  drain(world, "t1");
  CHECK(world.tokens.exchanged == 0);
  CHECK(ask(world, Route::account_renew, "").status == 202);
  drain(world, "t2");
  CHECK(has_token(world, "access-1"));
  CHECK(put(world, "other", "").status == 200);
  CHECK(ask(world, Route::account_renew, "").status == 409);
}

TEST_CASE("a new token that arrives while somebody replaces it is refused, not mixed up") {
  World world;
  CHECK(put(world, "first", "").status == 201);
  CHECK(put(world, "mine", "refresh-m", "", [&] {
          world.database.execute(
              "UPDATE pos_accounts SET token = 'v1.k1.x.theirs', token_version = token_version + 1 "
              "WHERE restaurant_id = 'adana'");
        }).status == 409);
  CHECK(column(world, "token") == "v1.k1.x.theirs");
  CHECK(column(world, "refresh_token") == "");
  CHECK(column(world, "token_version") == "2");
}

TEST_CASE("an account is shown without its tokens") {
  World world;
  const auto made = put(world, "good", "refresh", R"(,"expires_at":"2026-12-18T11:06:40Z")");
  pos::api::Request request;
  for (const Route route : {Route::accounts, Route::status}) {
    request.route = route;
    const std::string body = world::call(world, request).body;
    CHECK(body.find("v1.k1") == std::string::npos);
    CHECK(body.find(R"("key_id":"k1","token_version":1,"token_expires_at":1797592000000)") !=
          std::string::npos);
  }
  CHECK(made.body.find("v1.k1") == std::string::npos);
  pos::json::Document account;
  REQUIRE(account.parse(made.body));
  CHECK(account.root()["has_token"].integer() == 1);
  CHECK(account.root()["renewable"].integer() == 1);
  CHECK(account.root()["location_id"].equals("LA"));
}

TEST_CASE("an id that no address can name is refused: its pause would be that of all restaurants") {
  for (const std::string id : {".", ".."}) {
    CAPTURE(id);
    World world;
    const auto account =
        ask(world, Route::account_put,
            R"({"restaurant_id":")" + id + R"(","location_id":"LA","access_token":"good"})", id);
    CHECK(account.status == 422);
    CHECK(account.body.find("restaurant_id: expected an id other than . and ..") !=
          std::string::npos);
    const std::string rest = R"(","payload":)" + world::payload() + "}";
    const auto order = ask(world, Route::create, R"({"order_id":")" + id + rest);
    CHECK(order.status == 422);
    CHECK(order.body.find("order_id: expected an id other than . and ..") != std::string::npos);
    const auto sold =
        ask(world, Route::create, R"({"order_id":"A1","restaurant_id":")" + id + rest);
    CHECK(sold.status == 422);
    CHECK(count(world, "1") == 0);
  }
  World world;
  CHECK(ask(world, Route::create,
            R"({"order_id":"...","restaurant_id":".a","payload":)" + world::payload() + "}")
            .status == 201);
}

TEST_CASE("a complaint about an account names the field and repeats nothing of it") {
  World world;
  const std::string secret = "SECRET TOKEN";
  const auto complains = [&](const std::string& body, const std::string& field) {
    const auto done = ask(world, Route::account_put, body, "");
    CHECK(done.status == 422);
    CHECK(done.body.find("\"field\":\"" + field + "\"") != std::string::npos);
    CHECK(done.body.find("SECRET") == std::string::npos);
  };
  const std::string whose = R"({"restaurant_id":"adana","location_id":"LA",)";
  complains(whose + R"("access_token":")" + secret + "\"}", "access_token");
  complains(whose + R"("access_token":["SECRET"]})", "access_token");
  complains(whose + R"("access_token":"good","refresh_token":"S"})", "refresh_token");
  complains(whose + R"("access_token":"good","expires_at":"SECRET"})", "expires_at");
  complains(whose + R"("access_token":"good","other":"SECRET"})", "other");
  complains(whose + R"("refresh_token":"SECRET"})", "access_token");
  complains(R"({"restaurant_id":"","location_id":"LA","access_token":"SECRET"})", "restaurant_id");
  complains(R"({"restaurant_id":"adana","access_token":"SECRET"})", "location_id");
  const auto torn = ask(world, Route::account_put, R"({"access_token":"SECRET)", "");
  CHECK(torn.status == 400);
  CHECK(torn.body.find("SECRET") == std::string::npos);
  CHECK(world.database.integer("SELECT count(*) FROM pos_accounts") == 1);
}

TEST_CASE("a restaurant without an account of its own can be neither paused nor resumed") {
  World world;
  CHECK(ask(world, Route::account_pause, R"({"reason":"closed"})").status == 404);
  CHECK(ask(world, Route::account_resume, "").status == 404);
  CHECK(ask(world, Route::account_pause, "").status == 422);
}

TEST_CASE("a token that is renewed while orders wait is that of each order sent from then on") {
  World world;
  put(world, "old", "refresh");
  world.pass(7 * day);
  for (int i = 0; i < 12; ++i) world.enqueue("A" + std::to_string(i), "adana");
  pos::Settings settings = Worker::test_settings();
  settings.concurrency = 2;
  Worker worker(world, "t1", settings);
  std::vector<std::string> tokens;
  while (worker.run_until(world::is_fetch)) {
    const auto fetch = std::get<pos::io::FetchCommand>(*worker.next());
    if (fetch.url.find("/v2/orders") != std::string::npos) {
      tokens.push_back(fetch.credential.sealed);
    }
    worker.perform();
  }
  CHECK(count(world, "status = 'success'") == 12);
  CHECK(has_token(world, "access-1"));
  REQUIRE(tokens.size() == 12);
  CHECK(tokens.front() == Tokens::sealed("old", "adana:square:access"));
  CHECK(tokens.back() == Tokens::sealed("access-1", "adana:square:access"));
}

}  // namespace renewal_test

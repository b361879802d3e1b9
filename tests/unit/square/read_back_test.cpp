// Looking before sending: what an unknown outcome comes to, on real SQLite and a model of Square
// that forgets its keys, answers late, and is changed by people.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/json/value.hpp"
#include "base/text.hpp"
#include "harness/duration.hpp"
#include "harness/http.hpp"
#include "harness/worker.hpp"

namespace read_back_test {

using pos::api::Route;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::day;
using duration::hour;
using duration::minute;
using duration::second;
constexpr std::int64_t long_enough = 20 * minute;

void drain(World& world, const std::string& tick) { Worker(world, tick).run(); }

void enqueue_paid(World& world, const std::string& order_id) {
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES ('" + order_id +
                         "', '" + world::payload(35000, true) + "')");
}

/// The next request of a new tick ends so, and the tick goes on well.
void drain_with(World& world, const std::string& tick, RequestFault end) {
  Worker worker(world, tick);
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(end);
  worker.run();
}

/// A worker that is gone once it has asked for the order, and it may be for the payment, so.
void die_after(World& world, const std::string& tick, int requests) {
  Worker worker(world, tick);
  for (int i = 0; i < requests; ++i) {
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(RequestFault::none);
  }
  world.pass(Worker::test_settings().lease_ms + long_enough);
}

/// Ticks every half hour, until a tick is to be `ticks` of them later.
void drain_for(World& world, int ticks) {
  for (int i = 0; i < ticks; ++i) {
    world.pass(30 * minute);
    drain(world, "again" + std::to_string(world.database.now_ms));
  }
}

std::int64_t sends(const World& world) {
  return static_cast<std::int64_t>(world.square.bodies.size());
}

std::string last_event(World& world) {
  return world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1");
}

bool in_doubt(World& world) {
  return world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1;
}

}  // namespace

TEST_CASE("an order whose answer was lost is adopted after the provider forgot its key") {
  World world;
  enqueue_paid(world, "A1");
  drain_with(world, "t1", RequestFault::lost);
  world.pass(3 * day);
  world.square.forget_keys();
  drain_for(world, 4);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.payments_of("A1") == 1);
  CHECK(world.square.one_body_per_key());
}

TEST_CASE("an order that never arrived is sent after two complete looks, and not after one") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::failed);
  world.pass(3 * day);
  drain(world, "t2");
  CHECK(last_event(world) == "look_absent_once");
  CHECK(sends(world) == 1);
  CHECK(in_doubt(world));
  world.pass(30 * minute);
  drain(world, "t3");  // looks once more, and the same tick sends
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(sends(world) == 2);
}

TEST_CASE("a search that is wrongly empty once does not double an order") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::lost);
  world.pass(3 * day);
  world.square.forget_keys();
  world.square.wrongly_empty = 1;
  drain(world, "t2");
  CHECK(world.status("A1") == "failed");
  drain_for(world, 1);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a search that lags by the settle delay lets nothing be sent too early") {
  World world;
  auto settings = Worker::test_settings();
  settings.dedupe_window_ms = settings.lease_ms + 1;  // nothing but a look can help
  world.square.search_lag_ms = settings.settle_delay_ms;
  world.square.retrieve_lag_ms = settings.settle_delay_ms;
  world.enqueue("A1");
  {
    Worker worker(world, "t1", settings);
    REQUIRE(worker.run_until(world::is_fetch));
    const auto request = std::get<pos::io::FetchCommand>(worker.take());
    worker.answer_failed(request);
    worker.run();
    // It lands as late as a request can.
    world.pass(settings.quiet_ms);
    world.square.apply("/v2/orders", request.body, world.database.now_ms);
    world.square.forget_keys();
  }
  for (int i = 0; i < 400 && world.status("A1") != "success"; ++i) {
    world.pass(second);
    Worker(world, "t" + std::to_string(2 + i), settings).run();
  }
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(sends(world) == 1);
}

TEST_CASE("a key that is taken by another body is looked for, adopted, and never sent anew") {
  World world;
  enqueue_paid(world, "A1");
  {
    Worker worker(world, "t1");
    REQUIRE(worker.run_until(world::is_fetch));
    const auto request = std::get<pos::io::FetchCommand>(*worker.next());
    // The same order stands there, but with bytes of an older release.
    std::string older = request.body;
    older.insert(older.size() - 1, ",\"note\":\"older\"");
    world.square.apply("/v2/orders", older, world.database.now_ms);
    worker.perform(RequestFault::none);
    worker.run();
  }
  CHECK(world.status("A1") == "failed");
  CHECK(last_event(world) == "order_conflict");
  CHECK(world.database.text("SELECT look_because FROM pos_sync_ledger") == "conflict");
  drain_for(world, 2);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.payments_of("A1") == 1);
}

TEST_CASE("a conflict about an order that is not there is a human's, with what is known") {
  World world;
  world.enqueue("A1");
  {
    Worker worker(world, "t1");
    REQUIRE(worker.run_until(world::is_fetch));
    const auto request = std::get<pos::io::FetchCommand>(*worker.next());
    std::string other = request.body;
    other.insert(other.size() - 1, ",\"note\":\"other\"");
    world.square.apply("/v2/orders", other, world.database.now_ms);
    world.square.orders.clear();
    worker.perform(RequestFault::none);
    worker.run();
  }
  drain_for(world, 4);
  CHECK(world.error("A1").rfind("key_conflict: ", 0) == 0);
  CHECK_FALSE(in_doubt(world));
  CHECK(world.square.orders_of("A1") == 0);
}

TEST_CASE(
    "a worker that dies between the order and its payment leaves one of each, in the window") {
  World world;
  enqueue_paid(world, "A1");
  die_after(world, "t1", 1);
  drain_for(world, 2);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.payments_of("A1") == 1);
}

TEST_CASE("a worker that dies between the order and its payment leaves one of each, past it too") {
  for (const int requests : {1, 2}) {
    CAPTURE(requests);
    World world;
    enqueue_paid(world, "A1");
    die_after(world, "t1", requests);
    world.pass(3 * day);
    world.square.forget_keys();
    drain_for(world, 6);
    CHECK(world.status("A1") == "success");
    CHECK(world.square.orders_of("A1") == 1);
    CHECK(world.square.payments_of("A1") == 1);
  }
}

TEST_CASE("a payment that shows up late on every list is not made again") {
  World world;
  enqueue_paid(world, "A1");
  {
    Worker worker(world, "t1");
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(RequestFault::none);
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(RequestFault::lost);
    worker.run();
  }
  world.pass(3 * day);
  world.square.forget_keys();
  world.square.wrongly_empty = 1;
  drain_for(world, 4);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.payments_of("A1") == 1);
  CHECK(sends(world) == 2);
}

TEST_CASE("a look that is refused pauses the account, and kills no order however long it lasts") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::lost);
  world.pass(3 * day);
  world.square.forget_keys();
  for (const RequestFault end :
       {RequestFault::refused, RequestFault::server_error, RequestFault::throttled,
        RequestFault::unauthorized, RequestFault::failed}) {
    for (int i = 0; i < 12; ++i) {
      world.pass(5 * hour);
      Worker worker(world, "refused" + std::to_string(world.database.now_ms));
      if (!worker.run_until(world::is_fetch)) continue;
      worker.perform(end);
      worker.run();
      CHECK(world.database.integer("SELECT paused_until FROM pos_accounts") >
            world.database.now_ms);
      CHECK(world.database.text("SELECT pause_reason FROM pos_accounts") != "");
      CHECK(world.status("A1") == "failed");
      CHECK(in_doubt(world));
    }
  }
  world.pass(5 * hour);
  drain(world, "at last");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(sends(world) == 1);
}

TEST_CASE("revision 2 does not adopt what revision 1 has sold") {
  World world;
  REQUIRE(world::post_order(world, "A1", world::payload()).status == 201);
  drain(world, "t1");
  REQUIRE(world.status("A1") == "success");
  REQUIRE(world::post_order(world, "A1", world::payload(40000), 2).status == 201);
  drain_with(world, "t2", RequestFault::failed);
  world.pass(3 * day);
  drain_for(world, 4);
  CHECK(world.status("A1") == "success");
  REQUIRE(world.square.orders_of("A1") == 2);
  CHECK(world.square.orders.at(0).revision == 1);
  CHECK(world.square.orders.at(1).revision == 2);
}

TEST_CASE(
    "two orders that are both this one are shown to a human with their ids, never chosen from") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::lost);
  const std::string body = world.square.orders.front().body;
  world.square.place(body, world.database.now_ms);
  world.pass(3 * day);
  world.square.forget_keys();
  drain(world, "t2");
  CHECK(world.error("A1").rfind("duplicate_at_provider: ", 0) == 0);
  for (const world::Booking& each : world.square.orders) {
    CHECK(world.error("A1").find(each.id) != std::string::npos);
  }
  CHECK(in_doubt(world));
}

TEST_CASE("an order that somebody canceled at Square is neither adopted nor sold again") {
  World world;
  enqueue_paid(world, "A1");
  drain_with(world, "t1", RequestFault::lost);
  world.square.cancel(world.square.orders.front().id);
  world.pass(3 * day);
  world.square.forget_keys();
  drain(world, "t2");
  CHECK(world.error("A1").rfind("canceled: ", 0) == 0);
  CHECK(world.error("A1").find(world.square.orders.front().id) != std::string::npos);
  CHECK(sends(world) == 1);
}

TEST_CASE(
    "an order that was canceled at Square is no success when it is replayed within the window") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::lost);
  world.database.execute("UPDATE pos_sync_ledger SET look_because = 'conflict'");
  world.square.cancel(world.square.orders.front().id);
  drain_for(world, 1);
  REQUIRE(world.error("A1").rfind("canceled: ", 0) == 0);
  CHECK(in_doubt(world));
  CHECK(world::operate(world, Route::replay, "A1").status == 200);
  drain_for(world, 1);
  CHECK(world.error("A1").rfind("canceled: ", 0) == 0);
  CHECK(sends(world) == 1);
}

TEST_CASE("an order of another total is not adopted as booked, and no payment follows it") {
  World world;
  world.square.adds_to_total = 100;
  enqueue_paid(world, "A1");
  drain_with(world, "t1", RequestFault::lost);
  world.pass(3 * day);
  world.square.forget_keys();
  drain(world, "t2");
  CHECK(world.error("A1").rfind("total_mismatch: ", 0) == 0);
  CHECK(world.square.payments_of("A1") == 0);
  CHECK(world::operate(world, Route::replay, "A1").status == 200);
  drain_for(world, 2);
  CHECK(world.square.payments_of("A1") == 0);
}

TEST_CASE("an order whose attempts ran out is called so only once it is proven absent") {
  World world;
  auto settings = Worker::test_settings();
  settings.max_attempts = 1;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::failed);
  for (int i = 0; i < 3; ++i) {
    world.pass(30 * minute);
    Worker(world, "t" + std::to_string(i + 2), settings).run();
  }
  CHECK(world.error("A1").rfind("attempts_exhausted: ", 0) == 0);
  CHECK_FALSE(in_doubt(world));
  CHECK(sends(world) == 1);
  // At rest, so a human can have it sent after all.
  CHECK(world::operate(world, Route::replay, "A1").status == 200);
  Worker(world, "t9", settings).run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("the first look counts for nothing once something was sent behind it") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::failed);
  world.pass(3 * day);
  drain(world, "t2");
  REQUIRE(last_event(world) == "look_absent_once");
  // Somebody turns the clock of the window back by SQL; the order goes out again and is lost.
  world.database.execute("UPDATE pos_sync_ledger SET first_sent_at = " +
                         std::to_string(world.database.now_ms));
  world.pass(30 * minute);
  drain_with(world, "t3", RequestFault::lost);
  CHECK(world.database.integer("SELECT absent_at IS NULL FROM pos_sync_ledger") == 1);
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a worker that dies while it looks leaves nothing but another look") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::lost);
  world.pass(3 * day);
  world.square.forget_keys();
  {
    Worker dying(world, "t2");
    REQUIRE(dying.run_until(world::is_fetch));
    dying.perform(RequestFault::none);
  }
  world.pass(hour);
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
  CHECK(sends(world) == 1);
}

TEST_CASE("an order is found on the last of many pages") {
  World world;
  world.square.page_most = 3;
  for (int i = 0; i < 10; ++i) world.enqueue("B" + std::to_string(i));
  drain(world, "t1");
  world.enqueue("A1");
  drain_with(world, "t2", RequestFault::lost);
  world.pass(3 * day);
  world.square.forget_keys();
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("a page that is refused in the middle is no complete look") {
  World world;
  world.square.page_most = 3;
  for (int i = 0; i < 10; ++i) world.enqueue("B" + std::to_string(i));
  drain(world, "t1");
  world.enqueue("A1");
  drain_with(world, "t2", RequestFault::failed);
  world.pass(hour * 22);
  Worker worker(world, "t3");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::none);
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::server_error);
  worker.run();
  CHECK(last_event(world) == "look_unknown");
  CHECK(world.database.integer("SELECT absent_at IS NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("an order in doubt is canceled only when it is proven absent") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::failed);
  const auto answer = world::operate(world, Route::cancel, "A1",
                                     R"({"actor":"ada","reason":"the guest has left"})");
  CHECK(answer.status == 202);
  CHECK(answer.body.find("\"status\":\"failed\"") != std::string::npos);
  CHECK(world.status("A1") == "failed");
  CHECK(last_event(world) == "cancel_asked");
  drain_for(world, 4);
  CHECK(world.error("A1").rfind("canceled: ", 0) == 0);
  CHECK_FALSE(in_doubt(world));
  CHECK(world.square.orders_of("A1") == 0);
  // At rest: the order can be sold as its next revision.
  CHECK(world::post_order(world, "A1", world::payload(40000), 2).status == 201);
}

TEST_CASE("an order that is to be canceled but was booked is booked, and says so") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::lost);
  CHECK(world::operate(world, Route::cancel, "A1").status == 202);
  drain_for(world, 1);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("an order that is to be canceled but stands unpaid is not paid, and a human is told") {
  World world;
  enqueue_paid(world, "A1");
  drain_with(world, "t1", RequestFault::lost);
  CHECK(world::operate(world, Route::cancel, "A1").status == 202);
  drain_for(world, 6);
  CHECK(world.error("A1").rfind("payment_rejected: to be canceled, but order O1 ", 0) == 0);
  CHECK(world.square.payments_of("A1") == 0);
}

TEST_CASE("an order whose worker went away can be canceled, whatever it has sent") {
  struct Case {
    int requests;
    const char* ends;
  };
  for (const Case& each : {Case{0, "dead"}, Case{1, "success"}}) {
    CAPTURE(each.requests);
    World world;
    world.enqueue("A1");
    {
      Worker worker(world, "t1");
      REQUIRE(worker.run_until(world::is_fetch));
      if (each.requests == 1) worker.perform(RequestFault::none);
    }
    CHECK(world::operate(world, Route::cancel, "A1").status == 409);  // it is held
    world.pass(Worker::test_settings().lease_ms);
    CHECK(world::operate(world, Route::cancel, "A1").status == 202);
    drain_for(world, 4);
    CHECK(world.status("A1") == each.ends);
    CHECK(world.square.orders_of("A1") == each.requests);
  }
}

TEST_CASE("an order that nothing was frozen of is canceled without a look") {
  World world;
  world.enqueue("A1");
  {
    Worker worker(world, "t1");
    REQUIRE(worker.run_until(world::is_freeze));
  }
  world.pass(Worker::test_settings().lease_ms);
  CHECK(world::operate(world, Route::cancel, "A1").status == 202);
  drain(world, "t2");
  CHECK(world.error("A1").rfind("canceled: ", 0) == 0);
  CHECK(world.square.reads.empty());
  CHECK(sends(world) == 0);
  // Enqueued again on purpose, it is sent.
  CHECK(world::operate(world, Route::replay, "A1").status == 200);
  drain(world, "t3");
  CHECK(world.status("A1") == "success");
}

TEST_CASE("a replay takes back a wish to cancel that nobody has heeded yet") {
  World world;
  world.enqueue("A1");
  drain_with(world, "t1", RequestFault::lost);
  REQUIRE(world::operate(world, Route::cancel, "A1").status == 202);
  REQUIRE(world::operate(world, Route::replay, "A1").status == 200);
  CHECK(world.database.text("SELECT look_because FROM pos_sync_ledger") == "");
  drain_for(world, 2);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

namespace {

/// A row that an older pusher may have sold: in doubt, with nothing frozen.
void adopt_keyless(World& world) {
  world.enqueue("A1");
  const std::string now = pos::concat(world.database.now_ms);
  world.database.execute(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, first_sent_at, last_sent_at, "
      "in_doubt_since, look_because) VALUES ('A1', 'square', 1, " +
      now + ", " + now + ", " + now + ", 'keyless')");
}

/// What the older pusher sent for it: no key, no metadata, another source.
std::string keyless_body(const std::string& reference) {
  return R"({"order":{"location_id":"L1","reference_id":")" + reference +
         R"(","ticket_name":"7","line_items":[{"name":"Adana Kebabı","quantity":"1",)"
         R"("base_price_money":{"amount":35000,"currency":"TRY"}}]}})";
}

}  // namespace

TEST_CASE("an order that an older pusher may have sold is listed for a human and never sent") {
  for (const char* reference : {"A1", ""}) {
    CAPTURE(reference);
    World world;
    adopt_keyless(world);
    const std::string id = world.square.place(keyless_body(reference), world.database.now_ms);
    world.pass(hour);
    drain(world, "t1");
    CHECK(world.error("A1").rfind("unknown_outcome: ", 0) == 0);
    CHECK(world.error("A1").find(id) != std::string::npos);
    CHECK(sends(world) == 0);
    CHECK(in_doubt(world));
  }
}

TEST_CASE("an order that an older pusher did not sell is not sent either, until a human says so") {
  World world;
  adopt_keyless(world);
  drain_for(world, 4);
  CHECK(world.error("A1").rfind("unknown_outcome: ", 0) == 0);
  CHECK(sends(world) == 0);
  // The human's word, and two looks that find nothing, settle it.
  CHECK(world::operate(world, Route::cancel, "A1").status == 202);
  drain_for(world, 4);
  CHECK(world.error("A1").rfind("canceled: ", 0) == 0);
  CHECK_FALSE(in_doubt(world));
  CHECK(world::post_order(world, "A1", world::payload(), 2).status == 201);
  drain(world, "t9");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("an order that another has sold an hour apart is not taken for a lookalike") {
  World world;
  adopt_keyless(world);
  (void)world.square.place(keyless_body(""), world.database.now_ms + 36 * minute);
  world.pass(2 * hour);
  drain(world, "t1");
  CHECK(last_event(world) == "look_absent_once");
}

}  // namespace read_back_test

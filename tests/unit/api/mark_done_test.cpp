// What an operator marks done is what stands at Square, and can be undone to the letter.
#include <doctest/doctest.h>

#include "api/operator_action.hpp"
#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "harness/worker.hpp"

namespace mark_done_test {

using pos::api::Route;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;

struct Done {
  int status = 0;
  std::string body;
};

bool says(const Done& done, std::string_view text) {
  return done.body.find(text) != std::string::npos;
}

/// One request of an operator's, with Square at hand; `gone` is a Square that does not answer.
Done operate(World& world, Route route, const std::string& order_id, const std::string& body,
             bool gone = false, int* asked = nullptr) {
  pos::api::Request request;
  request.route = route;
  request.id = "r" + std::to_string(world::next_request++);
  request.order_id = order_id;
  request.body = body;
  request.settings = Worker::test_settings();
  pos::api::OperatorAction job(std::move(request));
  pos::io::Commands out;
  job.start(out);
  world::note(out);
  while (true) {
    REQUIRE_FALSE(out.empty());
    const pos::io::Command command = out.front();
    out.clear();
    if (const auto* done = std::get_if<pos::io::DoneCommand>(&command)) {
      return {done->status, done->body};
    }
    pos::io::Outcome outcome;
    pos::json::Document results;
    std::string text;
    world::SquareReply reply;
    if (const auto* batch = std::get_if<pos::io::D1Command>(&command)) {
      text = world.database.batch(batch->statements, batch->parameters);
      REQUIRE(results.parse(text));
      outcome.id = batch->id;
      outcome.kind = pos::io::OutcomeKind::d1_done;
      outcome.results = results.root();
    } else {
      const auto& fetch = std::get<pos::io::FetchCommand>(command);
      CHECK(fetch.method == pos::io::Method::get);
      if (asked != nullptr) ++*asked;
      outcome.id = fetch.id;
      outcome.kind = pos::io::OutcomeKind::replied;
      outcome.reply.transport = gone ? pos::net::Transport::timeout : pos::net::Transport::replied;
      const std::string path = fetch.url.substr(fetch.url.find("/v2/"));
      const auto payment = path.rfind("/v2/payments/", 0) == 0;
      if (payment) {
        reply = {404, R"({"errors":[{"code":"NOT_FOUND"}]})"};
        for (const auto& each : world.square.payments) {
          if (path != "/v2/payments/" + each.id) continue;
          reply = {200, R"({"payment":{"id":")" + each.id +
                            R"(","status":"COMPLETED","order_id":")" + each.order_id + R"("}})"};
        }
      } else {
        reply = world.square.apply(path, "", world.database.now_ms);
      }
      outcome.reply.status = reply.status;
      outcome.reply.body = reply.body;
    }
    job.step({0, {outcome}}, out);
    world::note(out);
  }
}

Done mark(World& world, const std::string& body, bool gone = false, int* asked = nullptr) {
  return mark_done_test::operate(world, Route::mark_done, "A1", body, gone, asked);
}
Done undo(World& world, const std::string& body = R"({"reason":"typed the wrong one"})") {
  return mark_done_test::operate(world, Route::undo_mark_done, "A1", body);
}

/// All that the tables know of A1, but for when the row was touched.
std::string known(World& world) {
  return world.database.text(
      "SELECT json_array((SELECT json_group_array(json_array(status, attempts, next_attempt_at, "
      "last_error, external_order_id, external_payment_id)) FROM pos_sync_queue), "
      "(SELECT json_group_array(json_array(fingerprint, request, first_sent_at, last_sent_at, "
      "in_doubt_since, look_because, absent_at, booked_at, external_order_id, "
      "external_payment_id, total_differs)) FROM pos_sync_ledger))");
}

void tick(World& world, const std::string& id, RequestFault end) {
  Worker worker(world, id);
  while (worker.run_until(world::is_fetch)) worker.perform(end);
}

/// An order of that price that a waiter has entered at the till of L1.
std::string entered_by_hand(World& world, std::int64_t price = 35000,
                            const std::string& location = "L1") {
  return world.square.place(R"({"idempotency_key":"till","order":{"location_id":")" + location +
                                R"(","line_items":[{"quantity":"1","base_price_money":{"amount":)" +
                                std::to_string(price) + R"(,"currency":"TRY"}}]}})",
                            world.database.now_ms);
}

std::string named(const std::string& id, const std::string& more = "") {
  return R"({"external_order_id":")" + id + "\"" + more + "}";
}

}  // namespace

TEST_CASE("what is marked done stands at Square, at our location and with our total") {
  World world;
  world.enqueue("A1");
  int asked = 0;
  const Done unknown = mark(world, named("NOWHERE"), false, &asked);
  CHECK(unknown.status == 422);
  CHECK(says(unknown, "Square has no order NOWHERE"));
  const Done dearer = mark(world, named(entered_by_hand(world, 99900)));
  CHECK(dearer.status == 422);
  CHECK(says(dearer, "totals 99900 TRY, expected 35000 TRY"));
  const Done elsewhere = mark(world, named(entered_by_hand(world, 35000, "L9")));
  CHECK(elsewhere.status == 422);
  CHECK(says(elsewhere, "is of location L9, expected L1"));
  world.enqueue("B1");
  tick(world, "t1", RequestFault::none);
  world.database.execute("UPDATE pos_sync_queue SET status = 'pending' WHERE order_id = 'A1'");
  world.database.execute("DELETE FROM pos_sync_ledger WHERE order_id = 'A1'");
  const std::string of_b =
      world.database.text("SELECT external_order_id FROM pos_sync_ledger WHERE order_id = 'B1'");
  CHECK(says(mark(world, named(of_b)), R"(is that of \"B1\")"));
  const std::string canceled = entered_by_hand(world);
  world.square.cancel(canceled);
  CHECK(says(mark(world, named(canceled)), "is CANCELED"));
  const Done unasked = mark(world, named("X"), true);
  CHECK(unasked.status == 503);
  CHECK(says(unasked, "Square could not be asked"));
  CHECK(world.status("A1") == "pending");
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE event = 'marked_done'") ==
        0);
  CHECK(asked == 1);

  const std::string id = entered_by_hand(world);
  const Done wrong = mark(world, named(id, R"(,"external_payment_id":"P9")"));
  CHECK(wrong.status == 422);
  CHECK(says(wrong, "Square has no payment P9"));
  CHECK(mark(world, named(id)).status == 200);
  CHECK(world.status("A1") == "success");
  CHECK(mark(world, named(id)).status == 200);
  CHECK(mark(world, named("OTHER")).status == 409);
}

TEST_CASE("with force an operator marks what Square does not know, and the audit says so") {
  World world;
  world.enqueue("A1");
  int asked = 0;
  CHECK(mark(world, named("PAPER", R"(,"force":true)"), false, &asked).status == 200);
  CHECK(asked == 0);
  CHECK(world.database.integer("SELECT json_extract(detail, '$.forced') FROM pos_sync_audit "
                               "WHERE event = 'marked_done'") == 1);
}

TEST_CASE("an id that the ledger knows is not replaced by what is typed") {
  World world;
  world.square.adds_to_total = 100;
  world.enqueue("A1");
  tick(world, "t1", RequestFault::none);
  CHECK(world.error("A1").rfind("total_mismatch: ", 0) == 0);
  const std::string id = world.database.text("SELECT external_order_id FROM pos_sync_ledger");
  const std::string other = entered_by_hand(world);
  const Done refused = mark(world, named(other));
  CHECK(refused.status == 409);
  CHECK(says(refused, "the ledger knows this order as " + id));
  CHECK(world.status("A1") == "dead");
  CHECK(mark(world, named(other, R"(,"force":true)")).status == 200);
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_ledger") == other);
  const Done undone = undo(world);
  CHECK(undone.status == 200);
  CHECK(world.database.text("SELECT external_order_id FROM pos_sync_ledger") == id);
  CHECK(world.error("A1").rfind("total_mismatch: ", 0) == 0);
}

TEST_CASE(
    "one order at the till is not what two of ours are marked done as: one sale would be lost") {
  World world;
  world.enqueue("A1");
  world.enqueue("B1");
  const auto other = [&](const std::string& body) {
    return mark_done_test::operate(world, Route::mark_done, "B1", body);
  };
  const std::string id = entered_by_hand(world);
  REQUIRE(mark(world, named(id)).status == 200);
  const Done refused = other(named(id));
  CHECK(refused.status == 409);
  CHECK(says(refused, "order " + id + R"( is what \"A1\", revision 1, is marked done as)"));
  CHECK(world.status("B1") == "pending");
  // The right one is marked as it stands, and asking again for what is marked changes nothing.
  CHECK(mark(world, named(id)).status == 200);
  REQUIRE(undo(world).status == 200);
  CHECK(other(named(id)).status == 200);
  CHECK(mark(world, named(id)).status == 409);
  CHECK(mark(world, named(id, R"(,"force":true)")).status == 200);
}

TEST_CASE("of two marks of one order at once the second one is refused when it is written") {
  World world;
  world.enqueue("A1");
  world.enqueue("B1");
  const std::string id = entered_by_hand(world);
  const auto marked = [&](const std::string& order_id, const char* shared) {
    const std::string row =
        world.database.text("SELECT id FROM pos_sync_queue WHERE order_id = '" + order_id + "'");
    const std::string change =
        R"({"order_id":")" + order_id + R"(","provider":"square","revision":1,"row_id":)" + row +
        R"(,"status":"pending","event":"marked_done","to_status":"success","actor":"ayse",)"
        R"("beside_abandoned":0,"undoubted":0,"restaurant_id":"","detail":)"
        R"("{\"external_order_id\":\")" +
        id +
        R"(\"}",)"
        R"("external_order_id":")" +
        id + R"(")" + shared + "}";
    using pos::store::Statement;
    world.database.batch({Statement::done_line, Statement::done_ledger, Statement::done_row,
                          Statement::operator_read},
                         {"op:" + order_id, change});
    return world.status(order_id);
  };
  CHECK(marked("A1", R"(,"shared":0)") == "success");
  CHECK(marked("B1", R"(,"shared":0)") == "pending");
  CHECK(marked("B1", R"(,"shared":1)") == "success");
}

TEST_CASE("a mark that is undone leaves exactly what was known before, a doubt included") {
  for (const RequestFault end : {RequestFault::lost, RequestFault::failed, RequestFault::refused,
                                 RequestFault::unauthorized}) {
    World world;
    world.enqueue("A1");
    tick(world, "t1", end);
    const std::string before = known(world);
    world.pass(minute);
    CHECK(mark(world, named("TYPO", R"(,"force":true)")).status == 200);
    CHECK(known(world) != before);
    CHECK(undo(world, "{}").status == 422);
    const Done undone = undo(world);
    CHECK(undone.status == 200);
    CHECK(known(world) == before);
    CHECK(undo(world).status == 409);
    world.pass(30 * minute);
    for (int i = 0; i < 3; ++i) tick(world, "u" + std::to_string(i), RequestFault::none);
    CHECK(world.square.orders.size() <= 1);
    CHECK(world.database.text("SELECT json_extract(detail, '$.reason') FROM pos_sync_audit "
                              "WHERE event = 'mark_undone'") == "typed the wrong one");
  }
}

TEST_CASE("an order that was never sent can be marked, unmarked and sold") {
  World world;
  world.enqueue("A1");
  const std::string row = "SELECT status || attempts || next_attempt_at FROM pos_sync_queue";
  const std::string before = world.database.text(row);
  CHECK(mark(world, named("TYPO", R"(,"force":true)")).status == 200);
  CHECK(undo(world).status == 200);
  CHECK(world.database.text(row) == before);
  tick(world, "t1", RequestFault::none);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders.size() == 1);
}

TEST_CASE("an old row whose words are bytes can be marked done: it is not stuck for ever") {
  World world;
  world.enqueue("A1");
  world.database.execute(
      "UPDATE pos_sync_queue SET status = 'dead', last_error = x'4241', attempts = x'01', "
      "external_order_id = x'4f', external_payment_id = x'50'");
  CHECK(mark(world, named("TYPO", R"(,"force":true)")).status == 200);
  CHECK(world.status("A1") == "success");
  CHECK(undo(world).status == 200);
  CHECK(world.status("A1") == "dead");
  CHECK(world.database.text("SELECT attempts || external_order_id || external_payment_id FROM "
                            "pos_sync_queue") == "0OP");
}

TEST_CASE("what the worker has booked itself is no mark, and is not undone") {
  World world;
  world.enqueue("A1");
  tick(world, "t1", RequestFault::none);
  CHECK(undo(world).status == 409);
  CHECK(world.status("A1") == "success");
}

}  // namespace mark_done_test

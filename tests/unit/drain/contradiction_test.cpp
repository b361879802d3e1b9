// Replies that are not to what was asked, or contradict themselves, through a whole tick: what they
// hide is found out, and nothing is sold twice, lost or given up because of them.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace contradiction_test {

using world::Answer;
using world::RequestFault;
using world::Worker;
using world::World;

namespace {
using duration::minute;

void enqueue_paid(World& world) {
  world.database.execute("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)",
                         {"A1", world::payload(35000, true)});
}

std::string row(World& world, const std::string& what) {
  return world.database.text("SELECT " + what + " FROM pos_sync_queue ORDER BY id DESC LIMIT 1");
}

std::string last_event(World& world) {
  return world.database.text("SELECT event FROM pos_sync_audit ORDER BY id DESC LIMIT 1");
}

bool in_doubt(World& world) {
  return world.database.integer("SELECT in_doubt_since IS NOT NULL FROM pos_sync_ledger") == 1;
}

/// Goes on up to the order's request, or to its payment's.
void until_request(Worker& worker, bool payment) {
  REQUIRE(worker.run_until(world::is_fetch));
  if (!payment) return;
  worker.perform();
  REQUIRE(worker.run_until(world::is_fetch));
}

/// Square does what it is asked, and the worker hears something else.
void mishear(Worker& worker, RequestFault end, int status, const std::string& body) {
  const auto command = std::get<pos::io::FetchCommand>(worker.take());
  (void)worker.apply(command, end);
  worker.answer(command, {pos::net::Transport::replied, {status, body}});
  worker.run();
}

std::string swapped(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// The order is there, and after one more tick nothing is missing and nothing is double.
void comes_right(World& world) {
  CHECK(row(world, "status") == "failed");
  CHECK(in_doubt(world));
  world.pass(20 * minute);
  Worker(world, "later").run();
  CHECK(row(world, "status") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.square.payments_of("A1") == 1);
  CHECK(world.square.one_body_per_key());
  CHECK(row(world, "external_order_id") == world.square.orders.front().id);
  CHECK(row(world, "external_payment_id") == world.square.payments.front().id);
}

constexpr const char* not_found =
    R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})";

}  // namespace

TEST_CASE("an order whose reply tells of another one is asked for again under its key") {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("location_id":"L1")", R"("location_id":"L2")"},
           {R"("reference_id":"A1")", R"("reference_id":"A2")"},
           {R"("pos_sync":"posSync:A1:square")", R"("pos_sync":"posSync:A2:square")"},
           {R"("state":"OPEN")", R"("state":"CANCELED")"},
           {R"("id":"O1")", R"("id":"")"},
           {R"({"order")", R"({"errors":[{"category":"X","code":"Y"}],"order")"}}) {
    const std::string& change = to;
    CAPTURE(change);
    World world;
    enqueue_paid(world);
    Worker worker(world, "t1");
    until_request(worker, false);
    const auto command = std::get<pos::io::FetchCommand>(worker.take());
    Answer answer = worker.apply(command, RequestFault::none);
    answer.reply.body = swapped(answer.reply.body, from, to);
    worker.answer(command, answer);
    worker.run();
    CHECK(last_event(world) == "order_unknown");
    comes_right(world);
  }
}

TEST_CASE("a payment whose reply tells of another one is asked for again under its key") {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("order_id":"O1")", R"("order_id":"O2")"},
           {R"("location_id":"L1")", R"("location_id":"L2")"},
           {R"("reference_id":"A1")", R"("reference_id":"A2")"},
           {R"("amount":35000)", R"("amount":34999)"},
           {R"("currency":"TRY")", R"("currency":"USD")"},
           {R"({"payment")", R"({"errors":[{"category":"X","code":"Y"}],"payment")"}}) {
    const std::string& change = to;
    CAPTURE(change);
    World world;
    enqueue_paid(world);
    Worker worker(world, "t1");
    until_request(worker, true);
    const auto command = std::get<pos::io::FetchCommand>(worker.take());
    Answer answer = worker.apply(command, RequestFault::none);
    answer.reply.body = swapped(answer.reply.body, from, to);
    worker.answer(command, answer);
    worker.run();
    CHECK(last_event(world) == "payment_unknown");
    comes_right(world);
  }
}

TEST_CASE("a no that is not Square's, or carries what it denies, loses no sale") {
  for (const bool payment : {false, true}) {
    for (
        const auto& [status, body] : std::vector<std::pair<int, std::string>>{
            {404, R"({"message":"no route matched"})"},
            {400, "<html>"},
            {400, R"({"errors":[{"code":"INVALID_VALUE"}]})"},
            {200, not_found},
            {400,
             R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE"}],"order":{"id":"O1"}})"},
            {422, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE"}],)"
                  R"("payment":{"id":"P2","status":"COMPLETED"}})"}}) {
      const std::string& told = body;
      CAPTURE(payment);
      CAPTURE(told);
      World world;
      enqueue_paid(world);
      Worker worker(world, "t1");
      until_request(worker, payment);
      mishear(worker, RequestFault::none, status, body);
      comes_right(world);
    }
  }
}

TEST_CASE("a payment that is told 404 a second after its order was made is made later") {
  World world;
  enqueue_paid(world);
  Worker worker(world, "t1");
  until_request(worker, true);
  mishear(worker, RequestFault::failed, 404, not_found);
  CHECK(last_event(world) == "payment_unknown");
  CHECK(row(world, "last_error") == "unknown: 404 NOT_FOUND");
  comes_right(world);
}

TEST_CASE("a gateway's 403 pauses the account, and leaves its order in doubt") {
  for (const bool squares : {false, true}) {
    CAPTURE(squares);
    World world;
    enqueue_paid(world);
    Worker worker(world, "t1");
    until_request(worker, false);
    mishear(worker, RequestFault::none, 403,
            squares ? R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"FORBIDDEN"}]})"
                    : "<html>Forbidden</html>");
    CHECK(row(world, "status") == "pending");
    CHECK(row(world, "attempts") == "0");
    CHECK(in_doubt(world) == !squares);
    CHECK(world.database.text("SELECT pause_reason FROM pos_accounts WHERE restaurant_id = ''") ==
          "unauthorized");
  }
}

// ---- who else has paid

TEST_CASE("an order that was paid at the till is not called unpaid: the row names the payment") {
  World world;
  enqueue_paid(world);
  Worker worker(world, "t1");
  until_request(worker, true);
  const std::string theirs = world.square.pay("O1", 35000, world.database.now_ms);
  mishear(worker, RequestFault::refused, 400,
          R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"BAD_REQUEST",)"
          R"("detail":"The order is paid."}]})");
  CHECK(row(world, "status") == "dead");
  CHECK(row(world, "last_error") ==
        "paid_elsewhere: order O1 is paid at Square by payment " + theirs +
            ", which is not ours; ours was refused: 400 BAD_REQUEST: The order is paid.");
  CHECK(last_event(world) == "payment_paid_elsewhere");
  CHECK_FALSE(in_doubt(world));
  CHECK(row(world, "external_order_id") == "O1");
  CHECK(row(world, "external_payment_id IS NULL") == "1");
  CHECK(world.database.integer("SELECT external_payment_id IS NULL FROM pos_sync_ledger") == 1);
  CHECK(world.database.integer("SELECT booked_at IS NULL FROM pos_sync_ledger") == 1);
  CHECK(world.square.payments.size() == 1);
}

TEST_CASE("a payment at the till that the order does not show yet is found in the list") {
  World world;
  enqueue_paid(world);
  Worker worker(world, "t1");
  until_request(worker, true);
  const std::string theirs = world.square.pay("O1", 35000, world.database.now_ms - 1000);
  world.square.retrieve_lag_ms = 0;
  // The order hides it: only the list has it.
  const auto command = std::get<pos::io::FetchCommand>(worker.take());
  worker.answer(command, worker.apply(command, RequestFault::refused));
  REQUIRE(worker.run_until(world::is_fetch));
  const auto read = std::get<pos::io::FetchCommand>(worker.take());
  Answer stale = worker.apply(read, RequestFault::none);
  stale.reply.body = swapped(stale.reply.body, R"("tenders":[)", R"("other":[)");
  stale.reply.body = swapped(stale.reply.body, R"("state":"COMPLETED")", R"("state":"OPEN")");
  worker.answer(read, stale);
  worker.run();
  CHECK(row(world, "last_error")
            .rfind("paid_elsewhere: order O1 is paid at Square by payment " + theirs, 0) == 0);
}

TEST_CASE("a payment that was refused, of an order that nobody has paid, says that too") {
  World world;
  enqueue_paid(world);
  Worker worker(world, "t1");
  until_request(worker, true);
  worker.perform(RequestFault::refused);
  worker.run();
  CHECK(row(world, "status") == "dead");
  CHECK(row(world, "last_error").rfind("payment_rejected: 400 ", 0) == 0);
  CHECK(row(world, "last_error").find("; 200 order O1 has no payment") != std::string::npos);
  CHECK(last_event(world) == "payment_rejected");
  CHECK(row(world, "attempts") == "1");
}

TEST_CASE("a payment that is called failed and stands is ours: nobody takes the money once more") {
  for (const bool beside_errors : {false, true}) {
    CAPTURE(beside_errors);
    World world;
    enqueue_paid(world);
    Worker worker(world, "t1");
    until_request(worker, true);
    const auto command = std::get<pos::io::FetchCommand>(worker.take());
    Answer failed = worker.apply(command, RequestFault::none);
    failed.reply.body =
        swapped(failed.reply.body, R"("status":"COMPLETED")", R"("status":"FAILED")");
    if (beside_errors) {
      failed.reply.status = 400;
      failed.reply.body.insert(1, R"("errors":[{"category":"PAYMENT_METHOD_ERROR",)"
                                  R"("code":"GENERIC_DECLINE"}],)");
    }
    worker.answer(command, failed);
    worker.run();
    CHECK(last_event(world) == "payment_unknown");
    CHECK(in_doubt(world));
    CHECK(row(world, "last_error").find("was refused, and stands at Square") != std::string::npos);
    comes_right(world);
    CHECK(world.square.payments.size() == 1);
  }
}

TEST_CASE("half a payment at the till is not taken for a whole one") {
  World world;
  enqueue_paid(world);
  Worker worker(world, "t1");
  until_request(worker, true);
  const std::string theirs = world.square.pay("O1", 10000, world.database.now_ms - 1000);
  worker.perform(RequestFault::refused);
  worker.run();
  CHECK(row(world, "last_error").rfind("payment_rejected: 400 ", 0) == 0);
  CHECK(row(world, "last_error").find("payment " + theirs + " is of another amount") !=
        std::string::npos);
}

TEST_CASE("a definite no stays one where nobody can read who else has paid") {
  for (const RequestFault end :
       {RequestFault::lost, RequestFault::failed, RequestFault::server_error,
        RequestFault::throttled, RequestFault::unauthorized, RequestFault::refused}) {
    World world;
    enqueue_paid(world);
    Worker worker(world, "t1");
    until_request(worker, true);
    worker.perform(RequestFault::refused);
    REQUIRE(worker.run_until(world::is_fetch));
    worker.perform(end);
    worker.run();
    CHECK(row(world, "status") == "dead");
    CHECK(row(world, "last_error").rfind("payment_rejected: 400 ", 0) == 0);
    CHECK_FALSE(in_doubt(world));
  }
}

TEST_CASE("a tick that has no time left to ask who else has paid says so") {
  World world;
  enqueue_paid(world);
  Worker worker(world, "t1");
  until_request(worker, true);
  const auto command = std::get<pos::io::FetchCommand>(worker.take());
  const Answer no = worker.apply(command, RequestFault::refused);
  worker.wait(14 * minute);
  worker.answer(command, no);
  worker.run();
  CHECK(row(world, "status") == "dead");
  CHECK(row(world, "last_error").find("; who else has paid was not looked for") !=
        std::string::npos);
  CHECK(world.square.reads.empty());
}

TEST_CASE("a payment in doubt that is refused is looked for, as ever: the no is no end") {
  World world;
  enqueue_paid(world);
  Worker losing(world, "t1");
  until_request(losing, true);
  losing.perform(RequestFault::lost);
  losing.run();
  world.pass(20 * minute);
  Worker worker(world, "t2");
  REQUIRE(worker.run_until(world::is_fetch));
  worker.perform(RequestFault::refused);
  worker.run();
  CHECK(row(world, "status") == "failed");
  CHECK(in_doubt(world));
  CHECK(world.square.reads.empty());
}

}  // namespace contradiction_test

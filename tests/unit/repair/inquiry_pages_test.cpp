// What a repair reads before it destroys, to its end: each page, each payment, each answer about
// what was asked for.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/duration.hpp"
#include "harness/repair_runner.hpp"
#include "repair/inquiry.hpp"

namespace repair_reading_test {

using pos::io::Command;
using pos::io::FetchCommand;
using world::is_change;
using world::is_reading;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;

namespace {
using duration::hour;
using duration::minute;

/// A Square that would refund a payment twice, if it were asked to.
void plant_unguarded(RepairWorld& world, const std::string& source = "EXTERNAL") {
  world.square.dedupes = false;
  world.square.checks_version = false;
  world.square.checks_amount = false;
  world.square.sell("O1", "P1", 35000, source);
  world.square.sell("O2", "P2", 35000, source);
  world.approve("P2", "O2", "O1", 35000);
}

void rest(RepairWorld& world) {
  for (int i = 0; i < 100; ++i) {
    if (world.state("P2") != "due" && world.state("P2") != "pending") return;
    RepairRunner(world, "rest-" + std::to_string(i)).run();
    world.pass(5 * hour);
  }
  FAIL("the repair does not come to rest");
}

bool starts(const std::string& text, const std::string& front) { return text.rfind(front, 0) == 0; }

/// Answers the next reading of `path` with what `change` makes of the true answer, and lets the job
/// end.
void tick_with_reading(RepairWorld& world, const std::string& id, const std::string& path,
                       const std::function<std::string(std::string)>& change) {
  RepairRunner job(world, id);
  REQUIRE(job.run_until([&](const Command& each) { return is_reading(each, path); }));
  const Command command = job.take();
  const auto& fetch = std::get<FetchCommand>(command);
  RepairRunner::Answer answer = job.apply(fetch, RequestFault::none, world.database.now_ms);
  answer.reply.body = change(answer.reply.body);
  job.answer(fetch, answer);
  job.run();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

void check_unclear(RepairWorld& world) {
  CAPTURE(world.reason("P2"));
  CHECK(world.state("P2") == "due");
  CHECK(starts(world.reason("P2"), "unclear: "));
  CHECK(world.column("P2", "attempts") != "0");
  CHECK(world.square.ours("P2") == 0);
}

pos::repair::RepairRow row_of_refund() {
  pos::repair::RepairRow row;
  row.target = "P2";
  row.location_id = "L1";
  row.external_order_id = "O2";
  row.survivor_order_id = "O1";
  row.amount = 35000;
  row.currency = "TRY";
  row.first_sent_at = duration::day * 10;
  return row;
}

}  // namespace

TEST_CASE("a refund of ours on a page behind the first is not made a second time") {
  RepairWorld world;
  plant_unguarded(world);
  world.square.page_most = 2;
  for (int i = 0; i < 9; ++i) {
    const std::string n = std::to_string(i);
    world.square.sell("X" + n, "XP" + n, 100);
    world.square.refund_by_hand("XP" + n, 100, world.database.now_ms);
  }
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  job.perform(RequestFault::lost);
  job.run();
  // The payment never shows it.
  for (int i = 0; i < 40 && world.state("P2") == "due"; ++i) {
    world.pass(10 * minute);
    RepairRunner look(world, "look-" + std::to_string(i));
    while (
        look.run_until([](const Command& each) { return is_reading(each, "/v2/payments/P2"); })) {
      const Command command = look.take();
      RepairRunner::Answer answer;
      answer.reply = {200,
                      R"({"payment":{"id":"P2","order_id":"O2","location_id":"L1",)"
                      R"("status":"COMPLETED","source_type":"EXTERNAL",)"
                      R"("total_money":{"amount":35000,"currency":"TRY"},"version_token":"v1"}})"};
      look.answer(std::get<FetchCommand>(command), answer);
    }
    look.run();
  }
  CHECK(world.state("P2") == "done");
  CHECK(world.square.ours("P2") == 1);
}

TEST_CASE("a dispute on a page behind the first stops the refund") {
  for (const auto& pair : std::vector<std::pair<std::string, std::string>>{
           {"P2", "disputed: "}, {"P1", "survivor_gone: "}}) {
    RepairWorld world;
    plant_unguarded(world, "CARD");
    world.square.page_most = 1;
    world.square.disputes = {{"X1", "PROCESSING"}, {"X2", "LOST"}, {pair.first, "PROCESSING"}};
    rest(world);
    CHECK(starts(world.reason("P2"), pair.second));
    CHECK(world.square.ours("P2") == 0);
  }
}

TEST_CASE("only a dispute that the seller has won, or an inquiry that is closed, stops nothing") {
  for (const char* state : {"WON", "INQUIRY_CLOSED"}) {
    RepairWorld world;
    plant_unguarded(world, "CARD");
    world.square.disputes = {{"P1", state}};
    rest(world);
    CHECK(world.state("P2") == "done");
  }
  for (const char* state : {"LOST", "ACCEPTED", "PROCESSING", "EVIDENCE_REQUIRED",
                            "INQUIRY_EVIDENCE_REQUIRED", "INQUIRY_PROCESSING", "", "NEW_WORD"}) {
    RepairWorld world;
    plant_unguarded(world, "CARD");
    world.square.disputes = {{"P1", state}};
    rest(world);
    CHECK(starts(world.reason("P2"), "survivor_gone: "));
    CHECK(world.square.ours("P2") == 0);
  }
}

TEST_CASE("a list that goes in a circle, or to no end, ends a look as unclear") {
  for (const bool circles : {true, false}) {
    pos::repair::RepairRow row = row_of_refund();
    pos::repair::Inquiry inspection(row, pos::repair::RepairState::looking);
    std::string body = R"({"payment":{"id":"P2","status":"COMPLETED","location_id":"L1",)"
                       R"("total_money":{"amount":35000,"currency":"TRY"}}})";
    const auto read = [&] {
      pos::net::Reply reply;
      reply.transport = pos::net::Transport::replied;
      reply.status = 200;
      reply.body = body;
      return inspection.read(row, reply);
    };
    REQUIRE_FALSE(read());
    int pages = 0;
    for (; pages < 5000; ++pages) {
      body =
          std::string(R"({"cursor":")") + (circles ? "same" : "c" + std::to_string(pages)) + "\"}";
      const auto found = read();
      if (!found) continue;
      CHECK(found->event == pos::repair::RepairEvent::unclear);
      CHECK(found->detail == "the list of refunds does not come to an end");
      break;
    }
    CHECK(pages == (circles ? 1 : 199));
  }
}

TEST_CASE("a list of disputes that goes in a circle lets nothing out") {
  RepairWorld world;
  plant_unguarded(world, "CARD");
  RepairRunner job(world, "t1");
  for (int i = 0; i < 2; ++i) {
    REQUIRE(job.run_until([](const Command& each) { return is_reading(each, "/v2/disputes"); }));
    const Command command = job.take();
    RepairRunner::Answer answer;
    answer.reply = {200, R"({"cursor":"same"})"};
    job.answer(std::get<FetchCommand>(command), answer);
  }
  job.run();
  check_unclear(world);
}

TEST_CASE("an answer about another payment, order or refund is no answer") {
  struct Case {
    const char* path;
    const char* from;
    const char* to;
  };
  for (const Case& each : {Case{"/v2/payments/P2", R"("id":"P2")", R"("id":"P3")"},
                           Case{"/v2/payments/P1", R"("id":"P1")", R"("id":"P3")"},
                           Case{"/v2/orders/O1", R"("id":"O1")", R"("id":"O3")"},
                           Case{"/v2/orders/O2", R"("id":"O2")", R"("id":"O3")"}}) {
    CAPTURE(each.path);
    RepairWorld world;
    plant_unguarded(world);
    tick_with_reading(world, "t1", each.path,
                      [&](const std::string& body) { return replaced(body, each.from, each.to); });
    check_unclear(world);
  }
  RepairWorld world;
  plant_unguarded(world);
  world.square.refund_by_hand("P2", 100, world.database.now_ms);
  for (const auto& change : std::vector<std::pair<std::string, std::string>>{
           {R"("payment_id":"P2")", R"("payment_id":"P3")"}, {R"("id":"R1")", R"("id":"R7")"}}) {
    tick_with_reading(world, "t" + change.second, "/v2/refunds/R1", [&](const std::string& body) {
      return replaced(body, change.first, change.second);
    });
    check_unclear(world);
    world.pass(5 * hour);
  }
  rest(world);
  CHECK(starts(world.reason("P2"), "refunded_elsewhere: "));
}

TEST_CASE("a refund of another payment at the place stops nothing, and is not taken for ours") {
  RepairWorld world;
  plant_unguarded(world);
  world.square.sell("O3", "P3", 35000);
  world.square.refund_by_hand("P3", 35000, world.database.now_ms);
  world.square.refunds.back().reason = "posSync duplicate of O1; posSync:P2:square:refund";
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  job.perform(RequestFault::failed);
  job.run();
  rest(world);
  CHECK(world.state("P2") == "done");
  CHECK(world.square.ours("P2") == 1);
}

TEST_CASE("money that has gone back without a refund that is named lets nothing out") {
  RepairWorld world;
  plant_unguarded(world);
  tick_with_reading(world, "t1", "/v2/payments/P2", [](const std::string& body) {
    return replaced(body, R"("version_token")",
                    R"("refunded_money":{"amount":5,"currency":"TRY"},"version_token")");
  });
  check_unclear(world);
  CHECK(world.reason("P2").find("no refund is named") != std::string::npos);
}

TEST_CASE("money of the survivor that has gone back without a refund that is named stops it") {
  RepairWorld world;
  plant_unguarded(world);
  tick_with_reading(world, "t1", "/v2/payments/P1", [](const std::string& body) {
    return replaced(body, R"("version_token")",
                    R"("refunded_money":{"amount":5,"currency":"TRY"},"version_token")");
  });
  CHECK(starts(world.reason("P2"), "survivor_gone: "));
}

TEST_CASE("a survivor whose order shows a refund has not all of its money") {
  RepairWorld world;
  plant_unguarded(world);
  tick_with_reading(world, "t1", "/v2/orders/O1", [](const std::string& body) {
    return replaced(body, R"("version":)", R"("refunds":[{"id":"R9"}],"version":)");
  });
  CHECK(starts(world.reason("P2"), "survivor_gone: "));
}

TEST_CASE("of a survivor with three payments each is read") {
  for (const char* gone : {"P1", "P8", "P9"}) {
    RepairWorld world;
    plant_unguarded(world);
    for (const char* id : {"P8", "P9"}) {
      world.square.sell("O-" + std::string(id), id, 100);
      world.square.payments.at(id).order_id = "O1";
      world.square.orders.at("O1").payment_ids.emplace_back(id);
    }
    world.square.payments.at(gone).status = "CANCELED";
    rest(world);
    CHECK(starts(world.reason("P2"), std::string("survivor_gone: payment ") + gone));
  }
}

}  // namespace repair_reading_test

// Nothing is refunded or canceled but what the approving person saw: neither a copy that holds
// something else by now, nor one whose survivor does not stand any more.
#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/duration.hpp"
#include "harness/repair_runner.hpp"
#include "harness/seals.hpp"
#include "square/order_content.hpp"

namespace approved_test {

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

void rest(RepairWorld& world) {
  for (int i = 0; i < 100; ++i) {
    const auto open = world.database.integer(
        "SELECT count(*) FROM pos_repairs WHERE state IN ('due', 'pending')");
    if (open == 0) return;
    RepairRunner(world, "rest-" + std::to_string(i)).run();
    world.pass(5 * hour);
  }
  FAIL("the repair does not come to rest");
}

/// O2 is an open copy of O1, which is paid by P1 with a card.
void plant_cancel(RepairWorld& world) {
  world.square.sell("O1", "P1", 10000);
  world.square.leave_open("O2", 10000);
  world.approve_cancel("O2", "O1");
}

/// Neither of the two is paid.
void plant_unpaid(RepairWorld& world) {
  world.square.leave_open("O1", 10000);
  world.square.leave_open("O2", 10000);
  world.approve_cancel("O2", "O1");
}

bool starts(const std::string& text, const std::string& front) { return text.rfind(front, 0) == 0; }

void check_stopped(RepairWorld& world, const std::string& target, const std::string& code) {
  CAPTURE(world.reason(target));
  CHECK(world.state(target) == "stopped");
  CHECK(starts(world.reason(target), code + ": "));
  CHECK(world.square.orders.at("O2").canceled_at_ms == -1);
  CHECK(world.square.ours("P2") == 0);
}

/// The body of an answer, with one text in it replaced by another.
std::string altered(std::string body, const std::string& from, const std::string& to) {
  const std::size_t at = body.find(from);
  CAPTURE(body);
  CAPTURE(from);
  REQUIRE(at != std::string::npos);
  return body.replace(at, from.size(), to);
}

/// Answers the next reading of `path` with a changed body, and lets the job end.
void tick_with_reading(RepairWorld& world, const std::string& id, const std::string& path,
                       const std::function<std::string(const std::string&)>& change) {
  RepairRunner job(world, id);
  REQUIRE(job.run_until([&](const Command& each) { return is_reading(each, path); }));
  const Command command = job.take();
  const auto& fetch = std::get<FetchCommand>(command);
  RepairRunner::Answer answer = job.apply(fetch, RequestFault::none, world.database.now_ms);
  answer.reply.body = change(answer.reply.body);
  job.answer(fetch, answer);
  job.run();
}

std::string fingerprint(const std::string& text) {
  pos::json::Document document;
  CAPTURE(text);
  REQUIRE(document.parse(text));
  return pos::square::content_fingerprint(document.root());
}

std::string missing(const std::string& text) {
  pos::json::Document document;
  CAPTURE(text);
  REQUIRE(document.parse(text));
  return pos::square::missing_of(document.root());
}

const std::string whole =
    R"({"id":"O2","version":3,"state":"OPEN","location_id":"L1",)"
    R"("created_at":"2026-08-01T12:00:00Z",)"
    R"("ticket_name":"T5","customer_id":"C1","reference_id":"R1",)"
    R"("metadata":{"table_id":"T6","table":"T7","pos_sync":"posSync:A1:square","order_id":"A1",)"
    R"("revision":"1"},"total_tax_money":{"amount":700},)"
    R"("taxes":[{"percentage":"7.0","type":"INCLUSIVE","applied_money":{"amount":700}}],)"
    R"("total_money":{"amount":10000,"currency":"CAD"},"total_tip_money":{"amount":0},)"
    R"("line_items":[{"name":"Adana","variation_name":"Large","catalog_object_id":"K1",)"
    R"("quantity":"1.0","note":"rare","base_price_money":{"amount":9000},)"
    R"("total_discount_money":{"amount":10},"total_money":{"amount":9500},)"
    R"("modifiers":[{"name":"Hot","catalog_object_id":"M1","quantity":"1",)"
    R"("base_price_money":{"amount":50}}]},)"
    R"({"name":"Tea","quantity":"2","base_price_money":{"amount":250}}],)"
    R"("discounts":[{"name":"Friends","percentage":"7","amount_money":{"amount":20},)"
    R"("applied_money":{"amount":30}}],)"
    R"("service_charges":[{"name":"Service","percentage":"12.5","amount_money":{"amount":40},)"
    R"("total_money":{"amount":60}}],)"
    R"("fulfillments":[{"type":"PICKUP","pickup_details":{"note":"ring twice","recipient":)"
    R"({"display_name":"Ayse","phone_number":"1","email_address":"a@example.com",)"
    R"("address":{"address_line_1":"Quay 1"}}}}]})";

}  // namespace

// ---- the copy ----

TEST_CASE("a copy that gets a dish after the approval is not canceled: that guest would not eat") {
  RepairWorld world;
  plant_cancel(world);
  SUBCASE("before it is read") {
    world.square.edit_by_hand("O2", 45000, world.database.now_ms);
    rest(world);
    CHECK(world.reason("O2").find("55000 TRY, approved 10000 TRY") != std::string::npos);
  }
  SUBCASE("between the reading and the cancel") {
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_change));
    world.square.edit_by_hand("O2", 45000, world.database.now_ms);
    job.run();
    CHECK(world.log("O2") == "frozen cancel_stale");
    rest(world);
  }
  SUBCASE("behind a cancel that Square took for none") {
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_change));
    job.perform(RequestFault::failed);
    job.run();
    world.square.edit_by_hand("O2", 45000, world.database.now_ms);
    rest(world);
  }
  SUBCASE("of the same price: a note") {
    world.square.edit_by_hand("O2", 0, world.database.now_ms);
    rest(world);
  }
  check_stopped(world, "O2", "changed");
}

TEST_CASE("a paid copy that holds something else by now is not refunded") {
  RepairWorld world;
  world.plant();
  SUBCASE("another dish") { world.square.edit_by_hand("O2", 500, world.database.now_ms); }
  SUBCASE("a note") { world.square.edit_by_hand("O2", 0, world.database.now_ms); }
  SUBCASE("canceled") { world.square.orders.at("O2").canceled_at_ms = world.database.now_ms; }
  SUBCASE("a second payment") { world.square.orders.at("O2").payment_ids.push_back("P9"); }
  rest(world);
  CHECK(world.state("P2") == "stopped");
  CHECK(starts(world.reason("P2"), "changed: "));
  CHECK(world.square.ours("P2") == 0);
}

TEST_CASE("a version that Square raised by itself changes nothing about a copy") {
  RepairWorld world;
  plant_cancel(world);
  world.square.touch_order("O2", world.database.now_ms);
  world.square.touch_order("O2", world.database.now_ms);
  RepairRunner(world, "t1").run();
  CHECK(world.state("O2") == "done");
  CHECK(world.square.orders.at("O2").canceled_by == "posSync:O2:square:cancel");
}

TEST_CASE("a copy that cannot be read whole does not count as unchanged") {
  const std::vector<std::pair<std::string, std::string>> cuts = {
      {R"("line_items":[)", R"("lines":[)"},
      {R"("quantity":"1")", R"("quantities":"1")"},
      {R"("base_price_money":{"amount":10000)", R"("price":{"amount":10000)"},
      {R"("total_money":{"amount":10000)", R"("sum":{"amount":10000)"},
      {R"("currency":"TRY"},"net_amount_due_money")", R"("money":"TRY"},"net_amount_due_money")"},
      {R"("location_id":"L1")", R"("location":"L1")"},
      {R"("created_at")", R"("made_at")"},
      {R"("version":1,)", ""},
      {R"("id":"O2")", R"("id":"O7")"},
      {R"("line_items":[)", R"("discounts":"?","line_items":[)"},
      {R"("quantity":"1")", R"("quantity":"1","modifiers":7)"}};
  for (const auto& cut : cuts) {
    CAPTURE(cut.second);
    RepairWorld world;
    plant_cancel(world);
    tick_with_reading(world, "t1", "/v2/orders/O2", [&](const std::string& body) {
      return altered(body, cut.first, cut.second);
    });
    CHECK(world.state("O2") == "due");
    CHECK(starts(world.reason("O2"), "unclear: "));
    CHECK(world.column("O2", "attempts") == "1");
    CHECK(world.square.orders.at("O2").canceled_at_ms == -1);
    rest(world);
    CHECK(world.state("O2") == "done");
  }
}

TEST_CASE("a repair of which nothing is stored that was approved goes out never") {
  for (const char* approved :
       {"''", "'{}'", "'[]'", "'{\"v\":1,\"total\":35000}'", "json_remove(approved, '$.content')",
        "json_remove(approved, '$.survivor.content')", "json_set(approved, '$.content', '')"}) {
    CAPTURE(approved);
    RepairWorld world;
    world.plant();
    world.database.execute(std::string("UPDATE pos_repairs SET approved = ") + approved + ";" +
                           world::seal_repairs);
    rest(world);
    check_stopped(world, "P2", "changed");
  }
}

TEST_CASE("each thing that a person sees of an order is in its fingerprint") {
  const std::string before = fingerprint(whole);
  CHECK(before.size() == 64);
  const std::vector<std::pair<std::string, std::string>> changes = {
      {R"("name":"Adana")", R"("name":"Urfa")"},
      {R"("variation_name":"Large")", R"("variation_name":"Small")"},
      {R"("catalog_object_id":"K1")", R"("catalog_object_id":"K2")"},
      {R"("quantity":"1.0")", R"("quantity":"1.5")"},
      {R"("note":"rare")", R"("note":"well done")"},
      {R"("base_price_money":{"amount":9000)", R"("base_price_money":{"amount":9001)"},
      {R"("total_discount_money":{"amount":10)", R"("total_discount_money":{"amount":11)"},
      {R"("total_money":{"amount":9500)", R"("total_money":{"amount":9501)"},
      {R"("name":"Hot")", R"("name":"Mild")"},
      {R"("catalog_object_id":"M1")", R"("catalog_object_id":"M2")"},
      {R"("quantity":"1",)", R"("quantity":"2",)"},
      {R"("base_price_money":{"amount":50})", R"("base_price_money":{"amount":0})"},
      {R"("base_price_money":{"amount":50})", R"("price":{"amount":50})"},
      {R"("name":"Friends")", R"("name":"Staff")"},
      {R"("percentage":"7")", R"("percentage":"8")"},
      {R"("amount_money":{"amount":20)", R"("amount_money":{"amount":21)"},
      {R"("applied_money":{"amount":30)", R"("applied_money":{"amount":31)"},
      {R"("name":"Service")", R"("name":"Cover")"},
      {R"("percentage":"12.5")", R"("percentage":"10")"},
      {R"("amount_money":{"amount":40)", R"("amount_money":{"amount":41)"},
      {R"("total_money":{"amount":60)", R"("total_money":{"amount":61)"},
      {R"("type":"PICKUP")", R"("type":"DELIVERY")"},
      {R"("note":"ring twice")", R"("note":"")"},
      {R"("ticket_name":"T5")", R"("ticket_name":"T9")"},
      {R"("table_id":"T6")", R"("table_id":"T9")"},
      {R"("table":"T7")", R"("table":"T9")"},
      {R"("customer_id":"C1")", R"("customer_id":"C2")"},
      {R"("display_name":"Ayse")", R"("display_name":"Ali")"},
      {R"("phone_number":"1")", R"("phone_number":"2")"},
      {R"("email_address":"a@)", R"("email_address":"b@)"},
      {R"("address_line_1":"Quay 1")", R"("address_line_1":"Quay 2")"},
      {R"("reference_id":"R1")", R"("reference_id":"R2")"},
      {R"(,"reference_id":"R1")", ""},
      {R"("pos_sync":"posSync:A1:square")", R"("pos_sync":"posSync:A2:square")"},
      {R"("order_id":"A1")", R"("order_id":"A2")"},
      {R"("revision":"1")", R"("revision":"2")"},
      {R"("percentage":"7.0")", R"("percentage":"19")"},
      {R"("INCLUSIVE")", R"("ADDITIVE")"},
      {R"("applied_money":{"amount":700)", R"("applied_money":{"amount":701)"},
      {R"("total_tax_money":{"amount":700)", R"("total_tax_money":{"amount":701)"},
      {R"("currency":"CAD")", R"("currency":"USD")"},
      {R"("amount":10000)", R"("amount":10001)"},
      {R"("total_tip_money":{"amount":0)", R"("total_tip_money":{"amount":1)"},
      {R"({"name":"Tea","quantity":"2","base_price_money":{"amount":250}})",
       R"({"name":"Tea","quantity":"2","base_price_money":{"amount":250}},)"
       R"({"name":"Tea","quantity":"2","base_price_money":{"amount":250}})"}};
  for (const auto& each : changes) {
    CAPTURE(each.second);
    CHECK(fingerprint(altered(whole, each.first, each.second)) != before);
  }
}

TEST_CASE("for whom an order is and where it goes is in its fingerprint, however it gets there") {
  const std::string before = whole.substr(0, whole.find(R"("pickup_details")"));
  std::set<std::string> prints;
  std::size_t count = 0;
  for (const std::string kind : {"pickup", "delivery", "shipment", "in_store"}) {
    const auto with = [&](const std::string& members) {
      return fingerprint(before + "\"" + kind + "_details\":{" + members + "}}]}");
    };
    const std::string noted = with(R"("note":"bell")");
    CHECK(noted == with(R"("shipping_note":"bell")"));
    prints.insert(noted);
    ++count;
    for (const std::string name :
         {"customer_id", "display_name", "email_address", "phone_number"}) {
      prints.insert(with(R"("recipient":{")" + name + R"(":"bell"})"));
      ++count;
    }
    for (const std::string name : {"address_line_1", "address_line_2", "locality", "postal_code"}) {
      prints.insert(with(R"("recipient":{"address":{")" + name + R"(":"bell"}})"));
      ++count;
    }
  }
  CHECK(prints.size() == count);
}

TEST_CASE("a copy that gets the name of another sale, or is taken back, is not canceled") {
  const auto stops_by = [](const std::string& path, const std::string& member) {
    RepairWorld world;
    plant_cancel(world);
    tick_with_reading(world, "t1", path, [&](const std::string& body) {
      return altered(body, R"("order":{)", R"("order":{)" + member + ",");
    });
    rest(world);
    return world.reason("O2");
  };
  const std::vector<std::string> members = {
      R"("reference_id":"another-sale")", R"("returns":[{"source_order_id":"O9"}])",
      R"("taxes":[{"percentage":"19","applied_money":{"amount":5}}])"};
  for (const std::string& member : members) {
    CAPTURE(member);
    CHECK(starts(stops_by("/v2/orders/O2", member), "changed: "));
    CHECK(starts(stops_by("/v2/orders/O1", member), "survivor_gone: "));
  }
}

TEST_CASE("what Square changes by itself is not in an order's fingerprint") {
  const std::string before = fingerprint(whole);
  CHECK(fingerprint(altered(whole, R"("version":3)", R"("version":9)")) == before);
  CHECK(fingerprint(altered(whole, R"("state":"OPEN")", R"("state":"COMPLETED")")) == before);
  CHECK(fingerprint(altered(whole, R"("quantity":"1.0")", R"("quantity":"1")")) == before);
  CHECK(fingerprint(altered(whole, R"("id":"O2")", R"("updated_at":"today","id":"O2")")) == before);
  // A tip comes with the payment.
  CHECK(fingerprint(altered(altered(whole, R"("amount":10000)", R"("amount":10500)"),
                            R"("total_tip_money":{"amount":0)",
                            R"("total_tip_money":{"amount":500)")) == before);
}

TEST_CASE("an order that lacks what is compared says what, and has no fingerprint") {
  CHECK(missing(whole).empty());
  const std::vector<std::vector<std::string>> cuts = {
      {R"("total_money":{"amount":10000)", R"("sum":{"amount":10000)", "total_money"},
      {R"("amount":10000)", R"("amount":"10000")", "total_money"},
      {R"(,"currency":"CAD")", "", "currency"},
      {R"("line_items")", R"("lines")", "line_items"},
      {R"("quantity":"2")", R"("quantity":2)", "line_items"},
      {R"("base_price_money":{"amount":250})", R"("price":250)", "line_items"},
      {R"("location_id")", R"("location")", "location_id"},
      {R"("2026-08-01T12:00:00Z")", R"("yesterday")", "created_at"},
      {R"("discounts":[)", R"("discounts":{},"x":[)", "discounts"},
      {R"("service_charges":[)", R"("service_charges":1,"x":[)", "service_charges"},
      {R"("fulfillments":[)", R"("fulfillments":"","x":[)", "fulfillments"},
      {R"("taxes":[)", R"("taxes":"","x":[)", "taxes"},
      {R"("modifiers":[)", R"("modifiers":true,"x":[)", "line_items"}};
  for (const auto& cut : cuts) {
    const std::string text = altered(whole, cut[0], cut[1]);
    CHECK(missing(text) == cut[2]);
    CHECK(fingerprint(text).empty());
  }
  CHECK(missing(R"({"id":"O2","line_items":[]})") ==
        "total_money line_items location_id created_at");
  CHECK(missing("[]") == "total_money line_items location_id created_at");
}

// ---- the order that stays ----

TEST_CASE("an open copy is not canceled once its survivor does not stand: nothing would be left") {
  RepairWorld world;
  plant_cancel(world);
  const std::int64_t now_ms = world.database.now_ms;
  SUBCASE("refunded in full") { world.square.refund_by_hand("P1", 10000, now_ms); }
  SUBCASE("refunded in part") { world.square.refund_by_hand("P1", 1, now_ms); }
  SUBCASE("a refund of it is pending") {
    world.square.refund_by_hand("P1", 10000, now_ms);
    world.square.refunds.back().statuses = {{now_ms, "PENDING"}};
  }
  SUBCASE("disputed") { world.square.disputes.emplace_back("P1", "EVIDENCE_REQUIRED"); }
  SUBCASE("canceled") { world.square.orders.at("O1").canceled_at_ms = now_ms; }
  SUBCASE("its payment was canceled") { world.square.payments.at("P1").status = "CANCELED"; }
  SUBCASE("not paid any more") { world.square.orders.at("O1").paid_at_ms = -1; }
  SUBCASE("its payment is for another order") { world.square.payments.at("P1").order_id = "O9"; }
  SUBCASE("Square does not know it") { world.square.orders.erase("O1"); }
  SUBCASE("Square does not know its payment") { world.square.payments.erase("P1"); }
  SUBCASE("another dish") { world.square.edit_by_hand("O1", 500, now_ms); }
  SUBCASE("a note") { world.square.edit_by_hand("O1", 0, now_ms); }
  SUBCASE("a second payment, which was given back") {
    world.square.sell("O8", "P8", 400);
    world.square.payments.at("P8").order_id = "O1";
    world.square.orders.at("O1").payment_ids.push_back("P8");
    world.square.refund_by_hand("P8", 400, now_ms);
  }
  rest(world);
  check_stopped(world, "O2", "survivor_gone");
}

TEST_CASE("a copy is not refunded once Square does not know its survivor, or it holds less") {
  RepairWorld world;
  world.plant();
  const std::int64_t now_ms = world.database.now_ms;
  SUBCASE("no order") { world.square.orders.erase("O1"); }
  SUBCASE("no payment") { world.square.payments.erase("P1"); }
  SUBCASE("another dish") { world.square.edit_by_hand("O1", 500, now_ms); }
  SUBCASE("its second payment was given back") {
    world.square.sell("O8", "P8", 400);
    world.square.payments.at("P8").order_id = "O1";
    world.square.orders.at("O1").payment_ids.push_back("P8");
    world.square.refund_by_hand("P8", 400, now_ms);
  }
  SUBCASE("a payment that only the approval knew was given back") {
    world.square.orders.at("O1").payment_ids = {"P8"};
    world.square.sell("O8", "P8", 35000);
    world.square.payments.at("P8").order_id = "O1";
    world.square.refund_by_hand("P1", 100, now_ms);
  }
  rest(world);
  check_stopped(world, "P2", "survivor_gone");
}

TEST_CASE("a gateway's 404 does not say that the survivor is gone") {
  for (const char* path : {"/v2/orders/O1", "/v2/payments/P1"}) {
    for (const char* body : {R"({"message":"no route"})", "<html>", "{}",
                             R"({"errors":[{"code":"NOT_FOUND"},{"code":"BAD_GATEWAY"}]})"}) {
      CAPTURE(body);
      RepairWorld world;
      plant_cancel(world);
      RepairRunner job(world, "t1");
      REQUIRE(job.run_until([&](const Command& each) { return is_reading(each, path); }));
      const Command command = job.take();
      RepairRunner::Answer answer;
      answer.reply = {404, body};
      job.answer(std::get<FetchCommand>(command), answer);
      job.run();
      CHECK(world.state("O2") == "due");
      rest(world);
      CHECK(world.state("O2") == "done");
    }
  }
}

TEST_CASE("of a group of unpaid orders one stays unpaid, and may be paid since") {
  RepairWorld world;
  plant_unpaid(world);
  SUBCASE("still unpaid") {}
  SUBCASE("paid since") { world.square.pay_by_hand("O1", world.database.now_ms); }
  rest(world);
  CHECK(world.state("O2") == "done");
  CHECK(world.square.orders.at("O1").canceled_at_ms == -1);
}

TEST_CASE("of a group of unpaid orders no copy is canceled once the other does not stand") {
  RepairWorld world;
  plant_unpaid(world);
  const std::int64_t now_ms = world.database.now_ms;
  SUBCASE("canceled") { world.square.cancel_by_hand("O1", now_ms); }
  SUBCASE("another dish") { world.square.edit_by_hand("O1", 500, now_ms); }
  SUBCASE("paid, and given back") {
    world.square.pay_by_hand("O1", now_ms);
    world.square.refund_by_hand("paid-O1", 10000, now_ms);
  }
  SUBCASE("paid, and disputed") {
    world.square.pay_by_hand("O1", now_ms);
    world.square.disputes.emplace_back("paid-O1", "PROCESSING");
  }
  SUBCASE("closed without a payment") { world.square.orders.at("O1").paid_at_ms = now_ms; }
  rest(world);
  check_stopped(world, "O2", "survivor_gone");
}

TEST_CASE("a survivor that is half paid is neither as it was approved nor paid") {
  RepairWorld world;
  plant_unpaid(world);
  tick_with_reading(world, "t1", "/v2/orders/O1", [](const std::string& body) {
    return altered(body, R"("net_amount_due_money":{"amount":10000)",
                   R"("tenders":[{"id":"P1"}],"net_amount_due_money":{"amount":9000)");
  });
  check_stopped(world, "O2", "survivor_gone");
}

TEST_CASE("a survivor that was paid when it was approved may not be unpaid now") {
  RepairWorld world;
  plant_cancel(world);
  world.square.orders.at("O1").paid_at_ms = -1;
  world.square.orders.at("O1").payment_ids.clear();
  rest(world);
  check_stopped(world, "O2", "survivor_gone");
}

TEST_CASE("a survivor that is shown without its lines proves nothing, and nothing is canceled") {
  RepairWorld world;
  plant_cancel(world);
  tick_with_reading(world, "t1", "/v2/orders/O1", [](const std::string& body) {
    return altered(body, R"("line_items":[)", R"("lines":[)");
  });
  CHECK(world.state("O2") == "due");
  CHECK(starts(world.reason("O2"), "unclear: "));
  CHECK(world.square.orders.at("O2").canceled_at_ms == -1);
}

}  // namespace approved_test

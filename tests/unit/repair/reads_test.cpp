// What is read of Square's things, of repairs as the ledger has them and of where an audit stands,
// each field by its name: one that is read of another member, or not at all, is compared with
// nothing before money goes back.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "audit/scan/location_scan.hpp"
#include "audit/scan/page.hpp"
#include "config/settings.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"
#include "harness/transcript.hpp"
#include "repair/row.hpp"
#include "square/order_snapshot.hpp"

namespace reads_test {

using pos::audit::LocationScan;
using pos::audit::LocationStep;
using pos::audit::ScanPosition;
using pos::json::Document;
using pos::repair::RepairEvent;
using pos::repair::RepairRow;
using pos::square::OrderSnapshot;
using world::AuditWorld;

namespace {
using duration::day;
using duration::minute;

template <typename Read>
auto read(const std::string& text, Read read_object) {
  Document document;
  REQUIRE(document.parse(text));
  return read_object(document.root());
}

OrderSnapshot sale_of(const std::string& text) {
  const auto found = read(text, [](auto value) { return pos::square::read_sale(value); });
  REQUIRE(found);
  return *found;
}

const std::string whole_order =
    R"({"id":"O1","location_id":"L1","created_at":"2026-11-21T18:03:11.250Z","state":"OPEN",)"
    R"("reference_id":"ref","ticket_name":"T5","customer_id":"C1","source":{"name":"till"},)"
    R"("metadata":{"pos_sync":"k","order_id":"A1","revision":"2","table_id":"T6","table":"T7"},)"
    R"("total_money":{"amount":10150,"currency":"TRY"},"total_tip_money":{"amount":150},)"
    R"("total_tax_money":{"amount":1000},"net_amount_due_money":{"amount":0},)"
    R"("taxes":[{"uid":"t","percentage":"10.0"},{"uid":"u","percentage":"20",)"
    R"("applied_money":{"amount":30}}],"line_items":[{"name":"Adana","variation_name":"big",)"
    R"("quantity":"2.0","note":"rare","base_price_money":{"amount":5000},"applied_taxes":)"
    R"([{"tax_uid":"t","applied_money":{"amount":900}},{"tax_uid":"u","applied_money":)"
    R"({"amount":7}}],"modifiers":[{"name":"hot","quantity":"3.0","base_price_money":)"
    R"({"amount":5}},{"name":"Mild"}]}],"tenders":[{"id":"N1","payment_id":"P1","type":"OTHER",)"
    R"("customer_id":"C2"},{"id":"N2","type":"CARD","card_details":{"card":{"fingerprint":"F",)"
    R"("card_brand":"VISA","last_4":"4242"}}}]})";

}  // namespace

TEST_CASE("each thing that is read of an order is what Square says under its name") {
  const OrderSnapshot sale = sale_of(whole_order);
  OrderSnapshot expected;
  expected.id = "O1";
  expected.location_id = "L1";
  expected.created_at_ms = 1795284191250;
  expected.kind = "sale";
  expected.state = "OPEN";
  expected.paid = true;
  expected.reference_id = "ref";
  expected.pos_sync = "k";
  expected.order_key = "A1#r2";
  expected.table_id = "T5";
  expected.total = 10150;
  expected.tip = 150;
  expected.currency = "TRY";
  expected.tax = R"({"10":900,"20":30,"other":70})";
  expected.content = R"~(399df3c38690f783edb7c51b0ce037ee47bd99e7e7a1061f065bd59d8c9d459e)~";
  expected.fingerprint = R"~(6253aa68ff6f3172bb823d3e373d0d0a38efe823e6ac6098ca16ee77e4cae565)~";
  expected.reference_hash = pos::square::hash_of("reference", "ref");
  expected.metadata_hash = pos::square::hash_of("order", "A1#r2");
  expected.content_hash = pos::square::hash_of("content", sale.content);
  expected.table_hash = pos::square::hash_of("table", "T5");
  expected.customer_hash = pos::square::hash_of("customer", "C1");
  expected.source_hash = pos::square::hash_of("source", "till");
  expected.tenders = "[[\"EXTERNAL\",0,\"\",\"\"," +
                     std::to_string(pos::square::hash_of("customer", "C2")) +
                     ",\"P1\"],[\"CARD\"," + std::to_string(pos::square::hash_of("card", "F")) +
                     ",\"VISA\",\"4242\",0,\"N2\"]]";
  CHECK(sale.content == expected.content);
  CHECK(sale.fingerprint == expected.fingerprint);
  CHECK(sale.tax == expected.tax);
  CHECK(sale.tenders == expected.tenders);
  CHECK(sale == expected);
  CHECK(pos::square::tender_ids_of(sale) == std::vector<std::string>{"P1", "N2"});
}

TEST_CASE("each thing that is read of a payment, a refund and a dispute is what Square says") {
  const auto payment = read(
      R"({"id":"P1","order_id":"O1","location_id":"L1","created_at":"2026-11-21T18:03:11.250Z",)"
      R"("status":"COMPLETED","source_type":"CARD","total_money":{"amount":1150,"currency":"TRY"},)"
      R"("amount_money":{"amount":1000,"currency":"EUR"},"tip_money":{"amount":140},)"
      R"("refunded_money":{"amount":7},"customer_id":"C1","card_details":{"card":)"
      R"({"fingerprint":"F","card_brand":"VISA","last_4":"4242"}},"processing_fee":)"
      R"([{"amount_money":{"amount":11}},{"amount_money":{"amount":-1}}],"refund_ids":["R1","R2"]})",
      [](auto value) { return pos::square::read_payment(value); });
  REQUIRE(payment);
  pos::square::PaymentSnapshot paid;
  paid.id = "P1";
  paid.order_id = "O1";
  paid.location_id = "L1";
  paid.created_at_ms = 1795284191250;
  paid.status = "COMPLETED";
  paid.source_type = "CARD";
  paid.amount = 1150;
  paid.currency = "TRY";
  paid.refunded = 7;
  paid.fee = 10;
  paid.instrument_hash = pos::square::hash_of("card", "F");
  paid.card_brand = "VISA";
  paid.card_last_4 = "4242";
  paid.customer_hash = pos::square::hash_of("customer", "C1");
  paid.refund_ids = {"R1", "R2"};
  CHECK(*payment == paid);
  const auto without_total =
      read(R"({"id":"P1","created_at":"2026-11-21T18:03:11Z","amount_money":{"amount":1000,)"
           R"("currency":"EUR"},"tip_money":{"amount":140}})",
           [](auto value) { return pos::square::read_payment(value); });
  REQUIRE(without_total);
  CHECK(without_total->amount == 1140);
  CHECK(without_total->currency == "EUR");
  const auto refund = read(
      R"({"id":"R1","payment_id":"P1","order_id":"O9","status":"PENDING","amount_money":)"
      R"({"amount":7,"currency":"TRY"},"reason":"why","created_at":"2026-11-21T18:03:11.250Z"})",
      [](auto value) { return pos::square::read_refund(value); });
  REQUIRE(refund);
  CHECK(*refund ==
        pos::square::RefundSnapshot{"R1", "P1", "O9", "PENDING", 7, "TRY", "why", 1795284191250});
  const auto dispute = read(R"({"state":"LOST","disputed_payment":{"payment_id":"P1"}})",
                            [](auto value) { return pos::square::read_dispute(value); });
  REQUIRE(dispute);
  CHECK(*dispute == pos::square::DisputeSnapshot{"P1", "LOST"});
}

TEST_CASE("a text longer than any of Square's is none, so that two of them are never equal") {
  const auto named = [](std::size_t size) {
    return sale_of(R"({"id":"O1","reference_id":")" + std::string(size, 'r') + "\"}").reference_id;
  };
  CHECK(named(1020).size() == 1020);
  CHECK(named(1021).empty());
  const auto rate = [](const std::string& percentage) {
    return sale_of(R"({"id":"O1","taxes":[{"percentage":")" + percentage +
                   R"(","applied_money":{"amount":5}}]})")
        .tax;
  };
  CHECK(rate("123456789.12") == R"({"123456789.12":5})");
  CHECK(rate("123456789.123") == R"({"other":5})");
  std::string taxes;
  for (int i = 1; i <= 51; ++i) {
    taxes += std::string(i == 1 ? "" : ",") + R"({"percentage":")" + std::to_string(i) +
             R"(","applied_money":{"amount":1}})";
  }
  // One that is known is told by its name also behind the last that has found room.
  taxes += R"(,{"percentage":"50","applied_money":{"amount":1}})";
  const std::string many = sale_of(R"({"id":"O1","taxes":[)" + taxes + "]}").tax;
  CHECK(many.find(R"("50":2)") != std::string::npos);
  CHECK(many.find(R"("51")") == std::string::npos);
  CHECK(many.find(R"("other":1)") != std::string::npos);
}

TEST_CASE("what an order is not said to be is not made of what it lacks") {
  // The tax that is told as a whole and by rate leaves nothing over.
  CHECK(sale_of(R"({"id":"O1","total_tax_money":{"amount":5},"taxes":[{"percentage":"10",)"
                R"("applied_money":{"amount":5}}]})")
            .tax == R"({"10":5})");
  CHECK(sale_of(R"({"id":"O1","taxes":[{"percentage":"10","applied_money":{"amount":5}}]})").tax ==
        R"({"10":5})");
  CHECK(sale_of(R"({"id":"O1","metadata":{"order_id":"A1","revision":"1"}})").order_key == "A1");
  CHECK(sale_of(R"({"id":"O1","metadata":{"order_id":"A1"}})").order_key == "A1");
  CHECK(sale_of(R"({"id":"O1","metadata":{"revision":"2"}})").order_key.empty());
  CHECK(sale_of(R"({"id":"O1","metadata":{"table_id":"","table":"T7"}})").table_id == "T7");
  CHECK(sale_of(R"({"id":"O1","state":"DRAFT"})").kind == "draft");
  CHECK(sale_of(R"({"id":"O1","returns":[{}]})").kind == "return");
  CHECK(sale_of(R"({"id":"O1","source_order_id":"O0"})").kind == "return");
  CHECK(sale_of(R"({"id":"O1","return_amounts":{"total_money":{"amount":1}}})").kind == "return");
  CHECK(sale_of(R"({"id":"O1","return_amounts":{"total_money":{"amount":0}}})").kind == "sale");
  CHECK(sale_of(R"({"id":"O1","state":"CANCELED"})").missing.empty());
  CHECK_FALSE(sale_of(R"({"id":"O1","state":"CANCELED"})").content.empty());
  const OrderSnapshot ours = sale_of(R"({"id":"O1","metadata":{"pos_sync":"k"}})");
  CHECK(pos::square::metadata_of(ours) == "pos_sync:k");
  CHECK(pos::square::metadata_of(sale_of(whole_order)) == "order:A1#r2");
  CHECK(pos::square::metadata_of(OrderSnapshot{}).empty());
}

TEST_CASE("each column of a repair is taken for itself, and what was approved with it") {
  const RepairRow row = read(
      R"(["cancel","O2","L1","O2x","O1",350,"TRY","pending",3,)"
      R"("{\"key\":\"k\",\"square_version\":\"2025\",\"body\":\"{\\\"order\\\":{\\\"version\\\":7}}\"}",)"
      R"(11,12,13,"conflict",14,"R1",15,16,)"
      R"("{\"total\":350,\"content\":\"c1\",\"payments\":[\"P2\",\"P3\"],\"survivor\":{\"paid\":true,)"
      R"(\"total\":351,\"content\":\"c2\",\"payments\":[\"P1\"]}}","adana","tok","seal","[1]"])",
      [](auto value) { return pos::repair::read_repair_row(value); });
  RepairRow expected;
  expected.cancels = true;
  expected.target = "O2";
  expected.location_id = "L1";
  expected.external_order_id = "O2x";
  expected.survivor_order_id = "O1";
  expected.amount = 350;
  expected.currency = "TRY";
  expected.pending = true;
  expected.generation = 3;
  expected.frozen = {R"({"key":"k","square_version":"2025","body":"{\"order\":{\"version\":7}}"})",
                     "k", "2025", R"({"order":{"version":7}})", "7"};
  expected.first_sent_at = 11;
  expected.last_sent_at = 12;
  expected.in_doubt_since = 13;
  expected.look = pos::repair::LookupReason::conflict;
  expected.absent_at = 14;
  expected.external_refund_id = "R1";
  expected.attempts = 15;
  expected.claimed_at = 16;
  expected.approved = {true, 350, "c1", {"P2", "P3"}, true, 351, "c2", {"P1"}};
  expected.account = "adana";
  expected.token = "tok";
  expected.seal = "seal";
  expected.sealed = "[1]";
  CHECK(row == expected);
  CHECK(row.credential() == pos::io::Credential{{}, "tok", "adana:square:access"});
  expected.token.clear();
  CHECK(expected.credential() == pos::io::Credential{"SQUARE_ACCESS_TOKEN", {}, {}});
  CHECK(std::string(expected.action()) == "cancel");
  expected.cancels = false;
  CHECK(std::string(expected.action()) == "refund");
}

TEST_CASE("what was approved without a fingerprint, or cannot be read, was approved by no person") {
  const auto approved = [](const std::string& text) {
    std::string quoted;
    pos::json::append_string(quoted, text);
    return read(R"(["refund","P2","L1","O2","O1",1,"TRY","due",1,"",0,0,0,"",0,"",0,0,)" + quoted +
                    R"(,"","","",""])",
                [](auto value) { return pos::repair::read_repair_row(value); })
        .approved;
  };
  CHECK(approved(R"({"content":"c","survivor":{"content":"d","paid":true}})").is_there);
  CHECK(approved(R"({"content":"c","survivor":{"content":"d","paid":true}})").survivor_paid);
  CHECK_FALSE(approved(R"({"content":"c","survivor":{"content":"d","paid":1}})").survivor_paid);
  CHECK_FALSE(approved(R"({"content":"c","survivor":{"content":"d","paid":false}})").survivor_paid);
  CHECK_FALSE(approved(R"({"content":"","survivor":{"content":"d"}})").is_there);
  CHECK_FALSE(approved(R"({"content":"c","survivor":{}})").is_there);
  CHECK_FALSE(approved("{").is_there);
}

TEST_CASE("what is frozen is a request for what was approved: each of its words is compared") {
  const pos::Settings settings;
  RepairRow row;
  row.target = "P2";
  row.external_order_id = "O2";
  row.survivor_order_id = "O1";
  row.amount = 350;
  row.currency = "TRY";
  row.generation = 2;
  row.frozen = request_for(row, "L1", "v7", settings);
  CHECK(
      row.frozen.text ==
      R"~({"v":1,"key":"posSync:P2:square:refund:g2","square_version":"2025-08-20","body":"{\"idempotency_key\":\"posSync:P2:square:refund:g2\",\"payment_id\":\"P2\",\"amount_money\":{\"amount\":350,\"currency\":\"TRY\"},\"reason\":\"posSync duplicate of O1; posSync:P2:square:refund:g2\",\"payment_version_token\":\"v7\"}"})~");
  CHECK(row.frozen.key == "posSync:P2:square:refund:g2");
  CHECK(row.frozen.version == "v7");
  CHECK(pos::repair::is_of_row(row.frozen, row, "L1"));
  CHECK(generation_for(row, "v7") == 2);
  CHECK(generation_for(row, "v8") == 3);
  CHECK(key_of(row, 3) == "posSync:P2:square:refund:g3");
  for (const auto& change : std::vector<std::function<void(RepairRow&)>>{
           [](RepairRow& each) { each.target = "P3"; }, [](RepairRow& each) { each.amount = 351; },
           [](RepairRow& each) { each.currency = "EUR"; },
           [](RepairRow& each) { each.generation = 3; },
           [](RepairRow& each) { each.survivor_order_id = "O3"; },
           [](RepairRow& each) { each.cancels = true; }}) {
    RepairRow other = row;
    change(other);
    CHECK_FALSE(is_of_row(row.frozen, other, "L1"));
  }
  RepairRow cancel;
  cancel.cancels = true;
  cancel.target = "O2";
  cancel.frozen = request_for(cancel, "L1", "7", settings);
  CHECK(
      cancel.frozen.text ==
      R"~({"v":1,"key":"posSync:O2:square:cancel","square_version":"2025-08-20","body":"{\"idempotency_key\":\"posSync:O2:square:cancel\",\"order\":{\"location_id\":\"L1\",\"version\":7,\"state\":\"CANCELED\"}}"})~");
  CHECK(cancel.frozen.version == "7");
  CHECK(is_of_row(cancel.frozen, cancel, "L1"));
  CHECK_FALSE(is_of_row(cancel.frozen, cancel, "L2"));
  cancel.frozen = {};
  CHECK(generation_for(cancel, "8") == 1);
}

TEST_CASE("absence is proven by when it was sent, looked for and claimed, and by nothing else") {
  pos::Settings settings;
  RepairRow row;
  row.claimed_at = 1'000'000'000;
  row.last_sent_at = row.claimed_at - settings.quiet_on_clock_ms() - settings.settle_on_clock_ms();
  CHECK(absence_of(row, settings) == RepairEvent::absent_once);
  const std::int64_t next = next_look_in_ms(row, settings);
  CHECK(next > 0);
  row.absent_at = row.claimed_at - next;
  CHECK(absence_of(row, settings) == RepairEvent::absent);
  row.absent_at = row.claimed_at - next + 1;
  CHECK(absence_of(row, settings) != RepairEvent::absent);
  row.absent_at = 0;
  row.cancels = true;
  CHECK(absence_of(row, settings) == RepairEvent::absent);
  row.last_sent_at = row.claimed_at - 1;
  CHECK(absence_of(row, settings) == RepairEvent::absent_early);
  CHECK(next_look_in_ms(row, settings) > 1);
}

TEST_CASE("evidence of a repair is what its row says") {
  pos::Settings settings;
  settings.max_attempts = 77;
  RepairRow row;
  row.pending = true;
  row.in_doubt_since = 1;
  row.look = pos::repair::LookupReason::refused;
  row.attempts = 5;
  row.generation = 6;
  const pos::repair::RepairFacts evidence = evidence_of(row, settings);
  CHECK(evidence.pending);
  CHECK(evidence.in_doubt);
  CHECK(evidence.look == pos::repair::LookupReason::refused);
  CHECK(evidence.attempts == 5);
  CHECK(evidence.generation == 6);
  CHECK(evidence.most_attempts == 77);
  CHECK_FALSE(evidence_of(RepairRow{}, settings).in_doubt);
  CHECK_FALSE(evidence_of(RepairRow{}, settings).pending);
}

// ---- where an audit stands ----

TEST_CASE("where an audit stands in a list is kept whole, and it goes on from there") {
  LocationScan place;
  place.audit_id = "a1";
  place.location_id = "L1";
  place.edition = 2;
  place.from_ms = 10 * day;
  place.to_ms = 40 * day;
  place.stand("payments", "");
  CHECK(place.step == LocationStep::payments);
  CHECK(place.at.since_ms == 9 * day);
  CHECK(place.at.limit == 100);
  CHECK(place.at.follow("c1", 12 * day));
  CHECK(place.at.follow("c2", 12 * day));
  CHECK(place.at.idle == 1);
  const std::string stored = place.at.json();
  LocationScan other = place;
  other.stand("payments", stored);
  CHECK(other.at == place.at);
  CHECK(other.cursor == stored);
  CHECK(
      stored ==
      R"~({"since":777600000,"last":1036800000,"limit":100,"pages":2,"idle":1,"mark":"9c0abe51c6e6655d","cursor":"c2"})~");
  other.stand("orders", "");
  CHECK(other.at == ScanPosition{10 * day, 0, 500, "", 0, {}});
  other.stand("orders", "no JSON");
  CHECK(other.at == ScanPosition{10 * day, 0, 500, "", 0, {}});
  other.stand("refunds", "");
  CHECK(other.at == ScanPosition{10 * day, 0, 100, "", 0, {}});
  other.stand("nowhere", "");
  CHECK(other.step == LocationStep::done);
  place.at.go_on_without_cursor();
  CHECK(place.at.since_ms == 12 * day);
  CHECK(place.at.cursor.empty());
  CHECK(place.at.paging.mark().empty());
  CHECK(place.at.paging.pages() == 2);
  ScanPosition unread;
  unread.since_ms = 5;
  unread.go_on_without_cursor();
  CHECK(unread.since_ms == 5);
}

TEST_CASE("a list that brings nothing later for fifty pages has no end, nor has one of 50,000") {
  ScanPosition at;
  REQUIRE(at.follow("c", 5));
  for (int i = 1; i < 50; ++i) REQUIRE(at.follow("c" + std::to_string(i), 5));
  ScanPosition last = at;
  CHECK_FALSE(at.follow("d", 5));
  CHECK(last.follow("", 5));
  ScanPosition later = last;
  CHECK(later.follow("d", 6));
  CHECK(later.idle == 0);
  ScanPosition longest;
  longest.paging = pos::square::Paging(49'998, "");
  CHECK(longest.follow("c", 1));
  CHECK_FALSE(longest.follow("d", 2));
}

TEST_CASE("the steps of a reading follow each other, each by its own name") {
  std::string all;
  for (LocationStep step = LocationStep::location;; step = behind(step)) {
    all += std::string(name_of(step)) + " ";
    CHECK(pos::audit::location_step_of(name_of(step)) == step);
    if (step == LocationStep::done) break;
  }
  CHECK(all == "location orders payments refunds disputes grouping done ");
}

TEST_CASE("whatever Square answers to an audit's reading is waited for as it deserves, and said") {
  const std::string no = R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":")";
  const std::vector<std::pair<int, std::string>> answers = {
      {400, no + "BAD_REQUEST\"}]}"},
      {401, R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED"}]})"},
      {403, R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"INSUFFICIENT_SCOPES"}]})"},
      {404, no + "NOT_FOUND\"}]}"},
      {408, "{}"},
      {425, "{}"},
      {429, "{}"},
      {499, "{}"},
      {500, "{}"},
      {-1, ""},
      {200, "[]"},
      {200, R"({"orders":5,"payments":5,"refunds":5,"disputes":5})"},
  };
  std::string all = "\n";
  for (const char* path : {"/locations/", "/orders/search", "/payments", "/refunds", "/disputes"}) {
    for (const auto& answer : answers) {
      AuditWorld world;
      REQUIRE(world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})")
                  .status == 201);
      world.square.instead = [&](const pos::io::FetchCommand& fetch) {
        const bool hit = fetch.url.find(path) != std::string::npos;
        return world::SquareReply{hit ? answer.first : 0, answer.second};
      };
      std::string waits = "goes on";
      world.hears = [&](const pos::io::Command& command) {
        const auto* batch = std::get_if<pos::io::D1Command>(&command);
        if (batch == nullptr || batch->parameters.size() < 2) return;
        Document asked;
        REQUIRE(asked.parse(batch->parameters[1]));
        const pos::json::Value change = asked.root();
        if (change["note"].present())
          waits = "does without it: " + std::string(change["note"].text());
        if (batch->statements.front() != pos::store::Statement::audit_wait) return;
        waits = "waits " + std::to_string(change["delay_ms"].integer() / 1000) +
                (change["attempts"].integer() != 0 ? " s, an attempt" : " s") +
                (change["refused"].integer() != 0 ? ", refused: " : ": ") +
                std::string(change["last_error"].text());
      };
      world.tick();
      all += path + std::string(" ") + std::to_string(answer.first) + " " + waits + "\n";
    }
  }
  CHECK(all == R"~(
/locations/ 400 does without it: the location could not be read: 400 BAD_REQUEST
/locations/ 401 waits 600 s, refused: 401 UNAUTHORIZED
/locations/ 403 does without it: the location could not be read: 403 INSUFFICIENT_SCOPES
/locations/ 404 does without it: the location could not be read: 404 NOT_FOUND
/locations/ 408 waits 60 s, an attempt: 408 reply without errors
/locations/ 425 waits 60 s, an attempt: 425 reply without errors
/locations/ 429 waits 60 s: 429 reply without errors
/locations/ 499 waits 60 s, an attempt, refused: 499 reply without errors
/locations/ 500 waits 60 s, an attempt: 500 reply without errors
/locations/ -1 waits 60 s, an attempt, refused: -1 reply too large
/locations/ 200 waits 60 s, an attempt, refused: 200 unreadable reply
/locations/ 200 goes on
/orders/search 400 waits 3600 s, an attempt, refused: 400 BAD_REQUEST
/orders/search 401 waits 600 s, refused: 401 UNAUTHORIZED
/orders/search 403 waits 600 s, refused: 403 INSUFFICIENT_SCOPES
/orders/search 404 waits 3600 s, an attempt, refused: 404 NOT_FOUND
/orders/search 408 waits 60 s, an attempt: 408 reply without errors
/orders/search 425 waits 60 s, an attempt: 425 reply without errors
/orders/search 429 waits 60 s: 429 reply without errors
/orders/search 499 waits 60 s, an attempt, refused: 499 reply without errors
/orders/search 500 waits 60 s, an attempt: 500 reply without errors
/orders/search -1 waits 60 s, an attempt, refused: -1 reply too large
/orders/search 200 waits 60 s, an attempt, refused: 200 unreadable reply
/orders/search 200 waits 60 s, an attempt, refused: orders: a list that cannot be read
/payments 400 waits 3600 s, an attempt, refused: 400 BAD_REQUEST
/payments 401 waits 600 s, refused: 401 UNAUTHORIZED
/payments 403 waits 600 s, refused: 403 INSUFFICIENT_SCOPES
/payments 404 waits 3600 s, an attempt, refused: 404 NOT_FOUND
/payments 408 waits 60 s, an attempt: 408 reply without errors
/payments 425 waits 60 s, an attempt: 425 reply without errors
/payments 429 waits 60 s: 429 reply without errors
/payments 499 waits 60 s, an attempt, refused: 499 reply without errors
/payments 500 waits 60 s, an attempt: 500 reply without errors
/payments -1 waits 60 s, an attempt, refused: -1 reply too large
/payments 200 waits 60 s, an attempt, refused: 200 unreadable reply
/payments 200 waits 60 s, an attempt, refused: payments: a list that cannot be read
/refunds 400 waits 3600 s, an attempt, refused: 400 BAD_REQUEST
/refunds 401 waits 600 s, refused: 401 UNAUTHORIZED
/refunds 403 waits 600 s, refused: 403 INSUFFICIENT_SCOPES
/refunds 404 waits 3600 s, an attempt, refused: 404 NOT_FOUND
/refunds 408 waits 60 s, an attempt: 408 reply without errors
/refunds 425 waits 60 s, an attempt: 425 reply without errors
/refunds 429 waits 60 s: 429 reply without errors
/refunds 499 waits 60 s, an attempt, refused: 499 reply without errors
/refunds 500 waits 60 s, an attempt: 500 reply without errors
/refunds -1 waits 60 s, an attempt, refused: -1 reply too large
/refunds 200 waits 60 s, an attempt, refused: 200 unreadable reply
/refunds 200 waits 60 s, an attempt, refused: refunds: a list that cannot be read
/disputes 400 does without it: disputes could not be read: 400 BAD_REQUEST
/disputes 401 waits 600 s, refused: 401 UNAUTHORIZED
/disputes 403 does without it: disputes could not be read: 403 INSUFFICIENT_SCOPES
/disputes 404 does without it: disputes could not be read: 404 NOT_FOUND
/disputes 408 waits 60 s, an attempt: 408 reply without errors
/disputes 425 waits 60 s, an attempt: 425 reply without errors
/disputes 429 waits 60 s: 429 reply without errors
/disputes 499 waits 60 s, an attempt, refused: 499 reply without errors
/disputes 500 waits 60 s, an attempt: 500 reply without errors
/disputes -1 waits 60 s, an attempt, refused: -1 reply too large
/disputes 200 waits 60 s, an attempt, refused: 200 unreadable reply
/disputes 200 waits 60 s, an attempt, refused: disputes: a list that cannot be read
)~");
}

TEST_CASE(
    "a throttled audit waits as long as Square asks, and each failure doubles the next wait") {
  AuditWorld world;
  REQUIRE(
      world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})").status ==
      201);
  const auto wait = [&](int status, const std::string& retry_after) {
    world.square.retry_after = retry_after;
    world.square.instead = [=](const pos::io::FetchCommand&) {
      return world::SquareReply{status, "{}"};
    };
    world.database.execute("UPDATE pos_audit_places SET next_attempt_at = 0");
    std::int64_t delay_ms = -1;
    world.hears = [&](const pos::io::Command& command) {
      const auto* batch = std::get_if<pos::io::D1Command>(&command);
      if (batch == nullptr || batch->statements.front() != pos::store::Statement::audit_wait)
        return;
      Document asked;
      REQUIRE(asked.parse(batch->parameters[1]));
      delay_ms = asked.root()["delay_ms"].integer();
    };
    world.tick();
    return delay_ms;
  };
  CHECK(wait(429, "7") == 7000);
  CHECK(wait(429, "") == minute);
  const std::int64_t first = wait(500, "");
  CHECK(first == world.settings.retry_base_ms);
  CHECK(wait(500, "") == 2 * first);
  CHECK(wait(500, "") == 4 * first);
  for (int i = 0; i < 5; ++i) static_cast<void>(wait(500, ""));
  CHECK(wait(500, "") == 60 * minute);
}

TEST_CASE("orders that do not fit are read in smaller pages, down to one, and then it is said") {
  AuditWorld world;
  for (int i = 0; i < 3; ++i) {
    world::AuditSquare::Sold sold;
    sold.id = "o" + std::to_string(i);
    sold.at_ms = 1'788'220'800'000 + i * minute;
    world.square.sell(sold);
  }
  REQUIRE(
      world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})").status ==
      201);
  world.square.fits = 0;
  std::string limits;
  world.hears = [&](const pos::io::Command& command) {
    const auto* fetch = std::get_if<pos::io::FetchCommand>(&command);
    if (fetch == nullptr || fetch->body.empty()) return;
    Document body;
    REQUIRE(body.parse(fetch->body));
    limits += std::to_string(body.root()["limit"].integer()) + " ";
  };
  world.tick();
  CHECK(limits == "500 100 20 4 1 ");
  CHECK(world.database.text("SELECT step FROM pos_audit_places") == "orders");
  CHECK(world.database.text("SELECT last_error FROM pos_audit_places").find("too large") !=
        std::string::npos);
}

TEST_CASE("a dispute on a page behind the first is known to the plan") {
  AuditWorld world;
  for (int i = 0; i < 3; ++i) {
    world::AuditSquare::Sold sold;
    sold.id = "o" + std::to_string(i);
    sold.at_ms = 1'788'220'800'000 + i * minute;
    world.square.sell(sold);
    world.square.dispute(sold.id, sold.at_ms + day);
  }
  world.square.page_most = 1;
  REQUIRE(
      world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})").status ==
      201);
  world.read_all();
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_payments WHERE disputed <> 0") == 3);
}

TEST_CASE(
    "an order outside of the time that an audit is about is no row, and its page is read on") {
  LocationScan place;
  place.step = LocationStep::orders;
  place.from_ms = 1'795'284'000'000;  // 2026-11-21T18:00:00Z
  place.to_ms = place.from_ms + 1000;
  const auto rows_at = [&](const std::string& created) {
    Document body;
    const std::string order = R"({"id":"O1","location_id":"L1",)" + created +
                              R"("line_items":[{"name":"Adana","quantity":"1",)"
                              R"("base_price_money":{"amount":1}}],"total_money":)"
                              R"({"amount":1,"currency":"TRY"}})";
    REQUIRE(body.parse(R"({"orders":[)" + order + R"(],"cursor":"c"})"));
    const auto page = pos::audit::read_page(place, body.root());
    CHECK(page.readable);
    CHECK(page.cursor == "c");
    CHECK((page.rows.find("O1") != std::string::npos) == (page.count == 1));
    return page.count;
  };
  const auto at = [&](const std::string& time) {
    return rows_at(R"("created_at":")" + time + R"(",)");
  };
  CHECK(at("2026-11-21T17:59:59.999Z") == 0);
  CHECK(at("2026-11-21T18:00:00Z") == 1);
  CHECK(at("2026-11-21T18:00:00.999Z") == 1);
  CHECK(at("2026-11-21T18:00:01Z") == 0);
  CHECK(rows_at("") == 1);  // it was asked for by a time that it does not say
}

}  // namespace reads_test

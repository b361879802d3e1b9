// What is read out of Square's orders, payments, refunds and disputes.
#include "square/order_snapshot.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace sale_test {

using pos::json::Document;
using pos::square::DisputeSnapshot;
using pos::square::OrderSnapshot;
using pos::square::PaymentSnapshot;
using pos::square::RefundSnapshot;

namespace {

/// An order with these members more.
std::optional<OrderSnapshot> read(const std::string& members) {
  const std::string text =
      R"({"id":"O1","created_at":"2026-11-21T18:03:11.250Z","location_id":"L1")" + members + "}";
  Document document;
  REQUIRE(document.parse(text));
  return pos::square::read_sale(document.root());
}

OrderSnapshot sale(const std::string& members) {
  const auto found = read(members);
  REQUIRE(found);
  return *found;
}

template <typename Read>
auto object(const std::string& text, Read read_object) {
  Document document;
  REQUIRE(document.parse(text));
  return read_object(document.root());
}

std::string money(const char* name, int amount) {
  return ",\"" + std::string(name) + "\":{\"amount\":" + std::to_string(amount) +
         ",\"currency\":\"TRY\"}";
}

std::string lines(const std::string& text) { return ",\"line_items\":[" + text + "]"; }

const std::string cola = R"({"name":"Cola","quantity":"2","base_price_money":{"amount":500}})";
const std::string kebap =
    R"({"name":"Kebap","variation_name":"Large","quantity":"1","base_price_money":{"amount":9000},)"
    R"("modifiers":[{"name":"Hot","quantity":"1"},{"name":"Cheese",)"
    R"("base_price_money":{"amount":50}}]})";

}  // namespace

TEST_CASE("an order with nothing but an id and a time is a sale without anything") {
  const OrderSnapshot bare = sale("");
  CHECK(bare.id == "O1");
  CHECK(bare.location_id == "L1");
  CHECK(bare.created_at_ms == 1795284191250);
  CHECK(bare.kind == "sale");
  CHECK_FALSE(bare.paid);
  CHECK(bare.tax == "{}");
  CHECK(bare.reference_hash == 0);
  CHECK(bare.metadata_hash == 0);
  CHECK(bare.table_hash == 0);
  // Nothing is the same as what is missing.
  CHECK(bare.content_hash == 0);
  CHECK(bare.missing == "total_money line_items");
  CHECK(bare.fingerprint.empty());
}

TEST_CASE("an object without an id is none, nor is a payment without a time") {
  const auto read_order = [](pos::json::Value value) { return pos::square::read_sale(value); };
  const auto read_payment = [](pos::json::Value value) { return pos::square::read_payment(value); };
  CHECK_FALSE(object(R"({"created_at":"2026-11-21T18:03:11Z"})", read_order));
  // An order that does not say its time is listed as not comparable: it must not hold up the rest.
  for (const char* order : {R"({"id":"O1"})", R"({"id":"O1","created_at":"yesterday"})"}) {
    const auto timeless = object(order, read_order);
    REQUIRE(timeless);
    CHECK(timeless->created_at_ms == 0);
    CHECK(timeless->missing == "total_money line_items location_id created_at");
  }
  CHECK_FALSE(object(R"({"id":7,"created_at":"2026-11-21T18:03:11Z"})", read_order));
  CHECK_FALSE(object(R"([])", read_order));
  CHECK_FALSE(object(R"({"id":"P1"})", read_payment));
  CHECK_FALSE(object(R"({"created_at":"2026-11-21T18:03:11Z"})", read_payment));
}

TEST_CASE("what gives something back is a return, whatever else it is") {
  CHECK(sale(R"(,"returns":[{"source_order_id":"O0"}],"state":"COMPLETED")").kind == "return");
  CHECK(sale(R"(,"returns":[{}],"state":"CANCELED")").kind == "return");
  CHECK(sale(R"(,"source_order_id":"O0")").kind == "return");
  CHECK(sale(R"(,"return_amounts":{"total_money":{"amount":100}})").kind == "return");
  // The order that was sold has refunds, and is still a sale.
  CHECK(sale(R"(,"returns":[],"refunds":[{"id":"R1"}])").kind == "sale");
  CHECK(sale(R"(,"return_amounts":{"total_money":{"amount":0}})").kind == "sale");
}

TEST_CASE("canceled orders and drafts are no sales") {
  CHECK(sale(R"(,"state":"CANCELED")").kind == "canceled");
  CHECK(sale(R"(,"state":"DRAFT")").kind == "draft");
  CHECK(sale(R"(,"state":"OPEN")").kind == "sale");
  CHECK(sale(R"(,"state":"COMPLETED")").kind == "sale");
}

TEST_CASE("an order is paid when it is completed, or open with tenders and nothing due") {
  const std::string tenders = R"(,"tenders":[{"id":"T1"}])";
  CHECK(sale(R"(,"state":"COMPLETED")").paid);
  CHECK_FALSE(sale(R"(,"state":"OPEN")").paid);
  CHECK(sale(R"(,"state":"OPEN")" + tenders + money("net_amount_due_money", 0)).paid);
  CHECK_FALSE(sale(R"(,"state":"OPEN")" + tenders + money("net_amount_due_money", 100)).paid);
  CHECK_FALSE(sale(R"(,"state":"OPEN")" + money("net_amount_due_money", 0)).paid);
}

TEST_CASE(
    "an order of which a guest has paid a part is not paid, where Square leaves out what is due") {
  const auto open_with = [](const std::string& tenders) {
    return sale(R"(,"state":"OPEN","total_money":{"amount":1000,"currency":"TRY"},"tenders":[)" +
                tenders + "]");
  };
  const std::string half = R"({"id":"T","amount_money":{"amount":500,"currency":"TRY"}})";
  CHECK_FALSE(open_with(half).paid);
  CHECK(open_with(half + "," + half).paid);
  CHECK(open_with(half + "," + half + "," + half).paid);
  // What a tender came to is not there: that a guest has paid is all that is known.
  CHECK(open_with(R"({"id":"T"})").paid);
}

TEST_CASE("an order's names are its reference_id, our key, and the order's own id and revision") {
  const OrderSnapshot named =
      sale(R"(,"reference_id":"A1","metadata":{"pos_sync":"posSync:A1:square","order_id":"A1",)"
           R"("revision":"1"})");
  CHECK(named.reference_id == "A1");
  CHECK(named.pos_sync == "posSync:A1:square");
  CHECK(named.order_key == "A1");
  CHECK(sale(R"(,"metadata":{"order_id":"A1","revision":"2"})").order_key == "A1#r2");
  CHECK(sale(R"(,"metadata":{"revision":"2"})").order_key.empty());
  // An older pusher's copy has no key of ours, and is the same order.
  CHECK(sale(R"(,"metadata":{"order_id":"A1"})").metadata_hash == named.metadata_hash);
  CHECK(sale(R"(,"metadata":{"order_id":"A1","revision":"2"})").metadata_hash !=
        named.metadata_hash);
  CHECK(sale(R"(,"metadata":{"pos_sync":"A1"})").metadata_hash != named.metadata_hash);
  CHECK(sale(R"(,"metadata":{"pos_sync":"A1"})").metadata_hash > 0);
}

TEST_CASE("hashes have 52 bits, and differ by what they are of") {
  const std::int64_t hash = pos::square::hash_of("reference", "A1");
  CHECK(hash > 0);
  CHECK(hash < std::int64_t{1} << 52);
  CHECK(hash != pos::square::hash_of("table", "A1"));
  CHECK(hash == pos::square::hash_of("reference", "A1"));
  CHECK(pos::square::hash_of("reference", "") == 0);
}

TEST_CASE("who picks an order up is its customer: two guests' orders are not one sale") {
  const auto customer = [](const std::string& recipient) {
    return sale(R"(,"fulfillments":[{"type":"PICKUP"},{"type":"PICKUP","pickup_details":)"
                R"({"recipient":{)" +
                recipient + "}}}]")
        .customer_hash;
  };
  const std::int64_t ali = customer(R"("display_name":"Ali")");
  CHECK(ali != 0);
  CHECK(ali == customer(R"("display_name":"Ali")"));
  CHECK(ali != customer(R"("display_name":"Ayse")"));
  CHECK(customer(R"("display_name":"Ali","phone_number":"1")") !=
        customer(R"("display_name":"Ali","phone_number":"2")"));
  CHECK(customer("") == 0);
  CHECK(customer(R"("customer_id":"C1","display_name":"Ali")") ==
        sale(R"(,"customer_id":"C1")").customer_hash);
}

TEST_CASE("a table is the ticket's name, or what the metadata says") {
  CHECK(sale(R"(,"ticket_name":"T5","metadata":{"table_id":"T6"})").table_id == "T5");
  CHECK(sale(R"(,"ticket_name":"","metadata":{"table_id":"T6","table":"T7"})").table_id == "T6");
  CHECK(sale(R"(,"metadata":{"table":"T7"})").table_id == "T7");
}

TEST_CASE("content is the lines in any order, each quantity in any spelling") {
  const OrderSnapshot one = sale(money("total_money", 10000) + lines(cola + "," + kebap));
  CHECK(one.content.size() == 64);
  const auto same_as_one = [&](const std::string& members) {
    return sale(money("total_money", 10000) + members).content_hash == one.content_hash;
  };
  CHECK(same_as_one(lines(kebap + "," + cola)));
  const std::string two_point_zero =
      R"({"base_price_money":{"amount":500,"currency":"TRY"},"quantity":"2.0","name":"Cola",)"
      R"("uid":"x"})";
  CHECK(same_as_one(lines(two_point_zero + "," + kebap)));
  const std::string modifiers_turned =
      R"({"name":"Kebap","variation_name":"Large","quantity":"1",)"
      R"("base_price_money":{"amount":9000},)"
      R"("modifiers":[{"name":"Cheese","quantity":"1","base_price_money":{"amount":50}},)"
      R"({"name":"Hot"}]})";
  CHECK(same_as_one(lines(cola + "," + modifiers_turned)));
  CHECK_FALSE(same_as_one(lines(cola)));
  // One guest wants it rare: these are two guests' dishes.
  std::string rare = kebap;
  rare.insert(rare.size() - 1, R"(,"note":"az pişmiş")");
  CHECK_FALSE(same_as_one(lines(cola + "," + rare)));
  CHECK_FALSE(same_as_one(lines(cola + "," + kebap + "," + cola)));
  for (const auto& [from, to] : {std::pair{"\"2\"", "\"3\""},
                                 {"Cola", "Fanta"},
                                 {"500", "501"},
                                 {"Large", "Small"},
                                 {"Hot", "Mild"},
                                 {"50}", "60}"}}) {
    std::string changed = cola + "," + kebap;
    changed.replace(changed.find(from), std::string(from).size(), to);
    CHECK_MESSAGE(!same_as_one(lines(changed)), changed);
  }
}

TEST_CASE("content is the amount without the tip, in its currency") {
  const OrderSnapshot unpaid = sale(money("total_money", 10000) + lines(cola));
  const OrderSnapshot tipped =
      sale(money("total_money", 10500) + money("total_tip_money", 500) + lines(cola));
  CHECK(unpaid.content == tipped.content);
  CHECK(tipped.total == 10500);
  CHECK(tipped.tip == 500);
  CHECK(tipped.currency == "TRY");
  CHECK(sale(money("total_money", 10500) + lines(cola)).content != unpaid.content);
  CHECK(sale(R"(,"total_money":{"amount":10000,"currency":"EUR"})" + lines(cola)).content !=
        unpaid.content);
}

TEST_CASE("taxes are summed by rate, as the order says or as its lines do") {
  CHECK(sale(R"(,"taxes":[{"percentage":"10.0","applied_money":{"amount":600}},)"
             R"({"percentage":"7.50","applied_money":{"amount":12}},)"
             R"({"percentage":"10","applied_money":{"amount":36}}])")
            .tax == R"({"10":636,"7.5":12})");
  CHECK(sale(R"(,"taxes":[{"uid":"t1","percentage":"20"}],"line_items":[)"
             R"({"applied_taxes":[{"tax_uid":"t1","applied_money":{"amount":5}},)"
             R"({"tax_uid":"t2","applied_money":{"amount":7}}]},)"
             R"({"applied_taxes":[{"tax_uid":"t1","applied_money":{"amount":6}}]}])")
            .tax == R"({"20":11})");
}

TEST_CASE("tax of which nobody says the rate is there all the same") {
  CHECK(sale(money("total_tax_money", 90)).tax == R"({"other":90})");
  CHECK(sale(R"(,"taxes":[{"percentage":"10","applied_money":{"amount":60}}])" +
             money("total_tax_money", 90))
            .tax == R"({"10":60,"other":30})");
  CHECK(sale(R"(,"taxes":[{"percentage":"10","applied_money":{"amount":90}}])" +
             money("total_tax_money", 90))
            .tax == R"({"10":90})");
}

TEST_CASE("a payment is its total with the tip, what was given back, and what it cost") {
  const auto payment = object(
      R"({"id":"P1","order_id":"O1","location_id":"L1","created_at":"2026-11-21T18:03:11Z",
          "status":"COMPLETED","source_type":"CARD","amount_money":{"amount":1000,"currency":"EUR"},
          "tip_money":{"amount":100},"total_money":{"amount":1100,"currency":"EUR"},
          "refunded_money":{"amount":30},"refund_ids":["R1","R2"],
          "processing_fee":[{"amount_money":{"amount":25}},{"amount_money":{"amount":-5}}]})",
      [](pos::json::Value value) { return pos::square::read_payment(value); });
  REQUIRE(payment);
  CHECK(payment->order_id == "O1");
  CHECK(payment->status == "COMPLETED");
  CHECK(payment->source_type == "CARD");
  CHECK(payment->amount == 1100);
  CHECK(payment->currency == "EUR");
  CHECK(payment->refunded == 30);
  CHECK(payment->fee == 20);
  CHECK(payment->refund_ids == std::vector<std::string>{"R1", "R2"});
  const auto without_total =
      object(R"({"id":"P1","created_at":"2026-11-21T18:03:11Z","amount_money":{"amount":1000,)"
             R"("currency":"EUR"},
          "tip_money":{"amount":100}})",
             [](pos::json::Value value) { return pos::square::read_payment(value); });
  REQUIRE(without_total);
  CHECK(without_total->amount == 1100);
  CHECK(without_total->currency == "EUR");
}

TEST_CASE(
    "what two guests have paid with differs: cards, bank accounts, wallets and sales elsewhere") {
  const auto paid_with = [](const std::string& details) {
    const auto payment =
        object(R"({"id":"P1","created_at":"2026-11-21T18:03:11Z",)" + details + "}",
               [](pos::json::Value value) { return pos::square::read_payment(value); });
    REQUIRE(payment);
    return payment->instrument_hash;
  };
  const std::set<std::int64_t> instruments = {
      paid_with(R"("card_details":{"card":{"fingerprint":"F"}})"),
      paid_with(R"("card_details":{"card":{"fingerprint":"G"}})"),
      paid_with(R"("bank_account_details":{"fingerprint":"F"})"),
      paid_with(R"("bank_account_details":{"fingerprint":"G"})"),
      paid_with(R"("wallet_details":{"cash_app_details":{"buyer_cashtag":"F"}})"),
      paid_with(R"("external_details":{"source":"Wolt","source_id":"F"})"),
      paid_with(R"("external_details":{"source":"Wolt","source_id":"G"})"),
      paid_with(R"("external_details":{"source":"Getir","source_id":"F"})")};
  CHECK(instruments.size() == 8);
  CHECK(instruments.count(0) == 0);
  CHECK(paid_with(R"("external_details":{"source":"Wolt"})") == 0);
  CHECK(paid_with(R"("source_type":"CASH")") == 0);
}

TEST_CASE("a refund whose end is not known takes from what may be refunded") {
  const auto refund = [](const std::string& status) {
    const auto found = object(
        R"({"id":"R1","payment_id":"P1","order_id":"O2","reason":"double","status":")" + status +
            R"(","amount_money":{"amount":30,"currency":"EUR"},)"
            R"("created_at":"2026-11-21T18:03:11Z"})",
        [](pos::json::Value value) { return pos::square::read_refund(value); });
    REQUIRE(found);
    CHECK(found->payment_id == "P1");
    CHECK(found->amount == 30);
    CHECK(found->reason == "double");
    return *found;
  };
  CHECK(refund("PENDING").is_pending());
  CHECK(refund("").is_pending());
  CHECK(refund("NEW_STATUS").is_pending());
  CHECK_FALSE(refund("COMPLETED").is_pending());
  CHECK(refund("COMPLETED").is_completed());
  CHECK_FALSE(refund("REJECTED").is_pending());
  CHECK_FALSE(refund("FAILED").is_pending());
  CHECK_FALSE(refund("FAILED").is_completed());
}

TEST_CASE("a dispute stands until it is won or closed") {
  const auto dispute = [](const std::string& state) {
    const auto found =
        object(R"({"id":"D1","disputed_payment":{"payment_id":"P1"},"state":")" + state + R"("})",
               [](pos::json::Value value) { return pos::square::read_dispute(value); });
    REQUIRE(found);
    CHECK(found->payment_id == "P1");
    return found->stands();
  };
  CHECK(dispute("EVIDENCE_REQUIRED"));
  CHECK(dispute("LOST"));
  CHECK(dispute("ACCEPTED"));
  CHECK(dispute("SOMETHING_NEW"));
  CHECK_FALSE(dispute("WON"));
  CHECK_FALSE(dispute("INQUIRY_CLOSED"));
}

}  // namespace sale_test

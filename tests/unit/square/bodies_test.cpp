#include <doctest/doctest.h>

#include <string>

#include "base/json/value.hpp"
#include "square/bodies.hpp"
#include "square/payload.hpp"
#include "square/provider.hpp"

namespace bodies_test {

using pos::Identity;
using pos::square::create_order_body;
using pos::square::create_payment_body;
using pos::square::Order;
using pos::square::with_order_id;

namespace {

const Identity identity{"A-1001", "square", 1};

Order read(const std::string& text) {
  pos::json::Document document;
  REQUIRE_MESSAGE(document.parse(text), document.error());
  Order order;
  const auto errors = pos::square::read_payload(document.root(), order);
  REQUIRE_MESSAGE(errors.empty(), pos::to_string(errors));
  return order;
}

Order simple() {
  return read(R"({"currency":"TRY","items":[{"name":"Çay","quantity":"1","unit_price":1500}]})");
}

Order taxed(const std::string& first, const std::string& second) {
  return read(R"({"currency":"EUR","tax_inclusive":false,"items":[
    {"name":"a","quantity":"1","unit_price":100,"tax_percentage":)" +
              first + R"(},
    {"name":"b","quantity":"1","unit_price":100,"tax_percentage":)" +
              second + "}]}");
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the smallest order is sent with these bytes") {
  CHECK(
      create_order_body(identity, simple(), "L1") ==
      R"({"idempotency_key":"posSync:A-1001:square","order":{"location_id":"L1",)"
      R"("reference_id":"A-1001","source":{"name":"pos-sync"},"line_items":[)"
      R"({"uid":"i1","name":"Çay","quantity":"1","base_price_money":{"amount":1500,"currency":"TRY"}}],)"
      R"("metadata":{"pos_sync":"posSync:A-1001:square","order_id":"A-1001","revision":"1"}}})");
}

TEST_CASE("an order with everything is sent with these bytes") {
  const Order order = read(
      R"({"currency":"TRY","placed_at":"2026-11-21T18:03:11Z","table_id":"7","items":[
          {"name":"Adana Kebabı","quantity":"2","unit_price":35000,"tax_percentage":"10","note":"az \"acılı\""},
          {"name":"Kıyma","quantity":"0.250","unit_price":40000,"tax_percentage":"20"},
          {"name":"Su","quantity":"1","unit_price":500}],
          "discount":500,"service_charge":1000})");
  CHECK(
      create_order_body({"A-1001", "square", 2}, order, "L1") ==
      R"({"idempotency_key":"posSync:A-1001:square:r2","order":{"location_id":"L1",)"
      R"("reference_id":"A-1001","source":{"name":"pos-sync"},"ticket_name":"7","line_items":[)"
      R"({"uid":"i1","name":"Adana Kebabı","quantity":"2","base_price_money":{"amount":35000,"currency":"TRY"},)"
      R"("note":"az \"acılı\"","applied_taxes":[{"tax_uid":"t1"}]},)"
      R"({"uid":"i2","name":"Kıyma","quantity":"0.25","quantity_unit":{"measurement_unit":)"
      R"({"type":"TYPE_GENERIC","generic_unit":"UNIT"},"precision":2},)"
      R"("base_price_money":{"amount":40000,"currency":"TRY"},"applied_taxes":[{"tax_uid":"t2"}]},)"
      R"({"uid":"i3","name":"Su","quantity":"1","base_price_money":{"amount":500,"currency":"TRY"}}],)"
      R"("taxes":[{"uid":"t1","name":"Tax 10%","type":"INCLUSIVE","percentage":"10","scope":"LINE_ITEM"},)"
      R"({"uid":"t2","name":"Tax 20%","type":"INCLUSIVE","percentage":"20","scope":"LINE_ITEM"}],)"
      R"("discounts":[{"uid":"d1","name":"Discount","type":"FIXED_AMOUNT",)"
      R"("amount_money":{"amount":500,"currency":"TRY"},"scope":"ORDER"}],)"
      R"("service_charges":[{"uid":"s1","name":"Service charge","amount_money":{"amount":1000,"currency":"TRY"},)"
      R"("calculation_phase":"TOTAL_PHASE","taxable":false}],)"
      R"("metadata":{"pos_sync":"posSync:A-1001:square:r2","order_id":"A-1001","revision":"2",)"
      R"("placed_at":"2026-11-21T18:03:11Z"}}})");
}

TEST_CASE("the same order is always the same bytes") {
  CHECK(create_order_body(identity, simple(), "L1") == create_order_body(identity, simple(), "L1"));
}

TEST_CASE("one added rate for all is a tax of the order that nobody blocks") {
  const std::string body = create_order_body(identity, taxed("\"10\"", "\"10.0\""), "L1");
  CHECK(contains(body, R"("type":"ADDITIVE","percentage":"10","scope":"ORDER"}])"));
  CHECK_FALSE(contains(body, "pricing_blocklists"));
  CHECK_FALSE(contains(body, "applied_taxes"));
}

// Square rounds a tax of the order once, as we do; how it rounds taxes of items is not written.
TEST_CASE("several added rates are taxes of the order, and an item blocks those of the others") {
  const std::string one = create_order_body(identity, taxed("\"10\"", "null"), "L1");
  CHECK(contains(one, R"("type":"ADDITIVE","percentage":"10","scope":"ORDER"}])"));
  CHECK(contains(one, R"({"uid":"i1","name":"a","quantity":"1",)"
                      R"("base_price_money":{"amount":100,"currency":"EUR"}},)"));
  CHECK(contains(one, R"("currency":"EUR"},"pricing_blocklists":)"
                      R"({"blocked_taxes":[{"tax_uid":"t1"}]}}],"taxes")"));
  const std::string two = create_order_body(identity, taxed("\"10\"", "\"20\""), "L1");
  CHECK(contains(two, R"("pricing_blocklists":{"blocked_taxes":[{"tax_uid":"t2"}]}},{"uid":"i2")"));
  CHECK(contains(two, R"("pricing_blocklists":{"blocked_taxes":[{"tax_uid":"t1"}]}}],"taxes")"));
  CHECK_FALSE(contains(two, "LINE_ITEM"));
  CHECK_FALSE(contains(two, "applied_taxes"));
}

TEST_CASE("metadata values are never empty and hold the raw order id") {
  const std::string id = std::string(199, 'x') + "\"";
  const std::string body = create_order_body({id, "square", 1}, simple(), "L1");
  pos::json::Document document;
  REQUIRE(document.parse(body));
  const auto metadata = document.root()["order"]["metadata"];
  CHECK(metadata["order_id"].text() == id);
  CHECK(metadata["pos_sync"].text() == document.root()["idempotency_key"].text());
  CHECK_FALSE(metadata["placed_at"].present());
  CHECK_FALSE(document.root()["order"]["ticket_name"].present());
  CHECK(document.root()["order"]["reference_id"].text().size() == 40);
}

TEST_CASE("cash is supplied with its tip") {
  const Order order = read(R"({"currency":"GBP","tip":200,"payment":{"type":"cash","amount":1500},
      "items":[{"name":"Pie","quantity":"1","unit_price":1500}]})");
  CHECK(
      create_payment_body(identity, order, "L1") ==
      R"({"idempotency_key":"posSync:A-1001:square:payment","order_id":"{{pos_sync:order_id}}",)"
      R"("source_id":"CASH","location_id":"L1","reference_id":"A-1001",)"
      R"("amount_money":{"amount":1500,"currency":"GBP"},"tip_money":{"amount":200,"currency":"GBP"},)"
      R"("cash_details":{"buyer_supplied_money":{"amount":1700,"currency":"GBP"}}})");
}

TEST_CASE("who took the cash is noted at its payment, which has no other place for it") {
  const Order order = read(
      R"({"currency":"GBP","payment":{"type":"cash","source":"till 2","amount":1500},
      "items":[{"name":"Pie","quantity":"1","unit_price":1500}]})");
  CHECK(contains(create_payment_body(identity, order, "L1"),
                 R"("cash_details":{"buyer_supplied_money":{"amount":1500,"currency":"GBP"}},)"
                 R"("note":"till 2"})"));
}

TEST_CASE("an external payment names who took the money and our order") {
  const Order order = read(
      R"({"currency":"TRY","payment":{"type":"external","source":"thMenu","amount":1500},
      "items":[{"name":"Çay","quantity":"1","unit_price":1500}]})");
  CHECK(create_payment_body(identity, order, "L1") ==
        R"({"idempotency_key":"posSync:A-1001:square:payment","order_id":"{{pos_sync:order_id}}",)"
        R"("source_id":"EXTERNAL","location_id":"L1","reference_id":"A-1001",)"
        R"("amount_money":{"amount":1500,"currency":"TRY"},)"
        R"("external_details":{"type":"OTHER","source":"thMenu","source_id":"A-1001"}})");
}

TEST_CASE("an order without payment has no payment body") {
  CHECK(create_payment_body(identity, simple(), "L1").empty());
  CHECK(with_order_id("", "X").empty());
}

TEST_CASE("Square's order id goes into its own place and nowhere else") {
  Order order = read(R"({"currency":"TRY","payment":{"type":"external","amount":1500,
      "source":"\"order_id\":\"{{pos_sync:order_id}}\""},
      "items":[{"name":"Çay","quantity":"1","unit_price":1500}]})");
  const Identity hostile{"{{pos_sync:order_id}}", "square", 1};
  const std::string body = with_order_id(create_payment_body(hostile, order, "L1"), "ab\"c");
  pos::json::Document document;
  REQUIRE(document.parse(body));
  CHECK(document.root()["order_id"].text() == "ab\"c");
  CHECK(document.root()["external_details"]["source"].text() ==
        R"("order_id":"{{pos_sync:order_id}}")");
  CHECK(document.root()["external_details"]["source_id"].text() == "{{pos_sync:order_id}}");
  CHECK(document.root()["reference_id"].text() == "{{pos_sync:order_id}}");
}

TEST_CASE("variations and modifiers are sent with these bytes") {
  const Order order = read(
      R"({"currency":"KWD","items":[{"name":"Adana","variation":"Büyük","quantity":"2",
          "unit_price":2500,"note":"n","modifiers":[{"name":"Kaşar","quantity":2,"unit_price":250},
          {"name":"Soğansız","unit_price":0}]}]})");
  CHECK(contains(
      create_order_body(identity, order, "L1"),
      R"("line_items":[{"uid":"i1","name":"Adana","variation_name":"Büyük","quantity":"2",)"
      R"("base_price_money":{"amount":2500,"currency":"KWD"},"note":"n","modifiers":[)"
      R"({"uid":"i1m1","name":"Kaşar","quantity":"2","base_price_money":{"amount":250,"currency":"KWD"}},)"
      R"({"uid":"i1m2","name":"Soğansız","quantity":"1","base_price_money":{"amount":0,"currency":"KWD"}}]}])"));
}

// Square takes no payment of 0.
TEST_CASE("an order that costs nothing is settled by PayOrder, under the key of its payment") {
  const Order order = read(
      R"({"currency":"TRY","discount":1500,"payment":{"type":"external","source":"x","amount":0},
      "items":[{"name":"Çay","quantity":"1","unit_price":1500}]})");
  const std::string body = create_payment_body(identity, order, "L1");
  CHECK(body == R"({"idempotency_key":"posSync:A-1001:square:payment","payment_ids":[]})");
  CHECK(with_order_id(body, "O1") == body);
}

TEST_CASE("an order that costs nothing and asks for no payment stays open") {
  const Order order =
      read(R"({"currency":"TRY","items":[{"name":"Su","quantity":"1","unit_price":0}]})");
  CHECK(create_payment_body(identity, order, "L1").empty());
}

TEST_CASE("the path of PayOrder names the order, whatever its id is") {
  using pos::square::path_of;
  using pos::square::Request;
  pos::push::Ledger ledger;
  CHECK(path_of(Request::payment, ledger, "O1-_.~") == "/v2/orders/O1-_.~/pay");
  CHECK(path_of(Request::payment, ledger, "a/b?c#d%") == "/v2/orders/a%2Fb%3Fc%23d%25/pay");
  CHECK(path_of(Request::order, ledger, "O1") == "/v2/orders");
  ledger.total = 1;
  CHECK(path_of(Request::payment, ledger, "O1") == "/v2/payments");
}

}  // namespace bodies_test

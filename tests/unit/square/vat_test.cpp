// The VAT of our books is what Square computes for the bodies that we send.
#include <doctest/doctest.h>

#include "square/bodies.hpp"
#include "square/frozen_order.hpp"
#include "square/payload.hpp"
#include "square/vat.hpp"

namespace vat_test {

using pos::square::gross_of;
using pos::square::Order;
using pos::square::Rounding;
using pos::square::Vat;
using pos::square::vat_of;

namespace {

Order read(const std::string& payload) {
  pos::json::Document document;
  REQUIRE(document.parse(payload));
  Order order;
  REQUIRE(pos::to_string(pos::square::read_payload(document.root(), order)) == "");
  return order;
}

std::string item(const std::string& price, const std::string& rate) {
  return R"({"name":"x","quantity":"1","unit_price":)" + price + R"(,"tax_percentage":")" + rate +
         R"("})";
}

std::string payload(const std::string& items, const std::string& more = "") {
  return R"({"currency":"TRY","items":[)" + items + "]" + more + "}";
}

/// The same order, read back from the bytes that would be frozen for it.
Order thawed(const Order& order) {
  pos::json::Document body;
  REQUIRE(body.parse(pos::square::create_order_body({"A", "square", 1}, order, "L")));
  Order again;
  REQUIRE(pos::square::read_frozen_order(body.root(), again));
  return again;
}

}  // namespace

TEST_CASE("VAT that prices include is taken out of all lines at once if they share a rate") {
  // 1.05 at 10 % is 0.0955 of each, 0.2864 of three: 29, and not three times 10.
  const Order order =
      read(payload(item("105", "10") + "," + item("105", "10") + "," + item("105", "10")));
  CHECK(vat_of(order, Rounding::as_sent) == Vat{{"10", 29}});
  CHECK(vat_of(order, Rounding::of_lines) == Vat{{"10", 30}});
  CHECK(gross_of(order, Rounding::as_sent) == 315);
  CHECK(gross_of(order, Rounding::of_lines) == 315);
}

TEST_CASE("VAT of items with several rates is rounded at each of them") {
  const Order order =
      read(payload(item("105", "10") + "," + item("105", "10") + "," + item("230", "7.5")));
  CHECK(vat_of(order, Rounding::as_sent) == Vat{{"10", 20}, {"7.5", 16}});
}

TEST_CASE("VAT that is added is rounded once over all that has its rate, and is in the gross") {
  const std::string added = R"(,"tax_inclusive":false)";
  const Order order = read(payload(
      item("105", "10") + "," + item("105", "10") + "," + item("200", "5") + "," + item("50", "0"),
      added));
  CHECK(vat_of(order, Rounding::as_sent) == Vat{{"10", 21}, {"5", 10}});
  CHECK(gross_of(order, Rounding::as_sent) == order.total);
  CHECK(order.total == 491);
  // 10.5 is 10 at each of two lines.
  CHECK(vat_of(order, Rounding::of_lines) == Vat{{"10", 20}, {"5", 10}});
  CHECK(gross_of(order, Rounding::of_lines) == 490);
}

TEST_CASE("a discount lowers the VAT, a service charge and a tip do not raise it") {
  const std::string more = R"(,"discount":100,"service_charge":50,"tip":70,)"
                           R"("payment":{"type":"cash","amount":1050})";
  const Order order = read(payload(item("1100", "10"), more));
  CHECK(vat_of(order, Rounding::as_sent) == Vat{{"10", 91}});
  CHECK(gross_of(order, Rounding::as_sent) == 1050);
}

TEST_CASE("frozen bytes say the same money as the payload that they were made of") {
  const std::string items[] = {
      item("105", "10") + "," + item("105", "10"),
      item("105", "10") + "," + item("230", "7.5") + "," + item("50", "0"),
      item("50", "0"),
      R"({"name":"x","quantity":"1.250","unit_price":333,"tax_percentage":"20","modifiers":)"
      R"([{"name":"m","quantity":"3","unit_price":17},{"name":"n","unit_price":5}]})",
  };
  const std::string mores[] = {
      "",
      R"(,"tax_inclusive":false)",
      R"(,"discount":20,"service_charge":7,"placed_at":"2026-11-21T18:03:11Z","table_id":"7")",
      R"(,"tax_inclusive":false,"discount":33)",
  };
  for (const std::string& each : items) {
    for (const std::string& more : mores) {
      CAPTURE(each);
      CAPTURE(more);
      const Order order = read(payload(each, more));
      const Order again = thawed(order);
      CHECK(again.total == order.total);
      CHECK(again.currency == order.currency);
      CHECK(again.placed_at == order.placed_at);
      CHECK(again.tax_inclusive ==
            (order.tax_inclusive || vat_of(order, Rounding::as_sent).empty()));
      CHECK(vat_of(again, Rounding::as_sent) == vat_of(order, Rounding::as_sent));
      CHECK(gross_of(again, Rounding::as_sent) == order.total);
    }
  }
}

}  // namespace vat_test

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "base/decimal.hpp"
#include "square/totals.hpp"

namespace totals_test {

using pos::parse_decimal;
using pos::square::apportion;
using pos::square::Item;
using pos::square::item_amount;
using pos::square::line_amount;
using pos::square::Modifier;
using pos::square::Order;
using pos::square::order_total;

namespace {

Item item(std::int64_t unit_price, const char* tax = "", const char* quantity = "1") {
  Item made;
  made.name = "x";
  made.quantity = quantity;
  made.unit_price = unit_price;
  made.tax_percentage = tax;
  return made;
}

Order with_tax_added(std::vector<Item> items) {
  Order order;
  order.items = std::move(items);
  order.tax_inclusive = false;
  return order;
}

}  // namespace

TEST_CASE("a decimal is digits and at most one point between them") {
  CHECK(parse_decimal("12.50")->units == 1250);
  CHECK(parse_decimal("12.50")->fraction_digits == 2);
  CHECK(parse_decimal("999999999999")->units == 999999999999);
  for (const char* text : {"", ".", "1.", ".5", "01", "00.5", "-1", "+1", "1e2", "1,5", " 1", "1 ",
                           "1.2.3", "1234567890123"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text));
  }
}

TEST_CASE("a line is rounded half to even") {
  CHECK(line_amount("2", 35000) == 70000);
  CHECK(line_amount("0.5", 1) == 0);
  CHECK(line_amount("0.5", 3) == 2);
  CHECK(line_amount("0.5", 5) == 2);
  CHECK(line_amount("1.5", 3) == 4);
  CHECK(line_amount("0.50001", 1) == 1);
  CHECK(line_amount("0.33333", 100) == 33);
  CHECK(line_amount("2.25", 1999) == 4498);
}

TEST_CASE("a line that does not fit is nothing, not a wrong number") {
  CHECK(line_amount("1", INT64_MAX) == INT64_MAX);
  CHECK_FALSE(line_amount("2", INT64_MAX));
  CHECK_FALSE(line_amount("999999999999", INT64_MAX));
  CHECK_FALSE(line_amount("1", -1));
  CHECK_FALSE(line_amount("x", 1));
}

TEST_CASE("a tax that is in the price adds nothing") {
  Order order;
  order.items = {item(35000, "10", "2"), item(4000, "20")};
  CHECK(order_total(order) == 74000);
}

// Square OpenAPI, OrderLineItem.gross_sales_money: the variation's total and each modifier's, and
// money is whole.
TEST_CASE("a modifier multiplies with its line, and each product is rounded by itself") {
  Item line = item(1000, "", "3");
  line.modifiers = {Modifier{"a", "2", 50}, Modifier{"b", "1", 0}, Modifier{"c", "0", 700}};
  CHECK(item_amount(line) == 3300);
  line = item(1, "", "0.5");
  line.modifiers = {Modifier{"a", "1", 1}};
  CHECK(item_amount(line) == 0);  // two halves, each to the even 0
  line.modifiers = {Modifier{"a", "1", 3}, Modifier{"b", "3", 1}};
  CHECK(item_amount(line) == 0 + 2 + 2);
}

TEST_CASE("modifiers that do not fit are nothing") {
  Item line = item(1, "", "999999999999");
  line.modifiers = {Modifier{"a", "999", 9007199254740991}};
  CHECK_FALSE(item_amount(line));
  line = item(INT64_MAX);
  line.modifiers = {Modifier{"a", "1", 1}};
  CHECK_FALSE(item_amount(line));
  line = item(0);
  line.modifiers = {Modifier{"a", "999", 9007199254740991}};
  CHECK(item_amount(line) == 8998192055486250009);
}

TEST_CASE("modifiers are taxed and discounted with their line") {
  Order order = with_tax_added({item(1000, "10"), item(500)});
  order.items[0].modifiers = {Modifier{"a", "1", 500}};
  CHECK(order_total(order) == 2000 + 150);
  order.discount = 200;
  CHECK(order_total(order) == 1800 + 135);
}

// The examples are what developers report of Square's own answers.
TEST_CASE("an added tax is rounded half to even") {
  CHECK(order_total(with_tax_added({item(600, "11.75")})) == 670);
  CHECK(order_total(with_tax_added({item(3020, "11.75")})) == 3375);
  CHECK(order_total(with_tax_added({item(545, "10")})) == 599);
  CHECK(order_total(with_tax_added({item(600, "9.75")})) == 658);
}

TEST_CASE("a tax is rounded once over its lines, not line by line") {
  CHECK(order_total(with_tax_added({item(1500, "8.875"), item(800, "8.875"), item(695, "8.875"),
                                    item(695, "8.875")})) == 3690 + 327);
  CHECK(order_total(with_tax_added({item(1880, "8.875"), item(695, "8.875")})) == 2575 + 229);
}

TEST_CASE("each rate is rounded by itself") {
  CHECK(order_total(with_tax_added({item(5, "10"), item(5, "20"), item(7)})) == 17 + 0 + 1);
}

TEST_CASE("the discount comes off before tax, the service charge is not taxed") {
  Order order = with_tax_added({item(1000, "10"), item(1000, "20")});
  order.discount = 200;
  CHECK(order_total(order) == 1800 + 90 + 180);
  order.service_charge = 150;
  CHECK(order_total(order) == 1800 + 90 + 180 + 150);
}

TEST_CASE("a discount larger than the items has no total") {
  Order order = with_tax_added({item(1000)});
  order.discount = 1000;
  CHECK(order_total(order) == 0);
  order.discount = 1001;
  CHECK_FALSE(order_total(order));
}

TEST_CASE("shares add up, and the odd unit goes to the largest remainder, the earlier line first") {
  CHECK(apportion(100, {1, 1, 1}) == std::vector<std::int64_t>{34, 33, 33});
  CHECK(apportion(2, {1, 1, 1}) == std::vector<std::int64_t>{1, 1, 0});
  CHECK(apportion(10, {5, 0, 10}) == std::vector<std::int64_t>{3, 0, 7});
  CHECK(apportion(5, {0, 0}) == std::vector<std::int64_t>{0, 0});
  CHECK(apportion(0, {3}) == std::vector<std::int64_t>{0});
  for (std::int64_t amount = 0; amount <= 60; ++amount) {
    const auto shares = apportion(amount, {7, 13, 1, 39});
    CHECK(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}) == amount);
  }
}

TEST_CASE("sums that do not fit are nothing") {
  CHECK_FALSE(order_total(with_tax_added({item(INT64_MAX), item(1)})));
  CHECK_FALSE(order_total(with_tax_added({item(INT64_MAX, "100")})));
  Order order = with_tax_added({item(INT64_MAX)});
  order.service_charge = 1;
  CHECK_FALSE(order_total(order));
}

}  // namespace totals_test

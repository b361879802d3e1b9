// What stands at Square, out of answers that leave out what is not certain to be there.
#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "base/json/value.hpp"
#include "square/object_state.hpp"

namespace standing_test {

namespace {

std::optional<pos::square::OrderState> order_of(const std::string& text) {
  pos::json::Document document;
  REQUIRE(document.parse(text));
  return pos::square::read_standing_order(document.root());
}

constexpr char front[] =
    R"({"id":"O1","version":4,"total_money":{"amount":700,"currency":"EUR"},"state":)";

}  // namespace

TEST_CASE("an order that does not say what is due is read by its tenders") {
  const auto unpaid = order_of(std::string(front) + R"("OPEN"})");
  REQUIRE(unpaid);
  CHECK(unpaid->is_unpaid());
  CHECK_FALSE(unpaid->is_paid());

  const std::string tenders =
      R"("OPEN","tenders":[{"id":"P1","amount_money":{"amount":700,"currency":"EUR"}}]})";
  const auto paid = order_of(front + tenders);
  REQUIRE(paid);
  CHECK(paid->is_paid());
  CHECK_FALSE(paid->is_unpaid());
}

TEST_CASE("a tender whose amount cannot be read leaves it open what is due: nothing is decided") {
  CHECK_FALSE(order_of(std::string(front) + R"("OPEN","tenders":[{"id":"P1"}]})"));
}

TEST_CASE("a completed order without tenders is neither unpaid nor known to be paid") {
  const auto order = order_of(std::string(front) + R"("COMPLETED"})");
  REQUIRE(order);
  CHECK_FALSE(order->is_unpaid());
  CHECK_FALSE(order->is_paid());
}

}  // namespace standing_test

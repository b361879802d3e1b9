// The model of Square is held to what Square's documentation says of its reading endpoints: a test
// that reads back is only as good as what it reads.
#include "harness/square_model.hpp"
#include "harness/duration.hpp"

#include <doctest/doctest.h>

#include "base/json/value.hpp"
#include "base/text.hpp"

namespace square_model_test {

using world::SquareModel;

namespace {

constexpr std::int64_t now = 1'795'000'000'000;  // 2026-11-18T11:06:40Z
using duration::minute;

std::string order_body(const std::string& id, const std::string& location = "L1",
                       const std::string& source = "pos-sync") {
  return pos::concat(R"({"idempotency_key":"key of )", id, R"(","order":{"location_id":")",
                     location, R"(","reference_id":")", id, R"(","source":{"name":")", source,
                     R"("},"line_items":[{"quantity":"2","base_price_money":{"amount":150,)"
                     R"("currency":"TRY"}}],"metadata":{"pos_sync":"posSync:)",
                     id, R"(:square","order_id":")", id, R"(","revision":"1"}}})");
}

std::string search_body(const std::string& more = {}, std::int64_t since = now - minute) {
  return pos::concat(
      R"({"location_ids":["L1"],"query":{"filter":{"date_time_filter":{"created_at":)"
      R"({"start_at":")",
      world::rfc3339(since),
      R"("}},"source_filter":{"source_names":["pos-sync"]}},"sort":)"
      R"({"sort_field":"CREATED_AT","sort_order":"ASC"}})",
      more, "}");
}

/// The ids of a search's reply, with blanks between them.
std::string found(const std::string& reply, std::string* cursor = nullptr) {
  pos::json::Document document;
  REQUIRE(document.parse(reply));
  std::string ids;
  const auto orders = document.root()["orders"];
  for (auto each = orders.first(); each.present(); each = each.next()) {
    ids += (ids.empty() ? "" : " ") + std::string(each["reference_id"].text());
  }
  if (cursor != nullptr) *cursor = document.root()["cursor"].text();
  return ids;
}

std::string searched(SquareModel& square, std::int64_t at = now) {
  return found(square.apply("/v2/orders/search", search_body(), at).body);
}

}  // namespace

TEST_CASE("a search of the model shows an order only once its lag is over, a retrieval at once") {
  SquareModel square;
  square.search_lag_ms = minute;
  const auto booked = square.apply("/v2/orders", order_body("A1"), now);
  CHECK(searched(square, now + minute - 1).empty());
  CHECK(searched(square, now + minute) == "A1");
  CHECK(square.apply("/v2/orders/" + square.orders.front().id, "", now).body == booked.body);
  square.retrieve_lag_ms = 1;
  CHECK(square.apply("/v2/orders/" + square.orders.front().id, "", now).status == 404);
}

TEST_CASE("a search of the model finds by location, time and source name, and by nothing else") {
  SquareModel square;
  square.apply("/v2/orders", order_body("A1"), now - 2 * minute);
  square.apply("/v2/orders", order_body("A2"), now - minute);
  square.apply("/v2/orders", order_body("A3", "L2"), now);
  square.place(order_body("A4", "L1", "Square Register"), now);
  square.apply("/v2/orders", order_body("A5"), now);
  CHECK(searched(square) == "A2 A5");
}

TEST_CASE("a search of the model that must find nothing once finds all the next time") {
  SquareModel square;
  square.apply("/v2/orders", order_body("A1"), now);
  square.wrongly_empty = 1;
  CHECK(searched(square).empty());
  CHECK(searched(square) == "A1");
}

TEST_CASE("the pages of a search hold each order once, also where one shows up between them") {
  SquareModel square;
  square.page_most = 2;
  for (int i = 1; i <= 5; ++i) {
    square.apply("/v2/orders", order_body("A" + std::to_string(i)), now + i);
  }
  std::string cursor;
  CHECK(found(square.apply("/v2/orders/search", search_body(), now).body, &cursor) ==
        "");  // nothing has landed by then
  auto page = square.apply("/v2/orders/search", search_body(), now + minute).body;
  CHECK(found(page, &cursor) == "A1 A2");
  square.place(order_body("A0"), now);
  page =
      square.apply("/v2/orders/search", search_body(R"(,"cursor":")" + cursor + "\""), now + minute)
          .body;
  CHECK(found(page, &cursor) == "A3 A4");
  page =
      square.apply("/v2/orders/search", search_body(R"(,"cursor":")" + cursor + "\""), now + minute)
          .body;
  CHECK(found(page, &cursor) == "A5");
  CHECK(cursor.empty());
}

TEST_CASE("the model refuses a search without locations, or sorted by another field") {
  SquareModel square;
  CHECK(square.apply("/v2/orders/search", R"({"location_ids":[]})", now).status == 400);
  CHECK(square
            .apply("/v2/orders/search",
                   R"({"location_ids":["L1"],"query":{"filter":{"date_time_filter":)"
                   R"({"created_at":{"start_at":"2026-11-20T00:00:00Z"}}},)"
                   R"("sort":{"sort_field":"UPDATED_AT"}}})",
                   now)
            .status == 400);
  CHECK(square
            .apply("/v2/orders/search",
                   R"({"location_ids":["L1"],"query":{"filter":{"date_time_filter":)"
                   R"({"created_at":{"start_at":"yesterday"}}}}})",
                   now)
            .status == 400);
}

TEST_CASE("a paid order of the model names its payment, a canceled one takes none") {
  SquareModel square;
  square.apply("/v2/orders", order_body("A1"), now);
  square.apply("/v2/orders", order_body("A2"), now);
  const std::string first = square.orders[0].id;
  const std::string second = square.orders[1].id;
  const auto payment = [](const std::string& order) {
    return pos::concat(R"({"idempotency_key":"pays )", order, R"(","order_id":")", order,
                       R"(","location_id":"L1","amount_money":{"amount":300,"currency":"TRY"}})");
  };
  CHECK(square.apply("/v2/payments", payment(first), now).status == 200);
  square.cancel(second);
  CHECK(square.apply("/v2/payments", payment(second), now).status == 400);

  pos::json::Document paid;
  REQUIRE(paid.parse(square.apply("/v2/orders/" + first, "", now).body));
  const auto order = paid.root()["order"];
  CHECK(order["state"].equals("COMPLETED"));
  CHECK(order["net_amount_due_money"]["amount"].integer() == 0);
  CHECK(order["total_money"]["amount"].integer() == 300);
  CHECK(order["tenders"].at(0)["payment_id"].text() == square.payments.front().id);

  pos::json::Document canceled;
  const std::string ids = R"({"order_ids":[")" + second + R"(","unknown"]})";
  REQUIRE(canceled.parse(square.apply("/v2/orders/batch-retrieve", ids, now).body));
  CHECK(canceled.root()["orders"].size() == 1);
  CHECK(canceled.root()["orders"].at(0)["state"].equals("CANCELED"));
}

TEST_CASE("the model lists the payments of one location, late as its searches are") {
  SquareModel square;
  square.search_lag_ms = minute;
  square.apply("/v2/orders", order_body("A1"), now);
  square.apply(
      "/v2/payments",
      pos::concat(R"({"idempotency_key":"p","order_id":")", square.orders[0].id,
                  R"(","location_id":"L1","amount_money":{"amount":300,"currency":"TRY"}})"),
      now);
  const auto listed = [&](const char* location, std::int64_t at) {
    pos::json::Document document;
    REQUIRE(document.parse(square
                               .apply(pos::concat("/v2/payments?location_id=", location,
                                                  "&begin_time=2026-11-18T00%3A00%3A00.000Z",
                                                  "&sort_order=ASC&limit=100"),
                                      "", at)
                               .body));
    return document.root()["payments"].size();
  };
  CHECK(listed("L1", now + minute - 1) == 0);
  CHECK(listed("L1", now + minute) == 1);
  CHECK(listed("L2", now + minute) == 0);
}

TEST_CASE("PayOrder of the model completes an order that costs nothing, once per key") {
  SquareModel square;
  std::string body = order_body("A1");
  body.replace(body.find("150"), 3, "0");
  square.apply("/v2/orders", body, now);
  const std::string path = "/v2/orders/" + square.orders[0].id + "/pay";
  const std::string pay = R"({"idempotency_key":"pays","payment_ids":[]})";
  CHECK(square.apply(path, pay, now).status == 200);
  CHECK(square.apply(path, pay, now).status == 200);
  CHECK(square.orders[0].completed);
  square.apply("/v2/orders", order_body("A2"), now);
  CHECK(square
            .apply("/v2/orders/" + square.orders[1].id + "/pay",
                   R"({"idempotency_key":"more","payment_ids":[]})", now)
            .status == 400);
}

}  // namespace square_model_test

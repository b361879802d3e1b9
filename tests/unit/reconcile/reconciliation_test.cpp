// GET /v1/reconciliation, on real SQLite and a Square that answers from a script.
#include <doctest/doctest.h>

#include <string>

#include "reconcile/period.hpp"
#include "unit/repair/shop.hpp"

namespace reconciliation_test {

using namespace shop;

namespace {

/// An answer, taken apart.
struct Answer {
  Document document;

  explicit Answer(const DoneCommand& done) {
    INFO(done.body);
    REQUIRE(done.status == 200);
    REQUIRE(document.parse(done.body));
    CHECK(root()["explained"].boolean());
  }
  [[nodiscard]] Value root() const { return document.root(); }
  [[nodiscard]] Value date(const std::string& date) const {
    const Value days = root()["days"];
    for (Value each = days.first(); each.present(); each = each.next()) {
      if (each["date"].text() == date) return each;
    }
    return {};
  }
  [[nodiscard]] Value total() const { return root()["totals"].first(); }
  /// The reasons of all lines, in their order.
  [[nodiscard]] std::string reasons() const {
    std::string all;
    const Value days = root()["days"];
    for (Value each = days.first(); each.present(); each = each.next()) {
      const Value lines = each["lines"];
      for (Value line = lines.first(); line.present(); line = line.next()) {
        all += concat(all.empty() ? "" : " ", line["reason"].text());
      }
    }
    return all;
  }
};

std::string refusal_of(Shop& shop, const std::string& from, const std::string& to, int status) {
  const DoneCommand done = shop.ask(from, to);
  INFO(done.body);
  CHECK(done.status == status);
  return done.body;
}

}  // namespace

TEST_CASE("before a repair the books show the overcount in gross and VAT, after it nothing") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.push("A2", payload(item(2200, "10"), evening), ms_of(evening), "S3");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  shop.stand("S2", "A1", ms_of(evening) + 60'000, 1100, tax("10", 100));
  shop.stand("S3", "A2", ms_of(evening), 2200, tax("10", 200));
  const Answer before(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(before.reasons() == "duplicate");
  CHECK(before.root()["restaurant_id"].text() == "adana");
  CHECK(before.root()["location_id"].text() == "L1");
  CHECK(before.root()["time_zone"].text() == "Europe/Istanbul");
  CHECK(before.root()["currency"].text() == "TRY");
  const Value today = before.date("2026-11-21");
  CHECK(today["ours"]["orders"].integer() == 2);
  CHECK(today["ours"]["gross"].integer() == 3300);
  CHECK(today["ours"]["vat"]["10"].integer() == 300);
  CHECK(today["square"]["gross"].integer() == 4400);
  CHECK(today["square"]["vat_total"].integer() == 400);
  CHECK(today["difference"]["gross"].integer() == 1100);
  CHECK(today["difference"]["vat"].integer() == 100);
  const Value line = today["lines"].first();
  CHECK(line["order_id"].text() == "A1");
  CHECK(line["external_order_id"].text() == "S2");
  CHECK(before.total()["by_reason"]["duplicate"]["gross"].integer() == 1100);
  CHECK(before.total()["by_reason"].size() == 1);

  shop.refund("S2", 1100);
  const Answer after(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(after.reasons().empty());
  CHECK(after.total()["difference"]["orders"].integer() == 0);
  CHECK(after.total()["difference"]["gross"].integer() == 0);
  CHECK(after.total()["difference"]["vat"].integer() == 0);
}

TEST_CASE("a day begins and ends at midnight of the restaurant, not of UTC") {
  Shop shop;
  // In Istanbul it is 00:30 on the 22nd, and Square heard of it at 00:40.
  const std::string placed = "2026-11-21T21:30:00Z";
  shop.push("A1", payload(item(1100, "10"), placed), ms_of(placed) + 600'000, "S1");
  shop.stand("S1", "A1", ms_of(placed) + 600'000, 1100, tax("10", 100));
  // And one that was placed at 23:59 and made at Square on the day after.
  const std::string late = "2026-11-22T20:59:00Z";
  shop.push("A2", payload(item(500, "10"), late), ms_of(late) + 300'000, "S2");
  shop.stand("S2", "A2", ms_of(late) + 300'000, 500, tax("10", 45));
  const Answer answer(shop.ask("2026-11-21", "2026-11-23"));
  CHECK(answer.root()["days"].size() == 3);
  CHECK(answer.date("2026-11-21")["ours"]["orders"].integer() == 0);
  CHECK(answer.date("2026-11-22")["ours"]["orders"].integer() == 2);
  CHECK(answer.date("2026-11-22")["square"]["orders"].integer() == 2);
  CHECK(answer.date("2026-11-23")["square"]["orders"].integer() == 0);
  CHECK(answer.reasons().empty());
  // One that an older pusher has sent, and whose id nobody knows.
  shop.adopt("A3", payload(item(700, "10"), late), ms_of(late));
  shop.stand("S3", "A3", ms_of(late) + 600'000, 700, tax("10", 64));
  // A day alone still finds the partner that was made outside of it.
  CHECK(Answer(shop.ask("2026-11-22", "2026-11-22")).reasons().empty());
  CHECK(Answer(shop.ask("2026-11-23", "2026-11-23")).reasons().empty());
}

TEST_CASE("the day on which the clocks go back has 25 hours, all of them its own") {
  Shop shop;
  shop.square.zone = "Europe/Dublin";
  const std::int64_t begins = ms_of("2026-10-24T23:00:00Z");
  for (int i = 0; i < 26; ++i) {
    const std::string id = concat("A", std::int64_t{i});
    const std::string placed = to_rfc3339(begins + i * hour);
    shop.push(id, payload(item(100, "10"), placed), begins + i * hour, "S" + id);
    shop.stand("S" + id, id, begins + i * hour, 100, tax("10", 9));
  }
  const Answer answer(shop.ask("2026-10-25", "2026-10-25"));
  CHECK(answer.root()["days"].size() == 1);
  CHECK(answer.total()["ours"]["orders"].integer() == 25);
  CHECK(answer.total()["square"]["orders"].integer() == 25);
  CHECK(answer.reasons().empty());
}

TEST_CASE("moments are taken as they are, and the last one is not included") {
  Shop shop;
  shop.push("A1", payload(item(100, "10"), evening), ms_of(evening), "S1");
  shop.stand("S1", "A1", ms_of(evening), 100, tax("10", 9));
  const auto sold = [&](const std::string& from, const std::string& to) {
    return Answer(shop.ask(from, to)).total()["ours"]["orders"].integer();
  };
  CHECK(sold(evening, "2026-11-21T18:03:12Z") == 1);
  CHECK(sold("2026-11-21T21:03:11+03:00", "2026-11-23") == 1);
  CHECK(sold("2026-11-21T18:00:00Z", evening) == 0);
  CHECK(sold("2026-11-21T18:03:12Z", "2026-11-22T18:00:00Z") == 0);
  const Answer two(shop.ask("2026-11-21T18:00:00Z", "2026-11-21T21:00:01Z"));
  CHECK(two.root()["days"].size() == 2);  // in Istanbul it ends a second after midnight
}

TEST_CASE("tips are no part of the gross, on either side") {
  Shop shop;
  const std::string tipped = R"(,"tip":150,"payment":{"type":"cash","amount":1100})";
  shop.push("A1", payload(item(1100, "10"), evening, tipped), ms_of(evening), "S1");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100), 150);
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.total()["ours"]["gross"].integer() == 1100);
  CHECK(answer.total()["square"]["gross"].integer() == 1100);
  CHECK(answer.reasons().empty());
}

TEST_CASE("VAT is told by rate, included or added") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10") + "," + item(1200, "20"), evening), ms_of(evening),
            "S1");
  shop.stand("S1", "A1", ms_of(evening), 2300,
             R"([{"percentage":"10","applied_money":{"amount":100,"currency":"TRY"}},)"
             R"({"percentage":"20.0","applied_money":{"amount":200,"currency":"TRY"}}])");
  shop.push("A2", payload(item(1000, "7.5"), evening, R"(,"tax_inclusive":false)"), ms_of(evening),
            "S2");
  shop.stand("S2", "A2", ms_of(evening), 1075, tax("7.5", 75));
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.reasons().empty());
  for (const char* side : {"ours", "square"}) {
    CHECK(answer.total()[side]["gross"].integer() == 3375);
    CHECK(answer.total()[side]["vat"]["10"].integer() == 100);
    CHECK(answer.total()[side]["vat"]["20"].integer() == 200);
    CHECK(answer.total()[side]["vat"]["7.5"].integer() == 75);
    CHECK(answer.total()[side]["vat_total"].integer() == 375);
  }
}

TEST_CASE("rows that an older pusher has left count, with and without a ledger") {
  Shop shop;
  shop.adopt("A1", payload(item(1100, "10"), evening), ms_of(evening));
  shop.adopt("A2", payload(item(1100, "10"), evening), ms_of(evening));
  // As the migration adopts them: booked, with no bytes.
  shop.database.execute(concat(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, first_sent_at, "
      "booked_at) VALUES ('A2', 'square', 1, 'adana', ",
      ms_of(evening), ", ", ms_of(evening), ")"));
  // One whose row was purged, and one whose payload was of an older time.
  shop.database.execute(concat(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, first_sent_at, "
      "booked_at) VALUES ('A3', 'square', 1, 'adana', ",
      ms_of(evening), ", ", ms_of(evening), ")"));
  shop.adopt("A4", R"({"items":"?"})", ms_of(evening));
  for (int i = 1; i <= 4; ++i) {
    const std::string id = concat(std::int64_t{i});
    shop.stand("S" + id, "A" + id, ms_of(evening), 1100, tax("10", 100));
  }
  shop.stand("S5", "A2", ms_of(evening) + 60'000, 1100, tax("10", 100));
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.total()["ours"]["orders"].integer() == 4);
  CHECK(answer.total()["ours"]["gross"].integer() == 4400);
  CHECK(answer.reasons() == "duplicate");
}

TEST_CASE("an order of ours of another day, in doubt or dead says whose Square's order is") {
  Shop shop;
  // Sold on this day, but called booked weeks later.
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening) + 60 * day);
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  shop.database.execute(concat(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, first_sent_at, "
      "in_doubt_since) VALUES ('A2', 'square', 1, 'adana', ",
      ms_of(evening), ", 1)"));
  shop.stand("S2", "A2", ms_of(evening), 500, tax("10", 45));
  shop.database.execute(
      "INSERT INTO pos_sync_queue (order_id, restaurant_id, payload, status, last_error) "
      "VALUES ('A3', 'adana', '{}', 'dead', 'unknown_outcome: adopted as dead')");
  shop.stand("S3", "", ms_of(evening), 500, tax("10", 45), 0, 0, R"({"order_id":"A3"})");
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.total()["ours"]["orders"].integer() == 1);
  CHECK(answer.reasons() == "unknown unknown");
  const Value lines = answer.date("2026-11-21")["lines"];
  CHECK(lines.at(0)["detail"].text() == "our order is in doubt");
  CHECK(lines.at(0)["order_id"].text() == "A2");
  CHECK(lines.at(1)["detail"].text() ==
        "our order is not sold: dead, unknown_outcome: adopted as dead");
}

TEST_CASE("an order that was placed on a day and pushed weeks later counts on its day") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening) + 20 * day, "S1");
  shop.stand("S1", "A1", ms_of(evening) + 20 * day, 1100, tax("10", 100));
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.total()["ours"]["orders"].integer() == 1);
  CHECK(answer.reasons().empty());  // asked for by its id
  CHECK(Answer(shop.ask("2026-12-11", "2026-12-11")).reasons().empty());
}

TEST_CASE("an order that no search shows is asked for by its id before it is called missing") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.push("A2", payload(item(1100, "10"), evening), ms_of(evening), "S9");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  shop.square.hides_orders = true;
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.reasons() == "missing");
  CHECK(answer.date("2026-11-21")["lines"].first()["order_id"].text() == "A2");
}

TEST_CASE("a payment that no list shows is asked for by its id before its order counts") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  shop.refund("S1", 1100);
  shop.square.hides_payments = true;
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).reasons() == "refunded");
}

TEST_CASE("a refund that is under way has given nothing back yet, whatever its payment says") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  shop.stand("S2", "A1", ms_of(evening) + 1, 1100, tax("10", 100), 0, 1100);
  const std::string pending =
      concat(R"({"id":"RS2","payment_id":"PS2","status":"PENDING","created_at":")", evening,
             R"(","amount_money":{"amount":1100,"currency":"TRY"}})");
  shop.square.refunds.push_back({"RS2", ms_of(evening), pending});
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.reasons() == "duplicate");
  CHECK(answer.date("2026-11-21")["lines"].first()["detail"].text() ==
        "a copy of S1; a refund of 1100 TRY is under way");
  shop.square.refunds.clear();
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).reasons().empty());
}

TEST_CASE("the copies of an audit are duplicates although nothing of ours is like them") {
  Shop shop;
  shop.stand("S1", "", ms_of(evening), 1100, tax("10", 100));
  shop.stand("S2", "", ms_of(evening) + 60'000, 1100, tax("10", 100));
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).reasons() == "unknown unknown");
  const auto audit = [&](const std::string& id, const std::string& confidence,
                         std::int64_t created_at) {
    shop.database.execute(
        concat("INSERT INTO pos_audits (id, from_at, to_at, window_ms, created_at) VALUES ('", id,
               "', ", ms_of("2026-11-01T00:00:00Z"), ", ", ms_of("2026-12-01T00:00:00Z"), ", 1, ",
               created_at, ")"));
    shop.database.execute(concat(
        "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step) VALUES ('", id,
        "', 'L1', 'adana', 'done')"));
    shop.database.execute(
        "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
        "confidence, first_at, plan) VALUES (?1, 'g1', 1, 'L1', 'adana', ?2, CAST(?3 AS INTEGER), "
        R"('{"orders":[{"id":"S1","role":"survivor"},{"id":"S2","role":"duplicate"}]}'))",
        {id, confidence, concat(ms_of(evening))});
  };
  audit("u1", "probable", 1);
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.reasons() == "duplicate unknown");
  CHECK(answer.date("2026-11-21")["lines"].first()["external_order_id"].text() == "S2");
  // The newest audit is the one that is believed, and what is only possible is not.
  audit("u2", "possible", 2);
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).reasons() == "unknown unknown");
  // Of a group that was approved is also what only an audit has seen since.
  shop.stand("S3", "", ms_of(evening) + 90'000, 1100, tax("10", 100));
  shop.database.execute(
      "UPDATE pos_audit_groups SET confidence = 'certain', plan = "
      R"('{"orders":[{"id":"S3","role":"survivor"},{"id":"S2","role":"duplicate"}]}')"
      " WHERE audit_id = 'u2'");
  // What was approved stands above every audit.
  shop.database.execute(
      "INSERT INTO pos_repair_orders (external_order_id, group_key, role, audit_id, group_id, "
      "approved_at) VALUES ('S1', 'S2', 'duplicate', 'u1', 'g1', 1), "
      "('S2', 'S2', 'survivor', 'u1', 'g1', 1)");
  const Answer approved(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(approved.reasons() == "duplicate duplicate unknown");
  const Value lines = approved.date("2026-11-21")["lines"];
  CHECK(lines.at(0)["external_order_id"].text() == "S1");
  CHECK(lines.at(1)["external_order_id"].text() == "S3");
}

TEST_CASE("the default account has the books of all restaurants without one of their own") {
  Shop shop("");
  shop.database.execute("UPDATE pos_accounts SET location_id = 'L1' WHERE restaurant_id = ''");
  shop.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('own', 'L2')");
  for (const char* id : {"", "a", "b", "own"}) {
    shop.restaurant = id;
    const std::string order = std::string("A-") + id;
    shop.push(order, payload(item(1100, "10"), evening), ms_of(evening), "S-" + order);
    if (std::string(id) != "own") {
      shop.stand("S-" + order, order, ms_of(evening), 1100, tax("10", 100));
    }
  }
  shop.restaurant = "c";
  shop.adopt("A-c", payload(item(1100, "10"), evening), ms_of(evening));
  for (const char* id : {"", "a"}) {
    shop.restaurant = id;
    const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
    CHECK(answer.total()["ours"]["orders"].integer() == 4);
    CHECK(answer.root()["account"].text().empty());
    CHECK(answer.reasons() == "missing");  // that of c
  }
}

TEST_CASE("what is read comes in pages, on both sides, and each thing counts once") {
  Shop shop;
  constexpr int orders = 2300;
  for (int i = 0; i < orders; ++i) {
    const std::string id = concat("A", std::int64_t{i});
    const std::int64_t at = ms_of(evening) + i / 3;  // some at the same moment
    shop.push(id, payload(item(110, "10"), to_rfc3339(at)), at, i % 2 == 0 ? "S" + id : "");
    shop.stand("S" + id, id, at, 110, tax("10", 10));
  }
  shop.square.page = 70;
  const Answer answer(shop.ask("2026-11-01", "2026-12-15"));
  CHECK(answer.root()["days"].size() == 45);
  CHECK(answer.total()["ours"]["orders"].integer() == orders);
  CHECK(answer.total()["square"]["gross"].integer() == 110 * orders);
  CHECK(answer.reasons().empty());
}

TEST_CASE("orders that do not fit into a reply are asked for from the start, in smaller pages") {
  Shop shop;
  constexpr int orders = 450;
  for (int i = 0; i < orders; ++i) {
    const std::string id = concat("A", std::int64_t{i});
    shop.push(id, payload(item(110, "10"), evening), ms_of(evening), "S" + id);
    shop.stand("S" + id, id, ms_of(evening), 110, tax("10", 10));
  }
  // The first page fits; of the others none of more than 40 does.
  shop.square.mischief = [&](const std::string& url) -> std::pair<int, std::string> {
    if (url != "/v2/orders/search") return {};
    Document asked;
    REQUIRE(asked.parse(shop.square.bodies.back()));
    const std::string cursor(asked.root()["cursor"].text());
    const std::int64_t limit = asked.root()["limit"].integer();
    if (!cursor.empty() && shop.square.limit_of[cursor] != limit) {
      return {400, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_CURSOR"}]})"};
    }
    for (std::int64_t next = 0; next <= orders; ++next) shop.square.limit_of[concat(next)] = limit;
    return {!cursor.empty() && limit > 40 ? -1 : 0, ""};
  };
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.total()["square"]["orders"].integer() == orders);
  CHECK(answer.reasons().empty());
}

TEST_CASE("an outage of Square's that passes is not noticed, one that stays is told") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  int times = 2;
  shop.square.mischief = [&](const std::string& url) -> std::pair<int, std::string> {
    const bool hit = url == "/v2/orders/search" && times-- > 0;
    return {hit ? 503 : 0, "{}"};
  };
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).reasons().empty());
  times = 3;
  CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 503).find("503") != std::string::npos);
  // A list that cannot be read proves nothing: least of all that an order is missing.
  shop.square.mischief = [](const std::string& url) -> std::pair<int, std::string> {
    return {url == "/v2/orders/search" ? 200 : 0, R"({"orders":[{}]})"};
  };
  CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 503).find("cannot be read") !=
        std::string::npos);
}

TEST_CASE("books of a list that has no end are refused in words, after a bounded number of pages") {
  for (const std::string list : {"/v2/payments", "/v2/refunds", "/v2/orders/search"}) {
    for (const int circle : {1, 2, 5, 0}) {
      CAPTURE(list);
      CAPTURE(circle);
      Shop shop;
      shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
      shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
      shop.subrequests = 2000;
      int pages = 0;
      shop.square.mischief = [&](const std::string& url) -> std::pair<int, std::string> {
        if (url.rfind(list, 0) != 0) return {0, ""};
        const int next = circle == 0 ? ++pages : ++pages % circle;
        return {200, concat("{\"cursor\":\"c", std::int64_t{next}, "\"}")};
      };
      CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 503).find("does not come to an end") !=
            std::string::npos);
      CHECK(pages <= (circle == 0 ? 500 : 16));
    }
  }
}

TEST_CASE("what Square refuses is told in its words, with how long it asks to wait") {
  Shop shop;
  shop.square.mischief = [](const std::string&) -> std::pair<int, std::string> {
    return {401,
            R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"ACCESS_TOKEN_EXPIRED"}]})"};
  };
  CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 503).find("ACCESS_TOKEN_EXPIRED") !=
        std::string::npos);
  CHECK(shop.square.urls.size() == 1);
  shop.square.mischief = [](const std::string& url) -> std::pair<int, std::string> {
    const char* body = R"({"errors":[{"category":"RATE_LIMIT_ERROR","code":"RATE_LIMITED"}]})";
    return {url.rfind("/v2/payments", 0) == 0 ? 429 : 0, body};
  };
  const DoneCommand throttled = shop.ask("2026-11-21", "2026-11-21");
  CHECK(throttled.status == 503);
  CHECK(throttled.retry_after_seconds == 7);
  shop.database.execute(
      concat("UPDATE pos_accounts SET pause_reason = 'throttled', paused_until = ",
             shop.database.now_ms + 30'000, " WHERE restaurant_id = 'adana'"));
  const auto sent = shop.square.urls.size();
  CHECK(shop.ask("2026-11-21", "2026-11-21").retry_after_seconds == 31);
  CHECK(shop.square.urls.size() == sent);
}

TEST_CASE("what does not fit into one answer says how far it came and asks for fewer days") {
  Shop shop;
  for (int i = 0; i < 300; ++i) {
    const std::string id = concat("S", std::int64_t{i});
    shop.stand(id, "", ms_of(evening) + i, 110, tax("10", 10));
  }
  shop.square.page = 10;
  shop.wall_ms = 2000;
  std::string said = refusal_of(shop, "2026-11-21", "2026-11-21", 503);
  CHECK(said.find("ask for fewer days") != std::string::npos);
  CHECK(said.find(" payments and ") != std::string::npos);
  CHECK(shop.square.urls.size() <= 26);  // 50 seconds of them, for the last one may take ten
  shop.wall_ms = 0;
  shop.subrequests = 50;
  said = refusal_of(shop, "2026-11-21", "2026-11-21", 503);
  CHECK(said.find("the last of them of 2026-11-21T18:03:11") != std::string::npos);
  shop.subrequests = 900;
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).total()["square"]["orders"].integer() == 300);
}

TEST_CASE("bad days are refused by their names, before anything is asked") {
  Shop shop;
  const auto says = [&](const std::string& from, const std::string& to, const char* field) {
    CAPTURE(from);
    CAPTURE(to);
    const std::string body = refusal_of(shop, from, to, 422);
    CHECK(body.find(concat(R"("field":")", field, "\"")) != std::string::npos);
  };
  says("", "2026-11-21", "from");
  says("2026-11-21", "", "to");
  says("2026-02-30", "2026-11-21", "from");
  says("21.11.2026", "2026-11-21", "from");
  says("2026-11-21", "2026-11-20", "to");
  says("2026-11-21T18:00:00Z", "2026-11-21T18:00:00Z", "to");
  says("2026-01-01", "2026-04-04", "to");
  says("1969-01-01", "1969-01-02", "from");
  says("9998-12-31", "9999-01-01", "to");
  CHECK(shop.square.urls.empty());
  CHECK(Answer(shop.ask("2026-01-01", "2026-04-03")).root()["days"].size() == 93);
}

TEST_CASE("a restaurant that is not known here, and a time zone that is none, are told") {
  Shop shop;
  shop.restaurant = "nobody";
  CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 404).find("nobody") != std::string::npos);
  // It is known, but it has no location, and neither have all others.
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 404).find("no location") != std::string::npos);
  shop.restaurant = "adana";
  shop.square.zone = "Mars";
  CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 409).find("Mars") != std::string::npos);
  shop.square.zone = "Europe/Dublin";
  shop.database.execute("UPDATE pos_accounts SET time_zone = 'Europe/Istanbul'");
  shop.square.urls.clear();
  const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(answer.root()["time_zone"].text() == "Europe/Istanbul");
  for (const std::string& each : shop.square.urls)
    CHECK(each.find("locations") == std::string::npos);
}

TEST_CASE("where Square does not say the time zone, the books are of days of UTC, and say so") {
  const char* no_scope =
      R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"INSUFFICIENT_SCOPES"}]})";
  const char* nowhere = R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})";
  const char* nothing = R"({"location":{"id":"L1"}})";
  const std::pair<int, std::string> answers[] = {{403, no_scope}, {404, nowhere}, {200, nothing}};
  for (const auto& location : answers) {
    Shop shop;
    shop.square.mischief = [&](const std::string& url) {
      const bool asked = url.rfind("/v2/locations/", 0) == 0;
      return asked ? location : std::pair<int, std::string>(0, "");
    };
    const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
    CHECK(answer.root()["time_zone"].text() == "UTC");
    CHECK(answer.root()["note"].text().find("profile") != std::string::npos);
    CHECK(shop.ask("2026-11-21", "2026-11-21", true).body.find("days are those of UTC") !=
          std::string::npos);
  }
}

TEST_CASE("as CSV each day is a row and each line another, and no cell is a formula") {
  Shop shop;
  shop.push("=1+1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.stand("S1", "=1+1", ms_of(evening), 1100, tax("10", 100));
  shop.stand("S2", "=1+1", ms_of(evening) + 1, 1100, tax("10", 100));
  const DoneCommand done = shop.ask("2026-11-21", "2026-11-22", true);
  CHECK(done.status == 200);
  CHECK(done.type == "text/csv; charset=utf-8");
  CHECK(done.body ==
        "\xEF\xBB\xBF"
        "kind,date,currency,reason,order_id,external_order_id,reference_id,ours_orders,ours_gross,"
        "ours_vat,square_orders,square_gross,square_vat,orders,gross,vat,detail\r\n"
        "day,2026-11-21,TRY,,,,,1,1100,100,2,2200,200,1,1100,100,\r\n"
        "line,2026-11-21,TRY,duplicate,'=1+1,S2,'=1+1,,,,,,,1,1100,100,a copy of S1\r\n"
        "day,2026-11-22,TRY,,,,,0,0,0,0,0,0,0,0,0,\r\n");
}

TEST_CASE("books that have ended in a failure answer nothing else, whatever comes late") {
  for (const char* error : {"no such table: pos_sync_ledger", "D1_ERROR: storage is resetting"}) {
    Shop shop;
    shop.one_by_one = true;
    int asked = 0;
    shop.hears = [&](const pos::io::Command& command) {
      const auto* batch = std::get_if<pos::io::D1Command>(&command);
      if (batch == nullptr) return;
      const auto first = batch->statements.front();
      const bool sold = first == pos::store::Statement::books_sold;
      if (sold || first == pos::store::Statement::books_unnamed) shop.d1_error = error;
      ++asked;
    };
    refusal_of(shop, "2026-11-21", "2026-11-21", 503);
    CHECK(asked >= 3);  // both lists of what was sold were out
  }
}

TEST_CASE("the books are the same in whatever order D1 and Square answer") {
  const auto body = [](bool one_by_one) {
    Shop shop;
    shop.one_by_one = one_by_one;
    shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
    shop.push("A2", payload(item(1100, "10"), evening), ms_of(evening), "S9");
    shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100), 0, 300);
    shop.stand("S2", "A1", ms_of(evening), 1100, tax("10", 100));
    shop.stand("S3", "", ms_of(evening), 700, tax("10", 64));
    return shop.ask("2026-11-21", "2026-11-21").body;
  };
  CHECK(body(true) == body(false));
}

TEST_CASE("an account that names no place has the books of SQUARE_LOCATION_ID") {
  Shop shop;
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
  shop.location = "L9";
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).root()["location_id"].text() == "L1");
  shop.database.execute("UPDATE pos_accounts SET location_id = ''");
  shop.location = "L1";
  CHECK(Answer(shop.ask("2026-11-21", "2026-11-21")).root()["location_id"].text() == "L1");
  shop.location = "";
  CHECK(refusal_of(shop, "2026-11-21", "2026-11-21", 404).find("no location") != std::string::npos);
}

TEST_CASE(
    "a payment that no list shows is asked for by all the money that was paid, tip included") {
  struct Paid {
    std::int64_t gross;
    std::int64_t tip;
    bool asked;
  };
  for (const Paid& paid :
       {Paid{0, 0, false}, Paid{1, 0, true}, Paid{0, 1, true}, Paid{100, 300, true}}) {
    CAPTURE(paid.gross);
    CAPTURE(paid.tip);
    Shop shop;
    shop.stand("S1", "", ms_of(evening), paid.gross, tax("10", 0), paid.tip);
    if (paid.asked) shop.refund("S1", paid.gross + paid.tip);
    shop.square.hides_payments = true;
    const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
    CHECK(answer.total()["square"]["gross"].integer() == 0);
    CHECK(answer.total()["square"]["orders"].integer() == (paid.asked ? 0 : 1));
    const auto& urls = shop.square.urls;
    CHECK(std::count(urls.begin(), urls.end(), "/v2/payments/PS1") == (paid.asked ? 1 : 0));
  }
}

TEST_CASE("of a page that cannot be read to its end nothing is kept, so nothing counts twice") {
  const std::string refund =
      concat(R"({"id":"RS1","payment_id":"PS1","status":"PENDING","created_at":")", evening,
             R"(","amount_money":{"amount":300,"currency":"TRY"}})");
  const auto under_way = [&](int spoilt) {
    Shop shop;
    shop.stand("S1", "", ms_of(evening), 1100, tax("10", 100));
    shop.square.refunds.push_back({"RS1", ms_of(evening), refund});
    shop.square.mischief = [&](const std::string& url) -> std::pair<int, std::string> {
      if (url.rfind("/v2/refunds", 0) != 0 || spoilt-- <= 0) return {0, ""};
      return {200, concat(R"({"refunds":[)", refund, R"(,{"status":"PENDING"}]})")};
    };
    const Answer answer(shop.ask("2026-11-21", "2026-11-21"));
    return std::string(answer.date("2026-11-21")["lines"].first()["detail"].text());
  };
  for (const int spoilt : {0, 1, 2}) {
    CHECK(under_way(spoilt) == "no order of ours; a refund of 300 TRY is under way");
  }
}

TEST_CASE("93 days and the hour of a clock that was put back are not too long, a second more is") {
  const auto refused = [](const std::string& from, const std::string& to) {
    pos::FieldErrors findings;
    static_cast<void>(pos::reconcile::read_days(from, to, findings));
    return !findings.empty();
  };
  const std::string noon = "2026-01-01T12:00:00Z";
  const auto behind = [&](std::int64_t ms) { return to_rfc3339(ms_of(noon) + ms); };
  CHECK(refused(noon, behind(0)));
  CHECK_FALSE(refused(noon, behind(1000)));
  CHECK_FALSE(refused(noon, behind(93 * day)));
  CHECK_FALSE(refused(noon, behind(93 * day + hour)));
  CHECK(refused(noon, behind(93 * day + hour + 1000)));
  CHECK_FALSE(refused("2026-01-01", "2026-01-01"));
  CHECK_FALSE(refused("2026-01-01", "2026-04-03"));  // its last day is part of it
  CHECK(refused("2026-01-01", "2026-04-04"));
  CHECK_FALSE(refused("2026-01-01", "2026-04-04T01:00:00Z"));
  CHECK(refused("2026-01-01", "2026-04-04T01:00:01Z"));
  CHECK_FALSE(refused("2026-01-01T23:00:00Z", "2026-04-04"));
  CHECK(refused("2026-01-01T22:59:59Z", "2026-04-04"));
  CHECK_FALSE(refused("1971-01-01", "1971-01-01"));
  CHECK(refused("1970-12-31", "1971-01-01"));
  CHECK_FALSE(refused("9998-12-31", "9998-12-31"));
  CHECK(refused("9998-12-31", "9999-01-01"));
}

}  // namespace reconciliation_test

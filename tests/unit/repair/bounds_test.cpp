// Pages, batches and limits of what a repair reads and shows, at each bound and one step beyond it:
// a page that ends too early hides orders from whoever approves, one without an end costs a Worker
// its memory.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/json/value.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"
#include "harness/mail_world.hpp"
#include "unit/repair/shop.hpp"

namespace bounds_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using pos::json::Document;
using pos::runtime::RepairRequest;
using pos::runtime::RepairRoute;
using pos::store::Statement;
using world::AuditWorld;
using world::Mailer;
using world::MailWorld;

namespace {
using duration::minute;

/// The sizes of all pages of a list, with a space behind each.
std::string pages_of(AuditWorld& world, const char* route, const char* list,
                     const std::string& more = {}) {
  std::string sizes;
  std::string cursor;
  do {
    std::string query = R"({"cursor":")" + cursor + "\"" + more + "}";
    if (cursor.empty()) query = more.empty() ? "{}" : "{" + more.substr(1) + "}";
    const auto done = world.ask(route, {}, route == std::string("audits.list") ? "" : "a1", query);
    Document body;
    REQUIRE(body.parse(done.body));
    sizes += std::to_string(body.root()[list].size()) + " ";
    cursor = body.root()["cursor"].text();
  } while (!cursor.empty());
  return sizes;
}

/// A planned audit of one place, with so many groups of two orders in a currency.
void groups(AuditWorld& world, int count) {
  world.database.execute(
      "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('a1', 0, 1000, 1)");
  world.database.execute(
      "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step) VALUES ('a1', "
      "'L1', '', 'done')");
  world.database.execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
      std::to_string(count) +
      ") INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
      "confidence, first_at, plan) SELECT 'a1', printf('g%05d', i), 1, 'L1', '', 'certain', 1, "
      R"('{"group_id":"g","confidence":"certain","orders":[{"id":"o"}]}' FROM n)");
}

struct Batches {
  std::string sizes;

  auto hearing(Statement statement, std::size_t parameter, const char* member) {
    return [=, this](const Command& command) {
      const auto* batch = std::get_if<D1Command>(&command);
      if (batch == nullptr || batch->statements.front() != statement) return;
      Document asked;
      REQUIRE(asked.parse(batch->parameters[parameter]));
      sizes += std::to_string(asked.root()[member].size()) + " ";
    };
  }
};

}  // namespace

TEST_CASE("audits come a hundred at a time, and the last page is known for what it is") {
  for (const auto& [count, sizes] : std::vector<std::pair<int, std::string>>{
           {99, "99 "}, {100, "100 0 "}, {101, "100 1 "}, {201, "100 100 1 "}}) {
    AuditWorld world;
    world.database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(count) +
        ") INSERT INTO pos_audits (id, from_at, to_at, window_ms, created_at) SELECT 'a' || i, 0, "
        "1, 1, i / 7 FROM n");
    CHECK(pages_of(world, "audits.list", "audits") == sizes);
  }
  AuditWorld world;
  for (const char* cursor : {"x a1", "-1 a1", "5", "5 ", " a1"}) {
    CAPTURE(cursor);
    const auto done =
        world.ask("audits.list", {}, {}, R"({"cursor":")" + std::string(cursor) + "\"}");
    CHECK(done.status == 422);
  }
  CHECK(world.ask("audits.list", {}, {}, R"({"cursor":"0 a1"})").status == 200);
}

TEST_CASE("groups come two hundred at a time, in answers and in tables, each of them once") {
  for (const auto& [count, sizes] : std::vector<std::pair<int, std::string>>{
           {199, "199 "}, {200, "200 0 "}, {201, "200 1 "}, {401, "200 200 1 "}}) {
    AuditWorld world;
    groups(world, count);
    CHECK(pages_of(world, "audits.show", "groups") == sizes);
    const auto table = world.ask("audits.show", {}, "a1", R"({"format":"csv"})");
    CHECK(std::count(table.body.begin(), table.body.end(), '\n') == count + 1);
  }
}

TEST_CASE("a table that takes more than half of a tick's requests is refused, and not cut") {
  AuditWorld world;
  world.variables["SUBREQUEST_BUDGET"] = "10";
  groups(world, 999);
  const auto whole = world.ask("audits.show", {}, "a1", R"({"format":"csv"})");
  CHECK(whole.status == 200);
  CHECK(std::count(whole.body.begin(), whole.body.end(), '\n') == 1000);
  world.database.execute("DELETE FROM pos_audit_groups");
  world.database.execute("DELETE FROM pos_audit_places");
  world.database.execute("DELETE FROM pos_audits");
  groups(world, 1000);
  const auto refused = world.ask("audits.show", {}, "a1", R"({"format":"csv"})");
  CHECK(refused.status == 503);
  CHECK(refused.body.find("too large for one answer") != std::string::npos);
}

TEST_CASE("a table of more than eight megabytes is refused, and not cut") {
  for (const bool fits : {true, false}) {
    AuditWorld world;
    groups(world, 201);
    const std::string size = fits ? "30000" : "45000";
    world.database.execute(
        R"(UPDATE pos_audit_groups SET plan = '{"orders":[{"id":"' || printf('%.*c', )" + size +
        R"(, 'o') || '"}]}')");
    const auto done = world.ask("audits.show", {}, "a1", R"({"format":"csv"})");
    CHECK(done.status == (fits ? 200 : 503));
  }
}

TEST_CASE("what is approved is planned once more a hundred groups at a time") {
  for (const auto& [count, sizes] :
       std::vector<std::pair<int, std::string>>{{100, "100 "}, {101, "100 1 "}}) {
    AuditWorld world;
    for (int i = 0; i < count; ++i) {
      world::AuditSquare::Sold sold;
      sold.id = "o" + std::to_string(i);
      sold.at_ms = 1'788'220'800'000 + i * 90 * minute;
      sold.reference = "ref-" + std::to_string(i);
      world.square.sell(sold);
      sold.id += "-again";
      sold.at_ms += minute;
      world.square.sell(sold);
    }
    REQUIRE(
        world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})").status ==
        201);
    world.read_all();
    Document shown;
    REQUIRE(shown.parse(world.ask("audits.show", {}, "a1").body));
    Batches batches;
    world.hears = batches.hearing(Statement::audit_plans, 1, "chunk");
    const auto done = world.ask("audits.approve",
                                R"({"confidence":"certain","fingerprint":")" +
                                    std::string(shown.root()["fingerprint"].text()) + "\"}",
                                "a1");
    CHECK(done.status == 202);
    CHECK(batches.sizes == sizes);
  }
}

TEST_CASE("a table tells each payment of an order, and each state of its repairs once") {
  AuditWorld world;
  groups(world, 1);
  world.database.execute(
      R"(UPDATE pos_audit_groups SET plan = '{"confidence":"certain","orders":[{"id":"o",)"
      R"("payments":[{"id":"p1","source_type":"CARD","fee":3},{"id":"p2","source_type":"CARD",)"
      R"("fee":4},{"id":"p3","source_type":"CASH"}]},{"id":"s"}]}')");
  for (const char* row :
       {"'p1', 'due', 'o'", "'p2', 'due', 'o'", "'p3', 'done', 'o'", "'p4', 'stopped', 'x'"}) {
    world.database.execute(
        "INSERT INTO pos_repairs (action, target, state, external_order_id, audit_id, group_id, "
        "restaurant_id, location_id, survivor_order_id) VALUES ('refund', " +
        std::string(row) + ", 'a1', 'g00001', '', 'L1', 's')");
  }
  const std::string table = world.ask("audits.show", {}, "a1", R"({"format":"csv"})").body;
  CHECK(table.find("{},p1 p2 p3,CARD CASH,7,due done\r\n") != std::string::npos);
  CHECK(table.find("{},,,0,\r\n") != std::string::npos);
}

// ---- the books ----

TEST_CASE("what the books ask D1 and Square by name is asked in batches that fit, each name once") {
  using namespace shop;
  Shop shop;
  for (int i = 0; i < 41; ++i) {
    const std::string n = std::to_string(i);
    shop.stand("S" + n, "", ms_of(evening) + i, 100 + i, tax("10", 9), 0, 0,
               R"({"order_id":"K)" + n + "\"}");
  }
  // Twice the same name is asked for once.
  shop.stand("S41", "K0", ms_of(evening), 100, tax("10", 9));
  for (int i = 0; i < 101; ++i) {
    const std::string n = std::to_string(1000 + i);
    shop.push("A" + n, payload(item(1100, "10"), evening), ms_of(evening), "X" + n);
  }
  std::string known;
  std::string strays;
  shop.hears = [&](const Command& command) {
    Document asked;
    if (const auto* batch = std::get_if<D1Command>(&command)) {
      if (batch->statements.front() != Statement::books_known) return;
      REQUIRE(asked.parse(batch->parameters[0]));
      known += std::to_string(asked.root()["ids"].size()) + " ";
    } else if (const auto* fetch = std::get_if<FetchCommand>(&command)) {
      if (fetch->url.find("batch-retrieve") == std::string::npos) return;
      REQUIRE(asked.parse(fetch->body));
      strays += std::to_string(asked.root()["order_ids"].size()) + " ";
    }
  };
  const DoneCommand done = shop.ask("2026-11-21", "2026-11-21");
  CHECK(done.status == 200);
  CHECK(known == "40 1 ");
  CHECK(strays == "100 1 ");
}

TEST_CASE("what was approved of many strange orders is asked for two hundred at a time") {
  using namespace shop;
  Shop shop;
  for (int i = 0; i < 201; ++i) {
    shop.stand("S" + std::to_string(i), "", ms_of(evening) + i, 100 + i, tax("10", 9));
  }
  Batches batches;
  shop.hears = batches.hearing(Statement::books_roles, 0, "ids");
  CHECK(shop.ask("2026-11-21", "2026-11-21").status == 200);
  CHECK(batches.sizes == "200 1 ");
}

TEST_CASE(
    "a list of Square's that fails twice is asked once more, and the third time is the last") {
  using namespace shop;
  for (const std::string path : {"/v2/payments?", "/v2/refunds", "/v2/orders/search"}) {
    for (const int fails : {2, 3}) {
      Shop shop;
      shop.stand("S1", "", ms_of(evening), 100, tax("10", 9));
      int left = fails;
      shop.square.mischief = [&](const std::string& url) -> std::pair<int, std::string> {
        const bool hit = url.rfind(path, 0) == 0 && left-- > 0;
        return {hit ? 200 : 0, "{\"payments\":5,\"refunds\":5,\"orders\":5}"};
      };
      const DoneCommand done = shop.ask("2026-11-21", "2026-11-21");
      CHECK(done.status == (fails == 2 ? 200 : 503));
      if (fails == 3) CHECK(done.retry_after_seconds == 1);
    }
  }
}

TEST_CASE("money that goes back is what has left, however Square counts what is under way") {
  using namespace shop;
  struct Case {
    std::int64_t refunded;
    std::vector<std::int64_t> pending;
    int refund_ids;
    std::int64_t given_back;
  };
  const std::vector<Case> cases = {
      {0, {300}, 1, 0},     {300, {300}, 1, 0},      {700, {300}, 2, 400},      {300, {300}, 2, 0},
      {299, {300}, 2, 299}, {700, {100, 200}, 2, 0}, {700, {100, 200}, 3, 400}, {700, {}, 1, 700},
  };
  for (const Case& each : cases) {
    Shop shop;
    shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
    shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
    Thing& payment = shop.square.payments.front();
    std::string ids;
    for (int i = 0; i < each.refund_ids; ++i) ids += std::string(i == 0 ? "" : ",") + "\"R\"";
    const auto put = [&](const std::string& before, const std::string& after) {
      const std::size_t at = payment.json.find(before);
      REQUIRE(at != std::string::npos);
      payment.json.replace(at, before.size(), after);
    };
    put(R"("refunded_money":{"amount":0)",
        R"("refunded_money":{"amount":)" + std::to_string(each.refunded));
    put(R"("refund_ids":[])", R"("refund_ids":[)" + ids + "]");
    for (const std::int64_t amount : each.pending) {
      shop.square.refunds.push_back(
          {"R", ms_of(evening),
           concat(R"({"id":"R","payment_id":"PS1","status":"PENDING","created_at":")", evening,
                  R"(","amount_money":{"amount":)", amount, R"(,"currency":"TRY"}})")});
    }
    const DoneCommand done = shop.ask("2026-11-21", "2026-11-21");
    CAPTURE(each.refunded);
    CAPTURE(each.refund_ids);
    Document body;
    REQUIRE(body.parse(done.body));
    const Value difference = body.root()["totals"].first()["difference"];
    CHECK(difference["gross"].integer() == -each.given_back);
  }
}

// ---- mails ----

namespace {

RepairRequest about_mails(RepairRoute route, const std::string& body = {}) {
  RepairRequest request;
  request.route = route;
  request.context = Mailer::test_context();
  request.context.id = "r";
  request.audit_id = "a1";
  request.body = body;
  return request;
}

pos::io::DoneCommand ask(MailWorld& world, const RepairRequest& request) {
  Mailer mailer(world, request);
  mailer.run();
  return mailer.done();
}

/// So many drafts, with a body of so many bytes each.
void drafts(MailWorld& world, int count, int bytes = 4, const std::string& name = "m") {
  world.database.execute(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
      std::to_string(count) +
      ") INSERT INTO pos_mails (id, audit_id, restaurant_id, language, recipient, subject, body) "
      "SELECT printf('" +
      name + "%04d', i), 'a1', '" + (name == "m" ? "r" : name) +
      "' || i, 'en', 'a@b.de', 's', printf('%.*c', " + std::to_string(bytes) + ", 'b') FROM n");
}

std::string read_fingerprint(MailWorld& world) {
  Document body;
  REQUIRE(body.parse(ask(world, about_mails(RepairRoute::mail_list)).body));
  return std::string(body.root()["fingerprint"].text());
}

}  // namespace

TEST_CASE("mails come a hundred at a time, or a megabyte, under one fingerprint") {
  for (const auto& [count, bytes, sizes] : std::vector<std::tuple<int, int, std::string>>{
           {100, 4, "100 "}, {101, 4, "100 1 "}, {5, 300'000, "4 1 "}}) {
    MailWorld world;
    drafts(world, count, bytes);
    RepairRequest list = about_mails(RepairRoute::mail_list);
    std::string read;
    do {
      Document body;
      REQUIRE(body.parse(ask(world, list).body));
      read += std::to_string(body.root()["mails"].size()) + " ";
      list.cursor = body.root()["cursor"].text();
    } while (!list.cursor.empty());
    CHECK(read == sizes);
  }
}

TEST_CASE("drafts of more than four megabytes are approved in parts, not all at once") {
  // A draft counts a thousand bytes more than its texts have.
  for (const bool fits : {true, false}) {
    MailWorld world;
    drafts(world, 40, fits ? 98'999 : 99'000);
    const std::string given = R"({"fingerprint":")" + read_fingerprint(world) + "\"";
    const auto all = ask(world, about_mails(RepairRoute::mail_approve, given + R"(,"all":true})"));
    CHECK(all.status == (fits ? 200 : 422));
    if (fits) continue;
    CHECK(all.body.find("too large for one approval; name some of them") != std::string::npos);
    CHECK(world.database.integer("SELECT count(*) FROM pos_mails WHERE state <> 'draft'") == 0);
    CHECK(
        ask(world, about_mails(RepairRoute::mail_approve, given + R"(,"restaurants":["r1","r2"]})"))
            .status == 200);
  }
}

TEST_CASE("drafts are sealed and written in batches of half a megabyte, each of them once") {
  MailWorld world;
  drafts(world, 12, 49'500);  // a hundred thousand bytes each, as they are counted
  const std::string given = R"({"fingerprint":")" + read_fingerprint(world) + R"(","all":true})";
  Batches batches;
  world.hears = batches.hearing(Statement::mail_approve, 1, "mails");
  const auto done = ask(world, about_mails(RepairRoute::mail_approve, given));
  CHECK(done.status == 200);
  CHECK(done.body.find(R"("approved":12,"approved_before":0)") != std::string::npos);
  CHECK(batches.sizes == "5 5 2 ");
  const auto again = ask(world, about_mails(RepairRoute::mail_approve, given));
  CHECK(again.body.find(R"("approved":0,"approved_before":12)") != std::string::npos);
}

TEST_CASE("a table of mails of eight megabytes is whole, and one byte more is refused, not cut") {
  MailWorld world;
  drafts(world, 7, 1'100'000);  // each of them is a page
  RepairRequest list = about_mails(RepairRoute::mail_list);
  list.csv = true;
  const auto whole = ask(world, list);
  REQUIRE(whole.status == 200);
  const std::size_t most = 8'000'000;
  REQUIRE(whole.body.size() < most);
  drafts(world, 1, 10, "z");
  const auto grow = [&](std::size_t bytes) {
    world.database.execute("UPDATE pos_mails SET body = body || printf('%.*c', " +
                           std::to_string(bytes) +
                           ", 'x') WHERE id = (SELECT min(id) FROM pos_mails)");
  };
  grow(most - whole.body.size());
  CHECK(ask(world, list).status == 200);
  grow(1);
  CHECK(ask(world, list).status == 503);
}

}  // namespace bounds_test

// What is asked of audits over HTTP: made once, shown as they stand, and their bad input refused by
// name.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/json/value.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"

namespace audits_test {

using world::AuditWorld;

namespace {
using duration::day;
using duration::minute;
constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z

const std::string month = R"("provider":"square","from":"2026-09-01","to":"2026-10-01")";

/// The detail of a problem; "" of anything else.
std::string detail(const pos::io::DoneCommand& done) {
  pos::json::Document body;
  return body.parse(done.body) ? std::string(body.root()["detail"].text()) : done.body;
}

std::string member(const pos::io::DoneCommand& done, const char* name) {
  pos::json::Document body;
  return body.parse(done.body) ? std::string(body.root()[name].text()) : std::string();
}

void sell_twice(AuditWorld& world, const std::string& id, std::int64_t at_ms,
                const std::string& reference = {}) {
  world::AuditSquare::Sold sold;
  sold.id = id;
  sold.at_ms = at_ms;
  sold.reference = reference;
  world.square.sell(sold);
  sold.id += "-again";
  sold.at_ms += 45'000;
  world.square.sell(sold);
}

}  // namespace

TEST_CASE("an audit that is asked for is read, planned, and shown with its groups") {
  AuditWorld world;
  sell_twice(world, "o1", september + day, "=ref-1");
  sell_twice(world, "o2", september + 2 * day);
  const auto made = world.ask("audits.create", "{" + month + R"(,"actor":"ada"})");
  REQUIRE(made.status == 201);
  CHECK(member(made, "state") == "reading");
  CHECK(member(made, "from") == "2026-09-01T00:00:00.000Z");
  const std::string id = member(made, "id");
  CHECK(id.rfind("audit-request-", 0) == 0);
  const auto unread = world.ask("audits.show", {}, id);
  CHECK(unread.status == 200);
  CHECK(unread.body.find(R"("fingerprint":null)") != std::string::npos);
  world.read_all();

  const auto shown = world.ask("audits.show", {}, id);
  pos::json::Document body;
  REQUIRE(body.parse(shown.body));
  const auto audit = body.root();
  CHECK(audit["state"].equals("planned"));
  CHECK(audit["fingerprint"].text().size() == 64);
  CHECK(audit["progress"]["orders"].integer() == 4);
  CHECK(audit["progress"]["places_done"].integer() == 1);
  CHECK(audit["progress"]["money"].first()["gross_overcounted"].integer() == 100000);
  CHECK(audit["totals"].first()["duplicates"].integer() == 2);
  CHECK(audit["repairs"]["due"].integer() == 0);
  CHECK(audit["places"].first()["name"].equals("Kadıköy"));
  CHECK(audit["groups"].size() == 2);
  CHECK(audit["groups"].first()["approved_at"].is(pos::json::Kind::null));
  CHECK(audit["groups"].first()["orders"].first()["role"].equals("survivor"));
  CHECK(audit["groups"].first()["repairs"].size() == 0);
  CHECK(audit["cursor"].is(pos::json::Kind::null));
  const auto list = world.ask("audits.list");
  CHECK(list.body.find(id) != std::string::npos);
  CHECK(list.body.find(R"("state":"planned")") != std::string::npos);
}

TEST_CASE("a table has a line for each order, and no cell of it is run as a formula") {
  AuditWorld world;
  sell_twice(world, "o1", september + day, "=ref-1");
  const std::string id = member(world.ask("audits.create", "{" + month + "}"), "id");
  world.read_all();
  const auto table = world.ask("audits.show", {}, id, R"({"format":"csv"})");
  CHECK(table.type == "text/csv; charset=utf-8");
  CHECK(table.body.find(
            "\xEF\xBB\xBFgroup_id,confidence,because,for,against,role,action,reason,") == 0);
  CHECK(
      table.body.find(",certain,reference_id,reference_id content table time tender,,survivor,keep,"
                      ",,L1,2026-09-02T00:00:00.000Z,o1,"
                      "'=ref-1,7,50000,TRY,{},p-o1,CARD,1000,\r\n") != std::string::npos);
  CHECK(
      table.body.find(
          ",certain,reference_id,reference_id content table time tender,,duplicate,refund,,,L1,") !=
      std::string::npos);
}

TEST_CASE("the copy that somebody has booked by hand stays, whatever it calls itself") {
  AuditWorld world;
  sell_twice(world, "o1", september + day);
  const std::string id = member(world.ask("audits.create", "{" + month + "}"), "id");
  world.database.execute(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, booked_at, "
      "external_order_id) SELECT 'A1', 'square', 1, restaurant_id, " +
      std::to_string(september + 4 * day) + ", 'o1-again' FROM pos_audit_places");
  world.read_all();
  const std::string table = world.ask("audits.show", {}, id, R"({"format":"csv"})").body;
  CHECK(table.find(",probable,look,content table time tender,,survivor,keep,,,L1,"
                   "2026-09-02T00:00:45.000Z,o1-again,") != std::string::npos);
  CHECK(table.find(",duplicate,refund,,,L1,2026-09-02T00:00:00.000Z,o1,") != std::string::npos);
}

TEST_CASE("a table holds all groups, however many pages of them there are") {
  AuditWorld world;
  for (int i = 0; i < 450; ++i) {
    sell_twice(world, "o" + std::to_string(i), september + i * 90 * minute,
               "ref-" + std::to_string(i));
  }
  const std::string id = member(world.ask("audits.create", "{" + month + "}"), "id");
  world.read_all();
  const auto table = world.ask("audits.show", {}, id, R"({"format":"csv"})");
  CHECK(std::count(table.body.begin(), table.body.end(), '\n') == 901);
  std::string cursor;
  std::size_t groups = 0;
  do {
    const auto page = world.ask("audits.show", {}, id, R"({"cursor":")" + cursor + "\"}");
    pos::json::Document body;
    REQUIRE(body.parse(page.body));
    groups += body.root()["groups"].size();
    cursor = body.root()["cursor"].text();
  } while (!cursor.empty());
  CHECK(groups == 450);
}

TEST_CASE("the list for the dispute fast track has what support asks for, and nothing else") {
  AuditWorld world;
  sell_twice(world, "o1", september + day, "ref-1");
  sell_twice(world, "o2", september + 2 * day, "ref-2");
  world.square.dispute("o2-again", september + 20 * day);
  const std::string id = member(world.ask("audits.create", "{" + month + "}"), "id");
  world.read_all();
  const auto list = world.ask("audits.show", {}, id, R"({"list":"disputes"})");
  pos::json::Document body;
  REQUIRE(body.parse(list.body));
  REQUIRE(body.root()["disputes"].size() == 1);
  const auto only = body.root()["disputes"].first();
  CHECK(only["payment_id"].equals("p-o2-again"));
  CHECK(only["duplicate_of"].equals("o2"));
  CHECK(only["reason"].text().rfind("disputed", 0) == 0);
  const auto table = world.ask("audits.show", {}, id, R"({"list":"disputes","format":"csv"})");
  CHECK(std::count(table.body.begin(), table.body.end(), '\n') == 2);
  CHECK(detail(world.ask("audits.show", {}, id, R"({"list":"refunds"})")) ==
        "list: expected disputes or not_comparable, got \"refunds\"");
  CHECK(world.ask("audits.show", {}, "nothing").status == 404);
}

TEST_CASE("bad input of an audit is refused, and names its field") {
  AuditWorld world;
  const auto refused = [&](const std::string& members) {
    const auto done = world.ask("audits.create", "{" + members + "}");
    CHECK(done.status == 422);
    return detail(done);
  };
  CHECK(refused(R"("to":"2026-10-01")") ==
        "from: expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z");
  CHECK(refused(R"("from":"2026-09-01","to":"yesterday")") ==
        "to: expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z, got \"yesterday\"");
  CHECK(refused(R"("from":"2026-09-01","to":"2026-09-01")") == "to: expected a time after `from`");
  CHECK(refused(R"("from":"2025-09-01","to":"2026-10-01")").find("to: expected at most a year") ==
        0);
  CHECK(refused(R"("from":"2027-09-01","to":"2027-10-01")").find("from: expected a time before ") ==
        0);
  CHECK(refused(month + R"(,"restaurants":[])").find("restaurants: expected a list") == 0);
  CHECK(refused(month + R"(,"restaurants":["","adana"])") ==
        "restaurants[1]: \"adana\" has no account with a location; POST /v1/accounts makes one");
  CHECK(refused(month + R"(,"window_seconds":59)") ==
        "window_seconds: expected an integer from 60 to 86400, got 59");
  CHECK(refused(month + R"(,"limit":5)") == "limit: unknown field");
  CHECK(refused(month + R"(,"id":"quarter-2026-Q3")").find("id: expected 1 to 64 letters") == 0);
  CHECK(refused(R"("provider":"toast","from":"2026-09-01","to":"2026-10-01")") ==
        "provider: expected square, got \"toast\"");
  world.settings.location_id.clear();
  CHECK(refused(month).find("restaurants: no restaurant has an account") == 0);
  CHECK(world.ask("audits.create", "[]").status == 400);
  CHECK(world.database.integer("SELECT count(*) FROM pos_audits") == 0);
}

TEST_CASE("an audit is made once under its id, and one of its locations is read once") {
  AuditWorld world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('adana', 'L2'), "
      "('berlin', 'L2'), ('nowhere', NULL), ('kadikoy', 'L1')");
  const std::string body = "{" + month + R"(,"id":"mine")";
  CHECK(world.ask("audits.create", body + "}").status == 201);
  CHECK(world.database.text("SELECT group_concat(location_id || ' ' || restaurant_id) "
                            "FROM pos_audit_places") == "L1 kadikoy,L2 adana");
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('c', 'L3')");
  CHECK(world.ask("audits.create", body + R"(,"actor":"another"})").status == 200);
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_places") == 2);
  const auto other = world.ask("audits.create", body + R"(,"restaurants":["adana"]})");
  CHECK(other.status == 409);
  CHECK(detail(other) == "there is another audit mine, which asks for something else");
}

TEST_CASE("an audit up to now leaves out what a search may not show yet, and says so") {
  AuditWorld world;
  world.database.now_ms = september + day - 1;  // a command takes a millisecond
  const auto made = world.ask("audits.create", "{" + month + "}");
  CHECK(member(made, "to") == "2026-09-01T23:56:00.000Z");
  CHECK(made.body.find("what was sold since `to` is left out") != std::string::npos);
  world.database.now_ms += day;
  CHECK(world.ask("audits.create", "{" + month + "}").status == 201);
}

TEST_CASE("however often the cron is delivered, a quarter is audited once") {
  AuditWorld world;
  const auto make = [&](std::int64_t at_ms) {
    world.database.now_ms = at_ms;
    return world.ask("audits.quarterly");
  };
  CHECK(make(1'790'823'600'000).status == 201);  // 2026-10-01T03:00:00Z
  CHECK(make(1'790'823'660'000).status == 200);
  CHECK(world.database.text("SELECT id || ' ' || from_at || ' ' || to_at FROM pos_audits") ==
        "quarter-2026-Q3 1782777600000 1790812800000");
  CHECK(member(make(1'798'772'400'000), "id") == "quarter-2026-Q4");  // 2027-01-01T03:00:00Z
  CHECK(member(make(1'806'548'400'000), "from") == "2026-12-31T00:00:00.000Z");
  CHECK(world.database.integer("SELECT count(*) FROM pos_audits") == 3);
}

}  // namespace audits_test

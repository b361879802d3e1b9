// Each single thing by which an approval sees that its plan is not true any more.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "base/timestamp.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"

namespace approval_stale_test {

using world::AuditSquare;
using world::AuditWorld;

namespace {
using duration::day;
using duration::minute;
constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z

/// o1 and its copy, which is OPEN and paid, for its dish is not served yet.
void make(AuditWorld& world) {
  AuditSquare::Sold sold;
  sold.id = "o1";
  sold.at_ms = september + day;
  sold.reference = "ref-1";
  sold.state = "OPEN";
  sold.more = R"(,"metadata":{"pos_sync":"k1","order_id":"A1"})";
  world.square.sell(sold);
  sold.id = "o1-again";
  sold.at_ms += 45'000;
  world.square.sell(sold);
  REQUIRE(
      world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})").status ==
      201);
  world.read_all();
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

/// The copy was changed, and Square says when.
void update(AuditWorld& world, std::int64_t at_ms) {
  std::string& json = world.square.orders[1].json;
  pos::json::Document order;
  REQUIRE(order.parse(json));
  const std::string before = R"("updated_at":")" + std::string(order.root()["updated_at"].text());
  replace(json, before, R"("updated_at":")" + pos::to_rfc3339(at_ms));
}

pos::io::DoneCommand approve(AuditWorld& world) {
  pos::json::Document body;
  REQUIRE(body.parse(world.ask("audits.show", {}, "a1").body));
  return world.ask("audits.approve",
                   R"({"fingerprint":")" + std::string(body.root()["fingerprint"].text()) +
                       R"(","confidence":"certain"})",
                   "a1");
}

std::int64_t repairs(AuditWorld& world) {
  return world.database.integer("SELECT count(*) FROM pos_repairs");
}

std::int64_t began_at(AuditWorld& world) {
  return world.database.integer("SELECT began_at FROM pos_audit_places");
}

}  // namespace

TEST_CASE("an order that changed in one thing since it was read makes its plan stale") {
  struct Change {
    const char* what;
    const char* from;
    const char* to;
  };
  for (const Change& each :
       {Change{"kind", R"("state":"OPEN")", R"("source_order_id":"o0","state":"OPEN")"},
        Change{"state", R"("state":"OPEN")", R"("state":"COMPLETED")"},
        Change{"paid", R"("net_amount_due_money":{"amount":0)",
               R"("net_amount_due_money":{"amount":5)"},
        Change{
            "tip",
            R"("total_money":{"amount":50000,"currency":"TRY"},"total_tip_money":{"amount":0)",
            R"("total_money":{"amount":50700,"currency":"TRY"},"total_tip_money":{"amount":700)"},
        Change{"reference_id", R"("reference_id":"ref-1")", R"("reference_id":"ref-2")"},
        Change{"our key", R"("pos_sync":"k1")", R"("pos_sync":"k2")"},
        Change{"order id", R"("order_id":"A1")", R"("order_id":"A2")"},
        Change{"table", R"("ticket_name":"7")", R"("ticket_name":"9")"},
        Change{"note", R"("name":"Adana")", R"("name":"Adana","note":"rare")"},
        Change{"customer", R"("id":"o1-again")", R"("id":"o1-again","customer_id":"C1")"},
        Change{"total", R"("total_money":{"amount":50000)", R"("total_money":{"amount":50001)"},
        Change{"lines that are not told", R"("line_items")", R"("lines")"},
        Change{"a time that is not told", R"("created_at")", R"("made_at")"}}) {
    CAPTURE(each.what);
    AuditWorld world;
    make(world);
    replace(world.square.orders[1].json, each.from, each.to);
    update(world, world.database.now_ms);
    const auto done = approve(world);
    CHECK(done.status == 409);
    CHECK(done.body.find("order o1-again has changed at L1") != std::string::npos);
    CHECK(repairs(world) == 0);
  }
}

TEST_CASE("a version that Square raised by itself does not make a plan stale") {
  AuditWorld world;
  make(world);
  replace(world.square.orders[1].json, R"("id":"o1-again")", R"("version":9,"id":"o1-again")");
  update(world, world.database.now_ms);
  CHECK(approve(world).status == 202);
  CHECK(repairs(world) == 1);
}

TEST_CASE("what changed just before the reading began, and was not shown yet, is looked at, too") {
  const std::int64_t margin = AuditWorld::own_settings().quiet_on_clock_ms() +
                              AuditWorld::own_settings().settle_on_clock_ms();
  for (const std::int64_t before : {std::int64_t{0}, margin / 2, margin}) {
    AuditWorld world;
    make(world);
    replace(world.square.orders[1].json, R"("name":"Adana")", R"("name":"Urfa")");
    update(world, began_at(world) - before);
    CHECK(approve(world).status == 409);
    CHECK(repairs(world) == 0);
  }
}

TEST_CASE("an approval stores what was seen of both orders, so that nothing else is repaired") {
  AuditWorld world;
  make(world);
  REQUIRE(approve(world).status == 202);
  const std::string approved = world.database.text("SELECT approved FROM pos_repairs");
  pos::json::Document document;
  REQUIRE(document.parse(approved));
  const auto root = document.root();
  CAPTURE(approved);
  CHECK(root["v"].integer() == 1);
  CHECK(root["total"].integer() == 50000);
  CHECK(root["content"].text().size() == 64);
  CHECK(root["payments"].first().text() == "p-o1-again");
  CHECK(root["survivor"]["paid"].boolean());
  CHECK(root["survivor"]["total"].integer() == 50000);
  CHECK(root["survivor"]["content"].text() == root["content"].text());
  CHECK(root["survivor"]["payments"].first().text() == "p-o1");
  CHECK(root["survivor"]["payments"].size() == 1);
}

TEST_CASE("a tender that an order showed before the approval is not taken for a new payment") {
  AuditWorld world;
  AuditSquare::Sold sold;
  sold.id = "o1";
  sold.at_ms = september + day;
  sold.reference = "ref-1";
  world.square.sell(sold);
  sold.id = "o1-again";
  sold.at_ms += 45'000;
  world.square.sell(sold);
  // A tender of which Square lists no payment.
  replace(world.square.orders[1].json, R"("tenders":[)", R"("tenders":[{"id":"note-1"},)");
  REQUIRE(
      world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})").status ==
      201);
  world.read_all();
  REQUIRE(approve(world).status == 202);
  CHECK(world.database.text("SELECT json_extract(approved, '$.payments') FROM pos_repairs") ==
        R"(["note-1","p-o1-again"])");
}

}  // namespace approval_stale_test

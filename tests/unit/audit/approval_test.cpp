// Approving a plan: once, of what was seen, and only as long as it is true.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>

#include "base/json/value.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"

namespace approval_test {

using world::AuditSquare;
using world::AuditWorld;

namespace {
using duration::day;
using duration::minute;
constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z

void sell_twice(AuditWorld& world, const std::string& id, std::int64_t at_ms,
                const std::string& reference = {}, const std::string& location = "L1") {
  AuditSquare::Sold sold;
  sold.id = id;
  sold.at_ms = at_ms;
  sold.reference = reference;
  sold.location = location;
  world.square.sell(sold);
  sold.id += "-again";
  sold.at_ms += 45'000;
  world.square.sell(sold);
}

/// A certain group (o1), a probable one (o2), and a possible one (o3 and o3-other).
void make(AuditWorld& world) {
  sell_twice(world, "o1", september + day, "ref-1");
  sell_twice(world, "o2", september + 2 * day);
  AuditSquare::Sold sold;
  sold.id = "o3";
  sold.at_ms = september + 3 * day;
  sold.total = 7700;
  world.square.sell(sold);
  sold.id = "o3-other";
  sold.table = "8";
  sold.at_ms += minute;
  world.square.sell(sold);
  const auto done =
      world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})");
  REQUIRE(done.status == 201);
  world.read_all();
}

/// o1-again is canceled after the plan was made.
void cancel_since(AuditWorld& world) {
  std::string& json = world.square.orders[1].json;
  json.replace(json.find("COMPLETED"), 9, "CANCELED");
  const std::string updated = "\"updated_at\":\"20";
  json.replace(json.find(updated), updated.size(), "\"updated_at\":\"21");
}

std::string fingerprint(AuditWorld& world) {
  pos::json::Document body;
  REQUIRE(body.parse(world.ask("audits.show", {}, "a1").body));
  return std::string(body.root()["fingerprint"].text());
}

pos::io::DoneCommand approve(AuditWorld& world, const std::string& members) {
  return world.ask("audits.approve",
                   R"({"fingerprint":")" + fingerprint(world) + "\"," + members + "}", "a1");
}

std::string detail(const pos::io::DoneCommand& done) {
  pos::json::Document body;
  return body.parse(done.body) ? std::string(body.root()["detail"].text()) : done.body;
}

std::string group_of(AuditWorld& world, const std::string& confidence) {
  return world.database.text("SELECT group_id FROM pos_audit_groups WHERE confidence = '" +
                             confidence + "'");
}

std::int64_t count(AuditWorld& world, const std::string& from) {
  return world.database.integer("SELECT count(*) FROM " + from);
}

/// Nothing is approved, and the audit is read from the start.
void check_read_anew(AuditWorld& world, const pos::io::DoneCommand& done, const std::string& why) {
  CHECK(done.status == 409);
  CHECK(detail(done) == "the plan is not true any more: " + why +
                            "; nothing was approved, and the audit is read anew");
  CHECK(count(world, "pos_repairs") == 0);
  CHECK(count(world, "pos_repair_orders") == 0);
  CHECK(world.database.text("SELECT edition || ' ' || why_again FROM pos_audits") == "2 " + why);
  CHECK(world.database.text("SELECT edition || ' ' || step FROM pos_audit_places") == "2 location");
  world.read_all();
}

}  // namespace

TEST_CASE("an approval writes down who stays and what is to be done, once") {
  AuditWorld world;
  make(world);
  const std::string expected =
      R"("approved":{"groups":2,"refunds":2,"cancels":0,"amount":{"TRY":100000}}})";
  const auto first = approve(world, R"("confidence":"probable","actor":"ada","reason":"seen")");
  CHECK(first.status == 202);
  CHECK(first.body.find(expected) != std::string::npos);
  CHECK(world.database.text("SELECT group_concat(external_order_id || ' ' || role || ' ' || "
                            "group_key, ',') FROM pos_repair_orders") ==
        "o1 survivor o1,o1-again duplicate o1,o2 survivor o2,o2-again duplicate o2");
  CHECK(world.database.text(
            "SELECT json_array(action, target, restaurant_id, location_id, external_order_id, "
            "survivor_order_id, amount, currency, fee, source_type, approved_by, state) "
            "FROM pos_repairs ORDER BY target LIMIT 1") ==
        R"(["refund","p-o1-again","","L1","o1-again","o1",50000,"TRY",1000,"CARD","ada","due"])");
  CHECK(count(world, "pos_repair_log WHERE event = 'approved' AND actor = 'ada'") == 2);
  CHECK(world.ask("audits.show", {}, "a1").body.find(R"("state":"approved")") != std::string::npos);

  const auto second = approve(world, R"("confidence":"probable","actor":"bob")");
  CHECK(second.status == 200);
  CHECK(second.body.find(expected) != std::string::npos);
  CHECK(count(world, "pos_repairs") == 2);
  CHECK(count(world, "pos_repairs WHERE approved_by = 'bob'") == 0);
  CHECK(count(world, "pos_repair_log") == 2);
  world.database.execute("UPDATE pos_repairs SET state = 'done'");
  const auto shown = world.ask("audits.show", {}, "a1").body;
  CHECK(shown.find(R"("state":"repaired")") != std::string::npos);
  CHECK(shown.find(R"("target":"p-o1-again","state":"done")") != std::string::npos);
}

TEST_CASE(
    "certain leaves out what is probable, and what is possible is approved by its name only") {
  AuditWorld world;
  make(world);
  CHECK(approve(world, R"("confidence":"certain")").status == 202);
  CHECK(world.database.text("SELECT group_concat(target) FROM pos_repairs") == "p-o1-again");
  CHECK(detail(approve(world, R"("confidence":"possible")"))
            .find("confidence: possible ones are approved by name only") == 0);
  const std::string group = group_of(world, "possible");
  CHECK(approve(world, R"("groups":[")" + group + "\"]").status == 202);
  CHECK(count(world, "pos_repairs") == 2);
}

TEST_CASE("an approval of an unknown, unseen or unread plan is refused, and says why") {
  AuditWorld world;
  make(world);
  const auto ask = [&](const std::string& body) { return world.ask("audits.approve", body, "a1"); };
  CHECK(ask(R"({"confidence":"certain"})").status == 422);
  CHECK(approve(world, R"("confidence":"sure")").status == 422);
  CHECK(approve(world, R"("confidence":"certain","groups":["g1"])").status == 422);
  CHECK(approve(world, R"("actor":"ada")").status == 422);
  CHECK(approve(world, R"("confidence":"certain","limit":1)").status == 422);
  CHECK(detail(approve(world, R"("groups":["g1"])")) ==
        "groups[0]: there is no group \"g1\" in this plan");
  const auto other = ask(R"({"fingerprint":"f00","confidence":"certain"})");
  CHECK(other.status == 409);
  CHECK(detail(other) == "the plan has changed: read it again. Its fingerprint is " +
                             fingerprint(world) + ", not f00");
  CHECK(
      world.ask("audits.approve", R"({"fingerprint":"f00","confidence":"certain"})", "a2").status ==
      404);
  world.database.execute("UPDATE pos_audit_places SET step = 'grouping'");
  CHECK(detail(ask(R"({"fingerprint":"f00","confidence":"certain"})")) ==
        "the audit is not planned yet: 0 of 1 places are read");
  CHECK(count(world, "pos_repairs") == 0);
}

TEST_CASE("what is new at Square since makes a plan stale: nothing is approved, it is read anew") {
  SUBCASE("a refund of a duplicate") {
    AuditWorld world;
    make(world);
    world.square.refund("o1-again", 50000, world.database.now_ms);
    check_read_anew(world, approve(world, R"("confidence":"certain")"),
                    "payment p-o1-again was refunded since");
    CHECK(approve(world, R"("confidence":"certain")").body.find(R"("refunds":0)") !=
          std::string::npos);
  }
  SUBCASE("a pending refund of what was to stay") {
    AuditWorld world;
    make(world);
    world.square.refund("o1", 50, world.database.now_ms, "PENDING");
    check_read_anew(world, approve(world, R"("confidence":"certain")"),
                    "payment p-o1 was refunded since");
  }
  SUBCASE("an order that has come in late") {
    AuditWorld world;
    make(world);
    AuditSquare::Sold sold;
    sold.id = "late";
    sold.at_ms = september + 2 * day - minute;
    sold.updated_ms = world.database.now_ms;
    world.square.sell(sold);
    check_read_anew(world, approve(world, R"("confidence":"probable")"), "order late is new at L1");
    CHECK(approve(world, R"("confidence":"probable")").status == 202);
    CHECK(count(world, "pos_repairs") == 3);
  }
  SUBCASE("an order that was canceled, on a page that was too large at first") {
    AuditWorld world;
    make(world);
    world.square.fits = 10;
    cancel_since(world);
    check_read_anew(world, approve(world, R"("confidence":"certain")"),
                    "order o1-again has changed at L1");
  }
  SUBCASE("an order that was canceled") {
    AuditWorld world;
    make(world);
    cancel_since(world);
    check_read_anew(world, approve(world, R"("confidence":"certain")"),
                    "order o1-again has changed at L1");
  }
}

TEST_CASE("what is new at Square and concerns no group of the approval does not stop it") {
  AuditWorld world;
  make(world);
  AuditSquare::Sold sold;
  sold.id = "today";
  sold.at_ms = world.database.now_ms;
  world.square.sell(sold);
  sold.id = "late";
  sold.at_ms = september + 9 * day;
  sold.updated_ms = world.database.now_ms;
  sold.total = 123;
  world.square.sell(sold);
  world.square.refund("o2-again", 50000, world.database.now_ms);
  CHECK(approve(world, R"("confidence":"certain")").status == 202);
  CHECK(count(world, "pos_repairs") == 1);
}

TEST_CASE("what D1 has learned since makes a plan stale") {
  SUBCASE("our queue knows another order of the group") {
    AuditWorld world;
    make(world);
    world.database.execute(
        "INSERT INTO pos_sync_ledger (order_id, provider, revision, booked_at, external_order_id) "
        "VALUES ('ref-1', 'square', 1, 1, 'o1-again')");
    const std::string group = group_of(world, "certain");
    check_read_anew(world, approve(world, R"("confidence":"certain")"),
                    "group " + group + " would be planned in another way now");
    CHECK(approve(world, R"("confidence":"certain")").status == 202);
    CHECK(world.database.text("SELECT target FROM pos_repairs") == "p-o1");
  }
  SUBCASE("another audit has chosen its survivor") {
    AuditWorld world;
    make(world);
    world.database.execute(
        "INSERT INTO pos_repair_orders (external_order_id, group_key, role, audit_id, group_id, "
        "approved_at) VALUES ('o1-again', 'o1-again', 'survivor', 'a0', 'g', 1)");
    const auto done = approve(world, R"("confidence":"certain")");
    CHECK(done.status == 409);
    CHECK(count(world, "pos_repairs") == 0);
    world.read_all();
    CHECK(approve(world, R"("confidence":"certain")").status == 202);
    CHECK(world.database.text("SELECT target FROM pos_repairs") == "p-o1");
  }
  SUBCASE("its restaurant sells elsewhere") {
    AuditWorld world;
    make(world);
    world.settings.location_id = "L2";
    check_read_anew(world, approve(world, R"("confidence":"certain")"),
                    "restaurant \"\" does not sell at L1 any more");
  }
}

TEST_CASE("an order that goes to another group in between: the approval as a whole is refused") {
  AuditWorld world;
  make(world);
  world.loses = [&](const pos::io::Command& command) {
    const auto* batch = std::get_if<pos::io::D1Command>(&command);
    const bool writes = batch != nullptr &&
                        batch->statements.front() == pos::store::Statement::audit_approve_groups;
    if (!writes) return false;
    world.database.execute(
        "INSERT INTO pos_repair_orders (external_order_id, group_key, role, audit_id, group_id, "
        "approved_at) VALUES ('o1-again', 'x', 'duplicate', 'a0', 'g', 1) ON CONFLICT DO NOTHING");
    return false;
  };
  const auto done = approve(world, R"("confidence":"probable")");
  CHECK(done.status == 409);
  CHECK(detail(done).find("order o1-again belongs to another group for ever") == 0);
  CHECK(count(world, "pos_repairs") == 0);
  CHECK(count(world, "pos_repair_orders") == 1);
  CHECK(count(world, "pos_audit_groups WHERE approved_at IS NOT NULL") == 0);
}

TEST_CASE("an audit that is read anew in between: the approval is refused") {
  AuditWorld world;
  make(world);
  world.loses = [&](const pos::io::Command& command) {
    const auto* batch = std::get_if<pos::io::D1Command>(&command);
    const bool writes = batch != nullptr &&
                        batch->statements.front() == pos::store::Statement::audit_approve_groups;
    if (writes) world.database.execute("UPDATE pos_audits SET edition = 2");
    return false;
  };
  const auto done = approve(world, R"("confidence":"probable")");
  CHECK(done.status == 409);
  CHECK(detail(done) == "the plan has changed meanwhile: read it again");
  CHECK(count(world, "pos_repairs") == 0);
  CHECK(count(world, "pos_repair_orders") == 0);
}

TEST_CASE("Square does not answer: nothing is approved, and it is said when to ask again") {
  for (const int status : {500, 429, 401, 200}) {
    CAPTURE(status);
    AuditWorld world;
    make(world);
    world.square.instead = [&](const pos::io::FetchCommand&) {
      return world::SquareReply{status, R"({"orders":[{}],"refunds":[{}]})"};
    };
    const auto done = approve(world, R"("confidence":"certain")");
    CHECK(done.status == 503);
    CHECK(done.retry_after_seconds == 30);
    CHECK(count(world, "pos_repairs") == 0);
    CHECK(world.database.integer("SELECT edition FROM pos_audits") == 1);
    world.square.instead = nullptr;
    CHECK(approve(world, R"("confidence":"certain")").status == 202);
  }
}

TEST_CASE(
    "D1 does not answer: an approval says 503 and when to ask again, and approves nothing twice") {
  for (int answered = 0; answered < 6; ++answered) {
    CAPTURE(answered);
    AuditWorld world;
    make(world);
    const std::string print = fingerprint(world);
    const std::string body = R"({"fingerprint":")" + print + R"(","confidence":"certain"})";
    int batches = 0;
    world.loses = [&](const pos::io::Command& command) {
      return std::holds_alternative<pos::io::D1Command>(command) && ++batches > answered;
    };
    const auto done = world.ask("audits.approve", body, "a1");
    world.loses = nullptr;
    if (batches <= answered) {
      CHECK(done.status == 202);
      break;
    }
    CHECK(done.status == 503);
    CHECK(detail(done) == "the database did not answer; ask again: nothing is done twice");
    CHECK(done.retry_after_seconds == 1);
    const auto again = world.ask("audits.approve", body, "a1");
    CHECK((again.status == 202 || again.status == 200));
    CHECK(count(world, "pos_repairs") == 1);
    CHECK(count(world, "pos_repair_log WHERE event = 'approved'") == 1);
  }
}

TEST_CASE("what an approval is given in another form than text is refused by its name") {
  AuditWorld world;
  make(world);
  const std::string long_text(256, 'x');
  for (const std::string name : {"actor", "reason"}) {
    for (const std::string& value : {std::string("7"), std::string("null"), std::string("\"\""),
                                     std::string("[\"ada\"]"), "\"" + long_text + "\""}) {
      CAPTURE(name);
      CAPTURE(value);
      const auto done = approve(world, R"("confidence":"certain",")" + name + "\":" + value);
      CHECK(done.status == 422);
      CHECK(detail(done).find(name + ": expected a text of 1 to 255 bytes") == 0);
    }
  }
  CHECK(count(world, "pos_repairs") == 0);
  CHECK(approve(world, R"("confidence":"certain","actor":")" + long_text.substr(1) + "\"").status ==
        202);
}

TEST_CASE("an approval whose every answer from Square is lost once is an approval still") {
  AuditWorld world;
  make(world);
  std::set<std::string> asked;
  world.loses = [&](const pos::io::Command& command) {
    const auto* fetch = std::get_if<pos::io::FetchCommand>(&command);
    return fetch != nullptr && asked.insert(fetch->url + fetch->body).second;
  };
  CHECK(approve(world, R"("confidence":"certain")").status == 202);
  CHECK(asked.size() == 2);
}

TEST_CASE("an approval whose every answer from D1 is lost once approves the same") {
  AuditWorld world;
  make(world);
  const std::string print = fingerprint(world);
  std::string last;
  world.loses = [&](const pos::io::Command& command) {
    const auto* batch = std::get_if<pos::io::D1Command>(&command);
    if (batch == nullptr) return false;
    const std::string text = batch->parameters[1] + std::to_string(batch->statements.size());
    return std::exchange(last, text) != text;
  };
  const auto done = world.ask(
      "audits.approve", R"({"fingerprint":")" + print + R"(","confidence":"probable"})", "a1");
  CHECK(done.status == 202);
  CHECK(done.body.find(R"("groups":2,"refunds":2)") != std::string::npos);
  CHECK(count(world, "pos_repairs") == 2);
  CHECK(count(world, "pos_repair_log") == 2);
}

TEST_CASE("an audit that is approved and read again keeps what was approved of it") {
  AuditWorld world;
  make(world);
  CHECK(approve(world, R"("confidence":"certain")").status == 202);
  AuditSquare::Sold sold;
  sold.id = "late";
  sold.at_ms = september + 2 * day - minute;
  sold.updated_ms = world.database.now_ms;
  world.square.sell(sold);
  CHECK(approve(world, R"("confidence":"probable")").status == 409);
  world.read_all();
  CHECK(count(world, "pos_audit_groups WHERE approved_at IS NOT NULL") == 1);
  CHECK(count(world, "pos_audit_groups") == 3);
  CHECK(approve(world, R"("confidence":"probable")").status == 202);
  CHECK(count(world, "pos_repairs") == 3);
}

TEST_CASE("plans that somebody has changed beside their fingerprint are not approved by it") {
  AuditWorld world;
  make(world);
  const std::string shown = fingerprint(world);
  world.database.execute("DELETE FROM pos_audit_groups WHERE confidence = 'certain'");
  CHECK(fingerprint(world).empty());
  CHECK(world.ask("audits.show", {}, "a1").body.find("the plan of L1 is not what was planned") !=
        std::string::npos);
  const auto done = world.ask(
      "audits.approve", R"({"fingerprint":")" + shown + R"(","confidence":"probable"})", "a1");
  check_read_anew(world, done, "the plan of L1 is not what was planned: somebody has changed it");
}

TEST_CASE("nothing is approved that could not be sealed, and the words say what to set") {
  AuditWorld world;
  make(world);
  world.has_seal_key = false;
  const auto done = approve(world, R"("confidence":"probable")");
  CHECK(done.status == 503);
  CHECK(detail(done).find("wrangler secret put SEAL_KEY") != std::string::npos);
  CHECK(count(world, "pos_repairs") == 0);
}

TEST_CASE("where the key of seals cannot be used nothing is approved, and its words are told") {
  AuditWorld world;
  make(world);
  world.seal_error = "SEAL_KEY: expected 32 bytes in base64";
  const auto done = approve(world, R"("confidence":"probable")");
  CHECK(done.status == 503);
  CHECK(detail(done) == "pos-sync is not set up: SEAL_KEY: expected 32 bytes in base64");
  CHECK(count(world, "pos_repairs") == 0);
  world.seal_error.clear();
  const auto again = approve(world, R"("confidence":"probable")");
  CAPTURE(again.body);
  CHECK(again.status == 202);
  CHECK(count(world, "pos_repairs") > 0);
}

TEST_CASE("a repair that was inserted by hand is not approved by an approval of the plan") {
  AuditWorld world;
  make(world);
  world.database.execute(
      "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, "
      "external_order_id, survivor_order_id, amount, currency) VALUES ('refund', 'p-o1-again', "
      "'a1', 'g', '', 'L1', 'o1-again', 'o9', 1, 'TRY')");
  CHECK(approve(world, R"("confidence":"certain")").status == 202);
  CHECK(world.database.text("SELECT amount || seal FROM pos_repairs") == "1");
  world.tick();
  CHECK(world.database.text("SELECT state || ': ' || reason FROM pos_repairs") ==
        "stopped: unsealed: it has no seal");
  // Once it was found out, the plan is made anew, and what is approved then takes its place.
  CHECK(approve(world, R"("confidence":"certain","actor":"ada")").status == 409);
  world.read_all();
  CHECK(approve(world, R"("confidence":"certain","actor":"ada")").status == 202);
  CHECK(world.database.text(
            "SELECT json_array(state, reason, amount, survivor_order_id, approved_by) "
            "FROM pos_repairs") == R"(["due","",50000,"o1","ada"])");
  CHECK(world.database.text("SELECT seal FROM pos_repairs")
            .rfind(R"(v1.k.["pos_repairs","square",)", 0) == 0);
}

TEST_CASE("what has changed since an approval can be approved as it stands now") {
  AuditWorld world;
  make(world);
  CHECK(approve(world, R"("confidence":"certain")").status == 202);
  for (auto& order : world.square.orders) {
    const std::size_t at = order.json.find(R"("Adana")");
    if (at != std::string::npos) order.json.replace(at, 7, R"("Adana, no onions")");
  }
  const auto row = [&](const char* what) {
    return world.database.text(std::string("SELECT ") + what + " FROM pos_repairs");
  };
  // As a tick leaves it that finds it so (repair_test.cpp).
  world.database.execute(
      "UPDATE pos_repairs SET state = 'stopped', reason = 'changed: it holds something else'");
  const std::string basis = row("approved");
  world.database.now_ms += 3'600'000;
  // The plan is read anew before it is approved, and then it is what stands there.
  CHECK(approve(world, R"("confidence":"certain","actor":"ada")").status == 409);
  world.read_all();
  CHECK(approve(world, R"("confidence":"certain","actor":"ada")").status == 202);
  CHECK(row("json_array(state, reason, approved_by)") == R"(["due","","ada"])");
  CHECK(row("approved") != basis);
}

TEST_CASE("an approval that cannot look at Square for all of it approves nothing, and says when") {
  AuditWorld world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('r2', 'L2'), ('r3', 'L3')");
  sell_twice(world, "o8", september + day, "ref-8", "L2");
  sell_twice(world, "o9", september + day, "ref-9", "L3");
  make(world);
  const std::string before = fingerprint(world);
  world.variables["SUBREQUEST_BUDGET"] = "10";
  const auto done = world.ask(
      "audits.approve", R"({"fingerprint":")" + before + R"(","confidence":"certain"})", "a1");
  CHECK(done.status == 503);
  CHECK(done.retry_after_seconds == 30);
  CHECK(detail(done).find("nothing was approved; name fewer of them") != std::string::npos);
  CHECK(world.database.integer("SELECT count(*) FROM pos_repairs") == 0);
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_audit_groups WHERE approved_at IS NOT NULL") == 0);
  world.variables["SUBREQUEST_BUDGET"] = "100";
  CHECK(approve(world, R"("confidence":"certain")").status == 202);
}

}  // namespace approval_test

// How an audit reads and is approved, statement by statement: the whole effect of each in a table
// of neighbours: another audit's place, another place of the audit, one that is at rest.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/changes.hpp"
#include "harness/database.hpp"

namespace reading_rows_test {

using changes::rows_of;
using pos::store::Statement;

namespace {

struct AuditReader : changes::Tables {
  std::string effect(const std::vector<Statement>& statements, const std::string& asked,
                     const std::string& list = "[]") {
    return changed_by(statements, {"op", asked, list});
  }
};

}  // namespace

TEST_CASE("a place that no account reads is noted as failing, its readable neighbours are not") {
  AuditReader world;
  world.database.execute(
      "UPDATE pos_accounts SET state = 'paused', pause_reason = 'operator', "
      "pause_detail = 'closed'");
  world.add("pos_accounts", "restaurant_id, provider, state, pause_reason, paused_until",
            {"'r2', 'square', 'active', '', 0",
             "'r3', 'square', 'active', 'unauthorized', "
             "1795000000001",
             "'r5', 'clover', 'active', '', 0",
             "'r6', 'square', 'active', 'unauthorized', 1795000000000"});
  world.add("pos_audit_places",
            "audit_id, location_id, restaurant_id, step, lease_until, failing_since, "
            "refused_since, last_error",
            {"'A1', 'L1', 'r1', 'orders', 1795000000000, 0, 0, 'e'",
             "'A1', 'L2', 'r2', 'orders', 0, 0, 0, 'e'", "'A1', 'L3', 'r3', 'orders', 0, 5, 0, 'e'",
             "'A1', 'L4', 'r3', 'orders', 0, 5, 6, 'e'", "'A1', 'L5', 'r5', 'orders', 0, 0, 0, 'e'",
             "'A1', 'L6', 'r6', 'orders', 0, 0, 0, 'e'", "'A1', 'L7', 'r1', 'done', 0, 0, 0, 'e'",
             "'A1', 'L8', 'r1', 'left_out', 0, 0, 0, 'e'",
             "'A1', 'L9', 'r1', 'orders', 1795000000001, 0, 0, 'e'",
             "'A1', 'M1', 'r1', 'orders', 0, 5, 0, 'e'"});
  CHECK(world.effect({Statement::audit_blocked}, "{}") ==
        "pos_audit_places A1 L1: last_error=e>the account is paused: operator closed "
        "failing_since=0>now\n"
        "pos_audit_places A1 L3: last_error=e>the account is paused: unauthorized "
        "refused_since=0>now\n"
        "pos_audit_places A1 L5: last_error=e>the account is paused: operator closed "
        "failing_since=0>now\n");
}

TEST_CASE("a place is given up with how often it refused, and by nobody's name") {
  AuditReader world;
  const std::string columns =
      "audit_id, location_id, restaurant_id, step, refusals, refused_since, failures, "
      "failing_since, last_error, left_out_by, cursor, pages, updated_at";
  world.add("pos_audit_places", columns,
            {"'A1', 'L1', '', 'orders', 0, 0, 5, 1, 'e', 'ada', 'c', 3, 4",
             "'A1', 'L2', '', 'orders', 1, 1, 5, 1, 'e', 'ada', 'c', 3, 4",
             "'A1', 'L3', '', 'orders', 7, 1, 0, 0, 'e', 'ada', 'c', 3, 4",
             "'A1', 'L4', '', 'orders', 2, 1, 4, 1, 'e', 'ada', 'c', 3, 4",
             "'A1', 'L5', '', 'done', 7, 1, 9, 1, 'e', 'ada', 'c', 3, 4"});
  const auto left = [](const char* place, const char* why) {
    return "pos_audit_places A1 " + std::string(place) +
           ": step=orders>left_out cursor=c> pages=3>0 left_out_at=->now left_out_by=ada> "
           "left_out_because=>" +
           why + " updated_at=4>now\n";
  };
  CHECK(
      world.effect({Statement::audit_give_up},
                   R"({"most_refusals":3,"refused_ms":100,"most_failures":5,"failing_ms":100})") ==
      left("L1", "e") + left("L2", "1 refusals, the last one: e") +
          left("L3", "7 refusals, the last one: e"));
}

TEST_CASE("who has finished a place takes another; what is read is read with its own audit") {
  AuditReader world;
  world.database.execute("UPDATE pos_accounts SET token = 'T'");
  world.add("pos_audits", "id, from_at, to_at, window_ms", {"'A1', 11, 12, 13", "'A2', 1, 2, 3"});
  const std::string columns =
      "audit_id, location_id, restaurant_id, edition, step, cursor, attempts, time_zone, orders, "
      "holder, next_attempt_at";
  world.add("pos_audit_places", columns,
            {"'A1', 'L1', 'r1', 2, 'done', 'c', 4, 'Z', 5, 'op', 0",
             "'A1', 'L2', 'r1', 2, 'left_out', 'c', 4, 'Z', 5, 'op', 0",
             "'A1', 'L3', 'r1', 2, 'orders', 'c', 4, 'Z', 5, '', 7",
             "'A1', 'L4', 'r1', 2, 'orders', 'c', 4, 'Z', 5, '', 6",
             "'A2', 'L5', 'r1', 2, 'orders', 'c', 4, 'Z', 5, '', 8"});
  const std::string asked = R"({"lease_ms":100,"limit":2})";
  CHECK(world.effect({Statement::audit_claim, Statement::audit_held}, asked) ==
        "pos_audit_places A1 L3: holder=>op lease_until=0>now+100\n"
        "pos_audit_places A1 L4: holder=>op lease_until=0>now+100\n");
  CHECK(rows_of(world.answer, 1) ==
        "A1|L3|r1|2|orders|c|4|Z|5|11|12|13||T|1795000000000\n"
        "A1|L4|r1|2|orders|c|4|Z|5|11|12|13||T|1795000000000\n");
  CHECK(world.effect({Statement::audit_claim}, asked).empty());
}

TEST_CASE("a place is called what its own account says, else what Square says of its location") {
  const auto located = [](const std::string& sql) {
    AuditReader world;
    world.add(
        "pos_audit_places", "audit_id, location_id, restaurant_id, edition, step, cursor, holder",
        {"'A1', 'L1', 'r1', 1, 'location', '', 'op'", "'A1', 'L2', 'r1', 1, 'location', '', 'op'",
         "'A2', 'L1', 'r1', 1, 'location', '', 'op'"});
    world.database.execute(sql);
    return world.effect(
        {Statement::audit_locate},
        R"({"audit_id":"A1","location_id":"L1","edition":1,"step":"location","cursor":""})",
        R"({"name":"sn","email":"se","language":"sl","time_zone":"st","currency":"sc"})");
  };
  const std::string place = "pos_audit_places A1 L1: ";
  const std::string said =
      "name=>sn email=>se language=>sl time_zone=>st currency=>sc "
      "began_at=0>now\n";
  CHECK(located("SELECT 1") == place + said);
  CHECK(located("INSERT INTO pos_accounts (restaurant_id, provider, name, email, language, "
                "time_zone) VALUES ('r1', 'square', 'n', 'e', 'l', 't'), ('r2', 'square', 'z', "
                "'z', 'z', 'z'), ('r1', 'clover', 'z', 'z', 'z', 'z')") ==
        place + "name=>n email=>e language=>l time_zone=>t currency=>sc began_at=0>now\n");
  CHECK(located("UPDATE pos_audit_places SET cursor = 'x'").empty());
}

TEST_CASE(
    "what is read of another place by now is that place's; a step counts its own at its end") {
  AuditReader world;
  const std::string columns =
      "audit_id, location_id, restaurant_id, edition, step, cursor, holder, updated_at";
  world.add("pos_audit_places", columns,
            {"'A1', 'L1', 'r1', 1, 'orders', '', 'op', 9",
             "'A1', 'L2', 'r1', 1, 'orders', '', "
             "'op', 9",
             "'A2', 'L1', 'r1', 1, 'orders', '', 'op', 9"});
  world.add("pos_audit_orders", "audit_id, location_id, external_order_id, created_at",
            {"'A1', 'L1', 'o1', 1", "'A1', 'L2', 'o2', 1", "'A1', 'L2', 'o3', 1",
             "'A2', 'L1', 'o4', 1", "'A2', 'L1', 'o5', 1", "'A2', 'L1', 'o6', 1"});
  world.add("pos_audit_payments", "audit_id, location_id, payment_id, created_at, status",
            {"'A1', 'L1', 'p1', 1, 's'", "'A1', 'L2', 'p2', 1, 's'", "'A1', 'L2', 'p3', 1, 's'",
             "'A2', 'L1', 'p4', 1, 's'", "'A2', 'L1', 'p5', 1, 's'", "'A2', 'L1', 'p6', 1, 's'"});
  const auto at = [](const std::string& step, const std::string& more) {
    return R"({"audit_id":"A1","location_id":"L1","edition":1,"cursor":"","step":")" + step + "\"" +
           more + "}";
  };
  CHECK(world.effect({Statement::audit_advance},
                     at("orders", R"(,"next_step":"payments","next_cursor":"","pages":1,)"
                                  R"("count":5)")) ==
        "pos_audit_places A1 L1: step=orders>payments pages=0>1 orders=0>1 updated_at=9>now\n");
  CHECK(world.effect({Statement::audit_advance},
                     at("payments", R"(,"next_step":"refunds","next_cursor":"","pages":1,)"
                                    R"("count":5)")) ==
        "pos_audit_places A1 L1: step=payments>refunds pages=1>2 payments=0>1\n");
  // An order and a payment that stood in another place when they were read before.
  world.database.execute("UPDATE pos_audit_places SET step = 'orders'");
  const std::string moved = world.effect(
      {Statement::audit_orders_in}, at("orders", ""),
      R"([{"id":"o2","created_at":1,"kind":"sale","state":"","paid":0,"reference_id":"",)"
      R"("pos_sync":"","order_key":"","table_id":"","total":0,"tip":0,"currency":"","tax":"{}",)"
      R"("content":"","missing":"","fingerprint":"","reference_hash":0,"metadata_hash":0,)"
      R"("content_hash":0,"table_hash":0,"customer_hash":0,"source_hash":0,"tenders":"[]"}])");
  CHECK(moved == "pos_audit_orders 2: location_id=L2>L1\n");
  const std::string paid = world.effect(
      {Statement::audit_payments_in}, at("orders", ""),
      R"([{"id":"p2","order_id":"","created_at":1,"status":"s","source_type":"","amount":0,)"
      R"("currency":"","refunded":0,"fee":0,"instrument_hash":0,"card_brand":"","card_last_4":"",)"
      R"("customer_hash":0}])");
  CHECK(paid == "pos_audit_payments A1 p2: location_id=L2>L1\n");
}

TEST_CASE(
    "the keys of a place leave out what is wholly refunded, and come five thousand at a time") {
  AuditReader world;
  world.add("pos_audit_orders", "id, audit_id, location_id, external_order_id, created_at",
            {"1, 'A1', 'L1', 'o1', 1", "2, 'A1', 'L1', 'o2', 1", "3, 'A1', 'L1', 'o3', 1",
             "4, 'A2', 'L1', 'o4', 1", "5, 'A1', 'L2', 'o5', 1"});
  world.add("pos_audit_payments",
            "audit_id, location_id, payment_id, external_order_id, created_at, status, amount, "
            "refunded",
            {"'A1', 'L1', 'p1', 'o1', 1, 'COMPLETED', 1, 1",
             "'A1', 'L1', 'p2', 'o2', 1, 'COMPLETED', 0, 0",
             "'A1', 'L1', 'p3', 'o3', 1, 'COMPLETED', 2, 1"});
  const std::string asked =
      R"({"audit_id":"A1","location_id":"L1","after_at":0,"after_row":0,"rows":[2,4]})";
  world.effect({Statement::audit_keys, Statement::audit_members}, asked);
  CHECK(rows_of(world.answer) == "2|1|0|0|0|0|0\n3|1|0|0|0|0|0\n");
  const std::string members = rows_of(world.answer, 1);
  CHECK(members.rfind("|o2|L1|1|", 0) == 0);
  CHECK(members.find('\n') + 1 == members.size());
  world.database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n WHERE i < 5010) INSERT "
      "INTO pos_audit_orders (id, audit_id, location_id, external_order_id, created_at) SELECT i, "
      "'A1', 'L1', 'n' || i, 2 FROM n");
  const std::string keys = rows_of(world.database.batch({Statement::audit_keys}, {"op", asked}));
  CHECK(std::count(keys.begin(), keys.end(), '\n') == 5000);
}

TEST_CASE("a plan is written down for its own place and edition, and what was approved stays") {
  AuditReader world;
  const std::string columns =
      "audit_id, location_id, restaurant_id, edition, step, cursor, holder, lease_until, notes, "
      "attempts, next_attempt_at, last_error, failures, failing_since, refusals, refused_since, "
      "updated_at";
  const std::string values = "2, 'grouping', 'c', 'op', 1, 'old', 3, 4, 'e', 5, 6, 7, 8, 9";
  world.add("pos_audit_places", columns,
            {"'A1', 'L1', 'r1', " + values, "'A1', 'L2', 'r2', " + values,
             "'A2', 'L1', 'r1', " + values});
  world.add("pos_audit_groups",
            "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan, "
            "approved_at",
            {"'A1', 'g1', 1, 'L9', 'r9', 'possible', 9, 'x', NULL",
             "'A1', 'g2', 1, 'L1', 'r1', 'certain', 1, 'x', NULL",
             "'A1', 'g3', 1, 'L1', 'r1', 'certain', 1, 'x', 5",
             "'A1', 'g4', 1, 'L2', 'r1', 'certain', 1, 'x', NULL",
             "'A1', 'g5', 2, 'L2', 'r1', 'certain', 1, 'x', NULL",
             "'A2', 'g6', 1, 'L1', 'r1', 'certain', 1, 'x', NULL",
             "'A2', 'g7', 2, 'L1', 'r1', 'certain', 1, 'x', NULL",
             "'A2', 'g8', 2, 'L1', 'r1', 'certain', 1, 'x', NULL",
             "'A2', 'g9', 2, 'L1', 'r1', 'certain', 1, 'x', NULL"});
  world.add("pos_audit_orders", "audit_id, location_id, external_order_id, created_at, missing",
            {"'A1', 'L1', 'o1', 1, 'total'", "'A1', 'L1', 'o2', 1, ''", "'A1', 'L2', 'o3', 1, 'x'",
             "'A2', 'L1', 'o4', 1, 'x'", "'A2', 'L1', 'o5', 1, 'x'"});
  const std::string asked =
      R"({"audit_id":"A1","location_id":"L1","edition":2,"step":"grouping","cursor":"c",)"
      R"("figures":"{\"n\":1}","fingerprint":"F","note":"new"})";
  const std::string found = R"([{"group_id":"g1","confidence":"certain","first_at":1,"plan":"p"},)"
                            R"({"group_id":"h1","confidence":"probable","first_at":2,"plan":"q"}])";
  CHECK(world.effect({Statement::audit_groups_in}, asked, found) ==
        "pos_audit_groups A1 g1: edition=1>2 location_id=L9>L1 restaurant_id=r9>r1 "
        "confidence=possible>certain first_at=9>1 plan=x>p\n"
        "+ pos_audit_groups A1 h1: audit_id=A1 group_id=h1 edition=2 location_id=L1 "
        "restaurant_id=r1 confidence=probable first_at=2 plan=q approved_by=\n");
  CHECK(world.effect({Statement::audit_groups_old}, asked) == "- pos_audit_groups A1 g2\n");
  CHECK(world.effect({Statement::audit_planned}, asked) ==
        "pos_audit_places A1 L1: step=grouping>done cursor=c> groups=0>2 "
        "figures={}>{\"n\":1,\"not_comparable\":1} fingerprint=>F notes=old>oldnew\n "
        "holder=op> lease_until=1>0 next_attempt_at=4>0 attempts=3>0 last_error=e> failures=5>0 "
        "failing_since=6>0 refusals=7>0 refused_since=8>0 updated_at=9>now\n");
}

TEST_CASE("a log, a count and a sum of an approval are of the groups that it is about") {
  AuditReader world;
  world.add("pos_audits", "id, from_at, to_at, window_ms", {"'A1', 1, 2, 3", "'A2', 1, 2, 3"});
  world.add("pos_audit_places", "audit_id, location_id, restaurant_id, step",
            {"'A1', 'L1', 'r1', 'done'"});
  const std::string keep =
      R"('{"survivor":"s","orders":[{"id":"s","action":"keep","role":"survivor"},)"
      R"({"id":"d","action":"cancel","role":"duplicate"}]}')";
  const auto group = [&](const std::string& names, const std::string& approved) {
    return names + ", 1, 'L1', 'r1', 'certain', 1, " + keep + ", " + approved;
  };
  world.add("pos_audit_groups",
            "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan, "
            "approved_at",
            {group("'A1', 'g1'", "5"), group("'A1', 'g2'", "5"), group("'A1', 'g3'", "NULL"),
             group("'A2', 'g1'", "5")});
  world.add("pos_repairs",
            "action, target, audit_id, group_id, restaurant_id, location_id, external_order_id, "
            "survivor_order_id, amount, currency",
            {"'refund', 'p1', 'A1', 'g1', 'r', 'L', 'o', 's', 100, 'TRY'",
             "'refund', 'p2', 'A1', 'g1', 'r', 'L', 'o', 's', 20, 'TRY'",
             "'cancel', 'o3', 'A1', 'g1', 'r', 'L', 'o', 's', 7, 'TRY'",
             "'refund', 'p4', 'A1', 'g3', 'r', 'L', 'o', 's', 5, 'EUR'",
             "'refund', 'p5', 'A1', 'g2', 'r', 'L', 'o', 's', 3000, 'TRY'",
             "'refund', 'p6', 'A2', 'g1', 'r', 'L', 'o', 's', 40000, 'TRY'"});
  const auto asked = [](const char* amended) {
    return R"({"audit_id":"A1","edition":1,"amended":)" + std::string(amended) +
           R"(,"groups":["g1","g3"],"actor":"ada","role":"approve","reason":"why"})";
  };
  const std::vector<Statement> reading = {Statement::audit_approved,
                                          Statement::audit_approved_money};
  CHECK(world.effect(reading, asked("0")).empty());
  CHECK(rows_of(world.answer, 0) == "1|-|1\n");
  CHECK(rows_of(world.answer, 1) == "EUR|1|0|5\nTRY|2|1|120\n");
  CHECK(world.effect({Statement::audit_approve_log}, asked("1")).empty());
  const std::string log = world.effect({Statement::audit_approve_log}, asked("0"));
  for (const char* target : {"p1", "p2", "o3", "p4"}) {
    CHECK(log.find(std::string("target=") + target + " ") != std::string::npos);
  }
  CHECK(log.find("target=p5") == std::string::npos);
  CHECK(log.find("target=p6") == std::string::npos);
  CHECK(world.effect({Statement::audit_approve_log}, asked("0")).empty());
  // An order that belongs to another group for ever.
  world.add("pos_repair_orders",
            "external_order_id, group_key, role, audit_id, group_id, "
            "approved_at",
            {"'d', 'other', 'duplicate', 'A0', 'g0', 1"});
  world.effect(reading, asked("0"));
  CHECK(rows_of(world.answer, 0) == "1|d|1\n");
  world.effect(reading, asked("1"));
  CHECK(rows_of(world.answer, 0) == "0|d|1\n");
}

}  // namespace reading_rows_test

// What an approval writes down, statement by statement: for which groups, under which conditions,
// and each value of it; and what it leaves alone.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/database.hpp"
#include "store/sealed_columns.hpp"

namespace approve_rows_test {

using pos::store::Statement;
using world::Database;

namespace {

using Columns = std::map<std::string, std::string>;

const std::string plan =
    R"({"survivor":"o1","currency":"TRY","orders":[)"
    R"({"id":"o1","role":"survivor","action":"keep","total":520,"tip":20,"content":"C1",)"
    R"("paid":true,"tenders":["t1"],"payments":[)"
    R"({"id":"p1","status":"COMPLETED","action":"none","amount":520},)"
    R"({"id":"p0","status":"FAILED","action":"none","amount":520}]},)"
    R"({"id":"o2","role":"duplicate","action":"refund","total":530,"tip":30,"content":"C2",)"
    R"("paid":true,"tenders":["t2","p2"],"payments":[)"
    R"({"id":"p2","status":"COMPLETED","action":"refund","amount":530,"fee":9,)"
    R"("source_type":"CARD"},)"
    R"({"id":"p9","status":"FAILED","action":"none","amount":530}]},)"
    R"({"id":"o3","role":"duplicate","action":"cancel","total":500,"tip":0,"content":"C3",)"
    R"("paid":false,"tenders":[],"payments":[]}]})";

struct Approval {
  Database database;
  std::int64_t now = database.now_ms;
  std::string asked =
      R"({"audit_id":"A1","edition":1,"amended":0,"groups":["g1"],"actor":"ada","role":"approve",)"
      R"("reason":"why","approved_at":77})";
  std::string seals = R"([{"group":"g1","action":"refund","target":"p2","seal":"s2"},)"
                      R"({"group":"g1","action":"cancel","target":"o3","seal":"s3"}])";

  Approval() {
    database.execute(
        "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('A1', 1, 2, 3), ('A2', 1, "
        "2, 3)");
    database.execute(
        "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step) VALUES ('A1', "
        "'L1', 'r1', 'done'), ('A1', 'L2', 'r2', 'done'), ('A2', 'L1', 'r1', 'orders')");
    database.execute(
        "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
        "confidence, first_at, plan) VALUES ('A1', 'g1', 1, 'L1', 'r1', 'certain', 1, ?1)",
        {plan});
  }

  std::string approve() {
    return database.batch({Statement::audit_approve_groups, Statement::audit_approve_orders,
                           Statement::audit_approve_refunds, Statement::audit_approve_cancels,
                           Statement::audit_approve_log, Statement::audit_approve_audit,
                           Statement::audit_approved, Statement::audit_approved_money},
                          {"op", asked, seals});
  }
  [[nodiscard]] std::string lines(const std::string& table,
                                  const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& each : columns) {
      list += (list.empty() ? "" : " || '|' || ") + ("coalesce(CAST(" + each + " AS TEXT), '-')");
    }
    return database.text("SELECT group_concat(line, ';') FROM (SELECT " + list + " AS line FROM " +
                         table + ")");
  }
  /// How much of it is written down: groups, orders, repairs, lines, audits.
  [[nodiscard]] std::string written() {
    return database.text(
        "SELECT (SELECT count(approved_at) FROM pos_audit_groups) || ' ' || (SELECT count(*) FROM "
        "pos_repair_orders) || ' ' || (SELECT count(*) FROM pos_repairs WHERE seal LIKE 's%') || "
        "' ' || (SELECT count(*) FROM pos_repair_log) || ' ' || (SELECT count(approved_at) FROM "
        "pos_audits)");
  }
};

const std::vector<std::string> sealed = {"provider",
                                         "action",
                                         "target",
                                         "audit_id",
                                         "group_id",
                                         "restaurant_id",
                                         "location_id",
                                         "external_order_id",
                                         "survivor_order_id",
                                         "amount",
                                         "currency",
                                         "fee",
                                         "source_type",
                                         "approved_by",
                                         "approved_role",
                                         "approved_at",
                                         "seal",
                                         "state"};

}  // namespace

TEST_CASE(
    "an approval writes down each value of what was seen, and nothing that is not to be done") {
  Approval world;
  const std::string answer = world.approve();
  CHECK(world.written() == "1 3 2 2 1");
  CHECK(world.lines("pos_repairs ORDER BY target", sealed) ==
        "square|cancel|o3|A1|g1|r1|L1|o3|o1|500|TRY|0||ada|approve|77|s3|due;"
        "square|refund|p2|A1|g1|r1|L1|o2|o1|530|TRY|9|CARD|ada|approve|77|s2|due");
  CHECK(world.database.text("SELECT approved FROM pos_repairs WHERE target = 'p2'") ==
        R"({"v":1,"total":500,"content":"C2","payments":["p2","p9","t2"],"survivor":)"
        R"({"paid":true,"total":500,"content":"C1","payments":["p1"]}})");
  CHECK(world.database.text("SELECT approved FROM pos_repairs WHERE target = 'o3'") ==
        R"({"v":1,"total":500,"content":"C3","payments":[],"survivor":)"
        R"({"paid":true,"total":500,"content":"C1","payments":["p1"]}})");
  CHECK(world.lines("pos_repair_orders ORDER BY external_order_id",
                    {"provider", "external_order_id", "group_key", "role", "audit_id", "group_id",
                     "approved_at"}) ==
        "square|o1|o1|survivor|A1|g1|" + std::to_string(world.now) +
            ";square|o2|o1|duplicate|A1|g1|" + std::to_string(world.now) +
            ";square|o3|o1|duplicate|A1|g1|" + std::to_string(world.now));
  CHECK(world.lines("pos_audit_groups", {"approved_at", "approved_by"}) == "77|ada");
  CHECK(world.lines("pos_audits", {"id", "approved_at"}) ==
        "A1|" + std::to_string(world.now) + ";A2|-");
  CHECK(world.lines("pos_repair_log ORDER BY target",
                    {"audit_id", "target", "actor", "event", "from_state", "to_state", "token",
                     "detail"}) ==
        "A1|o3|ada|approved||due|approve:A1:g1|" +
            std::string(R"({"action":"cancel","amount":500,"currency":"TRY","role":"approve",)"
                        R"("reason":"why"};A1|p2|ada|approved||due|approve:A1:g1|)"
                        R"({"action":"refund","amount":530,"currency":"TRY","role":"approve",)"
                        R"("reason":"why"})"));
  CHECK(answer.substr(answer.find(R"([[1,)")) == R"([[1,null,1]],[["TRY",1,1,530]]])");
  // Once more, later: nothing is written a second time, and the answer is the same.
  world.database.now_ms += 5000;
  const std::string before = world.lines("pos_repairs", sealed);
  CHECK(world.approve() == answer);
  CHECK(world.written() == "1 3 2 2 1");
  CHECK(world.lines("pos_repairs", sealed) == before);
  CHECK(world.lines("pos_audits", {"approved_at"}) == std::to_string(world.now) + ";-");
  CHECK(world.database.integer("SELECT min(approved_at) = max(approved_at) FROM "
                               "pos_repair_orders") == 1);
}

TEST_CASE("nothing of an approval is written once one thing of its plan is not so any more") {
  struct Case {
    const char* what;
    const char* sql;
    bool is_written;
  };
  for (
      const Case& each : std::vector<Case>{
          {"as it was", "UPDATE pos_audits SET window_ms = 4", true},
          {"read anew", "UPDATE pos_audits SET edition = 2", false},
          {"read anew, of another audit", "UPDATE pos_audits SET edition = 2 WHERE id = 'A2'",
           true},
          {"amended", "UPDATE pos_audits SET amended = 1", false},
          {"being read", "UPDATE pos_audit_places SET step = 'grouping' WHERE location_id = 'L2'",
           false},
          {"another place left out",
           "UPDATE pos_audit_places SET step = 'left_out' WHERE location_id = 'L2'", true},
          {"its place left out",
           "UPDATE pos_audit_places SET step = 'left_out' WHERE audit_id = 'A1'", false},
          {"an older edition's", "UPDATE pos_audit_groups SET edition = 0", false},
          {"another group", "UPDATE pos_audit_groups SET group_id = 'g2'", false},
          {"another audit's", "UPDATE pos_audit_groups SET audit_id = 'A2'", false},
          {"with none to stay",
           "UPDATE pos_audit_groups SET plan = replace(plan, '\"keep\"', '\"none\"')", false},
          {"of another group for ever",
           "INSERT INTO pos_repair_orders (external_order_id, group_key, role, audit_id, group_id, "
           "approved_at) VALUES ('o2', 'o9', 'duplicate', 'A0', 'g0', 1)",
           false},
          {"in another role for ever",
           "INSERT INTO pos_repair_orders (external_order_id, group_key, role, audit_id, group_id, "
           "approved_at) VALUES ('o2', 'o1', 'survivor', 'A0', 'g0', 1)",
           false},
          {"approved before",
           "INSERT INTO pos_repair_orders (external_order_id, group_key, role, audit_id, group_id, "
           "approved_at) VALUES ('o2', 'o1', 'duplicate', 'A0', 'g0', 1)",
           true},
          {"of another provider",
           "INSERT INTO pos_repair_orders (provider, external_order_id, group_key, role, audit_id, "
           "group_id, approved_at) VALUES ('clover', 'o2', 'o9', 'duplicate', 'A0', 'g0', 1)",
           true}}) {
    CAPTURE(each.what);
    Approval world;
    world.database.execute(each.sql);
    world.approve();
    CHECK((world.database.integer("SELECT count(*) FROM pos_repairs WHERE seal <> ''") == 2) ==
          each.is_written);
    CHECK((world.database.integer("SELECT count(approved_at) FROM pos_audit_groups") == 1) ==
          each.is_written);
    CHECK((world.database.integer("SELECT count(*) FROM pos_repair_orders WHERE audit_id = 'A1'") >=
           2) == each.is_written);
    CHECK((world.database.integer("SELECT count(*) FROM pos_repair_log") == 2) == each.is_written);
    CHECK((world.database.integer("SELECT count(approved_at) FROM pos_audits") == 1) ==
          each.is_written);
  }
}

TEST_CASE(
    "groups are approved by their names, or as sure as it is said, and certain ones with them") {
  for (const auto& [confidence, asked, is_written] :
       std::vector<std::tuple<const char*, const char*, bool>>{{"certain", "certain", true},
                                                               {"probable", "certain", false},
                                                               {"possible", "certain", false},
                                                               {"certain", "probable", true},
                                                               {"probable", "probable", true},
                                                               {"possible", "probable", false}}) {
    Approval world;
    world.database.execute(std::string("UPDATE pos_audit_groups SET confidence = '") + confidence +
                           "'");
    world.asked.replace(world.asked.find(R"("groups":["g1"])"), 15,
                        std::string(R"("confidence":")") + asked + "\"");
    world.approve();
    CHECK((world.written() == "1 3 2 2 1") == is_written);
    if (!is_written) CHECK(world.written() == "0 0 0 0 0");
  }
  Approval world;
  world.database.execute("UPDATE pos_audit_groups SET confidence = 'possible'");
  world.approve();
  CHECK(world.written() == "1 3 2 2 1");
}

TEST_CASE("only what was sealed is written down as a repair: its group, its action, its target") {
  for (const char* seals :
       {R"([])", R"([{"group":"g2","action":"refund","target":"p2","seal":"s"}])",
        R"([{"group":"g1","action":"cancel","target":"p2","seal":"s"}])",
        R"([{"group":"g1","action":"refund","target":"p1","seal":"s"}])",
        R"([{"group":"g1","action":"refund","target":"p9","seal":"s"}])",
        R"([{"group":"g1","action":"refund","target":"o3","seal":"s"}])",
        R"([{"group":"g1","action":"cancel","target":"o2","seal":"s"}])",
        R"([{"group":"g1","action":"cancel","target":"o1","seal":"s"}])"}) {
    CAPTURE(seals);
    Approval world;
    world.seals = seals;
    world.approve();
    CHECK(world.database.integer("SELECT count(*) FROM pos_repairs") == 0);
  }
}

TEST_CASE("what is to be sealed is each refund and each cancel of the groups that are asked for") {
  Approval world;
  const std::string chunk =
      R"({"audit_id":"A1","chunk":["g1"],"actor":"ada","role":"approve","approved_at":77})";
  const std::string refunds =
      world.database.batch({Statement::audit_planned_refunds}, {"op", chunk});
  const std::string cancels =
      world.database.batch({Statement::audit_planned_cancels}, {"op", chunk});
  CHECK(refunds.find(R"([[["g1","refund","p2",)") == 0);
  CHECK(cancels.find(R"([[["g1","cancel","o3",)") == 0);
  world.approve();
  for (const auto& [target, list] :
       std::vector<std::pair<std::string, std::string>>{{"p2", refunds}, {"o3", cancels}}) {
    pos::json::Document rows;
    REQUIRE(rows.parse(list));
    REQUIRE(rows.root().first().size() == 1);
    CHECK(rows.root().first().first().at(3).text() ==
          world.database.text("SELECT " POS_REPAIR_SEALED_VALUES
                              " FROM pos_repairs r WHERE target = ?1",
                              {target}));
  }
  for (const char* other :
       {R"({"audit_id":"A2","chunk":["g1"]})", R"({"audit_id":"A1","chunk":["g2"]})"}) {
    CHECK(world.database.batch({Statement::audit_planned_refunds}, {"op", other}) == "[[]]");
    CHECK(world.database.batch({Statement::audit_planned_cancels}, {"op", other}) == "[[]]");
  }
}

TEST_CASE(
    "a repair that somebody put there gives way to the approval only while nothing was sent") {
  struct Case {
    const char* what;
    Columns columns;
    bool gives_way;
  };
  for (const Case& each : std::vector<Case>{
           {"stopped for its seal", {}, true},
           {"stopped for it has changed", {{"reason", "'changed: it was paid'"}}, true},
           {"stopped for the sale is gone", {{"reason", "'survivor_gone: refunded'"}}, true},
           {"changed, and done", {{"reason", "'changed: x'"}, {"state", "'done'"}}, false},
           {"changed, and held", {{"reason", "'changed: x'"}, {"holder", "'t'"}}, false},
           {"changed, in doubt", {{"reason", "'changed: x'"}, {"in_doubt_since", "1"}}, false},
           {"due", {{"state", "'due'"}}, false},
           {"done", {{"state", "'done'"}}, false},
           {"stopped for another reason", {{"reason", "'rejected: unsealed'"}}, false},
           {"held", {{"holder", "'t'"}}, false},
           {"in doubt", {{"in_doubt_since", "1"}}, false},
           {"with a refund", {{"external_refund_id", "'R'"}}, false}}) {
    CAPTURE(each.what);
    for (const char* request : {"NULL", "'old'"}) {
      Approval world;
      Columns all = {{"action", "'refund'"},
                     {"target", "'p2'"},
                     {"audit_id", "'A0'"},
                     {"group_id", "'g0'"},
                     {"restaurant_id", "''"},
                     {"location_id", "'L0'"},
                     {"external_order_id", "'o'"},
                     {"survivor_order_id", "'o'"},
                     {"state", "'stopped'"},
                     {"reason", "'unsealed: it has no seal'"},
                     {"attempts", "5"},
                     {"next_attempt_at", "6"},
                     {"amount", "9"},
                     {"request", request},
                     {"updated_at", "1"}};
      for (const auto& [name, value] : each.columns) all[name] = value;
      std::string names;
      std::string values;
      for (const auto& [name, value] : all) {
        names += (names.empty() ? "" : ", ") + name;
        values += (values.empty() ? "" : ", ") + value;
      }
      world.database.execute("INSERT INTO pos_repairs (" + names + ") VALUES (" + values + ")");
      const std::string before = world.lines("pos_repairs", sealed);
      const std::string selection =
          world.database.batch({Statement::audit_selection}, {"op", world.asked});
      CHECK(selection == R"([[["g1","L1","certain",1,1]]])");
      world.approve();
      if (each.gives_way) {
        CHECK(world.lines("pos_repairs WHERE target = 'p2'", sealed) ==
              "square|refund|p2|A1|g1|r1|L1|o2|o1|530|TRY|9|CARD|ada|approve|77|s2|due");
        CHECK(world.lines("pos_repairs WHERE target = 'p2'",
                          {"reason", "generation", "request", "attempts", "next_attempt_at",
                           "updated_at"}) ==
              std::string(*request == 'N' ? "|1" : "|2") + "|-|0|0|" + std::to_string(world.now));
      } else {
        CHECK(world.lines("pos_repairs WHERE target = 'p2'", sealed) == before);
      }
    }
  }
}

TEST_CASE(
    "a group is not approved yet while one order, one refund or one cancel of it is not there") {
  const auto unapproved = [](const char* sql) {
    Approval world;
    world.approve();
    // Others are there.
    world.database.execute(
        "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, "
        "external_order_id, survivor_order_id) VALUES ('refund', 'p7', 'A1', 'g1', '', 'L', 'o7', "
        "'o'), ('cancel', 'o7', 'A1', 'g1', '', 'L', 'o7', 'o')");
    if (*sql != '\0') world.database.execute(sql);
    const std::string rows =
        world.database.batch({Statement::audit_selection}, {"op", world.asked});
    CHECK(rows.size() == std::string(R"([[["g1","L1","certain",1,1]]])").size());
    return rows == R"([[["g1","L1","certain",1,1]]])";
  };
  CHECK_FALSE(unapproved(""));
  CHECK_FALSE(unapproved("UPDATE pos_repairs SET state = 'stopped', reason = 'rejected: x'"));
  CHECK(unapproved("DELETE FROM pos_repair_orders WHERE external_order_id = 'o1'"));
  CHECK(unapproved("UPDATE pos_repair_orders SET provider = 'clover'"));
  CHECK(unapproved("DELETE FROM pos_repairs WHERE target = 'o3'"));
  CHECK(unapproved("DELETE FROM pos_repairs WHERE target = 'p2'"));
  CHECK(unapproved("UPDATE pos_repairs SET action = 'refund' WHERE target = 'o3'"));
  CHECK(unapproved("UPDATE pos_repairs SET action = 'cancel' WHERE target = 'p2'"));
  CHECK(unapproved("UPDATE pos_repairs SET provider = 'clover' WHERE target = 'o3'"));
  CHECK(unapproved("UPDATE pos_repairs SET provider = 'clover' WHERE target = 'p2'"));
  CHECK(
      unapproved("UPDATE pos_repairs SET state = 'stopped', reason = 'unsealed' WHERE target = "
                 "'o3'"));
  CHECK(
      unapproved("UPDATE pos_repairs SET state = 'stopped', reason = 'unsealed' WHERE target = "
                 "'p2'"));
}

TEST_CASE("an order changed since it was read is told by each single thing that is compared") {
  Approval world;
  world.database.execute(
      "INSERT INTO pos_audit_orders (audit_id, location_id, external_order_id, created_at, kind, "
      "state, paid, reference_id, pos_sync, order_key, total, fingerprint) VALUES ('A1', 'L1', "
      "'o1', 1, 'sale', 'OPEN', 1, 'r', 'k', 'K', 500, 'f'), ('A2', 'L1', 'o9', 1, 'sale', 'OPEN', "
      "1, 'r', 'k', 'K', 500, 'f')");
  const std::string same =
      R"({"id":"o1","kind":"sale","paid":1,"total":500,"state":"OPEN","reference_id":"r",)"
      R"("pos_sync":"k","order_key":"K","fingerprint":"f"})";
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string order = same;
    if (!from.empty()) order.replace(order.find(from), from.size(), to);
    return world.database.batch({Statement::audit_changed},
                                {"op", R"({"audit_id":"A1"})", "[" + order + "]"});
  };
  CHECK(changed("", "") == "[[]]");
  for (const auto& [from, to] :
       std::vector<std::pair<const char*, const char*>>{{"\"sale\"", "\"return\""},
                                                        {"\"paid\":1", "\"paid\":0"},
                                                        {"500", "501"},
                                                        {"\"OPEN\"", "\"DONE\""},
                                                        {"\"r\"", "\"\""},
                                                        {"\"k\"", "\"\""},
                                                        {"\"K\"", "\"K2\""},
                                                        {"\"f\"", "\"f2\""}}) {
    CHECK(changed(from, to) == R"([[["o1",0]]])");
  }
  CHECK(changed("\"o1\"", "\"o9\"") == R"([[["o9",1]]])");
}

// ---- places left out, put back, and read anew ----

TEST_CASE("a place is left out and put back once, and what was read of it is no plan any more") {
  Approval world;
  world.database.execute(
      "UPDATE pos_audit_places SET cursor = 'c', pages = 1, orders = 2, payments = 3, groups = 4, "
      "figures = '{\"a\":1}', fingerprint = 'f', notes = 'n', holder = 't', lease_until = 5, "
      "next_attempt_at = 6, attempts = 7, failures = 8, refusals = 9, failing_since = 10, "
      "refused_since = 11, last_error = 'e', updated_at = 1");
  world.database.execute(
      "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
      "confidence, first_at, plan, approved_at) SELECT audit_id, 'g2', 1, location_id, '', "
      "'certain', 1, '{}', 5 FROM pos_audit_groups UNION ALL SELECT audit_id, 'g3', 1, 'L2', '', "
      "'certain', 1, '{}', NULL FROM pos_audit_groups");
  const std::vector<std::string> columns = {
      "location_id", "step",        "cursor",          "pages",       "orders",
      "payments",    "groups",      "figures",         "fingerprint", "notes",
      "holder",      "lease_until", "next_attempt_at", "attempts",    "updated_at",
      "left_out_at", "left_out_by", "left_out_because"};
  const std::string asked =
      R"({"audit_id":"A1","location_id":"L1","actor":"ada","reason":"gone","detail":"d"})";
  const std::string now = std::to_string(world.now);
  const std::string others = world.lines(
      "pos_audit_places WHERE location_id = 'L2' OR audit_id = "
      "'A2'",
      columns);
  for (int i = 0; i < 2; ++i) {
    world.database.batch({Statement::audit_leave_out_log, Statement::audit_leave_out_count,
                          Statement::audit_leave_out},
                         {"op", asked});
    CHECK(world.lines("pos_audit_places WHERE audit_id = 'A1' AND location_id = 'L1'", columns) ==
          "L1|left_out||0|0|0|0|{}||||0|0|0|" + now + "|" + now + "|ada|gone");
    CHECK(world.lines("pos_audits", {"amended"}) == "1;0");
    CHECK(world.lines("pos_repair_log", {"audit_id", "target", "actor", "event", "from_state",
                                         "to_state", "token", "detail"}) ==
          "A1|L1|ada|place_left_out|done|left_out|op|d");
  }
  CHECK(world.lines("pos_audit_places WHERE location_id = 'L2' OR audit_id = 'A2'", columns) ==
        others);
  for (int i = 0; i < 2; ++i) {
    world.database.batch({Statement::audit_put_back_log, Statement::audit_put_back_count,
                          Statement::audit_put_back_groups, Statement::audit_put_back},
                         {"op", asked});
    CHECK(world.lines("pos_audit_places WHERE audit_id = 'A1' AND location_id = 'L1'", columns) ==
          "L1|location||0|0|0|0|{}||||0|0|0|" + now + "|-||");
    CHECK(world.lines("pos_audit_places WHERE audit_id = 'A1' AND location_id = 'L1'",
                      {"failures", "refusals", "failing_since", "refused_since", "last_error"}) ==
          "0|0|0|0|");
    CHECK(world.lines("pos_audits", {"amended"}) == "2;0");
    CHECK(world.lines("pos_audit_groups ORDER BY group_id", {"group_id"}) == "g2;g3");
    CHECK(world.lines("pos_repair_log WHERE event = 'place_put_back'",
                      {"from_state", "to_state", "actor", "token", "detail"}) ==
          "left_out|location|ada|op|d");
  }
  CHECK(world.lines("pos_audit_places WHERE location_id = 'L2' OR audit_id = 'A2'", columns) ==
        others);
}

TEST_CASE("an audit is read anew once for each edition, but for the places that are left out") {
  Approval world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('r7', 'L1')");
  world.database.execute("UPDATE pos_audit_places SET step = 'left_out' WHERE location_id = 'L2'");
  world.database.execute(
      "UPDATE pos_audit_places SET fingerprint = 'f', failures = 8, last_error = 'e'");
  const std::string asked = R"({"audit_id":"A1","edition":1,"why":"it is old","own_location":""})";
  for (int i = 0; i < 2; ++i) {
    world.database.batch({Statement::audit_again_places, Statement::audit_again}, {"op", asked});
    CHECK(world.lines("pos_audit_places ORDER BY audit_id, location_id",
                      {"audit_id", "location_id", "restaurant_id", "edition", "step", "fingerprint",
                       "failures", "last_error"}) ==
          "A1|L1|r7|2|location||0|;A1|L2|r2|2|left_out||0|;A2|L1|r1|1|orders|f|8|e");
    CHECK(world.lines("pos_audits", {"edition", "why_again"}) == "2|it is old;1|");
  }
}

TEST_CASE("all plans of an edition are read in their order, behind where the last page ended") {
  Approval world;
  world.database.execute(
      "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
      "confidence, first_at, plan) VALUES ('A1', 'g0', 1, 'L2', '', 'certain', 1, 'p'), ('A1', "
      "'g2', "
      "1, 'L1', '', 'certain', 1, 'p'), ('A1', 'g3', 2, 'L1', '', 'certain', 1, 'p'), ('A2', 'g4', "
      "1, 'L1', '', 'certain', 1, 'p')");
  const auto read = [&](const char* location, const char* group, const char* limit) {
    pos::json::Document rows;
    REQUIRE(rows.parse(world.database.batch(
        {Statement::audit_all_plans},
        {"op", std::string(R"({"audit_id":"A1","edition":1,"after_location":")") + location +
                   R"(","after_group":")" + group + R"(","limit":)" + limit + "}"})));
    std::string text;
    for (auto row = rows.root().first().first(); row.present(); row = row.next()) {
      text += std::string(row.at(0).text()) + std::string(row.at(1).text()) + " ";
    }
    return text;
  };
  CHECK(read("", "", "9") == "L1g1 L1g2 L2g0 ");
  CHECK(read("", "", "2") == "L1g1 L1g2 ");
  CHECK(read("L1", "g1", "9") == "L1g2 L2g0 ");
  CHECK(read("L1", "g2", "9") == "L2g0 ");
  CHECK(read("L2", "g0", "9") == "");
}

}  // namespace approve_rows_test

// What audits are made of and shown with, statement by statement: which restaurants and places they
// have, and each column, order and page of what is read of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/changes.hpp"
#include "harness/database.hpp"

namespace audit_shown_rows_test {

using changes::rows_of;
using pos::store::Statement;

namespace {

struct Audits : changes::Tables {
  std::string effect(Statement statement, const std::string& asked) {
    return changed_by({statement}, {"op", asked});
  }
  std::string read(Statement statement, const std::string& asked) {
    return rows_of(database.batch({statement}, {"op", asked}));
  }
};

const std::string xs = "replace(hex(zeroblob(1000)), '00', 'x')";
std::string xs_of(std::int64_t bytes) {
  return "replace(hex(zeroblob(" + std::to_string(bytes) + ")), '00', 'x')";
}
constexpr std::int64_t page = 1'048'576;

}  // namespace

// ---- making one ----

TEST_CASE("a place is a location of ours where one restaurant or more sells, each of them once") {
  Audits world;
  world.add("pos_accounts", "restaurant_id, provider, location_id",
            {"'r1', 'square', 'L1'", "'r2', 'square', 'L1'", "'r3', 'square', ''",
             "'r4', 'square', NULL", "'r5', 'clover', 'L5'", "'r6', 'square', 'L6'"});
  const auto sites = [&](const std::string& asked) {
    world.database.execute("DELETE FROM pos_audit_places");
    world.database.execute("DELETE FROM pos_audits");
    const std::string found = world.read(Statement::audit_sites, asked);
    world.database.execute(
        "INSERT INTO pos_audits (id, from_at, to_at, window_ms, asked) VALUES ('A1', 1, 2, 3, "
        "'q')");
    world.effect(Statement::audit_create_places, asked);
    return found + world.database.text(
                       "SELECT coalesce(group_concat(restaurant_id || '=' || location_id, ' '), "
                       "'') FROM (SELECT * FROM pos_audit_places ORDER BY location_id)");
  };
  const std::string id = R"({"audit_id":"A1","asked":"q","lag_ms":5)";
  CHECK(sites(id + "}") == "2|1794999999995\nr1=L1 r6=L6");
  CHECK(sites(id + R"(,"own_location":""})") == "2|1794999999995\nr1=L1 r6=L6");
  CHECK(sites(id + R"(,"own_location":"L0"})") == "3|1794999999995\n=L0 r1=L1 r6=L6");
  CHECK(sites(id + R"(,"own_location":"L1"})") == "2|1794999999995\nr1=L1 r6=L6");
  CHECK(sites(id + R"(,"own_location":"L0","restaurants":["r2"]})") == "1|1794999999995\nr2=L1");
  // Who has no account of his own sells where the worker does.
  CHECK(sites(id + R"(,"own_location":"L0","restaurants":["r9","r6"]})") ==
        "2|1794999999995\n=L0 r6=L6");
  world.database.execute("UPDATE pos_accounts SET location_id = 'LW' WHERE restaurant_id = ''");
  CHECK(sites(id + R"(,"own_location":"L0"})") == "3|1794999999995\nr1=L1 r6=L6 =LW");
}

TEST_CASE("the places of an audit are written once, for the very question that it was made for") {
  Audits world;
  world.database.execute("UPDATE pos_accounts SET location_id = 'L0'");
  world.add("pos_audits", "id, from_at, to_at, window_ms, asked",
            {"'A1', 1, 2, 3, 'q'", "'A2', 1, 2, 3, 'q'"});
  world.add("pos_audit_places", "audit_id, location_id, restaurant_id", {"'A2', 'L7', 'r7'"});
  const std::string place =
      "step=location cursor= name= email= language= time_zone= currency= pages=0 orders=0 "
      "payments=0 groups=0 figures={} fingerprint= notes= holder= lease_until=0 next_attempt_at=0 "
      "attempts=0 last_error= failures=0 failing_since=0 refusals=0 refused_since=0 left_out_by= "
      "left_out_because= began_at=0 updated_at=now\n";
  const auto asked = [](const std::string& id, const std::string& words) {
    return R"({"audit_id":")" + id + R"(","asked":")" + words + "\"}";
  };
  CHECK(world.effect(Statement::audit_create_places, asked("A1", "other")).empty());
  CHECK(world.effect(Statement::audit_create_places, asked("A2", "q")).empty());
  CHECK(world.effect(Statement::audit_create_places, asked("A3", "q")).empty());
  CHECK(world.effect(Statement::audit_create_places, asked("A1", "q")) ==
        "+ pos_audit_places A1 L0: audit_id=A1 location_id=L0 restaurant_id= edition=1 " + place);
  CHECK(world.effect(Statement::audit_create_places, asked("A1", "q")).empty());
}

TEST_CASE("an audit ends before what a search may still miss, and has a span, places and names") {
  const auto made = [](const std::string& more, const std::string& sql = "SELECT 1") {
    Audits world;
    world.database.execute("UPDATE pos_accounts SET location_id = 'L0'");
    world.add("pos_accounts", "restaurant_id, provider, location_id", {"'r1', 'square', 'L1'"});
    world.database.execute(sql);
    return world.effect(
        Statement::audit_create,
        R"({"audit_id":"A1","window_ms":9,"lag_ms":5,"actor":"ada","asked":"q")" + more + "}");
  };
  const auto audit = [](const std::string& from, const std::string& to) {
    return "+ pos_audits A1: id=A1 provider=square from_at=" + from + " to_at=" + to +
           " window_ms=9 edition=1 amended=0 actor=ada why_again= asked=q created_at=now\n";
  };
  CHECK(made(R"(,"from":5,"to":6)") == audit("5", "6"));
  CHECK(made(R"(,"from":6,"to":6)").empty());
  CHECK(made(R"(,"from":7,"to":6)").empty());
  CHECK(made(R"(,"from":5,"to":1795000000000)") == audit("5", "now-5"));
  CHECK(made(R"(,"from":5,"to":1794999999995)") == audit("5", "now-5"));
  CHECK(made(R"(,"from":5,"to":1794999999994)") == audit("5", "now-6"));
  CHECK(made(R"(,"from":1794999999994,"to":1795000000000)") == audit("now-6", "now-5"));
  CHECK(made(R"(,"from":1794999999995,"to":1795000000000)").empty());
  CHECK(made(R"(,"from":5,"to":6,"restaurants":["r1"])") == audit("5", "6"));
  CHECK(made(R"(,"from":5,"to":6,"restaurants":["r1","r9"])").empty());
  CHECK(made(R"(,"from":5,"to":6)", "UPDATE pos_accounts SET location_id = NULL").empty());
  CHECK(made(R"(,"from":5,"to":6)",
             "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('A1', 1, 2, 3)")
            .empty());
}

TEST_CASE("a restaurant is unknown that has neither an account with a location nor any sale") {
  Audits world;
  world.add("pos_accounts", "restaurant_id, provider, location_id",
            {"'r1', 'square', 'L1'", "'r2', 'square', NULL", "'r5', 'clover', 'L5'"});
  const auto unknown = [&](const std::string& own) {
    return world.read(Statement::audit_unknown,
                      R"({"own_location":")" + own + R"(","restaurants":["r9","r1","r2","r5"]})");
  };
  CHECK(unknown("") == "0|r9\n2|r2\n3|r5\n");
  CHECK(unknown("L0") == "0|r9\n2|r2\n3|r5\n");
  // Who was sold for is known, where the worker's own account has a location.
  world.add("pos_sync_ledger", "order_id, provider, revision, restaurant_id, booked_at",
            {"'A1', 'square', 1, 'r9', 1", "'A2', 'square', 1, 'r5', NULL",
             "'A3', 'square', 1, 'r2', 1"});
  CHECK(unknown("L0") == "2|r2\n3|r5\n");
  CHECK(unknown("") == "0|r9\n2|r2\n3|r5\n");
}

TEST_CASE("the quarter that is audited is the last one that is over, on each day of the year") {
  Audits world;
  const auto quarter = [&](const char* day) {
    world.database.now_ms =
        world.database.integer("SELECT CAST(strftime('%s', ?1) AS INTEGER) * 1000", {day});
    return world.read(Statement::audit_quarter, "{}");
  };
  const std::string q4 = "quarter-2025-Q4|1759190400000|1767225600000\n";
  const std::string q1 = "quarter-2026-Q1|1767139200000|1775001600000\n";
  const std::string q2 = "quarter-2026-Q2|1774915200000|1782864000000\n";
  const std::string q3 = "quarter-2026-Q3|1782777600000|1790812800000\n";
  CHECK(quarter("2026-01-01") == q4);
  CHECK(quarter("2026-02-15") == q4);
  CHECK(quarter("2026-03-31 23:59:59") == q4);
  CHECK(quarter("2026-04-01") == q1);
  CHECK(quarter("2026-05-31") == q1);
  CHECK(quarter("2026-06-30") == q1);
  CHECK(quarter("2026-07-01") == q2);
  CHECK(quarter("2026-08-31") == q2);
  CHECK(quarter("2026-09-30") == q2);
  CHECK(quarter("2026-10-01") == q3);
  CHECK(quarter("2026-11-30") == q3);
  CHECK(quarter("2026-12-31") == q3);
}

// ---- showing ----

TEST_CASE("an audit is shown with what its own places add up to, and whether it repairs still") {
  Audits world;
  world.add("pos_audits",
            "id, from_at, to_at, window_ms, edition, amended, actor, why_again, asked, "
            "approved_at, created_at",
            {"'A1', 11, 12, 13, 14, 15, 'ada', 'why', 'q', 16, 17",
             "'A2', 21, 22, 23, 24, 25, 'bob', '', 'r', NULL, 27"});
  world.add(
      "pos_audit_places",
      "audit_id, location_id, restaurant_id, step, pages, orders, payments, groups",
      {"'A1', 'L1', 'r1', 'done', 1, 10, 100, 1000",
       "'A1', 'L2', 'r2', 'left_out', 2, 20, 200, 2000",
       "'A1', 'L3', 'r3', 'orders', 4, 40, 400, 4000", "'A3', 'L1', 'r1', 'done', 7, 7, 7, 7"});
  const auto repair = [&](const std::string& audit, const std::string& state) {
    world.add("pos_repairs",
              "action, target, audit_id, group_id, restaurant_id, location_id, external_order_id, "
              "survivor_order_id, state",
              {"'refund', '" + audit + state + "', '" + audit + "', 'g', 'r1', 'L1', 'o', 's', '" +
               state + "'"});
  };
  repair("A1", "done");
  repair("A1", "stopped");
  repair("A2", "pending");
  const std::string a1 = "A1|square|11|12|13|14|ada|why|16|17|q|3|2|1|15|7|70|700|7000|";
  const std::string a2 = "A2|square|21|22|23|24|bob||-|27|r|0|0|0|25|0|0|0|0|";
  CHECK(world.read(Statement::audit_row, R"({"audit_id":"A1"})") == a1 + "0\n");
  CHECK(world.read(Statement::audit_row, R"({"audit_id":"A2"})") == a2 + "1\n");
  CHECK(world.read(Statement::audit_row, R"({"audit_id":"A3"})").empty());
  repair("A1", "due");
  CHECK(world.read(Statement::audit_row, R"({"audit_id":"A1"})") == a1 + "1\n");
  CHECK(world.read(Statement::audit_list, "{}") == a2 + "1|2\n" + a1 + "1|2\n");
  CHECK(world.read(Statement::audit_repairs, R"({"audit_id":"A1"})") ==
        "done|1\ndue|1\nstopped|1\n");
  repair("A1", "pending");
  world.database.execute("UPDATE pos_repairs SET state = 'done' WHERE state = 'due'");
  CHECK(world.read(Statement::audit_repairs, R"({"audit_id":"A1"})") ==
        "done|2\npending|1\nstopped|1\n");
  CHECK(world.read(Statement::audit_row, R"({"audit_id":"A1"})") == a1 + "1\n");
}

TEST_CASE("audits are listed newest first, a hundred at a time, behind where the last page ended") {
  Audits world;
  const auto ids = [&](const std::string& asked) {
    const std::string text = world.read(Statement::audit_list, asked);
    std::string list;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      list += text.substr(at, text.find('|', at) - at) + " ";
    }
    return list;
  };
  for (const char* values : {"'b', 5", "'a', 5", "'c', 5", "'d', 4", "'e', 6"}) {
    world.database.execute(
        "INSERT INTO pos_audits (from_at, to_at, window_ms, id, created_at) VALUES (1, 2, 3, " +
        std::string(values) + ")");
  }
  CHECK(ids("{}") == "e a b c d ");
  CHECK(ids(R"({"after_at":5,"after_id":"a"})") == "b c d ");
  CHECK(ids(R"({"after_at":5,"after_id":"c"})") == "d ");
  CHECK(ids(R"({"after_at":4,"after_id":"d"})") == "");
  CHECK(ids(R"({"after_at":6,"after_id":"e"})") == "a b c d ");
  world.database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99) INSERT INTO "
      "pos_audits (from_at, to_at, window_ms, id, created_at) SELECT 1, 2, 3, 'n' || i, 9 FROM n");
  const std::string text = world.read(Statement::audit_list, "{}");
  CHECK(std::count(text.begin(), text.end(), '\n') == 100);
  CHECK(text.find("|0|100\n") != std::string::npos);
  CHECK(text.find("\ne|") != std::string::npos);
  CHECK(text.find("\na|") == std::string::npos);
}

TEST_CASE("what an account's place is read with is its own account's, and what stands in it") {
  Audits world;
  world.add("pos_accounts", "restaurant_id, provider, location_id, token",
            {"'r1', 'square', 'L1', 'T1'", "'r2', 'square', 'L9', 'T2'",
             "'r3', 'clover', 'L3', 'T3'", "'r4', 'square', NULL, 'T4'"});
  world.database.execute("UPDATE pos_accounts SET token = 'T0' WHERE restaurant_id = ''");
  const std::string columns =
      "audit_id, location_id, restaurant_id, edition, step, name, email, language, time_zone, "
      "currency, pages, orders, payments, groups, figures, fingerprint, notes, attempts, "
      "next_attempt_at, last_error, updated_at, began_at, failures, failing_since, refusals, "
      "refused_since, left_out_at, left_out_by, left_out_because";
  const std::string values =
      ", 2, 'done', 'n', 'e', 'l', 't', 'c', 3, 4, 5, 6, 'f', 'p', 'o', 7, 8, 'x', 9, 10, 11, 12, "
      "13, 14, ";
  world.add(
      "pos_audit_places", columns,
      {"'A1', 'L4', 'r4'" + values + "NULL, '', ''",
       "'A1', 'L1', 'r1'" + values + "15, 'by', 'because'",
       "'A1', 'L2', 'r2'" + values + "NULL, '', ''", "'A1', 'L3', 'r3'" + values + "NULL, '', ''",
       "'A2', 'L1', 'r1'" + values + "NULL, '', ''", "'A1', 'L0', ''" + values + "NULL, '', ''"});
  const std::string shown = "|2|done|n|e|l|t|c|3|4|5|6|f|p|o|7|8|x|9|10|";
  const std::string rest = "|11|12|13|14|";
  CHECK(world.read(Statement::audit_places, R"({"audit_id":"A1","own_location":"L0"})") ==
        "L0|" + shown + "|T0|1" + rest + "0||\n" + "L1|r1" + shown + "r1|T1|1" + rest +
            "15|by|because\n" + "L2|r2" + shown + "r2|T2|0" + rest + "0||\n" + "L3|r3" + shown +
            "-|-|0" + rest + "0||\n" + "L4|r4" + shown + "r4|T4|0" + rest + "0||\n");
  CHECK(world.read(Statement::audit_places, R"({"audit_id":"A1","own_location":"L9"})")
            .rfind("L0|" + shown + "|T0|0" + rest, 0) == 0);
}

TEST_CASE("groups are shown of this edition, or approved, with the repairs of their own orders") {
  Audits world;
  world.add("pos_audits", "id, from_at, to_at, window_ms, edition",
            {"'A1', 1, 2, 3, 2", "'A2', 1, 2, 3, 2"});
  world.add(
      "pos_audit_places", "audit_id, location_id, restaurant_id, step",
      {"'A1', 'L1', 'r1', 'done'", "'A1', 'L2', 'r2', 'left_out'", "'A2', 'L1', 'r1', 'left_out'"});
  const auto plan = [](const std::string& order, const std::string& reason) {
    return R"('{"orders":[{"id":")" + order + R"(","payments":[{"reason":")" + reason +
           R"("}]},{"id":"none","payments":[]}]}')";
  };
  world.add(
      "pos_audit_groups",
      "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan, "
      "approved_at, approved_by",
      {"'A1', 'g1', 2, 'L1', 'r1', 'certain', 1, " + plan("o1", "disputed: x") + ", NULL, ''",
       "'A1', 'g2', 1, 'L1', 'r1', 'certain', 1, " + plan("o2", "too_old") + ", 7, 'ada'",
       "'A1', 'g3', 1, 'L1', 'r1', 'certain', 1, " + plan("o3", "disputed") + ", NULL, ''",
       "'A1', 'g4', 2, 'L2', 'r2', 'certain', 1, " + plan("o4", "disputed") + ", NULL, ''",
       "'A1', 'g5', 2, 'L2', 'r2', 'certain', 1, " + plan("o5", "not disputed") + ", 8, 'bob'",
       "'A2', 'g6', 2, 'L9', 'r9', 'certain', 1, " + plan("o6", "disputed") + ", NULL, ''"});
  world.add("pos_repairs",
            "action, target, audit_id, group_id, restaurant_id, location_id, external_order_id, "
            "survivor_order_id, state, reason, external_refund_id, amount",
            {"'refund', 'p1', 'A1', 'g1', 'r1', 'L1', 'o1', 's', 'stopped', 'why', 'R1', 70",
             "'refund', 'p2', 'A1', 'g2', 'r1', 'L1', 'o2', 's', 'due', '', NULL, 80"});
  const auto groups = [&](const std::string& location, const std::string& group,
                          const std::string& disputes, const std::string& limit = "9") {
    std::string text;
    const std::string rows =
        world.read(Statement::audit_groups,
                   R"({"audit_id":"A1","after_location":")" + location + R"(","after_group":")" +
                       group + R"(","disputes":)" + disputes + R"(,"limit":)" + limit + "}");
    for (std::size_t at = rows.find("|g"); at != std::string::npos; at = rows.find("|g", at + 1)) {
      text += rows.substr(at + 1, 2) + " ";
    }
    return text;
  };
  CHECK(groups("", "", "0") == "g1 g2 g5 ");
  CHECK(groups("L1", "g1", "0") == "g2 g5 ");
  CHECK(groups("L1", "g2", "0") == "g5 ");
  CHECK(groups("L2", "", "0") == "g5 ");
  CHECK(groups("L2", "g5", "0") == "");
  CHECK(groups("", "", "0", "2") == "g1 g2 ");
  CHECK(groups("", "", "1") == "g1 g2 ");
  const std::string rows = world.read(
      Statement::audit_groups,
      R"({"audit_id":"A1","after_location":"","after_group":"","disputes":0,"limit":2})");
  const auto unquoted = [](std::string text) { return text.substr(1, text.size() - 2); };
  CHECK(rows == "L1|g1|r1|2|-||" + unquoted(plan("o1", "disputed: x")) +
                    R"(|[{"action":"refund","target":"p1","state":"stopped","reason":"why",)"
                    R"("refund_id":"R1","order_id":"o1","amount":70}]|2)"
                    "\n" +
                    "L1|g2|r1|1|7|ada|" + unquoted(plan("o2", "too_old")) +
                    R"(|[{"action":"refund","target":"p2","state":"due","reason":"",)"
                    R"("refund_id":null,"order_id":"o2","amount":80}]|2)"
                    "\n");
}

TEST_CASE("orders that lack what is compared are listed by place, with what they lack") {
  Audits world;
  world.add("pos_audit_places", "audit_id, location_id, restaurant_id",
            {"'A1', 'L1', 'r1'", "'A1', 'L2', 'r2'", "'A2', 'L1', 'r9'"});
  world.add("pos_audit_orders",
            "audit_id, location_id, external_order_id, created_at, state, reference_id, total, "
            "currency, missing",
            {"'A1', 'L2', 'o1', 1, 's', 'ref', 2, 'TRY', 'total'",
             "'A1', 'L1', 'o3', 1, 's', 'ref', 2, 'TRY', 'lines'",
             "'A1', 'L1', 'o2', 1, 's', 'ref', 2, 'TRY', 'total'",
             "'A1', 'L1', 'o4', 1, 's', 'ref', 2, 'TRY', ''",
             "'A1', 'L7', 'o6', 1, 's', 'ref', 2, 'TRY', 'total'",
             "'A2', 'L1', 'o5', 1, 's', 'ref', 2, 'TRY', 'total'"});
  const auto list = [&](const std::string& location, const std::string& order,
                        const std::string& limit) {
    return world.read(Statement::audit_not_comparable, R"({"audit_id":"A1","after_location":")" +
                                                           location + R"(","after_group":")" +
                                                           order + R"(","limit":)" + limit + "}");
  };
  const std::string o1 = "L2|o1|r2|1|s|ref|2|TRY|total|";
  const std::string o2 = "L1|o2|r1|1|s|ref|2|TRY|total|";
  const std::string o3 = "L1|o3|r1|1|s|ref|2|TRY|lines|";
  CHECK(list("", "", "9") == o2 + "3\n" + o3 + "3\n" + o1 + "3\n");
  CHECK(list("", "", "2") == o2 + "2\n" + o3 + "2\n");
  CHECK(list("L1", "o2", "9") == o3 + "2\n" + o1 + "2\n");
  CHECK(list("L1", "o3", "9") == o1 + "1\n");
  CHECK(list("L2", "", "9") == o1 + "1\n");
  CHECK(list("L2", "o1", "9") == "");
}

TEST_CASE("a page of each list of an audit is a megabyte, and counts each text that it carries") {
  for (const std::int64_t more : {0, 1}) {
    Audits lists;
    lists.database.execute(
        "INSERT INTO pos_audits (from_at, to_at, window_ms, created_at, id, actor, why_again, "
        "asked) VALUES (1, 2, 3, 9, 'a', " +
        xs + ", " + xs + ", " + xs_of(page - 2001 + more - 1) + "), (1, 2, 3, 8, 'b', '', '', '')");
    const std::string audits = lists.read(Statement::audit_list, "{}");
    CHECK(std::count(audits.begin(), audits.end(), '\n') == 2 - more);
    CHECK(audits.find("|0|2\n") != std::string::npos);

    Audits orders;
    orders.add("pos_audit_places", "audit_id, location_id, restaurant_id", {"'A1', 'L1', " + xs});
    orders.add(
        "pos_audit_orders",
        "audit_id, location_id, external_order_id, created_at, state, reference_id, "
        "currency, missing",
        {"'A1', 'L1', 'a', 1, " + xs + ", " + xs + ", " + xs + ", " + xs_of(page - 4001 + more - 1),
         "'A1', 'L1', 'b', 1, '', '', '', 'x'"});
    const std::string missing =
        orders.read(Statement::audit_not_comparable,
                    R"({"audit_id":"A1","after_location":"","after_group":"","limit":9})");
    CHECK(std::count(missing.begin(), missing.end(), '\n') == 2 - more);
    CHECK(missing.find("|2\n") != std::string::npos);

    // Of a group: its plan, who approved it, and what is said of its repairs.
    Audits groups;
    groups.add("pos_audits", "id, from_at, to_at, window_ms", {"'A1', 1, 2, 3"});
    groups.add("pos_audit_groups",
               "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, "
               "approved_by, plan",
               {"'A1', 'a', 1, 'L1', 'r1', 'certain', 1, " + xs +
                    R"(, '{"orders":[{"id":"o1"}],"x":"' || )" + xs_of(3000) + R"( || '"}')",
                R"('A1', 'b', 1, 'L1', 'r1', 'certain', 1, '', '{"orders":[]}')"});
    groups.add("pos_repairs",
               "action, target, audit_id, group_id, restaurant_id, location_id, "
               "external_order_id, survivor_order_id, reason",
               {"'refund', 'p1', 'A1', 'g', 'r', 'L1', 'o1', 's', ''"});
    const std::string question =
        R"({"audit_id":"A1","after_location":"","after_group":"","disputes":0,"limit":9})";
    const std::string whole = groups.read(Statement::audit_groups, question);
    REQUIRE(std::count(whole.begin(), whole.end(), '\n') == 2);
    const std::string one = R"([{"action":"refund","target":"p1","state":"due","reason":"",)"
                            R"("refund_id":null,"order_id":"o1","amount":0}])";
    const auto plan_bytes =
        static_cast<std::int64_t>(std::string(R"({"orders":[{"id":"o1"}],"x":""})").size() + 3000);
    const auto repairs_bytes = static_cast<std::int64_t>(one.size());
    groups.database.execute("UPDATE pos_repairs SET reason = " +
                            xs_of(page - 1000 - plan_bytes - repairs_bytes + more - 1));
    const std::string listed = groups.read(Statement::audit_groups, question);
    CHECK(std::count(listed.begin(), listed.end(), '\n') == 2 - more);
    CHECK(listed.find("|2\n") != std::string::npos);

    Audits plans;
    plans.add("pos_audit_groups",
              "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan",
              {"'A1', 'a', 1, 'L1', 'r1', 'certain', 1, " + xs_of(page + more - 1),
               "'A1', 'b', 1, 'L1', 'r1', 'certain', 1, 'x'"});
    const std::string all = plans.read(
        Statement::audit_all_plans,
        R"({"audit_id":"A1","edition":1,"after_location":"","after_group":"","limit":9})");
    CHECK(std::count(all.begin(), all.end(), '\n') == 2 - more);
    CHECK(all.find("|2\n") != std::string::npos);
  }
}

// ---- what a plan rests on ----

TEST_CASE(
    "what the plans of some groups rest on is of this audit, these groups, and their orders") {
  Audits world;
  world.add("pos_audits", "id, from_at, to_at, window_ms", {"'A1', 1, 2, 3"});
  const std::string plan = R"('{"orders":[{"id":"o1"},{"id":"o2"}]}')";
  world.add("pos_audit_groups",
            "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan",
            {"'A1', 'g1', 1, 'L1', 'r1', 'certain', 1, " + plan,
             "'A1', 'g2', 1, 'L1', 'r1', 'certain', 1, '{\"orders\":[]}'",
             "'A2', 'g1', 1, 'L2', 'r1', 'certain', 1, " + plan});
  world.add("pos_audit_orders", "audit_id, location_id, external_order_id, created_at, id",
            {"'A1', 'L1', 'o2', 5, 1", "'A1', 'L1', 'o1', 5, 2", "'A1', 'L1', 'o3', 5, 3",
             "'A2', 'L1', 'o1', 1, 4"});
  world.add("pos_repair_orders",
            "provider, external_order_id, group_key, role, audit_id, group_id, approved_at",
            {"'square', 'o2', 'key', 'survivor', 'A0', 'g0', 1",
             "'clover', 'o1', 'other', 'survivor', 'A0', 'g0', 1"});
  const std::string asked = R"({"audit_id":"A1","chunk":["g1","g9"]})";
  CHECK(world.read(Statement::audit_plans, asked) == R"(g1|L1|{"orders":[{"id":"o1"},{"id":"o2"}]})"
                                                     "\n");
  const std::string members = world.read(Statement::audit_plans_members, asked);
  CHECK(std::count(members.begin(), members.end(), '\n') == 2);
  CHECK(members.rfind("g1|o2|L1|5|", 0) == 0);
  CHECK(members.find("|key|survivor|1|1795000000000\ng1|o1|L1|5|") != std::string::npos);
  CHECK(members.find("|-|-|2|1795000000000\n") != std::string::npos);
  CHECK(world.read(Statement::audit_plans_members, R"({"audit_id":"A1","chunk":["g2"]})").empty());
}

// ---- left out, put back, approved ----

TEST_CASE("to leave a place out, or to put it back, changes that place and what was read of it") {
  Audits world;
  world.add("pos_audits", "id, from_at, to_at, window_ms", {"'A1', 1, 2, 3", "'A2', 1, 2, 3"});
  const std::string columns =
      "audit_id, location_id, restaurant_id, step, cursor, pages, orders, payments, groups, "
      "figures, fingerprint, notes, holder, lease_until, next_attempt_at, attempts, failures, "
      "failing_since, refusals, refused_since, last_error, updated_at";
  const std::string values =
      ", 'r1', 'orders', 'c', 1, 2, 3, 4, '{5}', 'f', 'n', 'h', 6, 7, 8, 9, 10, 11, 12, 'e', 13";
  world.add("pos_audit_places", columns,
            {"'A1', 'L1'" + values, "'A1', 'L2'" + values, "'A2', 'L1'" + values});
  world.add("pos_audit_groups",
            "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan, "
            "approved_at",
            {"'A1', 'g1', 1, 'L1', 'r1', 'certain', 1, 'p', NULL",
             "'A1', 'g2', 1, 'L1', 'r1', 'certain', 1, 'p', 7",
             "'A1', 'g3', 1, 'L2', 'r1', 'certain', 1, 'p', NULL",
             "'A2', 'g4', 1, 'L1', 'r1', 'certain', 1, 'p', NULL"});
  const auto all = [&](const std::vector<Statement>& statements, const std::string& token) {
    const changes::Rows before = changes::snapshot(world.database);
    world.database.batch(statements, {token, R"({"audit_id":"A1","location_id":"L1","actor":"ada",)"
                                             R"("reason":"why","detail":"{1}"})"});
    return changes::between(before, changes::snapshot(world.database));
  };
  const std::vector<Statement> leaving = {
      Statement::audit_leave_out_log, Statement::audit_leave_out_count, Statement::audit_leave_out};
  const std::vector<Statement> putting_back = {
      Statement::audit_put_back_log, Statement::audit_put_back_count,
      Statement::audit_put_back_groups, Statement::audit_put_back};
  const auto line = [](const char* id, const char* event, const char* from, const char* to,
                       const char* token) {
    return "+ pos_repair_log " + std::string(id) + ": id=" + id +
           " audit_id=A1 target=L1 at=now actor=ada event=" + event + " from_state=" + from +
           " to_state=" + to + " token=" + token + " detail={1}\n";
  };
  const std::string emptied =
      " cursor=c> pages=1>0 orders=2>0 payments=3>0 groups=4>0 figures={5}>{} fingerprint=f> "
      "notes=n> holder=h> lease_until=6>0 next_attempt_at=7>0 attempts=8>0";
  CHECK(all(putting_back, "t0").empty());
  CHECK(all(leaving, "t1") ==
        "pos_audit_places A1 L1: step=orders>left_out" + emptied +
            " left_out_at=->now left_out_by=>ada left_out_because=>why updated_at=13>now\n"
            "pos_audits A1: amended=0>1\n" +
            line("1", "place_left_out", "orders", "left_out", "t1"));
  world.database.now_ms += 5;
  CHECK(all(leaving, "t2").empty());
  world.database.now_ms -= 5;
  // Its neighbours are left out, too; they stay so.
  world.database.execute("UPDATE pos_audit_places SET step = 'left_out'");
  CHECK(all(putting_back, "t3") ==
        "- pos_audit_groups A1 g1\npos_audit_places A1 L1: step=left_out>location last_error=e> "
        "failures=9>0 failing_since=10>0 refusals=11>0 refused_since=12>0 left_out_at=now>- "
        "left_out_by=ada> left_out_because=why>\n"
        "pos_audits A1: amended=1>2\n" +
            line("2", "place_put_back", "left_out", "location", "t3"));
  CHECK(all(putting_back, "t4").empty());
}

TEST_CASE("the groups that an approval is about are those of this audit, edition and choice") {
  Audits world;
  world.add("pos_audits", "id, from_at, to_at, window_ms", {"'A1', 1, 2, 3"});
  world.add("pos_audit_places", "audit_id, location_id, restaurant_id, step",
            {"'A1', 'L1', 'r1', 'done'", "'A1', 'L2', 'r2', 'left_out'"});
  const std::string keep = R"('{"orders":[{"id":"o1","action":"keep"}]}')";
  const std::string none = R"('{"orders":[{"id":"o1","action":"none"}]}')";
  world.add("pos_audit_groups",
            "audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan, "
            "approved_at, approved_by",
            {"'A1', 'g2', 1, 'L1', 'r1', 'certain', 1, " + keep + ", NULL, ''",
             "'A1', 'g1', 1, 'L1', 'r1', 'probable', 1, " + none + ", NULL, ''",
             "'A1', 'g3', 1, 'L1', 'r1', 'possible', 1, " + keep + ", NULL, ''",
             "'A1', 'g4', 0, 'L1', 'r1', 'certain', 1, " + keep + ", NULL, ''",
             "'A1', 'g5', 1, 'L2', 'r1', 'certain', 1, " + keep + ", NULL, ''",
             "'A2', 'g6', 1, 'L1', 'r1', 'certain', 1, " + keep + ", NULL, ''",
             "'A1', 'g7', 1, 'L1', 'r1', 'certain', 1, " + keep + ", 5, 'bob'"});
  const auto selected = [&](const std::string& choice) {
    return world.read(Statement::audit_selection,
                      R"({"audit_id":"A1","edition":1,"amended":0)" + choice + "}");
  };
  CHECK(selected(R"(,"confidence":"probable")") ==
        "g1|L1|probable|0|1\ng2|L1|certain|1|1\ng7|L1|certain|1|1\n");
  CHECK(selected(R"(,"confidence":"certain")") == "g2|L1|certain|1|1\ng7|L1|certain|1|1\n");
  CHECK(selected(R"(,"groups":["g3","g4","g5","g6"])") == "g3|L1|possible|1|1\n");
  // What was approved before stays as it was approved.
  CHECK(world.effect(Statement::audit_approve_groups,
                     R"({"audit_id":"A1","edition":1,"amended":0,"confidence":"certain",)"
                     R"("actor":"ada","approved_at":9})") ==
        "pos_audit_groups A1 g2: approved_at=->9 approved_by=>ada\n");
}

TEST_CASE("who reads a place is told how it stands only while the place is his, in this edition") {
  Audits world;
  world.add("pos_audit_places",
            "audit_id, location_id, restaurant_id, edition, step, cursor, time_zone, holder",
            {"'A1', 'L1', 'r1', 2, 'orders', 'c', 'Z', 'op'",
             "'A1', 'L2', 'r1', 2, 'payments', 'd', 'Y', 'op'",
             "'A2', 'L1', 'r1', 2, 'refunds', 'e', 'X', 'op'"});
  const std::string asked = R"({"audit_id":"A1","location_id":"L1","edition":2})";
  CHECK(world.read(Statement::audit_place_read, asked) == "orders|c|Z\n");
  CHECK(
      world.read(Statement::audit_place_read, R"({"audit_id":"A1","location_id":"L1","edition":1})")
          .empty());
  CHECK(rows_of(world.database.batch({Statement::audit_place_read}, {"other", asked})).empty());
}

}  // namespace audit_shown_rows_test

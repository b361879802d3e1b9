// How an audit holds what it reads, statement by statement: who may read a place, that nothing is
// written for who stands elsewhere, that each column comes back as it was read, and what is purged.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/database.hpp"
#include "harness/duration.hpp"

namespace audit_rows_test {

using duration::day;
using pos::store::Statement;
using world::Database;

namespace {

using Columns = std::map<std::string, std::string>;

struct Audit {
  Database database;
  std::int64_t now = database.now_ms;

  Audit() {
    database.execute(
        "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('A1', 100, 200, 300)");
    database.execute(
        "INSERT INTO pos_accounts (restaurant_id, provider, token) VALUES ('', "
        "'clover', 'theirs')");
  }

  [[nodiscard]] std::string at(std::int64_t ms) const { return std::to_string(now + ms); }

  void insert(const std::string& table, Columns columns, const Columns& more) {
    for (const auto& [name, value] : more) columns[name] = value;
    std::string names;
    std::string values;
    for (const auto& [name, value] : columns) {
      names += (names.empty() ? "" : ", ") + name;
      values += (values.empty() ? "" : ", ") + value;
    }
    database.execute("INSERT INTO " + table + " (" + names + ") VALUES (" + values + ")");
  }
  void place(const Columns& columns = {}) {
    insert("pos_audit_places",
           {{"audit_id", "'A1'"}, {"location_id", "'L1'"}, {"restaurant_id", "''"}}, columns);
  }
  [[nodiscard]] std::string of(const std::string& table, const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& each : columns) {
      list += (list.empty() ? "" : " || '|' || ") + ("coalesce(CAST(" + each + " AS TEXT), '-')");
    }
    return database.text("SELECT group_concat(line, ';') FROM (SELECT " + list + " AS line FROM " +
                         table + ")");
  }
  std::string claim(const std::string& token, const std::string& limit = "9") {
    return database.batch(
        {Statement::audit_blocked, Statement::audit_give_up, Statement::audit_claim,
         Statement::audit_held},
        {token, R"({"limit":)" + limit +
                    R"(,"lease_ms":60000,"most_refusals":3,"refused_ms":1000,"most_failures":8,)"
                    R"("failing_ms":5000})"});
  }
  /// All that an audit has of what it read.
  [[nodiscard]] std::string all() {
    return of("pos_audit_places",
              {"step", "cursor", "holder", "lease_until", "next_attempt_at", "attempts", "notes",
               "pages", "orders", "payments", "groups", "last_error", "failures", "refusals",
               "name", "figures", "fingerprint", "began_at"}) +
           of("pos_audit_orders", {"external_order_id", "total"}) +
           of("pos_audit_payments", {"payment_id", "refunded", "pending", "disputed"}) +
           of("pos_audit_groups", {"group_id", "edition"});
  }
};

/// What t1 does who holds L1, which stands at (orders, c1) of edition 2.
std::string asked(const std::string& more = "") {
  return R"({"audit_id":"A1","location_id":"L1","edition":2,"step":"orders","cursor":"c1",)"
         R"("next_step":"orders","next_cursor":"c2","pages":1,"count":5,"note":"","delay_ms":70,)"
         R"("attempts":1,"refused":0,"last_error":"why","figures":"{}","fingerprint":"f")" +
         more + "}";
}

Columns held(Columns more = {}) {
  for (const auto& [name, value] : Columns{{"edition", "2"},
                                           {"step", "'orders'"},
                                           {"cursor", "'c1'"},
                                           {"holder", "'t1'"},
                                           {"lease_until", "9000000000000000"}}) {
    more.emplace(name, value);
  }
  return more;
}

const std::string order_row =
    R"({"id":"o1","created_at":101,"kind":"sale","state":"OPEN","paid":1,"reference_id":"r",)"
    R"("pos_sync":"k","order_key":"A1#r2","table_id":"7","total":500,"tip":20,"currency":"TRY",)"
    R"("tax":"{\"10\":4}","content":"c","missing":"","fingerprint":"f","reference_hash":1,)"
    R"("metadata_hash":2,"content_hash":3,"table_hash":4,"customer_hash":5,"source_hash":6,)"
    R"("tenders":"[1]"})";
const std::string other_row =
    R"({"id":"o1","created_at":102,"kind":"return","state":"DRAFT","paid":0,"reference_id":"r9",)"
    R"("pos_sync":"k9","order_key":"A9","table_id":"9","total":900,"tip":90,"currency":"EUR",)"
    R"("tax":"{}","content":"c9","missing":"m","fingerprint":"f9","reference_hash":11,)"
    R"("metadata_hash":12,"content_hash":13,"table_hash":14,"customer_hash":15,"source_hash":16,)"
    R"("tenders":"[9]"})";
const std::string payment_row =
    R"({"id":"p1","order_id":"o1","created_at":103,"status":"COMPLETED","source_type":"CARD",)"
    R"("amount":500,"currency":"TRY","refunded":3,"fee":4,"instrument_hash":5,"card_brand":"VISA",)"
    R"("card_last_4":"1111","customer_hash":6})";
const std::string other_payment =
    R"({"id":"p1","order_id":"o9","created_at":109,"status":"FAILED","source_type":"CASH",)"
    R"("amount":900,"currency":"EUR","refunded":9,"fee":90,"instrument_hash":95,"card_brand":"AMEX",)"
    R"("card_last_4":"9999","customer_hash":96})";

/// The cells of a row of audit.members, with bars in between: without the last two.
std::string members(Audit& world) {
  const std::string rows = world.database.text("SELECT json_group_array(id) FROM pos_audit_orders");
  pos::json::Document document;
  REQUIRE(document.parse(world.database.batch({Statement::audit_members},
                                              {"t1", R"({"audit_id":"A1","rows":)" + rows + "}"})));
  std::string text;
  for (auto row = document.root().first().first(); row.present(); row = row.next()) {
    int cells = 0;
    for (auto cell = row.first(); !cell.is(pos::json::Kind::missing) && cells < 30; ++cells) {
      text += cell.is(pos::json::Kind::integer) ? std::to_string(cell.integer())
                                                : std::string(cell.text());
      text += "|";
      cell = cell.next();
    }
    text += ";";
  }
  return text;
}

}  // namespace

// ---- who reads a place ----

TEST_CASE("a place is read only if it is open, due, nobody's, and its account serves") {
  const Audit time;
  struct Case {
    const char* what;
    Columns columns;
    const char* account;
    bool is_read;
  };
  for (const Case& each : std::vector<Case>{
           {"new", {}, "", true},
           {"due now", {{"next_attempt_at", time.at(0)}}, "", true},
           {"due in a moment", {{"next_attempt_at", time.at(1)}}, "", false},
           {"whose lease has ended", {{"holder", "'t0'"}, {"lease_until", time.at(0)}}, "", true},
           {"whose lease has a moment",
            {{"holder", "'t0'"}, {"lease_until", time.at(1)}},
            "",
            false},
           {"done", {{"step", "'done'"}}, "", false},
           {"left out", {{"step", "'left_out'"}}, "", false},
           {"being grouped", {{"step", "'grouping'"}}, "", true},
           {"of a paused account", {}, "state = 'paused'", false},
           {"of an account that waits", {}, "paused_until = 1795000000001", false},
           {"of one that has waited", {}, "paused_until = 1795000000000", true}}) {
    CAPTURE(each.what);
    Audit world;
    if (*each.account != '\0') {
      world.database.execute(std::string("UPDATE pos_accounts SET ") + each.account +
                             " WHERE provider = 'square'");
    }
    world.place(each.columns);
    pos::json::Document rows;
    REQUIRE(rows.parse(world.claim("t1")));
    CHECK((world.of("pos_audit_places", {"holder", "lease_until"}) == "t1|" + world.at(60'000)) ==
          each.is_read);
    CHECK((rows.root().at(3).size() == 1) == each.is_read);
  }
}

TEST_CASE(
    "a call that D1 runs once more reads no further place, and the longest waiting come first") {
  Audit world;
  for (const char* each : {"'L1'", "'L2'", "'L3'"}) {
    world.place({{"location_id", each}, {"next_attempt_at", each[2] == '2' ? "1" : "2"}});
  }
  world.claim("t1", "1");
  CHECK(world.of("pos_audit_places WHERE holder = 't1'", {"location_id"}) == "L2");
  world.claim("t1", "1");
  CHECK(world.of("pos_audit_places WHERE holder = 't1'", {"location_id"}) == "L2");
  world.claim("t2");
  CHECK(world.of("pos_audit_places WHERE holder = 't2'", {"location_id"}) == "L1;L3");
}

TEST_CASE("who reads a place is told where it stands, and with whose token") {
  Audit world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, token) VALUES ('r1', 'sealed'), ('r2', 'other')");
  world.place({{"restaurant_id", "'r1'"},
               {"edition", "4"},
               {"step", "'payments'"},
               {"cursor", "'c'"},
               {"attempts", "5"},
               {"time_zone", "'Europe/Istanbul'"},
               {"orders", "6"}});
  const std::string answer = world.claim("t1");
  CHECK(answer.substr(answer.rfind("[[")) ==
        R"([["A1","L1","r1",4,"payments","c",5,"Europe/Istanbul",6,100,200,300,"r1","sealed",)" +
            world.at(0) + "]]]");
}

TEST_CASE("a place is left out only after bounded tries over a bounded time, and not before") {
  const Audit time;
  struct Case {
    const char* what;
    Columns columns;
    const char* account;
    bool is_left_out;
  };
  const std::string just = time.at(-1000);
  const std::string late = time.at(-999);
  for (const Case& each : std::vector<Case>{
           {"refused thrice", {{"refusals", "3"}, {"refused_since", just}}, "", true},
           {"refused twice", {{"refusals", "2"}, {"refused_since", just}}, "", false},
           {"too short a time", {{"refusals", "3"}, {"refused_since", late}}, "", false},
           {"never refused", {{"refusals", "3"}}, "", false},
           {"failed often", {{"failures", "8"}, {"failing_since", time.at(-5000)}}, "", true},
           {"not often enough", {{"failures", "7"}, {"failing_since", time.at(-5000)}}, "", false},
           {"not long enough", {{"failures", "8"}, {"failing_since", time.at(-4999)}}, "", false},
           {"never failed", {{"failures", "8"}}, "", false},
           {"read by somebody",
            {{"refusals", "3"},
             {"refused_since", just},
             {"holder", "'t0'"},
             {"lease_until", time.at(1)}},
            "",
            false},
           {"done", {{"refusals", "3"}, {"refused_since", just}, {"step", "'done'"}}, "", false},
           {"paused for long", {{"failing_since", time.at(-5000)}}, "state = 'paused'", true},
           {"paused for a while", {{"failing_since", time.at(-4999)}}, "state = 'paused'", false},
           {"whose token is refused",
            {{"refused_since", just}},
            "paused_until = 9000000000000000, pause_reason = 'unauthorized'",
            true},
           {"that was never set up",
            {{"refused_since", just}},
            "paused_until = 9000000000000000, pause_reason = 'not_set_up'",
            true},
           {"whose token cannot be read",
            {{"refused_since", just}},
            "paused_until = 9000000000000000, pause_reason = 'token_unreadable'",
            true},
           {"whose token was refused, and serves",
            {{"refused_since", just}},
            "pause_reason = 'unauthorized'",
            false},
           {"that is throttled",
            {{"refused_since", just}},
            "paused_until = 9000000000000000, pause_reason = 'throttled'",
            false}}) {
    CAPTURE(each.what);
    Audit world;
    if (*each.account != '\0') {
      world.database.execute(std::string("UPDATE pos_accounts SET ") + each.account +
                             " WHERE provider = 'square'");
    }
    Columns columns = each.columns;
    for (const auto& [name, value] : Columns{{"cursor", "'c'"},
                                             {"pages", "1"},
                                             {"orders", "2"},
                                             {"payments", "3"},
                                             {"groups", "4"},
                                             {"figures", "'{\"a\":1}'"},
                                             {"fingerprint", "'f'"},
                                             {"notes", "'n'"},
                                             {"attempts", "5"},
                                             {"last_error", "'no'"},
                                             {"next_attempt_at", time.at(9)}}) {
      columns.emplace(name, value);
    }
    world.place(columns);
    world.claim("t1");
    CHECK((world.of("pos_audit_places", {"step"}) == "left_out") == each.is_left_out);
    if (!each.is_left_out) continue;
    CHECK(world.of("pos_audit_places",
                   {"cursor", "pages", "orders", "payments", "groups", "figures", "fingerprint",
                    "notes", "holder", "lease_until", "next_attempt_at", "attempts", "left_out_at",
                    "left_out_by", "updated_at"}) ==
          "|0|0|0|0|{}||||0|0|0|" + world.at(0) + "||" + world.at(0));
    const std::string because = world.of("pos_audit_places", {"left_out_because"});
    CHECK(because.find(each.columns.count("refusals") ? "3 refusals, the last one: " : "") == 0);
  }
}

TEST_CASE("since when a place waits for its account is noted once, and why") {
  for (const auto& [account, words] : std::vector<std::pair<std::string, std::string>>{
           {"state = 'paused', pause_reason = 'operator', pause_detail = 'holiday'",
            "the account is paused: operator holiday"},
           {"paused_until = 9000000000000000, pause_reason = 'unauthorized'",
            "the account is paused: unauthorized"}}) {
    const bool refused = account.find("unauthorized") != std::string::npos;
    Audit world;
    world.database.execute("UPDATE pos_accounts SET " + account + " WHERE provider = 'square'");
    world.place();
    world.claim("t1");
    const std::string now = world.at(0);
    const std::vector<std::string> columns = {"failing_since", "refused_since", "last_error"};
    CHECK(world.of("pos_audit_places", columns) == now + "|" + (refused ? now : "0") + "|" + words);
    world.database.now_ms += 500;
    world.claim("t2");
    CHECK(world.of("pos_audit_places", columns) == now + "|" + (refused ? now : "0") + "|" + words);
  }
}

// ---- who writes ----

TEST_CASE(
    "nothing is written of a place for who does not hold it, or thinks that it stands elsewhere") {
  struct Write {
    const char* what;
    Statement statement;
    std::string list;
  };
  const std::vector<Write> writes = {
      {"locate", Statement::audit_locate, R"({"name":"N","currency":"TRY"})"},
      {"orders", Statement::audit_orders_in, "[" + order_row + "]"},
      {"payments", Statement::audit_payments_in, "[" + payment_row + "]"},
      {"refunds", Statement::audit_refunds_in, R"([{"payment_id":"p0","refunded":7,"pending":8}])"},
      {"disputes", Statement::audit_disputes_in, R"([{"payment_id":"p0"}])"},
      {"advance", Statement::audit_advance, ""},
      {"wait", Statement::audit_wait, ""},
      {"groups", Statement::audit_groups_in,
       R"([{"group_id":"g1","confidence":"certain","first_at":1,"plan":"{}"}])"},
      {"old groups", Statement::audit_groups_old, ""},
      {"planned", Statement::audit_planned, ""}};
  for (const Write& write : writes) {
    CAPTURE(write.what);
    const auto changes = [&](const Columns& columns, const std::string& more) {
      Audit world;
      world.place(held(columns));
      world.database.execute(
          "INSERT INTO pos_audit_payments (audit_id, payment_id, location_id, created_at, status) "
          "VALUES ('A1', 'p0', 'L1', 1, 'COMPLETED'), ('A1', 'p9', 'L1', 1, 'COMPLETED')");
      world.database.execute(
          "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
          "confidence, first_at, plan) VALUES ('A1', 'g0', 1, 'L1', '', 'certain', 1, '{}')");
      const std::string before = world.all();
      std::vector<std::string> parameters = {"t1", more.empty() ? asked() : more};
      if (!write.list.empty()) parameters.push_back(write.list);
      if (parameters.size() < 3) parameters.emplace_back();
      world.database.batch({write.statement}, parameters);
      return world.all() != before;
    };
    CHECK(changes({}, ""));
    CHECK_FALSE(changes({{"holder", "'t2'"}}, ""));
    CHECK_FALSE(changes({{"holder", "''"}}, ""));
    CHECK_FALSE(changes({{"edition", "3"}}, ""));
    CHECK_FALSE(changes({{"step", "'payments'"}}, ""));
    CHECK_FALSE(changes({{"step", "'left_out'"}}, ""));
    CHECK_FALSE(changes({{"cursor", "'c2'"}}, ""));
    CHECK_FALSE(changes({{"audit_id", "'A2'"}}, ""));
    CHECK_FALSE(changes({{"location_id", "'L2'"}}, ""));
  }
}

TEST_CASE("each column of an order and of its payments comes back as it was read last") {
  Audit world;
  world.place(held());
  world.database.batch({Statement::audit_orders_in}, {"t1", asked(), "[" + order_row + "]"});
  world.database.batch({Statement::audit_payments_in}, {"t1", asked(), "[" + payment_row + "]"});
  CHECK(members(world) ==
        "|o1|L1|101|sale|OPEN|1|r|k|A1#r2|7|500|20|TRY|{\"10\":4}|c||f|1|2|3|4|5|6|[1]|0|"
        R"([["p1",103,"COMPLETED","CARD",500,"TRY",3,4,0,0,5,"VISA","1111",6]]|0|||;)");
  world.database.execute("UPDATE pos_audit_payments SET pending = 5, disputed = 1");
  CHECK(members(world).find(R"("TRY",3,4,5,1,5,"VISA")") != std::string::npos);
  world.database.batch({Statement::audit_orders_in}, {"t1", asked(), "[" + other_row + "]"});
  world.database.batch({Statement::audit_payments_in}, {"t1", asked(), "[" + other_payment + "]"});
  CHECK(members(world) ==
        "|o1|L1|102|return|DRAFT|0|r9|k9|A9|9|900|90|EUR|{}|c9|m|f9|11|12|13|14|15|16|[9]|0|[]|0|||"
        ";");
  world.database.execute("UPDATE pos_audit_payments SET external_order_id = 'o1'");
  CHECK(members(world).find(
            R"([["p1",109,"FAILED","CASH",900,"EUR",9,90,0,0,95,"AMEX","9999",96]])") !=
        std::string::npos);
  CHECK(world.of("pos_audit_payments", {"audit_id", "location_id"}) == "A1|L1");
}

TEST_CASE(
    "the larger sum of a payment's refunds stands, and a dispute stays: a page may come twice") {
  Audit world;
  world.place(held());
  world.database.execute(
      "INSERT INTO pos_audit_payments (audit_id, payment_id, location_id, created_at, status, "
      "refunded, pending) VALUES ('A1', 'p1', 'L1', 1, 'COMPLETED', 5, 6), ('A1', 'p2', 'L1', 1, "
      "'COMPLETED', 5, 6), ('A2', 'p1', 'L1', 1, 'COMPLETED', 5, 6)");
  const auto refunds = [&](const char* list) {
    world.database.batch({Statement::audit_refunds_in}, {"t1", asked(), list});
    return world.of("pos_audit_payments ORDER BY audit_id, payment_id", {"refunded", "pending"});
  };
  CHECK(refunds(R"([{"payment_id":"p1","refunded":4,"pending":5}])") == "5|6;5|6;5|6");
  CHECK(refunds(R"([{"payment_id":"p1","refunded":7,"pending":0}])") == "7|6;5|6;5|6");
  CHECK(refunds(R"([{"payment_id":"p1","refunded":0,"pending":8}])") == "7|8;5|6;5|6");
  world.database.batch({Statement::audit_disputes_in}, {"t1", asked(), R"([{"payment_id":"p1"}])"});
  CHECK(world.of("pos_audit_payments ORDER BY audit_id, payment_id", {"disputed"}) == "1;0;0");
}

TEST_CASE(
    "a page moves its place on, counts what it brought, and counts it all when its step ends") {
  const auto after = [](const Columns& columns, const std::string& more) {
    Audit world;
    world.place(held(columns));
    for (const char* each : {"o1", "o2"}) {
      world.database.execute(
          "INSERT INTO pos_audit_orders (audit_id, location_id, external_order_id, created_at) "
          "VALUES ('A1', 'L1', '" +
          std::string(each) + "', 1), ('A1', 'L2', '" + each + "-2', 1)");
      world.database.execute(
          "INSERT INTO pos_audit_payments (audit_id, location_id, payment_id, created_at, status) "
          "VALUES ('A1', 'L1', '" +
          std::string(each) + "', 1, ''), ('A1', 'L2', '" + each + "-2', 1, '')");
    }
    std::string all = asked();
    for (std::size_t at = 0; at < more.size();) {
      const std::size_t end = more.find(';', at);
      const std::string part = more.substr(at, end - at);
      const std::string name = part.substr(0, part.find(':') + 1);
      const std::size_t from = all.find(name);
      const std::size_t to = all.find_first_of(",}", from);
      all.replace(from, to - from, part);
      at = end == std::string::npos ? more.size() : end + 1;
    }
    world.database.batch({Statement::audit_advance}, {"t1", all});
    return world.of("pos_audit_places",
                    {"step", "cursor", "pages", "orders", "payments", "notes", "attempts",
                     "next_attempt_at", "last_error", "failures", "failing_since", "refusals",
                     "refused_since", "holder", "updated_at - " + world.at(0)});
  };
  const Columns before = {{"pages", "3"},         {"orders", "10"},
                          {"payments", "20"},     {"notes", "'n' || char(10)"},
                          {"attempts", "4"},      {"next_attempt_at", "5"},
                          {"last_error", "'e'"},  {"failures", "6"},
                          {"failing_since", "7"}, {"refusals", "8"},
                          {"refused_since", "9"}};
  const std::string rest = "|0|0||0|0|0|0|t1|0";
  CHECK(after(before, "") == "orders|c2|4|15|20|n\n" + rest);
  CHECK(after(before, R"("next_step":"payments")") == "payments|c2|4|2|20|n\n" + rest);
  CHECK(after(before, R"("note":"m")") == "orders|c2|4|15|20|n\nm\n" + rest);
  CHECK(after(before, R"("note":"n")") == "orders|c2|4|15|20|n\n" + rest);
  Columns paying = before;
  paying["step"] = "'payments'";
  CHECK(after(paying, R"("step":"payments";"next_step":"payments")") ==
        "payments|c2|4|10|25|n\n" + rest);
  CHECK(after(paying, R"("step":"payments";"next_step":"refunds")") ==
        "refunds|c2|4|10|2|n\n" + rest);
}

TEST_CASE("a place that could not be read waits, and says since when and what for") {
  const auto after = [](const Columns& columns, bool refused) {
    Audit world;
    world.place(held(columns));
    std::string all = asked();
    if (refused) all.replace(all.find(R"("refused":0)"), 11, R"("refused":1)");
    world.database.batch({Statement::audit_wait}, {"t1", all});
    return world.of("pos_audit_places",
                    {"holder", "lease_until", "next_attempt_at - " + world.at(0), "attempts",
                     "last_error", "failures", "failing_since - " + world.at(0), "refusals",
                     "refused_since - " + world.at(0)});
  };
  const Audit time;
  const std::string never = "-" + time.at(0);
  CHECK(after({}, false) == "|0|70|1|why|1|0|0|" + never);
  CHECK(after({}, true) == "|0|70|1|why|1|0|1|0");
  CHECK(after({{"failing_since", time.at(-5)},
               {"refused_since", time.at(-6)},
               {"failures", "3"},
               {"refusals", "2"},
               {"attempts", "4"}},
              true) == "|0|70|5|why|4|-5|3|-6");
  CHECK(after({{"refused_since", time.at(-6)}}, false) == "|0|70|1|why|1|0|0|-6");
}

TEST_CASE("places are given back by who holds them, by their names, and are due at once") {
  Audit world;
  world.place(held());
  world.place(held({{"location_id", "'L2'"}}));
  world.place(held({{"location_id", "'L3'"}, {"holder", "'t2'"}}));
  world.place(held({{"audit_id", "'A2'"}}));
  world.database.batch({Statement::audit_release}, {"t1", R"([["A1","L1"],["A1","L3"]])"});
  CHECK(world.of("pos_audit_places ORDER BY audit_id, location_id",
                 {"holder", "lease_until = 0", "next_attempt_at > 0"}) ==
        "|1|1;t1|0|0;t2|0|0;t1|0|0");
}

// ---- grouping ----

TEST_CASE(
    "the keys of a place are its comparable sales that are not wholly refunded, in their order") {
  Audit world;
  world.place(held());
  const auto add = [&](const char* id, const char* at, const Columns& more = {}) {
    world.insert("pos_audit_orders",
                 {{"audit_id", "'A1'"},
                  {"location_id", "'L1'"},
                  {"external_order_id", std::string("'") + id + "'"},
                  {"created_at", at},
                  {"reference_hash", "1"},
                  {"metadata_hash", "2"},
                  {"content_hash", "3"},
                  {"table_hash", "4"}},
                 more);
  };
  const auto pay = [&](const char* of, const char* id, const char* amount, const char* refunded,
                       const char* status = "'COMPLETED'", const char* audit = "'A1'") {
    world.insert("pos_audit_payments", {},
                 {{"audit_id", audit},
                  {"location_id", "'L1'"},
                  {"payment_id", std::string("'") + id + "'"},
                  {"external_order_id", std::string("'") + of + "'"},
                  {"created_at", "1"},
                  {"status", status},
                  {"amount", amount},
                  {"refunded", refunded}});
  };
  add("o1", "9");
  add("o2", "5", {{"pos_sync", "'k'"}});
  add("return", "6", {{"kind", "'return'"}});
  add("missing", "6", {{"missing", "'total_money'"}});
  add("elsewhere", "6", {{"location_id", "'L2'"}});
  add("another", "6", {{"audit_id", "'A2'"}});
  add("refunded", "6");
  pay("refunded", "p1", "500", "500");
  add("half", "7");
  pay("half", "p2", "500", "499");
  add("split", "7");
  pay("split", "p3", "500", "500");
  pay("split", "p4", "500", "0");
  add("free", "7");
  pay("free", "p5", "0", "0");
  add("failed", "7");
  pay("failed", "p6", "500", "500", "'FAILED'");
  add("late", "7");
  pay("late", "p7", "500", "500", "'COMPLETED'", "'A2'");
  const auto keys = [&](const char* after_at, const char* after_row) {
    return world.database.batch(
        {Statement::audit_keys},
        {"t1", std::string(R"({"audit_id":"A1","location_id":"L1","after_at":)") + after_at +
                   R"(,"after_row":)" + after_row + "}"});
  };
  CHECK(keys("0", "0") ==
        "[[[2,5,1,2,1,3,4],[8,7,1,2,0,3,4],[9,7,1,2,0,3,4],[10,7,1,2,0,3,4],[11,7,1,2,0,3,4],"
        "[12,7,1,2,0,3,4],[1,9,1,2,0,3,4]]]");
  CHECK(keys("7", "11") == "[[[12,7,1,2,0,3,4],[1,9,1,2,0,3,4]]]");
  CHECK(keys("9", "0") == "[[[1,9,1,2,0,3,4]]]");
}

TEST_CASE("groups replace those of an older edition, and what was approved is history that stays") {
  Audit world;
  world.place(held());
  const auto add = [&](const char* id, const char* edition, const char* approved,
                       const char* location = "L1", const char* audit = "A1") {
    world.database.execute(
        std::string("INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, "
                    "restaurant_id, confidence, first_at, plan, approved_at) VALUES ('") +
        audit + "', '" + id + "', " + edition + ", '" + location + "', '', 'certain', 1, 'old', " +
        approved + ")");
  };
  add("g1", "1", "NULL");
  add("old", "1", "NULL");
  add("approved", "1", "5");
  add("new", "2", "NULL");
  add("there", "1", "NULL", "L2");
  add("then", "1", "NULL", "L1", "A2");
  world.database.batch(
      {Statement::audit_groups_in, Statement::audit_groups_old},
      {"t1", asked(),
       R"([{"group_id":"g1","confidence":"possible","first_at":7,"plan":"{}"},)"
       R"({"group_id":"approved","confidence":"probable","first_at":8,"plan":"[]"}])"});
  CHECK(world.of("pos_audit_groups ORDER BY audit_id, group_id",
                 {"group_id", "edition", "location_id", "confidence", "first_at", "plan",
                  "approved_at"}) ==
        "approved|2|L1|probable|8|[]|5;g1|2|L1|possible|7|{}|-;new|2|L1|certain|1|old|-;"
        "there|1|L2|certain|1|old|-;then|1|L1|certain|1|old|-");
}

TEST_CASE(
    "a place that is planned counts its groups and what could not be compared, and is nobody's") {
  Audit world;
  world.place(held({{"failures", "3"}, {"attempts", "2"}, {"last_error", "'e'"}}));
  world.database.execute(
      "INSERT INTO pos_audit_orders (audit_id, location_id, external_order_id, created_at, "
      "missing) "
      "VALUES ('A1', 'L1', 'o1', 1, 'm'), ('A1', 'L1', 'o2', 1, ''), ('A1', 'L2', 'o3', 1, 'm'), "
      "('A2', 'L1', 'o4', 1, 'm')");
  world.database.execute(
      "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
      "confidence, first_at, plan) VALUES ('A1', 'g1', 2, 'L1', '', 'certain', 1, ''), ('A1', "
      "'g2', "
      "1, 'L1', '', 'certain', 1, ''), ('A1', 'g3', 2, 'L2', '', 'certain', 1, ''), ('A2', 'g4', "
      "2, "
      "'L1', '', 'certain', 1, '')");
  world.database.batch({Statement::audit_planned}, {"t1", asked()});
  CHECK(world.of("pos_audit_places",
                 {"step", "cursor", "figures", "fingerprint", "groups", "holder", "lease_until",
                  "attempts", "next_attempt_at", "last_error", "failures"}) ==
        R"(done||{"not_comparable":1}|f|1||0|0|0||0)");
}

TEST_CASE("our queue or our ledger knows an order by its Square id and by one of its names") {
  const auto known = [](const Columns& order, const std::string& table, const Columns& row) {
    Audit world;
    world.place(held({{"restaurant_id", "'r1'"}}));
    world.insert("pos_audit_orders",
                 {{"audit_id", "'A1'"},
                  {"location_id", "'L1'"},
                  {"external_order_id", "'o1'"},
                  {"created_at", "86400001"},
                  {"reference_id", "'ref'"},
                  {"order_key", "'A1#r2'"}},
                 order);
    Columns all = {{"order_id", "'A1#r2'"},
                   {"external_order_id", "'o1'"},
                   {"provider", "'square'"},
                   {"revision", "1"}};
    if (table == "pos_sync_queue") all["payload"] = "'{}'";
    world.insert(table, all, row);
    const std::string text = members(world);
    return text.find("|[]|1|") != std::string::npos;
  };
  for (const char* table : {"pos_sync_ledger", "pos_sync_queue"}) {
    CHECK(known({}, table, {}));
    CHECK(known({}, table, {{"order_id", "'ref'"}}));
    CHECK(known({}, table, {{"order_id", "'A1'"}}));  // of whatever revision
    CHECK(known({{"order_key", "'A1'"}}, table, {{"order_id", "'A1'"}}));
    CHECK_FALSE(known({}, table, {{"order_id", "'A'"}}));
    CHECK_FALSE(known({}, table, {{"order_id", "'A2'"}}));
    CHECK_FALSE(known({}, table, {{"external_order_id", "'o2'"}}));
    CHECK_FALSE(known({}, table, {{"provider", "'clover'"}}));
  }
  // Booked by hand it bears no name of ours: then the restaurant and the time must be right.
  const Columns by_hand = {{"order_id", "'else'"}, {"restaurant_id", "'r1'"}};
  const auto booked = [&](const char* at, const Columns& more = {}) {
    Columns all = by_hand;
    all["booked_at"] = at;
    for (const auto& [name, value] : more) all[name] = value;
    return known({}, "pos_sync_ledger", all);
  };
  CHECK(booked("86400001"));
  CHECK(booked("1"));
  CHECK_FALSE(booked("0"));
  CHECK(booked("7862400001"));
  CHECK_FALSE(booked("7862400002"));
  CHECK_FALSE(booked("86400001", {{"restaurant_id", "'r2'"}}));
  CHECK_FALSE(booked("86400001", {{"external_order_id", "'o2'"}}));
  CHECK_FALSE(booked("86400001", {{"provider", "'clover'"}}));
  CHECK_FALSE(booked("NULL"));
}

TEST_CASE("how many other orders bear the name of a table is counted within the window alone") {
  const auto others = [](const Columns& other) {
    Audit world;
    world.place(held());
    const Columns one = {{"audit_id", "'A1'"},          {"location_id", "'L1'"},
                         {"external_order_id", "'o1'"}, {"created_at", "1000"},
                         {"table_hash", "4"},           {"content_hash", "3"}};
    world.insert("pos_audit_orders", one, {});
    Columns all = other;
    all.emplace("external_order_id", "'o2'");
    all.emplace("content_hash", "5");
    world.insert("pos_audit_orders", one, all);
    const std::string text = members(world);
    return text.substr(0, text.find(';')).find("|[]|1|[]|") != std::string::npos;
  };
  CHECK(others({}));
  CHECK(others({{"created_at", "700"}}));
  CHECK(others({{"created_at", "1300"}}));
  CHECK_FALSE(others({{"created_at", "699"}}));
  CHECK_FALSE(others({{"created_at", "1301"}}));
  CHECK_FALSE(others({{"table_hash", "5"}}));
  CHECK_FALSE(others({{"content_hash", "3"}}));
  CHECK_FALSE(others({{"kind", "'return'"}}));
  CHECK_FALSE(others({{"location_id", "'L2'"}}));
}

// ---- purging ----

TEST_CASE("what an audit has read is purged only three months after anything happened to it") {
  const Audit time;
  const std::string old = time.at(-90 * day - 1);
  const std::string young = time.at(-90 * day);
  struct Case {
    const char* what;
    Columns audit;
    Columns place;
    const char* repair;
    bool is_purged;
  };
  for (const Case& each :
       std::vector<Case>{{"at rest", {}, {}, "", true},
                         {"created lately", {{"created_at", young}}, {}, "", false},
                         {"approved lately", {{"approved_at", young}}, {}, "", false},
                         {"approved long ago", {{"approved_at", old}}, {}, "", true},
                         {"read lately", {}, {{"updated_at", young}}, "", false},
                         {"with a repair to be made", {}, {}, "due", false},
                         {"with a repair on its way", {}, {}, "pending", false},
                         {"with a repair that was made", {}, {}, "done", true},
                         {"with one that has stopped", {}, {}, "stopped", true}}) {
    CAPTURE(each.what);
    Audit world;
    Columns audit = each.audit;
    audit.emplace("created_at", old);
    world.insert("pos_audits",
                 {{"id", "'A0'"}, {"from_at", "1"}, {"to_at", "2"}, {"window_ms", "3"}}, audit);
    Columns place = each.place;
    place.emplace("updated_at", old);
    place.emplace("audit_id", "'A0'");
    world.place(held(place));
    for (const char* step : {"location", "done", "left_out"}) {
      Columns other = place;
      other["location_id"] = std::string("'") + step + "'";
      other["step"] = std::string("'") + step + "'";
      world.place(held(other));
    }
    if (*each.repair != '\0') {
      world.database.execute(
          std::string("INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
                      "location_id, external_order_id, survivor_order_id, state) VALUES ('refund', "
                      "'P', 'A0', 'g', '', 'L1', 'o', 'o', '") +
          each.repair + "')");
    }
    for (const char* id : {"'A0'", "'A1'"}) {
      world.insert("pos_audit_orders", {},
                   {{"audit_id", id},
                    {"location_id", "'L1'"},
                    {"external_order_id", "'o1'"},
                    {"created_at", "1"}});
      world.insert("pos_audit_payments", {},
                   {{"audit_id", id},
                    {"location_id", "'L1'"},
                    {"payment_id", "'p1'"},
                    {"created_at", "1"},
                    {"status", "''"}});
    }
    world.database.batch({Statement::audit_purge_places, Statement::audit_purge_orders,
                          Statement::audit_purge_payments},
                         {});
    const std::string left = each.is_purged ? "A1" : "A0;A1";
    CHECK(world.of("pos_audit_orders ORDER BY audit_id", {"audit_id"}) == left);
    CHECK(world.of("pos_audit_payments ORDER BY audit_id", {"audit_id"}) == left);
    CHECK(world.of("pos_audit_places WHERE location_id = 'L1'",
                   {"step", "cursor", "holder", "lease_until"}) ==
          (each.is_purged ? "location|||0" : "orders|c1|t1|9000000000000000"));
    CHECK(world.of("pos_audit_places WHERE location_id <> 'L1' ORDER BY location_id",
                   {"step", "holder"}) == "done|t1;left_out|t1;location|t1");
  }
}

TEST_CASE("a purge of what an audit has read takes five hundred rows of each at a time") {
  Audit world;
  world.database.execute("UPDATE pos_audits SET created_at = 1");
  world.database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) INSERT INTO "
      "pos_audit_orders (audit_id, location_id, external_order_id, created_at) SELECT 'A1', 'L1', "
      "'o' || i, 1 FROM n");
  world.database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) INSERT INTO "
      "pos_audit_payments (audit_id, location_id, payment_id, created_at, status) SELECT 'A1', "
      "'L1', "
      "'p' || i, 1, '' FROM n");
  world.database.batch({Statement::audit_purge_orders, Statement::audit_purge_payments}, {});
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_orders") == 200);
  CHECK(world.database.integer("SELECT count(*) FROM pos_audit_payments") == 200);
}

}  // namespace audit_rows_test

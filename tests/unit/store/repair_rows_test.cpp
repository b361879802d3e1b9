// The claims of repairs, statement by statement and column by column: who may take one, what is
// noted of one whose owner went away, what may be frozen, and what a settle writes down.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/changes.hpp"
#include "harness/database.hpp"

namespace repair_rows_test {

using pos::store::Statement;
using world::Database;

namespace {

constexpr std::int64_t lease = 60'000;
constexpr std::int64_t quiet = 5'000;

/// Columns as SQL, over those of a repair that is due.
using Columns = std::map<std::string, std::string>;

struct Repairs {
  Database database;
  std::int64_t now = database.now_ms;

  /// Other calls have been there, and are there.
  Repairs() {
    database.execute(
        "INSERT INTO pos_sync_claims (claim_key, claimed_at, settled_at) VALUES ('tick:mend:a0', "
        "5, "
        "5), ('tick:mend:z9', 1795000000077, NULL), ('tick:t1', 3, NULL)");
    database.execute(
        "INSERT INTO pos_accounts (restaurant_id, provider, token) VALUES ('', "
        "'clover', 'theirs')");
  }

  [[nodiscard]] std::string at(std::int64_t ms) const { return std::to_string(now + ms); }

  void add(const std::string& target, const Columns& columns = {}) {
    Columns all = {
        {"action", "'refund'"},        {"target", "'" + target + "'"}, {"audit_id", "'A1'"},
        {"group_id", "'g1'"},          {"restaurant_id", "''"},        {"location_id", "'L1'"},
        {"external_order_id", "'O2'"}, {"survivor_order_id", "'O1'"},  {"amount", "500"},
        {"currency", "'TRY'"}};
    for (const auto& [name, value] : columns) all[name] = value;
    std::string names;
    std::string values;
    for (const auto& [name, value] : all) {
      names += (names.empty() ? "" : ", ") + name;
      values += (values.empty() ? "" : ", ") + value;
    }
    database.execute("INSERT INTO pos_repairs (" + names + ") VALUES (" + values + ")");
  }

  [[nodiscard]] std::string of(const std::string& target, const std::string& column) {
    return database.text("SELECT " + column + " FROM pos_repairs WHERE target = '" + target + "'");
  }

  /// The values of some columns, NULL as "-".
  std::vector<std::string> all_of(const std::string& target,
                                  const std::vector<std::string>& columns) {
    std::vector<std::string> out;
    for (const std::string& each : columns) {
      out.push_back(of(target, "coalesce(CAST(" + each + " AS TEXT), '-')"));
    }
    return out;
  }

  std::string claim(const std::string& token, const std::string& batch = "50") {
    return database.batch(
        {Statement::repair_open, Statement::repair_log_abandoned, Statement::repair_take_over,
         Statement::repair_take, Statement::repair_close, Statement::repair_rows},
        {token, R"({"batch":)" + batch +
                    R"(,"lease_ms":60000,"quiet_ms":5000,"base_ms":1000,)"
                    R"("cap_ms":9000,"most_attempts":10,"actor":"cron"})"});
  }

  std::string freeze(const std::string& token, const std::string& generation,
                     const std::string& action = "refund", const std::string& target = "P2",
                     const std::string& provider = "square") {
    return database.batch(
        {Statement::repair_log_frozen, Statement::repair_freeze, Statement::repair_read_frozen},
        {token, R"([{"provider":")" + provider + R"(","action":")" + action + R"(","target":")" +
                    target + R"(","generation":)" + generation +
                    R"(,"request":"new","actor":"cron","key":"k"}])"});
  }

  std::string settle(const std::string& token, const std::string& more,
                     const std::string& target = "P2") {
    return database.batch(
        {Statement::repair_log_settled, Statement::repair_settle, Statement::repair_read_settled},
        {token, R"([{"provider":"square","action":"refund","target":")" + target +
                    R"(","event":"e1","actor":"cron","reason":"why","attempts":1,"sent":0,)"
                    R"("doubt":"keep","absent":0,"detail":"d")" +
                    more + "}]"});
  }
};

/// A repair that t1 holds for another minute.
Columns held(const Repairs& world, Columns more = {}) {
  more.emplace("holder", "'t1'");
  more.emplace("claimed_at", world.at(-1000));
  more.emplace("lease_until", world.at(lease));
  return more;
}

}  // namespace

// ---- who may take one ----

TEST_CASE("a repair is taken only if it is due, free, quiet, and its account serves") {
  struct Case {
    const char* what;
    Columns columns;
    bool is_taken;
  };
  const Repairs time;
  for (const Case& each : std::vector<Case>{
           {"due", {}, true},
           {"due now", {{"next_attempt_at", time.at(0)}}, true},
           {"due in a moment", {{"next_attempt_at", time.at(1)}}, false},
           {"pending", {{"state", "'pending'"}}, true},
           {"done", {{"state", "'done'"}}, false},
           {"stopped", {{"state", "'stopped'"}}, false},
           {"held", {{"holder", "'t0'"}, {"lease_until", time.at(1)}}, false},
           {"in doubt, never sent", {{"in_doubt_since", "1"}}, true},
           {"in doubt and quiet",
            {{"in_doubt_since", "1"}, {"last_sent_at", time.at(-quiet)}},
            true},
           {"in doubt, not quiet yet",
            {{"in_doubt_since", "1"}, {"last_sent_at", time.at(1 - quiet)}},
            false},
           {"sent a moment ago, nothing in doubt", {{"last_sent_at", time.at(-1)}}, true},
       }) {
    CAPTURE(each.what);
    Repairs world;
    world.add("P2", each.columns);
    world.claim("t1");
    CHECK((world.of("P2", "holder") == "t1") == each.is_taken);
    if (!each.is_taken) continue;
    CHECK(world.of("P2", "claimed_at") == world.at(0));
    CHECK(world.of("P2", "lease_until") == world.at(lease));
  }
}

TEST_CASE("a repair whose account is paused is not taken, and its neighbour's is") {
  for (const char* pause : {"state = 'paused'", "paused_until = 9000000000000000"}) {
    Repairs world;
    world.database.execute("INSERT INTO pos_accounts (restaurant_id) VALUES ('r1'), ('r2')");
    world.database.execute(std::string("UPDATE pos_accounts SET ") + pause +
                           " WHERE restaurant_id = 'r1'");
    world.add("P1", {{"restaurant_id", "'r1'"}});
    world.add("P2", {{"restaurant_id", "'r2'"}});
    world.add("P3", {{"restaurant_id", "'without an account'"}});
    world.claim("t1");
    CHECK(world.of("P1", "holder") == "");
    CHECK(world.of("P2", "holder") == "t1");
    CHECK(world.of("P3", "holder") == "t1");
  }
  Repairs world;
  world.database.execute("UPDATE pos_accounts SET paused_until = " + world.at(0));
  world.add("P2");
  world.claim("t1");
  CHECK(world.of("P2", "holder") == "t1");
}

TEST_CASE("the repairs that have waited longest are taken first, and no more than a batch") {
  Repairs world;
  world.add("P1", {{"next_attempt_at", world.at(-1)}});
  world.add("P2", {{"next_attempt_at", world.at(-9)}});
  world.add("P4", {{"next_attempt_at", world.at(-5)}});
  world.add("P3", {{"next_attempt_at", world.at(-5)}});
  pos::json::Document rows;
  REQUIRE(rows.parse(world.claim("t1", "3")));
  const auto list = rows.root().at(5);
  REQUIRE(list.size() == 3);
  CHECK(list.at(0).at(1).text() == "P2");
  CHECK(list.at(1).at(1).text() == "P3");
  CHECK(list.at(2).at(1).text() == "P4");
  CHECK(world.of("P1", "holder") == "");
}

TEST_CASE("a call that D1 runs once more takes nothing, and says what it holds still") {
  Repairs world;
  world.add("P1");
  const std::string first = world.claim("t1");
  world.add("P2");
  CHECK(world.claim("t1").substr(first.rfind("[[")) == first.substr(first.rfind("[[")));
  CHECK(world.of("P2", "holder") == "");
  CHECK(world.database.text("SELECT settled_at FROM pos_sync_claims WHERE claim_key = "
                            "'tick:mend:t1'") == world.at(0));
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_claims WHERE settled_at IS NULL") ==
        2);
  // What another call of the same worker holds is not this one's.
  world.claim("t2");
  pos::json::Document rows;
  REQUIRE(rows.parse(world.claim("t2")));
  REQUIRE(rows.root().at(5).size() == 1);
  CHECK(rows.root().at(5).first().at(1).text() == "P2");
}

TEST_CASE("a repair is read as it stands, with the account whose token it is") {
  Repairs world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, token) VALUES ('r1', 'sealed'), ('r2', 'other')");
  world.add("P2", {{"restaurant_id", "'r1'"},
                   {"generation", "3"},
                   {"request", "'{}'"},
                   {"first_sent_at", "11"},
                   {"last_sent_at", "12"},
                   {"in_doubt_since", "13"},
                   {"look_because", "'conflict'"},
                   {"absent_at", "14"},
                   {"external_refund_id", "'R1'"},
                   {"attempts", "4"},
                   {"approved", "'{\"v\":1}'"},
                   {"seal", "'S!'"}});
  pos::json::Document rows;
  REQUIRE(rows.parse(world.claim("t1")));
  const auto row = rows.root().at(5).first();
  std::string text;
  for (auto cell = row.first(); !cell.is(pos::json::Kind::missing); cell = cell.next()) {
    if (!text.empty()) text += "|";
    text += cell.is(pos::json::Kind::integer) ? std::to_string(cell.integer())
                                              : std::string(cell.text());
    if (text.find("|S!") != std::string::npos) break;  // the seal; what it is of comes behind it
  }
  CHECK(text == "refund|P2|L1|O2|O1|500|TRY|due|3|{}|11|12|13|conflict|14|R1|4|" + world.at(0) +
                    "|{\"v\":1}|r1|sealed|S!");
}

// ---- an owner that went away ----

TEST_CASE("a repair is taken from its owner only once the lease has ended, and while it is open") {
  const Repairs time;
  for (const auto& [columns, is_over] : std::vector<std::pair<Columns, bool>>{
           {{{"lease_until", time.at(0)}}, true},
           {{{"lease_until", time.at(1)}}, false},
           {{{"lease_until", time.at(-9)}, {"state", "'pending'"}}, true},
           {{{"lease_until", time.at(-9)}, {"state", "'done'"}}, false},
           {{{"lease_until", time.at(-9)}, {"state", "'stopped'"}}, false},
           {{{"lease_until", time.at(-9)}, {"holder", "''"}, {"next_attempt_at", time.at(9)}},
            false}}) {
    Repairs world;
    Columns all = columns;
    all.emplace("holder", "'t0'");
    all.emplace("claimed_at", world.at(-lease));
    const bool was_held = all.at("holder") == "'t0'";
    world.add("P2", all);
    world.claim("t1");
    CHECK(world.of("P2", "attempts") == (is_over ? "1" : "0"));
    CHECK((world.of("P2", "holder") == "t0") == (was_held && !is_over));
    CHECK(world.database.integer("SELECT count(*) FROM pos_repair_log") == is_over);
  }
}

TEST_CASE("of what a lost owner may have sent doubt is noted, with the widest times; else none") {
  const std::vector<std::string> columns = {"in_doubt_since", "first_sent_at", "last_sent_at",
                                            "absent_at"};
  const Repairs time;
  struct Case {
    Columns columns;
    std::vector<std::string> after;
    bool in_doubt;
  };
  for (const Case& each : std::vector<Case>{
           // Nothing is frozen: nothing can have gone out.
           {{}, {"-", "-", "-", "-"}, false},
           {{{"absent_at", "5"}}, {"-", "-", "-", "5"}, false},
           // What is frozen may have gone out, from the claim on until the lease ended.
           {{{"request", "'{}'"}}, {time.at(-lease), time.at(-lease), time.at(-7), "-"}, false},
           {{{"request", "'{}'"}, {"absent_at", "5"}},
            {time.at(-lease), time.at(-lease), time.at(-7), "-"},
            true},
           {{{"request", "'{}'"},
             {"in_doubt_since", "3"},
             {"first_sent_at", "2"},
             {"last_sent_at", "4"}},
            {"3", "2", time.at(-7), "-"},
            true},
           {{{"request", "'{}'"}, {"last_sent_at", time.at(-3)}},
            {time.at(-lease), time.at(-lease), time.at(-3), "-"},
            true},
           // One that Square has taken is only asked after.
           {{{"request", "'{}'"}, {"state", "'pending'"}, {"absent_at", "5"}},
            {"-", "-", "-", "5"},
            false},
           {{{"state", "'pending'"}, {"in_doubt_since", "3"}}, {"3", "-", "-", "-"}, true}}) {
    Repairs world;
    Columns all = each.columns;
    all.emplace("holder", "'t0'");
    all.emplace("claimed_at", world.at(-lease));
    all.emplace("lease_until", world.at(-7));
    world.add("P2", all);
    world.claim("t1");
    CHECK(world.all_of("P2", columns) == each.after);
    CHECK(world.of("P2", "holder") == "");
    CHECK(world.of("P2", "lease_until") == "0");
    CHECK(world.of("P2", "updated_at") == world.at(0));
    const bool doubted = each.columns.count("in_doubt_since") > 0 ||
                         (each.columns.count("request") > 0 && each.columns.count("state") == 0);
    CHECK(world.database.text("SELECT detail FROM pos_repair_log") ==
          R"({"holder":"t0","lease_until":)" + world.at(-7) + R"(,"in_doubt":)" +
              (doubted ? "true}" : "false}"));
    CHECK(world.database.text("SELECT audit_id || target || at || actor || event || from_state || "
                              "to_state || token FROM pos_repair_log") ==
          "A1P2" + world.at(0) + "crontaken_over" +
              (each.columns.count("state") ? "pendingpending" : "duedue") + "t1");
  }
}

TEST_CASE("each lost owner makes the next wait longer, never shorter, and never past the cap") {
  const auto next_after = [](const Columns& columns) {
    Repairs world;
    Columns all = columns;
    all.emplace("holder", "'t0'");
    all.emplace("claimed_at", world.at(-lease));
    all.emplace("lease_until", world.at(-7));
    world.add("P2", all);
    world.claim("t1");
    return std::stoll(world.of("P2", "next_attempt_at")) - world.now;
  };
  CHECK(next_after({}) == 1000);
  CHECK(next_after({{"attempts", "1"}}) == 2000);
  CHECK(next_after({{"attempts", "3"}}) == 8000);
  CHECK(next_after({{"attempts", "4"}}) == 9000);
  CHECK(next_after({{"attempts", "18"}}) == 9000);
  const Repairs time;
  CHECK(next_after({{"next_attempt_at", time.at(4000)}}) == 4000);
  // What may have been sent is looked for no sooner than it is quiet.
  CHECK(next_after({{"request", "'{}'"}}) == quiet - 7);
  CHECK(next_after({{"request", "'{}'"}, {"last_sent_at", time.at(100)}}) == quiet + 100);
  CHECK(next_after({{"request", "'{}'"}, {"state", "'pending'"}}) == 1000);
}

TEST_CASE("what kills each of its workers stops in front of a human, and says what is known") {
  const auto ends = [](const Columns& columns) {
    Repairs world;
    Columns all = columns;
    all.emplace("holder", "'t0'");
    all.emplace("claimed_at", world.at(-lease));
    all.emplace("lease_until", world.at(-7));
    world.add("P2", all);
    world.claim("t1");
    CHECK(world.database.text("SELECT to_state FROM pos_repair_log") == world.of("P2", "state"));
    return world.of("P2", "state || ' ' || reason");
  };
  CHECK(ends({{"attempts", "18"}}) == "due unknown: the worker that held it went away");
  CHECK(ends({{"attempts", "19"}}) ==
        "stopped attempts_exhausted: each worker that held it went away");
  CHECK(ends({{"attempts", "19"}, {"request", "'{}'"}}) ==
        "stopped unknown_outcome: each worker that held it went away");
  CHECK(ends({{"attempts", "25"}, {"in_doubt_since", "3"}}) ==
        "stopped unknown_outcome: each worker that held it went away");
  CHECK(ends({{"attempts", "19"}, {"state", "'pending'"}}) ==
        "stopped unknown_outcome: each worker that held it went away");
}

// ---- freezing ----

TEST_CASE("only who holds a due repair within its lease freezes it, and each generation once") {
  const Repairs time;
  struct Case {
    const char* what;
    Columns columns;
    const char* token = "t1";
    const char* generation = "1";
    bool is_frozen = false;
  };
  for (const Case& each : std::vector<Case>{
           {"held", {}, "t1", "1", true},
           {"of another", {}, "t2", "1", false},
           {"held by nobody", {{"holder", "''"}}, "t1", "1", false},
           {"at the end of its lease", {{"lease_until", time.at(0)}}, "t1", "1", false},
           {"a moment before", {{"lease_until", time.at(1)}}, "t1", "1", true},
           {"pending", {{"state", "'pending'"}}, "t1", "1", false},
           {"stopped", {{"state", "'stopped'"}}, "t1", "1", false},
           {"in doubt", {{"in_doubt_since", "1"}}, "t1", "1", false},
           {"frozen", {{"request", "'old'"}}, "t1", "1", false},
           {"frozen, the next generation", {{"request", "'old'"}}, "t1", "2", true},
           {"an older generation", {{"generation", "2"}}, "t1", "1", false},
           {"its own generation", {{"generation", "2"}}, "t1", "2", true}}) {
    CAPTURE(each.what);
    Repairs world;
    world.add("P2", held(world, each.columns));
    world.add("P3", held(world));
    const std::string before = world.of("P2", "generation || coalesce(request, '')");
    world.freeze(each.token, each.generation);
    if (each.is_frozen) {
      CHECK(world.of("P2", "generation || request") == std::string(each.generation) + "new");
      CHECK(world.of("P2", "updated_at") == world.at(0));
      CHECK(world.database.text("SELECT audit_id || target || actor || event || from_state || "
                                "to_state || token || detail FROM pos_repair_log") ==
            "A1P2cronfrozenduedue" + std::string(each.token) + R"({"generation":)" +
                each.generation + R"(,"key":"k"})");
    } else {
      CHECK(world.of("P2", "generation || coalesce(request, '')") == before);
      CHECK(world.database.integer("SELECT count(*) FROM pos_repair_log") == 0);
    }
    CHECK(world.of("P3", "request") == "");
  }
}

TEST_CASE("a freeze is of one repair: its provider, its action and its target") {
  Repairs world;
  world.add("P2", held(world));
  world.add("P2", held(world, {{"action", "'cancel'"}}));
  world.freeze("t1", "1", "refund", "P2", "clover");
  world.freeze("t1", "1", "refund", "P3");
  CHECK(world.database.integer("SELECT count(request) FROM pos_repairs") == 0);
  world.freeze("t1", "1", "cancel");
  CHECK(world.database.text("SELECT group_concat(action) FROM pos_repairs WHERE request = 'new'") ==
        "cancel");
}

TEST_CASE("what is sent is what D1 says is frozen: of this holder, this generation, not in doubt") {
  const Repairs time;
  for (const auto& [columns, is_told] :
       std::vector<std::pair<Columns, bool>>{{{}, true},
                                             {{{"holder", "'t2'"}}, false},
                                             {{{"lease_until", time.at(0)}}, false},
                                             {{{"lease_until", time.at(1)}}, true},
                                             {{{"generation", "2"}}, false},
                                             {{{"in_doubt_since", "1"}}, false}}) {
    Repairs world;
    Columns all = columns;
    all.emplace("request", "'old'");
    world.add("P2", held(world, all));
    pos::json::Document rows;
    REQUIRE(rows.parse(world.freeze("t1", "1")));
    const auto told = rows.root().at(2);
    CHECK((told.size() == 1) == is_told);
    if (!is_told) continue;
    CHECK(told.first().at(0).text() == "refund");
    CHECK(told.first().at(1).text() == "P2");
    CHECK(told.first().at(2).text() == "old");
  }
}

// ---- settling ----

TEST_CASE("a settle writes each of its columns, and leaves each that it says nothing of") {
  const Columns before = {{"first_sent_at", "1"},  {"last_sent_at", "2"},
                          {"in_doubt_since", "3"}, {"look_because", "'conflict'"},
                          {"absent_at", "4"},      {"external_refund_id", "'R1'"},
                          {"attempts", "5"},       {"next_attempt_at", "6"},
                          {"reason", "'before'"}};
  const std::vector<std::string> columns = {
      "state",        "reason",         "attempts",     "next_attempt_at", "first_sent_at",
      "last_sent_at", "in_doubt_since", "look_because", "absent_at",       "external_refund_id",
      "done_at",      "holder",         "lease_until",  "updated_at"};
  const Repairs time;
  const std::string now = time.at(0);
  const std::string claimed = time.at(-1000);
  struct Case {
    const char* settlement;
    Columns before;
    std::vector<std::string> after;
  };
  const std::vector<std::string> kept = {"due",      "why", "6",  "6", "1", "2", "3",
                                         "conflict", "4",   "R1", "-", "",  "0", now};
  const auto but = [&](std::vector<std::pair<int, std::string>> changes) {
    std::vector<std::string> out = kept;
    for (const auto& [column, value] : changes) out[static_cast<std::size_t>(column)] = value;
    return out;
  };
  for (const Case& each : std::vector<Case>{
           {"", before, kept},
           {R"(,"state":"done")", before, but({{0, "done"}, {10, now}})},
           {R"(,"state":"stopped")", before, but({{0, "stopped"}})},
           {R"(,"state":"pending")", before, but({{0, "pending"}})},
           {R"(,"attempts":0)", before, but({{2, "5"}})},
           {R"(,"delay_ms":0)", before, but({{3, now}})},
           {R"(,"delay_ms":70)", before, but({{3, time.at(70)}})},
           {R"(,"sent":1)", before, but({{5, now}, {8, "-"}})},
           {R"(,"doubt":"set")", before, kept},
           {R"(,"doubt":"clear")", before, but({{6, "-"}, {8, "-"}})},
           {R"(,"look":"")", before, but({{7, ""}})},
           {R"(,"look":"refused")", before, but({{7, "refused"}})},
           {R"(,"absent":1)", before, but({{8, now}})},
           {R"(,"absent":1,"sent":1)", before, but({{5, now}, {8, "-"}})},
           {R"(,"absent":1,"doubt":"clear")", before, but({{6, "-"}, {8, "-"}})},
           {R"(,"refund_id":"R2")", before, but({{9, "R2"}})},
           // Nothing was there before.
           {R"(,"sent":1,"doubt":"set","delay_ms":1,"state":"done")",
            {},
            {"done", "why", "1", time.at(1), claimed, now, claimed, "", "-", "-", now, "", "0",
             now}},
           {"", {}, {"due", "why", "1", "0", "-", "-", "-", "", "-", "-", "-", "", "0", now}}}) {
    CAPTURE(each.settlement);
    Repairs world;
    world.add("P2", held(world, each.before));
    pos::json::Document rows;
    // Of a name that comes twice the last one counts, for SQLite the first: so the changes are
    // put where nothing of their name is.
    std::string more = each.settlement;
    std::string list =
        R"([{"provider":"square","action":"refund","target":"P2","event":"e1","actor":"cron",)"
        R"("reason":"why","detail":"d")";
    for (const char* each_default :
         {R"("attempts":1)", R"("sent":0)", R"("doubt":"keep")", R"("absent":0)"}) {
      const std::string field = each_default;
      const std::string name = field.substr(0, field.find(':') + 1);
      if (more.find(name) == std::string::npos) list += "," + field;
    }
    REQUIRE(rows.parse(world.database.batch(
        {Statement::repair_log_settled, Statement::repair_settle, Statement::repair_read_settled},
        {"t1", list + more + "}]"})));
    CHECK(world.all_of("P2", columns) == each.after);
    CHECK(rows.root().at(2).size() == 1);
    CHECK(rows.root().at(2).first().at(0).text() == "refund");
    CHECK(rows.root().at(2).first().at(1).text() == "P2");
    CHECK(world.database.text("SELECT audit_id || target || actor || event || from_state || "
                              "to_state || token || detail FROM pos_repair_log") ==
          "A1P2crone1due" + each.after[0] + "t1d");
  }
}

TEST_CASE("a settle commits nothing for who does not hold the repair, and claims no success") {
  for (const Columns& columns : std::vector<Columns>{{{"holder", "'t2'"}},
                                                     {{"holder", "''"}},
                                                     {{"action", "'cancel'"}},
                                                     {{"target", "'P9'"}},
                                                     {{"provider", "'clover'"}}}) {
    Repairs world;
    world.add("P2", held(world, columns));
    const std::string before = world.database.text(
        "SELECT state || reason || attempts || holder || lease_until FROM pos_repairs");
    pos::json::Document rows;
    REQUIRE(rows.parse(world.settle("t1", R"(,"state":"done")")));
    CHECK(rows.root().at(2).size() == 0);
    CHECK(world.database.text(
              "SELECT state || reason || attempts || holder || lease_until FROM pos_repairs") ==
          before);
    CHECK(world.database.integer("SELECT count(*) FROM pos_repair_log") == 0);
  }
}

TEST_CASE("a settle that runs once more after its repair was taken again changes nothing of it") {
  Repairs world;
  world.add("P2", held(world));
  world.settle("t1", "");
  world.database.now_ms += 10'000;
  world.claim("t3");
  REQUIRE(world.of("P2", "holder") == "t3");
  pos::json::Document rows;
  REQUIRE(rows.parse(world.settle("t1", R"(,"state":"done")")));
  CHECK(rows.root().at(2).size() == 1);  // its line is there
  CHECK(world.of("P2", "state") == "due");
  CHECK(world.of("P2", "holder") == "t3");
  CHECK(world.database.integer("SELECT count(*) FROM pos_repair_log WHERE event = 'e1'") == 1);
  // And one with another event has won nothing.
  REQUIRE(rows.parse(
      world.database.batch({Statement::repair_read_settled},
                           {"t1", R"([{"action":"refund","target":"P2","event":"e2"}])"})));
  CHECK(rows.root().at(0).size() == 0);
  REQUIRE(rows.parse(
      world.database.batch({Statement::repair_read_settled},
                           {"t9", R"([{"action":"refund","target":"P2","event":"e1"}])"})));
  CHECK(rows.root().at(0).size() == 0);
  REQUIRE(rows.parse(
      world.database.batch({Statement::repair_read_settled},
                           {"t1", R"([{"action":"refund","target":"P3","event":"e1"}])"})));
  CHECK(rows.root().at(0).size() == 0);
}

// ---- an operator sets one going again ----

TEST_CASE("a repair is set going again only if it has stopped, or is in doubt, and nobody has it") {
  const Repairs time;
  struct Case {
    Columns columns;
    bool is_set = false;
    std::string after;  // state, generation, request, attempts, next_attempt_at
  };
  const std::string now = time.at(0);
  for (const Case& each : std::vector<Case>{
           {{{"state", "'stopped'"}}, true, "due|1|-|0|" + now},
           {{{"state", "'stopped'"}, {"request", "'old'"}}, true, "due|2|-|0|" + now},
           {{{"state", "'stopped'"}, {"request", "'old'"}, {"in_doubt_since", "1"}},
            true,
            "due|1|old|0|" + now},
           {{{"state", "'stopped'"},
             {"request", "'old'"},
             {"in_doubt_since", "1"},
             {"last_sent_at", time.at(-1)}},
            true,
            "due|1|old|0|" + time.at(quiet - 1)},
           {{{"state", "'stopped'"}, {"last_sent_at", time.at(-1)}}, true, "due|1|-|0|" + now},
           {{{"state", "'stopped'"}, {"request", "'old'"}, {"external_refund_id", "'R1'"}},
            true,
            "pending|1|old|0|" + now},
           {{{"in_doubt_since", "1"}, {"request", "'old'"}}, true, "due|1|old|0|" + now},
           {{{"state", "'due'"}}, false, ""},
           {{{"state", "'done'"}}, false, ""},
           {{{"state", "'pending'"}, {"in_doubt_since", "1"}}, false, ""},
           {{{"state", "'stopped'"}, {"holder", "'t0'"}}, false, ""},
           {{{"state", "'stopped'"}, {"audit_id", "'A2'"}}, false, ""},
           {{{"state", "'stopped'"}, {"target", "'P3'"}}, false, ""},
           {{{"state", "'stopped'"}, {"provider", "'clover'"}}, false, ""}}) {
    Repairs world;
    Columns all = each.columns;
    all.emplace("attempts", "7");
    all.emplace("next_attempt_at", "6");
    world.add("P2", all);
    const std::string columns =
        "SELECT state || '|' || generation || '|' || coalesce(request, '-') || '|' || attempts || "
        "'|' || next_attempt_at FROM pos_repairs";
    const std::string before = world.database.text(columns);
    const std::string asked =
        R"({"audit_id":"A1","target":"P2","actor":"ada","detail":"d","quiet_ms":5000})";
    pos::json::Document rows;
    REQUIRE(rows.parse(world.database.batch(
        {Statement::repair_log_retried, Statement::repair_retry, Statement::repair_read_retried},
        {"op", asked})));
    CHECK(world.database.text(columns) == (each.is_set ? each.after : before));
    CHECK((rows.root().at(2).size() == 1) == each.is_set);
    CHECK(world.database.integer("SELECT count(*) FROM pos_repair_log WHERE event = 'retried' AND "
                                 "actor = 'ada' AND token = 'op' AND detail = 'd'") == each.is_set);
    if (!each.is_set) continue;
    CHECK(world.database.text("SELECT to_state FROM pos_repair_log") ==
          each.after.substr(0, each.after.find('|')));
    // Run once more when it has stopped again for another reason, behind a line of its own.
    world.database.execute("UPDATE pos_repairs SET state = 'stopped', holder = ''");
    world.database.execute(
        "INSERT INTO pos_repair_log (audit_id, target, actor, event, token) "
        "VALUES ('A1', 'P2', 'cron', 'e', 't9')");
    world.database.batch({Statement::repair_log_retried, Statement::repair_retry}, {"op", asked});
    CHECK(world.of("P2", "state") == "stopped");
  }
}

TEST_CASE("a retry that runs once more counts for its own repair, its own line and its own state") {
  const auto retried = [](const std::string& lines, const std::string& state) {
    Repairs world;
    world.add("P2", {{"state", "'" + state + "'"}, {"attempts", "7"}});
    world.database.execute(
        "INSERT INTO pos_repair_log (audit_id, target, actor, event, token) VALUES " + lines);
    pos::json::Document rows;
    REQUIRE(rows.parse(
        world.database.batch({Statement::repair_retry, Statement::repair_read_retried},
                             {"op", R"({"audit_id":"A1","target":"P2","quiet_ms":5000})"})));
    const bool told = rows.root().at(1).size() == 1;
    return (world.of("P2", "attempts") == "0" ? "set" : "left") + std::string(told ? ", told" : "");
  };
  const std::string mine = "('A1', 'P2', 'ada', 'retried', 'op')";
  CHECK(retried(mine, "stopped") == "set, told");
  CHECK(retried(mine, "done") == "left, told");
  CHECK(retried(mine, "pending") == "left, told");
  CHECK(retried(mine + ", ('A1', 'P3', 'ada', 'e', 'op')", "stopped") == "set, told");
  CHECK(retried(mine + ", ('A1', 'P2', 'ada', 'e', 't9')", "stopped") == "left, told");
  CHECK(retried("('A1', 'P3', 'ada', 'retried', 'op')", "stopped") == "left");
  CHECK(retried("('A1', 'P2', 'ada', 'retried', 'other')", "stopped") == "left");
  CHECK(retried("('A1', 'P2', 'ada', 'frozen', 'op')", "stopped") == "left");
}

TEST_CASE(
    "the repairs of an audit are listed in their order, behind the last page, as they are asked "
    "for") {
  Repairs world;
  world.database.execute(
      "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('A1', 1, 2, 3)");
  world.add("P1", {{"restaurant_id", "'r1'"}});
  world.add("P3", {{"restaurant_id", "'r1'"}});
  world.add("P2", {{"restaurant_id", "'r2'"}});
  world.add("P4", {{"audit_id", "'A2'"}});
  const auto list = [&](const std::string& more) {
    pos::json::Document rows;
    REQUIRE(rows.parse(world.database.batch(
        {Statement::repair_list}, {"", R"({"audit_id":"A1","cursor":"","limit":9)" + more + "}"})));
    std::string text;
    for (auto row = rows.root().first().first(); row.present(); row = row.next()) {
      text += std::string(row.at(2).text()) + " ";
    }
    return text;
  };
  CHECK(list("") == "P1 P2 P3 ");
  CHECK(list(R"(,"restaurant_id":"r1")") == "P1 P3 ");
  CHECK(list(R"(,"target":"P2")") == "P2 ");
  const auto page = [&](const char* cursor, const char* limit) {
    pos::json::Document rows;
    REQUIRE(rows.parse(world.database.batch(
        {Statement::repair_list}, {"", std::string(R"({"audit_id":"A1","cursor":")") + cursor +
                                           R"(","limit":)" + limit + "}"})));
    std::string text;
    for (auto row = rows.root().first().first(); row.present(); row = row.next()) {
      text += std::string(row.at(2).text()) + " ";
    }
    return text;
  };
  CHECK(page("", "2") == "P1 P2 ");
  CHECK(page("P1", "9") == "P2 P3 ");
  world.database.execute(
      "INSERT INTO pos_repair_log (audit_id, target, actor, event, token) VALUES ('A1', 'P2', 'a', "
      "'e1', 't'), ('A1', 'P3', 'a', 'e2', 't'), ('A1', 'P2', 'a', 'e3', 't'), ('A1', 'P2', 'a', "
      "'e4', 't')");
  const std::string lines =
      world.database.batch({Statement::repair_lines}, {"", R"({"target":"P2","limit":2})"});
  CHECK(lines.find("e1") < lines.find("e3"));
  CHECK(lines.find("e3") != std::string::npos);
  CHECK(lines.find("e2") == std::string::npos);
  CHECK(lines.find("e4") == std::string::npos);
  CHECK(world.database.batch({Statement::repair_audit}, {"", R"({"audit_id":"A1"})"}) == "[[[1]]]");
  CHECK(world.database.batch({Statement::repair_audit}, {"", R"({"audit_id":"A2"})"}) == "[[[0]]]");
}

TEST_CASE("a page of repairs ends behind a megabyte, in whichever of their columns it is") {
  const auto page = [](const std::string& column, const std::string& bytes) {
    Repairs world;
    const bool of_target = column == "target";
    const std::string text = "printf('%.*c', " + bytes + ", 'P')";
    world.add("P1", {{column, of_target ? "'P1' || " + text : text}});
    world.add("P2", {{"survivor_order_id", "'O1'"}});
    if (column == "audit_id") world.database.execute("UPDATE pos_repairs SET audit_id = " + text);
    pos::json::Document rows;
    const std::string audit = column == "audit_id" ? world.of("P2", "audit_id") : "A1";
    REQUIRE(rows.parse(
        world.database.batch({Statement::repair_list},
                             {"", R"({"audit_id":")" + audit + R"(","cursor":"","limit":9})"})));
    return rows.root().first().size();
  };
  for (const char* column :
       {"target", "audit_id", "group_id", "restaurant_id", "location_id", "external_order_id",
        "survivor_order_id", "currency", "source_type", "approved_by", "approved_role", "approved",
        "reason", "look_because", "external_refund_id", "told_by"}) {
    CAPTURE(column);
    CHECK(page(column, "100") == 2);
    CHECK(page(column, "1048576") == 1);
  }
}

TEST_CASE("who asks to set a repair going again is told how it stands, of this audit alone") {
  Repairs world;
  world.add("P2", {{"holder", "'t0'"},
                   {"lease_until", world.at(7)},
                   {"next_attempt_at", world.at(9)},
                   {"in_doubt_since", "3"},
                   {"reason", "'r'"}});
  const auto find = [&](const char* audit, const char* target) {
    return world.database.batch(
        {Statement::repair_find},
        {"op", std::string(R"({"audit_id":")") + audit + R"(","target":")" + target + "\"}"});
  };
  CHECK(find("A1", "P2") == R"([[["due","r",3,1,7,9]]])");
  CHECK(find("A2", "P2") == "[[]]");
  CHECK(find("A1", "P3") == "[[]]");
  world.database.execute("UPDATE pos_repairs SET holder = ''");
  world.database.now_ms += 100;
  CHECK(find("A1", "P2") == R"([[["due","r",3,0,0,0]]])");
}

// ---- what each writes, to the last column ----

TEST_CASE("to take over, to take, to freeze and to settle a repair touches it, and no neighbour") {
  Repairs world;
  const Columns old = {{"updated_at", "2"}, {"created_at", "1"}};
  const auto with = [&](Columns columns) {
    for (const auto& [name, value] : old) columns.emplace(name, value);
    return columns;
  };
  // One that its owner left, one that is due, and neighbours: held, done, of another account.
  world.add("P1", with({{"holder", "'t0'"},
                        {"lease_until", world.at(-9)},
                        {"attempts", "25"},
                        {"claimed_at", world.at(-lease)}}));
  world.add("P2", with({}));
  world.add("P3", with(held(world)));
  world.add("P4", with({{"state", "'done'"}}));
  world.add("P2", with({{"provider", "'clover'"}, {"next_attempt_at", world.at(9)}}));
  // This call's token, of an earlier lease.
  world.add("P5", with({{"holder", "'t1'"}, {"lease_until", world.at(lease + 1)}}));
  const auto effect = [&](const std::vector<Statement>& statements, const std::string& asked,
                          std::string& answer) {
    const changes::Rows before = changes::snapshot(world.database);
    answer = world.database.batch(statements, {"t1", asked});
    return changes::between(before, changes::snapshot(world.database));
  };
  std::string answer;
  const std::string claiming =
      R"({"batch":9,"lease_ms":60001,"quiet_ms":5000,"base_ms":1,"cap_ms":9000000,)"
      R"("most_attempts":99,"actor":"cron"})";
  CHECK(effect({Statement::repair_open, Statement::repair_take_over}, claiming, answer) ==
        "pos_repairs square refund P1: reason=>unknown: the worker that held it went away "
        "attempts=25>26 next_attempt_at=0>now+1048576 holder=t0> lease_until=now-9>0 "
        "updated_at=2>now\n+ pos_sync_claims tick:mend:t1: claim_key=tick:mend:t1 holder= "
        "claimed_at=now lease_until=9007199254740991 takeovers=0\n");
  CHECK(effect({Statement::repair_take, Statement::repair_rows}, claiming, answer) ==
        "pos_repairs square refund P2: holder=>t1 claimed_at=->now lease_until=0>now+60001\n");
  const std::string taken = changes::rows_of(answer, 1);
  CHECK(taken.find("refund|P2|") == 0);
  CHECK(taken.find("refund|P5|") != std::string::npos);
  CHECK(taken.find("refund|P3|") == std::string::npos);
  const std::string one =
      R"([{"provider":"square","action":"refund","target":"P2","generation":1,"request":"new",)"
      R"("event":"e1","actor":"cron","reason":"why","attempts":1,"sent":1,"doubt":"set",)"
      R"("absent":0,"detail":"d"}])";
  CHECK(effect({Statement::repair_freeze}, one, answer) ==
        "pos_repairs square refund P2: request=->new updated_at=2>now\n");
  world.database.now_ms += 7;
  CHECK(effect({Statement::repair_settle}, one, answer) ==
        "pos_repairs square refund P2: reason=>why first_sent_at=->now-7 last_sent_at=->now "
        "in_doubt_since=->now-7 attempts=0>1 holder=t1> lease_until=now+59994>0 "
        "updated_at=now-7>now\n");
  world.database.execute(
      "UPDATE pos_repairs SET state = 'stopped', updated_at = 2 WHERE "
      "target = 'P2' AND provider = 'square'");
  const std::string retried = effect(
      {Statement::repair_log_retried, Statement::repair_retry},
      R"({"audit_id":"A1","target":"P2","actor":"ada","detail":"d","quiet_ms":5000})", answer);
  CHECK(retried.find("+ pos_repair_log 1: ") == 0);
  CHECK(retried.substr(retried.find('\n') + 1) ==
        "pos_repairs square refund P2: state=stopped>due attempts=1>0 next_attempt_at=0>now+5000 "
        "updated_at=2>now\n");
  // Those that only share its target are not what was retried.
  world.add("P2", with({{"action", "'cancel'"}, {"audit_id", "'A2'"}}));
  CHECK(changes::rows_of(world.database.batch({Statement::repair_read_retried},
                                              {"t1", R"({"audit_id":"A1","target":"P2"})"})) ==
        "due|" + world.at(0) + "|1\n");
}

}  // namespace repair_rows_test

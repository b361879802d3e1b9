// The claims of orders, statement by statement and column by column: what a lost owner leaves
// behind, what may be taken, frozen and settled, and what an account is told.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/database.hpp"

namespace push_rows_test {

using pos::store::Statement;
using world::Database;

namespace {

constexpr std::int64_t lease = 60'000;
constexpr std::int64_t quiet = 5'000;

using Columns = std::map<std::string, std::string>;

struct Push {
  Database database;
  std::int64_t now = database.now_ms;

  /// Other calls have been there, and are there.
  Push() {
    database.execute(
        "INSERT INTO pos_sync_claims (claim_key, claimed_at, settled_at) VALUES ('tick:a0', 5, 5), "
        "('tick:z9', 1795000000077, NULL)");
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
  void row(const Columns& columns = {}) {
    insert("pos_sync_queue", {{"id", "7"}, {"order_id", "'A1'"}, {"payload", "'{}'"}}, columns);
  }
  /// A claim of row 7, held by t1.
  void claim(const Columns& columns = {}) {
    insert("pos_sync_claims",
           {{"claim_key", "'pos-sync:A1:square'"},
            {"holder", "'t1'"},
            {"claimed_at", at(-1000)},
            {"lease_until", at(lease)},
            {"row_id", "7"},
            {"order_id", "'A1'"},
            {"provider", "'square'"},
            {"revision", "1"}},
           columns);
  }
  void ledger(const Columns& columns = {}) {
    insert("pos_sync_ledger", {{"order_id", "'A1'"}, {"provider", "'square'"}, {"revision", "1"}},
           columns);
  }

  /// Some columns of the only row of a table, NULL as "-".
  [[nodiscard]] std::string of(const std::string& table, const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& each : columns) {
      list += (list.empty() ? "" : " || '|' || ") + ("coalesce(CAST(" + each + " AS TEXT), '-')");
    }
    return database.text("SELECT " + list + " FROM " + table);
  }

  std::string call(const std::vector<Statement>& statements, const std::string& token,
                   const std::string& more = "") {
    return database.batch(
        statements, {token, R"({"batch":3,"slots":6,"lease_ms":60000,"quiet_ms":5000,"start":0,)"
                            R"("attempts":10,"base_ms":1000,"cap_ms":9000)" +
                                more + "}"});
  }
  std::string take(const std::string& token, const std::string& more = "") {
    return call({Statement::claim_open, Statement::claim_reject_log, Statement::claim_reject,
                 Statement::claim_mark, Statement::claim_audit, Statement::claim_attempts,
                 Statement::claim_settle_abandoned, Statement::claim_take, Statement::claim_probe,
                 Statement::claim_close, Statement::claim_rows, Statement::claim_more},
                token, more);
  }
  [[nodiscard]] std::string holders() {
    return database.text(
        "SELECT group_concat(order_id || '=' || holder, ' ') FROM (SELECT order_id, holder FROM "
        "pos_sync_claims WHERE settled_at IS NULL AND order_id IS NOT NULL ORDER BY order_id)");
  }
};

const std::vector<std::string> doubt = {"first_sent_at", "last_sent_at", "in_doubt_since",
                                        "absent_at", "refused_at"};

}  // namespace

// ---- an owner that went away ----

TEST_CASE("of an order that a lost owner may have sent doubt is noted, with the widest times") {
  const Push time;
  const std::string claimed = time.at(-1000);
  const std::string ended = time.at(-7);
  for (const auto& [columns, after] : std::vector<std::pair<Columns, std::string>>{
           {{}, "-|-|-|-|-"},
           {{{"absent_at", "5"}, {"refused_at", "6"}}, "-|-|-|5|6"},
           {{{"request", "'{}'"}}, claimed + "|" + ended + "|" + claimed + "|-|-"},
           {{{"request", "'{}'"}, {"absent_at", "5"}},
            claimed + "|" + ended + "|" + claimed + "|-|-"},
           // What was refused for good is frozen once more before anything of it is sent.
           {{{"request", "'{}'"}, {"absent_at", "5"}, {"refused_at", "6"}}, "-|-|-|5|6"},
           // A window that was not running starts with the claim; one that runs goes on.
           {{{"request", "'{}'"}, {"first_sent_at", "2"}},
            claimed + "|" + ended + "|" + claimed + "|-|-"},
           {{{"request", "'{}'"}, {"first_sent_at", "2"}, {"in_doubt_since", "3"}},
            "2|" + ended + "|3|-|-"},
           {{{"request", "'{}'"}, {"in_doubt_since", "3"}}, claimed + "|" + ended + "|3|-|-"},
           {{{"request", "'{}'"}, {"last_sent_at", time.at(9)}},
            claimed + "|" + time.at(9) + "|" + claimed + "|-|-"},
           {{{"request", "'{}'"}, {"booked_at", "1"}}, "-|-|-|-|-"}}) {
    Push world;
    world.row();
    world.claim({{"lease_until", ended}});
    world.ledger(columns);
    world.take("t2");
    CHECK(world.of("pos_sync_ledger", doubt) == after);
    CHECK(world.of("pos_sync_queue", {"attempts", "updated_at"}) ==
          "1|" + world.database.text("SELECT datetime(julianday('now'))"));
    CHECK(world.database.text(
              "SELECT order_id || provider || revision || at || actor || event || from_status || "
              "to_status || token || detail FROM pos_sync_audit WHERE event = 'taken_over'") ==
          "A1square1" + time.at(0) + "ticktaken_overpendingfailedt2" +
              R"({"holder":"t1","lease_until":)" + ended + R"(,"in_doubt":)" +
              (after.find("|-|-|-") == std::string::npos && after[0] != '-' ? "1}" : "0}"));
  }
}

TEST_CASE("an order is taken from its owner only once the lease has ended and nobody settled it") {
  const Push time;
  for (const auto& [columns, is_over] : std::vector<std::pair<Columns, bool>>{
           {{{"lease_until", time.at(0)}}, true},
           {{{"lease_until", time.at(-1)}}, true},
           {{{"lease_until", time.at(1)}}, false},
           {{{"lease_until", time.at(-1)}, {"settled_at", "1"}}, false},
           {{{"lease_until", time.at(-1)}, {"holder", "''"}}, false}}) {
    Push world;
    world.row({{"next_attempt_at", time.at(99)}});
    world.claim(columns);
    world.ledger({{"request", "'{}'"}});
    world.take("t2");
    CHECK((world.of("pos_sync_queue", {"attempts"}) == "1") == is_over);
    CHECK((world.of("pos_sync_ledger", {"in_doubt_since"}) != "-") == is_over);
    CHECK((world.database.integer("SELECT takeovers FROM pos_sync_claims WHERE row_id = 7") == 1) ==
          is_over);
  }
}

TEST_CASE("an order whose owners go away waits longer each time, and ends in front of a human") {
  const Push time;
  struct Case {
    Columns row;
    int takeovers;
    Columns ledger;
    std::string after;  // status, attempts, error, how long it waits
  };
  for (const Case& each : std::vector<Case>{
           {{}, 0, {}, "failed|1|unknown: the worker that held this order went away|0"},
           {{{"attempts", "2"}},
            1,
            {},
            "failed|3|unknown: the worker that held this order went away|4000"},
           {{{"attempts", "4"}},
            3,
            {},
            "failed|5|unknown: the worker that held this order went away|9000"},
           {{{"attempts", "9"}},
            0,
            {},
            "failed|10|unknown: the worker that held this order went away|0"},
           {{{"attempts", "10"}},
            0,
            {},
            "dead|11|rejected: every worker that held this order went away|0"},
           {{{"attempts", "12"}},
            0,
            {{"request", "'{}'"}},
            "dead|13|unknown_outcome: every worker that held this order went away|0"},
           {{{"attempts", "12"}},
            0,
            {{"in_doubt_since", "1"}},
            "dead|13|unknown_outcome: every worker that held this order went away|0"},
           {{{"status", "'success'"}}, 0, {}, "success|0|-|0"},
           {{{"status", "'dead'"}}, 0, {}, "dead|0|-|0"}}) {
    CAPTURE(each.after);
    Push world;
    Columns row = each.row;
    row.emplace("next_attempt_at", time.at(0));
    world.row(row);
    world.claim({{"lease_until", time.at(-7)}, {"takeovers", std::to_string(each.takeovers)}});
    world.ledger(each.ledger);
    world.call({Statement::claim_open, Statement::claim_mark, Statement::claim_audit,
                Statement::claim_attempts, Statement::claim_settle_abandoned},
               "t2");
    CHECK(world.of("pos_sync_queue", {"status", "attempts", "last_error",
                                      "next_attempt_at - " + time.at(0)}) == each.after);
    const std::string status = each.after.substr(0, each.after.find('|'));
    CHECK(world.database.text("SELECT to_status FROM pos_sync_audit") == status);
    CHECK(world.of("pos_sync_claims WHERE row_id = 7",
                   {"lease_until", "takeovers", "settled_at", "holder"}) ==
          "0|" + std::to_string(each.takeovers + 1) + "|" + time.at(0) + "|t1");
  }
}

TEST_CASE("a row that was replaced while its order was out is not counted as that order's") {
  for (const Columns& row : std::vector<Columns>{
           {{"order_id", "'B'"}}, {{"provider", "'clover'"}}, {{"revision", "2"}}, {{"id", "8"}}}) {
    Push world;
    world.row(row);
    world.claim({{"lease_until", world.at(-7)}});
    world.call({Statement::claim_open, Statement::claim_mark, Statement::claim_audit,
                Statement::claim_attempts, Statement::claim_settle_abandoned},
               "t2");
    CHECK(world.of("pos_sync_queue", {"attempts", "status"}) == "0|pending");
    CHECK(world.of("pos_sync_audit", {"from_status", "to_status"}) == "-|-");
  }
}

// ---- who may take one ----

TEST_CASE("an order is taken only if it is due, its claim is free, and no request may still land") {
  const Push time;
  struct Case {
    const char* what;
    Columns row;
    Columns claim;
    Columns ledger;
    bool is_taken;
  };
  for (const Case& each : std::vector<Case>{
           {"due", {}, {}, {}, true},
           {"due now", {{"next_attempt_at", time.at(0)}}, {}, {}, true},
           {"due in a moment", {{"next_attempt_at", time.at(1)}}, {}, {}, false},
           {"failed", {{"status", "'failed'"}}, {}, {}, true},
           {"booked", {{"status", "'success'"}}, {}, {}, false},
           {"dead", {{"status", "'dead'"}}, {}, {}, false},
           {"held", {}, {{"lease_until", time.at(9)}}, {}, false},
           {"settled", {}, {{"settled_at", "1"}}, {}, true},
           {"a suspect", {}, {{"settled_at", "1"}, {"takeovers", "2"}}, {}, false},
           {"taken over once", {}, {{"settled_at", "1"}, {"takeovers", "1"}}, {}, true},
           {"in doubt and quiet",
            {},
            {},
            {{"in_doubt_since", "1"}, {"last_sent_at", time.at(-quiet)}},
            true},
           {"in doubt, not quiet",
            {},
            {},
            {{"in_doubt_since", "1"}, {"last_sent_at", time.at(1 - quiet)}},
            false},
           {"not quiet, no doubt", {}, {}, {{"last_sent_at", time.at(0)}}, true},
           {"doubt of another revision",
            {},
            {},
            {{"in_doubt_since", "1"}, {"last_sent_at", time.at(0)}, {"revision", "2"}},
            true}}) {
    CAPTURE(each.what);
    for (const bool alone : {false, true}) {
      CAPTURE(alone);
      Push world;
      world.row(each.row);
      if (!each.claim.empty()) world.claim(each.claim);
      if (!each.ledger.empty()) world.ledger(each.ledger);
      if (alone) {
        world.call({Statement::claim_open, Statement::claim_take_one, Statement::claim_close}, "t2",
                   R"(,"order_id":"A1","provider":"square")");
      } else {
        world.take("t2");
      }
      CHECK((world.holders() == "A1=t2") == each.is_taken);
      if (!each.is_taken) continue;
      CHECK(world.of("pos_sync_claims WHERE row_id = 7",
                     {"claim_key", "claimed_at", "lease_until", "provider", "revision"}) ==
            "pos-sync:A1:square|" + time.at(0) + "|" + time.at(lease) + "|square|1");
    }
  }
}

TEST_CASE("an order whose account is paused is not taken; one that probes goes alone") {
  struct Case {
    const char* account;
    bool is_taken;
    bool alone;
  };
  for (const Case& each : std::vector<Case>{{"state = 'active'", true, true},
                                            {"state = 'paused'", false, false},
                                            {"paused_until = 1795000000000", true, true},
                                            {"paused_until = 1795000000001", false, false},
                                            {"breaker_opens = 1", true, false}}) {
    CAPTURE(each.account);
    for (const bool alone : {false, true}) {
      Push world;
      world.database.execute(std::string("UPDATE pos_accounts SET ") + each.account);
      world.row();
      world.row({{"id", "8"}, {"order_id", "'A2'"}});
      if (alone) {
        world.call({Statement::claim_open, Statement::claim_take_one, Statement::claim_close}, "t2",
                   R"(,"order_id":"A1","provider":"square")");
        CHECK((world.holders() == "A1=t2") == each.alone);
        continue;
      }
      world.take("t2");
      const bool probes = std::string(each.account) == "breaker_opens = 1";
      CHECK(world.holders() == (!each.is_taken ? "" : probes ? "A1=t2" : "A1=t2 A2=t2"));
      CHECK(world.of("pos_accounts WHERE provider = 'square'",
                     {"pause_reason", "paused_until > 1795000000001"}) ==
            (probes ? "probe|1" : "|0"));
      if (probes)
        CHECK(world.of("pos_accounts WHERE provider = 'square'", {"paused_until"}) ==
              world.at(lease));
    }
  }
}

TEST_CASE("a throttled account gives a batch as much as it has of the slots, and one at least") {
  for (const auto& [pace, taken] :
       std::vector<std::pair<const char*, std::string>>{{"0", "A1=t2 A2=t2 A3=t2"},
                                                        {"1", "A1=t2"},
                                                        {"2", "A1=t2"},
                                                        {"4", "A1=t2 A2=t2"},
                                                        {"6", "A1=t2 A2=t2 A3=t2"}}) {
    Push world;
    world.database.execute(std::string("UPDATE pos_accounts SET pace = ") + pace);
    for (const char* n : {"1", "2", "3", "4"}) {
      world.row({{"id", n}, {"order_id", std::string("'A") + n + "'"}});
    }
    world.take("t2");
    CHECK(world.holders() == taken);
  }
}

TEST_CASE("a batch takes of each restaurant in turn, the longest waiting first") {
  Push world;
  int id = 0;
  const auto add = [&](const char* order, const char* restaurant, std::int64_t due) {
    world.row({{"id", std::to_string(++id)},
               {"order_id", std::string("'") + order + "'"},
               {"restaurant_id", std::string("'") + restaurant + "'"},
               {"next_attempt_at", world.at(due)}});
  };
  add("a1", "ra", -1);
  add("a2", "ra", -9);
  add("a3", "ra", -5);
  add("b1", "rb", -1);
  world.take("t1");
  CHECK(world.holders() == "a2=t1 a3=t1 b1=t1");
  world.take("t2");
  CHECK(world.holders() == "a1=t2 a2=t1 a3=t1 b1=t1");
}

TEST_CASE(
    "a suspect is taken alone, the longest waiting first, and only when it is due and quiet") {
  const Push time;
  for (const auto& [row, is_taken] :
       std::vector<std::pair<Columns, bool>>{{{}, true},
                                             {{{"next_attempt_at", time.at(0)}}, true},
                                             {{{"next_attempt_at", time.at(1)}}, false},
                                             {{{"status", "'dead'"}}, false},
                                             {{{"order_id", "'A2'"}}, false},
                                             {{{"provider", "'clover'"}}, false}}) {
    Push world;
    world.row(row);
    world.claim({{"settled_at", "1"}, {"takeovers", "2"}});
    world.call({Statement::claim_open, Statement::claim_take_suspect, Statement::claim_close},
               "t2");
    CHECK((world.holders() == "A1=t2") == is_taken);
  }
  for (const Columns& claim :
       std::vector<Columns>{{{"takeovers", "1"}, {"settled_at", "1"}}, {{"takeovers", "2"}}}) {
    Push world;
    world.row();
    world.claim(claim);
    world.call({Statement::claim_open, Statement::claim_take_suspect, Statement::claim_close},
               "t2");
    CHECK(world.holders() != "A1=t2");
  }
  for (const bool is_quiet : {true, false}) {
    Push world;
    world.row();
    world.claim({{"settled_at", "1"}, {"takeovers", "3"}});
    world.ledger(
        {{"in_doubt_since", "1"}, {"last_sent_at", time.at(is_quiet ? -quiet : 1 - quiet)}});
    world.call({Statement::claim_open, Statement::claim_take_suspect, Statement::claim_close},
               "t2");
    CHECK((world.holders() == "A1=t2") == is_quiet);
  }
  Push world;
  for (const char* n : {"1", "2", "3"}) {
    const std::string order = std::string("'A") + n + "'";
    world.row({{"id", n}, {"order_id", order}, {"next_attempt_at", *n == '2' ? "5" : "6"}});
    world.claim({{"claim_key", std::string("'pos-sync:A") + n + ":square'"},
                 {"order_id", order},
                 {"row_id", n},
                 {"settled_at", "1"},
                 {"takeovers", "2"}});
  }
  world.call({Statement::claim_open, Statement::claim_take_suspect, Statement::claim_close}, "t2");
  CHECK(world.holders() == "A2=t2");
  // It was taken by the call that is open, and by no repeat of it.
  world.call({Statement::claim_open, Statement::claim_take_suspect, Statement::claim_close}, "t2");
  CHECK(world.holders() == "A2=t2");
}

TEST_CASE(
    "a tick reads of each order which older revision is open, and whether there is a later one") {
  struct Case {
    const char* what;
    std::string revision;
    std::vector<Columns> ledger;
    std::string payload;
    std::string seen;  // the open revision, the later one, bytes that were no text
  };
  for (const Case& each : std::vector<Case>{
           {"alone", "2", {}, "'{}'", "0|0|0"},
           {"an older one in doubt", "2", {{{"in_doubt_since", "1"}}}, "'{}'", "1|0|0"},
           {"an older one unpaid", "2", {{{"external_order_id", "'O'"}}}, "'{}'", "1|0|0"},
           {"an older one with nothing", "2", {{}}, "'{}'", "0|0|0"},
           {"an older one that was booked",
            "2",
            {{{"booked_at", "1"}, {"in_doubt_since", "1"}, {"external_order_id", "'O'"}}},
            "'{}'",
            "0|0|0"},
           {"two older ones",
            "3",
            {{{"in_doubt_since", "1"}}, {{"revision", "2"}, {"in_doubt_since", "1"}}},
            "'{}'",
            "1|0|0"},
           {"itself", "1", {{{"in_doubt_since", "1"}}}, "'{}'", "0|0|0"},
           {"later ones",
            "2",
            {{{"revision", "3"}, {"in_doubt_since", "1"}}, {{"revision", "5"}}},
            "'{}'",
            "0|5|0"},
           {"another order's",
            "2",
            {{{"order_id", "'B'"}, {"in_doubt_since", "1"}},
             {{"order_id", "'B'"}, {"revision", "4"}}},
            "'{}'",
            "0|0|0"},
           {"another provider's",
            "2",
            {{{"provider", "'clover'"}, {"in_doubt_since", "1"}},
             {{"provider", "'clover'"}, {"revision", "4"}}},
            "'{}'",
            "0|0|0"},
           {"bytes that are no text",
            "1",
            {},
            "'{' || char(65533) || char(65533) || '}'",
            "0|0|2"}}) {
    CAPTURE(each.what);
    Push world;
    world.row({{"revision", each.revision}, {"payload", each.payload}});
    for (const Columns& row : each.ledger) {
      Columns all = row;
      all.emplace("last_sent_at", "1");
      world.ledger(all);
    }
    pos::json::Document rows;
    REQUIRE(rows.parse(world.take("t2")));
    REQUIRE(rows.root().at(10).size() == 1);
    const auto row = rows.root().at(10).first();
    CHECK(std::to_string(row.at(37).integer()) + "|" + std::to_string(row.at(38).integer()) + "|" +
              std::to_string(row.at(39).integer()) ==
          each.seen);
  }
}

TEST_CASE(
    "a tick reads each order once, with the account whose token it is and what that has done") {
  Push world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, provider, location_id, token, token_version, "
      "unknown_run, pace, refusal, refusal_run, refusal_began_at, served_at) VALUES ('r1', "
      "'square', "
      "'L1', 'mine', 2, 3, 4, 'R', 5, 6, 7), ('r1', 'clover', 'L9', 'theirs', 9, 9, 9, 'X', 9, 9, "
      "9), "
      "('r2', 'square', 'L8', 'other', 8, 8, 8, 'Y', 8, 8, 8)");
  world.row({{"restaurant_id", "'r1'"}, {"attempts", "3"}, {"status", "'failed'"}});
  world.row({{"id", "8"}, {"order_id", "'A2'"}, {"next_attempt_at", world.at(9)}});
  pos::json::Document rows;
  REQUIRE(rows.parse(world.take("t2")));
  REQUIRE(rows.root().at(10).size() == 1);
  std::string text;
  auto cell = rows.root().at(10).first().first();
  for (int i = 0; i < 19; ++i, cell = cell.next()) {
    text += (cell.is(pos::json::Kind::integer) ? std::to_string(cell.integer())
                                               : std::string(cell.text())) +
            "|";
  }
  CHECK(text == "pos-sync:A1:square|" + world.at(0) +
                    "|A1|square|1|r1|failed|3|r1|L1|3|0|mine|2|4|R|5|6|7|");
  // The same call once more reads the same; another one, or the same behind its settle, nothing.
  REQUIRE(rows.parse(world.take("t2")));
  CHECK(rows.root().at(10).size() == 1);
  REQUIRE(rows.parse(world.take("t3")));
  CHECK(rows.root().at(10).size() == 0);
  world.database.execute("UPDATE pos_sync_claims SET settled_at = 1 WHERE row_id = 7");
  REQUIRE(rows.parse(world.call({Statement::claim_rows}, "t2")));
  CHECK(rows.root().at(0).size() == 0);
}

TEST_CASE("a tick knows whether more can be taken now, and whether a suspect waits") {
  const Push time;
  struct Case {
    const char* what;
    Columns row;
    Columns claim;
    const char* account;
    std::string more;
  };
  for (const Case& each : std::vector<Case>{
           {"nothing", {{"status", "'success'"}}, {}, "", "00"},
           {"more", {}, {}, "", "10"},
           {"more later", {{"next_attempt_at", time.at(1)}}, {}, "", "00"},
           {"held", {}, {{"lease_until", time.at(9)}}, "", "00"},
           {"of a paused account", {}, {}, "state = 'paused'", "00"},
           {"a suspect", {}, {{"settled_at", "1"}, {"takeovers", "2"}}, "", "01"},
           {"a suspect that is held",
            {},
            {{"takeovers", "2"}, {"lease_until", time.at(9)}},
            "",
            "00"},
           {"taken over once", {}, {{"settled_at", "1"}, {"takeovers", "1"}}, "", "10"}}) {
    CAPTURE(each.what);
    Push world;
    if (*each.account != '\0') {
      world.database.execute(std::string("UPDATE pos_accounts SET ") + each.account +
                             " WHERE provider = 'square'");
    }
    world.row(each.row);
    if (!each.claim.empty()) world.claim(each.claim);
    pos::json::Document rows;
    REQUIRE(rows.parse(
        world.call({Statement::claim_open, Statement::claim_close, Statement::claim_more}, "t2")));
    const auto row = rows.root().at(2).first();
    CHECK(std::to_string(row.at(0).integer()) + std::to_string(row.at(1).integer()) == each.more);
  }
}

// ---- freezing ----

TEST_CASE("what is frozen first stays, until it was refused for good and goes under its next key") {
  struct Case {
    const char* what;
    Columns ledger;
    bool is_written;
  };
  for (const Case& each : std::vector<Case>{
           {"nothing is there", {}, true},
           {"nothing is frozen", {{"fingerprint", "NULL"}}, true},
           {"frozen", {{"request", "'old'"}}, false},
           {"refused, an older key", {{"request", "'old'"}, {"refused_at", "1"}}, true},
           {"refused, this key",
            {{"request", "'old'"}, {"refused_at", "1"}, {"refusals", "2"}},
            false},
           {"an older key, not refused", {{"request", "'old'"}, {"refusals", "1"}}, false},
           {"booked", {{"booked_at", "1"}}, false},
           {"in doubt", {{"in_doubt_since", "1"}}, false},
           {"refused and booked",
            {{"request", "'old'"}, {"refused_at", "1"}, {"booked_at", "1"}},
            false},
           {"refused and in doubt",
            {{"request", "'old'"}, {"refused_at", "1"}, {"in_doubt_since", "1"}},
            false}}) {
    CAPTURE(each.what);
    for (const char* token : {"t1", "t2"}) {
      Push world;
      world.row();
      world.claim();
      if (!each.ledger.empty()) world.ledger(each.ledger);
      world.database.batch({Statement::freeze_write},
                           {token, R"([{"key":"pos-sync:A1:square","restaurant":"r1",)"
                                   R"("fingerprint":"f","request":"new","refusals":2}])"});
      const bool is_written = each.is_written && std::string(token) == "t1";
      CHECK(
          (world.database.integer("SELECT count(*) FROM pos_sync_ledger WHERE request = 'new' AND "
                                  "restaurant_id = 'r1' AND fingerprint = 'f' AND refusals = 2 "
                                  "AND order_id = 'A1' AND provider = 'square' AND revision = "
                                  "1") == 1) == is_written);
    }
  }
  Push world;
  world.row();
  world.claim({{"settled_at", "1"}});
  world.database.batch({Statement::freeze_write},
                       {"t1", R"([{"key":"pos-sync:A1:square","restaurant":"","fingerprint":"f",)"
                              R"("request":"new","refusals":0}])"});
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_ledger") == 0);
}

// ---- settling ----

TEST_CASE("a settle writes each column of the ledger, and leaves each that it says nothing of") {
  const Push time;
  const std::string now = time.at(0);
  const std::string claimed = time.at(-1000);
  const Columns before = {{"first_sent_at", "1"},       {"last_sent_at", "2"},
                          {"in_doubt_since", "3"},      {"look_because", "'conflict'"},
                          {"absent_at", "4"},           {"booked_at", "5"},
                          {"external_order_id", "'O'"}, {"external_payment_id", "'P'"},
                          {"total_differs", "0"},       {"refused_at", "6"}};
  const std::vector<std::string> columns = {
      "first_sent_at", "last_sent_at",      "in_doubt_since",      "look_because",  "absent_at",
      "booked_at",     "external_order_id", "external_payment_id", "total_differs", "refused_at"};
  struct Case {
    const char* settlement;
    Columns before;
    std::string after;
  };
  for (const Case& each : std::vector<Case>{
           {"", before, "1|2|3|conflict|4|5|O|P|0|-"},
           {R"("ledger":0)", before, "1|2|3|conflict|4|5|O|P|0|6"},
           {R"("refused":"keep","refused_at":6)", before, "1|2|3|conflict|4|5|O|P|0|6"},
           {R"("refused":"keep","refused_at":0)", before, "1|2|3|conflict|4|5|O|P|0|-"},
           {R"("refused":"set")", before, "1|2|3|conflict|4|5|O|P|0|" + now},
           {R"("sent":1)", before, "1|" + now + "|3|conflict|-|5|O|P|0|-"},
           {R"("doubt":"set")", before, "1|2|3|conflict|4|5|O|P|0|-"},
           {R"("doubt":"clear")", before, "1|2|-||-|5|O|P|0|-"},
           {R"("doubt":"clear","look":"rejected")", before, "1|2|-||-|5|O|P|0|-"},
           {R"("look":"rejected")", before, "1|2|3|rejected|4|5|O|P|0|-"},
           {R"("look":"")", before, "1|2|3||4|5|O|P|0|-"},
           {R"("absent":"set")", before, "1|2|3|conflict|" + now + "|5|O|P|0|-"},
           {R"("absent":"clear")", before, "1|2|3|conflict|-|5|O|P|0|-"},
           {R"("absent":"set","sent":1)", before, "1|" + now + "|3|conflict|-|5|O|P|0|-"},
           {R"("booked":1)", before, "1|2|3|conflict|4|5|O|P|0|-"},
           {R"("external_order_id":"O9")", before, "1|2|3|conflict|4|5|O9|P|0|-"},
           {R"("external_payment_id":"P9")", before, "1|2|3|conflict|4|5|O|P9|0|-"},
           {R"("total_differs":1)", before, "1|2|3|conflict|4|5|O|P|1|-"},
           {"", {{"total_differs", "1"}}, "-|-|-||-|-|-|-|1|-"},
           {R"("sent":1,"doubt":"set","booked":1)",
            {{"first_sent_at", "1"}},
            claimed + "|" + now + "|" + claimed + "||-|" + now + "|-|-|0|-"},
           {R"("sent":1)", {{"in_doubt_since", "3"}}, claimed + "|" + now + "|3||-|-|-|-|0|-"}}) {
    CAPTURE(each.settlement);
    for (const char* token : {"t1", "t2"}) {
      Push world;
      world.row();
      world.claim();
      world.ledger(each.before);
      const std::string untouched = world.of("pos_sync_ledger", columns);
      std::string list = R"([{"key":"pos-sync:A1:square")";
      const std::string more = each.settlement;
      for (const std::string field : {R"("sent":0)", R"("doubt":"keep")", R"("absent":"keep")",
                                      R"("booked":0)", R"("total_differs":0)", R"("ledger":1)"}) {
        if (more.find(field.substr(0, field.find(':') + 1)) == std::string::npos)
          list += "," + field;
      }
      world.database.batch({Statement::settle_ledger},
                           {token, list + (more.empty() ? "" : ",") + more + "}]"});
      CHECK(world.of("pos_sync_ledger", columns) ==
            (std::string(token) == "t1" ? each.after : untouched));
    }
  }
}

TEST_CASE("a settle writes each column of the queue's row, if it is the one that was claimed") {
  const Push time;
  const std::string columns_after = "status";
  const std::vector<std::string> columns = {
      "status",    "attempts", "next_attempt_at", "external_order_id", "external_payment_id",
      "last_error"};
  const Columns before = {{"attempts", "4"},
                          {"next_attempt_at", "6"},
                          {"external_order_id", "'O'"},
                          {"external_payment_id", "'P'"},
                          {"last_error", "'before'"},
                          {"updated_at", "'2020-01-01 00:00:00'"}};
  for (const auto& each : std::vector<std::pair<std::string, std::string>>{
           {"", "pending|5|6|O|P|before"},
           {R"("attempts":0)", "pending|4|6|O|P|before"},
           {R"("resets":1)", "pending|0|6|O|P|before"},
           {R"("delay_ms":0)", "pending|5|" + time.at(0) + "|O|P|before"},
           {R"("delay_ms":70)", "pending|5|" + time.at(70) + "|O|P|before"},
           {R"("status":"failed")", "failed|5|6|O|P|before"},
           {R"("status":"dead","error":"why")", "dead|5|6|O|P|why"},
           {R"("status":"success","error":"why")", "success|5|6|O|P|-"},
           {R"("error":"why")", "pending|5|6|O|P|why"},
           {R"("external_order_id":"O9")", "pending|5|6|O9|P|before"},
           {R"("external_payment_id":"P9")", "pending|5|6|O|P9|before"}}) {
    const std::string settlement = each.first;
    const std::string after = each.second;
    CAPTURE(settlement);
    std::string list = R"([{"key":"pos-sync:A1:square")";
    for (const std::string field : {R"("attempts":1)", R"("resets":0)"}) {
      if (settlement.find(field.substr(0, field.find(':') + 1)) == std::string::npos) {
        list += "," + field;
      }
    }
    list += (settlement.empty() ? "" : ",") + settlement + "}]";
    const std::string old = "pending|4|6|O|P|before";
    const auto settled = [&](const Columns& row, const Columns& claim, const char* token) {
      Push world;
      Columns all = before;
      for (const auto& [name, value] : row) all[name] = value;
      world.row(all);
      world.claim(claim);
      world.database.batch({Statement::settle_queue}, {token, list});
      const bool touched = world.of("pos_sync_queue", {"updated_at"}) != "2020-01-01 00:00:00";
      return world.of("pos_sync_queue", columns) + (touched ? "|touched" : "");
    };
    CHECK(settled({}, {}, "t1") == after + "|touched");
    CHECK(settled({{"status", "'failed'"}}, {}, "t1").find("|touched") != std::string::npos);
    CHECK(settled({}, {}, "t2") == old);
    CHECK(settled({}, {{"settled_at", "1"}}, "t1") == old);
    CHECK(settled({{"order_id", "'B'"}}, {}, "t1") == old);
    CHECK(settled({{"provider", "'clover'"}}, {}, "t1") == old);
    CHECK(settled({{"revision", "2"}}, {}, "t1") == old);
    CHECK(settled({{"id", "8"}}, {}, "t1") == old);
    CHECK(settled({{"status", "'dead'"}}, {}, "t1") == "dead" + old.substr(7));
    CHECK(settled({{"status", "'success'"}}, {}, "t1") == "success" + old.substr(7));
  }
}

TEST_CASE("a settle gives up its claim, and no other's; a settle has won if its line is there") {
  for (const auto& [columns, is_settled] : std::vector<std::pair<Columns, bool>>{
           {{}, true}, {{{"holder", "'t2'"}}, false}, {{{"settled_at", "1"}}, false}}) {
    Push world;
    world.row();
    Columns all = columns;
    all.emplace("takeovers", "1");
    world.claim(all);
    const std::string asked =
        R"([{"key":"pos-sync:A1:square","actor":"cron","event":"e","status":"failed",)"
        R"("detail":"d","revision":1}])";
    pos::json::Document rows;
    REQUIRE(rows.parse(world.database.batch(
        {Statement::settle_audit, Statement::settle_claims, Statement::settle_read},
        {"t1", asked})));
    CHECK((world.of("pos_sync_claims WHERE row_id = 7",
                    {"lease_until", "takeovers", "settled_at", "holder"}) ==
           "0|0|" + world.at(0) + "|t1") == is_settled);
    CHECK((rows.root().at(2).size() == 1) == is_settled);
    CHECK((world.of("pos_sync_audit", {"order_id", "provider", "revision", "at", "actor", "event",
                                       "from_status", "to_status", "token", "detail"}) ==
           "A1|square|1|" + world.at(0) + "|cron|e|pending|failed|t1|d") == is_settled);
    for (const char* other : {R"([{"key":"pos-sync:A1:square","event":"e2","revision":1}])",
                              R"([{"key":"pos-sync:A1:square","event":"e","revision":2}])",
                              R"([{"key":"pos-sync:A2:square","event":"e","revision":1}])"}) {
      REQUIRE(rows.parse(world.database.batch({Statement::settle_read}, {"t1", other})));
      CHECK(rows.root().at(0).size() == 0);
    }
    REQUIRE(rows.parse(world.database.batch({Statement::settle_read}, {"t2", asked})));
    CHECK(rows.root().at(0).size() == 0);
  }
}

TEST_CASE("a settle has not won because another order, revision, owner or event has such a line") {
  const auto won = [](const Columns& line) {
    Push world;
    world.row();
    world.claim();
    world.insert("pos_sync_audit",
                 {{"order_id", "'A1'"},
                  {"provider", "'square'"},
                  {"revision", "1"},
                  {"at", "1"},
                  {"actor", "'cron'"},
                  {"event", "'e'"},
                  {"token", "'t1'"}},
                 line);
    pos::json::Document rows;
    REQUIRE(rows.parse(world.database.batch(
        {Statement::settle_read},
        {"t1", R"([{"key":"pos-sync:A1:square","event":"e","revision":1}])"})));
    return rows.root().at(0).size() == 1;
  };
  CHECK(won({}));
  CHECK_FALSE(won({{"order_id", "'A2'"}}));
  CHECK_FALSE(won({{"provider", "'clover'"}}));
  CHECK_FALSE(won({{"revision", "2"}}));
  CHECK_FALSE(won({{"token", "'t2'"}}));
  CHECK_FALSE(won({{"event", "'f'"}}));
}

// ---- what an account is told ----

TEST_CASE("each thing that a batch says of an account changes it so, and leaves the rest") {
  const Push time;
  const std::string now = time.at(0);
  const std::vector<std::string> columns = {
      "paused_until - " + now, "pause_reason",  "pause_detail",
      "unknown_run",           "breaker_opens", "pace",
      "refused_since",         "refusal",       "refusal_run",
      "refusal_began_at",      "served_at"};
  // base 1000, cap 9000, quiet 5000, six slots
  struct Case {
    const char* before;  // SET
    const char* says;
    std::string after;
  };
  const std::string claimed = time.at(-1000);
  const std::string past = "-" + now;  // paused_until is 0
  const std::vector<Case> cases = {
      {"", "", past + "|||0|0|0|-||0|-|-"},
      // the breaker
      {"", R"("unknowns":1)", past + "|||1|0|0|-||0|-|-"},
      {"unknown_run = 3", R"("unknowns":1)", past + "|||4|0|0|-||0|-|-"},
      {"unknown_run = 4", R"("unknowns":1)", "5000|unknown_outcomes|d|5|1|0|-||0|-|-"},
      {"unknown_run = 4", "", past + "|||4|0|0|-||0|-|-"},
      {"unknown_run = 9", R"("reset":1,"unknowns":1)", past + "|||1|0|0|-||0|-|-"},
      {"unknown_run = 9, breaker_opens = 3", R"("unknowns":1)",
       "8000|unknown_outcomes|d|10|4|0|-||0|-|-"},
      {"unknown_run = 9, breaker_opens = 30", R"("unknowns":1)",
       "9000|unknown_outcomes|d|10|31|0|-||0|-|-"},
      {"unknown_run = 9, breaker_opens = 3", R"("reset":1,"unknowns":5)",
       "8000|unknown_outcomes|d|5|1|0|-||0|-|-"},
      {"unknown_run = 9, breaker_opens = 2, pause_reason = 'unknown_outcomes', paused_until = "
       "1795000000001",
       R"("unknowns":1)", "1|unknown_outcomes||10|2|0|-||0|-|-"},
      {"unknown_run = 9, breaker_opens = 2, pause_reason = 'unknown_outcomes', paused_until = "
       "1795000000000",
       R"("unknowns":1)", "5000|unknown_outcomes|d|10|3|0|-||0|-|-"},
      {"unknown_run = 9, pause_reason = 'throttled', paused_until = 1795000007000",
       R"("unknowns":1)", "7000|unknown_outcomes|d|10|1|0|-||0|-|-"},
      {"unknown_run = 9, pause_reason = 'probe', paused_until = 1795000007000, breaker_opens = 1",
       R"("unknowns":1)", "5000|unknown_outcomes|d|10|2|0|-||0|-|-"},
      // an answer
      {"unknown_run = 9, breaker_opens = 2, pause_reason = 'unknown_outcomes', pause_detail = 'x', "
       "paused_until = 1795000000009",
       R"("reset":1)", past + "|||0|0|0|-||0|-|-"},
      {"pause_reason = 'throttled', pause_detail = 'x', paused_until = 1795000000009, "
       "breaker_opens = 2, pace = 2",
       R"("reset":1)", "9|throttled|x|0|2|2|-||0|-|-"},
      {"pause_reason = 'refused', paused_until = 1795000000009, breaker_opens = 1", R"("reset":1)",
       "9|refused||0|1|0|-||0|-|-"},
      {"pause_reason = 'refused', paused_until = 1795000000009, breaker_opens = 1",
       R"("reset":1,"served":1)", past + "|||0|0|0|-||0|-|-"},
      {"pause_reason = 'probe', paused_until = 1795000000009, breaker_opens = 1", R"("release":1)",
       past + "|||0|1|0|-||0|-|-"},
      {"pause_reason = 'unknown_outcomes', paused_until = 1795000000009", R"("release":1)",
       "9|unknown_outcomes||0|0|0|-||0|-|-"},
      {"pause_reason = 'probe', paused_until = 1795000000009, breaker_opens = 1, token_version = 3",
       R"("opens":1,"token_version":2)", past + "|||0|1|0|-||0|-|-"},
      // a pause, and the pace
      {"", R"("pause_ms":70,"reason":"throttled")", "70|throttled|d|0|0|3|-||0|-|-"},
      {"pace = 5", R"("pause_ms":70,"reason":"throttled")", "70|throttled|d|0|0|2|-||0|-|-"},
      {"pace = 1", R"("pause_ms":70,"reason":"throttled")", "70|throttled|d|0|0|1|-||0|-|-"},
      {"pace = 5", R"("pause_ms":70,"reason":"look_refused")", "70|look_refused|d|0|0|5|-||0|-|-"},
      {"pace = 9", R"("pause_ms":70,"reason":"throttled")", "70|throttled|d|0|0|3|-||0|-|-"},
      {"paused_until = 1795000000090, pause_reason = 'x'", R"("pause_ms":70,"reason":"throttled")",
       "90|throttled|d|0|0|3|-||0|-|-"},
      {"paused_until = 1795000000090, pause_reason = 'probe'",
       R"("pause_ms":70,"reason":"throttled")", "70|throttled|d|0|0|3|-||0|-|-"},
      {"paused_until = 1795000000090, pause_reason = 'throttled', pace = 2",
       R"("pause_ms":70,"reason":"throttled")", "90|throttled|d|0|0|2|-||0|-|-"},
      {"paused_until = 1795000000000, pause_reason = 'throttled', pace = 4",
       R"("pause_ms":70,"reason":"throttled")", "70|throttled|d|0|0|2|-||0|-|-"},
      {"pace = 2", R"("reset":1)", past + "|||0|0|3|-||0|-|-"},
      {"pace = 2", "", past + "|||0|0|2|-||0|-|-"},
      {"pace = 5", R"("reset":1)", past + "|||0|0|0|-||0|-|-"},
      {"pace = 4", R"("reset":1)", past + "|||0|0|5|-||0|-|-"},
      // a token that is refused
      {"token_version = 2", R"("opens":1,"reason":"unauthorized","refuses":1)",
       "5000|unauthorized|d|0|1|0|" + now + "||0|-|-"},
      {"token_version = 3", R"("opens":1,"reason":"unauthorized","refuses":1)",
       past + "|||0|0|0|-||0|-|-"},
      {"token_version = 2, refused_since = 8", R"("opens":1,"reason":"unauthorized","refuses":1)",
       "5000|unauthorized|d|0|1|0|8||0|-|-"},
      {"refused_since = 8", R"("refuses":1,"opens":0)", past + "|||0|0|0|8||0|-|-"},
      {"", R"("refuses":1,"opens":0)", past + "|||0|0|0|" + now + "||0|-|-"},
      {"refused_since = 8", R"("served":1)", past + "|||0|0|0|-||0|-|" + now},
      {"refused_since = 8", R"("served":1,"refuses":1,"opens":0)",
       past + "|||0|0|0|" + now + "||0|-|" + now},
      {"token_version = 2, pause_reason = 'unauthorized', paused_until = 1795000000001",
       R"("opens":1,"reason":"unauthorized")", "1|unauthorized||0|0|0|-||0|-|-"},
      // a definite no to the account
      {"", R"("shuts":1)", "5000|refused|d|0|1|0|" + now + "||0|-|-"},
      {"", R"("refusals":1,"refusal":"R")", past + "|||0|0|0|-|R|1|" + claimed + "|-"},
      {"refusal = 'R', refusal_run = 3, refusal_began_at = 4", R"("refusals":1,"refusal":"R")",
       past + "|||0|0|0|-|R|4|4|-"},
      {"refusal = 'R', refusal_run = 4, refusal_began_at = 4", R"("refusals":1,"refusal":"R")",
       "5000|refused|d|0|1|0|" + now + "|R|5|4|-"},
      {"refusal = 'R', refusal_run = 4, refusal_began_at = 4", R"("refusals":1,"refusal":"S")",
       past + "|||0|0|0|-|S|1|" + claimed + "|-"},
      {"refusal = 'R', refusal_run = 4, refusal_began_at = 4",
       R"("refusals":1,"refusal":"R","anew":1)", past + "|||0|0|0|-|R|1|" + claimed + "|-"},
      {"refusal = 'R', refusal_run = 4, refusal_began_at = 4", R"("anew":1)",
       past + "|||0|0|0|-||0|-|-"},
      {"refusal = 'R', refusal_run = 6, refusal_began_at = 4", "", past + "|||0|0|0|-|R|6|4|-"},
      {"refusal = 'R', refusal_run = 2, refusal_began_at = 4", R"("served":1,"anew":1)",
       past + "|||0|0|0|-||0|-|" + now},
      {"", R"("served":1)", past + "|||0|0|0|-||0|-|-"},
      {"", R"("served":1,"ended":1)", past + "|||0|0|0|-||0|-|" + now},
      {"", R"("served":1,"ended":1,"refusals":1,"refusal":"R")",
       past + "|||0|0|0|-|R|1|" + claimed + "|-"}};
  for (const Case& each : cases) {
    CAPTURE(each.before);
    CAPTURE(each.says);
    std::string list =
        R"([{"restaurant":"","key":"pos-sync:A1:square","detail":"d","quiet_ms":5000,)"
        R"("base_ms":1000,"cap_ms":9000,"slots":6)";
    const std::string says = each.says;
    for (const std::string field :
         {R"("reset":0)", R"("unknowns":0)", R"("pause_ms":0)", R"("reason":"")", R"("opens":0)",
          R"("token_version":2)", R"("release":0)", R"("served":0)", R"("refuses":0)",
          R"("shuts":0)", R"("refusal":"")", R"("refusals":0)", R"("anew":0)", R"("ended":0)"}) {
      if (says.find(field.substr(0, field.find(':') + 1)) == std::string::npos) list += "," + field;
    }
    list += (says.empty() ? "" : ",") + says + "}]";
    const auto told = [&](const char* token, const Columns& claim, const std::string& set) {
      Push world;
      world.row();
      world.claim(claim);
      if (!set.empty()) world.database.execute("UPDATE pos_accounts SET " + set);
      world.database.execute(
          "INSERT INTO pos_accounts (restaurant_id, updated_at) VALUES ('other', 0)");
      world.database.batch({Statement::settle_accounts}, {token, "[]", list});
      CHECK(world.database.integer("SELECT updated_at FROM pos_accounts WHERE restaurant_id = "
                                   "'other'") == 0);
      return world.of("pos_accounts WHERE restaurant_id = '' AND provider = 'square'", columns);
    };
    CHECK(told("t1", {}, each.before) == each.after);
    // Not by who does not hold the claim, nor twice, nor what an operator has paused.
    const std::string set = each.before;
    const std::string untouched = [&] {
      Push world;
      if (!set.empty()) world.database.execute("UPDATE pos_accounts SET " + set);
      return world.of("pos_accounts WHERE provider = 'square'", columns);
    }();
    CHECK(told("t2", {}, set) == untouched);
    CHECK(told("t1", {{"settled_at", "1"}}, set) == untouched);
    CHECK(told("t1", {}, set + (set.empty() ? "" : ", ") + "state = 'paused'") == untouched);
  }
}

}  // namespace push_rows_test

// Accounts and their tokens, statement by statement: the whole effect of each, whom it must leave
// alone, and who may not have it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harness/changes.hpp"
#include "harness/database.hpp"
#include "harness/duration.hpp"

namespace account_rows_test {

using changes::rows_of;
using duration::day;
using pos::store::Statement;
using world::Database;

namespace {

/// The account of r1, and others that differ from it in one thing each.
struct Accounts : changes::Tables {
  Accounts() {
    const auto account = [&](const char* names, const char* holder) {
      database.execute(
          "INSERT INTO pos_accounts (restaurant_id, provider, location_id, token, refresh_token, "
          "token_version, token_expires_at, token_renewed_at, renewal_holder, renewal_at, "
          "renewal_error, state, paused_until, pause_reason, pause_detail, unknown_run, "
          "breaker_opens, pace, created_at, updated_at) VALUES (" +
          std::string(names) + ", 'L1', 'T', 'R', 3, 31, 32, '" + holder +
          "', 33, 'err', 'active', 34, 'throttled', 'd', 5, 6, 7, 8, 9)");
    };
    account("'r1', 'square'", "");
    account("'r2', 'square'", "w1");
    account("'r1', 'clover'", "w1");
  }

  std::string effect(Statement statement, const std::string& asked,
                     const std::string& token = "w1") {
    return changed_by({statement}, {token, asked});
  }
  void set(const std::string& columns) {
    database.execute("UPDATE pos_accounts SET " + columns +
                     " WHERE restaurant_id = 'r1' AND provider = 'square'");
  }
};

const std::string r1 = "pos_accounts r1 square: ";
const std::string touched = " updated_at=9>now\n";

}  // namespace

TEST_CASE("of tokens that are due those of a call's own time are renewed, four at most") {
  Database database;
  database.execute(
      "INSERT INTO pos_sync_claims (claim_key, claimed_at) VALUES ('tick:w1', 100), ('tick:w2', "
      "9), ('w1', 999)");
  for (const char* values :
       {"'a', 'square', 'R', 100, 1", "'b', 'square', 'R', 101, 2", "'c', 'square', NULL, 5, 3",
        "'d', 'clover', 'R', 5, 4", "'e', 'square', 'R', 7, 5", "'f', 'square', 'R', 20, 6",
        "'g', 'square', 'R', 10, 7"}) {
    database.execute(
        "INSERT INTO pos_accounts (restaurant_id, provider, refresh_token, renewal_at, "
        "token_version) VALUES (" +
        std::string(values) + ")");
  }
  const auto due = [&](const char* token) {
    return rows_of(database.batch({Statement::renewal_due}, {token}));
  };
  CHECK(due("w1") == "e|5\ng|7\nf|6\na|1\n");
  CHECK(due("w2") == "e|5\n");
  CHECK(due("w3").empty());
  database.execute("UPDATE pos_accounts SET renewal_at = 101 WHERE restaurant_id = 'e'");
  CHECK(due("w1") == "g|7\nf|6\na|1\n");
  database.execute("UPDATE pos_accounts SET renewal_at = 8 WHERE restaurant_id IN ('b', 'e')");
  CHECK(due("w1").find("a|1") == std::string::npos);
}

TEST_CASE("one worker at a time has the right to renew a token, for as long as it is given") {
  const std::string asked = R"({"restaurant_id":"r1","version":3,"hold_ms":500})";
  Accounts world;
  CHECK(world.effect(Statement::renewal_hold, asked) ==
        r1 + "renewal_holder=>w1 renewal_at=33>now+500\n");
  CHECK(world.effect(Statement::renewal_hold, asked, "w2").empty());
  world.database.now_ms += 499;
  CHECK(world.effect(Statement::renewal_hold, asked, "w2").empty());
  world.database.now_ms += 1;
  CHECK(world.effect(Statement::renewal_hold, asked, "w2") ==
        r1 + "renewal_holder=w1>w2 renewal_at=now>now+500\n");
  world.set("renewal_holder = '', renewal_at = 1895000000000");
  CHECK(world.effect(Statement::renewal_hold, R"({"restaurant_id":"r1","version":2,"hold_ms":5})")
            .empty());
  CHECK_FALSE(world.effect(Statement::renewal_hold, asked).empty());
  world.set("renewal_holder = '', refresh_token = NULL");
  CHECK(world.effect(Statement::renewal_hold, asked).empty());
}

TEST_CASE("a renewed token replaces the one it was renewed from, and what stood against that") {
  const std::string asked =
      R"({"restaurant_id":"r1","version":3,"token":"T2","refresh_token":"R2",)"
      R"("expires_at":"2026-11-28T00:00:00Z","age_ms":604800000})";
  Accounts world;
  world.database.now_ms = 1795219200000;                          // 2026-11-21T00:00:00Z
  const std::string due_in_days = "renewal_at=33>now+302400000";  // half of the week that it lives
  const std::string token =
      "token=T>T2 refresh_token=R>R2 token_version=3>4 token_expires_at=31>now+604800000 "
      "token_renewed_at=32>now " +
      due_in_days + " renewal_error=err>";
  CHECK(world.effect(Statement::renewal_write, asked) == r1 + token + touched);
  CHECK(world.effect(Statement::renewal_write, asked).empty());  // it is the fourth by now
  // Whoever held the right, what came of it is stored, and the right is given back.
  Accounts held;
  held.database.now_ms = world.database.now_ms;
  held.set("renewal_holder = 'w9'");
  CHECK(held.effect(Statement::renewal_write, asked).find("renewal_holder=w9> ") !=
        std::string::npos);
  // Without a refresh token the old one stays; a token that says no end is due at its age.
  Accounts endless;
  CHECK(endless.effect(Statement::renewal_write,
                       R"({"restaurant_id":"r1","version":3,"token":"T2","age_ms":700})") ==
        r1 +
            "token=T>T2 token_version=3>4 token_expires_at=31>- token_renewed_at=32>now "
            "renewal_at=33>now+700 renewal_error=err>" +
            touched);
  // One that lives longer than twice its age is due at its age.
  Accounts longer;
  longer.database.now_ms = world.database.now_ms;
  CHECK(longer
            .effect(Statement::renewal_write,
                    R"({"restaurant_id":"r1","version":3,"token":"T2",)"
                    R"("expires_at":"2026-11-28T00:00:00.7Z","age_ms":302400349})")
            .find("token_expires_at=31>now+604800700 token_renewed_at=32>now "
                  "renewal_at=33>now+302400349 ") != std::string::npos);
  // What stood against the token is over with it, and nothing else is.
  for (const auto& [reason, is_over] :
       std::vector<std::pair<const char*, bool>>{{"refused", true},
                                                 {"unauthorized", true},
                                                 {"token_unreadable", true},
                                                 {"not_set_up", true},
                                                 {"throttled", false},
                                                 {"operator", false},
                                                 {"unknown_outcomes", false},
                                                 {"probe", false}}) {
    Accounts paused;
    paused.set("pause_reason = '" + std::string(reason) + "'");
    const std::string effect = paused.effect(Statement::renewal_write, asked);
    CHECK((effect.find("paused_until=34>0 pause_reason=" + std::string(reason) +
                       "> pause_detail=d> unknown_run=5>0 breaker_opens=6>0 updated_at") !=
           std::string::npos) == is_over);
    CHECK((effect.find("paused_until") == std::string::npos) == !is_over);
    CHECK((effect.find("_run") == std::string::npos) == !is_over);
  }
}

TEST_CASE("a renewal that got no token says why, if its worker has the right still") {
  const std::string asked = R"({"restaurant_id":"r1","version":3,"detail":"no","again_ms":700})";
  Accounts world;
  CHECK(world.effect(Statement::renewal_refuse, asked).empty());
  world.set("renewal_holder = 'w1'");
  CHECK(world.effect(Statement::renewal_refuse, asked) ==
        r1 + "renewal_at=33>now+700 renewal_error=err>no\n");
  CHECK(world.effect(Statement::renewal_refuse, asked, "w2").empty());
  world.set("token_version = 4, renewal_at = 1");
  CHECK(world.effect(Statement::renewal_refuse, asked).empty());
}

TEST_CASE("the refresh token is read by whoever has the right to use it, and by nobody else") {
  Accounts world;
  const auto read = [&](const char* token) {
    world.effect(Statement::renewal_read, R"({"restaurant_id":"r1"})", token);
    return rows_of(world.answer);
  };
  CHECK(read("w1") == "T|3|-\n");
  world.set("renewal_holder = 'w1', token = 'mine'");
  CHECK(read("w1") == "mine|3|R\n");
  CHECK(read("w2") == "mine|3|-\n");
}

TEST_CASE("an account is put as it is said, if its token is the one that was seen") {
  Accounts world;
  world.database.now_ms = 1795219200000;
  const std::string rest = R"(,"location_id":"L9","token":"T9","refresh_token":"R9",)"
                           R"("expires_at":"2026-11-28T00:00:00Z","age_ms":604800000})";
  CHECK(
      world.effect(Statement::account_put, R"({"restaurant_id":"r1","version":2)" + rest).empty());
  CHECK(world.effect(Statement::account_put, R"({"restaurant_id":"r1","version":3)" + rest) ==
        r1 +
            "location_id=L1>L9 token=T>T9 refresh_token=R>R9 token_version=3>4 "
            "token_expires_at=31>now+604800000 token_renewed_at=32>now "
            "renewal_at=33>now+302400000 renewal_error=err>" +
            touched);
  CHECK(world.effect(Statement::account_put,
                     R"({"restaurant_id":"r1","version":4,"age_ms":302400000})") ==
        r1 + "location_id=L9>- token=T9>- refresh_token=R9>- token_version=4>5 "
             "token_expires_at=now+604800000>-\n");
  CHECK(world.effect(Statement::account_put, R"({"restaurant_id":"r3","version":0)" + rest) ==
        "+ pos_accounts r3 square: restaurant_id=r3 provider=square location_id=L9 token=T9 "
        "refresh_token=R9 token_version=1 token_expires_at=now+604800000 token_renewed_at=now "
        "renewal_holder= renewal_at=now+302400000 renewal_error= state=active paused_until=0 "
        "pause_reason= pause_detail= unknown_run=0 breaker_opens=0 pace=0 refusal= refusal_run=0 "
        "name= email= language= time_zone= created_at=now updated_at=now\n");
}

TEST_CASE("an operator pauses, resumes and renews one account, and no neighbour of it") {
  Accounts world;
  const std::string asked = R"({"restaurant_id":"r1","detail":"closed"})";
  CHECK(world.effect(Statement::account_pause, asked) ==
        r1 + "state=active>paused pause_reason=throttled>operator pause_detail=d>closed" + touched);
  CHECK(world.effect(Statement::account_resume, asked) ==
        r1 + "renewal_at=33>now state=paused>active paused_until=34>0 pause_reason=operator> "
             "pause_detail=closed>\n");
  Accounts fine;
  fine.set("renewal_error = ''");
  CHECK(fine.effect(Statement::account_resume, asked) ==
        r1 + "paused_until=34>0 pause_reason=throttled> pause_detail=d>" + touched);
  Accounts held;
  held.set("renewal_holder = 'w9'");
  CHECK(held.effect(Statement::account_renew, asked) ==
        r1 + "renewal_holder=w9> renewal_at=33>now" + touched);
  held.set("refresh_token = NULL");
  held.database.now_ms += 1;
  CHECK(held.effect(Statement::account_renew, asked).empty());
}

TEST_CASE("an account is shown without its tokens, and whether a token is the one that it has") {
  Accounts world;
  world.set("token = 'v1.key.b.c', paused_until = 1795000000001, refused_since = 77");
  const auto read = [&](const std::string& more) {
    world.effect(Statement::account_read, R"({"restaurant_id":"r1")" + more + "}");
    return rows_of(world.answer);
  };
  const std::string shown =
      "r1|square|L1|active|1795000000001|throttled|d|5|6|7|1|1|key|3|31|32|1|err|77|";
  CHECK(read(R"(,"token":"v1.key.b.c")") == shown + "1\n");
  CHECK(read(R"(,"token":"v1.key.b.d")") == shown + "0\n");
  CHECK(read("") == shown + "0\n");
  world.set("token = NULL, refresh_token = NULL, paused_until = 1795000000000");
  CHECK(read("") ==
        "r1|square|L1|active|1795000000000|throttled|d|5|6|7|0|0|-|3|31|32|0|err|77|1\n");
  world.set("token = 'plain', state = 'paused'");
  CHECK(read("") ==
        "r1|square|L1|paused|1795000000000|throttled|d|5|6|7|1|1|-|3|31|32|0|err|77|0\n");
}

}  // namespace account_rows_test

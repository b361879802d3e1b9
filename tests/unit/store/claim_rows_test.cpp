// The claiming batch, statement by statement: the whole effect of each on a queue of neighbours.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "harness/changes.hpp"
#include "harness/database.hpp"

namespace claim_rows_test {

using changes::rows_of;
using pos::store::Statement;

namespace {

using changes::Columns;

struct Claims : changes::Tables {
  void row(const std::string& id, const Columns& columns = {}) {
    insert("pos_sync_queue",
           {{"id", id},
            {"order_id", "'A" + id + "'"},
            {"payload", "'{}'"},
            {"created_at", "'2026-01-01 00:00:00'"}},
           columns);
  }
  /// A claim of that row, left by t0.
  void claim(const std::string& id, const Columns& columns = {}) {
    insert("pos_sync_claims",
           {{"claim_key", "'pos-sync:A" + id + ":square'"},
            {"holder", "'t0'"},
            {"claimed_at", at(-1000)},
            {"lease_until", at(-7)},
            {"row_id", id},
            {"order_id", "'A" + id + "'"},
            {"provider", "'square'"},
            {"revision", "1"}},
           columns);
  }
  void ledger(const std::string& id, const Columns& columns = {}) {
    insert("pos_sync_ledger",
           {{"order_id", "'A" + id + "'"}, {"provider", "'square'"}, {"revision", "1"}}, columns);
  }
  std::string effect(const std::vector<Statement>& statements, const std::string& more = "",
                     const std::string& token = "t1") {
    // The first of two equal members counts.
    return changed_by(
        statements, {token, "{" + (more.empty() ? "" : more.substr(1) + ",") +
                                R"("batch":4,"slots":6,"lease_ms":60000,"quiet_ms":5000,"start":0,)"
                                R"("attempts":10,"base_ms":1,"cap_ms":9000000})"});
  }
  /// Which rows are claimed by a call with that token, in the order in which they are read.
  std::string taken(const std::string& more = "", const std::string& token = "t1",
                    Statement take = Statement::claim_take) {
    effect({Statement::claim_open, take, Statement::claim_probe, Statement::claim_close,
            Statement::claim_rows, Statement::claim_more},
           more, token);
    const std::string rows = rows_of(answer, 4);
    std::string list;
    for (std::size_t at = 0; at < rows.size(); at = rows.find('\n', at) + 1) {
      const std::size_t key = rows.find(':', at) + 1;
      list += rows.substr(key, rows.find(':', key) - key) + " ";
    }
    return list;
  }
};

const std::string opened =
    "+ pos_sync_claims tick:t1: claim_key=tick:t1 holder= claimed_at=now "
    "lease_until=9007199254740991 takeovers=0\n";

}  // namespace

TEST_CASE("a row that no worker can hold is dead with its reason and a line, and no other row is") {
  Claims world;
  const std::string x201 = "replace(hex(zeroblob(201)), '00', 'x')";
  const std::string y51 = "replace(hex(zeroblob(51)), '00', 'y')";
  world.row("1");
  world.row("2", {{"order_id", x201}, {"provider", y51}, {"status", "'failed'"}});
  world.row("3", {{"order_id", "'Çiğ'"}});
  world.row("4", {{"order_id", x201}, {"status", "'dead'"}});
  CHECK(world.effect({Statement::claim_open}) == opened);
  const std::string xs(200, 'x');
  const std::string ys(50, 'y');
  CHECK(world.effect({Statement::claim_reject_log, Statement::claim_reject}) ==
        "+ pos_sync_audit 1: id=1 order_id=" + xs + " provider=" + ys +
            " revision=1 at=now actor=tick event=row_rejected from_status=failed to_status=dead "
            "token=t1:2 detail={\"words\":\"order_id: expected 1 to 200 bytes, got 201\","
            "\"row_id\":2}\n"
            "pos_sync_queue 2: status=failed>dead last_error=->rejected: order_id: expected 1 to "
            "200 bytes, got 201 updated_at=->stamp\n");
  CHECK(rows_of(world.answer, 1) ==
        "dead|row 2|rejected: order_id: expected 1 to 200 bytes, got 201\n");
  CHECK(world.effect({Statement::claim_reject_log, Statement::claim_reject}).empty());
}

TEST_CASE("what a lost owner leaves is noted for its own order, and for none beside it") {
  Claims world;
  const std::vector<Statement> taking_over = {Statement::claim_open, Statement::claim_mark,
                                              Statement::claim_audit, Statement::claim_attempts,
                                              Statement::claim_settle_abandoned};
  // 1: lost, and frozen. 2: lost often, and frozen; 3: held still; 4: nobody's.
  world.row("1", {{"attempts", "2"}, {"next_attempt_at", "5"}});
  world.row("2", {{"attempts", "25"}, {"next_attempt_at", "5"}, {"status", "'failed'"}});
  world.row("3");
  world.row("4");
  world.claim("1");
  world.claim("2", {{"takeovers", "1"}});
  world.claim("3", {{"lease_until", world.at(1)}});
  for (const char* id : {"1", "2", "3", "4"}) {
    world.ledger(id, {{"request", "'{}'"}, {"absent_at", "4"}, {"restaurant_id", "'r'"}});
    world.ledger(id, {{"request", "'{}'"}, {"revision", "2"}, {"in_doubt_since", "4"}});
    world.ledger(id, {{"request", "'{}'"}, {"provider", "'clover'"}, {"in_doubt_since", "4"}});
  }
  const std::string gone =
      "last_error=->unknown: the worker that held this order went away "
      "updated_at=->stamp";
  const auto claim_left = [](const char* id, const char* takeovers) {
    return "pos_sync_claims pos-sync:A" + std::string(id) +
           ":square: lease_until=now-7>0 settled_at=->now takeovers=" + takeovers + "\n";
  };
  const auto doubt = [](const char* id) {
    return "pos_sync_ledger A" + std::string(id) +
           " square 1: first_sent_at=->now-1000 last_sent_at=->now-7 in_doubt_since=->now-1000 "
           "absent_at=4>-\n";
  };
  const auto line = [](const char* number, const char* id, const char* from, const char* to) {
    return "+ pos_sync_audit " + std::string(number) + ": id=" + number + " order_id=A" + id +
           " provider=square revision=1 at=now actor=tick event=taken_over from_status=" + from +
           " to_status=" + to +
           " token=t1 detail={\"holder\":\"t0\",\"lease_until\":1794999999993,\"in_doubt\":1}\n";
  };
  const std::string effect = world.effect(taking_over, R"(,"attempts":99)");
  CHECK(effect == line("1", "1", "pending", "failed") + line("2", "2", "failed", "failed") +
                      claim_left("1", "0>1") + claim_left("2", "1>2") + opened + doubt("1") +
                      doubt("2") + "pos_sync_queue 1: status=pending>failed attempts=2>3 " + gone +
                      "\npos_sync_queue 2: attempts=25>26 " + gone +
                      " next_attempt_at=5>now+1048576\n");
  CHECK(rows_of(world.answer, 3) ==
        "failed|A1|unknown: the worker that held this order went away\n"
        "failed|A2|unknown: the worker that held this order went away\n");
}

TEST_CASE("whether an order that kills its workers may be booked is said by its own ledger alone") {
  for (const auto& [columns, words] : std::vector<std::pair<Columns, const char*>>{
           {{}, "rejected"},
           {{{"request", "'{}'"}}, "unknown_outcome"},
           {{{"request", "'{}'"}, {"refused_at", "1"}}, "rejected"},
           {{{"in_doubt_since", "1"}}, "unknown_outcome"},
           {{{"in_doubt_since", "1"}, {"revision", "2"}}, "rejected"},
           {{{"request", "'{}'"}, {"provider", "'clover'"}}, "rejected"},
           {{{"request", "'{}'"}, {"order_id", "'A2'"}}, "rejected"}}) {
    Claims world;
    world.row("1", {{"attempts", "10"}, {"next_attempt_at", "5"}});
    world.claim("1");
    // Another claim that was left often is no reason to wait.
    world.claim("2", {{"takeovers", "5"}, {"settled_at", "1"}});
    world.ledger("1", columns);
    const std::string effect = world.effect({Statement::claim_open, Statement::claim_attempts});
    CHECK(effect.find("pos_sync_queue 1: status=pending>dead attempts=10>11 last_error=->" +
                      std::string(words) +
                      ": every worker that held this order went away updated_at=->stamp\n") !=
          std::string::npos);
  }
}

TEST_CASE(
    "a batch is dealt round by round over the restaurants, from where the last call stopped") {
  const auto dealt = [](const std::string& more, const std::string& sql = "SELECT 1") {
    Claims world;
    // Of each restaurant its rows in the order in which they are due; equal times by their ids.
    const auto rows = [&](const char* restaurant, const std::vector<std::pair<int, int>>& all) {
      for (const auto& [id, due] : all) {
        world.row(std::to_string(id), {{"restaurant_id", "'" + std::string(restaurant) + "'"},
                                       {"next_attempt_at", std::to_string(due)}});
      }
    };
    rows("a", {{1, 30}, {2, 10}, {3, 10}, {4, 20}});
    rows("b", {{5, 50}, {6, 50}});
    rows("c", {{7, 1}, {8, 2}, {9, 3}});
    world.database.execute(
        "INSERT INTO pos_accounts (restaurant_id, provider, breaker_opens, pace) VALUES ('b', "
        "'square', 0, 0), ('b', 'clover', 1, 1), ('c', 'clover', 1, 1)");
    world.database.execute(sql);
    std::string list = world.taken(more);
    std::sort(list.begin(), list.end());
    list.erase(
        std::remove_if(list.begin(), list.end(), [](char c) { return c == ' ' || c == 'A'; }),
        list.end());
    return list;
  };
  // start 0: behind a, so b and c come first in each round.
  CHECK(dealt(R"(,"batch":1)") == "5");
  CHECK(dealt(R"(,"batch":2)") == "57");
  CHECK(dealt(R"(,"batch":3)") == "257");
  CHECK(dealt(R"(,"batch":4)") == "2567");
  CHECK(dealt(R"(,"batch":5)") == "25678");
  CHECK(dealt(R"(,"batch":6)") == "235678");
  CHECK(dealt(R"(,"batch":7)") == "2356789");
  CHECK(dealt(R"(,"batch":8)") == "23456789");
  CHECK(dealt(R"(,"batch":9)") == "123456789");
  CHECK(dealt(R"(,"batch":1,"restaurant":"b")") == "7");
  CHECK(dealt(R"(,"batch":1,"restaurant":"c")") == "2");
  CHECK(dealt(R"(,"batch":1,"start":1)") == "7");
  CHECK(dealt(R"(,"batch":1,"start":2)") == "2");
  // What is due just now comes, what is due a moment later does not.
  CHECK(dealt(R"(,"batch":9)", "UPDATE pos_sync_queue SET next_attempt_at = 1795000000000") ==
        "123456789");
  CHECK(dealt(R"(,"batch":9)",
              "UPDATE pos_sync_queue SET next_attempt_at = 1795000000001 WHERE id IN (1, 5, 9)") ==
        "234678");
  CHECK(dealt(R"(,"batch":9)",
              "UPDATE pos_sync_queue SET next_attempt_at = 1795000000000 WHERE id = 1") ==
        "123456789");
  // An account that probes gives one order, the one that is due first; a slow one its share.
  CHECK(dealt(R"(,"batch":9)",
              "UPDATE pos_accounts SET breaker_opens = 1 WHERE restaurant_id = "
              "'' AND provider = 'square'") == "567");
  CHECK(dealt(R"(,"batch":9)",
              "UPDATE pos_accounts SET breaker_opens = 1 WHERE restaurant_id = "
              "'b' AND provider = 'square'") == "12345789");
  CHECK(
      dealt(R"(,"batch":6,"slots":6)",
            "UPDATE pos_accounts SET pace = 3 WHERE restaurant_id = '' AND provider = 'square'") ==
      "25678");
  CHECK(dealt(R"(,"batch":9)",
              "UPDATE pos_accounts SET state = 'paused' WHERE restaurant_id = 'b'") == "1234789");
  CHECK(dealt(R"(,"batch":9)",
              "UPDATE pos_accounts SET paused_until = 1795000000001 WHERE "
              "restaurant_id = '' AND provider = 'square'") == "56");
  CHECK(dealt(R"(,"batch":4)",
              "UPDATE pos_accounts SET breaker_opens = 1 WHERE restaurant_id = 'b' AND provider = "
              "'square'") == "2578");
  // A call that was closed takes nothing more.
  CHECK(dealt(R"(,"batch":9)",
              "INSERT INTO pos_sync_claims (claim_key, claimed_at, settled_at) "
              "VALUES ('tick:t1', 1795000000000, 1)")
            .empty());
}

TEST_CASE("a claim ends where two megabytes are in it, and counts all that an order brings along") {
  constexpr std::int64_t most = 262'144;  // of a payload that is carried
  const auto xs = [](std::int64_t bytes) {
    return "replace(hex(zeroblob(" + std::to_string(bytes) + ")), '00', 'x')";
  };
  const auto taken = [&](const std::vector<std::int64_t>& weights, std::int64_t last,
                         const std::string& sql = "SELECT 1", const char* batch = "5") {
    Claims world;
    int id = 0;
    for (const std::int64_t bytes : weights) {
      const std::string number = std::to_string(++id);
      world.row(number, {{"next_attempt_at", number}, {"payload", xs(most)}});
      world.ledger(number, {{"request", xs(bytes - most)}});
    }
    const std::string number = std::to_string(++id);
    world.row(number, {{"next_attempt_at", number}, {"payload", xs(last)}});
    world.database.execute(sql);
    return world
               .effect({Statement::claim_open, Statement::claim_take},
                       R"(,"batch":)" + std::string(batch))
               .find("pos-sync:A" + number + ":square") != std::string::npos;
  };
  // Those before it are just less than two megabytes.
  CHECK(taken({1'048'576, 1'048'575}, most));
  CHECK_FALSE(taken({1'048'576, 1'048'576}, most));
  // A small one always comes.
  CHECK(taken({1'048'576, 1'048'576}, 1'048'576 / 5));
  CHECK_FALSE(taken({1'048'576, 1'048'576}, 1'048'576 / 5 + 1));
  CHECK(taken({1'048'576, 1'048'576}, 1'048'576 / 4, "SELECT 1", "4"));
  // One that is too large to be carried weighs nothing.
  CHECK(taken({1'048'576, 1'048'576}, most + 1));
  // The account comes with each row.
  CHECK_FALSE(taken({1'048'576, 1'048'574}, most, "UPDATE pos_accounts SET token = 'T'"));
  CHECK_FALSE(taken({1'048'576, 1'048'574}, most, "UPDATE pos_accounts SET location_id = 'L'"));
  CHECK_FALSE(taken({1'048'576, 1'048'574}, most, "UPDATE pos_accounts SET refusal = 'R'"));
  CHECK(taken({1'048'576, 1'048'574}, most, "UPDATE pos_accounts SET name = 'name'"));
}

TEST_CASE("a suspect and a single order are claimed for one lease, under their own keys") {
  Claims world;
  world.row("1", {{"restaurant_id", "'r1'"}});
  world.row("2", {{"order_id", "'A1'"}, {"provider", "'clover'"}});
  world.row("3");
  world.claim("1", {{"settled_at", "1"}, {"takeovers", "2"}});
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, provider, breaker_opens) VALUES ('r1', 'clover', "
      "0), ('', 'clover', 0)");
  CHECK(world.effect({Statement::claim_open, Statement::claim_take_suspect}) ==
        "pos_sync_claims pos-sync:A1:square: holder=t0>t1 claimed_at=now-1000>now "
        "lease_until=now-7>now+60000 settled_at=1>-\n" +
            opened);
  const std::string one = R"(,"order_id":"A3","provider":"square")";
  const std::string other =
      "+ pos_sync_claims tick:t2: claim_key=tick:t2 holder= claimed_at=now "
      "lease_until=9007199254740991 takeovers=0\n";
  CHECK(world.effect({Statement::claim_open, Statement::claim_take_one}, one, "t2") ==
        "+ pos_sync_claims pos-sync:A3:square: claim_key=pos-sync:A3:square holder=t2 "
        "claimed_at=now lease_until=now+60000 row_id=3 order_id=A3 provider=square revision=1 "
        "takeovers=0\n" +
            other);
  const auto takes = [](const std::string& sql, const std::string& provider = "square") {
    Claims alone;
    alone.row("1", {{"restaurant_id", "'r1'"}});
    alone.row("2", {{"order_id", "'A1'"}, {"provider", "'clover'"}, {"next_attempt_at", "9"}});
    alone.row("3");
    alone.database.execute(
        "INSERT INTO pos_accounts (restaurant_id, provider) VALUES ('r1', 'square'), ('r1', "
        "'clover'), ('r2', 'square')");
    alone.database.execute(sql);
    const std::string effect = alone.effect({Statement::claim_open, Statement::claim_take_one},
                                            R"(,"order_id":"A1","provider":")" + provider + "\"");
    std::string ids;
    for (std::size_t at = effect.find("row_id="); at != std::string::npos;
         at = effect.find("row_id=", at + 1)) {
      ids += effect[at + 7];
    }
    return ids;
  };
  CHECK(takes("SELECT 1") == "1");
  CHECK(takes("SELECT 1", "clover") == "2");
  CHECK(takes("UPDATE pos_accounts SET state = 'paused' WHERE restaurant_id <> 'r1' OR provider <> "
              "'square'") == "1");
  CHECK(takes("UPDATE pos_accounts SET breaker_opens = 1 WHERE restaurant_id <> 'r1' OR provider "
              "<> 'square'") == "1");
  CHECK(takes("UPDATE pos_accounts SET state = 'paused' WHERE restaurant_id = 'r1'").empty());
  CHECK(takes("UPDATE pos_accounts SET breaker_opens = 1 WHERE restaurant_id = 'r1' AND provider = "
              "'square'")
            .empty());
  CHECK(takes("UPDATE pos_accounts SET paused_until = 1795000000001 WHERE restaurant_id = 'r1' AND "
              "provider = 'square'")
            .empty());
  CHECK(takes("UPDATE pos_sync_queue SET status = 'dead' WHERE id = 1").empty());
  CHECK(takes("UPDATE pos_sync_queue SET next_attempt_at = 1795000000001 WHERE id = 1").empty());
  CHECK(takes("INSERT INTO pos_sync_claims (claim_key, claimed_at, settled_at) VALUES ('tick:t1', "
              "1795000000000, 1)")
            .empty());
}

TEST_CASE("only the account whose order probes is shut, until the lease of what its call holds") {
  const auto probed = [](const std::string& sql) {
    Claims world;
    world.row("1", {{"restaurant_id", "'r1'"}});
    world.row("2", {{"restaurant_id", "'r2'"}});
    world.row("3", {{"restaurant_id", "'r1'"}, {"provider", "'clover'"}, {"order_id", "'A9'"}});
    world.claim("1", {{"holder", "'t1'"}, {"lease_until", world.at(50)}});
    world.claim("3", {{"holder", "'t1'"}, {"lease_until", world.at(90)}, {"row_id", "77"}});
    world.claim("2", {{"holder", "'t2'"}, {"lease_until", world.at(99)}});
    world.claim("4", {{"holder", "'t1'"}, {"lease_until", world.at(95)}, {"settled_at", "1"}});
    world.database.execute(
        "INSERT INTO pos_accounts (restaurant_id, provider, breaker_opens) VALUES ('r1', 'square', "
        "1), ('r2', 'square', 1), ('r1', 'clover', 1), ('r3', 'square', 1)");
    world.database.execute(
        "INSERT INTO pos_sync_claims (claim_key, claimed_at, settled_at) VALUES ('tick:t1', 1, "
        "NULL), ('tick:t2', 1, 1), ('tick:t9', 1, NULL)");
    world.database.execute(sql);
    return world.effect({Statement::claim_probe});
  };
  const std::string shut = "pos_accounts r1 square: paused_until=0>now+90 pause_reason=>probe\n";
  CHECK(probed("SELECT 1") == shut);
  CHECK(probed("UPDATE pos_accounts SET breaker_opens = 0 WHERE restaurant_id = 'r1'").empty());
  CHECK(probed("UPDATE pos_sync_claims SET settled_at = 1 WHERE claim_key = 'tick:t1'").empty());
  CHECK(probed("UPDATE pos_sync_claims SET settled_at = 1 WHERE row_id = 1").empty());
  CHECK(probed("UPDATE pos_sync_claims SET holder = 't2' WHERE row_id = 1").empty());
  CHECK(probed("UPDATE pos_sync_claims SET row_id = 99 WHERE row_id = 1").empty());
}

}  // namespace claim_rows_test

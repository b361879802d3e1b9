// Drafts, credits and the outbox, statement by statement: the whole effect of each on a table of
// neighbours that it must leave alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/changes.hpp"
#include "harness/database.hpp"

namespace mail_rows_test {

using changes::rows_of;
using pos::store::Statement;

namespace {

using changes::Columns;

struct Mails : changes::Tables {
  void mail(const std::string& id, const Columns& columns = {}) {
    insert("pos_mails",
           {{"id", "'" + id + "'"},
            {"audit_id", "'A1'"},
            {"restaurant_id", "'r1'"},
            {"language", "'en'"},
            {"recipient", "'to'"},
            {"subject", "'sub'"},
            {"body", "'body'"},
            {"created_at", "1"},
            {"updated_at", "2"}},
           columns);
  }
  void repair(const std::string& target, const Columns& columns = {}) {
    insert("pos_repairs",
           {{"action", "'refund'"},
            {"target", "'" + target + "'"},
            {"audit_id", "'A1'"},
            {"group_id", "'g'"},
            {"restaurant_id", "'r1'"},
            {"location_id", "'L1'"},
            {"external_order_id", "'o" + target + "'"},
            {"survivor_order_id", "'s'"},
            {"state", "'done'"},
            {"amount", "100"},
            {"fee", "3"},
            {"currency", "'TRY'"},
            {"source_type", "'CARD'"},
            {"updated_at", "7"}},
           columns);
  }
  std::string effect(const std::vector<Statement>& statements, const std::string& asked,
                     const std::string& token = "w1") {
    return changed_by(statements, {token, asked});
  }
};

}  // namespace

// ---- the outbox ----

TEST_CASE("one mail is claimed at a time: the one that has waited longest, due, and in no lease") {
  Mails world;
  const Columns due = {{"state", "'due'"}};
  world.mail("c", {{"state", "'due'"}, {"next_attempt_at", "5"}});
  world.mail("b", {{"state", "'due'"}, {"next_attempt_at", "5"}});
  world.mail("d", {{"state", "'due'"},
                   {"next_attempt_at", world.at(0)},
                   {"claimed_at", "4"},
                   {"lease_until", world.at(0)},
                   {"attempts", "2"}});
  world.mail("e", {{"state", "'due'"}, {"next_attempt_at", world.at(1)}});
  world.mail("f", {{"state", "'due'"}, {"lease_until", world.at(1)}});
  world.mail("g", {{"state", "'draft'"}});
  world.mail("h", {{"state", "'sent'"}});
  world.mail("i", {{"state", "'dead'"}});
  const std::string asked = R"({"lease_ms":60000})";
  const auto claim = [&](const std::string& token) {
    return world.effect({Statement::mail_claim}, asked, token);
  };
  const std::string taken = " claimed_at=->now lease_until=0>now+60000 updated_at=2>now\n";
  CHECK(claim("w1") == "pos_mails b: holder=>w1" + taken);
  CHECK(claim("w1").empty());  // one per token
  CHECK(claim("w2") == "pos_mails c: holder=>w2" + taken);
  // Who takes it over is in doubt of what the other did.
  CHECK(claim("w3") ==
        "pos_mails d: first_sent_at=->4 in_doubt_since=->4 attempts=2>3 holder=>w3 "
        "claimed_at=4>now lease_until=now>now+60000 updated_at=2>now\n");
  CHECK(claim("w4").empty());
  world.database.execute(
      "UPDATE pos_mails SET first_sent_at = 8, in_doubt_since = 9, lease_until = 0, "
      "next_attempt_at = 0, claimed_at = 10 WHERE id = 'd'");
  CHECK(claim("w4") ==
        "pos_mails d: attempts=3>4 holder=w3>w4 claimed_at=10>now lease_until=0>now+60000\n");
}

TEST_CASE("a sender reads the mail that it holds, with what is under its seal, and no other") {
  Mails world;
  world.mail("a", {{"holder", "'w1'"},
                   {"request", "'q'"},
                   {"attempts", "4"},
                   {"seal", "'S'"},
                   {"approved_by", "'ada'"},
                   {"approved_role", "'approve'"},
                   {"approved_at", "9"}});
  world.mail("b", {{"holder", "'w2'"}, {"in_doubt_since", "5"}, {"subject", "x'00ff'"}});
  world.mail("c");
  const auto claimed = [&](const std::string& token) {
    return rows_of(world.database.batch({Statement::mail_claimed}, {token, "{}"}));
  };
  CHECK(claimed("w1") ==
        R"(a|q|4|0|S|["pos_mails","a","A1","r1","en","to","sub","body","q","ada","approve",9])"
        "\n");
  CHECK(claimed("w2") ==
        R"(b|-|0|1||["pos_mails","b","A1","r1","en","to","blob:00FF","body",null,"","",null])"
        "\n");
  CHECK(claimed("").empty());
}

TEST_CASE("a mail in doubt is given up when its key is about to be forgotten, and no other mail") {
  struct Case {
    const char* what;
    Columns columns;
    std::string after;
  };
  const Mails time;
  const std::string hidden =
      "state=due>dead reason=x>unknown_outcome: nobody knows whether it was sent, and its key is "
      "about to be forgotten; the last try: x";
  const std::string left =
      "state=due>dead reason=x>unknown_outcome: a worker went away while "
      "sending it";
  for (const Case& each : std::vector<Case>{
           {"in no doubt", {}, ""},
           {"in doubt, within the window",
            {{"in_doubt_since", "5"}, {"first_sent_at", time.at(-999)}},
            ""},
           {"in doubt, and the window over",
            {{"in_doubt_since", "5"}, {"first_sent_at", time.at(-1000)}},
            hidden + " holder=w9> lease_until=now-1>0 updated_at=2>now"},
           {"sent long ago, in no doubt", {{"first_sent_at", "1"}}, ""},
           {"its lease runs",
            {{"in_doubt_since", "5"}, {"first_sent_at", "1"}, {"lease_until", time.at(1)}},
            ""},
           {"its lease is over just now",
            {{"in_doubt_since", "5"},
             {"first_sent_at", time.at(-1000)},
             {"lease_until", time.at(0)}},
            hidden + " holder=w9> lease_until=now>0 updated_at=2>now"},
           {"claimed, within the window", {{"claimed_at", time.at(-999)}}, ""},
           {"claimed, and the window over",
            {{"claimed_at", time.at(-1000)}},
            left + " first_sent_at=->now-1000 in_doubt_since=->now-1000 holder=w9> "
                   "claimed_at=now-1000>- lease_until=now-1>0 updated_at=2>now"},
           {"claimed and sent before",
            {{"claimed_at", time.at(-5)},
             {"first_sent_at", time.at(-1000)},
             {"in_doubt_since", "6"}},
            left + " holder=w9> claimed_at=now-5>- lease_until=now-1>0 updated_at=2>now"},
           {"claimed too often",
            {{"claimed_at", time.at(-5)}, {"attempts", "4"}},
            left + " first_sent_at=->now-5 in_doubt_since=->now-5 holder=w9> claimed_at=now-5>- "
                   "lease_until=now-1>0 updated_at=2>now"},
           {"claimed almost too often", {{"claimed_at", time.at(-5)}, {"attempts", "3"}}, ""},
           {"tried often, in doubt",
            {{"in_doubt_since", "5"}, {"first_sent_at", time.at(-5)}, {"attempts", "9"}},
            ""},
           {"sent", {{"state", "'sent'"}, {"in_doubt_since", "5"}, {"first_sent_at", "1"}}, ""},
           {"a draft",
            {{"state", "'draft'"}, {"in_doubt_since", "5"}, {"first_sent_at", "1"}},
            ""}}) {
    CAPTURE(std::string(each.what));
    Mails world;
    Columns columns = {
        {"state", "'due'"}, {"reason", "'x'"}, {"holder", "'w9'"}, {"lease_until", time.at(-1)}};
    for (const auto& [name, value] : each.columns) columns[name] = value;
    world.mail("a", columns);
    world.mail("b", {{"state", "'due'"}});
    CHECK(world.effect({Statement::mail_expire}, R"({"window_ms":1000,"max_attempts":5})") ==
          (each.after.empty() ? "" : "pos_mails a: " + each.after + "\n"));
    CHECK(rows_of(world.answer) == (each.after.empty() ? "" : "a\n"));
  }
}

TEST_CASE("a mail is settled by who holds it, column by column, and by nobody twice") {
  const Columns before = {{"state", "'due'"},     {"reason", "'x'"},     {"attempts", "2"},
                          {"external_id", "'E'"}, {"holder", "'w1'"},    {"claimed_at", "4"},
                          {"lease_until", "5"},   {"last_sent_at", "6"}, {"next_attempt_at", "7"}};
  const std::string rest = " lease_until=5>0";
  struct Case {
    const char* says;
    Columns more;
    std::string after;
  };
  for (const Case& each : std::vector<Case>{
           {R"("state":"due","attempts":0,"delay_ms":9,"sent":0)",
            {},
            "next_attempt_at=7>now+9 claimed_at=4>- lease_until=5>0 updated_at=2>now"},
           {R"("state":"sent","attempts":1,"delay_ms":0,"sent":1,"external_id":"E9","reason":"r")",
            {},
            "state=due>sent reason=x>r external_id=E>E9 first_sent_at=->4 last_sent_at=6>now "
            "attempts=2>3 next_attempt_at=7>now claimed_at=4>- lease_until=5>0 sent_at=->now "
            "updated_at=2>now"},
           {R"("state":"due","attempts":1,"delay_ms":0,"sent":1,"doubt":"set")",
            {},
            "first_sent_at=->4 last_sent_at=6>now in_doubt_since=->4 attempts=2>3 "
            "next_attempt_at=7>now claimed_at=4>- lease_until=5>0 updated_at=2>now"},
           {R"("state":"due","attempts":1,"delay_ms":0,"sent":1,"doubt":"set")",
            {{"first_sent_at", "8"}, {"in_doubt_since", "9"}},
            "last_sent_at=6>now attempts=2>3 next_attempt_at=7>now claimed_at=4>- lease_until=5>0 "
            "updated_at=2>now"},
           {R"("state":"dead","attempts":0,"delay_ms":0,"sent":0,"doubt":"clear")",
            {{"first_sent_at", "8"}, {"in_doubt_since", "9"}},
            "state=due>dead in_doubt_since=9>- next_attempt_at=7>now claimed_at=4>- "
            "lease_until=5>0 updated_at=2>now"},
           {R"("state":"dead","attempts":0,"delay_ms":0,"sent":0,"doubt":"keep")",
            {{"first_sent_at", "8"}, {"in_doubt_since", "9"}, {"sent_at", "10"}},
            "state=due>dead next_attempt_at=7>now claimed_at=4>- lease_until=5>0 "
            "updated_at=2>now"}}) {
    CAPTURE(std::string(each.says));
    const std::string asked = R"({"id":"a",)" + std::string(each.says) + "}";
    const auto settled = [&](const std::string& token, const Columns& more) {
      Mails world;
      Columns columns = before;
      for (const auto& [name, value] : each.more) columns[name] = value;
      for (const auto& [name, value] : more) columns[name] = value;
      world.mail("a", columns);
      world.mail("b", before);
      const std::string effect =
          world.effect({Statement::mail_settle, Statement::mail_settled}, asked, token);
      return effect + rows_of(world.answer, 1);
    };
    CHECK(settled("w1", {}) == "pos_mails a: " + each.after + "\n1\n");
    CHECK(settled("w2", {}) == "0\n");
    const auto won = [&](const Columns& more) {
      Mails world;
      Columns columns = before;
      for (const auto& [name, value] : more) columns[name] = value;
      world.mail("a", columns);
      world.effect({Statement::mail_settled}, asked);
      return rows_of(world.answer);
    };
    CHECK(won({}) == "0\n");
    CHECK(won({{"holder", "'w2'"}, {"claimed_at", "NULL"}}) == "0\n");
    // It was settled before: of its holder's, all the same.
    CHECK(settled("w1", {{"claimed_at", "NULL"}}) == "1\n");
  }
}

TEST_CASE("a tick asks for mails where one is due by now and in no lease, or a draft is wanted") {
  const auto asks = [](const Columns& mail, const std::string& sql = "SELECT 1") {
    Mails world;
    world.mail("a", mail);
    world.database.execute(sql);
    const std::string due = rows_of(world.database.batch({Statement::repair_due}, {"t", "{}"}));
    return due.substr(0, due.find('\n'));
  };
  const Mails time;
  const std::string no = asks({});
  const Columns due = {
      {"state", "'due'"}, {"next_attempt_at", time.at(0)}, {"lease_until", time.at(0)}};
  const std::string yes = asks(due);
  CHECK(yes != no);
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"state", "'draft'"},
                                                        {"state", "'sent'"},
                                                        {"state", "'dead'"},
                                                        {"next_attempt_at", time.at(1)},
                                                        {"lease_until", time.at(1)}}) {
    Columns columns = due;
    columns[name] = value;
    CHECK(asks(columns) == no);
  }
  const std::string stale = "UPDATE pos_mails SET reason = 'stale'";
  CHECK(asks({}, stale) == yes);
  CHECK(asks({{"state", "'dead'"}}, stale) == no);
}

// ---- a draft ----

TEST_CASE("a draft is written where what it was made from is the same still, and only there") {
  const auto asked = [](const std::string& signature) {
    return R"({"audit_id":"A1","restaurant_id":"r1","id":"m1","number":1,"language":"tr",)"
           R"("recipient":"new","subject":"news","body":"text","months":2,"signature":")" +
           signature +
           R"(","credits":[{"currency":"TRY","orders":1,"refunded":2,"recorded":3,"canceled":4,)"
           R"("listed":5,"stopped":6,"fees":7},{"currency":"EUR","orders":9,"refunded":0,)"
           R"("recorded":0,"canceled":0,"listed":0,"stopped":0,"fees":0}]})";
  };
  const std::vector<Statement> drafting = {Statement::mail_draft_open, Statement::mail_draft_write,
                                           Statement::mail_draft_credit, Statement::mail_draft_told,
                                           Statement::mail_draft_read};
  // 4 repairs, none open, 3 done, 400 in all, the last touched at 9, 3 of them fresh
  const std::string signature = R"(4:0:3:400:9:3:[\"n\",\"e\",\"l\",\"t\"])";
  const auto filled = [](Mails& world) {
    world.repair("p1", {{"updated_at", "9"}});
    world.repair("p2", {{"told_by", "'m1'"}});
    world.repair("p3", {{"state", "'stopped'"}});
    world.repair("p6", {{"told_by", "'m0'"}});
    world.repair("p4", {{"audit_id", "'A2'"}, {"updated_at", "99"}});
    world.repair("p5", {{"restaurant_id", "'r2'"}, {"updated_at", "99"}, {"state", "'due'"}});
    for (const char* names : {"'r1', 'square'", "'r1', 'clover'", "'r2', 'square'"}) {
      world.database.execute(
          "INSERT INTO pos_accounts (restaurant_id, provider, name, email, language, time_zone) "
          "SELECT " +
          std::string(names) +
          ", CASE count(*) WHEN 1 THEN 'n' ELSE 'x' || count(*) END, 'e', 'l', 't' FROM "
          "pos_accounts");
    }
  };
  const std::string credits =
      "+ pos_credits A1 r1 EUR: audit_id=A1 restaurant_id=r1 currency=EUR duplicates=9 refunded=0 "
      "recorded=0 canceled=0 disputed=0 fees=0 months=2 created_at=now\n"
      "+ pos_credits A1 r1 TRY: audit_id=A1 restaurant_id=r1 currency=TRY duplicates=1 refunded=2 "
      "recorded=3 canceled=4 disputed=11 fees=7 months=2 created_at=now\n";
  const std::string draft =
      "+ pos_mails m1: id=m1 audit_id=A1 restaurant_id=r1 language=tr recipient=new subject=news "
      "body=text state=draft reason= approved_by= attempts=0 next_attempt_at=0 holder=w1 "
      "lease_until=0 created_at=now updated_at=now approved_role= seal=\n";
  const std::string told =
      "pos_repairs refund p1 square: told_by=>m1\npos_repairs square refund p3: told_by=>m1\n";
  Mails world;
  filled(world);
  const std::string effect = world.effect(drafting, asked(signature));
  CHECK(effect.find(credits) == 0);
  CHECK(effect.find(draft) != std::string::npos);
  CHECK(effect.size() == credits.size() + draft.size() + told.size());
  CHECK(rows_of(world.answer, 4) == "1\n");
  // Another draft of the same id, and of the same place; its credit keeps its months.
  Mails again;
  filled(again);
  again.mail("m1", {{"holder", "'w0'"}, {"reason", "'stale'"}});
  again.mail("m2", {{"holder", "'w0'"}});
  again.database.execute(
      "INSERT INTO pos_credits VALUES ('A1', 'r1', 'TRY', 21, 22, 23, 24, 25, 26, 27, 28), ('A2', "
      "'r1', 'TRY', 21, 22, 23, 24, 25, 26, 27, 28)");
  std::string second = asked(signature);
  second.replace(second.find(R"("number":1)"), 10, R"("number":2)");
  const std::string renewed = again.effect(drafting, second);
  CHECK(renewed.find("pos_credits A1 r1 TRY: duplicates=21>1 refunded=22>2 recorded=23>3 "
                     "canceled=24>4 disputed=25>11 fees=26>7\n") != std::string::npos);
  CHECK(
      renewed.find("pos_mails m1: language=en>tr recipient=to>new subject=sub>news body=body>text "
                   "reason=stale> holder=w0>w1 updated_at=2>now\n") != std::string::npos);
  CHECK(renewed.find("m2") == std::string::npos);
  CHECK(renewed.find("A2 r1") == std::string::npos);
  again.database.execute("UPDATE pos_credits SET months = 27 WHERE audit_id = 'A1'");
  CHECK(again.effect(drafting, asked(signature)) ==
        "pos_credits A1 r1 EUR: months=27>2\npos_credits A1 r1 TRY: months=27>2\n");
  // Each thing that has changed since, and no neighbour of it.
  for (const auto& [sql, is_written] : std::vector<std::pair<const char*, bool>>{
           {"DELETE FROM pos_repairs WHERE target = 'p2'", false},
           {"UPDATE pos_repairs SET state = 'pending' WHERE target = 'p3'", false},
           {"UPDATE pos_repairs SET state = 'due' WHERE target = 'p3'", false},
           {"UPDATE pos_repairs SET state = 'stopped' WHERE target = 'p2'", false},
           {"UPDATE pos_repairs SET amount = 101 WHERE target = 'p3'", false},
           {"UPDATE pos_repairs SET updated_at = 10 WHERE target = 'p3'", false},
           {"UPDATE pos_repairs SET told_by = 'm0' WHERE target = 'p2'", false},
           {"UPDATE pos_repairs SET told_by = 'm1' WHERE target = 'p6'", false},
           {"UPDATE pos_accounts SET name = '' WHERE restaurant_id = 'r1'", false},
           {"UPDATE pos_accounts SET email = '' WHERE restaurant_id = 'r1'", false},
           {"UPDATE pos_accounts SET language = '' WHERE restaurant_id = 'r1'", false},
           {"UPDATE pos_accounts SET time_zone = '' WHERE restaurant_id = 'r1'", false},
           {"DELETE FROM pos_accounts WHERE restaurant_id = 'r1'", false},
           {"UPDATE pos_repairs SET amount = 7, updated_at = 999 WHERE target IN ('p4', 'p5')",
            true},
           {"UPDATE pos_accounts SET name = '' WHERE restaurant_id = 'r2' OR provider = 'clover'",
            true}}) {
    Mails changed;
    filled(changed);
    changed.database.execute(sql);
    CHECK(changed.effect(drafting, asked(signature)).empty() == !is_written);
    CHECK(rows_of(changed.answer, 4) == (is_written ? "1\n" : ""));
  }
  // What was approved meanwhile, or is another's by now, is nobody's draft.
  for (const char* state : {"due", "sent", "dead"}) {
    Mails approved;
    filled(approved);
    approved.mail("m1", {{"state", "'" + std::string(state) + "'"}, {"holder", "'w0'"}});
    CHECK(approved.effect(drafting, asked(signature)).empty());
    CHECK(rows_of(approved.answer, 4) == "0\n");
    approved.database.execute("UPDATE pos_mails SET holder = 'w1'");
    CHECK(approved.effect(drafting, asked(signature)).empty());
  }
  Mails stale;
  filled(stale);
  stale.mail("m1", {{"holder", "'w1'"}});
  stale.mail("m2", {{"holder", "'w1'"}});  // another draft of the same writer's
  CHECK(stale.effect(drafting, asked("3:0")) == "pos_mails m1: holder=w1>\n");
  CHECK(rows_of(stale.answer, 4) == "0\n");
  for (const Statement statement : {Statement::mail_draft_credit, Statement::mail_draft_told}) {
    CHECK(stale.effect({statement}, asked(signature)).empty());
  }
}

TEST_CASE("a restaurant without an account of its own has a signature, too") {
  Mails world;
  world.repair("p1");
  const std::string asked =
      R"({"audit_id":"A1","restaurant_id":"r1","id":"m1","number":1,"language":"tr",)"
      R"("recipient":"","subject":"s","body":"b","months":1,"credits":[],"signature":)";
  CHECK(
      world.effect({Statement::mail_draft_write}, asked + R"("1:0:1:100:7:1:"})").rfind("+ ", 0) ==
      0);
}

// ---- what drafts are made from ----

TEST_CASE("what is to be told to whom: all that was approved, and that of which no mail has told") {
  Mails world;
  const auto wanting = [&](const std::string& audit = "", const std::string& restaurant = "",
                           const std::string& limit = "9") {
    world.effect({Statement::mail_wanting}, R"({"audit_id":")" + audit + R"(","restaurant_id":")" +
                                                restaurant + R"(","limit":)" + limit + "}");
    return rows_of(world.answer);
  };
  CHECK(wanting().empty());
  // r1 of A1: one of each kind that was never told, and one of each that an earlier mail has told.
  world.repair("p1", {{"amount", "1"}, {"fee", "1"}});
  world.repair("p2",
               {{"amount", "20"}, {"fee", "20"}, {"source_type", "'CASH'"}, {"told_by", "'m1'"}});
  world.repair("p3", {{"amount", "300"}, {"source_type", "'EXTERNAL'"}, {"told_by", "'m0'"}});
  world.repair("o4", {{"action", "'cancel'"}, {"amount", "4000"}});
  world.repair("o5", {{"action", "'cancel'"}, {"amount", "4000"}, {"external_order_id", "'oo4'"}});
  world.repair("p6", {{"state", "'stopped'"}, {"reason", "'disputed: x'"}, {"amount", "50000"}});
  world.repair(
      "p7",
      {{"state", "'stopped'"}, {"reason", "'too_old'"}, {"amount", "600000"}, {"told_by", "'m0'"}});
  world.repair("p8", {{"state", "'stopped'"}, {"reason", "'changed'"}, {"amount", "7000000"}});
  world.repair("o9", {{"action", "'cancel'"},
                      {"state", "'stopped'"},
                      {"reason", "'gone'"},
                      {"amount", "80000000"},
                      {"told_by", "'m0'"}});
  world.repair("pE", {{"currency", "'EUR'"}, {"amount", "5"}, {"fee", "0"}});
  // Neighbours: open ones, ones that are told, other audits.
  world.repair("q1", {{"restaurant_id", "'r2'"}});
  world.repair("q2", {{"restaurant_id", "'r2'"}, {"state", "'due'"}, {"told_by", "'m9'"}});
  world.repair("q3", {{"restaurant_id", "'r3'"}, {"told_by", "'m9'"}});
  world.repair("q4", {{"restaurant_id", "'r4'"}, {"state", "'pending'"}});
  world.repair("q5", {{"audit_id", "'A2'"}});
  world.repair(
      "q7",
      {{"audit_id", "'A3'"}, {"restaurant_id", "'r6'"}, {"state", "'due'"}, {"told_by", "'m9'"}});
  world.mail("m01", {{"restaurant_id", "'r0'"}});
  world.repair("q6", {{"audit_id", "'A0'"}, {"restaurant_id", "'r6'"}, {"told_by", "'m6'"}});
  world.mail("m0", {{"state", "'sent'"}, {"approved_at", "50"}});
  world.mail("m00", {{"state", "'dead'"}, {"approved_at", "40"}});
  world.mail("m1");
  world.mail("m6", {{"audit_id", "'A0'"}, {"restaurant_id", "'r6'"}, {"reason", "'stale'"}});
  world.mail("m7", {{"audit_id", "'A0'"},
                    {"restaurant_id", "'r7'"},
                    {"reason", "'stale'"},
                    {"state", "'dead'"}});
  world.mail("m8", {{"audit_id", "'A0'"}, {"restaurant_id", "'r8'"}});
  const std::string first = wanting();
  const auto line = [&](const std::string& text, int number) {
    std::size_t from = 0;
    for (int i = 0; i < number; ++i) from = text.find('\n', from) + 1;
    return text.substr(from, text.find('\n', from) - from);
  };
  CHECK(std::count(first.begin(), first.end(), '\n') == 3);
  CHECK(line(first, 0) ==
        R"(A0|r6|m6|1|1:0:1:100:7:1:|||||-|-|[{"fresh":0,"currency":"TRY","orders":1,"fees":3,)"
        R"("refunds":1,"refunded":100,"records":0,"recorded":0,"canceled":0,"listed":0,)"
        R"("listed_amount":0,"stopped":0,"stopped_amount":0},{"fresh":1,"currency":"TRY",)"
        R"("orders":1,"fees":3,"refunds":1,"refunded":100,"records":0,"recorded":0,"canceled":0,)"
        R"("listed":0,"listed_amount":0,"stopped":0,"stopped_amount":0}])");
  CHECK(line(first, 1) ==
        R"(A1|r1|m1|3|10:0:6:87658326:7:7:|||||-|-|[)"
        R"({"fresh":0,"currency":"EUR","orders":1,"fees":0,"refunds":1,"refunded":5,)"
        R"("records":0,"recorded":0,"canceled":0,"listed":0,"listed_amount":0,"stopped":0,)"
        R"("stopped_amount":0},)"
        R"({"fresh":0,"currency":"TRY","orders":8,"fees":42,"refunds":1,"refunded":1,)"
        R"("records":2,"recorded":320,"canceled":1,"listed":2,"listed_amount":650000,)"
        R"("stopped":2,"stopped_amount":87000000},)"
        R"({"fresh":1,"currency":"EUR","orders":1,"fees":0,"refunds":1,"refunded":5,)"
        R"("records":0,"recorded":0,"canceled":0,"listed":0,"listed_amount":0,"stopped":0,)"
        R"("stopped_amount":0},)"
        R"({"fresh":1,"currency":"TRY","orders":5,"fees":33,"refunds":1,"refunded":1,)"
        R"("records":1,"recorded":20,"canceled":1,"listed":1,"listed_amount":50000,)"
        R"("stopped":1,"stopped_amount":7000000}])");
  CHECK(line(first, 2).rfind("A2|r1||1|1:0:1:100:7:1:|||||-|-|[", 0) == 0);
  CHECK(wanting("A0", "r6") == line(first, 1) + "\n" + line(first, 2) + "\n");
  CHECK(wanting("A1", "r0") == line(first, 1) + "\n" + line(first, 2) + "\n");
  CHECK(wanting("A1", "r1") == line(first, 2) + "\n");
  CHECK(wanting("A2", "r1") == "");
  CHECK(wanting("", "", "1") == line(first, 0) + "\n");
}

TEST_CASE("the payments that no repair is made of are told of where their group was approved") {
  // Of a group: an order to stay, and a duplicate with a payment that nobody refunds any more.
  const auto plan = [](const std::string& order, const std::string& amount) {
    return R"('{"currency":"TRY","orders":[{"id":"s","role":"survivor","payments":[{"action":)"
           R"("none","reason":"disputed","amount":1}]},{"id":")" +
           order +
           R"(","role":"duplicate","payments":[{"action":"none","reason":"disputed: x",)"
           R"("amount":)" +
           amount + R"(,"fee":7},{"action":"none","reason":"too_old","amount":)" + amount +
           R"(},{"action":"none","reason":"failed","amount":2},{"action":"refund","reason":)"
           R"("disputed","amount":4}]}]}')";
  };
  const auto told = [&](const char* sql) {
    Mails world;
    const auto group = [&](const std::string& audit, const std::string& id,
                           const std::string& location, const std::string& at,
                           const std::string& amount) {
      world.insert("pos_audit_groups",
                   {{"audit_id", "'" + audit + "'"},
                    {"group_id", "'" + id + "'"},
                    {"edition", "1"},
                    {"location_id", "'" + location + "'"},
                    {"restaurant_id", "'x'"},
                    {"confidence", "'certain'"},
                    {"first_at", "1"},
                    {"plan", plan("o" + id, amount)},
                    {"approved_at", at}},
                   {});
    };
    const auto place = [&](const char* audit, const char* location, const char* restaurant,
                           const char* email) {
      world.database.execute(
          "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, name, email, "
          "language, time_zone) VALUES (?1, ?2, ?3, 'n' || ?2, ?4, 'l' || ?2, 't' || ?2)",
          {audit, location, restaurant, email});
    };
    place("A1", "L1", "r1", "");
    place("A1", "L2", "r1", "e2");
    place("A1", "L3", "r1", "e3");
    place("A1", "L4", "r2", "e4");
    place("A2", "L0", "r1", "e0");
    group("A1", "g1", "L1", "60", "10");
    group("A1", "g2", "L3", "50", "200");
    group("A1", "g3", "L1", "NULL", "3000");
    group("A1", "g4", "L4", "60", "40000");
    group("A2", "g5", "L1", "60", "500000");
    group("A2", "g6", "L0", "60", "6000000");
    place("A2", "L2", "r9", "e9");
    // Others of whom something is to be told.
    world.repair("x1", {{"restaurant_id", "'r2'"}, {"group_id", "'g2'"}});
    world.repair("x2", {{"audit_id", "'A2'"}, {"group_id", "'g2'"}});
    world.mail("m4", {{"state", "'dead'"}, {"approved_at", "40"}});
    world.mail("m5", {{"approved_at", "99"}});
    world.repair("p1", {{"amount", "1"}, {"fee", "0"}, {"group_id", "'none'"}});
    world.mail("m0", {{"state", "'sent'"}, {"approved_at", "50"}});
    world.mail("m2", {{"state", "'sent'"}, {"approved_at", "90"}, {"restaurant_id", "'r2'"}});
    world.mail("m3", {{"state", "'sent'"}, {"approved_at", "90"}, {"audit_id", "'A2'"}});
    const auto order = [&](const char* audit, const char* id, const char* at) {
      world.database.execute(
          "INSERT INTO pos_audit_orders (audit_id, location_id, external_order_id, created_at) "
          "VALUES (?1, 'L1', ?2, ?3)",
          {audit, id, at});
    };
    order("A1", "op1", "20");
    order("A1", "og1", "30");
    order("A1", "og2", "10");
    order("A1", "og3", "1");
    order("A2", "op1", "2");
    order("A1", "og4", "99");
    order("A1", "ox1", "5");
    order("A2", "ox2", "600");
    order("A2", "og1", "200");
    world.database.execute(sql);
    world.effect({Statement::mail_wanting}, R"({"audit_id":"","restaurant_id":"","limit":9})");
    const std::string all = rows_of(world.answer);
    const std::size_t other = all.find("A1|r2|");
    CHECK(std::count(all.begin(), all.end(), '\n') == 3);
    return all.substr(0, other);
  };
  const auto figures = [](const std::string& fresh, const std::string& orders,
                          const std::string& fees, const std::string& listed,
                          const std::string& amount) {
    return R"({"fresh":)" + fresh + R"(,"currency":"TRY","orders":)" + orders + R"(,"fees":)" +
           fees + R"(,"refunds":1,"refunded":1,"records":0,"recorded":0,"canceled":0,"listed":)" +
           listed + R"(,"listed_amount":)" + amount + R"(,"stopped":0,"stopped_amount":0})";
  };
  // The second group was told of by the mail that was approved with it.
  CHECK(told("SELECT 1") == "A1|r1|m5|3|1:0:1:1:7:1:|nL2|e2|lL2|tL2|20|30|[" +
                                figures("0", "3", "14", "4", "420") + "," +
                                figures("1", "2", "7", "2", "20") + "]\n");
  CHECK(told("UPDATE pos_mails SET approved_at = 49").find("|10|30|[") != std::string::npos);
  // Where a repair of the same group tells, or has told, the group is told of with it.
  CHECK(told("INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
             "location_id, external_order_id, survivor_order_id, state, told_by) VALUES ('cancel', "
             "'c', 'A1', 'g1', 'r1', 'L1', 'og1', 's', 'done', 'm0')")
            .find("|20|20|[") != std::string::npos);
  CHECK(told("INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
             "location_id, external_order_id, survivor_order_id, state) VALUES ('cancel', 'c', "
             "'A1', 'g2', 'r1', 'L1', 'og2', 's', 'done')")
            .find("|10|30|[") != std::string::npos);
  // One that was told and one that was not: it is told of. Of a group that nobody has approved
  // nothing is.
  CHECK(told("INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
             "location_id, external_order_id, survivor_order_id, state, told_by) VALUES ('cancel', "
             "'c', 'A1', 'g2', 'r1', 'L1', 'op1', 's', 'done', 'm0'), ('cancel', 'd', 'A1', 'g2', "
             "'r1', 'L1', 'op1', 's', 'done', '')")
            .find("|10|30|[") != std::string::npos);
  CHECK(told("INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, "
             "location_id, external_order_id, survivor_order_id, state) VALUES ('refund', 'c', "
             "'A1', 'g3', 'r1', 'L1', 'op1', 's', 'done')")
            .find(R"("listed":4,"listed_amount":420)") != std::string::npos);
  // What the account says of itself goes before what its places say.
  CHECK(told("INSERT INTO pos_accounts (restaurant_id, provider, name, email, language, time_zone) "
             "VALUES ('r1', 'square', 'N', 'E', 'L', 'T'), ('r1', 'clover', 'x', 'x', 'x', 'x'), "
             "('r0', 'square', 'y', 'y', 'y', 'y')")
            .find(R"(1:0:1:1:7:1:["N","E","L","T"]|N|E|L|T|20|30|)") != std::string::npos);
  CHECK(
      told("DELETE FROM pos_audit_places WHERE audit_id = 'A1'").find("1:0:1:1:7:1:|||||20|20|[") !=
      std::string::npos);
  CHECK(told("UPDATE pos_audit_places SET email = ''").find(":|nL1||lL1|tL1|20|30|") !=
        std::string::npos);
}

// ---- what is asked ----

TEST_CASE("mails and credits are listed of one audit, by their names, behind the last page") {
  Mails world;
  world.database.execute(
      "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('A1', 1, 2, 3)");
  world.mail("b", {{"state", "'sent'"},
                   {"reason", "'x'"},
                   {"attempts", "3"},
                   {"approved_by", "'ada'"},
                   {"approved_role", "'approve'"},
                   {"approved_at", "4"},
                   {"first_sent_at", "5"},
                   {"in_doubt_since", "6"},
                   {"sent_at", "7"},
                   {"external_id", "'E'"}});
  world.mail("a");
  world.mail("c", {{"audit_id", "'A2'"}});
  for (const char* values :
       {"'A1', 'r2', 'TRY'", "'A1', 'r1', 'USD'", "'A1', 'r1', 'EUR'", "'A2', 'r1', 'EUR'"}) {
    world.database.execute("INSERT INTO pos_credits VALUES (" + std::string(values) +
                           ", 1, 2, 3, 4, 5, 6, 7, 8)");
  }
  const auto read = [&](Statement statement, const std::string& asked) {
    return rows_of(world.database.batch({statement}, {asked}));
  };
  CHECK(read(Statement::mail_audit, R"({"audit_id":"A1"})") == "1|1795000000000\n");
  CHECK(read(Statement::mail_audit, R"({"audit_id":"A3"})") == "0|1795000000000\n");
  const std::string a = "a|r1|en|to|sub|body|draft||0|||-|-|-|-|-|1|";
  const std::string b = "b|r1|en|to|sub|body|sent|x|3|ada|approve|4|5|6|7|E|1|";
  CHECK(read(Statement::mail_list, R"({"audit_id":"A1","after":""})") == a + "2\n" + b + "2\n");
  CHECK(read(Statement::mail_list, R"({"audit_id":"A1","after":"a"})") == b + "1\n");
  CHECK(read(Statement::mail_credits, R"({"audit_id":"A1"})") ==
        "r1|EUR|1|2|3|4|5|6|7|8\nr1|USD|1|2|3|4|5|6|7|8\nr2|TRY|1|2|3|4|5|6|7|8\n");
  world.database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1003) INSERT INTO "
      "pos_mails (id, audit_id, restaurant_id, language, subject, body) SELECT 'n' || i, 'A3', "
      "'r', 'en', '', '' FROM n");
  const std::string many = read(Statement::mail_list, R"({"audit_id":"A3","after":""})");
  CHECK(std::count(many.begin(), many.end(), '\n') == 1000);
}

TEST_CASE("a page of mails is a megabyte, and counts each text that it carries") {
  const std::string xs = "replace(hex(zeroblob(1000)), '00', 'x')";
  for (const int more : {0, 1}) {
    Mails world;
    world.mail(
        "a" + std::string(99, 'x'),
        {{"restaurant_id", xs},
         {"language", xs},
         {"recipient", xs},
         {"subject", xs},
         {"reason", xs},
         {"approved_by", xs},
         {"approved_role", xs},
         {"external_id", xs},
         {"body", "replace(hex(zeroblob(" + std::to_string(1'048'576 - 8 * 1000 - 100 - 1 + more) +
                      ")), '00', 'x')"}});
    world.mail("b");
    const std::string text =
        rows_of(world.database.batch({Statement::mail_list}, {R"({"audit_id":"A1","after":""})"}));
    CHECK(std::count(text.begin(), text.end(), '\n') == 2 - more);
    CHECK(text.find("|2\n") != std::string::npos);
  }
}

TEST_CASE("what is approved is the draft that was read, letter by letter, and no other mail") {
  const std::string asked =
      R"({"audit_id":"A1","actor":"ada","role":"approve","approved_at":9,"mails":[)"
      R"({"id":"b","recipient":"to","subject":"sub","body":"body","request":"q","seal":"S"},)"
      R"({"id":"a","recipient":"to","subject":"sub","body":"body","request":"q2","seal":"S2"}]})";
  Mails world;
  world.mail("a", {{"holder", "'w0'"}, {"next_attempt_at", "5"}});
  world.mail("b");
  world.mail("c");
  world.effect({Statement::mail_to_seal}, asked);
  CHECK(rows_of(world.answer) ==
        R"(b|["pos_mails","b","A1","r1","en","to","sub","body","q","ada","approve",9])"
        "\n"
        R"(a|["pos_mails","a","A1","r1","en","to","sub","body","q2","ada","approve",9])"
        "\n");
  CHECK(world.effect({Statement::mail_approve, Statement::mail_approved}, asked) ==
        "pos_mails a: state=draft>due request=->q2 approved_at=->9 approved_by=>ada "
        "next_attempt_at=5>0 holder=w0> updated_at=2>now approved_role=>approve seal=>S2\n"
        "pos_mails b: state=draft>due request=->q approved_at=->9 approved_by=>ada "
        "updated_at=2>now approved_role=>approve seal=>S\n");
  CHECK(rows_of(world.answer, 1) == "a|r1|due\nb|r1|due\n");
  for (const Columns& columns : std::vector<Columns>{{{"audit_id", "'A2'"}},
                                                     {{"state", "'due'"}},
                                                     {{"state", "'sent'"}},
                                                     {{"reason", "'stale'"}},
                                                     {{"recipient", "''"}},
                                                     {{"recipient", "'other'"}},
                                                     {{"subject", "'other'"}},
                                                     {{"body", "'other'"}}}) {
    Mails changed;
    changed.mail("a", columns);
    CHECK(changed.effect({Statement::mail_approve}, asked).empty());
    changed.effect({Statement::mail_to_seal}, asked);
    CHECK(rows_of(changed.answer).empty());
  }
  Mails nobody;
  nobody.mail("a", {{"recipient", "''"}});
  const std::string to_nobody =
      R"({"audit_id":"A1","mails":[{"id":"a","recipient":"","subject":"sub","body":"body",)"
      R"("request":"q","seal":"S"}]})";
  CHECK(nobody.effect({Statement::mail_approve}, to_nobody).empty());
}

TEST_CASE("a profile changes in its own account, and makes that restaurant's drafts stale") {
  Mails world;
  const Columns profile = {{"name", "'n'"},
                           {"email", "'e'"},
                           {"language", "'l'"},
                           {"time_zone", "'t'"},
                           {"updated_at", "2"}};
  for (const char* names : {"r1 square", "r2 square", "r1 clover"}) {
    Columns columns = profile;
    columns["restaurant_id"] = "'" + std::string(names).substr(0, 2) + "'";
    columns["provider"] = "'" + std::string(names).substr(3) + "'";
    world.insert("pos_accounts", columns, {});
  }
  world.mail("a");
  world.mail("b", {{"state", "'due'"}});
  world.mail("c", {{"restaurant_id", "'r2'"}});
  world.mail("d", {{"restaurant_id", "'r9'"}});
  const std::vector<Statement> writing = {Statement::mail_profile, Statement::mail_profile_drafts,
                                          Statement::mail_profile_read};
  CHECK(world.effect(writing, R"({"restaurant_id":"r1","name":"N","email":"E","language":"L",)"
                              R"("time_zone":"T"})") ==
        "pos_accounts r1 square: name=n>N email=e>E language=l>L time_zone=t>T updated_at=2>now\n"
        "pos_mails a: reason=>the profile has changed: the next tick writes it anew "
        "updated_at=2>now\n");
  CHECK(rows_of(world.answer, 2) == "r1|square|-|active|0|||0|0|0|0|0|-|0|-|-|0||-|N|E|L|T\n");
  world.database.now_ms += 5;
  CHECK(world.effect({Statement::mail_profile}, R"({"restaurant_id":"r1","email":""})") ==
        "pos_accounts r1 square: email=E> updated_at=now-5>now\n");
  CHECK(world.effect(writing, R"({"restaurant_id":"r9","email":"x"})").empty());
}

}  // namespace mail_rows_test

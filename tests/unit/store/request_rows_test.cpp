// What the routes write and read, statement by statement: the whole effect of each, and each single
// reason for which it must have none.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/changes.hpp"
#include "harness/database.hpp"

namespace request_rows_test {

using changes::rows_of;
using pos::store::Statement;
using world::Database;

namespace {

const std::string operator_asks =
    R"({"order_id":"A1","provider":"square","revision":2,"row_id":7,"status":"dead",)"
    R"("event":"ev","to_status":"pending","actor":"ada","detail":"{\"why\":1}",)"
    R"("undoubted":0,"beside_abandoned":0,"restaurant_id":"r1","fingerprint":"F",)"
    R"("last_error":"words","external_order_id":"O9","external_payment_id":"P9","line_id":3})";
/// An enqueue of A1's third revision.
const std::string producer_asks =
    R"({"order_id":"A1","provider":"square","revision":3,"restaurant_id":"r9","payload":"{9}",)"
    R"("fingerprint":"F9","request":"{8}","actor":"http","event":"enqueued","detail":"{7}"})";

const std::vector<Statement> enqueueing = {Statement::enqueue_line, Statement::enqueue_row,
                                           Statement::enqueue_ledger, Statement::operator_read};
const std::vector<Statement> replaying = {Statement::operator_line, Statement::replay_ledger,
                                          Statement::replay_row, Statement::operator_read};
const std::vector<Statement> canceling = {Statement::operator_line, Statement::cancel_row,
                                          Statement::operator_read};
const std::vector<Statement> asking_to_cancel = {Statement::operator_line, Statement::cancel_ledger,
                                                 Statement::cancel_due, Statement::operator_read};
const std::vector<Statement> marking_done = {Statement::done_line, Statement::done_ledger,
                                             Statement::done_row, Statement::operator_read};
const std::vector<Statement> undoing = {Statement::operator_line, Statement::undo_ledger,
                                        Statement::undo_row, Statement::operator_read};

/// A1's second revision is dead in row 7; its neighbours differ from it in one thing each, and none
/// of them may be touched.
struct Desk : changes::Tables {
  Desk() {
    const auto row = [&](const char* values) {
      database.execute(
          "INSERT INTO pos_sync_queue (id, order_id, provider, revision, restaurant_id, payload, "
          "status, attempts, next_attempt_at, last_error, external_order_id, external_payment_id, "
          "created_at, updated_at) VALUES (" +
          std::string(values) + ", '{}', 'dead', 4, 44, 'e', 'O', 'P', '2026-11-01 00:00:00', " +
          "'2026-11-02 00:00:00')");
    };
    row("5, 'A1', 'square', 1, 'r1'");
    row("6, 'A1', 'clover', 2, 'r1'");
    row("7, 'A1', 'square', 2, 'r1'");
    row("8, 'A2', 'square', 2, 'r1'");
    row("9, 'A1', 'square', 1, 'r2'");
    const auto known = [&](const char* values) {
      database.execute(
          "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
          "request, first_sent_at, last_sent_at, look_because, absent_at) VALUES (" +
          std::string(values) + ", 'r0', 'f', '{}', 11, 12, 'cancel', 13)");
    };
    known("'A1', 'square', 1");
    known("'A1', 'clover', 2");
    known("'A1', 'square', 2");
    known("'A2', 'square', 2");
    const auto line = [&](const char* values) {
      database.execute(
          "INSERT INTO pos_sync_audit (id, order_id, provider, revision, token, event, at, actor, "
          "detail) VALUES (" +
          std::string(values) + ", 1, 'x', '{}')");
    };
    line("1, 'A1', 'square', 1, 'op', 'ev'");
    line("2, 'A1', 'clover', 2, 'op', 'ev'");
    line("3, 'A1', 'square', 2, 'other', 'ev'");
    line("4, 'A2', 'square', 2, 'op', 'ev'");
    line("5, 'A1', 'square', 2, 'op', 'another'");
    // Each of these neighbours has gone on since.
    line("6, 'A1', 'square', 1, 'op', 'later'");
    line("7, 'A1', 'clover', 2, 'op', 'later'");
    line("8, 'A2', 'square', 2, 'op', 'later'");
  }

  /// What a batch changes.
  std::string effect(const std::vector<Statement>& statements, const std::string& asked) {
    return changed_by(statements, {"op", asked});
  }
};

std::string with(const std::string& asked, const std::string& from, const std::string& to) {
  const std::size_t at = asked.find(from);
  REQUIRE(at != std::string::npos);
  return std::string(asked).replace(at, from.size(), to);
}

const std::string row_7 = "pos_sync_queue 7: ";
const std::string touched = " updated_at=2026-11-02 00:00:00>stamp";

std::string line_with(const std::string& detail) {
  return "+ pos_sync_audit 9: id=9 order_id=A1 provider=square revision=2 at=now actor=ada "
         "event=ev from_status=dead to_status=pending token=op detail=" +
         detail + "\n";
}
const std::string line_written = line_with(R"({"why":1})");

}  // namespace

// ---- operators ----

TEST_CASE("a replay makes its row due at once and forgets the wish to cancel, and nothing else") {
  Desk desk;
  CHECK(desk.effect(replaying, operator_asks) ==
        line_written + "pos_sync_ledger A1 square 2: look_because=cancel>\n" + row_7 +
            "status=dead>pending attempts=4>0 last_error=e>-" + touched +
            " next_attempt_at=44>now\n");
  CHECK(desk.answer == "[[],[],[],[[1]]]");
  // What else it is looked for stays.
  Desk looked_for;
  looked_for.database.execute("UPDATE pos_sync_ledger SET look_because = 'conflict'");
  CHECK(looked_for.effect({Statement::operator_line, Statement::replay_ledger}, operator_asks) ==
        line_written);
}

TEST_CASE("a cancel ends its row with the words that it was given, and touches no other") {
  Desk desk;
  CHECK(desk.effect(canceling, with(operator_asks, R"("status":"dead")", R"("status":"dead")")) ==
        line_written + row_7 + "last_error=e>words" + touched + "\n");
  Desk due;
  due.database.execute("UPDATE pos_sync_queue SET status = 'failed' WHERE id = 7");
  CHECK(due.effect({Statement::operator_line}, operator_asks).empty());
  CHECK(due.effect(canceling, with(operator_asks, R"("status":"dead")", R"("status":"failed")"))
            .find(row_7 + "status=failed>dead last_error=e>words") != std::string::npos);
}

TEST_CASE("a wish to cancel is kept by the ledger, and its row is due") {
  const std::string due =
      row_7 + "status=dead>failed last_error=e>words" + touched + " next_attempt_at=44>now\n";
  Desk desk;
  desk.database.execute("UPDATE pos_sync_ledger SET look_because = 'conflict'");
  CHECK(desk.effect(asking_to_cancel, operator_asks) ==
        line_written +
            "pos_sync_ledger A1 square 2: look_because=conflict>cancel absent_at=13>-\n" + due);
  Desk unknown;
  unknown.database.execute(
      "DELETE FROM pos_sync_ledger WHERE revision = 2 AND provider = 'square'");
  CHECK(unknown.effect(asking_to_cancel, operator_asks) ==
        line_written +
            "+ pos_sync_ledger A1 square 2: order_id=A1 provider=square revision=2 "
            "restaurant_id=r1 look_because=cancel total_differs=0 refusals=0\n" +
            due);
  Desk booked;
  booked.database.execute("UPDATE pos_sync_ledger SET booked_at = 1");
  CHECK(booked.effect(asking_to_cancel, operator_asks) == line_written + due);
}

TEST_CASE("a mark books the ledger's line and its row, and notes all that stood there before") {
  const std::string row_before =
      R"("before":{"row":{"status":"dead","attempts":4,"next_attempt_at":44,"last_error":"e",)"
      R"("external_order_id":"O","external_payment_id":"P"},"ledger":)";
  const std::string row_after =
      row_7 + "status=dead>success last_error=e>-" + touched + " external_order_id=O>O9";
  Desk desk;
  desk.database.execute(
      "UPDATE pos_sync_ledger SET in_doubt_since = revision, external_order_id = order_id || "
      "provider, external_payment_id = 'p' || revision");
  CHECK(desk.effect(marking_done, operator_asks) ==
        line_with(R"({"why":1,)" + row_before +
                  R"({"fingerprint":"f","in_doubt_since":2,"look_because":"cancel",)"
                  R"("absent_at":13,"external_order_id":"A1square",)"
                  R"("external_payment_id":"p2"}}})") +
            "pos_sync_ledger A1 square 2: in_doubt_since=2>- look_because=cancel> absent_at=13>- "
            "booked_at=->now external_order_id=A1square>O9 external_payment_id=p2>P9\n" +
            row_after + " external_payment_id=P>P9\n");
  // Of whom nothing is known, and of whom the payment is not said.
  const std::string no_payment = with(operator_asks, R"("external_payment_id":"P9",)", "");
  Desk unknown;
  unknown.database.execute(
      "DELETE FROM pos_sync_ledger WHERE revision = 2 AND provider = 'square'");
  CHECK(unknown.effect(marking_done, no_payment) ==
        line_with(R"({"why":1,)" + row_before + "null}}") +
            "+ pos_sync_ledger A1 square 2: order_id=A1 provider=square revision=2 "
            "restaurant_id=r1 fingerprint=F look_because= booked_at=now external_order_id=O9 "
            "total_differs=0 refusals=0\n" +
            row_after + "\n");
  Desk paid;
  paid.database.execute("UPDATE pos_sync_ledger SET external_payment_id = 'p', fingerprint = NULL");
  CHECK(paid.effect({Statement::operator_line, Statement::done_ledger}, no_payment) ==
        line_written +
            "pos_sync_ledger A1 square 2: fingerprint=->F look_because=cancel> absent_at=13>- "
            "booked_at=->now external_order_id=->O9\n");
  Desk booked;
  booked.database.execute("UPDATE pos_sync_ledger SET booked_at = 1");
  CHECK(booked.effect({Statement::operator_line, Statement::done_ledger}, operator_asks) ==
        line_written);
}

TEST_CASE("a mark that is undone leaves each column as it stood before") {
  for (const char* known :
       {"UPDATE pos_sync_ledger SET in_doubt_since = revision, external_order_id = order_id || "
        "provider || revision, external_payment_id = 'p' || order_id || provider || revision, "
        "fingerprint = 'f' || order_id || provider || revision, look_because = 'attempts'",
        "UPDATE pos_sync_ledger SET fingerprint = NULL, look_because = '', absent_at = NULL WHERE "
        "order_id = 'A1' AND provider = 'square' AND revision = 2"}) {
    Desk desk;
    desk.database.execute(known);
    const changes::Rows before = changes::snapshot(desk.database);
    desk.effect(marking_done, operator_asks);
    // The same line of another mark says something else.
    desk.database.execute(
        "UPDATE pos_sync_audit SET detail = json_set(detail, '$.before', "
        "json('{\"row\":{\"status\":\"none\",\"attempts\":77}}')) WHERE id < 9");
    // Whatever has become of the row since.
    desk.database.execute(
        "UPDATE pos_sync_queue SET attempts = 98, next_attempt_at = 99 WHERE id = 7");
    std::string undo = with(operator_asks, R"("status":"dead")", R"("status":"success")");
    undo = with(with(undo, R"("event":"ev")", R"("event":"undone")"), R"("line_id":3)",
                R"("line_id":9)");
    const changes::Rows marked = changes::snapshot(desk.database);
    desk.database.batch(undoing, {"op", undo});
    const std::string left = changes::between(before, changes::snapshot(desk.database));
    CHECK(left.find("pos_sync_ledger") == std::string::npos);
    CHECK(left.find(row_7 + "updated_at=2026-11-02 00:00:00>stamp\n") != std::string::npos);
    CHECK(changes::between(marked, changes::snapshot(desk.database)).find("id=10 order_id=A1") !=
          std::string::npos);
  }
  Desk unknown;
  unknown.database.execute(
      "DELETE FROM pos_sync_ledger WHERE revision = 2 AND provider = 'square'");
  unknown.effect(marking_done, operator_asks);
  std::string undo = with(operator_asks, R"("status":"dead")", R"("status":"success")");
  undo = with(with(undo, R"("event":"ev")", R"("event":"undone")"), R"("line_id":3)",
              R"("line_id":9)");
  CHECK(unknown.effect({Statement::operator_line, Statement::undo_ledger}, undo)
            .find("pos_sync_ledger A1 square 2: fingerprint=F>- booked_at=now>- "
                  "external_order_id=O9>- external_payment_id=P9>-\n") != std::string::npos);
}

TEST_CASE("an operator's change is not made where one thing is not as it was seen") {
  struct Case {
    std::string what;
    std::string sql;  // done before
    const char* from;
    const char* to;  // what is asked otherwise
    bool is_written;
  };
  const std::string claim =
      "INSERT INTO pos_sync_claims (claim_key, holder, lease_until, settled_at) VALUES ";
  const std::string held_claim = claim + "('pos-sync:A1:square', 'w', 1795000000001, NULL)";
  const std::string left_claim = claim + "('pos-sync:A1:square', 'w', 1795000000000, NULL)";
  const std::string free_claim = claim + "('pos-sync:A1:square', 'w', 1795000000001, 1)";
  const std::string others_claims = claim +
                                    "('pos-sync:A2:square', 'w', 1795000000001, NULL), "
                                    "('pos-sync:A1:clover', 'w', 1795000000001, NULL)";
  const char* undoubted = R"("undoubted":1)";
  for (const Case& each : std::vector<Case>{
           {"as it was seen", "SELECT 1", "", "", true},
           {"no such row", "SELECT 1", R"("row_id":7)", R"("row_id":70)", false},
           {"a row of another order", "SELECT 1", R"("order_id":"A1")", R"("order_id":"A3")",
            false},
           {"in another state", "SELECT 1", R"("status":"dead")", R"("status":"failed")", false},
           {"held", held_claim, "", "", false},
           {"left by its worker", left_claim, "", "", false},
           {"settled", free_claim, "", "", true},
           {"others are held", others_claims, "", "", true},
           {"a wish beside one that is left", left_claim, R"("beside_abandoned":0)",
            R"("beside_abandoned":1)", true},
           {"a wish beside one that is held", held_claim, R"("beside_abandoned":0)",
            R"("beside_abandoned":1)", false},
           {"another row of it is active",
            "UPDATE pos_sync_queue SET status = 'pending' WHERE id = 5", "", "", false},
           {"another row of it is failed",
            "UPDATE pos_sync_queue SET status = 'failed' WHERE id = 9", "", "", false},
           {"rows of others are active",
            "UPDATE pos_sync_queue SET status = 'pending' WHERE id IN (6, 8)", "", "", true},
           {"it is active itself", "UPDATE pos_sync_queue SET status = 'failed' WHERE id = 7",
            R"("status":"dead")", R"("status":"failed")", true},
           {"in no doubt", "SELECT 1", R"("undoubted":0)", undoubted, true},
           {"in doubt", "UPDATE pos_sync_ledger SET in_doubt_since = 1", R"("undoubted":0)",
            undoubted, false},
           {"it stands at Square", "UPDATE pos_sync_ledger SET external_order_id = 'O'",
            R"("undoubted":0)", undoubted, false},
           {"booked", "UPDATE pos_sync_ledger SET booked_at = 1", R"("undoubted":0)", undoubted,
            false},
           {"in doubt, which is no matter", "UPDATE pos_sync_ledger SET in_doubt_since = 1", "", "",
            true},
           {"others are in doubt",
            "UPDATE pos_sync_ledger SET in_doubt_since = 1 WHERE order_id = 'A2' OR revision = 1 "
            "OR provider = 'clover'",
            R"("undoubted":0)", undoubted, true}}) {
    CAPTURE(each.what);
    for (const auto* statements : {&replaying, &canceling, &asking_to_cancel, &marking_done}) {
      Desk desk;
      desk.database.execute(each.sql);
      const std::string asked = with(operator_asks, each.from, each.to);
      const std::string effect = desk.effect(*statements, asked);
      CHECK((effect.find("+ pos_sync_audit 9") != std::string::npos) == each.is_written);
      CHECK((effect.find("pos_sync_queue 7") != std::string::npos) == each.is_written);
      CHECK(effect.empty() == !each.is_written);
      CHECK(rows_of(desk.answer, statements->size() - 1) == (each.is_written ? "1\n" : "0\n"));
    }
  }
}

TEST_CASE("a batch that runs once more, later, undoes nothing that has happened since") {
  struct Case {
    const char* since;  // identity of a line that came later
    bool is_done;
  };
  for (const Case& each : std::vector<Case>{{"'A2', 'square', 2", true},
                                            {"'A1', 'clover', 2", true},
                                            {"'A1', 'square', 1", true},
                                            {"'A1', 'square', 2", false}}) {
    CAPTURE(each.since);
    Desk desk;
    desk.effect({Statement::operator_line}, operator_asks);
    desk.database.execute(
        "INSERT INTO pos_sync_audit (order_id, provider, revision, token, event, actor) VALUES (" +
        std::string(each.since) + ", 't9', 'settled', 'tick')");
    for (const Statement statement :
         {Statement::replay_ledger, Statement::replay_row, Statement::cancel_ledger}) {
      CHECK(desk.effect({statement}, operator_asks).empty() == !each.is_done);
    }
    // The line itself is not written twice.
    desk.database.execute("UPDATE pos_sync_queue SET status = 'dead'");
    CHECK(desk.effect({Statement::operator_line, Statement::operator_read}, operator_asks).empty());
    CHECK(rows_of(desk.answer, 1) == "1\n");
  }
  // No line, no change.
  Desk desk;
  for (const Statement statement :
       {Statement::replay_ledger, Statement::replay_row, Statement::cancel_ledger,
        Statement::cancel_due, Statement::cancel_row, Statement::done_ledger, Statement::done_row,
        Statement::undo_ledger, Statement::undo_row}) {
    CHECK(desk.effect({statement}, operator_asks).empty());
  }
  desk.effect({Statement::operator_read}, operator_asks);
  CHECK(rows_of(desk.answer) == "0\n");
}

TEST_CASE("a mark is undone only in the row in which it stands, in the state that was seen") {
  Desk desk;
  desk.effect(marking_done, operator_asks);
  CHECK(desk.effect({Statement::cancel_row}, operator_asks).empty());  // it is dead no longer
  const std::string success = with(operator_asks, R"("status":"dead")", R"("status":"success")");
  CHECK(desk.effect({Statement::cancel_row}, with(success, R"("row_id":7)", R"("row_id":8)"))
            .empty());
  CHECK(desk.effect({Statement::cancel_row}, success) ==
        row_7 + "status=success>dead last_error=->words\n");
}

TEST_CASE("the mark that may be undone is the latest of that revision, unless it was undone") {
  Desk desk;
  const auto line = [&](const char* identity, const char* event, const char* status) {
    desk.database.execute(
        "INSERT INTO pos_sync_audit (order_id, provider, revision, token, event, actor, detail) "
        "SELECT " +
        std::string(identity) + ", 't' || count(*), '" + event +
        "', 'ada', json_object('external_order_id', 'as' || count(*), 'before', "
        "json_object('row', json_object('status', '" +
        status + "'))) FROM pos_sync_audit");
  };
  const auto look = [&] {
    desk.effect({Statement::undo_look}, R"({"order_id":"A1","provider":"square","revision":2})");
    return rows_of(desk.answer);
  };
  CHECK(look().empty());
  for (const char* other : {"'A2', 'square', 2", "'A1', 'clover', 2", "'A1', 'square', 1"}) {
    line(other, "marked_done", "dead");
  }
  CHECK(look().empty());
  line("'A1', 'square', 2", "marked_done", "failed");
  CHECK(look() == "12|failed|as11|0\n");
  for (const char* other : {"'A2', 'square', 2", "'A1', 'clover', 2", "'A1', 'square', 1"}) {
    line(other, "mark_undone", "dead");
  }
  line("'A1', 'square', 2", "replayed", "dead");
  CHECK(look() == "12|failed|as11|0\n");
  line("'A1', 'square', 2", "mark_undone", "dead");
  CHECK(look() == "12|failed|as11|1\n");
  line("'A1', 'square', 2", "marked_done", "dead");
  CHECK(look() == "18|dead|as17|0\n");
}

// ---- enqueueing ----

TEST_CASE(
    "an order that is enqueued is written into the queue and frozen, under its own revision") {
  const std::string line =
      "+ pos_sync_audit 9: id=9 order_id=A1 provider=square revision=3 at=now actor=http "
      "event=enqueued to_status=pending token=op detail={7}\n";
  const std::string row =
      "+ pos_sync_queue 10: id=10 order_id=A1 provider=square payload={9} status=pending "
      "attempts=0 created_at=stamp updated_at=stamp restaurant_id=r9 revision=3 "
      "next_attempt_at=0\n";
  Desk desk;
  CHECK(desk.effect(enqueueing, producer_asks) ==
        line +
            "+ pos_sync_ledger A1 square 3: order_id=A1 provider=square revision=3 "
            "restaurant_id=r9 fingerprint=F9 request={8} look_because= total_differs=0 "
            "refusals=0\n" +
            row);
  CHECK(desk.answer == "[[],[],[],[[1]]]");
  // The same batch, once more.
  CHECK(desk.effect(enqueueing, producer_asks).empty());
  CHECK(desk.answer == "[[],[],[],[[1]]]");
  desk.database.execute("UPDATE pos_sync_queue SET status = 'dead' WHERE id = 10");
  CHECK(desk.effect(enqueueing, producer_asks).empty());
  // Nobody has said yet where it is to be booked.
  Desk unfrozen;
  CHECK(unfrozen.effect(enqueueing, with(producer_asks, R"("request":"{8}",)", "")) == line + row);
  // What the ledger knows of it, but for its content.
  Desk known;
  known.database.execute(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, refusals) VALUES ('A1', "
      "'square', 3, 2)");
  CHECK(known.effect(enqueueing, producer_asks) ==
        line + "pos_sync_ledger A1 square 3: restaurant_id=>r9 fingerprint=->F9 request=->{8}\n" +
            row);
}

TEST_CASE("nothing is enqueued beside what is active, is known, or is not at rest") {
  const std::string known =
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, request, booked_at, "
      "in_doubt_since, external_order_id) VALUES ";
  struct Case {
    const char* what;
    std::string sql;
    bool is_written;
  };
  for (const Case& each : std::vector<Case>{
           {"an active row of it", "UPDATE pos_sync_queue SET status = 'failed' WHERE id = 5",
            false},
           {"active rows of others",
            "UPDATE pos_sync_queue SET status = 'failed' WHERE id IN (6, 8)", true},
           {"frozen", known + "('A1', 'square', 3, '{}', NULL, NULL, NULL)", false},
           {"booked", known + "('A1', 'square', 3, NULL, 1, NULL, NULL)", false},
           {"in doubt", known + "('A1', 'square', 3, NULL, NULL, 1, NULL)", false},
           {"known by its id alone", known + "('A1', 'square', 3, NULL, NULL, NULL, 'O')", true},
           {"a later one is known", known + "('A1', 'square', 4, NULL, NULL, NULL, NULL)", false},
           {"later ones of others",
            known + "('A2', 'square', 4, '{}', NULL, NULL, NULL), ('A1', 'clover', 4, '{}', NULL, "
                    "NULL, NULL)",
            true},
           {"an earlier one in doubt",
            "UPDATE pos_sync_ledger SET in_doubt_since = 1 WHERE revision = 1", false},
           {"an earlier one that stands, unbooked",
            "UPDATE pos_sync_ledger SET external_order_id = 'O' WHERE revision = 1", false},
           {"an earlier one that stands, booked",
            "UPDATE pos_sync_ledger SET external_order_id = 'O', booked_at = 1 WHERE revision = 1",
            true},
           {"others' earlier ones",
            "UPDATE pos_sync_ledger SET external_order_id = 'O', in_doubt_since = 1 WHERE order_id "
            "= 'A2' OR provider = 'clover'",
            true}}) {
    CAPTURE(each.what);
    Desk desk;
    desk.database.execute(each.sql);
    const std::string effect = desk.effect(enqueueing, producer_asks);
    CHECK(effect.empty() == !each.is_written);
    CHECK((effect.find("+ pos_sync_queue 10") != std::string::npos) == each.is_written);
    CHECK(rows_of(desk.answer, 3) == (each.is_written ? "1\n" : "0\n"));
  }
}

TEST_CASE("a row and its frozen bytes are written only behind the request's own line") {
  for (const Statement statement : {Statement::enqueue_row, Statement::enqueue_ledger}) {
    Desk desk;
    // Lines that differ in one thing each.
    for (const char* line :
         {"'A2', 'square', 3, 'op', 'enqueued'",
          "'A1', 'clover', 3, 'op', "
          "'enqueued'",
          "'A1', 'square', 2, 'op', 'enqueued'", "'A1', 'square', 3, 'o', 'enqueued'",
          "'A1', 'square', 3, 'op', 'e'"}) {
      desk.database.execute(
          "INSERT INTO pos_sync_audit (order_id, provider, revision, token, event, actor) VALUES "
          "(" +
          std::string(line) + ", 'http')");
    }
    CHECK(desk.effect({statement}, producer_asks).empty());
  }
  // The line is there; what came in between stands.
  const auto after = [](const std::string& sql) {
    Desk desk;
    desk.effect({Statement::enqueue_line}, producer_asks);
    desk.database.execute(sql);
    return desk.effect({Statement::enqueue_row, Statement::enqueue_ledger}, producer_asks);
  };
  const std::string known =
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, request, booked_at, "
      "in_doubt_since) VALUES ";
  CHECK(after(known + "('A1', 'square', 3, '{}', NULL, NULL)").empty());
  CHECK(after(known + "('A1', 'square', 3, NULL, 1, NULL)").empty());
  CHECK(after(known + "('A1', 'square', 3, NULL, NULL, 1)").rfind("+ pos_sync_queue 10", 0) == 0);
  for (const char* other : {"('A2', 'square', 3, '{}', 1, NULL)",
                            "('A1', 'clover', 3, '{}', 1, "
                            "NULL)",
                            "('A1', 'square', 4, '{}', 1, NULL)"}) {
    const std::string effect = after(known + other);
    CHECK(effect.find("+ pos_sync_queue 10") != std::string::npos);
    CHECK(effect.find("+ pos_sync_ledger A1 square 3") != std::string::npos);
  }
  const std::string beside =
      after("INSERT INTO pos_sync_queue (order_id, payload, revision) VALUES ('A1', '{}', 3)");
  CHECK(beside.find("pos_sync_queue") == std::string::npos);
  CHECK(beside.find("+ pos_sync_ledger A1 square 3") != std::string::npos);
  CHECK(after("INSERT INTO pos_sync_audit (order_id, provider, revision, token, event, actor) "
              "VALUES ('A1', 'square', 3, 't', 'e', 'tick')")
            .find("+ pos_sync_queue 10") == std::string::npos);
}

// ---- what is known of an order ----

TEST_CASE("what a route knows of an order is that order's own, in each of its columns") {
  Database database;
  // The order that is asked for is A1's fifth revision; what stands beside it is not.
  for (const char* sql :
       {"INSERT INTO pos_sync_queue (id, order_id, provider, revision, restaurant_id, payload, "
        "status, last_error) VALUES (1, 'A1', 'square', 4, 'r4', '{4}', 'failed', 'e4'), "
        "(2, 'A1', 'square', 5, 'r5', '{5}', 'dead', 'e5'), "
        "(3, 'A1', 'square', 5, 'r3', '{3}', 'success', 'e3'), "
        "(4, 'A1', 'square', 2, 'r2', '{2}', 'dead', 'e2'), "
        "(5, 'A1', 'clover', 8, 'c', '{c}', 'pending', 'c'), "
        "(6, 'A2', 'square', 8, 'a', '{a}', 'pending', 'a'), "
        "(7, 'A1', 'clover', 5, 'c', '{c}', 'dead', 'c'), "
        "(8, 'A2', 'square', 5, 'a', '{a}', 'dead', 'a')",
        "INSERT INTO pos_sync_ledger (order_id, provider, revision, booked_at, in_doubt_since, "
        "external_order_id) VALUES ('A1', 'square', 1, 1, 1, 'o'), ('A1', 'square', 2, NULL, NULL, "
        "NULL), ('A1', 'square', 3, NULL, NULL, 'o'), ('A1', 'square', 4, NULL, 1, NULL), "
        "('A1', 'square', 6, NULL, 1, NULL), ('A1', 'clover', 1, NULL, 1, NULL), "
        "('A2', 'square', 1, NULL, 1, NULL), ('A1', 'clover', 9, NULL, 1, NULL), "
        "('A2', 'square', 9, NULL, 1, NULL), ('A1', 'clover', 5, 7, 7, 'o'), "
        "('A2', 'square', 5, 7, 7, 'o')",
        "INSERT INTO pos_sync_ledger VALUES ('A1', 'square', 5, 'r0', 'f', json_object("
        "'square_version', 'v', 'total', 100, 'currency', 'TRY', 'order', 'body', 'payment', "
        "'paid'), 11, 12, 13, 'conflict', 14, NULL, 'EO', 'EP', 1, 15, 16)",
        "INSERT INTO pos_sync_claims (claim_key, holder, lease_until, settled_at) VALUES "
        "('pos-sync:A1:square', 'w', 1795000000007, NULL), ('pos-sync:A2:square', 'w', "
        "1795000000009, NULL), ('pos-sync:A1:clover', 'w', 1795000000009, NULL)",
        "UPDATE pos_accounts SET location_id = 'L0', token = 'T0'",
        "INSERT INTO pos_accounts (restaurant_id, provider, location_id, token) VALUES ('r3', "
        "'square', 'L3', 'T3'), ('r6', 'square', 'L6', 'T6'), ('zz', 'clover', 'LZ', 'TZ'), "
        "('', 'clover', 'LC', 'TC'), ('r3', 'clover', 'LD', 'TD'), ('zz', 'square', 'LY', "
        "'TY')"}) {
    database.execute(sql);
  }
  const std::string known = "f|v|100|TRY|body|paid|11|12|13|conflict|14|-|EO|EP|1|15|16|";
  const auto look = [&](const std::string& more = R"(,"revision":5)") {
    return rows_of(database.batch({Statement::order_evidence},
                                  {"op", R"({"order_id":"A1","provider":"square")" + more + "}"}));
  };
  CHECK(look() ==
        "5|1|4|r4|failed|{4}|3|r3|success|e3|{3}|1|r0|" + known + "held|7|L3|3|6|r3|T3\n");
  CHECK(look("") == look());  // the newest that was enqueued
  CHECK(look(R"(,"revision":5,"restaurant_id":"r6")") ==
        "5|1|4|r4|failed|{4}|3|r3|success|e3|{3}|1|r0|" + known + "held|7|L6|3|6|r6|T6\n");
  CHECK(look(R"(,"revision":5,"restaurant_id":"r7")") ==
        "5|1|4|r4|failed|{4}|3|r3|success|e3|{3}|1|r0|" + known + "held|7|L0|3|6||T0\n");
  // An account at another provider is none of ours.
  database.execute("INSERT INTO pos_accounts (restaurant_id, provider) VALUES ('c9', 'clover')");
  CHECK(look(R"(,"revision":5,"restaurant_id":"c9")").find("|held|7|L0|3|6||T0\n") !=
        std::string::npos);
  database.execute(
      "UPDATE pos_sync_claims SET lease_until = 1795000000000 WHERE claim_key = "
      "'pos-sync:A1:square'");
  CHECK(look().find("|abandoned|0|L3|") != std::string::npos);
  database.execute(
      "UPDATE pos_sync_claims SET lease_until = 1795000000001 WHERE claim_key = "
      "'pos-sync:A1:square'");
  CHECK(look().find("|held|1|L3|") != std::string::npos);
  database.execute(
      "UPDATE pos_sync_claims SET lease_until = 7, settled_at = 1 WHERE claim_key = "
      "'pos-sync:A1:square'");
  CHECK(look().find("|free|0|L3|3|") != std::string::npos);
  database.execute(
      "UPDATE pos_sync_claims SET settled_at = NULL WHERE claim_key = "
      "'pos-sync:A1:square'");
  CHECK(look().find("|abandoned|0|L3|3|") != std::string::npos);
  database.execute("DELETE FROM pos_sync_ledger WHERE order_id = 'A1' AND revision = 3");
  CHECK(look().find("|0|L3|4|6|r3|") != std::string::npos);
  database.execute("DELETE FROM pos_sync_ledger WHERE order_id = 'A1' AND revision IN (4, 6)");
  CHECK(look().find("|0|L3|-|5|r3|") != std::string::npos);
  // An order of which nobody has heard.
  CHECK(rows_of(database.batch({Statement::order_evidence},
                               {"op", R"({"order_id":"A9","provider":"square"})"})) ==
        "1|-|-|-|-|-|-|-|-|-|-|0|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|free|0|L0|-|-||T0\n");
}

TEST_CASE("an order is shown with its own rows, ledger and lines, all or of one revision") {
  Desk desk;
  desk.database.execute("DELETE FROM pos_sync_audit WHERE id > 5");
  desk.database.execute(
      "UPDATE pos_sync_ledger SET in_doubt_since = 14, booked_at = 15, external_order_id = 'O', "
      "external_payment_id = 'P', total_differs = 1, refused_at = 16, refusals = 17");
  desk.database.execute("UPDATE pos_sync_audit SET from_status = 'a', to_status = 'b'");
  const auto show = [&](Statement statement, const std::string& more = "") {
    return rows_of(
        desk.database.batch({statement}, {R"({"order_id":"A1","provider":"square")" + more + "}"}));
  };
  const std::string row = "|{}|dead|4|44|O|P|e|1793491200000|1793577600000\n";
  const std::string row5 = "5|A1|square|r1|1|{}|dead|4|44|O|P|e|1793491200000|1793577600000\n";
  const std::string row7 = "7|A1|square|r1|2|{}|dead|4|44|O|P|e|1793491200000|1793577600000\n";
  const std::string row9 = "9|A1|square|r2|1|{}|dead|4|44|O|P|e|1793491200000|1793577600000\n";
  CHECK(show(Statement::order_rows) == row5 + row7 + row9);
  CHECK(show(Statement::order_rows, R"(,"revision":2)") == row7);
  const std::string ledger = "|r0|f|{}|11|12|14|cancel|13|15|O|P|1|16|17\n";
  CHECK(show(Statement::order_ledger) == "1" + ledger + "2" + ledger);
  CHECK(show(Statement::order_ledger, R"(,"revision":2)") == "2" + ledger);
  CHECK(show(Statement::order_audit) ==
        "1|1|x|ev|a|b|op|{}\n2|1|x|ev|a|b|other|{}\n2|1|x|another|a|b|op|{}\n");
  CHECK(show(Statement::order_audit, R"(,"revision":1)") == "1|1|x|ev|a|b|op|{}\n");
}

TEST_CASE(
    "of an order that has very much to show the newest texts come, and how large others are") {
  Database database;
  const auto fill = [&](const char* sql) {
    database.execute(std::string("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                 "WHERE i < 1100) ") +
                     sql);
  };
  fill(
      "INSERT INTO pos_sync_queue (id, order_id, payload, status, last_error) SELECT 2000 - i, "
      "'A1', 'p', 'dead', 'e' FROM n WHERE i <= 210");
  fill(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, request) SELECT 'A1', 'square', "
      "300 - i, 'q' FROM n WHERE i <= 210");
  fill(
      "INSERT INTO pos_sync_audit (id, order_id, provider, actor, event, token, detail) SELECT "
      "2000 - i, 'A1', 'square', 'x', 'e', 't' || i, 'd' FROM n WHERE i <= 1010");
  const auto show = [&](Statement statement) {
    return rows_of(database.batch({statement}, {R"({"order_id":"A1","provider":"square"})"}));
  };
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const std::string rows = show(Statement::order_rows);
  CHECK(lines(rows) == 200);
  CHECK(rows.rfind("1790|", 0) == 0);
  const std::string ledger = show(Statement::order_ledger);
  CHECK(lines(ledger) == 200);
  CHECK(ledger.rfind("90|", 0) == 0);
  const std::string audit = show(Statement::order_audit);
  CHECK(lines(audit) == 1000);

  // Half a megabyte, to the byte: text i is there if those behind it are less.
  const auto sizes = [&](const char* statement, const std::vector<int>& bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      database.execute(statement, {std::to_string(i + 1), std::to_string(bytes[i])});
    }
  };
  const std::string left_out = "[left out of this answer: 3 bytes; ?revision= shows it]";
  for (const int newest : {524'287, 524'288}) {
    for (const char* table : {"pos_sync_queue", "pos_sync_ledger", "pos_sync_audit"}) {
      database.execute(std::string("DELETE FROM ") + table);
    }
    const std::vector<int> bytes = {3, 2, newest - 2};
    sizes(
        "INSERT INTO pos_sync_queue (id, order_id, payload, status, last_error) VALUES (?1, "
        "'A1', replace(hex(zeroblob(?2)), '00', 'x'), 'dead', 'none')",
        bytes);
    sizes(
        "INSERT INTO pos_sync_ledger (order_id, provider, revision, request) VALUES ('A1', "
        "'square', ?1, replace(hex(zeroblob(?2)), '00', 'x'))",
        bytes);
    sizes(
        "INSERT INTO pos_sync_audit (id, order_id, provider, actor, event, token, detail) VALUES "
        "(?1, 'A1', 'square', 'x', 'e', 't' || ?1, replace(hex(zeroblob(?2)), '00', 'x'))",
        bytes);
    for (const Statement statement :
         {Statement::order_rows, Statement::order_ledger, Statement::order_audit}) {
      const std::string text = show(statement);
      const bool is_there = newest == 524'287;
      CHECK((text.find("|xxx|") != std::string::npos || text.find("|xxx\n") != std::string::npos) ==
            is_there);
      CHECK((text.find(left_out) != std::string::npos) == !is_there);
    }
    // An error's words are measured by themselves.
    database.execute("DELETE FROM pos_sync_ledger");
    database.execute(
        "UPDATE pos_sync_queue SET payload = 'p', last_error = "
        "replace(hex(zeroblob(CASE id WHEN 1 THEN 3 WHEN 2 THEN 2 ELSE ?1 END)), "
        "'00', 'x')",
        {std::to_string(newest - 2)});
    const std::string text = show(Statement::order_rows);
    CHECK((text.find(left_out) != std::string::npos) == (newest != 524'287));
    CHECK(text.find("1|A1|square||1|p|") == 0);
  }
}

// ---- lists ----

TEST_CASE("each member of a filter lets through its own rows, newest first, behind the cursor") {
  Database database;
  database.execute(
      "INSERT INTO pos_sync_queue (id, order_id, provider, revision, restaurant_id, payload, "
      "status, attempts, last_error, created_at, updated_at) VALUES "
      "(1, 'A1', 'square', 1, 'r1', '{}', 'dead', 1, 'rejected: a', '2026-11-01 00:00:00', "
      "'2026-11-01 00:00:01'), "
      "(2, 'A2', 'square', 1, 'r1', '{}', 'dead', 2, 'canceled: b', '2026-11-02 00:00:00', NULL), "
      "(3, 'A3', 'square', 1, 'r2', '{}', 'failed', 3, 'rejected: c', '2026-11-03 00:00:00', "
      "'2026-11-03 00:00:01'), "
      "(4, 'A4', 'square', 1, 'r2', '{}', 'pending', 0, NULL, '2026-11-04 00:00:00', NULL), "
      "(5, 'A5', 'square', 1, 'r2', '{}', 'success', 1, 'rejected: e', '2026-11-05 00:00:00', "
      "'2026-11-05 00:00:01'), "
      "(6, 'A6', 'square', 1, 'r2', '{}', 'dead', 1, 'old words', '2026-11-06 00:00:00', "
      "'2026-11-06 00:00:01')");
  database.execute(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, in_doubt_since, booked_at) "
      "VALUES ('A1', 'square', 1, 5, NULL), ('A2', 'square', 2, 5, NULL), ('A3', 'square', 1, 5, "
      "7), ('A4', 'square', 1, 5, NULL), ('A5', 'square', 1, NULL, NULL), ('A6', 'clover', 1, 5, "
      "NULL)");
  const auto ask = [&](Statement statement, const std::string& filter) {
    return rows_of(database.batch({statement}, {"{" + filter + "}"}));
  };
  const auto ids = [&](Statement statement, const std::string& filter) {
    const std::string text = ask(statement, filter + R"(,"limit":9)");
    std::string list;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) list += text[at];
    return list;
  };
  struct Case {
    const char* filter;
    const char* all;
    const char* dead;
    const char* active;
  };
  for (const Case& each : std::vector<Case>{{R"("x":0)", "654321", "621", "43"},
                                            {R"("cursor":4)", "321", "21", "3"},
                                            {R"("status":"dead")", "621", "621", ""},
                                            {R"("status":"failed")", "3", "", "3"},
                                            {R"("restaurant_id":"r2")", "6543", "6", "43"},
                                            {R"("code":"rejected")", "1", "1", ""},
                                            {R"("code":"adopted")", "6", "6", ""},
                                            {R"("since":1793664000000)", "6543", "6", "43"},
                                            {R"("until":1793664000000)", "21", "21", ""},
                                            {R"("doubt":1)", "41", "1", "4"},
                                            {R"("doubt":0)", "6532", "62", "3"}}) {
    CAPTURE(std::string(each.filter));
    CHECK(ids(Statement::list_rows, each.filter) == each.all);
    CHECK(ids(Statement::list_dead, each.filter) == each.dead);
    CHECK(ids(Statement::list_active, each.filter) == each.active);
    // The set that a replay is about is that of the list: so many, and this very number of theirs.
    for (const auto& [statement, list] : {std::pair(Statement::set_dead, each.dead),
                                          std::pair(Statement::set_active, each.active)}) {
      std::int64_t sum = 0;
      for (const char* id = list; *id != '\0'; ++id) {
        const std::int64_t number = *id - '0';
        const std::int64_t attempts =
            std::vector<std::int64_t>{0, 1, 2, 3, 0, 1, 1}[static_cast<std::size_t>(number)];
        const std::int64_t updated =
            number == 2 || number == 4 ? 0 : 1793491200000 + (number - 1) * 86'400'000 + 1000;
        sum += (number * 2654435761 + attempts * 65537 + updated) % 4294967291;
      }
      CHECK(ask(statement, each.filter) ==
            std::to_string(std::string(list).size()) + "|" + std::to_string(sum) + "\n");
    }
  }
  CHECK(ask(Statement::list_rows, R"("limit":2)") ==
        "6|A6|square|r2|1|{}|dead|1|0|-|-|old words|1793923200000|1793923201000|2\n"
        "5|A5|square|r2|1|{}|success|1|0|-|-|rejected: e|1793836800000|1793836801000|2\n");
}

TEST_CASE("a page of a list is a megabyte, counting each of its texts, and says where it ends") {
  for (const int more : {0, 1}) {
    Database database;
    database.execute(
        "INSERT INTO pos_sync_queue (id, order_id, provider, restaurant_id, payload, status, "
        "external_order_id, external_payment_id, last_error) VALUES (3, ?1, 'square', ?1, "
        "replace(hex(zeroblob(?2)), '00', 'x'), 'success', ?1, ?1, ?1)",
        {std::string(1000, 'x'), std::to_string(1'048'576 - 5 * 1000 - 6 - 7 - 1 + more)});
    database.execute(
        "INSERT INTO pos_sync_queue (id, order_id, payload) VALUES (2, 'A2', '{}'), "
        "(1, 'A3', '{}')");
    const std::string text = rows_of(database.batch({Statement::list_rows}, {R"({"limit":2})"}));
    CHECK((text.find("\n2|A2|square||1|{}|pending|") == std::string::npos) == (more == 1));
    CHECK(text.substr(text.find('\n') - 2, 3) == "|2\n");
  }
  for (const int more : {0, 1}) {
    Database database;
    database.execute("DELETE FROM pos_sync_queue");
    database.execute(
        "INSERT INTO pos_accounts (restaurant_id, location_id, state, pause_reason, pause_detail, "
        "token, token_expires_at, renewal_error) VALUES (?1, ?1, ?1, ?1, "
        "replace(hex(zeroblob(?2)), '00', 'x'), 'v1.' || ?1 || '.b.c', 123456, ?1)",
        {"a" + std::string(999, 'x'), std::to_string(1'048'576 - 6 * 1000 - 6 - 1 + more)});
    database.execute("INSERT INTO pos_accounts (restaurant_id) VALUES ('b'), ('c')");
    const std::string text =
        rows_of(database.batch({Statement::status_accounts}, {R"({"cursor":"","limit":2})"}));
    CHECK((text.find("\nb|square|") == std::string::npos) == (more == 1));
    CHECK(text.substr(text.find('\n') - 2, 3) == "|2\n");
  }
}

TEST_CASE("accounts are listed by their names behind the cursor, without their tokens") {
  Database database;
  database.execute(
      "UPDATE pos_accounts SET paused_until = 1795000000001, token = 'plain', refresh_token = 'r'");
  database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id, token, token_version, "
      "token_expires_at, token_renewed_at, state, paused_until, pause_reason, pause_detail, "
      "unknown_run, breaker_opens, pace, renewal_error, refused_since) VALUES ('r2', 'L2', "
      "'v1.key.b.c', 3, 4, 5, 'active', 1795000000000, 'x', 'y', 6, 7, 8, 'e', 9), ('r1', NULL, "
      "NULL, 0, NULL, NULL, 'paused', 0, '', '', 0, 0, 0, '', NULL)");
  const auto list = [&](const std::string& asked) {
    return rows_of(database.batch({Statement::status_accounts}, {asked}));
  };
  const std::string own = "|square|-|active|1795000000001|||0|0|0|1|1|-|0|-|-|1||-|";
  const std::string r1 = "r1|square|-|paused|0|||0|0|0|1|0|-|0|-|-|0||-|";
  const std::string r2 = "r2|square|L2|active|1795000000000|x|y|6|7|8|0|1|key|3|4|5|0|e|9|";
  CHECK(list(R"({"limit":9})") == own + "3\n" + r1 + "3\n" + r2 + "3\n");
  CHECK(list(R"({"limit":2})") == own + "2\n" + r1 + "2\n");
  CHECK(list(R"({"cursor":"","limit":9})") == r1 + "2\n" + r2 + "2\n");
  CHECK(list(R"({"cursor":"r1","limit":9})") == r2 + "1\n");
}

// ---- the state of the whole ----

TEST_CASE(
    "what a status counts is what waits, what is due by now, what is in doubt and what died") {
  Database database;
  const auto ask = [&](Statement statement) {
    return rows_of(database.batch({statement}, {"{}"}));
  };
  CHECK(ask(Statement::status_due) == "0|0|-|1795000000000\n");
  CHECK(ask(Statement::status_doubt) == "0|-\n");
  database.execute(
      "INSERT INTO pos_sync_queue (order_id, payload, status, next_attempt_at, created_at) VALUES "
      "('A1', '{}', 'pending', 1795000000000, '2026-11-03 00:00:00'), ('A2', '{}', 'failed', "
      "1795000000001, '2026-11-02 00:00:00'), ('A3', '{}', 'failed', 5, '2026-11-04 00:00:00'), "
      "('A4', '{}', 'dead', 5, '2026-11-01 00:00:00'), ('A5', '{}', 'success', 5, '2026-11-01 "
      "00:00:00')");
  CHECK(ask(Statement::status_due) == "3|2|1793577600000|1795000000000\n");
  database.execute(
      "INSERT INTO pos_sync_ledger (order_id, provider, revision, in_doubt_since) VALUES ('A1', "
      "'square', 1, 9), ('A2', 'square', 1, 7), ('A3', 'square', 1, NULL)");
  CHECK(ask(Statement::status_doubt) == "2|7\n");

  Database dead;
  int id = 0;
  std::string expected = "adopted|4\n";
  for (const char* code :
       {"attempts_exhausted", "canceled", "content_differs", "duplicate_at_provider",
        "duplicate_row", "earlier_revision_open", "key_conflict", "order_id_collision",
        "paid_elsewhere", "payment_rejected", "rejected", "total_mismatch", "unknown_outcome"}) {
    ++id;
    for (int i = 0; i < id; ++i) {
      dead.execute(
          "INSERT INTO pos_sync_queue (order_id, payload, status, last_error) VALUES "
          "(?1, '{}', 'dead', ?2)",
          {"A" + std::to_string(id), std::string(code) + ": 50:50"});
    }
    expected += std::string(code) + "|" + std::to_string(id) + "\n";
  }
  for (const char* words : {"timeout", ": rejected", "Rejected: x", "rejected"}) {
    dead.execute(
        "INSERT INTO pos_sync_queue (order_id, payload, status, last_error) VALUES ('A', '{}', "
        "'dead', ?1)",
        {words});
  }
  dead.execute(
      "INSERT INTO pos_sync_queue (order_id, payload, status, last_error) VALUES ('A', '{}', "
      "'success', 'rejected: x')");
  CHECK(rows_of(dead.batch({Statement::status_dead}, {"{}"})) == expected);
}

TEST_CASE("the last tick is the latest call that was one, and not the push of a single order") {
  Database database;
  const auto last = [&] { return rows_of(database.batch({Statement::status_tick}, {"{}"})); };
  CHECK(last() == "-\n");
  database.execute(
      "INSERT INTO pos_sync_claims (claim_key, claimed_at, row_id) VALUES ('tick:a', 50, NULL), "
      "('tick:b', 60, NULL), ('tick:c', 55, NULL), ('tick:order:d', 90, NULL), "
      "('pos-sync:A1:square', 95, 3)");
  CHECK(last() == "60\n");
}

TEST_CASE("of unknown codes the most frequent are shown, a hundred at most") {
  Database database;
  database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 103) INSERT INTO "
      "pos_sync_unknown_codes (code, seen) SELECT printf('c%03d', i), CASE WHEN i <= 2 THEN 9 "
      "ELSE 5 END FROM n");
  const std::string text = rows_of(database.batch({Statement::status_codes}, {"{}"}));
  CHECK(text.rfind("c001|9\nc002|9\nc003|5\nc004|5\n", 0) == 0);
  CHECK(std::count(text.begin(), text.end(), '\n') == 100);
}

}  // namespace request_rows_test

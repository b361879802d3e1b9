// What a purge deletes and what it leaves, row by row at each of its edges, and where it goes on.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "harness/database.hpp"
#include "harness/duration.hpp"

namespace purge_rows_test {

using duration::day;
using pos::store::Statement;
using world::Database;

namespace {

std::string stamp_of(std::int64_t ms) {
  return "datetime(" + std::to_string(ms) + " / 1000, 'unixepoch')";
}

/// A batch's token, and QUEUE_RETENTION_DAYS.
const std::vector<std::string> parameters = {"t", "90"};

void purge(Database& database, Statement statement) { database.batch({statement}, parameters); }

std::int64_t count(Database& database, const std::string& table) {
  return database.integer("SELECT count(*) FROM " + table);
}

std::string position(Database& database, const std::string& name) {
  return database.text("SELECT position FROM pos_sync_cursors WHERE name = ?1", {name});
}

/// The page of one table: the delete, and then the cursor.
void purge_page(Database& database, Statement rows, Statement cursor) {
  database.batch({rows, Statement::purge_deleted, cursor}, parameters);
}

}  // namespace

TEST_CASE("a claim is purged a week after it was settled, unless its order kills its workers") {
  struct Case {
    const char* what;
    std::int64_t settled_ago;  // -1: it is not
    int takeovers;
    const char* status;  // of its row; "" for none
    bool is_left;
  };
  for (const Case& each :
       std::vector<Case>{{"unsettled", -1, 0, "success", true},
                         {"settled a week ago", 7 * day, 0, "success", true},
                         {"and a moment more", 7 * day + 1, 0, "success", false},
                         {"of an active row", 7 * day + 1, 0, "failed", false},
                         {"that kills, and is over", 7 * day + 1, 1, "success", false},
                         {"that kills, and is dead", 7 * day + 1, 1, "dead", false},
                         {"that kills, and is due", 7 * day + 1, 1, "pending", true},
                         {"that kills, and will be due", 7 * day + 1, 3, "failed", true},
                         {"that killed, and whose row is gone", 7 * day + 1, 1, "", false}}) {
    CAPTURE(each.what);
    Database database;
    const std::string settled =
        each.settled_ago < 0 ? "NULL" : std::to_string(database.now_ms - each.settled_ago);
    database.execute(
        "INSERT INTO pos_sync_claims (claim_key, holder, lease_until, settled_at, row_id, "
        "order_id, provider, revision, takeovers) VALUES ('pos-sync:A1:square', 't', 0, " +
        settled + ", 1, 'A1', 'square', 1, " + std::to_string(each.takeovers) + ")");
    // Rows of another order and of another provider are no reason.
    database.execute(
        "INSERT INTO pos_sync_queue (order_id, provider, payload, status) VALUES "
        "('A2', 'square', '{}', 'pending'), ('A1', 'clover', '{}', 'pending')");
    if (*each.status != '\0') {
      database.execute(
          std::string("INSERT INTO pos_sync_queue (order_id, provider, payload, status) VALUES "
                      "('A1', 'square', '{}', '") +
          each.status + "')");
    }
    purge(database, Statement::purge_claims);
    CHECK((count(database, "pos_sync_claims WHERE order_id = 'A1'") == 1) == each.is_left);
  }
}

TEST_CASE("of the queue only what was booked goes, three months after it was written last") {
  struct Case {
    const char* status;
    std::int64_t updated_ago;  // -1: never
    std::int64_t created_ago;
    bool is_left;
  };
  for (const Case& each : std::vector<Case>{{"success", 90 * day + 1000, 95 * day, false},
                                            {"success", 90 * day, 95 * day, true},
                                            {"success", 90 * day - 1000, 95 * day, true},
                                            {"success", -1, 90 * day + 1000, false},
                                            {"success", -1, 90 * day, true},
                                            {"dead", 200 * day, 200 * day, true},
                                            {"failed", 200 * day, 200 * day, true},
                                            {"pending", 200 * day, 200 * day, true}}) {
    CAPTURE(each.status);
    CAPTURE(each.updated_ago);
    Database database;
    const std::string updated =
        each.updated_ago < 0 ? "NULL" : stamp_of(database.now_ms - each.updated_ago);
    database.execute(
        std::string("INSERT INTO pos_sync_queue (order_id, payload, status, created_at, "
                    "updated_at) VALUES ('A1', '{}', '") +
        each.status + "', " + stamp_of(database.now_ms - each.created_ago) + ", " + updated + ")");
    purge(database, Statement::purge_queue);
    CHECK((count(database, "pos_sync_queue") == 1) == each.is_left);
  }
}

TEST_CASE("of the log only lines of what is booked and in no doubt go, three months later") {
  struct Case {
    const char* what;
    std::int64_t ago;
    const char* booked;
    const char* doubt;
    const char* revision;
    bool is_left;
  };
  for (const Case& each :
       std::vector<Case>{{"booked, long ago", 90 * day + 1, "1", "NULL", "1", false},
                         {"booked, just so long ago", 90 * day, "1", "NULL", "1", true},
                         {"not booked", 400 * day, "NULL", "NULL", "1", true},
                         {"booked and in doubt", 400 * day, "1", "1", "1", true},
                         {"of another revision", 400 * day, "1", "NULL", "2", true}}) {
    CAPTURE(each.what);
    Database database;
    database.execute(
        "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, "
        "token) VALUES ('A1', 'square', " +
        std::string(each.revision) + ", " + std::to_string(database.now_ms - each.ago) +
        ", 'cron', 'e', 't')");
    database.execute(
        std::string("INSERT INTO pos_sync_ledger (order_id, provider, revision, booked_at, "
                    "in_doubt_since) VALUES ('A1', 'square', 1, ") +
        each.booked + ", " + each.doubt + ")");
    purge(database, Statement::purge_audit);
    CHECK((count(database, "pos_sync_audit") == 1) == each.is_left);
    CHECK(count(database, "pos_sync_ledger") == 1);
  }
  Database database;
  database.execute(
      "INSERT INTO pos_sync_audit (order_id, provider, at, actor, event, token) "
      "VALUES ('A1', 'square', 1, 'cron', 'e', 't')");
  purge(database, Statement::purge_audit);
  CHECK(count(database, "pos_sync_audit") == 1);  // the ledger knows nothing of it
}

TEST_CASE("events of every place go a week after they came, and no younger one") {
  Database database;
  for (const char* place : {"L1", "L2", "L9"}) {
    for (const std::int64_t ago : {7 * day + 1, 7 * day + 2, 7 * day, std::int64_t{1}}) {
      database.execute(
          "INSERT INTO pos_webhook_events (event_id, type, location_id, received_at) "
          "VALUES ('" +
          std::string(place) + std::to_string(ago) + "', 'order.created', '" + place + "', " +
          std::to_string(database.now_ms - ago) + ")");
    }
  }
  purge(database, Statement::purge_webhooks);
  CHECK(count(database, "pos_webhook_events") == 6);
  CHECK(database.integer("SELECT min(received_at) FROM pos_webhook_events") ==
        database.now_ms - 7 * day);
}

TEST_CASE("a purge of events deletes five thousand at most, and the others by and by") {
  Database database;
  database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7500) INSERT INTO "
      "pos_webhook_events (event_id, type, location_id, received_at) SELECT 'E' || i, 'e', 'L' || "
      "(i % 3), 1 FROM n");
  purge(database, Statement::purge_webhooks);
  CHECK(count(database, "pos_webhook_events") == 2500);
  purge(database, Statement::purge_webhooks);
  CHECK(count(database, "pos_webhook_events") == 0);
}

TEST_CASE(
    "the walk of each table reads a page, stands behind what stayed, and begins anew at the end") {
  struct Table {
    const char* name;
    const char* insert;  // an old one that is purged where i is odd
    Statement rows;
    Statement cursor;
    const char* of;
    const char* first;   // behind the first page
    const char* second;  // behind the second
  };
  for (
      const Table& each : std::vector<Table>{
          {"claims",
           "INSERT INTO pos_sync_claims (claim_key, settled_at) SELECT printf('k%05d', i), "
           "CASE WHEN i % 2 = 1 THEN 1 END FROM n",
           Statement::purge_claims, Statement::purge_claims_cursor, "pos_sync_claims", "k02500",
           "k05000"},
          {"queue",
           "INSERT INTO pos_sync_queue (id, order_id, payload, status, created_at) SELECT i, "
           "'A' || i, '{}', CASE WHEN i % 2 = 1 THEN 'success' ELSE 'dead' END, '2020-01-01 "
           "00:00:00' FROM n",
           Statement::purge_queue, Statement::purge_queue_cursor, "pos_sync_queue", "2500", "5000"},
          {"audit",
           "INSERT INTO pos_sync_audit (id, order_id, provider, revision, at, actor, event, token) "
           "SELECT i, 'A' || (i % 2), 'square', 1, 1, 'cron', 'e' || i, 't' FROM n",
           Statement::purge_audit, Statement::purge_audit_cursor, "pos_sync_audit", "2500",
           "5000"}}) {
    CAPTURE(each.name);
    Database database;
    database.execute(
        "INSERT INTO pos_sync_ledger (order_id, provider, revision, booked_at) VALUES "
        "('A1', 'square', 1, 1)");
    database.execute(
        std::string("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                    "6000) ") +
        each.insert);
    purge_page(database, each.rows, each.cursor);
    CHECK(count(database, each.of) == 6000 - 1250);
    CHECK(position(database, each.name) == each.first);
    purge_page(database, each.rows, each.cursor);
    CHECK(count(database, each.of) == 6000 - 2500);
    CHECK(position(database, each.name) == each.second);
    purge_page(database, each.rows, each.cursor);
    CHECK(count(database, each.of) == 3000);
    CHECK(position(database, each.name) == "");
    // Three thousand that stay: a whole page of them is passed, too.
    purge_page(database, each.rows, each.cursor);
    CHECK(count(database, each.of) == 3000);
    CHECK(position(database, each.name) == each.second);
    purge_page(database, each.rows, each.cursor);
    CHECK(position(database, each.name) == "");
  }
}

TEST_CASE("a page that was deleted to its last row leaves the walk where it is, and it goes on") {
  Database database;
  database.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2600) INSERT INTO "
      "pos_sync_queue (id, order_id, payload, status, created_at) SELECT i, 'A' || i, '{}', "
      "CASE WHEN i = 10 THEN 'dead' ELSE 'success' END, '2020-01-01 00:00:00' FROM n");
  database.execute("UPDATE pos_sync_cursors SET position = '10' WHERE name = 'queue'");
  purge_page(database, Statement::purge_queue, Statement::purge_queue_cursor);
  CHECK(count(database, "pos_sync_queue") == 100);
  CHECK(position(database, "queue") == "10");
  purge_page(database, Statement::purge_queue, Statement::purge_queue_cursor);
  CHECK(count(database, "pos_sync_queue") == 10);
  CHECK(position(database, "queue") == "");
}

TEST_CASE("behind a row that is too young to be purged a walk by ids begins anew") {
  for (const std::int64_t ago : {90 * day, 90 * day + 1000}) {
    Database database;
    const std::string at = std::to_string(database.now_ms - ago);
    database.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT "
        "INTO pos_sync_queue (id, order_id, payload, status, created_at) SELECT i, 'A' || i, "
        "'{}', 'dead', datetime(" +
        at + " / 1000, 'unixepoch') FROM n");
    database.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT "
        "INTO pos_sync_audit (id, order_id, provider, at, actor, event, token) SELECT i, 'A' || i, "
        "'square', " +
        at + ", 'cron', 'e', 't' FROM n");
    purge_page(database, Statement::purge_queue, Statement::purge_queue_cursor);
    purge_page(database, Statement::purge_audit, Statement::purge_audit_cursor);
    const char* there = ago == 90 * day ? "" : "2500";
    CHECK(position(database, "queue") == there);
    CHECK(position(database, "audit") == there);
  }
}

}  // namespace purge_rows_test

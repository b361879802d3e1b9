// A host's database is adopted where it stands: what referred to its tables still does, and what
// its own statements meant they still mean.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "harness/http.hpp"
#include "harness/worker.hpp"

namespace adoption_test {

using pos::concat;
using world::Database;
using world::World;

/// The host's database before pos-sync: the report's two tables, and whatever `sql` says.
class Host {
 public:
  explicit Host(const std::string& sql) : database(1) { database.execute(sql); }

  void adopt() {
    for (int number = 2; number <= Database::last_migration(); ++number) database.migrate(number);
  }

  Database database;
};

std::string row(const std::string& id, const std::string& status, int attempts,
                const std::string& error = "NULL", const std::string& at = "2026-11-18 18:00:00") {
  return "INSERT INTO pos_sync_queue (order_id, provider, payload, status, attempts, last_error, "
         "created_at, updated_at) VALUES ('" +
         id + "', 'square', '{}', '" + status + "', " + std::to_string(attempts) + ", " + error +
         ", '" + at + "', '" + at + "');";
}

/// The world of the other unit tests, on an adopted database of a host's.
void drain_twice(World& world) {
  for (const char* token : {"t1", "t2"}) {
    world::Worker worker(world, token);
    worker.run();
  }
}

TEST_CASE("a trigger of the host's goes on filling the queue that is pushed") {
  Host host(
      "CREATE TABLE orders (id TEXT PRIMARY KEY, body TEXT NOT NULL);"
      "CREATE TRIGGER orders_to_square AFTER INSERT ON orders BEGIN "
      "INSERT INTO pos_sync_queue (order_id, provider, payload) "
      "VALUES (NEW.id, 'square', NEW.body); END;");
  const std::string before =
      host.database.text("SELECT sql FROM sqlite_master WHERE type = 'trigger'");
  host.adopt();
  CHECK(host.database.text("SELECT sql FROM sqlite_master WHERE name = 'orders_to_square'") ==
        before);
  host.database.execute("INSERT INTO orders VALUES ('A1', '{}')");
  CHECK(host.database.integer("SELECT count(*) FROM pos_sync_queue WHERE order_id = 'A1' "
                              "AND status = 'pending' AND revision = 1 AND restaurant_id = ''") ==
        1);
}

TEST_CASE("views and foreign keys of the host's keep referring to the queue and to the claims") {
  Host host(
      "CREATE VIEW stuck AS SELECT order_id FROM pos_sync_queue WHERE status = 'failed';"
      "CREATE TABLE notes (queue_id INTEGER REFERENCES pos_sync_queue(id) ON DELETE CASCADE, "
      "note TEXT);"
      "CREATE TABLE runs (claim TEXT REFERENCES cron_idempotency_claims(claim_key));"
      "INSERT INTO cron_idempotency_claims VALUES ('digest:1', '2026-11-18 18:00:00');"
      "INSERT INTO runs VALUES ('digest:1');" +
      row("A1", "failed", 1) + "INSERT INTO notes SELECT id, 'call them' FROM pos_sync_queue;");
  host.adopt();
  host.database.execute("PRAGMA foreign_keys = ON");
  CHECK(host.database.text("SELECT order_id FROM stuck") == "A1");
  CHECK(host.database.integer("SELECT count(*) FROM pragma_foreign_key_list('notes') "
                              "WHERE \"table\" = 'pos_sync_queue'") == 1);
  CHECK(host.database.integer("SELECT count(*) FROM pragma_foreign_key_list('runs') "
                              "WHERE \"table\" = 'cron_idempotency_claims'") == 1);
  CHECK(host.database.integer("SELECT count(*) FROM pragma_foreign_key_check") == 0);
  CHECK(host.database.integer(
            "SELECT count(*) FROM notes JOIN pos_sync_queue q ON q.id = queue_id") == 1);
}

TEST_CASE("adoption renames, drops and rebuilds no table of the host's") {
  Host host("");
  const char* tables =
      "SELECT group_concat(name || ':' || rootpage) FROM (SELECT name, rootpage FROM sqlite_master "
      "WHERE type = 'table' AND name IN ('pos_sync_queue', 'cron_idempotency_claims') ORDER BY "
      "name)";
  const std::string before = host.database.text(tables);
  host.adopt();
  CHECK(host.database.text(tables) == before);
  CHECK(host.database.integer("SELECT count(*) FROM sqlite_master WHERE name LIKE '%_v0'") == 0);
}

TEST_CASE("a purge of the host's deletes the claims that are old, and no fresh one") {
  Host host(
      "INSERT INTO cron_idempotency_claims VALUES ('mail:old', '2026-10-01 00:00:00'), "
      "('mail:fresh', '2026-11-20 00:00:00');");
  host.adopt();
  host.database.execute(
      "DELETE FROM cron_idempotency_claims WHERE claimed_at < datetime('2026-11-20 12:00:00', "
      "'-30 days')");
  CHECK(host.database.text("SELECT group_concat(claim_key) FROM cron_idempotency_claims") ==
        "mail:fresh");
}

TEST_CASE("the queue's times stay texts of the report's format, for old rows and for new ones") {
  World world;
  world.enqueue("A1");
  world::post_order(world, "A2", world::payload());
  drain_twice(world);
  CHECK(world.status("A1") == "success");
  CHECK(world.database.integer(
            "SELECT count(*) FROM pos_sync_queue WHERE typeof(created_at) = 'text' "
            "AND datetime(created_at) = created_at AND typeof(updated_at) = 'text' "
            "AND datetime(updated_at) = updated_at") == 2);
  // Which is what a host asks for: "updated within the last hour".
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_queue WHERE updated_at >= "
                               "datetime(julianday('now') - 1.0 / 24)") == 2);
}

TEST_CASE("an order is claimed while the host purges every claim that it knows") {
  World world;
  world.enqueue("A1");
  world::Worker first(world, "t1");
  REQUIRE(first.run_until(world::is_fetch));
  world.database.execute("DELETE FROM cron_idempotency_claims");
  world::Worker second(world, "t2");
  second.run();
  CHECK(world.square.orders_of("A1") == 0);  // it is in the first worker's hand
  first.run();
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.status("A1") == "success");
}

TEST_CASE("claims of the host's stop no tick and are never changed, whatever they hold") {
  World world;
  world.database.execute(
      "ALTER TABLE cron_idempotency_claims ADD COLUMN holder TEXT;"
      "ALTER TABLE cron_idempotency_claims ADD COLUMN lease_until INTEGER;"
      "INSERT INTO cron_idempotency_claims VALUES ('payout:2026-W48', NULL, 'me', 1), "
      "('pos-sync:A1:square', '2026-11-18', 'me', 9007199254740991), "
      "('pos-sync:A1:square:2026-11-18', 'yesterday', '', NULL), ('tick:t1.1', 12, 'you', -1), "
      "('', '', '', ''), (x'ff00', x'00', x'00', 1e300), (NULL, NULL, NULL, NULL);");
  const char* all =
      "SELECT group_concat(quote(claim_key) || quote(claimed_at) || quote(holder) || "
      "quote(lease_until)) FROM cron_idempotency_claims";
  const std::string before = world.database.text(all);
  world.enqueue("A1");
  drain_twice(world);
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
  CHECK(world.database.text(all) == before);
}

TEST_CASE("a row that nobody at pos-sync has written stops no takeover of the others") {
  World world;
  world.enqueue("A1");
  {
    world::Worker dying(world, "t1");
    REQUIRE(dying.run_until(world::is_fetch));
  }
  world.database.execute(
      "INSERT INTO pos_sync_claims (claim_key, holder, lease_until) VALUES ('payout:2026', 'me', "
      "1)");
  world.pass(std::int64_t{60} * 60 * 1000);
  drain_twice(world);
  world.pass(std::int64_t{60} * 60 * 1000);
  world::Worker last(world, "t3");
  last.run();
  CHECK(world.status("A1") == "success");
  CHECK(world.square.orders_of("A1") == 1);
}

TEST_CASE("rows that were dead before keep the words of the pusher that gave them up") {
  Host host(row("A1", "dead", 3, "'timeout: 3 tries'") + row("A2", "dead", 0, "NULL"));
  host.adopt();
  CHECK(host.database.text("SELECT last_error FROM pos_sync_queue WHERE order_id = 'A1'") ==
        "timeout: 3 tries");
  CHECK(host.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'dead'") == 2);
  // One was tried: it may be at Square.
  CHECK(host.database.text("SELECT group_concat(order_id) FROM pos_sync_ledger "
                           "WHERE in_doubt_since IS NOT NULL AND look_because = 'keyless'") ==
        "A1");
}

TEST_CASE("of several active rows of an order the oldest stays, with the most attempts of them") {
  Host host(row("A1", "pending", 0) + row("A1", "failed", 4) + row("A1", "success", 1) +
            row("B1", "pending", 0) + row("C1", "pending", 0) + row("C1", "pending", 0));
  host.adopt();
  CHECK(host.database.text("SELECT group_concat(id || status || attempts) FROM pos_sync_queue") ==
        "1pending4,2dead4,3success1,4pending0,5pending0,6dead0");
  CHECK(host.database.text("SELECT last_error FROM pos_sync_queue WHERE id = 2") ==
        "duplicate_row: the queue row 1 stands for this order");
  CHECK(host.database.text("SELECT group_concat(order_id || (booked_at IS NOT NULL)) "
                           "FROM pos_sync_ledger") == "A11");
  CHECK(host.database.text("SELECT group_concat(token || event) FROM pos_sync_audit") ==
        "migration:2duplicate_row,migration:6duplicate_row");
}

TEST_CASE("an attempt on a duplicate row alone puts its order in doubt: it may be at Square") {
  Host host(row("A1", "pending", 0) + row("A1", "dead", 2));
  host.adopt();
  CHECK(host.database.text("SELECT look_because FROM pos_sync_ledger") == "keyless");
}

/// A queue of a host's in which every column may hold anything.
Host loose_host(const std::string& sql) {
  return Host(
      "DROP TABLE pos_sync_queue; CREATE TABLE pos_sync_queue (id INTEGER PRIMARY KEY "
      "AUTOINCREMENT, "
      "order_id TEXT, provider TEXT DEFAULT 'square', payload TEXT, status TEXT DEFAULT 'pending', "
      "attempts INTEGER DEFAULT 0, last_error TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP, "
      "updated_at TEXT);" +
      sql);
}

std::string loose(const std::string& id, const std::string& provider, const std::string& status,
                  const std::string& attempts) {
  return concat(
      "INSERT INTO pos_sync_queue (order_id, provider, payload, status, attempts) VALUES (", id,
      ", ", provider, ", '{}', ", status, ", ", attempts, ");");
}

TEST_CASE(
    "old rows of every type in every column stop no adoption, for half of one is lost orders") {
  std::string sql;
  for (const char* id : {"NULL", "x'6131'", "x'ff'", "''", "'a1'", "7"}) {
    for (const char* provider : {"NULL", "x'00'", "'square'"}) {
      for (const char* status :
           {"NULL", "'pending'", "'failed'", "'success'", "'dead'", "'duplicate'", "x'ff'"}) {
        for (const char* attempts : {"NULL", "0", "3", "'many'", "x'ff'", "1.5", "9e999"}) {
          sql += loose(id, provider, status, attempts) + loose(id, provider, status, attempts);
        }
      }
    }
  }
  Host host = loose_host(sql);
  host.adopt();
  CHECK(host.database.text("SELECT group_concat(DISTINCT coalesce(status, 'null')) FROM "
                           "pos_sync_queue WHERE status IS NULL OR status NOT IN ('pending', "
                           "'failed', 'success', 'dead')") == "null");
  CHECK(host.database.integer("SELECT count(*) FROM pos_sync_ledger WHERE typeof(order_id) <> "
                              "'text' OR typeof(provider) <> 'text'") == 0);
  CHECK(host.database.integer("SELECT count(*) FROM pos_sync_queue WHERE status = 'dead' AND "
                              "last_error IS NULL AND id IN (SELECT CAST(substr(token, 11) AS "
                              "INTEGER) FROM pos_sync_audit WHERE from_status <> 'dead')") == 0);
  CHECK(host.database.integer("SELECT count(*) FROM pos_sync_audit WHERE NOT json_valid(detail)") ==
        0);
}

TEST_CASE("rows without an order id are no copies of one another, and each ends with its reason") {
  Host host = loose_host(
      loose("NULL", "'square'", "'pending'", "0") + loose("NULL", "'square'", "'failed'", "2") +
      loose("'A1'", "NULL", "'pending'", "0") + loose("x'4131'", "'square'", "'processing'", "0"));
  host.adopt();
  CHECK(host.database.text("SELECT group_concat(status) FROM pos_sync_queue") ==
        "pending,failed,pending,dead");
  CHECK(host.database.integer("SELECT count(*) FROM pos_sync_ledger") == 0);
}

TEST_CASE("attempts that are no number may have been any: the order is never sent again") {
  for (const char* attempts : {"NULL", "'many'", "x'01'", "0.5"}) {
    CAPTURE(attempts);
    Host host = loose_host(loose("'A1'", "'square'", "'pending'", attempts) +
                           loose("'A1'", "'square'", "'pending'", "0"));
    host.adopt();
    CHECK(host.database.text("SELECT look_because FROM pos_sync_ledger") == "keyless");
    CHECK(host.database.text("SELECT group_concat(status || typeof(attempts) || attempts) FROM "
                             "pos_sync_queue") == "pendinginteger1,deadinteger0");
  }
}

TEST_CASE("a producer's second row that holds a blob fails for no JSON of ours") {
  World world;
  world.enqueue("A1");
  CHECK_NOTHROW(world.database.execute(
      "INSERT OR IGNORE INTO pos_sync_queue (order_id, provider, restaurant_id, payload) VALUES "
      "('A1', 'square', x'ff', x'ff00')"));
  CHECK(world.database.integer("SELECT count(*) FROM pos_sync_audit WHERE event = "
                               "'insert_conflicts' AND json_valid(detail)") == 1);
}

TEST_CASE("a status that pos-sync does not know waits for a human, with its old words") {
  Host host(row("A1", "processing", 0, "'sent at 18:03'"));
  host.adopt();
  CHECK(host.database.text("SELECT status FROM pos_sync_queue") == "dead");
  CHECK(host.database.text("SELECT last_error FROM pos_sync_queue") ==
        "unknown_outcome: adopted with the status \"processing\"; sent at 18:03");
  CHECK(host.database.text("SELECT look_because FROM pos_sync_ledger") == "keyless");
  CHECK(host.database.text("SELECT from_status || to_status FROM pos_sync_audit") ==
        "processingdead");
}

TEST_CASE("what an older pusher booked is booked from its own time on") {
  Host host(row("A1", "success", 1, "NULL", "2026-11-18 18:00:00"));
  host.adopt();
  CHECK(host.database.integer("SELECT booked_at FROM pos_sync_ledger") == 1795024800000);
  CHECK(host.database.integer("SELECT first_sent_at FROM pos_sync_ledger") == 1795024800000);
  CHECK(host.database.integer("SELECT in_doubt_since IS NULL FROM pos_sync_ledger") == 1);
}

TEST_CASE("a database with the tables of an earlier pos-sync is refused in words, and unchanged") {
  for (const char* table : {"pos_sync_ledger", "pos_sync_queue_v0"}) {
    CAPTURE(table);
    Host host(concat("CREATE TABLE ", table, " (order_id TEXT)"));
    CHECK_THROWS_WITH_AS(host.adopt(), doctest::Contains("an earlier pos-sync"),
                         std::runtime_error);
  }
}

}  // namespace adoption_test

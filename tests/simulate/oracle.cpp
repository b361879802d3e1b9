#include "simulate/oracle.hpp"

#include "base/text.hpp"
#include "simulate/violation.hpp"

namespace simulate {
namespace {

// In SQLite's own temporary database, which the core's statements do not see.
constexpr const char* watching = R"sql(
CREATE TEMP TABLE square_orders (id TEXT PRIMARY KEY, order_id TEXT, revision INTEGER,
  total INTEGER, at_ms INTEGER, canceled INTEGER DEFAULT 0) WITHOUT ROWID;
CREATE INDEX temp.square_orders_identity ON square_orders (order_id, revision);
CREATE TEMP TABLE square_payments (id TEXT PRIMARY KEY, square_order TEXT, order_id TEXT,
  revision INTEGER) WITHOUT ROWID;
CREATE INDEX temp.square_payments_order ON square_payments (square_order);
CREATE TEMP TABLE vouched (order_id TEXT, square_id TEXT, there INTEGER, done INTEGER DEFAULT 0,
  PRIMARY KEY (order_id, square_id)) WITHOUT ROWID;
CREATE TEMP TABLE turned (order_id TEXT, revision INTEGER, was TEXT, became TEXT);
CREATE TEMP TABLE lines (order_id TEXT, revision INTEGER, was TEXT, became TEXT);
CREATE TEMP TABLE learned (order_id TEXT, revision INTEGER);

CREATE TEMP TRIGGER queue_row AFTER INSERT ON main.pos_sync_queue BEGIN
  INSERT INTO turned VALUES (NEW.order_id, NEW.revision, NULL, NEW.status);
END;
CREATE TEMP TRIGGER queue_status AFTER UPDATE OF status ON main.pos_sync_queue
WHEN NEW.status <> OLD.status BEGIN
  INSERT INTO turned VALUES (NEW.order_id, NEW.revision, OLD.status, NEW.status);
END;
CREATE TEMP TRIGGER audit_line AFTER INSERT ON main.pos_sync_audit
WHEN NEW.event <> 'insert_conflicts' BEGIN
  INSERT INTO lines VALUES (NEW.order_id, NEW.revision, NEW.from_status, NEW.to_status);
END;
CREATE TEMP TRIGGER marked_done AFTER INSERT ON main.pos_sync_audit
WHEN NEW.event = 'marked_done' BEGIN
  UPDATE vouched SET done = 1 WHERE order_id = NEW.order_id
    AND square_id = json_extract(NEW.detail, '$.external_order_id');
END;
CREATE TEMP TRIGGER ledger_news AFTER UPDATE ON main.pos_sync_ledger
WHEN NEW.in_doubt_since IS NOT OLD.in_doubt_since OR NEW.booked_at IS NOT OLD.booked_at
  OR NEW.look_because IS NOT OLD.look_because
  OR NEW.external_order_id IS NOT OLD.external_order_id
  OR NEW.external_payment_id IS NOT OLD.external_payment_id BEGIN
  INSERT INTO learned VALUES (NEW.order_id, NEW.revision);
END;
)sql";

// Every change of a row's status has one line that says the same, every line that speaks of a
// change has its change, and what the ledger learns is in a line too.
constexpr const char* unequal_lines = R"sql(
SELECT t.order_id || char(10) || 'revision ' || t.revision || ' went from ' || coalesce(t.was, 'nothing')
  || ' to ' || t.became || ' with ' ||
  (SELECT count(*) FROM lines l WHERE l.order_id = t.order_id AND l.revision = t.revision
   AND l.was IS t.was AND l.became = t.became) || ' lines'
FROM turned t WHERE (SELECT count(*) FROM lines l WHERE l.order_id = t.order_id
  AND l.revision = t.revision AND l.was IS t.was AND l.became = t.became) <> 1
UNION ALL
SELECT l.order_id || char(10) || 'a line says ' || coalesce(l.was, 'nothing') || ' to ' || l.became
FROM lines l WHERE l.was IS NOT l.became AND NOT EXISTS (SELECT 1 FROM turned t
  WHERE l.order_id = t.order_id AND l.revision = t.revision AND l.was IS t.was
  AND l.became = t.became)
UNION ALL
SELECT n.order_id || char(10) || 'the ledger of revision ' || n.revision || ' changed without a line'
FROM learned n WHERE NOT EXISTS (SELECT 1 FROM lines l WHERE l.order_id = n.order_id
  AND l.revision = n.revision)
LIMIT 1
)sql";

#define OPEN_CLAIM(row)                                                         \
  "EXISTS (SELECT 1 FROM pos_sync_claims c WHERE c.claim_key = 'pos-sync:' || " \
  "replace(" row                                                                \
  ".order_id, ':', '%3A') || ':square' AND c.settled_at IS NULL AND c.holder <> '')"

constexpr const char* two_active =
    "SELECT order_id || char(10) || count(*) || ' rows' FROM pos_sync_queue "
    "WHERE status IN ('pending', 'failed') GROUP BY order_id, provider HAVING count(*) > 1 LIMIT 1";

constexpr const char* false_success = R"sql(
SELECT q.order_id || char(10) || 'row ' || q.id || ' is success as ' ||
  coalesce(q.external_order_id, 'nothing') || ', ' || coalesce(q.external_payment_id, 'no payment')
FROM pos_sync_queue q LEFT JOIN square_orders s ON s.id = q.external_order_id
  AND s.order_id = q.order_id AND s.revision = q.revision
WHERE q.status = 'success'
  AND NOT EXISTS (SELECT 1 FROM vouched v WHERE v.order_id = q.order_id
    AND v.done AND v.square_id = q.external_order_id AND (v.there = 0 OR s.id IS NOT NULL))
  AND CASE WHEN s.id IS NULL OR NOT json_valid(q.payload) THEN 1
    WHEN s.canceled THEN 1
    WHEN s.total <> json_extract(q.payload, '$.items[0].unit_price') THEN 1
    ELSE json_extract(q.payload, '$.payment') IS NOT NULL AND NOT EXISTS (SELECT 1
      FROM square_payments p WHERE p.square_order = s.id AND p.id = q.external_payment_id) END
LIMIT 1
)sql";

constexpr const char* false_ledger = R"sql(
SELECT l.order_id || char(10) || 'the ledger of revision ' || l.revision || ' is booked as ' ||
  coalesce(l.external_order_id, 'nothing')
FROM pos_sync_ledger l WHERE l.booked_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM square_orders s WHERE s.id = l.external_order_id
    AND s.order_id = l.order_id AND s.revision = l.revision)
  AND NOT EXISTS (SELECT 1 FROM vouched v WHERE v.order_id = l.order_id
    AND v.done AND v.square_id = l.external_order_id)
LIMIT 1
)sql";

constexpr const char* dead_but_there =
    "SELECT q.order_id || char(10) || 'row ' || q.id || ' is dead (' || "
    "coalesce(q.last_error, '') || "
    "'), nothing is in doubt, and Square has ' || s.id "
    "FROM pos_sync_queue q CROSS JOIN square_orders s ON s.order_id = q.order_id "
    "AND s.revision = q.revision LEFT JOIN pos_sync_ledger l ON l.order_id = q.order_id "
    "AND l.provider = q.provider AND l.revision = q.revision "
    "WHERE q.status = 'dead' AND NOT s.canceled AND l.in_doubt_since IS NULL AND l.booked_at IS "
    "NULL "
    "AND (l.external_order_id IS NULL OR (l.external_payment_id IS NULL "
    "AND EXISTS (SELECT 1 FROM square_payments p WHERE p.square_order = s.id))) "
    "AND NOT " OPEN_CLAIM("q") " LIMIT 1";

constexpr const char* forgotten_order =
    "SELECT s.order_id || char(10) || 'Square has ' || s.id || ' of revision ' || s.revision || "
    "', and nobody knows or doubts it' FROM square_orders s "
    "LEFT JOIN pos_sync_ledger l ON l.order_id = s.order_id AND l.provider = 'square' "
    "AND l.revision = s.revision WHERE NOT s.canceled AND l.booked_at IS NULL "
    "AND l.in_doubt_since IS NULL AND l.external_order_id IS NOT s.id AND NOT " OPEN_CLAIM(
        "s") " LIMIT 1";

constexpr const char* forgotten_payment =
    "SELECT s.order_id || char(10) || 'Square has ' || s.id || ' for ' || s.square_order || "
    "', and nobody knows or doubts it' FROM square_payments s "
    "LEFT JOIN pos_sync_ledger l ON l.order_id = s.order_id AND l.provider = 'square' "
    "AND l.revision = s.revision WHERE l.booked_at IS NULL AND l.in_doubt_since IS NULL "
    "AND l.external_payment_id IS NOT s.id AND NOT " OPEN_CLAIM("s") " LIMIT 1";

constexpr const char* dead_without_reason = R"sql(
SELECT order_id || char(10) || 'row ' || id || ' is dead: "' || coalesce(last_error, '') || '"'
FROM pos_sync_queue WHERE status = 'dead' AND substr(coalesce(last_error, ''), 1,
  instr(coalesce(last_error, ''), ': ') - 1) NOT IN ('rejected', 'total_mismatch',
  'payment_rejected', 'unknown_outcome', 'content_differs', 'order_id_collision',
  'attempts_exhausted', 'earlier_revision_open', 'canceled', 'key_conflict',
  'duplicate_at_provider', 'paid_elsewhere') LIMIT 1
)sql";

constexpr const char* not_at_rest =
    "SELECT order_id || char(10) || 'row ' || id || ' is ' || status || ' still' "
    "FROM pos_sync_queue WHERE status IN ('pending', 'failed') LIMIT 1";
constexpr const char* still_claimed =
    "SELECT coalesce(order_id, '') || char(10) || claim_key || ' is held by ' || holder "
    "FROM pos_sync_claims WHERE settled_at IS NULL LIMIT 1";

[[noreturn]] void found(const char* invariant, const std::string& text) {
  const std::size_t end = text.find('\n');
  throw Violation(invariant, text.substr(0, end), text.substr(end + 1));
}

}  // namespace

Oracle::Oracle(world::Database& database) : database_(database) { database_.execute(watching); }

void Oracle::begin() {
  database_.empty();
  database_.execute("DELETE FROM square_orders; DELETE FROM square_payments; DELETE FROM vouched");
  after_others();
}

void Oracle::placed(const world::Booking& order) {
  const std::string earlier = database_.text(
      "SELECT id FROM square_orders WHERE order_id = ?1 AND revision = CAST(?2 AS INTEGER) "
      "AND NOT canceled",
      {order.order_id, pos::concat(order.revision)});
  if (!earlier.empty()) {
    throw Violation(invariant::one_effect, order.order_id,
                    pos::concat("revision ", order.revision, " stands at Square as ", earlier,
                                " and as ", order.id));
  }
  database_.execute(
      "INSERT INTO square_orders (id, order_id, revision, total, at_ms) VALUES (?1, ?2, "
      "CAST(?3 AS INTEGER), CAST(?4 AS INTEGER), CAST(?5 AS INTEGER))",
      {order.id, order.order_id, pos::concat(order.revision), pos::concat(order.total),
       pos::concat(order.at_ms)});
}

void Oracle::canceled(const std::string& square_id) {
  database_.execute("UPDATE square_orders SET canceled = 1 WHERE id = ?1", {square_id});
}

void Oracle::paid(const world::Booking& payment, const world::Booking& order) {
  const std::string earlier =
      database_.text("SELECT id FROM square_payments WHERE square_order = ?1", {order.id});
  if (!earlier.empty()) {
    throw Violation(invariant::one_effect, order.order_id,
                    pos::concat(order.id, " is paid by ", earlier, " and by ", payment.id));
  }
  database_.execute("INSERT INTO square_payments VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER))",
                    {payment.id, order.id, order.order_id, pos::concat(order.revision)});
}

void Oracle::vouched(const std::string& order_id, const std::string& square_id, bool there) {
  database_.execute(
      "INSERT OR IGNORE INTO vouched (order_id, square_id, there) VALUES (?1, ?2, CAST(?3 AS "
      "INTEGER))",
      {order_id, square_id, there ? "1" : "0"});
}

void Oracle::after_batch() {
  none(invariant::one_line, unequal_lines);
  after_others();
}

void Oracle::after_others() {
  for (const char* each : {"DELETE FROM turned", "DELETE FROM lines", "DELETE FROM learned"}) {
    database_.execute(each, {});
  }
}

void Oracle::before_request(const std::string& order_id, std::int64_t max_attempts) {
  const std::string attempts = database_.text(
      "SELECT attempts FROM pos_sync_queue WHERE order_id = ?1 "
      "AND status IN ('pending', 'failed') AND attempts >= CAST(?2 AS INTEGER)",
      {order_id, pos::concat(max_attempts)});
  if (attempts.empty()) return;
  throw Violation(invariant::bounded_attempts, order_id,
                  pos::concat("sent after ", attempts, " attempts of ", max_attempts));
}

void Oracle::none(const char* invariant, const char* sql) {
  const std::string text = database_.text(sql, {});
  if (!text.empty()) found(invariant, text);
}

void Oracle::look() {
  none(invariant::one_active_row, two_active);
  none(invariant::no_false_success, false_success);
  none(invariant::no_false_success, false_ledger);
  none(invariant::dead_is_not_there, dead_but_there);
  none(invariant::doubt_is_kept, forgotten_order);
  none(invariant::doubt_is_kept, forgotten_payment);
  none(invariant::says_why, dead_without_reason);
}

void Oracle::look_at_rest(std::int64_t max_attempts, std::int64_t takeovers) {
  look();
  none(invariant::comes_to_rest, not_at_rest);
  none(invariant::comes_to_rest, still_claimed);
  const std::string text = database_.text(
      "SELECT order_id || char(10) || attempts || ' attempts' FROM pos_sync_queue "
      "WHERE attempts > CAST(?1 AS INTEGER) LIMIT 1",
      {pos::concat(max_attempts + takeovers)});
  if (!text.empty()) found(invariant::bounded_attempts, text);
}

}  // namespace simulate

// The purge behind a tick of the cron. Each table is walked 2,500 rows at a time from where the
// last purge stopped, so that it reads and deletes a bounded number of rows whatever the tables
// hold. The ledger is never purged; nor is anything that is unsettled, in doubt, or waits for a
// human.
//
// Its statements run in this order, for each table: the delete, purge_deleted, the cursor. Whatever
// of the page was deleted is gone by then, so the cursor moves behind the rows of it that stay.
#pragma once

namespace pos::store::sql {

// How many rows the delete before it has deleted.
constexpr char purge_deleted[] = "SELECT changes() AS deleted";

// That an order has taken its workers with it is known from its claim alone: while the order is
// active, its claim stays, or the next tick would take it among all others.
constexpr char purge_claims[] =
    "DELETE FROM pos_sync_claims "
    "WHERE claim_key IN (SELECT p.claim_key "
    "FROM @claims_page(2500) p WHERE p.settled_at < @now - 7 * 86400000 "
    "AND NOT (p.takeovers > 0 AND EXISTS (SELECT 1 FROM pos_sync_queue n "
    "WHERE n.order_id = p.order_id AND n.provider = p.provider AND @active(n))))";

// The walk begins anew where a page ends the table.
constexpr char purge_claims_cursor[] =
    "UPDATE pos_sync_cursors SET position = (SELECT "
    "CASE WHEN count(*) < 2500 - changes() THEN '' WHEN count(*) = 0 THEN position "
    "ELSE max(p.claim_key) END FROM @claims_page(2500 - changes()) p) WHERE name = 'claims'";

// ?2: QUEUE_RETENTION_DAYS.
constexpr char purge_queue[] =
    "DELETE FROM pos_sync_queue WHERE id IN (SELECT p.id "
    "FROM @queue_page(2500) p WHERE p.status = 'success' "
    "AND coalesce(p.updated_at, p.created_at) < datetime(julianday('now') - ?2))";

// Ids grow with time, so behind a row that is too young there is nothing to purge.
constexpr char purge_queue_cursor[] =
    "UPDATE pos_sync_cursors SET position = (SELECT "
    "CASE WHEN count(*) < 2500 - changes() OR max(p.created_at) >= datetime(julianday('now') - ?2) "
    "THEN '' "
    "WHEN count(*) = 0 THEN position ELSE CAST(max(p.id) AS TEXT) END "
    "FROM @queue_page(2500 - changes()) p) WHERE name = 'queue'";

constexpr char purge_audit[] =
    "DELETE FROM pos_sync_audit WHERE id IN (SELECT p.id "
    "FROM @audit_page(2500) p WHERE p.at < @now - 90 * 86400000 "
    "AND EXISTS (SELECT 1 FROM pos_sync_ledger l "
    "WHERE @same(l, p) AND l.booked_at IS NOT NULL AND l.in_doubt_since IS NULL))";

constexpr char purge_audit_cursor[] =
    "UPDATE pos_sync_cursors SET position = (SELECT "
    "CASE WHEN count(*) < 2500 - changes() OR max(p.at) >= @now - 90 * 86400000 THEN '' "
    "WHEN count(*) = 0 THEN position ELSE CAST(max(p.id) AS TEXT) END "
    "FROM @audit_page(2500 - changes()) p) WHERE name = 'audit'";

// Older events cannot be taken again either: webhook.event asks when they were made. An order has
// up to four of them. They are found by skipping from location to location, the oldest first.
constexpr char purge_webhooks[] =
    "DELETE FROM pos_webhook_events WHERE event_id IN (WITH RECURSIVE place (id) AS (SELECT "
    "min(e.location_id) FROM pos_webhook_events e UNION ALL SELECT (SELECT min(e.location_id) "
    "FROM pos_webhook_events e WHERE e.location_id > place.id) FROM place "
    "WHERE place.id IS NOT NULL LIMIT 2500) SELECT e.event_id FROM place "
    "CROSS JOIN pos_webhook_events e ON e.location_id = place.id "
    "AND e.received_at < @now - 7 * 86400000 LIMIT 5000)";

}  // namespace pos::store::sql

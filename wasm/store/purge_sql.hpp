// The purge of an idle tick. Each table is walked 500 rows at a time from where the last purge
// stopped, so that a tick reads and deletes a bounded number of rows whatever the tables hold. The
// ledger is never purged; nor is anything that is unsettled, in doubt, or waits for a human.
#pragma once

namespace pos::store::sql {

constexpr char purge_claims[] =
    "DELETE FROM pos_sync_claims "
    "WHERE claim_key IN (SELECT p.claim_key "
    "FROM @claims_page p WHERE p.settled_at < @now - 7 * 86400000)";

// Runs before the delete, which then purges the page after the new position; the cursor returns to
// the start when a page ends the table.
constexpr char purge_claims_cursor[] =
    "UPDATE pos_sync_cursors SET position = coalesce((SELECT "
    "CASE WHEN count(*) < 500 THEN '' ELSE max(p.claim_key) END "
    "FROM @claims_page p), '') WHERE name = 'claims'";

constexpr char purge_queue[] =
    "DELETE FROM pos_sync_queue WHERE id IN (SELECT p.id "
    "FROM @page(queue) p WHERE p.status = 'success' "
    "AND coalesce(p.updated_at, p.created_at) < datetime(julianday('now') - 90))";

constexpr char purge_queue_cursor[] =
    "UPDATE pos_sync_cursors SET position = coalesce((SELECT "
    "CASE WHEN count(*) < 500 THEN '' ELSE CAST(max(p.id) AS TEXT) END "
    "FROM @page(queue) p), '') WHERE name = 'queue'";

constexpr char purge_audit[] =
    "DELETE FROM pos_sync_audit WHERE id IN (SELECT p.id "
    "FROM @page(audit) p WHERE p.at < @now - 90 * 86400000 "
    "AND EXISTS (SELECT 1 FROM pos_sync_ledger l "
    "WHERE @same(l, p) AND l.booked_at IS NOT NULL AND l.in_doubt_since IS NULL))";

constexpr char purge_audit_cursor[] =
    "UPDATE pos_sync_cursors SET position = coalesce((SELECT "
    "CASE WHEN count(*) < 500 THEN '' ELSE CAST(max(p.id) AS TEXT) END "
    "FROM @page(audit) p), '') WHERE name = 'audit'";

// Older events cannot be taken again either: webhook.event asks when they were made.
constexpr char purge_webhooks[] =
    "DELETE FROM pos_webhook_events WHERE event_id IN (SELECT e.event_id "
    "FROM pos_webhook_events e WHERE e.received_at < @now - 7 * 86400000 "
    "ORDER BY e.received_at LIMIT 500)";

}  // namespace pos::store::sql

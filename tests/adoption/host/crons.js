// The statements of a host's own crons and pages: those that read and write the two tables of the report.
// The doctor finds them in this file as it finds them in any source.

/** What its pages show.
 * @type {Record<string, string>} */
export const READS = {
  counts: 'SELECT status, count(*) AS n FROM pos_sync_queue GROUP BY status ORDER BY status',
  thisWeek:
    'SELECT date(created_at) AS day, count(*) AS n FROM pos_sync_queue ' +
    "WHERE created_at >= datetime('now', '-7 days') GROUP BY 1 ORDER BY 1",
  oldest: 'SELECT order_id, created_at, typeof(created_at) AS kind FROM pos_sync_queue ORDER BY created_at, id',
  unsynced: 'SELECT id, restaurant_id, status, attempts, last_error FROM unsynced_orders ORDER BY id',
  notes: 'SELECT n.note, q.order_id FROM sync_notes n JOIN pos_sync_queue q ON q.id = n.queue_id ORDER BY n.id',
  today: 'SELECT claim_key FROM claims_of_today ORDER BY claim_key',
  lateClaims: `SELECT claim_key FROM cron_idempotency_claims
    WHERE claimed_at < datetime('now', '-1 day') ORDER BY claim_key`,
  results: 'SELECT r.result, c.claimed_at FROM claim_results r JOIN cron_idempotency_claims c USING (claim_key) ORDER BY r.id',
  delays:
    "SELECT order_id, strftime('%s', coalesce(updated_at, created_at)) - strftime('%s', created_at) AS seconds " +
    "FROM pos_sync_queue WHERE status = 'success' ORDER BY id",
};

/** What its crons do. */
export const claimDigest =
  "INSERT OR IGNORE INTO cron_idempotency_claims (claim_key, claimed_at) VALUES ('daily-digest:' || date('now'), datetime('now'))";
export const releaseClaim = 'DELETE FROM cron_idempotency_claims WHERE claim_key = ?1';
export const purgeClaims = "DELETE FROM cron_idempotency_claims WHERE claimed_at < datetime('now', '-30 days')";
export const purgeQueue = "DELETE FROM pos_sync_queue WHERE status = 'success' AND created_at < datetime('now', '-90 days')";
export const placeOrder = "INSERT INTO orders (id, restaurant_id, state, payload) VALUES (?1, ?2, 'placed', ?3)";
export const enqueueAgain =
  "INSERT INTO pos_sync_queue (order_id, provider, payload) SELECT id, 'square', payload FROM orders WHERE id = ?1 " +
  "ON CONFLICT (order_id, provider) WHERE status IN ('pending', 'failed') DO NOTHING";

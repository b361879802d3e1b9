// The design of the incident report, statement by statement: it selects, claims, pushes and marks
// one order at a time. Nobody has its worker, so its statements are run here as it describes them.

/** @import { BenchOrder } from './orders.js' */
/** @import { Rig } from './rig.js' */

/** Its tables beside the old queue: L2, and the claims of L3. */
export const SCHEMA = {
  claims: `CREATE TABLE cron_idempotency_claims (
     claim_key TEXT PRIMARY KEY, claimed_at TEXT DEFAULT CURRENT_TIMESTAMP)`,
  index: `CREATE UNIQUE INDEX pos_sync_queue_active ON pos_sync_queue (order_id, provider)
     WHERE status IN ('pending', 'failed')`,
};

const SELECT =
  "SELECT * FROM pos_sync_queue WHERE status IN ('pending', 'failed') AND attempts < 10 " +
  'ORDER BY id LIMIT 50';
const CLAIM = 'INSERT OR IGNORE INTO cron_idempotency_claims (claim_key) VALUES (?1)';
const MARK =
  "UPDATE pos_sync_queue SET status = 'success', updated_at = CURRENT_TIMESTAMP WHERE id = ?1";

/** What its ticks ask of D1 until the queue is empty.
 * @param {Rig} rig
 * @param {BenchOrder[]} orders */
export async function tickAsReported(rig, orders) {
  let booked = 0;
  while (booked < orders.length) {
    const [rows] = await rig.sql([SELECT]);
    if (rows.length === 0) throw new Error(`${booked} of ${orders.length} orders`);
    // In batches here, for speed: what a statement reads and writes is the same.
    await rig.sql(
      ...rows.flatMap(({ id, order_id }) => [
        /** @type {[string, string]} */ ([CLAIM, `pos-sync:${order_id}:square:2026-11-23`]),
        /** @type {[string, number]} */ ([MARK, id]),
      ]),
    );
    booked += rows.length;
  }
}

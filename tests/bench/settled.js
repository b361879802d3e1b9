// SQL that fills the tables with orders that were settled long ago: what a tick costs must not depend
// on them.

/** @param {number} rows */
const numbers = (rows) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;

const ORDER_ID = "printf('history-%08d', i)";
const AT = '1790000000000 + i';
const STAMP = `datetime((${AT}) / 1000, 'unixepoch')`;
const PAYLOAD =
  `'{"currency":"TRY","items":[{"name":"Ayran","quantity":"1","unit_price":' || i || '}]}'`;

/** One row per order in each table, in the order of its key, as time would have left them.
 * @type {Record<string, string[]>} */
const TABLES = {
  ours: [
    `INSERT INTO pos_sync_queue (order_id, restaurant_id, payload, status, external_order_id,
       created_at, updated_at)
     SELECT ${ORDER_ID}, 'restaurant-' || (i % 200), ${PAYLOAD}, 'success', 'sale-' || i,
       ${STAMP}, ${STAMP} FROM n`,
    `INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, settled_at,
       row_id, order_id, provider, revision)
     SELECT 'pos-sync:' || ${ORDER_ID} || ':square', 'tick-' || (i / 50), ${AT}, 0, ${AT},
       i, ${ORDER_ID}, 'square', 1 FROM n`,
    `INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, request,
       first_sent_at, last_sent_at, booked_at, external_order_id)
     SELECT ${ORDER_ID}, 'square', 1, 'restaurant-' || (i % 200), printf('%064x', i),
       json_object('v', 1, 'order', ${PAYLOAD}), ${AT}, ${AT}, ${AT}, 'sale-' || i FROM n`,
    `INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status,
       to_status, token, detail)
     SELECT ${ORDER_ID}, 'square', 1, ${AT}, 'cron', 'order_accepted', 'pending', 'success',
       'tick-' || (i / 50), '{}' FROM n`,
  ],
  report: [
    `INSERT INTO pos_sync_queue (order_id, provider, payload, status)
     SELECT ${ORDER_ID}, 'square', ${PAYLOAD}, 'success' FROM n`,
    `INSERT INTO cron_idempotency_claims (claim_key)
     SELECT 'pos-sync:' || ${ORDER_ID} || ':square:2026-11-21' FROM n`,
  ],
};

/**
 * @param {'ours' | 'report'} schema
 * @param {number} rows
 * @returns {string[]} statements
 */
export const settledLongAgo = (schema, rows) =>
  TABLES[schema].map((insert) => `${numbers(rows)} ${insert}`);

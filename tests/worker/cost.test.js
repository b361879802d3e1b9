// What a tick costs at D1, counted by D1 itself and not by a clock: round trips, rows read and rows written,
// with a hundred thousand settled orders in the tables.
import { beforeEach, expect, test } from 'vitest';
import { BATCH, LIMIT } from '../bench/budget.js';
import { makeOrders } from '../bench/orders.js';
import { settledLongAgo } from '../bench/settled.js';
import { ask, cleanWorldBeforeEach, db, enqueue, query } from './lib/world.js';

/** @import { BenchOrder } from '../bench/orders.js' */

cleanWorldBeforeEach();

const SETTLED = 100_000;

beforeEach(async () => {
  for (const sql of settledLongAgo('ours', SETTLED)) await db.prepare(sql).run();
});

/** What the tick of some orders costs, each of which ends booked.
 * @param {BenchOrder[]} orders */
async function costOf(orders) {
  const cost = { trips: 0, read: 0, written: 0 };
  const counting = {
    prepare: (/** @type {string} */ sql) => db.prepare(sql),
    async batch(/** @type {D1PreparedStatement[]} */ statements) {
      const results = await db.batch(statements);
      cost.trips += 1;
      for (const { meta } of results) {
        cost.read += meta.rows_read;
        cost.written += meta.rows_written;
      }
      return results;
    },
  };
  // The cron also purges, behind its work: see tick.test.js.
  expect(await ask('POST', '/v1/drain', { env: { D1_OPS: counting } })).toMatchObject({ status: 200 });
  const [{ booked }] = await query("SELECT count(*) AS booked FROM pos_sync_queue WHERE status = 'success'");
  expect(booked).toBe(SETTLED + orders.length);
  return { trips: cost.trips, read: cost.read / orders.length, written: cost.written };
}

/** @param {BenchOrder[]} orders */
async function freeze(orders) {
  for (const order of orders) expect(await ask('POST', '/v1/orders', { body: order })).toMatchObject({ status: 201 });
}

test('fifty orders that were frozen cost two round trips, so that a slow database does not hold up the evening', async () => {
  const orders = makeOrders(0, BATCH);
  await freeze(orders);
  const { trips, read, written } = await costOf(orders);
  expect(trips).toBe(LIMIT.tripsFrozen);
  expect(read).toBeLessThanOrEqual(LIMIT.read);
  expect(written).toBeLessThanOrEqual(LIMIT.written * BATCH + LIMIT.writtenByTick);
});

test('fifty orders that were inserted cost one more, and no row for what was settled long ago', async () => {
  const orders = makeOrders(0, BATCH);
  await enqueue(...orders);
  const { trips, read, written } = await costOf(orders);
  expect(trips).toBe(LIMIT.trips);
  expect(read).toBeLessThanOrEqual(LIMIT.read);
  expect(written).toBeLessThanOrEqual(LIMIT.written * BATCH + LIMIT.writtenByTick);
});

test('only a tick that finds something to do for the past asks what it is', async () => {
  await db.prepare(
    "INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body, state) VALUES ('m', 'a', 'r', 'en', 's', 'b', 'due')",
  ).run();
  const orders = makeOrders(0, 1);
  await freeze(orders);
  expect((await costOf(orders)).trips).toBeGreaterThan(LIMIT.tripsFrozen);
});

test('GET /readyz reads a few rows, however many ticks a week has had: it is asked every minute', async () => {
  await query(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO pos_sync_claims " +
      "(claim_key, claimed_at, settled_at) SELECT CASE i % 3 WHEN 0 THEN 'tick:order:' ELSE 'tick:' END || i, 1000 + i, 1000 + i FROM n",
  );
  let read = 0;
  const counting = {
    prepare: (/** @type {string} */ sql) => db.prepare(sql),
    async batch(/** @type {D1PreparedStatement[]} */ statements) {
      const results = await db.batch(statements);
      for (const { meta } of results) read += meta.rows_read;
      return results;
    },
  };
  expect(await ask('GET', '/readyz', { env: { D1_OPS: counting } })).toMatchObject({ status: 503 });
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThanOrEqual(10);
});

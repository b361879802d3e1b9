// The worker that ships, in a real `wrangler dev`, killed with SIGKILL in the middle of its work.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { insertionOf } from '../../scripts/lib/producer.mjs';
import { startTwin } from '../fakes/square/server.js';
import { LocalWorker, until } from './lib/wrangler.js';

/** @typedef {Record<string, any>} Json */

/** Longer than a lease, and than all that is waited for behind it. */
const DAY_PART_MS = 3 * 3600 * 1000;

/** From one tick to the next. */
const MINUTE_MS = 60 * 1000;

/** @type {import('../fakes/square/server.js').RunningTwin} */
let twin;
/** @type {LocalWorker} */
let worker;

beforeEach(async () => {
  twin = await startTwin({ latencyMs: 120 });
  worker = new LocalWorker({
    SQUARE_BASE_URL: twin.url,
    SQUARE_LOCATION_ID: twin.locations[0].id,
    SQUARE_ACCESS_TOKEN: twin.token,
  });
});

afterEach(async () => {
  await worker.close();
  await twin.close();
});

const payload = (/** @type {number} */ n) => ({
  currency: 'TRY',
  table_id: String(n),
  items: [{ name: 'Adana Kebabı', quantity: '1', unit_price: 10000 + n }],
  payment: { type: 'external', source: 'thMenu', amount: 10000 + n },
});

/** @param {string} order_id @param {number} n */
const insertion = (order_id, n) => insertionOf({ order_id, restaurant_id: `r${n % 3}`, payload: payload(n) });

/** @returns {Promise<Json[]>} */
const rows = async () => (await worker.ask('GET', '/v1/orders')).body.orders;

/** @returns {Json[]} */
const requests = () => twin.state().requests;

test('killed three times mid-push and restarted on the same state, every order is booked exactly once', async () => {
  await worker.d1('migrations', 'apply', 'D1_OPS');
  const bySql = Array.from({ length: 24 }, (_each, n) => `sql-${n}`);
  await worker.execute(bySql.map(insertion).join(''));
  await worker.start();
  const byHttp = Array.from({ length: 12 }, (_each, n) => `http-${n}`);
  for (const [n, order_id] of byHttp.entries()) {
    const answer = await worker.ask('POST', '/v1/orders', { order_id, restaurant_id: `r${n % 3}`, payload: payload(n) });
    expect(answer.status).toBe(201);
  }

  for (const more of [4, 9, 17]) {
    const before = requests().length;
    // A tick may find everything held by the one that was killed: then it is the next one's turn.
    let ended = false;
    const ticks = async () => {
      while (!ended) {
        await worker.cron();
        worker.pass(MINUTE_MS);
      }
    };
    const ticking = ticks().catch(() => {});
    await until(() => requests().length >= before + more);
    ended = true;
    await worker.kill();
    await ticking;
    // What it had sent lands, or never will; then the lease of the dead one ends.
    await until(() => twin.state().in_flight === 0);
    worker.pass(DAY_PART_MS);
    await worker.start();
  }
  await until(async () => {
    await worker.cron();
    worker.pass(MINUTE_MS);
    const left = (await rows()).filter(({ status }) => status !== 'success');
    expect(left.filter(({ status }) => status === 'dead')).toEqual([]);
    return left.length === 0;
  });

  expect(twin.summary()).toMatchObject({
    sales: 36,
    orders: 36,
    payments: 36,
    paid: 36,
    extra_orders: 0,
    extra_payments: 0,
    duplicates: [],
  });
  expect(twin.state()).toMatchObject({ bugs: [], changed_bodies: [], max_in_flight_per_order: 1 });
  expect(new Set(requests().map(({ key }) => key)).size).toBe(72);
  // What the kills were for: sales that were booked while nobody lived to see it, asked for again.
  expect(requests().filter(({ replayed }) => replayed).length).toBeGreaterThan(0);

  const booked = new Map(twin.state().orders.map((/** @type {Json} */ { id, metadata }) => [id, metadata.order_id]));
  const rowsNow = await rows();
  expect(rowsNow.map(({ order_id }) => order_id).sort()).toEqual([...bySql, ...byHttp].sort());
  for (const row of rowsNow) expect(booked.get(row.external_order_id)).toBe(row.order_id);
});

// An audit and its repair by the worker that ships, in a real `wrangler dev` that is killed again and
// again: it finds what an undisturbed run finds, and refunds each duplicate once.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededHistory } from '../fakes/square/history.js';
import { startTwin } from '../fakes/square/server.js';
import { LocalWorker, until } from './lib/wrangler.js';

/** @typedef {Record<string, any>} Json */

/** Longer than a lease, and than the waits before something is tried again. */
const AN_HOUR_MS = 3600 * 1000;

/** From one tick to the next. */
const MINUTE_MS = 60 * 1000;

const DAY_MS = 24 * 3600 * 1000;
const NOW = Date.now() - 3600 * 1000;

const history = seededHistory({
  now: NOW, seed: 20, restaurants: 8, duplicates: 60, ordersPerRestaurant: 25, nearMisses: 3,
});

/** @type {import('../fakes/square/server.js').RunningTwin} */
let twin;
/** @type {LocalWorker} */
let worker;

beforeEach(async () => {
  twin = await startTwin({ locations: history.locations, latencyMs: 15 });
  twin.seed({ orders: history.orders });
  worker = new LocalWorker({
    SQUARE_BASE_URL: twin.url,
    SQUARE_LOCATION_ID: '',
    SQUARE_ACCESS_TOKEN: twin.token,
    ACCOUNTS_KEY: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    SEAL_KEY: `k1:${Buffer.alloc(32, 9).toString('base64')}`,
  });
  await worker.d1('migrations', 'apply', 'D1_OPS');
  await worker.execute(history.locations.map(({ id }, n) =>
    `INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('r${n + 1}', '${id}');\n`).join(''));
  await worker.start();
});

afterEach(async () => {
  await worker.close();
  await twin.close();
});

/** @returns {Json[]} */
const requests = () => twin.state().requests;

/** Ticks until the audit is in that state; a kill whenever Square has had so many requests more.
 * @param {string} id
 * @param {string} state
 * @param {number[]} kills
 * @returns {Promise<Json>} */
async function tickUntil(id, state, kills) {
  for (const more of kills) {
    const before = requests().length;
    let ended = false;
    const ticks = async () => {
      while (!ended) {
        await Promise.all([worker.cron(), worker.cron()]);
        worker.pass(MINUTE_MS);
      }
    };
    const ticking = ticks().catch(() => {});
    await until(() => requests().length >= before + more);
    ended = true;
    await worker.kill();
    await ticking;
    await until(() => twin.state().in_flight === 0);
    worker.pass(AN_HOUR_MS);
    await worker.start();
  }
  /** @type {Json} */
  let audit = {};
  await until(async () => {
    worker.pass(AN_HOUR_MS / 6);
    await worker.cron();
    audit = (await worker.ask('GET', `/v1/audits/${id}`)).body;
    return audit.state === state;
  });
  return audit;
}

/** @returns {Promise<string>} the id of a new audit of everything */
async function newAudit() {
  const range = [NOW - 91 * DAY_MS, NOW + DAY_MS].map((at) => new Date(at).toISOString());
  const { status, body } = await worker.ask('POST', '/v1/audits', { provider: 'square', from: range[0], to: range[1] });
  expect(status).toBe(201);
  return body.id;
}

/** What an audit has found, but for when and under which name.
 * @param {string} id
 * @returns {Promise<Json>} */
async function found(id) {
  const groups = [];
  for (let cursor = ''; ; ) {
    const { body } = await worker.ask('GET', `/v1/audits/${id}?cursor=${cursor}`);
    groups.push(...body.groups.map((/** @type {Json} */ { group_id, confidence, survivor, orders }) => ({
      group_id, confidence, survivor,
      orders: orders.map((/** @type {Json} */ { id: order, role, action }) => ({ order, role, action })),
    })));
    if (!body.cursor) {
      const places = body.places.map((/** @type {Json} */ { restaurant_id, orders, payments, figures }) =>
        ({ restaurant_id, orders, payments, figures }));
      return { groups, places };
    }
    cursor = encodeURIComponent(body.cursor);
  }
}

test('killed and killed again, an audit finds what an undisturbed one finds, and its repair refunds each duplicate once', async () => {
  const undisturbed = await newAudit();
  await tickUntil(undisturbed, 'planned', []);
  const id = await newAudit();
  const { fingerprint } = await tickUntil(id, 'planned', [3, 8, 14]);
  expect(await found(id)).toEqual(await found(undisturbed));

  // Half of what is sent now takes effect although nobody hears of it.
  twin.setFaults({
    seed: 5, rates: { reset: 0.16, http_500: 0.05, http_429: 0.03 }, applied: 0.6, max_per_request: 2,
  });
  const approval = { fingerprint, confidence: 'probable', actor: 'a second person' };
  const approve = () => worker.ask('POST', `/v1/audits/${id}/approve`, approval);
  await until(async () => (await approve()).status < 300);
  expect((await Promise.all([approve(), approve()])).map(({ status }) => status)).toEqual([200, 200]);
  await tickUntil(id, 'repaired', [10, 25, 40]);

  const { refunded, refunded_twice, over_refunded } = twin.summary();
  expect({ refunded_twice, over_refunded }).toEqual({ refunded_twice: [], over_refunded: [] });
  const { orders, refunds } = twin.state();
  const stateOf = new Map(orders.map((/** @type {Json} */ order) => [order.id, order.state]));
  for (const { kind, payment_id, order_id, action, amount } of history.truth.duplicates) {
    const label = `${kind} ${order_id}`;
    if (kind === 'partly_refunded') continue; // somebody has dealt with it: a human's
    if (action === 'cancel') expect([label, stateOf.get(order_id)]).toEqual([label, 'CANCELED']);
    else if (action !== 'none') expect([label, refunded[payment_id ?? '']]).toEqual([label, amount]);
  }
  // Nothing else was touched: no survivor, and nothing that only looks like a duplicate.
  const planted = new Set(history.truth.duplicates.map(({ payment_id }) => payment_id));
  const ours = refunds.filter((/** @type {Json} */ { reason }) => reason?.startsWith('posSync'));
  expect(ours.length).toBeGreaterThan(0);
  expect(ours.filter((/** @type {Json} */ { payment_id }) => !planted.has(payment_id))).toEqual([]);
  expect(twin.state()).toMatchObject({ bugs: [], violations: [], changed_bodies: [] });
});

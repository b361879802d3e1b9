// What Square's replies do beside the order that they answer: to its account, to everybody else's
// orders, and to the list of codes that nobody has seen.
import { expect, test, vi } from 'vitest';
import {
  ask,
  cleanWorldBeforeEach,
  db,
  enqueue,
  logged,
  payload,
  query,
  rowsOf,
  tick,
  twin,
  twinControl,
} from './lib/world.js';

/** @typedef {import('./lib/world.js').Json} Json */

cleanWorldBeforeEach();

/** @param {string} restaurant @param {number} n */
const ordersOf = (restaurant, n) =>
  Array.from({ length: n }, (_each, i) => ({
    order_id: `${restaurant}-${i + 1}`,
    restaurant_id: restaurant,
  }));

/** @param {...string} restaurants */
const giveAccounts = (...restaurants) =>
  db.batch(
    restaurants.map((each) =>
      db
        .prepare('INSERT INTO pos_accounts (restaurant_id, location_id) VALUES (?1, ?2)')
        .bind(each, twin.location),
    ),
  );

/** @param {{order_id: string}[]} orders @param {Json} changes */
const throttle = (orders, changes) =>
  twinControl('faults', {
    plan: orders.map(({ order_id }) => ({
      match: { reference_id: order_id },
      fault: 'http_429',
      ...changes,
    })),
  });

/** @param {string} restaurant */
async function accountOf(restaurant) {
  const { body } = await ask('GET', '/v1/status');
  const account = body.accounts.find((/** @type {Json} */ each) => each.restaurant_id === restaurant);
  return { ...account, pause_minutes: Math.ceil((account.paused_until - body.now) / 60_000) };
}

test.each([
  ['seconds', () => '3600'],
  ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
])('one account is throttled, with %s to wait: it pauses so long, and the other goes on', async (_name, after) => {
  await giveAccounts('slow', 'quick');
  const slow = ordersOf('slow', 20);
  await enqueue(...slow, ...ordersOf('quick', 20));
  await throttle(slow, { retry_after: after() });
  await tick();

  expect(await query("SELECT DISTINCT status FROM pos_sync_queue WHERE restaurant_id = 'quick'")).toEqual([
    { status: 'success' },
  ]);
  expect(
    await query("SELECT DISTINCT attempts FROM pos_sync_queue WHERE restaurant_id = 'slow'"),
  ).toEqual([{ attempts: 0 }]);
  expect(await accountOf('slow')).toMatchObject({
    paused: 1,
    pause_reason: 'throttled',
    pause_minutes: 60,
    pace: 3,
  });
  expect(await accountOf('quick')).toMatchObject({ paused: 0, pause_reason: '', pace: 0 });
  const { requests } = await twinControl('state');
  const met = requests.filter((/** @type {Json} */ { status }) => status === 429);
  expect(met.length).toBeLessThanOrEqual(6);

  // Once the pause is over, all of them are booked, and none twice.
  await twinControl('faults', {});
  await db.batch([
    db.prepare("UPDATE pos_accounts SET paused_until = 0 WHERE restaurant_id = 'slow'"),
    db.prepare('UPDATE pos_sync_queue SET next_attempt_at = 0'),
    db.prepare('UPDATE pos_sync_ledger SET last_sent_at = 0 WHERE last_sent_at IS NOT NULL'),
  ]);
  await tick();
  expect(await twinControl('summary')).toMatchObject({ sales: 40, orders: 40, extra_orders: 0 });
  expect((await accountOf('slow')).pace).not.toBe(3);
});

test('ten thousand orders of one restaurant do not delay the only one of another by a second claim', async () => {
  await db
    .prepare(
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) ' +
        'INSERT INTO pos_sync_queue (order_id, restaurant_id, payload) ' +
        "SELECT 'big-' || i, 'big', ?1 FROM n",
    )
    .bind(JSON.stringify(payload()))
    .run();
  await enqueue({ order_id: 'only', restaurant_id: 'small' });
  // As many requests as one claim of fifty needs, and the sixteen that are left to the repair.
  await tick({ SUBREQUEST_BUDGET: '122' });
  const calls = "SELECT count(*) AS n FROM pos_sync_claims WHERE claim_key LIKE 'tick:%'";
  expect(await query(calls)).toEqual([{ n: 1 }]);
  expect(await rowsOf('only')).toMatchObject([{ status: 'success' }]);
  expect(
    await query("SELECT count(*) AS n FROM pos_sync_queue WHERE status = 'success'"),
  ).toEqual([{ n: 50 }]);
});

test('a code that nobody has seen leaves the order in doubt, is counted, and is said once', async () => {
  const send = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const reply = await send(input, init);
    if (!String(input).endsWith('/v2/orders')) return reply;
    // Square has booked it, whatever this says.
    await reply.text();
    const error = { category: 'INVALID_REQUEST_ERROR', code: 'ORDER_IN_ORBIT', detail: 'new' };
    return Response.json({ errors: [error] }, { status: 400 });
  });
  await enqueue(...ordersOf('adana', 3));
  await tick();
  vi.mocked(globalThis.fetch).mockRestore();

  const rows = await query('SELECT status, attempts FROM pos_sync_queue');
  expect(rows).toEqual([1, 2, 3].map(() => ({ status: 'failed', attempts: 1 })));
  const { body } = await ask('GET', '/v1/status');
  expect(body).toMatchObject({ in_doubt: 3, unknown_codes: { ORDER_IN_ORBIT: 3 } });
  expect(logged.filter((line) => line.includes('not in our table'))).toHaveLength(1);

  await db.batch([
    db.prepare('UPDATE pos_sync_queue SET next_attempt_at = 0'),
    db.prepare('UPDATE pos_sync_ledger SET last_sent_at = 0'),
  ]);
  await tick();
  expect(await twinControl('summary')).toMatchObject({ sales: 3, orders: 3, extra_orders: 0 });
});

test('where no code is new, the status says so', async () => {
  expect((await ask('GET', '/v1/status')).body.unknown_codes).toEqual({});
});

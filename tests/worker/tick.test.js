import { describe, expect, test } from 'vitest';
import { pass } from './lib/clock.js';
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

cleanWorldBeforeEach();

const ids = (/** @type {number} */ n) =>
  Array.from({ length: n }, (_each, i) => ({ order_id: `ord-${i + 1}` }));

test('rows that a producer inserted are booked once each, with their payments', async () => {
  await enqueue(...ids(20));
  await tick();
  const rows = await query('SELECT * FROM pos_sync_queue');
  expect(rows).toHaveLength(20);
  for (const row of rows) {
    expect(row).toMatchObject({ status: 'success', last_error: null });
    expect(row.external_order_id).toMatch(/./);
    expect(row.external_payment_id).toMatch(/./);
  }
  expect(await twinControl('summary')).toMatchObject({
    sales: 20,
    orders: 20,
    payments: 20,
    extra_orders: 0,
    extra_payments: 0,
  });
});

test('a second tick finds nothing to do, and two at once do not double anything', async () => {
  await enqueue(...ids(30));
  await Promise.all([tick(), tick(), tick()]);
  await tick();
  expect(await query("SELECT count(*) AS n FROM pos_sync_queue WHERE status = 'success'")).toEqual([
    { n: 30 },
  ]);
  const { requests } = await twinControl('state');
  expect(requests).toHaveLength(60);
});

test('fifty orders cost three round trips to D1, two where they were frozen at the door', async () => {
  await enqueue(...ids(50));
  const { body: unfrozen } = await ask('POST', '/v1/drain');
  expect(unfrozen).toMatchObject({ booked: 50, more: false, d1_calls: 3, requests: 100 });
  for (let n = 1; n <= 50; n++) {
    await ask('POST', '/v1/orders', { body: { order_id: `door-${n}`, payload: payload() } });
  }
  const { body: frozen } = await ask('POST', '/v1/drain');
  expect(frozen).toMatchObject({ booked: 50, more: false, d1_calls: 2, requests: 100 });
});

test('a tick of the cron that finds nothing to purge costs one round trip more than its work, and no third', async () => {
  let trips = 0;
  const counting = {
    prepare: (/** @type {string} */ sql) => db.prepare(sql),
    batch(/** @type {D1PreparedStatement[]} */ statements) {
      trips += 1;
      return db.batch(statements);
    },
  };
  await tick({ D1_OPS: counting });
  expect(trips).toBe(2);
  await enqueue(...ids(50));
  await tick({ D1_OPS: counting });
  expect(trips).toBe(2 + 4);
});

test('six requests are under way at once, never seven, and never two for one order', async () => {
  await twinControl('faults', { plan: [{ fault: 'none', delay_ms: 20 }] });
  await enqueue(...ids(20));
  await tick({ BATCH_SIZE: '4' });
  expect(await twinControl('state')).toMatchObject({
    max_in_flight: 6,
    max_in_flight_per_order: 1,
    changed_bodies: [],
  });
  expect(await twinControl('summary')).toMatchObject({ sales: 20, extra_orders: 0 });
});

describe('the reply of a D1 batch is lost', () => {
  /** A database that fails at the nth batch, before or after it was committed.
   * @param {number} nth @param {boolean} committed */
  function forgetful(nth, committed) {
    let count = 0;
    return {
      prepare: (/** @type {string} */ sql) => db.prepare(sql),
      async batch(/** @type {D1PreparedStatement[]} */ statements) {
        count += 1;
        if (count === nth && !committed) throw new Error('D1_ERROR: Network connection lost.');
        const answers = await db.batch(statements);
        if (count === nth) throw new Error('D1_ERROR: Network connection lost.');
        return answers;
      },
    };
  }

  test.each([
    ['claim', 1, true],
    ['claim', 1, false],
    ['freeze', 2, true],
    ['freeze', 2, false],
    ['settle', 3, true],
    ['settle', 3, false],
  ])('%s (batch %i, committed: %s): it is asked again, and nothing is sent or written twice', async (_name, nth, committed) => {
    await enqueue(...ids(8));
    await tick({ D1_OPS: forgetful(nth, committed) });
    const rows = await query('SELECT status, attempts FROM pos_sync_queue');
    expect(rows).toEqual(ids(8).map(() => ({ status: 'success', attempts: 0 })));
    expect((await twinControl('state')).requests).toHaveLength(16);
    const lines = await query('SELECT order_id, count(*) AS n FROM pos_sync_audit GROUP BY 1, event');
    expect(lines.filter(({ n }) => n !== 1)).toEqual([]);
  });
});

test('an answer that is lost leaves the order in doubt, and the same bytes go again', async () => {
  await twinControl('faults', {
    plan: [{ match: { path: '/v2/orders' }, times: 1, fault: 'reset', applied: true }],
  });
  await enqueue({ order_id: 'ord-1' });
  await tick();
  const [row] = await rowsOf('ord-1');
  expect(row).toMatchObject({ status: 'failed', attempts: 1 });
  const [doubt] = await query('SELECT in_doubt_since FROM pos_sync_ledger');
  expect(doubt.in_doubt_since).not.toBeNull();

  await pass(3_600_000);
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
  const { requests } = await twinControl('state');
  const orders = requests.filter((/** @type {any} */ { path }) => path === '/v2/orders');
  expect(new Set(orders.map((/** @type {any} */ { body_sha256 }) => body_sha256)).size).toBe(1);
  expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1, extra_orders: 0 });
});

test('what cannot be mapped is dead and names the field; the others go on', async () => {
  await enqueue(
    { order_id: 'good-1' },
    { order_id: 'bad', payload: payload({ items: [{ name: 'Ayran', quantity: '1', unit_price: -5 }] }) },
    { order_id: 'torn', payload: '{"currency":"TRY","items":[' },
    { order_id: 'good-2' },
  );
  await tick();
  expect(await rowsOf('good-1')).toMatchObject([{ status: 'success' }]);
  expect(await rowsOf('good-2')).toMatchObject([{ status: 'success' }]);
  expect(await rowsOf('bad')).toMatchObject([
    { status: 'dead', last_error: expect.stringMatching(/^rejected: .*unit_price/) },
  ]);
  expect(await rowsOf('torn')).toMatchObject([
    { status: 'dead', last_error: expect.stringMatching(/^rejected: payload/) },
  ]);
});

describe('a worker that is not set up', () => {
  test.each([
    ['SQUARE_ACCESS_TOKEN', { SQUARE_ACCESS_TOKEN: undefined }],
    ['SQUARE_ACCESS_TOKEN', { SQUARE_ACCESS_TOKEN: '' }],
    ['SQUARE_LOCATION_ID', { SQUARE_LOCATION_ID: '' }],
    ['LEASE_SECONDS', { LEASE_SECONDS: '959' }],
    ['BATCH_SIZE', { BATCH_SIZE: 'many' }],
    ['SQUARE_BASE_URL', { SQUARE_BASE_URL: 'http://pos.example' }],
    ['SQUARE_BASE_URL', { SQUARE_BASE_URL: 'http://127.0.0.1.example' }],
    ['SQUARE_BASE_URL', { SQUARE_BASE_URL: 'ftp://127.0.0.1' }],
  ])('fails its cron run with a message that names %s, and claims nothing: %j', async (name, changes) => {
    await enqueue({ order_id: 'ord-1' });
    await expect(tick(changes)).rejects.toThrow(name);
    expect(await query('SELECT * FROM pos_sync_claims')).toEqual([]);
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'pending', attempts: 0 }]);
    expect((await twinControl('state')).requests).toEqual([]);
  });
});

test('a cron run fails when the database is away, and says so', async () => {
  const away = { prepare: () => ({ bind: () => ({}) }), batch: async () => {
    throw new Error('D1_ERROR: D1 DB is overloaded');
  } };
  await expect(tick({ D1_OPS: away })).rejects.toThrow(/overloaded/);
});

test('a token that Square refuses pauses the account, kills no order and shows up nowhere', async () => {
  const token = 'a-token-that-square-has-revoked';
  await enqueue(...ids(3));
  await tick({ SQUARE_ACCESS_TOKEN: token });
  const rows = await query('SELECT status, attempts FROM pos_sync_queue');
  expect(rows).toEqual([1, 2, 3].map(() => ({ status: 'pending', attempts: 0 })));
  expect(await query('SELECT pause_reason FROM pos_accounts')).toEqual([{ pause_reason: 'unauthorized' }]);
  const everything = await Promise.all(
    ['pos_sync_queue', 'pos_sync_ledger', 'pos_sync_audit', 'pos_accounts', 'pos_sync_claims'].map(
      (table) => query(`SELECT * FROM ${table}`),
    ),
  );
  for (const secret of [token, twin.token]) {
    expect(JSON.stringify(everything)).not.toContain(secret);
    expect(logged.join('\n')).not.toContain(secret);
  }
});

test('an idle tick ends quickly and well', async () => {
  await tick();
  expect((await twinControl('state')).requests).toEqual([]);
});

import { expect, test } from 'vitest';
import { startTwin } from './server.js';
import { clientOf, orderBody, paymentBody, LOCATION } from './support/client.js';

/** @typedef {import('./server.js').RunningTwin} RunningTwin */

/** What surrounds a request.
 * @typedef {object} Circumstance
 * @property {string} what
 * @property {import('./types.d.ts').TwinOptions} [options]
 * @property {(twin: RunningTwin) => void} [before]
 * @property {(twin: RunningTwin) => void} [after] */

/** What the close of a local Square says after something was sent to it.
 * @param {(square: ReturnType<typeof clientOf>, twin: RunningTwin) => Promise<unknown>} send
 * @param {import('./types.d.ts').TwinOptions} [options]
 * @returns {Promise<string>} empty if it closes without a word */
async function complaintAbout(send, options = {}) {
  const twin = await startTwin({ openapi: '', ...options });
  await send(clientOf(twin), twin).catch(() => {});
  return twin.close().then(() => '', (error) => error.message);
}

const tooMany = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, 'v']));
const created = { created_at: { start_at: '2026-11-20T00:00:00Z' } };
const names = Array.from({ length: 11 }, (_, n) => `name-${n}`);
const search = (/** @type {Record<string, any>} */ more) => ({ location_ids: [LOCATION], ...more });
const filtered = (/** @type {Record<string, any>} */ filter) => search({ query: { filter } });

for (const { what, path, body, field } of [
  { what: 'eleven metadata entries', path: '/v2/orders', body: orderBody({ metadata: tooMany }),
    field: 'order.metadata' },
  { what: 'a metadata key of 61 characters', path: '/v2/orders',
    body: orderBody({ metadata: { ['k'.repeat(61)]: 'v' } }), field: 'order.metadata' },
  { what: 'a payment key of 46 bytes', path: '/v2/payments',
    body: paymentBody('o', { idempotency_key: 'ş'.repeat(23) }), field: 'idempotency_key' },
  { what: 'two fulfillments', path: '/v2/orders',
    body: orderBody({ fulfillments: [{ type: 'PICKUP' }, { type: 'PICKUP' }] }),
    field: 'order.fulfillments' },
  { what: 'a search of 1001 rows', path: '/v2/orders/search', body: search({ limit: 1001 }),
    field: 'limit' },
  { what: 'a search of no location', path: '/v2/orders/search', body: { location_ids: [] },
    field: 'location_ids' },
  { what: 'a search of eleven locations', path: '/v2/orders/search',
    body: { location_ids: Array(11).fill(LOCATION) }, field: 'location_ids' },
  { what: 'a search for eleven sources', path: '/v2/orders/search',
    body: filtered({ source_filter: { source_names: names } }),
    field: 'query.filter.source_filter.source_names' },
  { what: 'a search from a day without a time', path: '/v2/orders/search',
    body: filtered({ date_time_filter: { created_at: { start_at: '2026-11-20' } } }),
    field: 'query.filter.date_time_filter.created_at.start_at' },
  { what: 'a search that sorts by another time than it filters', path: '/v2/orders/search',
    body: search({ query: { filter: { date_time_filter: created },
      sort: { sort_field: 'UPDATED_AT' } } }),
    field: 'query.sort' },
  { what: 'a batch of 101 orders', path: '/v2/orders/batch-retrieve',
    body: { order_ids: Array(101).fill('o') }, field: 'order_ids' },
  { what: 'a settlement without a key', path: '/v2/orders/o/pay', body: { payment_ids: [] },
    field: 'idempotency_key' },
  { what: 'a renewal without a client', path: '/oauth2/token',
    body: { grant_type: 'refresh_token', refresh_token: 'r2' }, field: 'client_id' },
]) {
  test(`${what} fails the test that sent it`, async () => {
    const complaint = await complaintAbout((square) => square.post(path, body));
    expect(complaint).toContain('What was sent is not what Square takes');
    expect(complaint).toContain(` ${field}: `);
  });
}

test('a list of more than Square lists fails the test that sent it, though Square takes it', async () => {
  let status = 0;
  const complaint = await complaintAbout(async (square) => {
    ({ status } = await square.get('/v2/payments?limit=101'));
  });
  expect(status).toBe(200);
  expect(complaint).toContain('GET /v2/payments: VALUE_TOO_HIGH limit');
});

test('a path that is not Square\'s fails the test that sent it', async () => {
  expect(await complaintAbout((square) => square.post('/v2/sales', {}))).toContain('/v2/sales');
});

for (const { what, options, before, after } of /** @type {Circumstance[]} */ ([
  { what: 'whose answer got lost', options: { plan: [{ fault: 'reset' }] } },
  { what: 'with a token that has expired', before: (twin) => twin.setToken({ state: 'expired' }) },
  { what: 'that a reset has forgotten', after: (twin) => twin.reset() },
])) {
  test(`a request ${what} is judged all the same`, async () => {
    const complaint = await complaintAbout(async (square, twin) => {
      before?.(twin);
      await square.post('/v2/orders', orderBody({ metadata: tooMany })).catch(() => {});
      after?.(twin);
    }, options);
    expect(complaint).toContain('order.metadata');
  });
}

test('a request that only the seller makes wrong is nobody\'s mistake', async () => {
  expect(await complaintAbout(async (square) => {
    const { status } = await square.post('/v2/orders', orderBody({ location_id: 'L-OTHER' }));
    if (status !== 400) throw new Error('it was taken');
  })).toBe('');
});

test('who asks at the control door is told once', async () => {
  const twin = await startTwin();
  const square = clientOf(twin);
  await square.post('/v2/orders', orderBody({ metadata: tooMany }));
  const first = await square.post('/_twin/verdict', {});
  expect(first.body.complaint).toContain('order.metadata');
  expect((await square.post('/_twin/verdict', {})).body.complaint).toBe('');
  await twin.close();
});

test.skipIf(!process.env.SQUARE_OPENAPI)(
  'where SQUARE_OPENAPI is set no test has to ask for the file to be held against', async () => {
    const twin = await startTwin();
    const square = clientOf(twin);
    await square.post('/v2/orders', { ...orderBody(), table: '7' });
    await square.get('/v2/payments?limit=ten&page=2');
    expect(twin.excuse().map(({ code, field }) => `${code} ${field}`)).toEqual([
      'UNKNOWN_BODY_PARAMETER table', 'EXPECTED_INTEGER limit', 'UNKNOWN_QUERY_PARAMETER page',
    ]);
    await twin.close();
  },
);

import { expect, test } from 'vitest';
import { LOCATION, orderBody, paymentBody } from './support/client.js';
import { twinWith } from './support/twins.js';

const START = Date.parse('2026-11-21T18:00:00Z');

/** Seven orders, one a second; the third is paid.
 * @param {import('./types.d.ts').TwinOptions} [options] */
async function sevenOrders(options = {}) {
  const clock = { now: START };
  const { twin, square } = await twinWith({ now: () => clock.now, ...options });
  const ids = [];
  for (let n = 1; n <= 7; n += 1) {
    clock.now = START + n * 1000;
    const order = { reference_id: `ord-${n}`, source: { name: n % 2 ? 'pos-sync' : 'other' } };
    ids.push((await square.post('/v2/orders', orderBody(order))).body.order.id);
  }
  await square.post('/v2/payments', paymentBody(ids[2]));
  const search = (/** @type {Record<string, any>} */ more = {}) =>
    square.post('/v2/orders/search', { location_ids: [LOCATION], ...more });
  return { twin, square, search, ids, clock };
}

test('every order is found once over all pages, newest first', async () => {
  const { search, ids } = await sevenOrders();
  const found = [];
  let cursor;
  do {
    const { body } = await search({ limit: 3, ...(cursor ? { cursor } : {}) });
    found.push(...body.orders.map((/** @type {any} */ { id }) => id));
    cursor = body.cursor;
  } while (cursor);
  expect(found).toEqual([...ids].reverse());
});

test('an order that comes between two pages moves nothing', async () => {
  const { search, square, clock, ids } = await sevenOrders();
  const first = await search({ limit: 4 });
  clock.now += 1000;
  await square.post('/v2/orders', orderBody({ reference_id: 'ord-8' }));
  const { body } = await search({ limit: 4, cursor: first.body.cursor });
  expect(body.orders.map((/** @type {any} */ { id }) => id)).toEqual([ids[2], ids[1], ids[0]]);
});

test('a cursor is good only for its own query', async () => {
  const { twin, search } = await sevenOrders();
  const { body } = await search({ limit: 3 });
  const changed = await search({ limit: 4, cursor: body.cursor });
  expect(changed.status).toBe(400);
  expect(changed.body.errors[0].code).toBe('INVALID_CURSOR');
  expect(twin.excuse()).toMatchObject([{ code: 'INVALID_CURSOR' }]);
});

test('filters by state, time and source are all held', async () => {
  const { search, ids } = await sevenOrders();
  const at = (/** @type {number} */ n) => new Date(START + n * 1000).toISOString();
  const idsOf = (/** @type {any} */ answer) =>
    (answer.body.orders ?? []).map((/** @type {any} */ { id }) => id);
  const paid = await search({ query: { filter: { state_filter: { states: ['COMPLETED'] } } } });
  expect(idsOf(paid)).toEqual([ids[2]]);
  // Both ends of a range belong to it.
  const range = await search({
    query: {
      filter: { date_time_filter: { created_at: { start_at: at(2), end_at: at(4) } } },
      sort: { sort_field: 'CREATED_AT', sort_order: 'ASC' },
    },
  });
  expect(idsOf(range)).toEqual([ids[1], ids[2], ids[3]]);
  const other = await search({ query: { filter: { source_filter: { source_names: ['other'] } } } });
  expect(idsOf(other)).toEqual([ids[5], ids[3], ids[1]]);
});

test('a search that Square would refuse is refused', async () => {
  const { twin, search, square } = await sevenOrders();
  const created = { created_at: { start_at: '2026-11-21T18:00:00Z' } };
  for (const refused of [
    square.post('/v2/orders/search', {}),
    square.post('/v2/orders/search', { location_ids: ['L-OTHER'] }),
    search({ limit: 1001 }),
    search({ query: { filter: { date_time_filter: { ...created, closed_at: {} } } } }),
    search({
      query: { filter: { date_time_filter: created }, sort: { sort_field: 'UPDATED_AT' } },
    }),
  ]) expect((await refused).status).toBe(400);
  // All but the one for a location that another seller has.
  expect(twin.excuse().map(({ field }) => field)).toEqual([
    'location_ids', 'limit', 'query.filter.date_time_filter', 'query.sort',
  ]);
});

test('a new order is missing from the search until it has settled', async () => {
  const { search, clock } = await sevenOrders({ settleDelayMs: 60_000 });
  clock.now = START + 62_000;
  expect((await search()).body.orders).toHaveLength(2);
});

test('entries are light rows, and ids that are not known are left out', async () => {
  const { search, square, ids } = await sevenOrders();
  const { body } = await search({ return_entries: true, limit: 1 });
  expect(body.order_entries).toEqual([{ order_id: ids[6], version: 1, location_id: LOCATION }]);
  const wanted = { order_ids: [ids[0], 'nobody'] };
  const batch = await square.post('/v2/orders/batch-retrieve', wanted);
  expect(batch.body.orders).toHaveLength(1);
});

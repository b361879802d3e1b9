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

test('a new order is missing from the search until it has settled, and can be read at once',
  async () => {
    const { twin, search, square, ids, clock } = await sevenOrders({ settleDelayMs: 60_000 });
    clock.now = START + 62_000;
    expect((await search()).body.orders).toHaveLength(2);
    expect((await square.get(`/v2/orders/${ids[6]}`)).status).toBe(200);
    const all = await square.post('/v2/orders/batch-retrieve', { order_ids: ids });
    expect(all.body.orders).toHaveLength(7);
    expect((await square.get('/v2/payments')).body.payments).toBeUndefined();
    twin.advance(5000);
    expect((await search()).body.orders).toHaveLength(7);
    expect((await square.get('/v2/payments')).body.payments).toHaveLength(1);
  });

test('a search and a list show a change late, and a read at once, where a test wants it', async () => {
  const { twin, square, search, clock, ids } = await sevenOrders();
  twin.setRules({ changeDelayMs: 5000 });
  const { payments: [payment] } = (await square.get('/v2/payments')).body;
  clock.now += 1000;
  await square.request('PUT', `/v2/orders/${ids[0]}`, {
    order: { location_id: LOCATION, version: 1, state: 'CANCELED' },
  });
  await square.post('/v2/refunds', {
    idempotency_key: 'k', payment_id: payment.id, amount_money: payment.total_money,
  });
  const canceled = { query: { filter: { state_filter: { states: ['CANCELED'] } } } };
  expect((await search(canceled)).body.orders).toBe(undefined);
  expect((await square.get('/v2/payments')).body.payments).toEqual([payment]);
  expect((await square.get(`/v2/payments/${payment.id}`)).body.payment.refund_ids).toHaveLength(1);
  clock.now += 5000;
  expect((await search(canceled)).body.orders).toHaveLength(1);
  const { payments: [later] } = (await square.get('/v2/payments')).body;
  expect(later.refunded_money).toEqual(payment.total_money);
});

test('an order that has just been created cannot be read yet, where a test wants it', async () => {
  const { twin, square, search, ids } = await sevenOrders();
  twin.setRules({ retrieveDelayMs: 500 });
  expect((await square.get(`/v2/orders/${ids[6]}`)).status).toBe(404);
  const wanted = { order_ids: [ids[5], ids[6]] };
  expect((await square.post('/v2/orders/batch-retrieve', wanted)).body.orders).toHaveLength(1);
  expect((await search()).body.orders).toHaveLength(7);
  twin.advance(500);
  expect((await square.get(`/v2/orders/${ids[6]}`)).status).toBe(200);
});

/** All rows of a search or a list, and on how many pages they came.
 * @param {(cursor?: string) => Promise<import('./support/client.js').Answer>} ask
 * @param {'orders' | 'payments'} name */
async function allPages(ask, name) {
  const rows = [];
  let pages = 0;
  let cursor;
  do {
    const { body } = await ask(cursor);
    rows.push(...body[name] ?? []);
    cursor = body.cursor;
    pages += 1;
  } while (cursor);
  return { ids: rows.map(({ id }) => id), pages };
}

const oldestFirst = { query: { sort: { sort_field: 'CREATED_AT', sort_order: 'ASC' } } };

for (const { fault, pages } of /** @type {const} */ ([
  { fault: 'short_page', pages: 2 },
  { fault: 'empty_page', pages: 2 },
])) {
  for (const nth of [1, 2]) {
    test(`after a ${fault} at page ${nth} the next one goes on where it ended`, async () => {
      const match = { path: '/v2/orders/search', nth };
      const { search, ids } = await sevenOrders({ plan: [{ match, fault }] });
      const found = await allPages((cursor) =>
        search({ ...oldestFirst, limit: 4, ...(cursor ? { cursor } : {}) }), 'orders');
      expect(found.ids).toEqual(ids);
      expect(found.pages).toBeGreaterThanOrEqual(pages);
    });
  }
}

test('a page is never longer than this Square likes, whatever is asked for', async () => {
  const { search, square, ids } = await sevenOrders({ pageSize: 2 });
  await square.post('/v2/payments', paymentBody(ids[3], { idempotency_key: 'pay-2' }));
  await square.post('/v2/payments', paymentBody(ids[4], { idempotency_key: 'pay-3' }));
  const orders = await allPages((cursor) =>
    search({ ...oldestFirst, ...(cursor ? { cursor } : {}) }), 'orders');
  expect(orders).toEqual({ ids, pages: 4 });
  const payments = await allPages((cursor) => square.get(
    `/v2/payments?sort_order=ASC${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
  ), 'payments');
  expect(payments.ids).toHaveLength(3);
  expect(payments.pages).toBe(2);
});

test('payments are listed from a time on, that time included', async () => {
  const { square, ids, clock } = await sevenOrders();
  const paidAt = clock.now;
  clock.now += 1000;
  await square.post('/v2/payments', paymentBody(ids[3], { idempotency_key: 'pay-2' }));
  const listFrom = async (/** @type {number} */ at) => {
    const query = new URLSearchParams({
      location_id: LOCATION, begin_time: new Date(at).toISOString(), sort_order: 'ASC', limit: '100',
    });
    const { body } = await square.get(`/v2/payments?${query}`);
    return (body.payments ?? []).map((/** @type {any} */ one) => one.order_id);
  };
  expect(await listFrom(paidAt)).toEqual([ids[2], ids[3]]);
  expect(await listFrom(paidAt + 1)).toEqual([ids[3]]);
  expect(await listFrom(paidAt + 1001)).toEqual([]);
});

test('what is found says all that an order has to be known by', async () => {
  const { search, square, ids } = await sevenOrders();
  const labels = { metadata: { order_id: 'ord-8' }, source: { name: 'pos-sync' } };
  const { body: { order } } = await square.post('/v2/orders', orderBody(labels));
  const { body: { payment } } = await square.post('/v2/payments',
    paymentBody(order.id, { idempotency_key: 'pay-2' }));
  const { body } = await search({ query: { filter: { source_filter: {
    source_names: ['pos-sync'],
  } } } });
  const found = body.orders.find((/** @type {any} */ { id }) => id === order.id);
  expect(found).toMatchObject({
    ...labels,
    id: order.id,
    location_id: LOCATION,
    reference_id: 'ord-1',
    created_at: order.created_at,
    state: 'COMPLETED',
    tenders: [{ payment_id: payment.id }],
    net_amount_due_money: { amount: 0, currency: 'TRY' },
  });
  const open = body.orders.find((/** @type {any} */ { id }) => id === ids[0]);
  expect(open).toMatchObject({ state: 'OPEN', net_amount_due_money: { amount: 70000 } });
});

test('a batch of one location leaves out what is at another', async () => {
  const elsewhere = { id: 'LIZMIR0000001', currency: 'TRY' };
  const { square, ids } = await sevenOrders({
    locations: [{ id: LOCATION, currency: 'TRY' }, elsewhere],
  });
  const order = orderBody({ location_id: elsewhere.id });
  const there = (await square.post('/v2/orders', order)).body.order.id;
  const wanted = { location_id: elsewhere.id, order_ids: [ids[0], there] };
  const { body } = await square.post('/v2/orders/batch-retrieve', wanted);
  expect(body.orders.map((/** @type {any} */ { id }) => id)).toEqual([there]);
});

test('entries are light rows, and ids that are not known are left out', async () => {
  const { search, square, ids } = await sevenOrders();
  const { body } = await search({ return_entries: true, limit: 1 });
  expect(body.order_entries).toEqual([{ order_id: ids[6], version: 1, location_id: LOCATION }]);
  const wanted = { order_ids: [ids[0], 'nobody'] };
  const batch = await square.post('/v2/orders/batch-retrieve', wanted);
  expect(batch.body.orders).toHaveLength(1);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LOCATION, money } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @typedef {import('./types.d.ts').SeedOrder} SeedOrder */

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twin-seed-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** An order of two kebabs, 700.00 TRY.
 * @param {Partial<SeedOrder>} [more]
 * @returns {SeedOrder} */
const past = (more = {}) => ({
  location_id: LOCATION,
  created_at: '2026-09-01T18:00:00Z',
  line_items: [{ name: 'Adana Kebabı', quantity: '2', base_price_money: money(35000) }],
  ...more,
});

test('an order of the past has the totals, the times and the tenders that it would have', async () => {
  const { square } = await twinWith();
  const order = past({
    reference_id: 'ord-1',
    ticket_name: 'Masa 7',
    metadata: { pos_sync: 'k' },
    source: { name: 'pos-sync' },
    closed_at: '2026-09-01T19:30:00Z',
    taxes: [{ uid: 'kdv', name: 'KDV', percentage: '10', type: 'INCLUSIVE', scope: 'ORDER' }],
    payments: [
      { amount_money: money(30000), processing_fee: 525, created_at: '2026-09-01T19:29:00Z' },
      { source_type: 'CASH', created_at: '2026-09-01T19:30:00Z' },
    ],
  });
  const { body } = await square.post('/_twin/seed', { orders: [order] });
  const [{ id, payments }] = body.orders;
  const read = (await square.get(`/v2/orders/${id}`)).body.order;
  expect(read).toMatchObject({
    state: 'COMPLETED',
    reference_id: 'ord-1',
    ticket_name: 'Masa 7',
    metadata: { pos_sync: 'k' },
    created_at: '2026-09-01T18:00:00.000Z',
    closed_at: '2026-09-01T19:30:00.000Z',
    total_money: money(70000),
    total_tax_money: money(6364),
    net_amount_due_money: money(0),
    tenders: [
      { payment_id: payments[0], type: 'CARD', amount_money: money(30000) },
      { payment_id: payments[1], type: 'CASH', amount_money: money(40000) },
    ],
  });
  const listed = (await square.get('/v2/payments?sort_order=ASC')).body.payments;
  expect(listed).toMatchObject([
    {
      id: payments[0],
      source_type: 'CARD',
      order_id: id,
      processing_fee: [{ type: 'INITIAL', amount_money: money(525) }],
      card_details: { status: 'CAPTURED' },
    },
    { id: payments[1], source_type: 'CASH' },
  ]);
});

test('what is seeded out of order is found in the order of its times', async () => {
  const { twin, square } = await twinWith();
  const days = [3, 1, 2].map((day) => `2026-09-0${day}T18:00:00.000Z`);
  twin.seed({ orders: days.map((at) => past({ created_at: at, payments: [{}] })) });
  twin.seed({ orders: [past({ created_at: '2026-08-31T18:00:00Z', payments: [{}] })] });
  const search = { location_ids: [LOCATION], query: { sort: {
    sort_field: 'CREATED_AT', sort_order: 'ASC',
  } } };
  const { body } = await square.post('/v2/orders/search', search);
  const times = body.orders.map((/** @type {any} */ one) => one.created_at);
  expect(times).toEqual(['2026-08-31T18:00:00.000Z', ...[...days].sort()]);
  const { body: { payments } } = await square.get('/v2/payments');
  expect(payments.map((/** @type {any} */ one) => one.created_at)).toEqual([...times].reverse());
});

test('an order that is open, one that is canceled and one that is free are what they say', async () => {
  const { twin } = await twinWith();
  const free = [{ name: 'İkram', quantity: '1', base_price_money: money(0) }];
  twin.seed({ orders: [
    past(),
    past({ state: 'CANCELED', closed_at: '2026-09-02T00:00:00Z' }),
    past({ state: 'COMPLETED', line_items: free }),
    past({ state: 'OPEN', fulfillments: [{ type: 'PICKUP' }], payments: [{}] }),
    past({ payments: [{ status: 'FAILED' }] }),
  ] });
  const [open, canceled, gift, paid, failed] = twin.state().orders;
  expect(open).toMatchObject({ state: 'OPEN', version: 1, net_amount_due_money: money(70000) });
  expect(open.closed_at).toBe(undefined);
  expect(canceled).toMatchObject({ state: 'CANCELED', closed_at: '2026-09-02T00:00:00.000Z' });
  expect(gift.state).toBe('COMPLETED');
  expect(paid).toMatchObject({ state: 'OPEN', net_amount_due_money: money(0) });
  expect(failed.tenders).toBe(undefined);
});

test('refunds and disputes of the past are on the books as if they had come by request', async () => {
  const { twin, square } = await twinWith();
  const refunds = [{ amount_money: money(20000), created_at: '2026-09-03T09:00:00Z', reason: 'x' }];
  const dispute = { state: 'PROCESSING', reason: 'DUPLICATE', created_at: '2026-09-04T09:00:00Z' };
  const { orders: [one, two] } = twin.seed({
    orders: [past({ payments: [{ refunds }] }), past({ payments: [{ dispute }] })],
  });
  const { body: { payment } } = await square.get(`/v2/payments/${one.payments[0]}`);
  expect(payment).toMatchObject({
    refunded_money: money(20000), refund_ids: one.refunds, updated_at: '2026-09-03T09:00:00.000Z',
  });
  const { body: { order } } = await square.get(`/v2/orders/${one.returns[0]}`);
  expect(order.returns).toMatchObject([{ source_order_id: one.id }]);
  const { body: { disputes } } = await square.get('/v2/disputes');
  expect(disputes).toMatchObject([{ id: two.disputes[0], state: 'PROCESSING' }]);
  expect(twin.summary().returns).toBe(1);
  expect(twin.events()).toEqual([]);
});

test('the same past has the same ids in every run, and survives a kill', async () => {
  const orders = [past({ payments: [{ refunds: [{}] }] }), past({ payments: [{ dispute: {} }] })];
  const first = await twinWith({ seed: 7 });
  const ids = first.twin.seed({ orders });
  const stateFile = join(folder, 'state.jsonl');
  const second = await twinWith({ seed: 7, stateFile });
  expect(second.twin.seed({ orders })).toEqual(ids);
  const before = second.twin.state();
  await second.twin.close();
  const third = await twinWith({ seed: 7, stateFile });
  for (const kind of ['orders', 'payments', 'refunds', 'disputes']) {
    expect(third.twin.state()[kind]).toEqual(before[kind]);
  }
  const [next] = third.twin.seed({ orders: [past({ payments: [{}] })] }).orders;
  expect(before.orders.map((/** @type {any} */ { id }) => id)).not.toContain(next.id);
  expect(before.payments.map((/** @type {any} */ { id }) => id)).not.toContain(next.payments[0]);
});

describe('what Square could not hold is not seeded', () => {
  for (const { what, order } of [
    { what: 'an order at nobody\'s location', order: past({ location_id: 'LNOBODY000001' }) },
    { what: 'payments that are not the total',
      order: past({ payments: [{ amount_money: money(1) }] }) },
    { what: 'a completed order that nobody paid', order: past({ state: 'COMPLETED' }) },
    { what: 'a canceled order that is paid', order: past({ state: 'CANCELED', payments: [{}] }) },
    { what: 'more refunds than was paid', order: past({ payments: [{ refunds: [{}, {}] }] }) },
    { what: 'a time that is none', order: past({ created_at: 'yesterday' }) },
  ]) {
    test(what, async () => {
      const { twin } = await twinWith();
      expect(() => twin.seed({ orders: [order] })).toThrow('cannot be seeded');
      expect(twin.state().orders).toEqual([]);
    });
  }
});

test('a large past is read page by page, each order once', async () => {
  const { twin, square } = await twinWith({ log: false });
  const start = Date.parse('2026-09-01T00:00:00Z');
  twin.seed({ orders: Array.from({ length: 5000 }, (_, n) => past({
    // Ten at a time, so that a page ends among those of one moment.
    created_at: new Date(start + Math.floor(n / 10) * 60_000).toISOString(), payments: [{}],
  })) });
  const ids = new Set();
  /** @type {string | undefined} */
  let cursor;
  let pages = 0;
  do {
    /** @type {Record<string, any>} */
    const body = { location_ids: [LOCATION], limit: 999, ...(cursor ? { cursor } : {}) };
    const { body: page } = await square.post('/v2/orders/search', body);
    for (const { id } of page.orders) ids.add(id);
    cursor = page.cursor;
    pages += 1;
  } while (cursor);
  expect([ids.size, pages]).toEqual([5000, 6]);
});

import { expect, test } from 'vitest';
import { LOCATION, money, orderBody, paymentBody } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @param {Record<string, any>} [order] */
async function withOrder(order = {}) {
  const { twin, square } = await twinWith();
  const { body } = await square.post('/v2/orders', orderBody(order));
  return { twin, square, id: body.order.id };
}

test('an order that is paid elsewhere is completed', async () => {
  const { square, id } = await withOrder();
  const { body } = await square.post('/v2/payments', paymentBody(id));
  const paid = { status: 'COMPLETED', source_type: 'EXTERNAL', order_id: id };
  expect(body.payment).toMatchObject(paid);
  const { body: { order } } = await square.get(`/v2/orders/${id}`);
  expect(order).toMatchObject({ state: 'COMPLETED', version: 2, net_amount_due_money: money(0) });
  expect(order.tenders).toMatchObject([{ payment_id: body.payment.id, type: 'OTHER' }]);
});

test('cash gives change', async () => {
  const { square, id } = await withOrder();
  const cash = {
    source_id: 'CASH',
    external_details: undefined,
    cash_details: { buyer_supplied_money: money(80000) },
  };
  const { body } = await square.post('/v2/payments', paymentBody(id, cash));
  expect(body.payment.cash_details.change_back_money).toEqual(money(10000));
});

test('a tip comes on top, and counts into what the order took', async () => {
  const { square, id } = await withOrder();
  const tip = { tip_money: money(5000) };
  const { body } = await square.post('/v2/payments', paymentBody(id, tip));
  expect(body.payment.total_money).toEqual(money(75000));
  const { body: { order } } = await square.get(`/v2/orders/${id}`);
  expect(order).toMatchObject({
    total_money: money(75000), total_tip_money: money(5000), net_amount_due_money: money(0),
  });
});

test('an order that is paid is not paid again under another key', async () => {
  const { twin, square, id } = await withOrder();
  await square.post('/v2/payments', paymentBody(id));
  const again = await square.post('/v2/payments', paymentBody(id, { idempotency_key: 'pay-2' }));
  expect(again.status).toBe(400);
  expect(twin.summary().payments).toBe(1);
});

test('an order with a fulfillment stays open when it is paid', async () => {
  const { square, id } = await withOrder({ fulfillments: [{ type: 'PICKUP' }] });
  await square.post('/v2/payments', paymentBody(id));
  const { body } = await square.get(`/v2/orders/${id}`);
  expect(body.order.state).toBe('OPEN');
  expect(body.order.tenders).toHaveLength(1);
});

test('a canceled order is not paid, and needs its version to be canceled', async () => {
  const { square, id } = await withOrder();
  const cancel = (/** @type {number} */ version) => square.request('PUT', `/v2/orders/${id}`, {
    order: { location_id: LOCATION, version, state: 'CANCELED' },
  });
  expect((await cancel(7)).body.errors[0].code).toBe('VERSION_MISMATCH');
  expect((await cancel(1)).body.order).toMatchObject({ state: 'CANCELED', version: 2 });
  expect((await square.post('/v2/payments', paymentBody(id))).status).toBe(400);
});

test('payments are listed page by page, of one location', async () => {
  const elsewhere = { id: 'LDUBLIN000001', currency: 'EUR' };
  const { twin, square } = await twinWith({ locations: [{ id: LOCATION, currency: 'TRY' }, elsewhere] });
  const pay = (/** @type {string} */ key, /** @type {Record<string, any>} */ more = {}) => {
    const body = paymentBody('', { idempotency_key: key, order_id: undefined, ...more });
    return square.post('/v2/payments', body);
  };
  for (const key of ['a', 'b', 'c']) await pay(key);
  await pay('d', { location_id: elsewhere.id, amount_money: money(100, 'EUR') });
  const first = await square.get('/v2/payments?limit=2&sort_order=ASC');
  expect(first.body.payments).toHaveLength(2);
  const cursor = encodeURIComponent(first.body.cursor);
  const second = await square.get(`/v2/payments?limit=2&sort_order=ASC&cursor=${cursor}`);
  expect(second.body.payments).toHaveLength(1);
  expect(second.body.cursor).toBeUndefined();
  const there = await square.get(`/v2/payments?location_id=${elsewhere.id}`);
  expect(there.body.payments).toHaveLength(1);
  const other = await square.get(`/v2/payments?limit=1&sort_order=ASC&cursor=${cursor}`);
  expect(other.body.errors[0].code).toBe('INVALID_CURSOR');
  expect(twin.excuse()).toHaveLength(1);
});

test('Square keeps what the rule says of a payment, in the payments that it names', async () => {
  const processingFee = { percentage: '1.75', amount: 20, source_types: ['EXTERNAL'] };
  const { square } = await twinWith({ processingFee });
  const { body: { order } } = await square.post('/v2/orders', orderBody());
  const { body: { payment } } = await square.post('/v2/payments', paymentBody(order.id));
  const fee = [{ type: 'INITIAL', effective_at: payment.created_at, amount_money: money(1245) }];
  expect(payment.processing_fee).toEqual(fee);
  const { body: { payments } } = await square.get('/v2/payments');
  expect(payments[0].processing_fee).toEqual(fee);
  const cash = {
    idempotency_key: 'pay-2', order_id: undefined, source_id: 'CASH', external_details: undefined,
    cash_details: { buyer_supplied_money: money(70000) },
  };
  const other = await square.post('/v2/payments', paymentBody('', cash));
  expect(other.body.payment.processing_fee).toBe(undefined);
});

test('payments are listed by when they changed', async () => {
  const clock = { now: Date.parse('2026-11-20T12:00:00Z') };
  const { twin, square } = await twinWith({ now: () => clock.now });
  const days = ['2026-11-17', '2026-11-18', '2026-11-19'];
  const { orders } = twin.seed({ orders: days.map((day) => ({
    location_id: LOCATION,
    created_at: `${day}T18:00:00Z`,
    line_items: [{ name: 'Ayran', quantity: '1', base_price_money: money(5000) }],
    payments: [{}],
  })) });
  const ids = orders.map(({ payments: [id] }) => id);
  await square.post('/v2/refunds', {
    idempotency_key: 'k', payment_id: ids[0], amount_money: money(5000),
  });
  const list = async (/** @type {string} */ query) => {
    const { body } = await square.get(`/v2/payments?${query}`);
    return body.payments.map((/** @type {any} */ { id }) => ids.indexOf(id));
  };
  expect(await list('sort_field=UPDATED_AT')).toEqual([0, 2, 1]);
  const since = 'updated_at_begin_time=2026-11-19T00:00:00Z';
  expect(await list(`${since}&sort_order=ASC`)).toEqual([0, 2]);
  expect(await list(`${since}&sort_field=UPDATED_AT&updated_at_end_time=2026-11-20T00:00:00Z`))
    .toEqual([2]);
});

test('an order is canceled once under one key, and not at all once it is paid', async () => {
  const { twin, square, id } = await withOrder();
  const cancel = (/** @type {Record<string, any>} */ more = {}) =>
    square.request('PUT', `/v2/orders/${id}`, {
      idempotency_key: 'cancel-1',
      order: { location_id: LOCATION, version: 1, state: 'CANCELED', ...more },
    });
  const first = await cancel();
  expect((await cancel()).body).toEqual(first.body);
  expect((await cancel({ version: 2 })).body.errors[0].code).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(twin.state().orders).toMatchObject([{ state: 'CANCELED', version: 2 }]);
  const paid = await withOrder();
  await paid.square.post('/v2/payments', paymentBody(paid.id));
  const late = await paid.square.request('PUT', `/v2/orders/${paid.id}`, {
    idempotency_key: 'cancel-2', order: { location_id: LOCATION, version: 2, state: 'CANCELED' },
  });
  expect(late.status).toBe(400);
});

test('an order with a fulfillment that is paid is open and not canceled', async () => {
  const { square, id } = await withOrder({ fulfillments: [{ type: 'PICKUP' }] });
  await square.post('/v2/payments', paymentBody(id));
  const { status } = await square.request('PUT', `/v2/orders/${id}`, {
    order: { location_id: LOCATION, version: 2, state: 'CANCELED' },
  });
  expect(status).toBe(400);
});

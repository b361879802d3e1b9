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

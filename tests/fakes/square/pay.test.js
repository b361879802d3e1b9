import { describe, expect, test } from 'vitest';
import { money, orderBody, paymentBody } from './support/client.js';
import { twinWith } from './support/twins.js';

const FREE = { line_items: [{ name: 'Ikram', quantity: '1', base_price_money: money(0) }] };

/** @param {Record<string, any>} [order] */
async function withOrder(order = {}) {
  const { twin, square } = await twinWith();
  const { body } = await square.post('/v2/orders', orderBody(order));
  const { id } = body.order;
  const pay = (/** @type {string[]} */ ids, more = {}) =>
    square.post(`/v2/orders/${id}/pay`, { idempotency_key: 'settle-1', payment_ids: ids, ...more });
  const approve = async (/** @type {string} */ key, /** @type {number} */ amount) => {
    const asked = paymentBody(id, {
      idempotency_key: key, autocomplete: false, amount_money: money(amount),
    });
    return (await square.post('/v2/payments', asked)).body.payment;
  };
  const read = async () => (await square.get(`/v2/orders/${id}`)).body.order;
  return { twin, square, id, pay, approve, read };
}

describe('an order of nothing', () => {
  test('is settled without a payment, once, however often it is asked for', async () => {
    const { twin, pay, read } = await withOrder(FREE);
    const first = await pay([]);
    expect(first.body.order).toMatchObject({
      state: 'COMPLETED', version: 2, net_amount_due_money: money(0), total_money: money(0),
    });
    expect((await pay([])).body).toEqual(first.body);
    expect(await read()).toEqual(first.body.order);
    expect(twin.summary().payments).toBe(0);
    expect((await pay([], { idempotency_key: 'settle-2' })).status).toBe(400);
  });

  test('that has a fulfillment stays open when it is settled', async () => {
    const { pay } = await withOrder({ ...FREE, fulfillments: [{ type: 'PICKUP' }] });
    expect((await pay([])).body.order.state).toBe('OPEN');
  });

  test('is settled in the version that is asked for, or not at all', async () => {
    const { pay } = await withOrder(FREE);
    const stale = await pay([], { order_version: 7 });
    expect(stale.body.errors[0].code).toBe('VERSION_MISMATCH');
    expect((await pay([], { order_version: 1 })).status).toBe(200);
  });
});

describe('an order that costs something', () => {
  test('is not settled without a payment', async () => {
    const { pay, read } = await withOrder();
    const { status, body } = await pay([]);
    expect(status).toBe(400);
    expect(body.errors[0].field).toBe('payment_ids');
    expect((await read()).state).toBe('OPEN');
  });

  test('is settled with the payments that were approved for it, and the others are void', async () => {
    const { square, pay, approve, read } = await withOrder();
    const whole = await approve('whole', 70000);
    const other = await approve('other', 70000);
    expect((await read()).state).toBe('OPEN');
    expect((await pay([whole.id])).body.order).toMatchObject({
      state: 'COMPLETED', tenders: [{ payment_id: whole.id }], net_amount_due_money: money(0),
    });
    const statusOf = async (/** @type {string} */ id) =>
      (await square.get(`/v2/payments/${id}`)).body.payment.status;
    expect(await statusOf(whole.id)).toBe('COMPLETED');
    expect(await statusOf(other.id)).toBe('CANCELED');
  });

  test('is not settled with another order\'s payment, nor with one that is over', async () => {
    const { square, pay } = await withOrder();
    const { body } = await square.post('/v2/orders', orderBody({ reference_id: 'ord-2' }));
    const elsewhere = await square.post('/v2/payments', paymentBody(body.order.id));
    expect((await pay([elsewhere.body.payment.id])).status).toBe(404);
  });
});

test('an order that is paid and waits for its fulfillment is not canceled', async () => {
  const { square, id } = await withOrder({ fulfillments: [{ type: 'PICKUP' }] });
  const { body } = await square.post('/v2/payments', paymentBody(id));
  const { body: { order } } = await square.get(`/v2/orders/${id}`);
  const { location_id, version } = order;
  const change = { order: { location_id, version, state: 'CANCELED' } };
  expect((await square.request('PUT', `/v2/orders/${id}`, change)).status).toBe(400);
  expect(order.tenders[0].payment_id).toBe(body.payment.id);
});

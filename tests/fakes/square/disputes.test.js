import { expect, test } from 'vitest';
import { LOCATION, money } from './support/client.js';
import { twinWith } from './support/twins.js';

const IZMIR = 'LIZMIR0000001';
const locations = [{ id: LOCATION, currency: 'TRY' }, { id: IZMIR, currency: 'TRY' }];

/** Two card payments and one in cash.
 * @param {import('./types.d.ts').TwinOptions} [options] */
async function withPayments(options = {}) {
  const { twin, square } = await twinWith({ locations, ...options });
  const order = {
    created_at: '2026-11-19T18:00:00Z',
    line_items: [{ name: 'Ayran', quantity: '1', base_price_money: money(5000) }],
  };
  const seeded = twin.seed({ orders: [
    { ...order, location_id: LOCATION, payments: [{ created_at: '2026-11-19T18:00:01Z' }] },
    { ...order, location_id: IZMIR, payments: [{ created_at: '2026-11-19T18:00:02Z' }] },
    { ...order, location_id: LOCATION, payments: [{ source_type: 'CASH' }] },
  ] });
  const payments = seeded.orders.map(({ payments: [id] }) => id);
  return { twin, square, payments };
}

test('a dispute names its payment, and goes from state to state', async () => {
  const { square, payments: [payment] } = await withPayments();
  const first = await square.post('/_twin/dispute', { payment_id: payment, reason: 'DUPLICATE' });
  const { body } = await square.get('/v2/disputes');
  expect(body.disputes).toEqual([first.body]);
  expect(first.body).toMatchObject({
    state: 'EVIDENCE_REQUIRED',
    reason: 'DUPLICATE',
    disputed_payment: { payment_id: payment },
    amount_money: money(5000),
    location_id: LOCATION,
    version: 1,
  });
  await square.post('/_twin/dispute', { payment_id: payment, state: 'WON' });
  const read = await square.get(`/v2/disputes/${first.body.id}`);
  expect(read.body.dispute).toMatchObject({ state: 'WON', reason: 'DUPLICATE', version: 2 });
});

test('disputes are listed by location and state, page by page', async () => {
  const { twin, square, payments } = await withPayments({ pageSize: 1 });
  twin.dispute({ payment_id: payments[0], state: 'LOST' });
  twin.dispute({ payment_id: payments[1] });
  const list = async (/** @type {string} */ query) => {
    const { body } = await square.get(`/v2/disputes?${query}`);
    const rows = body.disputes ?? [];
    const ids = rows.map((/** @type {any} */ one) => one.disputed_payment.payment_id);
    return { ids, cursor: body.cursor };
  };
  const first = await list('');
  const second = await list(`cursor=${first.cursor}`);
  expect([...first.ids, ...second.ids].sort()).toEqual(payments.slice(0, 2).sort());
  expect(second.cursor).toBe(undefined);
  expect((await list(`location_id=${IZMIR}`)).ids).toEqual([payments[1]]);
  expect((await list('states=LOST')).ids).toEqual([payments[0]]);
  expect((await square.get('/v2/disputes/nobody')).status).toBe(404);
});

test('a token without the scope reads no disputes', async () => {
  const { square } = await withPayments({ disputesForbidden: true });
  for (const path of ['/v2/disputes', '/v2/disputes/any']) {
    const refused = await square.get(path);
    expect(refused.status).toBe(403);
    expect(refused.body.errors[0]).toMatchObject({
      category: 'AUTHENTICATION_ERROR', code: 'INSUFFICIENT_SCOPES',
    });
  }
});

test('nobody disputes cash, or for a reason that no bank knows', async () => {
  const { twin, payments } = await withPayments();
  expect(() => twin.dispute({ payment_id: payments[2] })).toThrow('only card payments');
  const unknown = { payment_id: payments[0], reason: 'COLD_FOOD' };
  expect(() => twin.dispute(unknown)).toThrow('COLD_FOOD');
});

// Orders that cost nothing: Square takes no payment of 0, so they are settled by PayOrder.
import { expect, test } from 'vitest';
import { pass } from './lib/clock.js';
import { cleanWorldBeforeEach, enqueue, payload, query, rowsOf, send, tick, twinControl } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

/** Longer than any quiet time, and than the first wait of an order that is to be tried again. */
const HOUR = 3_600_000;

const FREE = payload({ discount: 70000, payment: { type: 'external', source: 'thMenu', amount: 0 } });

/** @returns {Promise<Json[]>} the orders that Square holds */
const placed = async () => (await twinControl('state')).orders;

test('an order that costs nothing and is paid ends completed at Square, without a payment', async () => {
  await enqueue({ order_id: 'ord-1', payload: FREE });
  await send('POST', '/v1/orders', { body: { order_id: 'ord-2', payload: FREE } });
  await tick();
  for (const id of ['ord-1', 'ord-2']) {
    const [row] = await rowsOf(id);
    expect(row).toMatchObject({ status: 'success', last_error: null, external_payment_id: null });
    const order = (await placed()).find((each) => each.id === row.external_order_id);
    expect(order).toMatchObject({ state: 'COMPLETED', total_money: { amount: 0 }, reference_id: id });
  }
  expect(await twinControl('summary')).toMatchObject({ orders: 2, payments: 0, extra_orders: 0 });
});

test('an order that costs nothing and is not paid stays open', async () => {
  await enqueue({ order_id: 'ord-1', payload: { ...FREE, payment: null } });
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success', external_payment_id: null }]);
  expect(await placed()).toMatchObject([{ state: 'OPEN', total_money: { amount: 0 } }]);
});

test.each([true, false])('settling is asked for again with the same bytes, whether or not it was done (%s)', async (applied) => {
  await twinControl('faults', {
    plan: [{ match: { path: '/v2/orders/{order_id}/pay' }, times: 1, fault: 'reset', applied }],
  });
  await enqueue({ order_id: 'ord-1', payload: FREE });
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
  await pass(HOUR);
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
  const { requests } = await twinControl('state');
  const settling = requests.filter((/** @type {Json} */ { path }) => path.endsWith('/pay'));
  expect(settling).toHaveLength(2);
  const [{ request }] = await query('SELECT request FROM pos_sync_ledger');
  expect(JSON.parse(request).payment).toBe('{"idempotency_key":"posSync:ord-1:square:payment","payment_ids":[]}');
  expect(await placed()).toMatchObject([{ state: 'COMPLETED' }]);
  expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 0, extra_orders: 0 });
});

test('a no to settling leaves the order in front of a human', async () => {
  await twinControl('faults', {
    plan: [{ match: { path: '/v2/orders/{order_id}/pay' }, times: 1, fault: 'http_400' }],
  });
  await enqueue({ order_id: 'ord-1', payload: FREE });
  await tick();
  const [row] = await rowsOf('ord-1');
  expect(row).toMatchObject({ status: 'dead', last_error: expect.stringMatching(/^payment_rejected: /) });
  expect(await placed()).toMatchObject([{ id: row.external_order_id, state: 'OPEN' }]);
});

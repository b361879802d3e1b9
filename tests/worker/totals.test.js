// What the core says an order costs, against what the local Square makes of its body.
import { expect, test } from 'vitest';
import { pass } from './lib/clock.js';
import {
  cleanWorldBeforeEach,
  enqueue,
  payload,
  query,
  rowsOf,
  tick,
  twin,
  twinControl,
} from './lib/world.js';

cleanWorldBeforeEach();

const RATES = [undefined, '1', '8', '10', '20', '8.875', '11.75'];
const QUANTITIES = ['1', '2', '3', '7', '0.5', '1.25', '0.333', '2.00005'];

/** Numbers below a bound, the same in every run (Numerical Recipes' congruential generator).
 * @param {number} seed */
function numbers(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** @param {number} seed */
function generated(seed) {
  const upTo = numbers(seed);
  const items = Array.from({ length: 1 + upTo(8) }, (_each, i) => ({
    name: `Item ${i}`,
    quantity: QUANTITIES[upTo(QUANTITIES.length)],
    unit_price: 200 + upTo(2000),
    tax_percentage: RATES[upTo(RATES.length)],
  }));
  return {
    currency: 'TRY',
    items,
    tax_inclusive: upTo(4) === 0,
    discount: upTo(2) * upTo(60),
    service_charge: upTo(3) === 0 ? upTo(500) : 0,
  };
}

/** The orders that Square holds.
 * @param {string[]} ids
 * @returns {Promise<Record<string, any>[]>} */
async function ordersOf(ids) {
  const answer = await fetch(`${twin.url}/v2/orders/batch-retrieve`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${twin.token}`,
      'content-type': 'application/json',
      'square-version': '2025-08-20',
    },
    body: JSON.stringify({ order_ids: ids }),
  });
  return (/** @type {any} */ (await answer.json())).orders;
}

test('Square makes the same total of 200 orders of all kinds', async () => {
  const orders = Array.from({ length: 200 }, (_each, i) => ({
    order_id: `ord-${i}`,
    payload: generated(i),
  }));
  await enqueue(...orders);
  await tick();
  expect(await query("SELECT order_id, last_error FROM pos_sync_queue WHERE status <> 'success'")).toEqual([]);

  const frozen = await query(
    "SELECT external_order_id AS id, json_extract(request, '$.total') AS total FROM pos_sync_ledger",
  );
  expect(frozen).toHaveLength(200);
  const totals = new Map(frozen.map(({ id, total }) => [id, total]));
  let taxed = 0;
  for (let at = 0; at < frozen.length; at += 100) {
    for (const order of await ordersOf(frozen.slice(at, at + 100).map(({ id }) => id))) {
      expect(order.total_money.amount).toBe(totals.get(order.id));
      if (new Set(order.taxes?.map((/** @type {any} */ tax) => tax.percentage)).size > 1) taxed += 1;
    }
  }
  expect(taxed).toBeGreaterThan(100);
});

test.each([true, false])('of several rates each falls on its own items only (inclusive: %s)', async (inclusive) => {
  const items = [
    { name: 'Adana', quantity: '1', unit_price: 1100, tax_percentage: '10' },
    { name: 'Rakı', quantity: '1', unit_price: 1200, tax_percentage: '20' },
    { name: 'Su', quantity: '1', unit_price: 500 },
  ];
  const order = { currency: 'TRY', items, tax_inclusive: inclusive };
  await enqueue({ order_id: 'ord-1', payload: order });
  await tick();
  const [row] = await rowsOf('ord-1');
  const [placed] = await ordersOf([row.external_order_id]);
  const taxes = placed.line_items.map((/** @type {any} */ item) => item.total_tax_money.amount);
  expect(taxes).toEqual(inclusive ? [100, 200, 0] : [110, 240, 0]);
});

// Square adds a tip to an order's total once it is paid; what is compared is the reply to
// CreateOrder, which comes before that.
test('a tip is not part of the total that is compared', async () => {
  await enqueue({ order_id: 'ord-1', payload: payload({ tip: 5000 }) });
  await tick();
  const [row] = await rowsOf('ord-1');
  expect(row).toMatchObject({ status: 'success', last_error: null });
  const [request] = await query('SELECT request FROM pos_sync_ledger');
  expect(JSON.parse(request.request).total).toBe(70000);
  const [placed] = await ordersOf([row.external_order_id]);
  expect(placed).toMatchObject({ total_money: { amount: 75000 }, total_tip_money: { amount: 5000 } });
});

test('nor where the reply to the payment was lost, and the order is paid again', async () => {
  await twinControl('faults', {
    plan: [{ match: { path: '/v2/payments' }, times: 1, fault: 'reset', applied: true }],
  });
  await enqueue({ order_id: 'ord-1', payload: payload({ tip: 5000 }) });
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed' }]);
  await pass(3_600_000);
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
  expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1, extra_payments: 0 });
});

// What Square, or something before it, answers is compared with what was asked: seen from outside, by
// what the queue says and what Square holds.
import { afterEach, expect, test, vi } from 'vitest';
import { cleanWorldBeforeEach, db, enqueue, rowsOf, tick, twin, twinControl } from './lib/world.js';

/** @typedef {import('./lib/world.js').Json} Json */

cleanWorldBeforeEach();
afterEach(() => vi.restoreAllMocks());

/** Lets Square do as it is asked, and says something else.
 * @param {string} path
 * @param {(reply: Response, body: Json) => Response | Promise<Response>} change */
function mishear(path, change) {
  const send = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const reply = await send(input, init);
    if (!String(input).endsWith(path)) return reply;
    return change(reply, /** @type {Json} */ (await reply.json()));
  });
}

/** Passes the quiet time. */
const later = () =>
  db.batch([
    db.prepare('UPDATE pos_sync_queue SET next_attempt_at = 0'),
    db.prepare('UPDATE pos_sync_ledger SET last_sent_at = 0'),
  ]);

test.each([
  ['/v2/orders', 'a gateway', () => Response.json({ message: 'no route matched' }, { status: 404 })],
  ['/v2/orders', 'another order', (/** @type {Response} */ _reply, /** @type {Json} */ { order }) =>
    Response.json({ order: { ...order, metadata: { ...order.metadata, pos_sync: 'posSync:x:square' } } })],
  ['/v2/orders', 'errors beside it', (/** @type {Response} */ _reply, /** @type {Json} */ { order }) =>
    Response.json({ order, errors: [{ category: 'API_ERROR', code: 'INVALID_VALUE' }] }, { status: 400 })],
  ['/v2/payments', 'an id and a status', (/** @type {Response} */ _reply, /** @type {Json} */ { payment }) =>
    Response.json({ payment: { id: payment.id, status: payment.status } })],
  ['/v2/payments', 'another amount', (/** @type {Response} */ _reply, /** @type {Json} */ { payment }) =>
    Response.json({ payment: { ...payment, amount_money: { amount: 1, currency: 'TRY' } } })],
])('%s is answered by %s: the order is in doubt, and then booked once', async (path, _by, change) => {
  mishear(path, change);
  await enqueue({ order_id: 'ord-1' });
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'failed', attempts: 1 }]);
  vi.restoreAllMocks();
  await later();
  await tick();
  expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
  expect(await twinControl('summary')).toMatchObject({ sales: 1, orders: 1, payments: 1, extra_orders: 0 });
});

test('an order that a guest pays at the till, before we can, names that payment', async () => {
  const send = globalThis.fetch;
  /** @type {Json} */
  let theirs = {};
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const reply = await send(input, init);
    if (!String(input).endsWith('/v2/orders')) return reply;
    const made = /** @type {Json} */ (await reply.json());
    const money = made.order.total_money;
    const taken = await send(String(input).replace('/v2/orders', '/v2/payments'), {
      method: 'POST',
      headers: { authorization: `Bearer ${twin.token}`, 'content-type': 'application/json', 'square-version': '2025-08-20' },
      body: JSON.stringify({
        idempotency_key: 'till-1',
        source_id: 'CASH',
        location_id: made.order.location_id,
        order_id: made.order.id,
        amount_money: money,
        cash_details: { buyer_supplied_money: money },
      }),
    });
    theirs = /** @type {Json} */ (await taken.json()).payment;
    return Response.json(made);
  });
  await enqueue({ order_id: 'ord-1' });
  await tick();
  const [row] = await rowsOf('ord-1');
  expect(row.status).toBe('dead');
  expect(row.last_error).toMatch(new RegExp(`^paid_elsewhere: order ${row.external_order_id} is paid at Square by payment ${theirs.id}, `));
  expect(row.external_payment_id).toBeNull();
  expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1 });
});

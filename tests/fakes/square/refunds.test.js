import { describe, expect, test } from 'vitest';
import { LOCATION, money, orderBody, paymentBody, postAndHangUp, until } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @typedef {import('./types.d.ts').SeedPayment} SeedPayment */

const NOW = Date.parse('2026-11-20T12:00:00Z');
const item = { name: 'Adana Kebabı', quantity: '2', base_price_money: money(35000) };

/** An order of 700.00 TRY of the day before, paid by card.
 * @param {SeedPayment} [payment]
 * @param {import('./types.d.ts').TwinOptions} [options] */
async function withSale(payment = {}, options = {}) {
  const clock = { now: NOW };
  const { twin, square } = await twinWith({ now: () => clock.now, ...options });
  const { orders: [ids] } = twin.seed({ orders: [{
    location_id: LOCATION,
    reference_id: 'ord-1',
    created_at: '2026-11-19T18:00:00Z',
    line_items: [item],
    payments: [payment],
  }] });
  const [paymentId] = ids.payments;
  const refund = (/** @type {Record<string, any>} */ more = {}) => square.post('/v2/refunds', {
    idempotency_key: 'refund-1', payment_id: paymentId, amount_money: money(70000), ...more,
  });
  const read = async () => (await square.get(`/v2/payments/${paymentId}`)).body.payment;
  return { twin, square, clock, refund, read, paymentId, orderId: ids.id };
}

/** The code of a refusal.
 * @param {import('./support/client.js').Answer} answer */
const codeOf = ({ body }) => body.errors?.[0].code;

test('a refund is booked, with a return order of what was sold', async () => {
  const { twin, square, refund, read, paymentId, orderId } = await withSale();
  const before = await read();
  const answer = await refund({ reason: 'Mükerrer satış' });
  const { refund: made } = answer.body;
  expect(made).toMatchObject({
    status: 'COMPLETED',
    payment_id: paymentId,
    amount_money: money(70000),
    location_id: LOCATION,
    reason: 'Mükerrer satış',
    created_at: '2026-11-20T12:00:00.000Z',
  });
  const after = await read();
  expect(after).toMatchObject({
    status: 'COMPLETED',
    refunded_money: money(70000),
    refund_ids: [made.id],
    updated_at: made.created_at,
  });
  expect(after.version_token).not.toBe(before.version_token);
  const { body: { order: returned } } = await square.get(`/v2/orders/${made.order_id}`);
  expect(returned).toMatchObject({
    state: 'COMPLETED',
    returns: [{ source_order_id: orderId }],
    return_amounts: { total_money: money(70000) },
    refunds: [{ id: made.id, status: 'APPROVED' }],
  });
  expect(returned.line_items).toBe(undefined);
  const { body: { order: sold } } = await square.get(`/v2/orders/${orderId}`);
  expect(sold).toMatchObject({ state: 'COMPLETED', total_money: money(70000) });
  expect((await square.get(`/v2/refunds/${made.id}`)).body.refund).toEqual(made);
  expect(twin.summary()).toMatchObject({
    sales: 1, extra_orders: 0, returns: 1, refunds: 1, refunded_money: { TRY: 70000 },
    refunded: { [paymentId]: 70000 }, refunded_twice: [], over_refunded: [],
    refunded_sales: [[orderId]],
  });
});

test('a refund is told to whoever subscribed, and of its payment too', async () => {
  const { twin, refund } = await withSale();
  await refund();
  const types = twin.events().map(({ type }) => type);
  expect(types).toEqual(['payment.updated', 'refund.created']);
});

for (const source of /** @type {const} */ (['EXTERNAL', 'CASH'])) {
  test(`a refund of what was paid by ${source} is recorded, and at once`, async () => {
    const { refund } = await withSale({ source_type: source }, { refundStatus: 'PENDING' });
    const { body } = await refund();
    expect(body.refund).toMatchObject({ status: 'COMPLETED', destination_type: source });
  });
}

describe('a key of a refund', () => {
  test('answers with the first response, and refunds once', async () => {
    const { twin, refund, read } = await withSale();
    const first = await refund();
    const again = await refund();
    expect(again.body).toEqual(first.body);
    expect((await read()).refunded_money).toEqual(money(70000));
    expect(twin.state().refunds).toHaveLength(1);
  });

  test('answers as it did while the refund was pending, whatever came of it since', async () => {
    const { twin, refund } = await withSale({}, { refundStatus: 'PENDING' });
    const first = await refund();
    twin.refund({ refund_id: first.body.refund.id, status: 'FAILED' });
    expect((await refund()).body.refund.status).toBe('PENDING');
  });

  test('is refused with another amount', async () => {
    const { refund } = await withSale();
    await refund({ amount_money: money(100) });
    const other = await refund({ amount_money: money(200) });
    expect(other.status).toBe(400);
    expect(codeOf(other)).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('has at most 45 bytes', async () => {
    const { twin, refund } = await withSale();
    expect(codeOf(await refund({ idempotency_key: 'k'.repeat(46) }))).toBe('VALUE_TOO_LONG');
    expect(twin.excuse()).toMatchObject([{ field: 'idempotency_key' }]);
  });

  test('is not used up by a refusal', async () => {
    const { refund } = await withSale();
    expect((await refund({ amount_money: money(70001) })).status).toBe(400);
    expect((await refund()).status).toBe(200);
  });

  test('that is forgotten does not give more back than was paid', async () => {
    const { twin, refund } = await withSale({}, { keyWindowMs: 1000 });
    await refund();
    twin.advance(1000);
    expect(codeOf(await refund())).toBe('REFUND_AMOUNT_INVALID');
    expect(twin.summary().over_refunded).toEqual([]);
  });

  test('that is forgotten can give a part back twice', async () => {
    const { twin, refund, paymentId } = await withSale({}, { keyWindowMs: 1000 });
    await refund({ amount_money: money(100) });
    twin.advance(1000);
    await refund({ amount_money: money(100) });
    expect(twin.summary()).toMatchObject({
      refunded_twice: [paymentId], refunded: { [paymentId]: 200 },
    });
  });
});

describe('a refund is refused', () => {
  test('of more than is left', async () => {
    const { refund } = await withSale();
    expect((await refund({ amount_money: money(30000) })).status).toBe(200);
    const more = { idempotency_key: 'refund-2', amount_money: money(40001) };
    const refused = await refund(more);
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0]).toMatchObject({
      category: 'REFUND_ERROR', code: 'REFUND_AMOUNT_INVALID',
    });
    expect((await refund({ ...more, amount_money: money(40000) })).status).toBe(200);
  });

  test('while another one is pending that leaves too little', async () => {
    const { refund } = await withSale({}, { refundStatus: 'PENDING' });
    await refund();
    const second = await refund({ idempotency_key: 'refund-2' });
    expect(codeOf(second)).toBe('REFUND_ALREADY_PENDING');
  });

  test('of a payment that has changed since it was read', async () => {
    const { refund, read } = await withSale();
    const { version_token: token } = await read();
    const part = { amount_money: money(100), payment_version_token: token };
    expect((await refund(part)).status).toBe(200);
    const stale = await refund({ ...part, idempotency_key: 'refund-2' });
    expect([stale.status, codeOf(stale)]).toEqual([400, 'VERSION_MISMATCH']);
    const { version_token: next } = await read();
    const fresh = { ...part, idempotency_key: 'refund-2', payment_version_token: next };
    expect((await refund(fresh)).status).toBe(200);
  });

  test('of a payment that is older than a year', async () => {
    const { clock, refund } = await withSale();
    clock.now = Date.parse('2027-11-19T18:00:00.001Z');
    const refused = await refund();
    expect(refused.body.errors[0]).toMatchObject({
      category: 'REFUND_ERROR', code: 'PAYMENT_NOT_REFUNDABLE',
    });
  });

  test('of a payment that is disputed', async () => {
    const { twin, refund, paymentId } = await withSale();
    twin.dispute({ payment_id: paymentId });
    const refused = await refund();
    expect(refused.body.errors[0]).toMatchObject({
      category: 'REFUND_ERROR', code: 'PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE',
    });
  });

  test('for the twenty-first time', async () => {
    const refunds = Array.from({ length: 20 }, () => ({ amount_money: money(1) }));
    const { refund } = await withSale({ refunds });
    expect(codeOf(await refund({ amount_money: money(1) }))).toBe('PAYMENT_NOT_REFUNDABLE');
  });

  test('of a payment that is not completed, nobody\'s, or in another currency', async () => {
    const { refund } = await withSale({ status: 'APPROVED' });
    expect(codeOf(await refund())).toBe('REFUND_ERROR_PAYMENT_NEEDS_COMPLETION');
    expect(codeOf(await refund({ payment_id: 'nobody' }))).toBe('NOT_FOUND');
    const sale = await withSale();
    expect((await sale.refund({ amount_money: money(1, 'EUR') })).status).toBe(400);
  });

  test('of another merchant\'s payment', async () => {
    const { twin, square, paymentId } = await withSale();
    twin.addMerchant({
      id: 'MDUBLIN00001', locations: [{ id: 'LDUBLIN000001', currency: 'EUR' }],
      access_token: 'dublin',
    });
    const headers = { authorization: 'Bearer dublin' };
    const body = { idempotency_key: 'k', payment_id: paymentId, amount_money: money(1) };
    const refused = await square.post('/v2/refunds', body, { headers });
    expect([refused.status, codeOf(refused)]).toEqual([404, 'NOT_FOUND']);
  });

  for (const { what, more, field } of [
    { what: 'of nothing', more: { amount_money: money(0) }, field: 'amount_money.amount' },
    { what: 'without a key', more: { idempotency_key: undefined }, field: 'idempotency_key' },
    { what: 'for a reason of 193 characters', more: { reason: 'x'.repeat(193) }, field: 'reason' },
    { what: 'at a location', more: { location_id: LOCATION }, field: 'location_id' },
  ]) {
    test(`${what}, and the sender is blamed`, async () => {
      const { twin, refund } = await withSale();
      expect((await refund(more)).status).toBe(400);
      expect(twin.excuse()).toMatchObject([{ field }]);
    });
  }
});

describe('a pending refund', () => {
  test('counts as refunded at once, and is completed later', async () => {
    const { twin, square, clock, refund, read } = await withSale({}, { refundStatus: 'PENDING' });
    const { body: { refund: made } } = await refund();
    expect(made.status).toBe('PENDING');
    expect(await read()).toMatchObject({ refunded_money: money(70000), refund_ids: [made.id] });
    clock.now += 60_000;
    await square.post('/_twin/refund', { refund_id: made.id, status: 'COMPLETED' });
    const { body } = await square.get(`/v2/refunds/${made.id}`);
    expect(body.refund).toMatchObject({
      status: 'COMPLETED', created_at: made.created_at, updated_at: '2026-11-20T12:01:00.000Z',
    });
    expect((await read()).updated_at).toBe(body.refund.updated_at);
    const again = await square.post('/_twin/refund', { refund_id: made.id, status: 'FAILED' });
    expect(again.status).toBe(400);
    expect(twin.events().at(-1)).toMatchObject({ type: 'refund.updated' });
  });

  test('that is rejected gives the amount free again', async () => {
    const { twin, refund, read } = await withSale({}, { refundStatus: 'PENDING' });
    const { body: { refund: made } } = await refund();
    twin.refund({ refund_id: made.id, status: 'REJECTED' });
    expect(await read()).toMatchObject({ refunded_money: money(0), refund_ids: [made.id] });
    expect((await refund({ idempotency_key: 'refund-2' })).status).toBe(200);
  });

  test('that fails is the last one: the buyer has to get the money another way', async () => {
    const { twin, refund } = await withSale({}, { refundStatus: 'PENDING' });
    const { body: { refund: made } } = await refund();
    twin.refund({ refund_id: made.id, status: 'FAILED' });
    const second = await refund({ idempotency_key: 'refund-2' });
    expect(codeOf(second)).toBe('PAYMENT_NOT_REFUNDABLE');
    expect(twin.summary().refunded_sales).toEqual([]);
  });

  test('is what a test says for one payment, whatever the rule', async () => {
    const { twin, refund, paymentId } = await withSale();
    twin.refund({ payment_id: paymentId, status: 'PENDING' });
    expect((await refund()).body.refund.status).toBe('PENDING');
  });
});

test('two requests with one key at once can give a part back twice, and never too much', async () => {
  for (const { amount, refunds } of [{ amount: 30000, refunds: 2 }, { amount: 70000, refunds: 1 }]) {
    const { twin, refund } = await withSale({}, {
      overlap: 'double',
      plan: [{ match: { path: '/v2/refunds', nth: 1 }, fault: 'none', delay_ms: 60_000 }],
    });
    const first = refund({ amount_money: money(amount) });
    await until(() => twin.state().refunds.length === 1);
    await refund({ amount_money: money(amount) });
    twin.flush();
    await first;
    expect(twin.state().refunds).toHaveLength(refunds);
    expect(twin.summary().over_refunded).toEqual([]);
  }
});

test('a refund with the token of a stale list is refused', async () => {
  const { twin, square, refund } = await withSale({}, { changeDelayMs: 5000 });
  const read = async () => (await square.get('/v2/payments')).body.payments[0].version_token;
  twin.advance(5000);
  await refund({ amount_money: money(100), payment_version_token: await read() });
  const more = { idempotency_key: 'refund-2', amount_money: money(100) };
  expect(codeOf(await refund({ ...more, payment_version_token: await read() })))
    .toBe('VERSION_MISMATCH');
  twin.advance(5000);
  expect((await refund({ ...more, payment_version_token: await read() })).status).toBe(200);
});

describe('a fault', () => {
  test('hides a refund that took place, and the key finds it again', async () => {
    const { twin, refund } = await withSale({}, { plan: [
      { match: { reference_id: 'ord-1', nth: 1 }, fault: 'http_504', applied: true },
    ] });
    expect((await refund()).status).toBe(504);
    expect(twin.state().refunds).toHaveLength(1);
    expect((await refund()).status).toBe(200);
    expect(twin.state().refunds).toHaveLength(1);
  });

  test('lets a refund land late, when nobody waits for it any longer', async () => {
    const late = /** @type {const} */ ({ fault: 'timeout', applied: true, late_ms: 60_000 });
    const { twin, paymentId } = await withSale({}, { plan: [
      { match: { method: 'POST', path: '/v2/refunds' }, times: 1, ...late },
    ] });
    const body = { idempotency_key: 'k', payment_id: paymentId, amount_money: money(70000) };
    await postAndHangUp(twin, '/v2/refunds', body);
    expect(twin.state().refunds).toHaveLength(0);
    twin.flush();
    expect(twin.state().refunds).toHaveLength(1);
  });
});

describe('refunds are listed', () => {
  /** Three refunds, one a minute, at two locations.
   * @param {import('./types.d.ts').TwinOptions} [options] */
  async function withRefunds(options = {}) {
    const locations = [{ id: LOCATION, currency: 'TRY' }, { id: 'LIZMIR0000001', currency: 'TRY' }];
    const { twin, square } = await twinWith({ now: () => NOW, locations, ...options });
    const orders = [1, 2, 3].map((n) => ({
      location_id: locations[n % 2].id,
      created_at: '2026-11-19T18:00:00Z',
      line_items: [item],
      payments: [{
        source_type: n === 3 ? /** @type {const} */ ('CASH') : undefined,
        refunds: [{
          created_at: `2026-11-19T18:0${n}:00Z`,
          status: n === 2 ? /** @type {const} */ ('PENDING') : undefined,
        }],
      }],
    }));
    const made = twin.seed({ orders }).orders.map(({ refunds: [id] }) => id);
    const list = async (query = '') => {
      const { body } = await square.get(`/v2/refunds${query}`);
      const rows = body.refunds ?? [];
      return { ids: rows.map((/** @type {any} */ { id }) => made.indexOf(id) + 1), ...body };
    };
    return { twin, square, list, made };
  }

  test('of all locations, the newest first, or of one', async () => {
    const { list } = await withRefunds();
    expect((await list()).ids).toEqual([3, 2, 1]);
    expect((await list('?sort_order=ASC')).ids).toEqual([1, 2, 3]);
    expect((await list(`?location_id=${LOCATION}`)).ids).toEqual([2]);
  });

  test('by time, status and source', async () => {
    const { list } = await withRefunds();
    expect((await list('?begin_time=2026-11-19T18:02:00Z')).ids).toEqual([3, 2]);
    expect((await list('?end_time=2026-11-19T18:02:00Z')).ids).toEqual([2, 1]);
    expect((await list('?updated_at_begin_time=2026-11-19T18:03:00Z')).ids).toEqual([3]);
    expect((await list('?status=PENDING')).ids).toEqual([2]);
    expect((await list('?source_type=CASH')).ids).toEqual([3]);
  });

  test('page by page, each once', async () => {
    const { list } = await withRefunds({ pageSize: 2 });
    const first = await list();
    const second = await list(`?cursor=${first.cursor}`);
    expect([...first.ids, ...second.ids]).toEqual([3, 2, 1]);
    expect(second.cursor).toBe(undefined);
  });

  test('by when they changed', async () => {
    const { twin, list, made } = await withRefunds();
    twin.refund({ refund_id: made[1], status: 'COMPLETED' });
    expect((await list('?sort_field=UPDATED_AT')).ids).toEqual([2, 3, 1]);
  });

  test('once they have settled', async () => {
    const { twin, square } = await twinWith({ now: () => NOW, settleDelayMs: 5000 });
    const { body: { order } } = await square.post('/v2/orders', orderBody());
    const { body: { payment } } = await square.post('/v2/payments', paymentBody(order.id));
    await square.post('/v2/refunds', {
      idempotency_key: 'k', payment_id: payment.id, amount_money: money(70000),
    });
    expect((await square.get('/v2/refunds')).body).toEqual({});
    expect((await square.get(`/v2/payments/${payment.id}`)).body.payment.refund_ids).toHaveLength(1);
    twin.advance(5000);
    expect((await square.get('/v2/refunds')).body.refunds).toHaveLength(1);
  });
});

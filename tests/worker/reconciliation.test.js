// GET /v1/reconciliation against the local Square: what its answer says before and after a repair.
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, cleanWorldBeforeEach, db, enqueue, payload, query, send, tick, twin, twinControl } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

const DAY = 86_400_000;

/** @param {number} ms */
const timeAt = (ms) => new Date(ms).toISOString();

/** The days around now, in which all that a test makes at the local Square happens. */
const days = () => `from=${timeAt(Date.now() - 3 * DAY).slice(0, 10)}&to=${timeAt(Date.now() + 2 * DAY).slice(0, 10)}`;

/** @param {string} [more] @returns {Promise<Json>} */
async function books(more = 'restaurant_id=') {
  const { status, body } = await ask('GET', `/v1/reconciliation?${days()}&${more}`);
  expect(body.detail).toBe(undefined);
  expect(status).toBe(200);
  expect(body.explained).toBe(true);
  return body;
}

/** The lines of all days. @param {Json} answer @returns {Json[]} */
const linesOf = ({ days: all }) => all.flatMap((/** @type {Json} */ { lines }) => lines);

/** Sends a request to the local Square, as somebody who has the token would.
 * @param {string} path @param {Json} body @returns {Promise<any>} */
async function square(path, body) {
  const headers = {
    authorization: `Bearer ${twin.token}`,
    'content-type': 'application/json',
    'square-version': '2025-08-20',
  };
  const response = await fetch(twin.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

/** @param {string} payment_id @param {number} amount */
const refund = (payment_id, amount) =>
  square('/v2/refunds', {
    idempotency_key: crypto.randomUUID(),
    payment_id,
    amount_money: { amount, currency: 'TRY' },
  });

/** A copy as the old pusher made it: the same reference, no metadata.
 * @param {string} reference_id @param {Json} [more] */
const copyOf = (reference_id, more = {}) => ({
  location_id: twin.location,
  created_at: timeAt(Date.now() - 60_000),
  reference_id,
  line_items: [
    { name: 'Adana Kebabı', quantity: '2', base_price_money: { amount: 35000, currency: 'TRY' } },
  ],
  taxes: [{ uid: 'kdv', name: 'KDV', percentage: '10', type: 'INCLUSIVE', scope: 'ORDER' }],
  payments: [{ source_type: 'EXTERNAL' }],
  ...more,
});

/** An order of two kebabs with 10 % VAT in it, placed now. */
const kebabs = () =>
  payload({
    placed_at: `${timeAt(Date.now()).slice(0, 19)}Z`,
    items: [{ name: 'Adana Kebabı', quantity: '2', unit_price: 35000, tax_percentage: '10' }],
  });

beforeEach(async () => {
  await db.prepare("UPDATE pos_accounts SET time_zone = 'Europe/Istanbul'").run();
});

describe('duplicates at Square', () => {
  test('show as the overcount in gross and VAT before they are refunded, and after it the books match', async () => {
    await enqueue(...[1, 2, 3].map((i) => ({ order_id: `ord-${i}`, payload: kebabs() })));
    await tick();
    const seeded = await twinControl('seed', { orders: ['ord-1', 'ord-2', 'ord-2'].map((id) => copyOf(id)) });
    const before = await books();
    expect(before).toMatchObject({
      restaurant_id: '',
      location_id: twin.location,
      time_zone: 'Europe/Istanbul',
      currencies: ['TRY'],
    });
    expect(before.totals).toEqual([
      {
        currency: 'TRY',
        ours: { orders: 3, gross: 210000, vat: { 10: 19092 }, vat_total: 19092 },
        square: { orders: 6, gross: 420000, vat: { 10: 38184 }, vat_total: 38184 },
        difference: { orders: 3, gross: 210000, vat: 19092, vat_by_rate: { 10: 19092 } },
        by_reason: {
          duplicate: { orders: 3, gross: 210000, vat: 19092, vat_by_rate: { 10: 19092 } },
        },
      },
    ]);
    expect(linesOf(before).map(({ reason, order_id }) => [reason, order_id])).toEqual([
      ['duplicate', 'ord-1'],
      ['duplicate', 'ord-2'],
      ['duplicate', 'ord-2'],
    ]);
    const copies = seeded.orders.map((/** @type {Json} */ { id }) => id);
    expect(linesOf(before).map(({ external_order_id }) => external_order_id).sort()).toEqual(copies.sort());
    for (const { payments } of seeded.orders) await refund(payments[0], 70000);
    const after = await books();
    expect(linesOf(after)).toEqual([]);
    expect(after.totals[0].difference).toEqual({ orders: 0, gross: 0, vat: 0, vat_by_rate: {} });
    expect(after.totals[0].square).toEqual(before.totals[0].ours);
  });

  test('whose refund is under way still stand, and say so', async () => {
    await enqueue({ order_id: 'ord-1', payload: kebabs() });
    await tick();
    await twinControl('seed', {
      orders: [
        copyOf('ord-1', { payments: [{ refunds: [{ status: 'PENDING', created_at: timeAt(Date.now()) }] }] }),
      ],
    });
    const [line] = linesOf(await books());
    expect(line).toMatchObject({ reason: 'duplicate', gross: 70000 });
    expect(line.detail).toContain('a refund of 70000 TRY is under way');
  });
});

test('each other difference has its reason, and they add up', async () => {
  await enqueue(...['partly', 'whole', 'fine'].map((id) => ({ order_id: id, payload: kebabs() })));
  await enqueue({ order_id: 'unpaid', payload: { ...kebabs(), payment: undefined } });
  await tick();
  const { orders, payments } = await twinControl('state');
  const orderOf = (/** @type {string} */ id) =>
    orders.find((/** @type {Json} */ { reference_id }) => reference_id === id).id;
  const paymentOf = (/** @type {string} */ id) =>
    payments.find((/** @type {Json} */ { order_id }) => order_id === orderOf(id)).id;
  await refund(paymentOf('partly'), 35001);
  await refund(paymentOf('whole'), 70000);
  await enqueue({ order_id: 'late', payload: kebabs() });
  await twinControl('seed', { orders: [copyOf('walk-in'), copyOf('late')] });
  // Square has lost one that was booked; and one is called booked by an older pusher, without an id.
  await db
    .prepare(
      'INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, request, first_sent_at, ' +
        "booked_at, external_order_id) SELECT 'lost', provider, 1, restaurant_id, request, first_sent_at, " +
        "booked_at, 'nowhere' FROM pos_sync_ledger WHERE order_id = 'fine'",
    )
    .run();
  await db.prepare("DELETE FROM pos_sync_ledger WHERE order_id = 'fine'").run();
  await db.prepare("UPDATE pos_sync_queue SET external_order_id = NULL WHERE order_id = 'fine'").run();
  const answer = await books();
  const told = linesOf(answer).map(({ reason, order_id, orders: count, gross, vat }) => [reason, order_id, count, gross, vat]);
  expect(told).toEqual([
    ['missing', 'lost', -1, -70000, -6364],
    ['refunded', 'partly', 0, -35001, -3182],
    ['refunded', 'whole', -1, -70000, -6364],
    ['open', 'unpaid', -1, -70000, -6364],
    ['unknown', '', 1, 70000, 6364],
    ['unknown', 'late', 1, 70000, 6364],
  ]);
  expect(linesOf(answer)[5].detail).toBe('our order is not sold: pending');
});

test('what the core says of VAT is what Square computes, for any rates, discounts and charges', async () => {
  const draw = numbers(5);
  const drawn = Array.from({ length: 60 }, (_each, i) => ({ order_id: `r-${i}`, payload: anyPayload(draw) }));
  await enqueue(...drawn);
  await tick();
  const { orders } = await twinControl('state');
  expect(orders.length).toBe(60);
  for (const { id, total_money } of orders) {
    if (total_money.amount === 0) continue;
    await square('/v2/payments', {
      idempotency_key: crypto.randomUUID().slice(0, 40),
      source_id: 'EXTERNAL',
      external_details: { type: 'OTHER', source: 'till' },
      location_id: twin.location,
      order_id: id,
      amount_money: total_money,
    });
  }
  const answer = await books();
  expect(linesOf(answer)).toEqual([]);
  expect(answer.totals[0].ours.orders).toBe(60);
  // The same once their rows are purged: the frozen bytes say it all.
  await db.prepare('DELETE FROM pos_sync_queue').run();
  expect((await books()).totals).toEqual(answer.totals);
});

/** Numbers below a bound, the same in every run (Numerical Recipes' congruential generator).
 * @param {number} seed */
function numbers(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** @param {(below: number) => number} upTo */
function anyPayload(upTo) {
  const rates = [undefined, '1', '8', '10', '20', '8.875', '11.75'];
  const quantities = ['1', '2', '3', '0.5', '1.25', '0.333'];
  return {
    currency: 'TRY',
    items: Array.from({ length: 1 + upTo(6) }, (_each, i) => ({
      name: `Item ${i}`,
      quantity: quantities[upTo(quantities.length)],
      unit_price: 200 + upTo(2000),
      tax_percentage: rates[upTo(rates.length)],
      modifiers: upTo(3) === 0 ? [{ name: 'm', quantity: '2', unit_price: upTo(99) }] : [],
    })),
    tax_inclusive: upTo(2) === 0,
    discount: upTo(2) * upTo(60),
    service_charge: upTo(3) === 0 ? upTo(500) : 0,
  };
}

test('a restaurant with an account of its own has its own books, at its own location', async () => {
  await db
    .prepare("INSERT INTO pos_accounts (restaurant_id, location_id, time_zone) VALUES ('adana', ?1, 'Europe/Istanbul')")
    .bind(twin.location)
    .run();
  await enqueue({ order_id: 'ord-1', restaurant_id: 'adana', payload: kebabs() });
  await enqueue({ order_id: 'ord-2', restaurant_id: 'other', payload: kebabs() });
  await tick();
  const answer = await books('restaurant_id=adana');
  expect(answer.totals[0].ours.orders).toBe(1);
  // The two share a location here, so what is the other's is unknown to this one.
  expect(linesOf(answer).map(({ reason, reference_id }) => [reason, reference_id])).toEqual([['unknown', 'ord-2']]);
});

test('as CSV it is a table that a spreadsheet runs nothing of', async () => {
  await enqueue({ order_id: '=HYPERLINK("x")', payload: kebabs() });
  await tick();
  await twinControl('seed', { orders: [copyOf('=HYPERLINK("x")')] });
  const response = await send('GET', `/v1/reconciliation?${days()}&restaurant_id=&format=csv`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const rows = (await response.text()).trimEnd().split('\r\n');
  expect(rows[0]).toMatch(/^kind,date,currency,reason,order_id,/);
  expect(rows.filter((row) => row.startsWith('day,')).length).toBe(6);
  expect(rows.filter((row) => row.startsWith('line,'))).toEqual([
    expect.stringContaining(',TRY,duplicate,"\'=HYPERLINK(""x"")",'),
  ]);
});

describe('a request that cannot be answered', () => {
  test.each([
    ['from=2026-11-21&to=2026-11-20&restaurant_id=', 422, 'to'],
    ['from=yesterday&to=2026-11-20&restaurant_id=', 422, 'from'],
    ['to=2026-11-20&restaurant_id=', 422, 'from'],
    ['from=2026-01-01&to=2026-11-20&restaurant_id=', 422, 'to'],
  ])('%s is refused with %i, and names what is wrong', async (asked, status, field) => {
    const answer = await ask('GET', `/v1/reconciliation?${asked}`);
    expect(answer.status).toBe(status);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body.errors.map((/** @type {Json} */ error) => error.field)).toEqual([field]);
  });

  test('a restaurant that nobody has heard of is not found', async () => {
    const answer = await ask('GET', `/v1/reconciliation?${days()}&restaurant_id=nobody`);
    expect(answer.status).toBe(404);
    expect(answer.body.detail).toContain('nobody');
  });

  test('a token that Square refuses is told, in words that hold no token', async () => {
    await twinControl('token', { token: twin.token, state: 'expired' });
    const answer = await ask('GET', `/v1/reconciliation?${days()}&restaurant_id=`);
    expect(answer.status).toBe(503);
    expect(answer.body.detail).toContain('ACCESS_TOKEN_EXPIRED');
    expect(JSON.stringify(answer.body)).not.toContain(twin.token);
  });

  test('Square asking to wait is handed on', async () => {
    await twinControl('faults', {
      plan: [{ match: { path: '/v2/orders/search' }, fault: 'http_429', retry_after: 9 }],
    });
    const answer = await ask('GET', `/v1/reconciliation?${days()}&restaurant_id=`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('9');
  });

  test('a location without a time zone has the days of UTC, and says where to set one', async () => {
    await db.prepare("UPDATE pos_accounts SET time_zone = ''").run();
    const answer = await ask('GET', `/v1/reconciliation?${days()}&restaurant_id=`);
    expect(answer.status).toBe(200);
    expect(answer.body.time_zone).toBe('UTC');
    expect(answer.body.note).toContain('profile');
  });

  test('a budget that does not suffice asks for fewer days', async () => {
    await enqueue(...Array.from({ length: 40 }, (_each, i) => ({ order_id: `o-${i}`, payload: kebabs() })));
    await tick();
    await twinControl('rules', { pageSize: 2 });
    const answer = await ask('GET', `/v1/reconciliation?${days()}&restaurant_id=`, {
      env: { SUBREQUEST_BUDGET: 40 },
    });
    await twinControl('rules', { pageSize: null });
    expect(answer.status).toBe(503);
    expect(answer.body.detail).toMatch(/ask for fewer days.*40 orders of ours/);
  });
});

test('its reads of our side go by indexes', async () => {
  const plans = await Promise.all(
    [
      "SELECT 1 FROM pos_sync_ledger l WHERE l.booked_at IS NOT NULL AND l.restaurant_id = 'a' AND l.booked_at >= 1",
      "SELECT 1 FROM pos_sync_queue q WHERE q.status = 'success' AND q.external_order_id IS NULL AND q.restaurant_id = 'a' AND q.created_at >= '2026-11-21 00:00:00'",
    ].map((sql) => query(`EXPLAIN QUERY PLAN ${sql}`)),
  );
  expect(plans.flat().map(({ detail }) => detail)).toEqual([
    expect.stringContaining('pos_sync_ledger_sold'),
    expect.stringContaining('pos_sync_queue_unnamed'),
  ]);
});

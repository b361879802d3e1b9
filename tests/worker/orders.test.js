// POST /v1/orders and the routes of an operator: what they answer, and what they leave behind.
import { describe, expect, test } from 'vitest';
import { pass } from './lib/clock.js';
import { ask, cleanWorldBeforeEach, db, enqueue, payload, query, rowsOf, tick, twin, twinControl } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

/** Longer than any quiet time. */
const HOUR = 3_600_000;

/** @param {Json} order @param {Json} [env] */
const post = (order, env) => ask('POST', '/v1/orders', { body: { payload: payload(), ...order }, env });

/** @param {string} path @param {Json} [body] */
const operate = (path, body) => ask('POST', `/v1/orders/${path}`, { body });

/** Makes Square answer the next CreateOrder with a fault.
 * @param {Json} fault */
const spoilNext = (fault) =>
  twinControl('faults', { plan: [{ match: { path: '/v2/orders' }, times: 1, ...fault }] });

/** A claim that another worker holds on an order.
 * @param {string} order_id @param {number} lease_ms from now; negative if it is over */
const hold = (order_id, lease_ms) =>
  db
    .prepare(
      'INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, row_id, order_id, ' +
        "provider, revision) SELECT 'pos-sync:' || order_id || ':square', 'other.1', " +
        "0, CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER) + ?2, id, order_id, provider, revision " +
        'FROM pos_sync_queue WHERE order_id = ?1',
    )
    .bind(order_id, lease_ms)
    .run();

describe('POST /v1/orders', () => {
  test('answers 201 to a new order, which the next tick books', async () => {
    const answer = await post({ order_id: 'ord-1', restaurant_id: 'adana' });
    expect(answer).toMatchObject({ status: 201, type: 'application/json' });
    expect(answer.body).toEqual({
      order_id: 'ord-1',
      provider: 'square',
      restaurant_id: 'adana',
      revision: 1,
      status: 'pending',
    });
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
    expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1 });
  });

  test('freezes the request at the door: a later deploy or edit changes nothing of it', async () => {
    await post({ order_id: 'ord-1' });
    const [before] = await query('SELECT request FROM pos_sync_ledger');
    await tick({ SQUARE_VERSION: '2026-01-22' });
    expect(await query('SELECT request FROM pos_sync_ledger')).toEqual([before]);
    expect(JSON.parse(before.request)).toMatchObject({ v: 1, total: 70000, currency: 'TRY' });
  });

  test('answers 200 to the same order again, while it is active and when it is booked', async () => {
    await post({ order_id: 'ord-1' });
    // The same content, written differently: what counts is what it says.
    const { currency, ...rest } = payload();
    const again = await post({ order_id: 'ord-1', payload: { ...rest, currency } });
    expect(again).toMatchObject({ status: 200, body: { status: 'pending' } });
    await tick();
    expect(await post({ order_id: 'ord-1' })).toMatchObject({ status: 200, body: { status: 'success' } });
    expect(await rowsOf('ord-1')).toHaveLength(1);
  });

  test('answers 409 to another content or another restaurant under the same id', async () => {
    await post({ order_id: 'ord-1', restaurant_id: 'a' });
    const other = payload({ table_id: '8' });
    const ids = { order_id: 'ord-1', restaurant_id: 'a' };
    expect(await post({ ...ids, payload: other })).toMatchObject({
      status: 409,
      type: 'application/problem+json',
      body: { status: 409, detail: expect.stringContaining('content') },
    });
    const stranger = { order_id: 'ord-1', restaurant_id: 'b' };
    expect(await post(stranger)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('"a"') } });
    await tick();
    expect(await post({ ...ids, payload: other })).toMatchObject({ status: 409 });
    expect(await post(stranger)).toMatchObject({ status: 409 });
    expect(await rowsOf('ord-1')).toHaveLength(1);
  });

  test('answers 409 to an order in doubt: it must be replayed, not enqueued again', async () => {
    await spoilNext({ fault: 'reset', applied: true });
    await post({ order_id: 'ord-1' });
    await tick({ MAX_ATTEMPTS: '1' });
    await db.prepare("UPDATE pos_sync_queue SET status = 'dead'").run();
    const answer = await post({ order_id: 'ord-1' });
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining('replay') } });
  });

  test('answers 409 to an order that was refused, naming the revision that may follow', async () => {
    await spoilNext({ fault: 'http_400' });
    await post({ order_id: 'ord-1' });
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'dead' }]);
    expect(await post({ order_id: 'ord-1' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('revision 2') },
    });
    expect(await post({ order_id: 'ord-1', revision: 2 })).toMatchObject({ status: 201 });
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'dead' }, { status: 'success', revision: 2 }]);
  });

  test('answers 409 to a revision while an earlier one is not at rest', async () => {
    await post({ order_id: 'ord-1' });
    expect(await post({ order_id: 'ord-1', revision: 2 })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('revision 1') },
    });
  });

  test('answers 201 after a row that died before anything was frozen', async () => {
    await enqueue({ order_id: 'ord-1', payload: { currency: 'TRY', items: [] } });
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'dead' }]);
    expect(await post({ order_id: 'ord-1' })).toMatchObject({ status: 201 });
  });

  test('answers 422 naming every field that is wrong, and 400 to what is no JSON object', async () => {
    const wrong = payload({ currency: 'lira', items: [{ name: 'x', quantity: '0', unit_price: 1 }] });
    const answer = await post({ order_id: '', colour: 'red', payload: wrong });
    expect(answer).toMatchObject({ status: 422, type: 'application/problem+json' });
    const fields = answer.body.errors.map((/** @type {Json} */ { field }) => field);
    expect(fields).toEqual(
      expect.arrayContaining(['order_id', 'colour', 'payload.currency', 'payload.items[0].quantity']),
    );
    for (const body of ['', '{', '[]', '7', 'null']) {
      expect(await ask('POST', '/v1/orders', { body })).toMatchObject({ status: 400, body: { status: 400 } });
    }
    expect(await query('SELECT * FROM pos_sync_queue')).toEqual([]);
  });

  test('of one order, many times at once, leaves one row', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => post({ order_id: 'ord-1' })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(11).fill(200), 201]);
    expect(await rowsOf('ord-1')).toHaveLength(1);
  });
});

describe('POST /v1/drain', () => {
  test('answers when the tick has ended, with what it did', async () => {
    await enqueue({ order_id: 'ord-1' }, { order_id: 'ord-2' }, { order_id: 'bad', payload: '{}' });
    const answer = await ask('POST', '/v1/drain');
    expect(answer).toMatchObject({
      status: 200,
      type: 'application/json',
      body: { claimed: 3, booked: 2, failed: 0, dead: 1, more: false },
    });
  });

  test('answers 503 where the worker is not set up', async () => {
    expect(await ask('POST', '/v1/drain', { env: { SQUARE_ACCESS_TOKEN: '' } })).toMatchObject({
      status: 503,
      type: 'application/problem+json',
      body: { detail: expect.stringContaining('SQUARE_ACCESS_TOKEN') },
    });
  });
});

describe('replay', () => {
  test('sends a dead order again under its old key, so that it is booked once', async () => {
    await spoilNext({ fault: 'reset', applied: true });
    await post({ order_id: 'ord-1' });
    await tick({ MAX_ATTEMPTS: '1' });
    await db.prepare("UPDATE pos_sync_queue SET status = 'dead', last_error = 'unknown_outcome: x'").run();
    expect(await operate('ord-1/replay', { actor: 'ayşe', reason: 'Square is back' })).toMatchObject({
      status: 200,
      body: { order_id: 'ord-1', status: 'pending' },
    });
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'pending', attempts: 0, last_error: null }]);
    await pass(HOUR);
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success' }]);
    expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1, extra_orders: 0 });
    const lines = await query("SELECT actor, detail FROM pos_sync_audit WHERE event = 'replayed'");
    expect(lines).toMatchObject([{ actor: 'ayşe', detail: expect.stringContaining('Square is back') }]);
  });

  test('of an order that a worker holds is 409 with Retry-After', async () => {
    await post({ order_id: 'ord-1' });
    await hold('ord-1', HOUR);
    for (const action of ['replay', 'cancel']) {
      const answer = await operate(`ord-1/${action}`);
      expect(answer).toMatchObject({ status: 409, type: 'application/problem+json' });
      const wait = Number(answer.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(1000); // an hour, less what this test has taken
      expect(wait).toBeLessThanOrEqual(3601);
    }
  });

  test('of a dead revision is 409 while another one is active', async () => {
    await spoilNext({ fault: 'http_400' });
    await post({ order_id: 'ord-1' });
    await tick();
    await post({ order_id: 'ord-1', revision: 2 });
    expect(await operate('ord-1/replay?revision=1')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('revision 2') },
    });
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'dead' }, { status: 'pending' }]);
  });

  test('of a booked order is 409, of an unknown one 404', async () => {
    await post({ order_id: 'ord-1' });
    await tick();
    expect(await operate('ord-1/replay')).toMatchObject({ status: 409 });
    expect(await operate('nobody/replay')).toMatchObject({ status: 404, type: 'application/problem+json' });
  });
});

describe('cancel', () => {
  test('of an order that was never sent makes it dead, and it is not pushed any more', async () => {
    await post({ order_id: 'ord-1' });
    expect(await operate('ord-1/cancel', { reason: 'guest left' })).toMatchObject({
      status: 200,
      body: { status: 'dead' },
    });
    await tick();
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'dead', last_error: 'canceled: guest left' }]);
    expect((await twinControl('state')).requests).toEqual([]);
  });

  test('of a booked order is 409', async () => {
    await post({ order_id: 'ord-1' });
    await tick();
    expect(await operate('ord-1/cancel')).toMatchObject({ status: 409 });
  });

  test('of an order in doubt never claims that nothing is booked', async () => {
    await spoilNext({ fault: 'reset', applied: true });
    await post({ order_id: 'ord-1' });
    await tick();
    const answer = await operate('ord-1/cancel');
    expect([202, 409]).toContain(answer.status);
    expect((await rowsOf('ord-1'))[0]).toMatchObject({ status: expect.stringMatching(/pending|failed/) });
  });
});

describe('mark-done', () => {
  test('books an order that was entered by hand, and nothing is sent for it', async () => {
    await post({ order_id: 'ord-1' });
    const entered = { external_order_id: 'SQ-1', actor: 'ayşe', force: true };
    const answer = await operate('ord-1/mark-done', entered);
    expect(answer).toMatchObject({ status: 200, body: { status: 'success' } });
    expect(await rowsOf('ord-1')).toMatchObject([{ status: 'success', external_order_id: 'SQ-1' }]);
    await tick();
    expect((await twinControl('state')).requests).toEqual([]);
    expect(await post({ order_id: 'ord-1' })).toMatchObject({ status: 200, body: { status: 'success' } });
  });

  test('asks Square first, and can be undone', async () => {
    await post({ order_id: 'ord-1' });
    const typo = await operate('ord-1/mark-done', { external_order_id: 'SQ-1' });
    expect(typo).toMatchObject({ status: 422, body: { errors: [{ field: 'external_order_id' }] } });
    expect(typo.body.detail).toContain('Square has no order SQ-1');
    await post({ order_id: 'ord-2' });
    await tick();
    const [{ external_order_id: sold }] = await rowsOf('ord-2');
    await post({ order_id: 'ord-3' });
    const other = await operate('ord-3/mark-done', { external_order_id: sold });
    expect(other).toMatchObject({ status: 422, body: { detail: expect.stringContaining('is that of "ord-2"') } });
    const forced = { external_order_id: sold, force: true };
    expect(await operate('ord-3/mark-done', forced)).toMatchObject({ status: 200 });
    expect(await operate('ord-3/undo-mark-done', {})).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'reason' }] },
    });
    const undone = await operate('ord-3/undo-mark-done', { reason: 'that was table 2', actor: 'ayşe' });
    expect(undone).toMatchObject({ status: 200, body: { status: 'pending' } });
    expect(await rowsOf('ord-3')).toMatchObject([{ status: 'pending', external_order_id: null }]);
  });

  test('needs the id of the order at the provider', async () => {
    await post({ order_id: 'ord-1' });
    const answer = await operate('ord-1/mark-done', {});
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'external_order_id' }] } });
  });
});

describe('reading', () => {
  test('GET /v1/orders lists rows page by page, with the names of the queue\'s columns', async () => {
    const ids = Array.from({ length: 103 }, (_each, i) => ({ order_id: `ord-${i}`, restaurant_id: `r${i % 2}` }));
    await enqueue(...ids, { order_id: 'bad', payload: '{}' });
    const first = await ask('GET', '/v1/orders');
    expect(first).toMatchObject({ status: 200, type: 'application/json' });
    expect(first.body.orders).toHaveLength(100);
    expect(Object.keys(first.body.orders[0]).sort()).toEqual(Object.keys((await rowsOf('ord-0'))[0]).sort());
    const second = await ask('GET', `/v1/orders?cursor=${first.body.cursor}`);
    expect(first.body.orders[0].order_id).toBe('bad');
    expect(second.body.orders.map((/** @type {Json} */ row) => row.order_id)).toEqual([
      'ord-3',
      'ord-2',
      'ord-1',
      'ord-0',
    ]);
    expect(second.body.cursor).toBeNull();
    const mine = await ask('GET', '/v1/orders?restaurant_id=r1&status=pending');
    expect(mine.body.orders).toHaveLength(51);
    await tick();
    const dead = await ask('GET', '/v1/orders?status=dead');
    expect(dead.body.orders).toMatchObject([{ order_id: 'bad', status: 'dead' }]);
    for (const text of ['status=dead&kode=rejected', 'status=dead&status=failed']) {
      expect(await ask('GET', `/v1/orders?${text}`)).toMatchObject({ status: 400 });
    }
    const dry = { filter: { code: 'rejected' }, dry_run: true };
    expect(await ask('POST', '/v1/orders/replay', { body: dry })).toMatchObject({
      status: 200,
      body: { count: 1, sample: [{ order_id: 'bad' }], fingerprint: expect.stringMatching(/^set-1-/) },
    });
    expect(await ask('GET', '/v1/orders?status=lost')).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'status' }] },
    });
  });

  test('GET /v1/orders/{id} tells all that is known of an order', async () => {
    await post({ order_id: 'ord-1' });
    await tick();
    const { body } = await ask('GET', '/v1/orders/ord-1');
    expect(body).toMatchObject({
      order_id: 'ord-1',
      provider: 'square',
      rows: [{ order_id: 'ord-1', status: 'success', revision: 1 }],
      ledger: [{ revision: 1, in_doubt_since: null, booked_at: expect.any(Number) }],
    });
    const events = body.audit.map((/** @type {Json} */ { event }) => event);
    expect(events[0]).toBe('enqueued');
    expect(events).toContain('payment_accepted');
    expect(await ask('GET', '/v1/orders/ord-1?revision=2')).toMatchObject({ status: 404 });
    expect(await ask('GET', '/v1/orders/nobody')).toMatchObject({ status: 404, type: 'application/problem+json' });
  });

  test('GET /v1/status tells what is due, in doubt, dead and paused', async () => {
    await enqueue({ order_id: 'bad', payload: '{}' });
    await tick();
    await enqueue({ order_id: 'ord-1' }, { order_id: 'ord-2' });
    await twinControl('token', { state: 'revoked' });
    await tick();
    const { status, body } = await ask('GET', '/v1/status');
    expect(status).toBe(200);
    expect(body).toMatchObject({ due: 2, in_doubt: 0, dead: { rejected: 1 }, last_tick_at: expect.any(Number) });
    expect(body.accounts).toMatchObject([{ restaurant_id: '', provider: 'square', pause_reason: 'unauthorized' }]);
    expect(JSON.stringify(body)).not.toContain(twin.token);
  });
});

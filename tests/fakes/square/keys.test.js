import { describe, expect, test } from 'vitest';
import { orderBody, paymentBody, postAndHangUp, until } from './support/client.js';
import { twinWith } from './support/twins.js';

describe('CreateOrder', () => {
  test('without a key every request is a new sale', async () => {
    const { twin, square } = await twinWith();
    const first = await square.post('/v2/orders', orderBody());
    const second = await square.post('/v2/orders', orderBody());
    expect(second.body.order.id).not.toBe(first.body.order.id);
    expect(twin.summary()).toMatchObject({ orders: 2, sales: 1, extra_orders: 1 });
    expect(twin.summary().duplicate_money).toEqual({ TRY: 70000 });
  });

  test('a key in a header is ignored', async () => {
    const { twin, square } = await twinWith();
    const headers = { 'Idempotency-Key': 'posSync:ord-1:square' };
    await square.post('/v2/orders', orderBody(), { headers });
    await square.post('/v2/orders', orderBody(), { headers });
    expect(twin.summary().orders).toBe(2);
  });

  test('the same key with the same body answers with the first response', async () => {
    const { twin, square } = await twinWith();
    const first = await square.post('/v2/orders', orderBody({}, 'k'));
    const again = await square.post('/v2/orders', orderBody({}, 'k'));
    expect(again.body).toEqual(first.body);
    expect(twin.summary().orders).toBe(1);
  });

  test('another spelling of the same body is the same body, and is noted', async () => {
    const { twin, square } = await twinWith();
    const body = orderBody({}, 'k');
    await square.post('/v2/orders', body);
    const reversed = Object.fromEntries(Object.entries(body).reverse());
    const again = await square.post('/v2/orders', reversed);
    expect(again.status).toBe(200);
    expect(twin.summary().orders).toBe(1);
    expect(twin.state().changed_bodies).toHaveLength(1);
  });

  test('the same key with a changed body is refused', async () => {
    const { twin, square } = await twinWith();
    await square.post('/v2/orders', orderBody({}, 'k'));
    const changed = await square.post('/v2/orders', orderBody({ ticket_name: '7' }, 'k'));
    expect(changed.status).toBe(400);
    expect(changed.body.errors[0].code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(twin.summary().orders).toBe(1);
  });

  test('the same key with a changed body can be refused by naming the order', async () => {
    const { square } = await twinWith({ orderKeyConflict: 'BAD_REQUEST' });
    const first = await square.post('/v2/orders', orderBody({}, 'k'));
    const changed = await square.post('/v2/orders', orderBody({ ticket_name: '7' }, 'k'));
    expect(changed.status).toBe(400);
    expect(changed.body.errors[0]).toMatchObject({
      code: 'BAD_REQUEST', detail: `Order ${first.body.order.id} already exists.`,
    });
  });

  test('a refused request uses up no key', async () => {
    const { square } = await twinWith();
    const refused = await square.post('/v2/orders', orderBody({ location_id: 'L-OTHER' }, 'k'));
    expect(refused.status).toBe(400);
    expect((await square.post('/v2/orders', orderBody({}, 'k'))).status).toBe(200);
  });

  test('a replay shows the order as it was first answered, though it was paid since', async () => {
    const { square } = await twinWith();
    const { body } = await square.post('/v2/orders', orderBody({}, 'k'));
    await square.post('/v2/payments', paymentBody(body.order.id));
    const replay = await square.post('/v2/orders', orderBody({}, 'k'));
    expect(replay.body.order.state).toBe('OPEN');
    const read = await square.get(`/v2/orders/${body.order.id}`);
    expect(read.body.order.state).toBe('COMPLETED');
  });
});

test('the same payment key with a changed body is refused', async () => {
  const { square } = await twinWith();
  const { body } = await square.post('/v2/orders', orderBody());
  const first = await square.post('/v2/payments', paymentBody(body.order.id));
  const again = await square.post('/v2/payments', paymentBody(body.order.id));
  expect(again.body).toEqual(first.body);
  const changed = await square.post('/v2/payments', paymentBody(body.order.id, { note: 'x' }));
  expect(changed.status).toBe(400);
  expect(changed.body.errors[0].code).toBe('IDEMPOTENCY_KEY_REUSED');
});

test('a key is forgotten after its window', async () => {
  const clock = { now: Date.parse('2026-11-21T18:00:00Z') };
  const { twin, square } = await twinWith({ keyWindowMs: 1000, now: () => clock.now });
  await square.post('/v2/orders', orderBody({}, 'k'));
  clock.now += 999;
  await square.post('/v2/orders', orderBody({}, 'k'));
  expect(twin.summary().orders).toBe(1);
  clock.now += 1;
  await square.post('/v2/orders', orderBody({}, 'k'));
  expect(twin.summary()).toMatchObject({ orders: 2, extra_orders: 1 });
});

test('through the control door a key is forgotten while a client waits', async () => {
  const { twin, square } = await twinWith();
  await square.post('/_twin/rules', { keyWindowMs: 24 * 3600 * 1000 });
  await square.post('/v2/orders', orderBody({}, 'k'));
  await square.post('/_twin/clock', { advance_ms: 24 * 3600 * 1000 });
  await square.post('/v2/orders', orderBody({}, 'k'));
  expect(twin.summary()).toMatchObject({ orders: 2, extra_orders: 1 });
  const { status } = await square.post('/_twin/rules', { keyWindow: 1 });
  expect(status).toBe(400);
  await square.post('/_twin/reset', {});
  await square.post('/v2/orders', orderBody({}, 'k'));
  await square.post('/_twin/clock', { advance_ms: 48 * 3600 * 1000 });
  await square.post('/v2/orders', orderBody({}, 'k'));
  expect(twin.summary().orders).toBe(1);
});

test('a provider that knows no keys books every request', async () => {
  const { twin, square } = await twinWith({ dedupe: false });
  await square.post('/v2/orders', orderBody({}, 'k'));
  await square.post('/v2/orders', orderBody({}, 'k'));
  expect(twin.summary().extra_orders).toBe(1);
});

describe('two requests with one key under way at once', () => {
  const hanging = [{ match: { nth: 1 }, fault: /** @type {const} */ ('timeout'), applied: true }];

  for (const { overlap, orders } of /** @type {const} */ ([
    { overlap: 'serialize', orders: 1 },
    { overlap: 'double', orders: 2 },
  ])) {
    test(`book ${orders} with overlap ${overlap}`, async () => {
      const { twin, square } = await twinWith({ overlap, plan: hanging });
      const abort = new AbortController();
      const lost = square.post('/v2/orders', orderBody({}, 'k'), { signal: abort.signal });
      const gone = lost.catch(() => 'gone');
      await until(() => twin.summary().orders === 1);
      await square.post('/v2/orders', orderBody({}, 'k'));
      abort.abort();
      await gone;
      expect(twin.summary().orders).toBe(orders);
      expect(twin.state().max_in_flight_per_order).toBe(2);
    });
  }

  test('with overlap double a retry after the first has ended still finds the key', async () => {
    const { twin, square } = await twinWith({ overlap: 'double', plan: hanging });
    await postAndHangUp(twin, '/v2/orders', orderBody({}, 'k'));
    await until(() => twin.state().in_flight === 0);
    await square.post('/v2/orders', orderBody({}, 'k'));
    expect(twin.summary().orders).toBe(1);
  });
});

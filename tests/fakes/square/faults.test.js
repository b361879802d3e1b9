import { describe, expect, test } from 'vitest';
import { Faults } from './faults.js';
import { money, orderBody, paymentBody, postAndHangUp, until } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @typedef {import('./types.d.ts').FaultKind} FaultKind */

/** A plan that hits the first CreateOrder of each order.
 * @param {FaultKind} fault
 * @param {Record<string, any>} [more] */
const firstOrder = (fault, more = {}) => ({
  plan: [{ match: { method: 'POST', path: '/v2/orders', nth: 1 }, fault, ...more }],
});

/** What a client makes of one answer: its status and JSON, or that there was none.
 * @param {Promise<import('./support/client.js').Answer>} answer */
const seen = (answer) => answer.then(({ status, body }) => ({ status, body }), () => 'no answer');

describe('with the effect', () => {
  /** @type {{fault: FaultKind, sees: any}[]} */
  const faults = [
    { fault: 'reset', sees: 'no answer' },
    { fault: 'torn', sees: 'no answer' },
    { fault: 'garbage', sees: 'no answer' },
    { fault: 'no_id', sees: { status: 200, body: {} } },
    { fault: 'http_500', sees: { status: 500 } },
    { fault: 'http_503', sees: { status: 503 } },
    { fault: 'http_504', sees: { status: 504 } },
    { fault: 'http_429', sees: { status: 429 } },
    { fault: 'http_401', sees: { status: 401 } },
    { fault: 'huge', sees: { status: 200 } },
  ];
  for (const { fault, sees } of faults) {
    test(`${fault} leaves one order, which a retry with the key finds again`, async () => {
      const { twin, square } = await twinWith(firstOrder(fault, { applied: true }));
      const spoilt = await seen(square.post('/v2/orders', orderBody({}, 'k')));
      if (sees === 'no answer') expect(spoilt).toBe(sees);
      else expect(spoilt).toMatchObject(sees);
      const retry = await square.post('/v2/orders', orderBody({}, 'k'));
      const ids = twin.state().orders.map((/** @type {any} */ { id }) => id);
      expect(ids).toEqual([retry.body.order.id]);
    });
  }

  test('a timeout with the effect leaves exactly one order that a retry with the key finds again',
    async () => {
      const { twin, square } = await twinWith(firstOrder('timeout', { applied: true }));
      await postAndHangUp(twin, '/v2/orders', orderBody({}, 'k'));
      expect(twin.summary().orders).toBe(1);
      const retry = await square.post('/v2/orders', orderBody({}, 'k'));
      expect(retry.body.order.id).toBe(twin.state().orders[0].id);
      expect(twin.summary().orders).toBe(1);
    });

  test('a timeout with the effect and a retry without a key is the incident', async () => {
    const { twin, square } = await twinWith(firstOrder('timeout', { applied: true }));
    await postAndHangUp(twin, '/v2/orders', orderBody());
    await square.post('/v2/orders', orderBody());
    expect(twin.summary()).toMatchObject({ orders: 2, extra_orders: 1 });
    expect(twin.summary().duplicates[0]).toMatchObject({ order_id: 'ord-1', times: 2 });
  });
});

test('without the effect nothing is booked', async () => {
  for (const fault of /** @type {FaultKind[]} */ (['reset', 'torn', 'http_500', 'no_id', 'huge'])) {
    const { twin, square } = await twinWith(firstOrder(fault, { applied: false }));
    await seen(square.post('/v2/orders', orderBody({}, 'k')));
    expect(twin.summary().orders).toBe(0);
  }
});

describe('an effect that lands late', () => {
  // An hour: it lands when the test says so, and not when a clock does.
  const late = firstOrder('http_504', { applied: true, late_ms: 3_600_000 });

  test('lands after the client has its answer', async () => {
    const { twin, square } = await twinWith(late);
    const { status } = await square.post('/v2/orders', orderBody({}, 'k'));
    expect(status).toBe(504);
    expect(twin.summary().orders).toBe(0);
    twin.flush();
    expect(twin.summary().orders).toBe(1);
    expect(twin.state().requests[0]).toMatchObject({ applied: true, fault: 'http_504' });
  });

  test('finds the key of the retry that overtook it', async () => {
    const { twin, square } = await twinWith(late);
    await square.post('/v2/orders', orderBody({}, 'k'));
    await square.post('/v2/orders', orderBody({}, 'k'));
    twin.flush();
    expect(twin.state().requests[0]).toMatchObject({ applied: true, replayed: true });
    expect(twin.summary().orders).toBe(1);
  });

  test('books a second time where overlapping requests both take effect', async () => {
    const { twin, square } = await twinWith({ ...late, overlap: 'double' });
    await square.post('/v2/orders', orderBody({}, 'k'));
    await square.post('/v2/orders', orderBody({}, 'k'));
    twin.flush();
    expect(twin.summary()).toMatchObject({ orders: 2, extra_orders: 1 });
  });
});

test('a throttled answer says when to come again', async () => {
  const { square } = await twinWith(firstOrder('http_429', { retry_after: 7 }));
  const { body, headers } = await square.post('/v2/orders', orderBody());
  expect(headers.get('retry-after')).toBe('7');
  expect(body.errors[0]).toMatchObject({ category: 'RATE_LIMIT_ERROR', code: 'RATE_LIMITED' });
});

test('a throttled answer says when to come again as a date, too', async () => {
  const date = 'Sat, 21 Nov 2026 18:05:00 GMT';
  const { square } = await twinWith(firstOrder('http_429', { retry_after: date }));
  const { headers } = await square.post('/v2/orders', orderBody());
  expect(headers.get('retry-after')).toBe(date);
});

describe('every route goes wrong as any other does', () => {
  /** @type {{path: string, ask: (square: any, id: string) => Promise<any>}[]} */
  const routes = [
    { path: '/v2/orders/search',
      ask: (square) => square.post('/v2/orders/search', { location_ids: ['LADANA0000001'] }) },
    { path: '/v2/orders/{order_id}', ask: (square, id) => square.get(`/v2/orders/${id}`) },
    { path: '/v2/orders/batch-retrieve',
      ask: (square, id) => square.post('/v2/orders/batch-retrieve', { order_ids: [id] }) },
    { path: '/v2/payments', ask: (square) => square.get('/v2/payments') },
    { path: '/v2/orders/{order_id}/pay',
      ask: (square, id) => square.post(`/v2/orders/${id}/pay`, { idempotency_key: 'settle' }) },
    { path: '/oauth2/token',
      ask: (square) => square.post('/oauth2/token', {
        client_id: 'sandbox-sq0idb-local',
        client_secret: 'sandbox-sq0csb-local',
        grant_type: 'refresh_token',
        refresh_token: 'sandbox-refresh-token',
      }) },
  ];
  const free = { line_items: [{ name: 'Ikram', quantity: '1', base_price_money: money(0) }] };

  for (const { path, ask } of routes) {
    test(`${path}: without an answer, with a broken one, refused, and then well`, async () => {
      /** @type {FaultKind[]} */
      const faults = ['reset', 'torn', 'http_500', 'http_401', 'http_429'];
      const { twin, square } = await twinWith();
      const { body: { order } } = await square.post('/v2/orders', orderBody(free));
      twin.setFaults({ plan: faults.map((fault) => ({
        match: { path }, times: 1, fault, applied: true,
      })) });
      const outcomes = [];
      for (let n = 0; n <= faults.length; n += 1) {
        const outcome = await seen(ask(square, order.id));
        outcomes.push(typeof outcome === 'string' ? outcome : outcome.status);
      }
      expect(outcomes).toEqual(['no answer', 'no answer', 500, 401, 429, 200]);
    });
  }
});

describe('a plan', () => {
  test('hits as often as it says, and only what it names', async () => {
    const match = { reference_id: 'ord-2' };
    const { square } = await twinWith({ plan: [{ match, times: 2, fault: 'http_500' }] });
    const statuses = [];
    for (const reference of ['ord-1', 'ord-2', 'ord-2', 'ord-2']) {
      const answer = await square.post('/v2/orders', orderBody({ reference_id: reference }));
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([200, 500, 500, 200]);
  });

  test('names a payment by the order that it is for', async () => {
    const match = { reference_id: 'ord-1', path: '/v2/payments' };
    const { square } = await twinWith({ plan: [{ match, fault: 'http_503' }] });
    const { body } = await square.post('/v2/orders', orderBody());
    const unnamed = { external_details: { type: 'OTHER', source: 'thMenu' } };
    const paid = await square.post('/v2/payments', paymentBody(body.order.id, unnamed));
    expect(paid.status).toBe(503);
  });

  test('with a fault that nobody knows is refused', async () => {
    const plan = /** @type {any} */ ([{ fault: 'earthquake' }]);
    await expect(twinWith({ plan })).rejects.toThrow('unknown fault: earthquake');
  });
});

describe('a seed', () => {
  const rates = { timeout: 0.2, reset: 0.2, http_500: 0.2, torn: 0.1 };
  const late = { rate: 0.5, max_ms: 100 };

  /** The faults of three requests each for forty orders, asked for in the order given.
   * @param {number | string} seed
   * @param {number[]} order */
  function faultsOf(seed, order) {
    const faults = new Faults({ seed, rates, late });
    /** @type {Record<string, any>} */
    const found = {};
    for (let round = 0; round < 3; round += 1) {
      for (const n of order) {
        const call = /** @type {any} */ ({
          method: 'POST', path: '/v2/orders', route: '/v2/orders', identity: `ord-${n}`, key: '',
        });
        found[`${n} ${round}`] = faults.decide(call, faults.count(call));
      }
    }
    return found;
  }
  const forward = Array.from({ length: 40 }, (_, index) => index);

  test('decides the same whatever comes first', () => {
    expect(faultsOf(7, [...forward].reverse())).toEqual(faultsOf(7, forward));
    expect(faultsOf('7', forward)).toEqual(faultsOf(7, forward));
  });

  test('decides otherwise than another seed, and uses every fault it may', () => {
    expect(faultsOf(8, forward)).not.toEqual(faultsOf(7, forward));
    const kinds = Object.values(faultsOf(7, forward)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['none', ...Object.keys(rates)]));
    const applied = Object.values(faultsOf(7, forward)).filter(({ kind }) => kind !== 'none');
    expect(applied.some(({ applied: lands }) => lands)).toBe(true);
    expect(applied.some(({ applied: lands }) => !lands)).toBe(true);
    expect(applied.some(({ late_ms: after }) => after > 0)).toBe(true);
  });

  test('spares a request after as many as it may hit', async () => {
    const { square } = await twinWith({ seed: 1, rates: { http_500: 1 }, max_per_request: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) {
      const { status } = await square.post('/v2/orders', orderBody());
      statuses.push(status);
    }
    expect(statuses).toEqual([500, 500, 200]);
  });
});

test('how many requests were under way at once is counted', async () => {
  const { twin } = await twinWith({ plan: [{ fault: 'timeout' }] });
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${twin.token}` };
  const asked = [1, 2, 3].map(() =>
    fetch(`${twin.url}/v2/locations`, { headers, signal: abort.signal }).catch(() => null));
  await until(() => twin.state().in_flight === 3);
  abort.abort();
  await Promise.all(asked);
  expect(twin.state().max_in_flight).toBe(3);
});

test('a server that closes hangs up on those who wait', async () => {
  const { twin, square } = await twinWith(firstOrder('timeout'));
  const waiting = seen(square.post('/v2/orders', orderBody()));
  await until(() => twin.state().in_flight === 1);
  await twin.close();
  expect(await waiting).toBe('no answer');
});

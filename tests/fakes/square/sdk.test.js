// Square's own client drives the local Square: proof that it speaks Square.
import { SquareClient, SquareError } from 'square';
import { describe, expect, test } from 'vitest';
import { LOCATION, until } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @param {import('./types.d.ts').TwinOptions} [options] */
async function withClient(options = {}) {
  const { twin } = await twinWith(options);
  const client = new SquareClient({ baseUrl: twin.url, token: twin.token, maxRetries: 0 });
  return { twin, client };
}

const price = { amount: 35000n, currency: /** @type {const} */ ('TRY') };
const order = {
  locationId: LOCATION,
  referenceId: 'ord-1',
  lineItems: [{ name: 'Adana Kebabı', quantity: '2', basePriceMoney: price }],
  taxes: [{
    uid: 'kdv',
    name: 'KDV',
    percentage: '10',
    type: /** @type {const} */ ('INCLUSIVE'),
    scope: /** @type {const} */ ('ORDER'),
  }],
};

/** @param {string | undefined} orderId
 * @param {string} [key] */
const payment = (orderId, key = 'pay-1') => ({
  idempotencyKey: key,
  sourceId: 'EXTERNAL',
  externalDetails: { type: 'OTHER', source: 'thMenu', sourceId: 'ord-1' },
  amountMoney: { amount: 70000n, currency: /** @type {const} */ ('TRY') },
  ...(orderId === undefined ? {} : { orderId }),
});

/** The error that a call ends with.
 * @param {PromiseLike<unknown>} call
 * @returns {Promise<any>} */
async function errorOf(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('it went well');
}

test('an order is created, retrieved, searched for, paid and listed', async () => {
  const { client } = await withClient();
  const created = await client.orders.create({ idempotencyKey: 'k', order });
  const id = String(created.order?.id);
  expect(created.order?.totalMoney?.amount).toBe(70000n);
  expect(created.order?.totalTaxMoney?.amount).toBe(6364n);
  const paid = await client.payments.create(payment(id));
  expect(paid.payment?.status).toBe('COMPLETED');
  const read = await client.orders.get({ orderId: id });
  expect(read.order).toMatchObject({ state: 'COMPLETED', referenceId: 'ord-1' });
  const found = await client.orders.search({
    locationIds: [LOCATION],
    query: {
      filter: { stateFilter: { states: ['COMPLETED'] } },
      sort: { sortField: 'CREATED_AT', sortOrder: 'ASC' },
    },
  });
  expect(found.orders?.map((one) => one.id)).toEqual([id]);
  const batch = await client.orders.batchGet({ orderIds: [id] });
  expect(batch.orders).toHaveLength(1);
  const listed = [];
  const pages = await client.payments.list({ locationId: LOCATION });
  for await (const one of pages) listed.push(one.id);
  expect(listed).toEqual([paid.payment?.id]);
});

test('payments are listed over several pages', async () => {
  const { client } = await withClient();
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    await client.payments.create(payment(undefined, key));
  }
  const listed = new Set();
  for await (const one of await client.payments.list({ limit: 2 })) listed.add(one.id);
  expect(listed.size).toBe(5);
});

test('an open order is canceled with its version', async () => {
  const { client } = await withClient();
  const created = await client.orders.create({ order });
  const orderId = String(created.order?.id);
  const change = { locationId: LOCATION, version: 1, state: /** @type {const} */ ('CANCELED') };
  const canceled = await client.orders.update({ orderId, order: change });
  expect(canceled.order?.state).toBe('CANCELED');
});

test('a refusal reaches the caller in Square\'s shape', async () => {
  const { client } = await withClient();
  await client.orders.create({ idempotencyKey: 'k', order });
  const reused = await errorOf(client.orders.create({
    idempotencyKey: 'k', order: { ...order, ticketName: '7' },
  }));
  expect(reused).toBeInstanceOf(SquareError);
  expect(reused.statusCode).toBe(400);
  expect(reused.errors[0]).toMatchObject({
    category: 'INVALID_REQUEST_ERROR', code: 'IDEMPOTENCY_KEY_REUSED', field: 'idempotency_key',
  });
  const unknown = await errorOf(client.orders.get({ orderId: 'nobody' }));
  expect(unknown).toMatchObject({ statusCode: 404, errors: [{ code: 'NOT_FOUND' }] });
});

test('a wrong token reaches the caller as such', async () => {
  const { twin } = await withClient();
  const stranger = new SquareClient({ baseUrl: twin.url, token: 'other', maxRetries: 0 });
  const error = await errorOf(stranger.orders.create({ order }));
  expect(error).toMatchObject({ statusCode: 401, errors: [{ code: 'UNAUTHORIZED' }] });
});

test('throttling and a broken connection reach the caller as errors', async () => {
  const { client } = await withClient({
    plan: [{ times: 1, fault: 'http_429' }, { times: 1, fault: 'reset', applied: true }],
  });
  const throttled = await errorOf(client.orders.create({ idempotencyKey: 'k', order }));
  expect(throttled).toMatchObject({ statusCode: 429, errors: [{ code: 'RATE_LIMITED' }] });
  const broken = await errorOf(client.orders.create({ idempotencyKey: 'k', order }));
  expect(broken).toBeInstanceOf(Error);
});

test('a client that gives up waiting has booked the sale all the same', async () => {
  const { twin, client } = await withClient({ plan: [{ fault: 'timeout', applied: true }] });
  const patience = new AbortController();
  const error = errorOf(client.orders.create({ order }, { abortSignal: patience.signal }));
  await until(() => twin.summary().orders === 1);
  patience.abort();
  expect(await error).toBeInstanceOf(SquareError);
});

test('the client\'s own retries double an order that has no key, and not one that has', async () => {
  const plan = [{ match: { nth: 1 }, fault: /** @type {const} */ ('http_500'), applied: true }];
  for (const { idempotencyKey, orders } of [
    { idempotencyKey: undefined, orders: 2 },
    { idempotencyKey: 'k', orders: 1 },
  ]) {
    const { twin } = await twinWith({ plan });
    const eager = new SquareClient({ baseUrl: twin.url, token: twin.token, maxRetries: 1 });
    await eager.orders.create({ ...(idempotencyKey ? { idempotencyKey } : {}), order });
    expect(twin.summary().orders).toBe(orders);
  }
});

test('orders are searched page by page, by what a lost order can be known by', async () => {
  const { twin, client } = await withClient({ plan: [
    { match: { path: '/v2/orders/search', nth: 2 }, fault: 'empty_page' },
  ] });
  const ids = [];
  for (const referenceId of ['a', 'b', 'c']) {
    const labels = { referenceId, source: { name: 'pos-sync' }, metadata: { order_id: referenceId } };
    const created = await client.orders.create({ order: { ...order, ...labels } });
    ids.push(created.order?.id);
  }
  await client.orders.create({ order });
  const query = {
    filter: {
      dateTimeFilter: { createdAt: { startAt: new Date(Date.now() - 60_000).toISOString() } },
      sourceFilter: { sourceNames: ['pos-sync'] },
    },
    sort: {
      sortField: /** @type {const} */ ('CREATED_AT'), sortOrder: /** @type {const} */ ('ASC'),
    },
  };
  const found = [];
  /** @type {string | undefined} */
  let cursor;
  do {
    const asked = { locationIds: [LOCATION], query, limit: 2, ...(cursor ? { cursor } : {}) };
    const page = await client.orders.search(asked);
    found.push(...page.orders ?? []);
    cursor = page.cursor;
  } while (cursor);
  // Orders of one millisecond have no order among themselves.
  expect(new Set(found.map(({ id }) => id))).toEqual(new Set(ids));
  expect(found).toHaveLength(3);
  expect(found.map(({ metadata }) => metadata?.order_id).sort()).toEqual(['a', 'b', 'c']);
  const searches = twin.state().requests.filter(
    (/** @type {any} */ { route }) => route === '/v2/orders/search',
  );
  expect(searches).toHaveLength(3);
});

test('an order of nothing is settled', async () => {
  const { client } = await withClient();
  const nothing = { amount: 0n, currency: /** @type {const} */ ('TRY') };
  const lineItems = [{ name: 'Ikram', quantity: '1', basePriceMoney: nothing }];
  const created = await client.orders.create({ order: { locationId: LOCATION, lineItems } });
  const orderId = String(created.order?.id);
  const paid = await client.orders.pay({ orderId, idempotencyKey: 'k', paymentIds: [] });
  expect(paid.order).toMatchObject({ state: 'COMPLETED', netAmountDueMoney: { amount: 0n } });
});

test('an order is settled with a payment that was approved for it', async () => {
  const { client } = await withClient();
  const created = await client.orders.create({ order });
  const orderId = String(created.order?.id);
  const approved = await client.payments.create({ ...payment(orderId), autocomplete: false });
  expect(approved.payment?.status).toBe('APPROVED');
  const id = String(approved.payment?.id);
  const paid = await client.orders.pay({ orderId, idempotencyKey: 'k', paymentIds: [id] });
  expect(paid.order?.tenders?.map(({ paymentId }) => paymentId)).toEqual([id]);
  expect((await client.payments.get({ paymentId: id })).payment?.status).toBe('COMPLETED');
});

test('payments are listed of one location and from a time on', async () => {
  const { client } = await withClient();
  await client.payments.create(payment(undefined));
  const listed = async (/** @type {number} */ from) => {
    const ids = [];
    const beginTime = new Date(from).toISOString();
    const asked = { locationId: LOCATION, beginTime, sortOrder: 'ASC', limit: 100 };
    for await (const one of await client.payments.list(asked)) ids.push(one.id);
    return ids;
  };
  expect(await listed(Date.now() - 60_000)).toHaveLength(1);
  expect(await listed(Date.now() + 60_000)).toHaveLength(0);
});

test('a payment is refunded once, and the refund is listed and read', async () => {
  const { client } = await withClient();
  const created = await client.orders.create({ order });
  const paid = await client.payments.create(payment(String(created.order?.id)));
  const request = {
    idempotencyKey: 'refund-1',
    paymentId: String(paid.payment?.id),
    amountMoney: { amount: 70000n, currency: /** @type {const} */ ('TRY') },
    reason: 'Duplicate',
    paymentVersionToken: String(paid.payment?.versionToken),
  };
  const { refund } = await client.refunds.refundPayment(request);
  expect((await client.refunds.refundPayment(request)).refund?.id).toBe(refund?.id);
  const listed = [];
  for await (const one of await client.refunds.list({ locationId: LOCATION })) listed.push(one.id);
  expect(listed).toEqual([refund?.id]);
  const read = await client.refunds.get({ refundId: String(refund?.id) });
  expect(read.refund).toMatchObject({ status: 'COMPLETED', amountMoney: { amount: 70000n } });
  const again = await errorOf(client.refunds.refundPayment({
    idempotencyKey: 'refund-2', paymentId: request.paymentId, amountMoney: request.amountMoney,
  }));
  expect(again).toMatchObject({
    statusCode: 400, errors: [{ category: 'REFUND_ERROR', code: 'REFUND_AMOUNT_INVALID' }],
  });
  const payments = await client.payments.get({ paymentId: request.paymentId });
  expect(payments.payment).toMatchObject({
    refundIds: [refund?.id], refundedMoney: { amount: 70000n },
  });
});

test('disputes are listed over several pages, and a location is read', async () => {
  const { twin, client } = await withClient({ pageSize: 1 });
  const line_items = [{
    name: 'Ayran', quantity: '1', base_price_money: { amount: 5000, currency: 'TRY' },
  }];
  const sale = { location_id: LOCATION, line_items, payments: [{ dispute: {} }] };
  const { orders } = twin.seed({ orders: [sale, sale] });
  const found = [];
  for await (const one of await client.disputes.list({ states: 'EVIDENCE_REQUIRED' })) {
    found.push(one.disputedPayment?.paymentId);
  }
  expect(found.sort()).toEqual(orders.map(({ payments: [id] }) => id).sort());
  const { location } = await client.locations.get({ locationId: 'main' });
  expect(location).toMatchObject({ id: LOCATION, status: 'ACTIVE' });
});

describe('a merchant\'s tokens', () => {
  const application = { clientId: 'sandbox-sq0idb-local', clientSecret: 'sandbox-sq0csb-local' };
  const merchants = [{
    id: 'MDUBLIN00001',
    locations: [{ id: 'LDUBLIN000001', currency: 'EUR' }],
    access_token: 'dublin-access',
    refresh_token: 'dublin-refresh',
  }];
  const renewal = { ...application, grantType: 'refresh_token', refreshToken: 'dublin-refresh' };

  test('expire, are renewed, and act for that merchant alone', async () => {
    const { twin, client } = await withClient({ merchants });
    twin.setToken({ merchant_id: 'MDUBLIN00001', state: 'expired' });
    const as = (/** @type {string} */ token) =>
      new SquareClient({ baseUrl: twin.url, token, maxRetries: 0 });
    const expired = await errorOf(as('dublin-access').locations.list());
    expect(expired).toMatchObject({
      statusCode: 401,
      errors: [{ category: 'AUTHENTICATION_ERROR', code: 'ACCESS_TOKEN_EXPIRED' }],
    });
    const renewed = await client.oAuth.obtainToken(renewal);
    expect(renewed).toMatchObject({
      tokenType: 'bearer', merchantId: 'MDUBLIN00001', refreshToken: 'dublin-refresh',
    });
    expect(Date.parse(String(renewed.expiresAt))).toBeGreaterThan(Date.now());
    const dublin = as(String(renewed.accessToken));
    const { locations } = await dublin.locations.list();
    expect(locations?.map(({ id }) => id)).toEqual(['LDUBLIN000001']);
    expect(await errorOf(dublin.orders.create({ order }))).toMatchObject({ statusCode: 400 });
  });

  test('are refused in Square\'s shape once the seller has disconnected', async () => {
    const { twin, client } = await withClient({ merchants });
    twin.setToken({ merchant_id: 'MDUBLIN00001', state: 'revoked' });
    expect(await errorOf(client.oAuth.obtainToken(renewal))).toMatchObject({
      statusCode: 401, errors: [{ category: 'AUTHENTICATION_ERROR', code: 'UNAUTHORIZED' }],
    });
  });
});

describe('the client\'s own retry', () => {
  /** The requests that one call of an eager client makes.
   * @param {import('./types.d.ts').FaultRule} rule
   * @param {(client: SquareClient, id: string) => PromiseLike<unknown>} call */
  async function triesOf(rule, call) {
    const { twin, client } = await withClient();
    const created = await client.orders.create({ idempotencyKey: 'first', order });
    twin.setFaults({ plan: [{ times: 1, ...rule }] });
    const eager = new SquareClient({ baseUrl: twin.url, token: twin.token, maxRetries: 1 });
    const before = twin.state().requests.length;
    const error = await errorOf(call(eager, String(created.order?.id))).catch(() => null);
    const requests = twin.state().requests.slice(before);
    return { twin, requests, error };
  }

  test('asks again for what is only read', async () => {
    const { requests, error } = await triesOf({ fault: 'http_503' }, (client, orderId) =>
      client.orders.get({ orderId }));
    expect(error).toBe(null);
    expect(requests.map((/** @type {any} */ { status }) => status)).toEqual([503, 200]);
  });

  test('does not ask again once the token is refused, nor when the line broke', async () => {
    for (const fault of /** @type {const} */ (['http_401', 'reset'])) {
      const { requests, error } = await triesOf({ fault, applied: false }, (client) =>
        client.orders.search({ locationIds: [LOCATION] }));
      expect(error).toBeInstanceOf(Error);
      expect(requests).toHaveLength(1);
    }
  });

  for (const { what, retryAfter } of [
    { what: 'a number of seconds', retryAfter: () => '1' },
    { what: 'a date', retryAfter: () => new Date(Date.now() + 1500).toUTCString() },
  ]) {
    test(`of a throttled request comes with the same bytes, after ${what}`, async () => {
      const rule = { fault: /** @type {const} */ ('http_429'), retry_after: retryAfter() };
      const { twin, requests } = await triesOf(rule, (client) =>
        client.orders.create({ idempotencyKey: 'second', order }));
      expect(requests.map((/** @type {any} */ { status }) => status)).toEqual([429, 200]);
      expect(new Set(requests.map((/** @type {any} */ one) => one.body_sha256)).size).toBe(1);
      expect(twin.state().changed_bodies).toEqual([]);
    });
  }
});

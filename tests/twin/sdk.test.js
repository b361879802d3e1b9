// Square's own client drives the local Square: proof that it speaks Square.
import { SquareClient, SquareError } from 'square';
import { expect, test } from 'vitest';
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

import { createServer } from 'node:http';
import { WebhooksHelper } from 'square';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOCATION, orderBody, paymentBody, until } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @typedef {{headers: import('node:http').IncomingHttpHeaders, body: string}} Heard */

const KEY = 'signature-key';
/** @type {import('node:http').Server} */
let server;
/** @type {string} */
let url;
/** @type {Heard[]} */
let heard;
/** @type {number} */
let answers;

beforeEach(async () => {
  heard = [];
  answers = 200;
  server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += chunk));
    req.on('end', () => {
      heard.push({ headers: req.headers, body });
      res.writeHead(answers).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  url = `http://127.0.0.1:${port}/webhooks/square`;
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** An order that is created, paid and told of. */
async function paidOrder() {
  const { twin, square } = await twinWith();
  twin.subscribe({ url, signature_key: KEY });
  const { body: { order } } = await square.post('/v2/orders', orderBody());
  const { body: { payment } } = await square.post('/v2/payments', paymentBody(order.id));
  return { twin, square, order, payment };
}

test('what is booked is told in Square\'s shape', async () => {
  const { twin, order, payment } = await paidOrder();
  expect(await twin.deliver()).toMatchObject([{ status: 200 }, { status: 200 }, { status: 200 }]);
  const told = heard.map(({ body }) => JSON.parse(body));
  const envelope = {
    merchant_id: 'MADANA000001', event_id: expect.any(String), created_at: expect.any(String),
  };
  const thin = { order_id: order.id, location_id: LOCATION, created_at: order.created_at };
  expect(told).toEqual([
    {
      ...envelope,
      type: 'order.created',
      data: {
        type: 'order',
        id: order.id,
        object: { order_created: { ...thin, version: 1, state: 'OPEN' } },
      },
    },
    {
      ...envelope,
      type: 'order.updated',
      data: {
        type: 'order',
        id: order.id,
        object: {
          order_updated: {
            ...thin, version: 2, state: 'COMPLETED', updated_at: payment.created_at,
          },
        },
      },
    },
    {
      ...envelope,
      type: 'payment.created',
      data: { type: 'payment', id: payment.id, object: { payment } },
    },
  ]);
  expect(new Set(told.map(({ event_id: id }) => id)).size).toBe(3);
});

test('Square\'s own helper takes the signature, and no other URL or body', async () => {
  const { twin } = await paidOrder();
  await twin.deliver();
  const [{ headers, body }] = heard;
  const signatureHeader = String(headers['x-square-hmacsha256-signature']);
  const good = {
    requestBody: body, signatureHeader, signatureKey: KEY, notificationUrl: url,
  };
  expect(await WebhooksHelper.verifySignature(good)).toBe(true);
  for (const wrong of [{ requestBody: `${body} ` }, { notificationUrl: `${url}/` }]) {
    expect(await WebhooksHelper.verifySignature({ ...good, ...wrong })).toBe(false);
  }
});

test('an event is told again, and out of order, where a test wants it', async () => {
  const { twin } = await paidOrder();
  const ids = twin.events().map((/** @type {any} */ one) => one.event_id);
  answers = 500;
  await twin.deliver([ids[1], ids[0], ids[1]]);
  const told = heard.map(({ body }) => JSON.parse(body).event_id);
  expect(told).toEqual([ids[1], ids[0], ids[1]]);
  expect(heard[2].headers['square-retry-number']).toBe('1');
  expect(heard[2].body).toBe(heard[0].body);
  expect(twin.events()[1].deliveries).toMatchObject([{ status: 500 }, { status: 500 }]);
});

test('an event is told as it happens, where a test wants it, and a replay is no event', async () => {
  const { twin, square } = await twinWith();
  twin.subscribe({ url, signature_key: KEY, automatic: true });
  await square.post('/v2/orders', orderBody({}, 'k'));
  await square.post('/v2/orders', orderBody({}, 'k'));
  await until(() => heard.length > 0);
  expect(heard).toHaveLength(1);
  expect(twin.events()).toHaveLength(1);
});

test('a subscriber that is not there is seen in the deliveries', async () => {
  const { twin } = await paidOrder();
  await new Promise((resolve) => server.close(resolve));
  const [delivery] = await twin.deliver();
  expect(delivery.status).toBe(null);
});

test('nothing leaves the machine', async () => {
  const { twin } = await twinWith();
  const elsewhere = { url: 'https://pos-sync.example/webhooks/square', signature_key: KEY };
  expect(() => twin.subscribe({ ...elsewhere, automatic: true })).toThrow('loopback');
  twin.subscribe(elsewhere);
  await expect(twin.deliver()).rejects.toThrow('loopback');
});

test('a test that cannot listen takes the signed events from the control door', async () => {
  const { square } = await twinWith();
  const notificationUrl = 'https://pos-sync.example/webhooks/square';
  await square.post('/_twin/webhook', { url: notificationUrl, signature_key: KEY });
  await square.post('/v2/orders', orderBody());
  const { body: { events } } = await square.get('/_twin/events');
  expect(events).toMatchObject([{ type: 'order.created' }]);
  const signatureHeader = events[0].headers['x-square-hmacsha256-signature'];
  const told = {
    requestBody: events[0].body, signatureHeader, signatureKey: KEY, notificationUrl,
  };
  expect(await WebhooksHelper.verifySignature(told)).toBe(true);
});

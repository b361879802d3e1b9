// Payloads that nobody can sell: the door refuses them with a problem document that names each field,
// and a row that was written by SQL is dead with the same words. Others go on.
import { describe, expect, test } from 'vitest';
import {
  ask,
  cleanWorldBeforeEach,
  db,
  enqueue,
  payload,
  query,
  rowsOf,
  send,
  tick,
  twinControl,
} from './lib/world.js';

/** @typedef {Record<string, any>} Json */

cleanWorldBeforeEach();

const encoder = new TextEncoder();

/** @param {string | Uint8Array} text */
const bytesOf = (text) => (typeof text === 'string' ? encoder.encode(text) : text);

/** One text with `{bytes}` replaced by bytes that need not be UTF-8.
 * @param {string} text @param {number[]} bytes */
function withBytes(text, bytes) {
  const [before, after] = text.split('{bytes}').map((part) => encoder.encode(part));
  return Uint8Array.from([...before, ...bytes, ...after]);
}

/** @param {string | Uint8Array} content of the payload
 * @returns {Promise<Json>} what the door answers */
async function atTheDoor(content) {
  const parts = [bytesOf('{"order_id":"ord-http","payload":'), bytesOf(content), bytesOf('}')];
  const body = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  const response = await send('POST', '/v1/orders', { body });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
}

/** @param {string | Uint8Array} content
 * @returns {Promise<string>} what a row with this payload ends with, beside one that is fine */
async function bySql(content) {
  const hex = Array.from(bytesOf(content), (byte) => byte.toString(16).padStart(2, '0')).join('');
  await db
    .prepare(`INSERT INTO pos_sync_queue (order_id, payload) VALUES ('ord-sql', CAST(x'${hex}' AS TEXT))`)
    .run();
  await enqueue({ order_id: 'good' });
  await tick();
  expect(await rowsOf('good')).toMatchObject([{ status: 'success' }]);
  expect(await twinControl('summary')).toMatchObject({ orders: 1, payments: 1 });
  const [row] = await rowsOf('ord-sql');
  expect(row.status).toBe('dead');
  return row.last_error;
}

/** Both doors refuse it, with these words.
 * @param {string | Uint8Array} content
 * @param {[field: string, message: string][]} errors with the payload's own names of its fields */
async function bothRefuse(content, errors) {
  const answer = await atTheDoor(content);
  expect(answer).toMatchObject({
    status: 422,
    type: 'application/problem+json',
    body: { status: 422, errors: errors.map(([field, message]) => ({ field: `payload.${field}`, message })) },
  });
  expect(answer.body.errors).toHaveLength(errors.length);
  expect(await query('SELECT order_id FROM pos_sync_queue')).toEqual([]);
  const words = errors.map(([field, message]) => `${field}: ${message}`).join('; ');
  expect(await bySql(content)).toBe(`rejected: ${words}`);
}

const MINOR_UNITS = 'expected an integer number of minor units from 0 to 9007199254740991';

/** @param {number} count */
const items = (count) =>
  Array.from({ length: count }, () => ({ name: 'Çay', quantity: '1', unit_price: 100 }));

/** @type {Record<string, [Json, [string, string][]]>} */
const REFUSED = {
  'an unknown currency': [
    { currency: 'TRL' },
    [['currency', 'expected a currency code of ISO 4217 that Square takes, got "TRL"']],
  ],
  'negative money, wherever it stands': [
    {
      items: [{ name: 'x', quantity: '1', unit_price: -1, modifiers: [{ name: 'y', unit_price: -2 }] }],
      discount: -3,
      service_charge: -4,
      tip: -5,
      total: -6,
      payment: { type: 'cash', amount: -7 },
    },
    [
      ['items[0].unit_price', `${MINOR_UNITS}, got -1`],
      ['items[0].modifiers[0].unit_price', `${MINOR_UNITS}, got -2`],
      ['payment.amount', `${MINOR_UNITS}, got -7`],
      ['discount', `${MINOR_UNITS}, got -3`],
      ['service_charge', `${MINOR_UNITS}, got -4`],
      ['tip', `${MINOR_UNITS}, got -5`],
      ['total', `${MINOR_UNITS}, got -6`],
    ],
  ],
  '1,000 items': [{ items: items(1000) }, [['items', 'expected 1 to 500 items, got 1000']]],
  'a table name of 300 bytes': [
    { table_id: 'ş'.repeat(150) },
    [['table_id', 'expected text of at most 30 characters, got 150 characters']],
  ],
  'a total that is not the sum, telling both': [
    { items: items(3), payment: null, total: 301 },
    [['total', 'expected the sum of what is listed, 300, got 301']],
  ],
  'a tip where nothing is paid': [
    { discount: 70000, tip: 5, payment: { type: 'cash', amount: 0 } },
    [['tip', 'expected 0 where the total is 0, got 5']],
  ],
  'all of it at once': [
    { currency: 'lira', table_id: 7, items: items(501), tip: 1.5, coupon: 'X' },
    [
      ['currency', 'expected a currency code of ISO 4217 that Square takes, got "lira"'],
      ['table_id', 'expected text of at most 30 characters, got 7'],
      ['items', 'expected 1 to 500 items, got 501'],
      ['tip', 'expected an integer number of minor units, got 1.5'],
      ['coupon', 'unknown field'],
    ],
  ],
};

describe('both doors refuse', () => {
  test.each(Object.entries(REFUSED))('%s', async (_name, [changes, errors]) => {
    await bothRefuse(JSON.stringify(payload(changes)), errors);
  });

  const BROKEN = '{"currency":"TRY","table_id":"7","items":[{"name":"A{bytes}","quantity":"1","unit_price":100}]}';

  test.each([
    ['a byte that begins nothing', [0xff], '\ufffd'],
    ['half a letter', [0xc5], '\ufffd'],
    ['a surrogate', [0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    ['an overlong slash', [0xc0, 0xaf], '\ufffd\ufffd'],
  ])('a text that is no UTF-8: %s', async (_name, bytes, seen) => {
    const message = `expected valid UTF-8, got "A${seen}"`;
    await bothRefuse(withBytes(BROKEN, bytes), [['items[0].name', message]]);
  });

  test('three quarters of an emoji, although they are as long as what stands for them', async () => {
    const content = withBytes(BROKEN, [0xf0, 0x9f, 0xa5]);
    expect(await atTheDoor(content)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'payload.items[0].name', message: expect.stringMatching(/^expected valid UTF-8/) }] },
    });
    expect(await bySql(content)).toMatch(/^rejected: items\[0\]\.name: expected valid UTF-8, got "A/);
  });

  test('a name of a field that is no UTF-8', async () => {
    await bothRefuse(withBytes('{"currency":"TRY","ta{bytes}":1}', [0xff]), [
      ['ta\ufffd', 'expected a name in valid UTF-8'],
    ]);
  });
});

test('an order id that is no UTF-8 is refused by its name', async () => {
  const body = withBytes(`{"order_id":"A{bytes}","payload":${JSON.stringify(payload())}}`, [0xff]);
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(body);
      controller.close();
    },
  });
  expect(await ask('POST', '/v1/orders', { body: stream })).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'order_id', message: 'expected valid UTF-8, got "A\ufffd"' }] },
  });
});

test('bytes that are no UTF-8 outside of all texts are no JSON', async () => {
  expect(await atTheDoor(withBytes('{"currency":{bytes}"TRY"}', [0xff]))).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('no JSON text') },
  });
  expect(await bySql(withBytes('{"currency":{bytes}"TRY"}', [0xff]))).toMatch(/^rejected: payload: /);
});

test('U+FFFD that a producer wrote does not hide a byte that is no UTF-8', async () => {
  const content = '{"currency":"TRY","table_id":"\ufffd","items":[{"name":"A{bytes}","quantity":"1","unit_price":1}]}';
  expect(await bySql(withBytes(content, [0xff]))).toContain('items[0].name: expected valid UTF-8');
});

test('U+FFFD that a producer wrote is a character like any other', async () => {
  const changes = { table_id: 'masa \ufffd' };
  expect(await atTheDoor(JSON.stringify(payload(changes)))).toMatchObject({ status: 201 });
  await enqueue({ order_id: 'ord-sql', payload: payload(changes) });
  await tick();
  expect(await rowsOf('ord-sql')).toMatchObject([{ status: 'success' }]);
  const { orders } = await twinControl('state');
  expect(orders.map((/** @type {Json} */ order) => order.ticket_name)).toEqual(['masa \ufffd', 'masa \ufffd']);
});

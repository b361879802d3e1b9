// Any valid payload becomes requests that Square's OpenAPI allows, and its total is the one that the
// payload says, the core freezes and the local Square computes out of the request: four computations
// of one number, of which three share no line. And whatever makes a payload invalid is named.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { luckOf, orderIdOf, payloadOf, totalOf } from '../support/payloads.js';
import { checkNewOrder } from '../fakes/square/order-rules.js';
import { computeTotals } from '../fakes/square/totals.js';
import { makeDoor } from './door.js';

/** @typedef {Record<string, any>} Json */
/** @typedef {import('../support/payloads.js').Luck} Luck */

const COUNT = Number(process.env.POS_SYNC_PAYLOADS ?? 10_000);
const OPENAPI = process.env.SQUARE_OPENAPI ?? '';

const SHIPPED = fileURLToPath(new URL('../../build/wasi/pos_sync.wasm', import.meta.url));
const enqueue = makeDoor(new WebAssembly.Module(readFileSync(SHIPPED)));

/** What is wrong with a request by Square's own file; nothing where that is not at hand.
 * @type {(route: string, body: Json) => Json[]} */
let violations = () => [];

beforeAll(async () => {
  if (OPENAPI === '') return;
  const { makeOpenApiValidator } = await import('../fakes/square/openapi.js');
  const validator = makeOpenApiValidator(OPENAPI);
  violations = (route, body) => validator.validate('POST', route, body);
});

if (OPENAPI === '') {
  test.skip('skipped: requests are not held against Square\'s OpenAPI file, SQUARE_OPENAPI does not name it', () => {});
}

/** Limits that Square's OpenAPI file has in its prose only.
 * @param {Json} order */
function proseLimits({ metadata, reference_id, source, line_items }) {
  const entries = Object.entries(metadata);
  const uids = line_items.map((/** @type {Json} */ { uid }) => uid);
  const characters = (/** @type {string} */ text) => [...text].length;
  return (
    entries.length <= 10 &&
    entries.every(([key, value]) => /^[\w-]{1,60}$/.test(key) && value !== '' && characters(value) <= 255) &&
    characters(reference_id) <= 40 &&
    source.name === 'pos-sync' &&
    line_items.length <= 500 &&
    new Set(uids).size === uids.length
  );
}

/** The request that pays, as far as it is sure before the order has its id.
 * @param {Json} payload
 * @param {number} total */
function paymentOf({ payment, tip, currency }, total) {
  if (!payment) return undefined;
  if (total === 0) return { payment_ids: [] };
  const money = (/** @type {number} */ amount) => ({ amount, currency });
  const supplied = { buyer_supplied_money: money(total + (tip ?? 0)) };
  return {
    amount_money: money(total),
    ...(tip ? { tip_money: money(tip) } : {}),
    ...(payment.type === 'cash'
      ? { source_id: 'CASH', cash_details: supplied, ...(payment.source && { note: payment.source }) }
      : { source_id: 'EXTERNAL', external_details: { type: 'OTHER', source: payment.source } }),
  };
}

/** All that is wrong with what became of a valid payload.
 * @param {Json} payload
 * @param {string} order_id */
function faultsOf(payload, order_id) {
  const { order, problem } = enqueue({ order_id, payload });
  if (!order) return [{ refused: problem }];
  const { request } = order;
  const total = Number(totalOf(payload));
  const body = JSON.parse(request.order);
  const faults = violations('/v2/orders', body);
  checkNewOrder(body, () => /** @type {any} */ ({ id: 'L1', currency: payload.currency }), true);
  if (!proseLimits(body.order)) faults.push({ prose: body.order });
  computeTotals(body.order, payload.currency);
  const totals = [request.total, body.order.total_money.amount, payload.total ?? total];
  if (totals.some((each) => each !== total)) faults.push({ total, totals });
  if (request.currency !== payload.currency) faults.push({ currency: request.currency });

  const paid = request.payment && JSON.parse(request.payment);
  if (paid) faults.push(...violations(total > 0 ? '/v2/payments' : '/v2/orders/{order_id}/pay', paid));
  const expected = paymentOf(payload, total);
  if (expected === undefined ? paid !== undefined : !contains(paid, expected)) faults.push({ paid, expected });
  return faults;
}

/** @param {unknown} value @param {unknown} part @returns {boolean} */
function contains(value, part) {
  if (part === null || typeof part !== 'object') return value === part;
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(part).every(([name, member]) => contains(/** @type {Json} */ (value)[name], member));
}

test(`of ${COUNT} random payloads each is valid at Square, and its total is the payload's`, () => {
  const seen = { free: 0, additive: 0, modified: 0, fractional: 0, several: 0, unpaid: 0 };
  for (let seed = 0; seed < COUNT; seed += 1) {
    const luck = luckOf(seed);
    const payload = payloadOf(luck);
    const faults = faultsOf(payload, orderIdOf(luck));
    if (faults.length > 0) expect({ seed, payload, faults }).toEqual({ seed, payload, faults: [] });
    const { items } = payload;
    const rates = new Set(items.map((/** @type {Json} */ item) => item.tax_percentage));
    seen.free += payload.payment?.amount === 0 ? 1 : 0;
    seen.additive += payload.tax_inclusive === false ? 1 : 0;
    seen.several += rates.size > 2 ? 1 : 0;
    seen.modified += items.some((/** @type {Json} */ item) => item.modifiers?.length > 0) ? 1 : 0;
    seen.fractional += items.some((/** @type {Json} */ item) => String(item.quantity).includes('.')) ? 1 : 0;
    seen.unpaid += payload.payment ? 0 : 1;
  }
  // A generator that never gets there would prove nothing.
  for (const [kind, times] of Object.entries(seen)) expect([kind, times > COUNT / 200]).toEqual([kind, true]);
});

/** @param {Luck} luck @param {Json} payload */
function anyItem(luck, { items }) {
  const index = luck.upTo(items.length - 1);
  return { item: items[index], at: `items[${index}]` };
}

const NO_MONEY = [-1, 1.5, 2 ** 53, '5', true, [], {}];
const NO_TEXT = [7, false, [], {}];
const NO_QUANTITY = ['0', '-1', '1,5', '', '1e3', '0.000001', '1234567890123', 0, -2, 1.5, {}, '٣'];
const NO_RATE = ['100.1', '-1', '10%', ' ', 101, 0.5, '1.234567890', []];

/** Spoils one field of an item, or of something in it, by one of some values.
 * @param {string} name @param {readonly unknown[]} values */
const spoilItem = (name, values) => (/** @type {Luck} */ luck, /** @type {Json} */ payload) => {
  const { item, at } = anyItem(luck, payload);
  item[name] = luck.pick(values);
  return `${at}.${name}`;
};

/** @param {string} name @param {readonly unknown[]} values */
const spoilModifier = (name, values) => (/** @type {Luck} */ luck, /** @type {Json} */ payload) => {
  const { item, at } = anyItem(luck, payload);
  item.modifiers = [{ name: 'a', unit_price: 0 }, { name: 'b', unit_price: 0, [name]: luck.pick(values) }];
  return `${at}.modifiers[1].${name}`;
};

/** @param {string} name @param {readonly unknown[]} values */
const spoil = (name, values) => (/** @type {Luck} */ luck, /** @type {Json} */ payload) => {
  payload[name] = luck.pick(values);
  return name;
};

/** Each changes a valid payload and says which field is wrong now.
 * @type {Record<string, (luck: Luck, payload: Json) => string>} */
const SPOILED = {
  currency: spoil('currency', ['TRL', 'try', '', 'XXX', 'XAU', 949, [], {}]),
  'no currency': (_luck, payload) => (delete payload.currency, 'currency'),
  'no items': (_luck, payload) => (delete payload.items, 'items'),
  items: spoil('items', [[], {}, 'x', Array.from({ length: 501 }, () => ({}))]),
  'no object': (luck, payload) => {
    const index = luck.upTo(payload.items.length - 1);
    payload.items[index] = luck.pick([1, 'x', [], false]);
    return `items[${index}]`;
  },
  name: spoilItem('name', ['', 'x'.repeat(513), '🥙'.repeat(513), ...NO_TEXT]),
  quantity: spoilItem('quantity', NO_QUANTITY),
  unit_price: spoilItem('unit_price', NO_MONEY),
  tax_percentage: spoilItem('tax_percentage', NO_RATE),
  note: spoilItem('note', ['n'.repeat(2001), ...NO_TEXT]),
  variation: spoilItem('variation', ['v'.repeat(401), ...NO_TEXT]),
  modifiers: spoilItem('modifiers', [{}, 'x', 1, Array.from({ length: 101 }, () => ({}))]),
  'unknown field of an item': spoilItem('sku', [1, null]),
  'name of a modifier': spoilModifier('name', ['', 'x'.repeat(256), ...NO_TEXT]),
  'quantity of a modifier': spoilModifier('quantity', ['1.5', -1, 1000, '', '01', true]),
  'price of a modifier': spoilModifier('unit_price', NO_MONEY),
  'unknown field of a modifier': spoilModifier('tax_percentage', ['10']),
  tax_inclusive: spoil('tax_inclusive', ['yes', 1, []]),
  discount: spoil('discount', [...NO_MONEY, 2 ** 53 - 1]),
  service_charge: spoil('service_charge', NO_MONEY),
  tip: spoil('tip', NO_MONEY),
  'tip without a payment': (luck, payload) => {
    delete payload.payment;
    payload.tip = 1 + luck.upTo(100);
    return 'tip';
  },
  table_id: spoil('table_id', ['7'.repeat(31), 'ş'.repeat(31), ...NO_TEXT]),
  placed_at: spoil('placed_at', [' ', '2026-11-21', '2026-02-30T00:00:00Z', `2026-11-21T18:03:11.${'1'.repeat(300)}Z`, 1]),
  version: spoil('v', [2, '1', 0]),
  'unknown field': spoil('coupon', ['X', null]),
  'another total': (luck, payload) => {
    payload.total = Number(totalOf(payload)) + 1 + luck.upTo(100);
    return 'total';
  },
  'another amount': (luck, payload) => {
    payload.payment = { type: 'cash', amount: Number(totalOf(payload)) + 1 + luck.upTo(100) };
    return 'payment.amount';
  },
  'kind of payment': (luck, payload) => {
    payload.payment = { type: luck.pick(['card', '', 7]), amount: Number(totalOf(payload)) };
    return 'payment.type';
  },
  'no source': (luck, payload) => {
    payload.payment = { type: 'external', amount: Number(totalOf(payload)), source: luck.pick([null, undefined, '', 's'.repeat(256)]) };
    return 'payment.source';
  },
  'source of cash': (luck, payload) => {
    payload.payment = { type: 'cash', amount: Number(totalOf(payload)), source: luck.pick([7, 's'.repeat(256)]) };
    return 'payment.source';
  },
};

test.each(Object.entries(SPOILED))('a payload that is wrong in one place is refused by its name: %s', (_kind, spoilOne) => {
  for (let seed = 0; seed < 100; seed += 1) {
    const luck = luckOf(1_000_000 + seed);
    const payload = payloadOf(luck);
    const field = spoilOne(luck, payload);
    const { order, problem } = enqueue({ order_id: 'x', payload });
    const told = order ? 'taken in' : problem?.errors.map((/** @type {Json} */ error) => error.field);
    expect({ seed, payload, told }).toEqual({ seed, payload, told: [`payload.${field}`] });
  }
});

import { beforeAll, describe, expect, test } from 'vitest';
import { seededHistory } from './history.js';
import { clientOf } from './support/client.js';
import { twinWith } from './support/twins.js';

/** @typedef {import('./types.d.ts').History} History */
/** @typedef {import('./types.d.ts').PlantedDuplicate} PlantedDuplicate */
/** @typedef {Record<string, any>} Json */

const NOW = Date.parse('2026-11-20T12:00:00Z');
const small = {
  now: NOW, restaurants: 6, duplicates: 60, ordersPerRestaurant: 40, oldPayments: 2, nearMisses: 2,
};

/** @type {History} */
let history;

beforeAll(() => {
  history = seededHistory(small);
});

/** What an order is known by for itself, and what by its table. None of them says it all.
 * @param {Json} order
 * @returns {string[]} */
function namesOf({ location_id: location, reference_id: reference, metadata, ...order }) {
  const total = order.total_money.amount;
  const items = order.line_items.map((/** @type {Json} */ { name, quantity }) => [name, quantity]);
  const table = order.ticket_name === undefined ? [] : [['table', order.ticket_name, items]];
  const certain = [
    ...(reference === undefined ? [] : [['reference', reference, metadata?.pos_sync ?? '']]),
    ...(metadata?.pos_sync === undefined ? [] : [['key', metadata.pos_sync]]),
  ];
  const names = certain.length > 0 ? certain : table;
  return names.map((name) => JSON.stringify([location, total, ...name]));
}

/** The orders on the books that a plain reading finds to be one too many: those that have a name in
 * common with an earlier one; where it is only a table, half an hour later at the most.
 * @param {Json[]} orders
 * @returns {string[]} pairs of ids, in no order */
function pairsIn(orders) {
  /** @type {Map<string, Json>} */
  const first = new Map();
  const pairs = new Set();
  const sold = orders.filter(({ returns, state }) => !returns && state !== 'CANCELED');
  sold.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  for (const order of sold) {
    for (const name of namesOf(order)) {
      const known = first.get(name);
      const isTable = name.includes('"table"');
      const gap = known ? Date.parse(order.created_at) - Date.parse(known.created_at) : 0;
      if (known && (!isTable || gap <= 30 * 60_000)) {
        pairs.add([known.id, order.id].sort().join(' '));
      } else first.set(name, order);
    }
  }
  return [...pairs].sort();
}

test('the same seed is the same past, and another one is another', () => {
  expect(seededHistory(small)).toEqual(history);
  const other = seededHistory({ ...small, seed: 2 });
  expect(other.orders[0].id).not.toBe(history.orders[0].id);
  expect(other.truth.counts.by_kind).toEqual(history.truth.counts.by_kind);
});

test('the past of the incident has 312 duplicates in 47 restaurants, in ninety days', () => {
  const { merchants, locations, orders, truth } = seededHistory({
    now: NOW, ordersPerRestaurant: 5,
  });
  expect([merchants.length, locations.length, truth.duplicates.length]).toEqual([47, 47, 312]);
  expect(new Set(locations.map(({ currency }) => currency))).toEqual(new Set(['TRY', 'EUR', 'GBP']));
  const times = orders.map(({ created_at: at }) => Date.parse(String(at)));
  expect(Math.min(...times)).toBeGreaterThan(NOW - 90 * 24 * 3600 * 1000);
  expect(Math.max(...times)).toBeLessThan(NOW);
});

test('each kind of duplicate and of near miss is there, and counted', () => {
  const { duplicates, near_misses: misses, counts } = history.truth;
  expect(Object.keys(counts.by_kind).sort()).toEqual(['already_refunded', 'card', 'cash', 'disputed',
    'external', 'old', 'partly_refunded', 'triple', 'unpaid']);
  expect(Object.keys(counts.by_evidence)).toHaveLength(4);
  expect(new Set(Object.values(counts.near_misses))).toEqual(new Set([2]));
  expect(Object.keys(counts.near_misses)).toHaveLength(8);
  const sum = (/** @type {Record<string, number>} */ by) =>
    Object.values(by).reduce((all, n) => all + n, 0);
  for (const by of [counts.by_kind, counts.by_confidence, counts.by_evidence, counts.by_action]) {
    expect(sum(by)).toBe(60);
  }
  expect(counts.groups).toBe(new Set(duplicates.map((one) => one.kept_order_id)).size);
  const planted = new Set(duplicates.flatMap((one) => [one.order_id, one.kept_order_id]));
  for (const id of misses.flatMap(({ order_ids: ids }) => ids)) expect(planted).not.toContain(id);
});

test('a past without duplicates has none', () => {
  const none = seededHistory({ ...small, duplicates: 0, oldPayments: 0 });
  expect(none.truth.duplicates).toEqual([]);
});

describe('on the books', () => {
  /** The past, at a merchant for each restaurant.
   * @param {boolean} log whether all that is asked and answered is looked at */
  async function withPast(log) {
    const { twin } = await twinWith({ now: () => NOW, merchants: history.merchants, log });
    twin.seed({ orders: history.orders });
    return twin;
  }

  test('what was planted is a duplicate, and nothing else is', async () => {
    const twin = await withPast(false);
    // The copies of a triple are each a pair with the first.
    const planted = history.truth.duplicates.map((one) =>
      [one.order_id, one.kept_order_id].sort().join(' '));
    expect(pairsIn(twin.state().orders)).toEqual(planted.sort());
  });

  test('each duplicate is what the truth says of it, and can be cured as it says', async () => {
    const twin = await withPast(true);
    const tokens = new Map(history.merchants.map(({ locations: [{ id }], access_token: token }) =>
      [id, String(token)]));
    const codes = {
      disputed: 'PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE', already_refunded: 'REFUND_AMOUNT_INVALID',
      old: 'PAYMENT_NOT_REFUNDABLE',
    };
    for (const one of history.truth.duplicates) {
      const square = clientOf({ url: twin.url, token: String(tokens.get(one.location_id)) });
      const { body: { order } } = await square.get(`/v2/orders/${one.order_id}`);
      expect(order.total_money).toEqual({ amount: one.amount, currency: one.currency });
      if (one.action === 'cancel') {
        const change = { location_id: one.location_id, version: order.version, state: 'CANCELED' };
        const { status } = await square.request('PUT', `/v2/orders/${order.id}`, { order: change });
        expect(status).toBe(200);
        continue;
      }
      expect(order.tenders).toMatchObject([{ payment_id: one.payment_id }]);
      const { status, body } = await square.post('/v2/refunds', {
        idempotency_key: `refund-${one.order_id}`,
        payment_id: one.payment_id,
        amount_money: { amount: one.due || one.amount, currency: one.currency },
      });
      const code = codes[/** @type {keyof typeof codes} */ (one.kind)];
      expect([one.kind, status, body.errors?.[0].code]).toEqual([one.kind, code ? 400 : 200, code]);
    }
    const { over_refunded: over } = twin.summary();
    expect(over).toEqual([]);
  });

  test('all restaurants can be one merchant\'s', async () => {
    const { twin } = await twinWith({ now: () => NOW, locations: history.locations, log: false });
    twin.seed({ orders: history.orders });
    const { body } = await clientOf(twin).get('/v2/locations');
    expect(body.locations).toHaveLength(6);
  });
});

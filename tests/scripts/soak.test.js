// What a soak goes by, and that its verdict is no rubber stamp: it says what is broken, by name.
import { expect, test } from 'vitest';
import { Luck } from '../../scripts/lib/dice.mjs';
import { momentOf } from '../../scripts/soak/moments.mjs';
import { orderOf } from '../../scripts/soak/orders.mjs';
import { SECONDS, FAULTS } from '../../scripts/soak/faults.mjs';
import { judge } from '../support/verdict.js';

/** @typedef {Record<string, any>} Json */

test('the shortened seconds outlast one another, and what lands late, as production\'s do', () => {
  const { LEASE_SECONDS, WALL_BUDGET_SECONDS, PUSH_TIMEOUT_SECONDS, QUIET_SECONDS, CLOCK_STEP_SECONDS } = SECONDS;
  const least = WALL_BUDGET_SECONDS + PUSH_TIMEOUT_SECONDS + QUIET_SECONDS + CLOCK_STEP_SECONDS;
  expect(LEASE_SECONDS).toBeGreaterThanOrEqual(least - 1e-9);
  expect(QUIET_SECONDS).toBeGreaterThan(PUSH_TIMEOUT_SECONDS);
  expect(QUIET_SECONDS * 1000).toBeGreaterThan(FAULTS.late.max_ms);
});

test('a seed is the same orders and the same moments every time', () => {
  const drawn = (/** @type {number} */ seed) => {
    const luck = new Luck(seed);
    return Array.from({ length: 50 }, (_each, n) => [orderOf(luck, n + 1), momentOf(luck)]);
  };
  expect(drawn(3)).toEqual(drawn(3));
  expect(drawn(3)).not.toEqual(drawn(4));
  const orders = drawn(3).map(([order]) => /** @type {Json} */ (order));
  expect(new Set(orders.map(({ order_id }) => order_id)).size).toBe(50);
  for (const kind of ['isPaid', 'isSound']) expect(new Set(orders.map((order) => order[kind])).size).toBe(2);
});

const PAID = { order_id: 'a', isPaid: true };
const ORDER = { id: 'O1', metadata: { order_id: 'a' } };
const PAYMENT = { id: 'P1', order_id: 'O1' };
const DONE = { order_id: 'a', status: 'success', external_order_id: 'O1', external_payment_id: 'P1', last_error: null };

/** @param {string} last_error @param {number | null} [in_doubt_since] */
const dead = (last_error, in_doubt_since = null) => ({ order_id: 'a', status: 'dead', last_error, in_doubt_since });

/** @param {Json[]} rows @param {Json[]} orders @param {Json[]} payments @param {Json} [more]
 * @returns {string[]} */
const broken = (rows, orders, payments, more) =>
  judge([PAID], rows, { orders, payments, changed_bodies: [], bugs: [], violations: [], ...more }).map(({ what }) => what);

test.each(/** @type {[string, Json[], Json[], Json[]][]} */ ([
  ['an order that is booked as its row says', [DONE], [ORDER], [PAYMENT]],
  ['a no to an order that is not there', [dead('rejected: no')], [], []],
  ['a no, and a booking once it was enqueued again', [dead('rejected: no'), DONE], [ORDER], [PAYMENT]],
  ['a payment that was refused', [dead('payment_rejected: no')], [ORDER], []],
  ['attempts that ran out over an order that is not there', [dead('attempts_exhausted: no')], [], []],
  ['attempts that ran out over the payment of an order that it names', [{ ...dead('attempts_exhausted: no'), external_order_id: 'O1' }], [ORDER], []],
  ['a doubt, whatever became of it', [dead('unknown_outcome: who knows', 7)], [ORDER], []],
]))('the verdict lets pass %s', (_name, rows, orders, payments) => {
  expect(broken(rows, orders, payments)).toEqual([]);
});

test.each(/** @type {[string, string, Json[], Json[], Json[]][]} */ ([
  ['once', 'two orders', [DONE], [ORDER, { ...ORDER, id: 'O2' }], [PAYMENT]],
  ['once', 'two payments', [DONE], [ORDER], [PAYMENT, { ...PAYMENT, id: 'P2' }]],
  ['once', 'an order for which nobody asked', [DONE], [ORDER, { id: 'O9', metadata: { order_id: 'z' } }], [PAYMENT]],
  ['success', 'a success that is nowhere', [DONE], [], []],
  ['success', 'a success that is not paid', [DONE], [ORDER], []],
  ['success', 'a success under another id', [{ ...DONE, external_order_id: 'O9' }], [ORDER], [PAYMENT]],
  ['dead', 'a no to an order that stands', [dead('rejected: no')], [ORDER], []],
  ['dead', 'a refused payment that was taken', [dead('payment_rejected: no')], [ORDER], [PAYMENT]],
  ['dead', 'attempts that ran out over an order that stands unnamed', [dead('attempts_exhausted: no')], [ORDER], []],
  ['dead', 'a doubt that the ledger does not know', [dead('unknown_outcome: who knows')], [], []],
  ['lost', 'an order without a row', [], [], []],
  ['lost', 'a dead row without a reason', [dead('')], [], []],
  ['rest', 'a row that is still to be tried', [{ ...DONE, status: 'failed' }], [], []],
  ['active', 'two rows that are', [{ ...DONE, status: 'failed' }, { ...DONE, status: 'pending' }], [], []],
]))('the verdict finds "%s" in %s', (what, _name, rows, orders, payments) => {
  expect(broken(rows, orders, payments)).toContain(what);
});

test('the verdict finds changed bytes and a local Square that failed', () => {
  expect(broken([DONE], [ORDER], [PAYMENT], { changed_bodies: [{ key: 'k' }] })).toEqual(['bytes']);
  expect(broken([DONE], [ORDER], [PAYMENT], { bugs: ['oh'] })).toEqual(['job']);
  const violations = [{ method: 'POST', route: '/v2/orders', key: 'k', field: 'order.table', message: 'unknown' }];
  expect(broken([DONE], [ORDER], [PAYMENT], { violations })).toEqual(['job']);
});

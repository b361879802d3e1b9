// What the demo prints: nobody looks at it closely when it goes right.
import { expect, test } from 'vitest';
import { eveningOrders, oldInsertions, ourInsertions } from '../../scripts/demo/evening.mjs';
import { attemptsOf, outcomeOf, storyValue } from '../../scripts/demo/fared.mjs';
import { byStatus, objections, verdictOf } from '../../scripts/demo/report.mjs';
import { columns, lira, painter, plural, sideBySide, wrap } from '../../scripts/demo/tell.mjs';
import { OUR_SECONDS } from '../../scripts/demo/faults.mjs';

/** @typedef {import('../fakes/square/types.d.ts').RequestRecord} RequestRecord */

const plain = painter({ isTTY: false }, {});

/** @param {Partial<RequestRecord>} part
 * @returns {RequestRecord} */
const record = (part) => ({
  n: 1,
  method: 'POST',
  path: part.route ?? '/v2/orders',
  route: '/v2/orders',
  key: '',
  identity: 'o',
  merchant_id: 'M',
  nth: 1,
  body_sha256: 'a',
  started_ms: 0,
  landed_ms: 1,
  ended_ms: 2,
  status: 200,
  fault: 'none',
  applied: true,
  replayed: false,
  ...part,
});

test('money has its kuruş, its thousands and its sign', () => {
  expect([0, 5, 100, 123450, 1234567890].map(lira)).toEqual([
    '₺0.00', '₺0.05', '₺1.00', '₺1,234.50', '₺12,345,678.90',
  ]);
});

test('one is no plural', () => {
  expect([0, 1, 2000].map((count) => plural(count, 'order'))).toEqual(['0 orders', '1 order', '2,000 orders']);
});

test('colours are for terminals, and for those who have not declined them', () => {
  expect(painter({ isTTY: true }, {})('red', 'x')).toBe('\x1b[31mx\x1b[0m');
  expect(painter({ isTTY: true }, { NO_COLOR: '1' })('red', 'x')).toBe('x');
  expect(painter({ isTTY: true }, { TERM: 'dumb' })('red', 'x')).toBe('x');
  expect(plain('red', 'x')).toBe('x');
});

test('every line of a table is as wide as its rule', () => {
  const rows = [{ name: 'orders', old: '1', ours: '2', bad: true }, { name: 'ödenen', old: '₺1.00', ours: 'x' }];
  const lines = sideBySide('TITLE', rows, plain);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});

test('text is wrapped between words, columns are as wide as their widest cell', () => {
  expect(wrap('aa bb cc dd', 5)).toEqual(['aa bb', 'cc dd']);
  expect(columns([['a', 'b', 'c'], ['aaa', 'b', 'long']])).toEqual(['a    b  c', 'aaa  b  long']);
});

test('the evening is the same every time, and its sums are right', () => {
  const evening = eveningOrders();
  expect(evening).toEqual(eveningOrders());
  expect(new Set(evening.map(({ order_id }) => order_id)).size).toBe(87);
  for (const { payload } of evening) {
    const eaten = payload.items.reduce((sum, { quantity, unit_price }) => sum + Number(quantity) * unit_price, 0);
    expect(payload.total).toBe(eaten - (payload.discount ?? 0) + (payload.service_charge ?? 0));
    expect(payload.payment.amount).toBe(payload.total);
    expect(Number.isInteger(payload.total)).toBe(true);
  }
});

test('the producers say the same to both queues', () => {
  const evening = eveningOrders();
  const payloads = (/** @type {string} */ sql) => sql.match(/\{.*\}/g);
  expect(payloads(oldInsertions(evening))).toEqual(payloads(ourInsertions(evening)));
});

test('the shortened seconds outlast one another as production\'s do', () => {
  const { LEASE_SECONDS, WALL_BUDGET_SECONDS, PUSH_TIMEOUT_SECONDS, QUIET_SECONDS, CLOCK_STEP_SECONDS } = OUR_SECONDS;
  const least = WALL_BUDGET_SECONDS + PUSH_TIMEOUT_SECONDS + QUIET_SECONDS + CLOCK_STEP_SECONDS;
  expect(LEASE_SECONDS).toBeGreaterThanOrEqual(least);
  expect(QUIET_SECONDS).toBeGreaterThan(PUSH_TIMEOUT_SECONDS);
});

test('an order booked twice is told as it was, and so is one that the key has saved', () => {
  const old = [record({ fault: 'timeout', status: null }), record({ started_ms: 9 })];
  expect(attemptsOf(old).map(({ effect, answer, isDouble }) => [effect, answer, isDouble])).toEqual([
    ['books order 1', 'timeout', false],
    ['books order 2', '200', true],
  ]);
  expect(outcomeOf(old)).toBe('at Square: 2 orders, 0 payments');

  const key = 'posSync:o:square';
  const ours = [record({ key, fault: 'http_504', status: 504, landed_ms: 300 }), record({ key, replayed: true })];
  expect(attemptsOf(ours).map((attempt) => [attempt.key, attempt.effect, attempt.answer])).toEqual([
    [key, 'books order 1, late', '504'],
    ['same key, same bytes', 'knows it: nothing new', '200'],
  ]);
  expect(storyValue(old, ours)).toBeGreaterThan(storyValue(ours, ours));
});

test('the verdict is what was counted, and an evening without a duplicate proves nothing', () => {
  const count = {
    requests: 2, spoilt: 1, orders: 2, payments: 1, doubled: 1, surplus_orders: 1, surplus_payments: 0,
    surplus_money: 4250, missing: 0, wrong: 0, most_at_once: 1,
  };
  const none = { ...count, orders: 1, doubled: 0, surplus_orders: 0, surplus_money: 0 };
  const rows = [{ order_id: 'asb-1121-001', status: 'success', external_order_id: 'X' }];
  const state = { orders: [{ id: 'X', reference_id: 'asb-1121-001' }], changed_bodies: [], bugs: [], violations: [] };
  const result = {
    taken: eveningOrders().slice(0, 1),
    old: { count, rows },
    ours: { count: none, rows, state },
  };
  expect(verdictOf(result)).toBe(
    'Counted at Square: old pusher 1 duplicate, ₺42.50; pos-sync 0: 1 order, each once.',
  );
  expect(objections(result)).toEqual([]);
  expect(objections({ ...result, old: { count: none, rows } })).toHaveLength(1);
  expect(objections({ ...result, ours: { count, rows, state } })).not.toEqual([]);
  expect(objections({ ...result, ours: { count: none, rows: [{ ...rows[0], status: 'dead' }], state } })).toHaveLength(1);
  const violations = [{ field: 'order.table', message: 'Square does not list it' }];
  expect(objections({ ...result, ours: { count: none, rows, state: { ...state, violations } } })).toHaveLength(1);
  expect(byStatus([...rows, { status: 'dead' }, ...rows])).toBe('2 success, 1 dead');
});

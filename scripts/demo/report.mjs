// What the demo prints after the evening, as lines; and whether it has shown what it is to show.

import { attemptsOf, auditWords, outcomeOf } from './fared.mjs';
import { columns, lira, number, plural, seconds, sideBySide, WIDTH, wrap } from './tell.mjs';

/** @import { RequestRecord } from '../../tests/fakes/square/types.d.ts' */
/** @import { Count } from './count.mjs' */
/** @import { Order } from './evening.mjs' */
/** @import { Attempt, AuditLine } from './fared.mjs' */
/** @import { Paint } from './tell.mjs' */

/** @typedef {Record<string, any>} Json */

/**
 * @typedef {object} Evening what came of it
 * @property {Order[]} taken
 * @property {{count: Count, rows: Json[]}} old
 * @property {{count: Count, rows: Json[], state: Json}} ours
 */

/**
 * @param {Json[]} rows
 * @returns {string} such as "80 success, 7 dead"
 */
export function byStatus(rows) {
  const statuses = [...new Set(rows.map(({ status }) => status))].sort().reverse();
  return statuses
    .map((status) => `${rows.filter((row) => row.status === status).length} ${status}`)
    .join(', ');
}

/**
 * @param {Evening} evening
 * @param {Paint} paint
 */
export function tableOf({ taken, old, ours }, paint) {
  /**
   * @param {string} name
   * @param {(count: Count) => string} value
   * @param {boolean} [bad]
   */
  const row = (name, value, bad) => ({
    name,
    old: value(old.count),
    ours: value(ours.count),
    bad: bad && value(old.count) !== value(ours.count),
  });
  const rows = [
    row('orders taken', () => number(taken.length)),
    row('requests to Square', (count) => number(count.requests)),
    row('  that met a fault', (count) => number(count.spoilt)),
    row('  most at once for one order', (count) => number(count.most_at_once), true),
    row('orders at Square', (count) => number(count.orders), true),
    row('payments at Square', (count) => number(count.payments), true),
    row('orders booked more than once', (count) => number(count.doubled), true),
    row('  sales that never were', (count) => number(count.surplus_orders), true),
    row('  their money', (count) => lira(count.surplus_money), true),
    row('  second processing fees', (count) => number(count.surplus_payments), true),
    row('orders missing, or unpaid', (count) => number(count.missing)),
    { name: 'what the queue says of them', old: byStatus(old.rows), ours: byStatus(ours.rows) },
  ];
  return sideBySide('COUNTED AT SQUARE', rows, paint);
}

const ATTEMPT_HEAD = ['request', 'idempotency key', 'Square', 'answer'];

/**
 * Requests and audit lines of one order, in the order in which they came.
 * @param {Attempt[]} attempts
 * @param {string[]} cells each attempt's line, but for its time
 * @param {AuditLine[]} audit
 * @param {Paint} paint
 */
function attemptLines(attempts, cells, audit, paint) {
  const told = [
    ...attempts.map(({ at, isDouble }, index) => ({
      at,
      line: isDouble ? paint('red', cells[index]) : cells[index],
    })),
    ...audit.map((line) => ({ at: line.at, line: paint('dim', `audit: ${auditWords(line)}`) })),
  ].sort((a, b) => a.at - b.at);
  return told.map(({ at, line }) => `${seconds(at - told[0].at).padStart(7)}  ${line}`);
}

/**
 * @param {Order} order
 * @param {RequestRecord[]} old
 * @param {RequestRecord[]} ours
 * @param {AuditLine[]} audit
 * @param {Paint} paint
 */
export function storyOf({ order_id, payload }, old, ours, audit, paint) {
  const dishes = payload.items.map(({ quantity, name }) => `${quantity} ${name}`).join(', ');
  const bill = `${order_id}, table ${payload.table_id}, ${lira(payload.total)}: ${dishes}`;
  const [theirs, own] = [old, ours].map(attemptsOf);
  // One grid for both, so that the eye can go from one to the other.
  const [head, ...cells] = columns([
    ATTEMPT_HEAD,
    ...[...theirs, ...own].map(({ request, key, effect, answer }) => [request, key, effect, answer]),
  ]);
  return [
    paint('bold', 'HOW ONE ORDER FARED'),
    ...wrap(bill, WIDTH),
    '',
    paint('dim', `   time  ${head}`),
    paint('yellow', 'old pusher'),
    ...attemptLines(theirs, cells.slice(0, theirs.length), [], paint),
    paint('red', `         ${outcomeOf(old)}`),
    paint('cyan', 'pos-sync'),
    ...attemptLines(own, cells.slice(theirs.length), audit, paint),
    paint('green', `         ${outcomeOf(ours)}`),
  ];
}

/** @param {Evening} evening */
export function verdictOf({ taken, old, ours }) {
  return (
    `Counted at Square: old pusher ${plural(old.count.surplus_orders, 'duplicate')}, ` +
    `${lira(old.count.surplus_money)}; pos-sync ${number(ours.count.surplus_orders)}: ` +
    `${plural(taken.length, 'order')}, each once.`
  );
}

/**
 * Why the evening has not shown what it is to show; nothing if it has.
 * @param {Evening} evening
 * @returns {string[]}
 */
export function objections({ taken, old, ours }) {
  const { count, rows, state } = ours;
  const all = taken.length;
  const standing = new Map(state.orders.map((/** @type {Json} */ order) => [order.id, order]));
  const unsure = rows.filter(
    ({ status, external_order_id, order_id }) =>
      status !== 'success' || standing.get(external_order_id)?.reference_id !== order_id,
  );
  /** @type {[holds: boolean, reason: string][]} */
  const wanted = [
    [old.count.surplus_orders > 0, 'the old pusher booked nothing twice: the faults were too few'],
    [count.surplus_orders === 0, `pos-sync booked ${plural(count.surplus_orders, 'order')} twice`],
    [count.orders === all, `pos-sync booked ${plural(count.orders, 'order')}, not ${all}`],
    [count.payments === all, `pos-sync booked ${plural(count.payments, 'payment')}, not ${all}`],
    [count.missing === 0, `${plural(count.missing, 'order')} of pos-sync missing or unpaid`],
    [count.wrong === 0, `${plural(count.wrong, 'order')} of pos-sync with a wrong sum or payment`],
    [rows.length === all, `pos-sync's queue has ${plural(rows.length, 'row')}, not ${all}`],
    [unsure.length === 0, `${plural(unsure.length, 'row')} of pos-sync without its order at Square`],
    [state.changed_bodies.length === 0, 'pos-sync sent other bytes under a key it had used'],
    [state.bugs.length === 0, `the local Square failed: ${state.bugs[0]}`],
    [state.violations.length === 0, `Square does not take what was sent: ${JSON.stringify(state.violations[0])}`],
  ];
  return wanted.filter(([holds]) => !holds).map(([, reason]) => reason);
}

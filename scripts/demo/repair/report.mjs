// What the rehearsal prints, as lines; and whether it has shown what it is to show.

import { number, plural } from '../tell.mjs';

/** @import { House } from './cast.mjs' */
/** @import { Paint } from '../tell.mjs' */

/** @typedef {Record<string, any>} Json */

const SIGNS = new Map([
  ['TRY', '₺'],
  ['EUR', '€'],
]);

/**
 * @param {number} minor
 * @param {string} currency
 */
export function money(minor, currency) {
  const cents = String(Math.abs(minor) % 100).padStart(2, '0');
  const sign = minor < 0 ? '-' : '';
  return `${sign}${SIGNS.get(currency) ?? `${currency} `}${number(Math.floor(Math.abs(minor) / 100))}.${cents}`;
}

const NAME = 36;
const VALUE = 18;

/**
 * @param {string} title
 * @param {House[]} houses
 * @param {[name: string, values: string[], style?: import('../tell.mjs').Style][]} rows
 * @param {Paint} paint
 */
export function tableOf(title, houses, rows, paint) {
  const line = '─'.repeat(NAME + VALUE * houses.length);
  const cells = (/** @type {string[]} */ values) => values.map((value) => value.padStart(VALUE)).join('');
  return [
    paint('bold', title.padEnd(NAME) + cells(houses.map(({ name }) => name))),
    paint('dim', line),
    ...rows.map(([name, values, style]) => {
      const text = cells(values);
      return name.padEnd(NAME) + (style ? paint(style, text) : text);
    }),
    paint('dim', line),
  ];
}

/**
 * @param {Json} audit as GET /v1/audits/{id} answers
 * @param {House[]} houses
 * @param {Paint} paint
 */
export function planOf(audit, houses, paint) {
  const figures = houses.map(
    ({ id }) => audit.places.find((/** @type {Json} */ place) => place.restaurant_id === id).figures,
  );
  const row = (/** @type {string} */ name, /** @type {(each: Json) => string} */ value) =>
    /** @type {[string, string[]]} */ ([name, figures.map(value)]);
  const vat = (/** @type {Json} */ each) =>
    each.vat_overreported.reduce((/** @type {number} */ sum, /** @type {Json} */ { amount }) => sum + amount, 0);
  return tableOf(
    'THE PLAN',
    houses,
    [
      row('certain, probable, possible', ({ groups }) =>
        [groups.certain, groups.probable, groups.possible].map(number).join(', ')),
      row('duplicates', (each) => number(each.duplicates)),
      row('gross overcounted', (each) => money(each.gross_overcounted, each.currency)),
      row('VAT over-reported', (each) => money(vat(each), each.currency)),
      row('to be refunded', (each) => number(each.refundable.count)),
      row('  only in the books: cash, external', (each) => number(each.records_only.count)),
      row('unpaid, to be canceled', (each) => number(each.cancelable.count)),
      row('for the dispute fast track', (each) => number(each.dispute_fast_track.count)),
      row('fees paid on duplicates', (each) => money(each.fees_paid_on_duplicates, each.currency)),
      row('  of them that come back', (each) => money(each.fees_come_back, each.currency)),
    ],
    paint,
  );
}

/**
 * @param {string} title
 * @param {Json[]} books one answer of GET /v1/reconciliation for each house
 * @param {House[]} houses
 * @param {Paint} paint
 */
export function booksOf(title, books, houses, paint) {
  const totals = books.map(({ totals: [first] }) => first);
  /**
   * @param {string} name
   * @param {(each: Json) => string} value
   * @param {import('../tell.mjs').Style} [style]
   * @returns {[string, string[], import('../tell.mjs').Style?]}
   */
  const row = (name, value, style) => [name, totals.map(value), style];
  const style = totals.every(({ difference }) => difference.gross === 0) ? 'green' : 'red';
  const reasons = [...new Set(totals.flatMap(({ by_reason }) => Object.keys(by_reason)))];
  return tableOf(
    title,
    houses,
    [
      row('our orders, gross', ({ ours, currency }) => `${ours.orders}  ${money(ours.gross, currency)}`),
      row("Square's orders, gross", ({ square, currency }) => `${square.orders}  ${money(square.gross, currency)}`),
      row('difference in gross', ({ difference, currency }) => money(difference.gross, currency), style),
      row('difference in VAT', ({ difference, currency }) => money(difference.vat, currency), style),
      ...reasons.map((reason) =>
        row(`  explained: ${reason}`, ({ by_reason, currency }) =>
          by_reason[reason] ? `${by_reason[reason].orders}  ${money(by_reason[reason].gross, currency)}` : '-'),
      ),
    ],
    paint,
  );
}

/**
 * Why the rehearsal has not shown what it is to show; nothing if it has.
 * @param {Json} result
 * @returns {string[]}
 */
export function objections({ planted, plan, before, after, counted, mails, drafted, unapproved, bugs }) {
  /** @type {[holds: boolean, reason: string][]} */
  const wanted = [
    [planted > 0, 'the old pusher booked nothing twice: the faults were too few'],
    [plan.duplicates === planted, `planned ${plural(plan.duplicates, 'duplicate')}, of ${planted} planted`],
    [before.some((/** @type {number} */ gross) => gross !== 0), 'the books matched before anything was done'],
    [after.every((/** @type {number} */ gross) => gross === 0), 'the books do not match in the end'],
    [counted.twice === 0, `${plural(counted.twice, 'payment')} refunded twice`],
    [counted.over === 0, `${plural(counted.over, 'payment')} refunded beyond what was paid`],
    [counted.standing === 0, `${plural(counted.standing, 'duplicate')} still standing`],
    [unapproved === 0, `${plural(unapproved, 'mail')} sent without approval`],
    [mails === drafted, `${plural(mails, 'mail')} arrived, of ${drafted}`],
    [bugs.length === 0, `a local service failed: ${bugs[0]}`],
  ];
  return wanted.filter(([holds]) => !holds).map(([, reason]) => reason);
}

// How one order fared, attempt by attempt: from the local Square's log and our audit lines.

import { plural, seconds } from './tell.mjs';

/** @import { RequestRecord } from '../../tests/fakes/square/types.d.ts' */

/**
 * @typedef {object} AuditLine
 * @property {number} at
 * @property {string} event
 * @property {string | null} from_status
 * @property {string | null} to_status
 * @property {string} detail JSON
 */

/**
 * @typedef {object} Attempt
 * @property {number} at
 * @property {string} request
 * @property {string} key
 * @property {string} effect what Square did
 * @property {string} answer what came back
 * @property {boolean} isDouble whether this is the moment in which something is booked once more
 */

/** An effect this much behind its answer is one that landed late. */
const LATE_MS = 50;

const REQUESTS = new Map([
  ['/v2/orders', 'CreateOrder'],
  ['/v2/payments', 'CreatePayment'],
]);

/** @type {Record<string, string>} */
const SPOILT = { timeout: 'timeout', reset: 'reset', torn: 'torn' };

/** @param {RequestRecord} record */
function answerOf({ fault, status }) {
  if (SPOILT[fault]) return SPOILT[fault];
  return status === null ? 'killed' : String(status);
}

/**
 * @param {RequestRecord} record
 * @param {RequestRecord[]} before requests of the same order
 */
function keyOf({ key, route, body_sha256 }, before) {
  if (key === '') return 'no key';
  // What a random UUID is good for can be seen in the next line.
  if (!key.startsWith('posSync:')) return 'a random key';
  const first = before.find((record) => record.route === route && record.key === key);
  if (!first) return key;
  return first.body_sha256 === body_sha256 ? 'same key, same bytes' : 'same key, OTHER BYTES';
}

/**
 * @param {RequestRecord} record
 * @param {string} noun
 * @param {number} nth the how-manieth such thing this one books
 */
function effectOf({ applied, replayed, landed_ms, ended_ms }, noun, nth) {
  if (replayed) return 'knows it: nothing new';
  if (!applied || landed_ms === null) return 'books nothing';
  const isLate = ended_ms !== null && landed_ms - ended_ms > LATE_MS;
  return `books ${noun} ${nth}${isLate ? ', late' : ''}`;
}

/**
 * @param {RequestRecord[]} records one order's
 * @returns {Attempt[]}
 */
export function attemptsOf(records) {
  /** @type {Map<string, number>} */
  const booked = new Map();
  return records.map((record, index) => {
    const request = REQUESTS.get(record.route) ?? `${record.method} ${record.route}`;
    const isBooked = record.applied && !record.replayed;
    const nth = (booked.get(request) ?? 0) + 1;
    if (isBooked) booked.set(request, nth);
    return {
      at: record.started_ms,
      request,
      key: keyOf(record, records.slice(0, index)),
      effect: effectOf(record, request === 'CreateOrder' ? 'order' : 'payment', nth),
      answer: answerOf(record),
      isDouble: isBooked && nth > 1,
    };
  });
}

/**
 * What the audit says happened to the row.
 * @param {AuditLine} line
 */
export function auditWords({ event, from_status, to_status, detail }) {
  const { again_in_ms } = JSON.parse(detail || '{}');
  const moved = from_status === to_status ? `stays ${to_status}` : `${from_status} → ${to_status}`;
  const again = again_in_ms === undefined ? '' : `, again in ${seconds(again_in_ms)}`;
  return `${event}: ${moved}${again}`;
}

/** @param {RequestRecord[]} records */
const bookings = (records) => records.filter(({ applied, replayed }) => applied && !replayed);

/**
 * How good a story an order makes: sold twice by the old pusher's own retry, saved by the key, short.
 * @param {RequestRecord[]} old
 * @param {RequestRecord[]} ours
 */
export function storyValue(old, ours) {
  const booked = bookings(old);
  const sales = booked.filter(({ route }) => route === '/v2/orders');
  const payments = booked.filter(({ route }) => route === '/v2/payments');
  if (sales.length < 2) return -Infinity;
  const unheard = booked.filter(({ fault }) => fault !== 'none');
  const overlaps = old.some((each, at) => at > 0 && each.started_ms < (old[at - 1].ended_ms ?? 0));
  return (
    (payments.length > 1 ? 4 : 0) +
    (unheard.length > 0 ? 8 : 0) +
    (unheard.some(({ fault }) => fault === 'timeout') ? 3 : 0) +
    (ours.some(({ replayed }) => replayed) ? 8 : 0) -
    (overlaps ? 8 : 0) -
    Math.max(0, old.length - 4) -
    Math.max(0, ours.length - 4)
  );
}

/**
 * What one order came to at Square.
 * @param {RequestRecord[]} records
 */
export function outcomeOf(records) {
  const booked = bookings(records);
  const orders = booked.filter(({ route }) => route === '/v2/orders').length;
  return `at Square: ${plural(orders, 'order')}, ${plural(booked.length - orders, 'payment')}`;
}

// ListDisputes and RetrieveDispute, and how a cardholder comes to dispute a payment. Square's text says
// nothing of the size of a page.
import { refusal } from './errors.js';
import { pageOf } from './listing.js';
import { checkCursor, cursorBehind, decodeCursor } from './paging.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').DisputeChange} DisputeChange */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

const STATES = ['INQUIRY_EVIDENCE_REQUIRED', 'INQUIRY_PROCESSING', 'INQUIRY_CLOSED',
  'EVIDENCE_REQUIRED', 'PROCESSING', 'WON', 'LOST', 'ACCEPTED'];
const REASONS = ['AMOUNT_DIFFERS', 'CANCELLED', 'DUPLICATE', 'NO_KNOWLEDGE', 'NOT_AS_DESCRIBED',
  'NOT_RECEIVED', 'PAID_BY_OTHER_MEANS', 'CUSTOMER_REQUESTS_CREDIT', 'EMV_LIABILITY_SHIFT'];
const MOST = 50;
const DAY_MS = 24 * 3600 * 1000;

/** Throws Square's refusal where the token was given without the scope for disputes.
 * @param {Books} books */
function admit({ rules }) {
  if (!rules.disputesForbidden) return;
  const detail = 'The merchant has not given your application sufficient permissions: DISPUTES_READ';
  throw refusal('INSUFFICIENT_SCOPES', detail);
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkListDisputes(books, { query }) {
  const check = new Checker();
  const { cursor, ...asked } = Object.fromEntries(query);
  check.oneOf(asked.states, 'states', STATES);
  const { location_id: location } = asked;
  if (location !== undefined && !books.locationOf(location)) {
    check.refuse('INVALID_VALUE', 'The location is not one of this seller.', 'location_id');
  }
  checkCursor(check, cursor, asked);
  return check;
}

/** Of all locations unless one is named.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function listDisputes(books, { query, page_size: most }) {
  admit(books);
  const { cursor, ...asked } = Object.fromEntries(query);
  const position = decodeCursor(cursor, asked);
  const until = position?.until ?? books.now();
  const { location_id: location, states } = asked;
  const { rows, isLast } = pageOf({
    collection: books.store.shelves.dispute,
    locations: location ? [location] : books.locations.map(({ id }) => id),
    field: 'created_at',
    from: -Infinity,
    to: until,
    ascending: false,
    asOf: books.seenUntil(),
    keep: ({ state }) => !states || states === state,
  }, position, Math.min(MOST, most));
  /** @type {Json} */
  const body = rows.length > 0 ? { disputes: rows.map(({ thing }) => thing) } : {};
  if (!isLast) body.cursor = cursorBehind(rows, position, until, false, asked);
  return { status: 200, body };
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function retrieveDispute(books, { params: { dispute_id: id } }) {
  admit(books);
  const dispute = books.store.disputes.get(id);
  if (!dispute || !books.locationOf(dispute.location_id)) {
    throw refusal('NOT_FOUND', `Could not find dispute with id ${id}`, 'dispute_id');
  }
  return { status: 200, body: { dispute } };
}

/** A dispute of a card payment, new or in its next state.
 * @param {Json} payment
 * @param {Pick<DisputeChange, 'state' | 'reason' | 'amount'>} change
 * @param {{id: string, at: string}} fields
 * @param {Json} [before] the dispute as it was
 * @returns {Json} */
export function disputeOf(payment, { state, reason, amount }, { id, at }, before) {
  if (payment.source_type !== 'CARD') throw new Error('only card payments are disputed');
  const asked = {
    state: state ?? before?.state ?? 'EVIDENCE_REQUIRED',
    reason: reason ?? before?.reason ?? 'DUPLICATE',
  };
  if (!STATES.includes(asked.state)) throw new Error(`unknown state of a dispute: ${asked.state}`);
  if (!REASONS.includes(asked.reason)) throw new Error(`unknown reason: ${asked.reason}`);
  const { total_money: total } = payment;
  const fresh = {
    id,
    amount_money: { ...total, amount: amount ?? total.amount },
    due_at: new Date(Date.parse(at) + 14 * DAY_MS).toISOString(),
    disputed_payment: { payment_id: payment.id },
    card_brand: payment.card_details?.card?.card_brand ?? 'VISA',
    created_at: at,
    reported_at: at,
    location_id: payment.location_id,
    version: 0,
  };
  const kept = before ?? fresh;
  return { ...kept, ...asked, updated_at: at, version: kept.version + 1 };
}

/** What a cardholder and the bank do, which no request of a seller does.
 * @param {Books} books
 * @param {DisputeChange} change
 * @returns {Json} the dispute */
export function changeDispute(books, change) {
  const { store } = books;
  const payment = store.payments.get(change.payment_id);
  if (!payment) throw new Error(`unknown payment: ${change.payment_id}`);
  const [known] = store.disputesOf.get(payment.id) ?? [];
  const fields = { id: known ?? store.newId('dispute'), at: books.timestamp() };
  const made = disputeOf(payment, change, fields, store.disputes.get(known ?? ''));
  store.append({ dispute: made });
  return made;
}

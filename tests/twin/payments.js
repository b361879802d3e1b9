// CreatePayment, GetPayment and ListPayments.
import { sha256 } from './canonical.js';
import { refusal } from './errors.js';
import { checkCursor, decodeCursor, encodeCursor, firstOf } from './paging.js';
import { checkAgainstOrder, checkNewPayment } from './payment-rules.js';
import { settleAmounts } from './totals.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** The largest page, and the usual one. */
const MOST = 100;

/** @param {Json} body
 * @param {Json} fields
 * @returns {Json} */
function buildPayment(body, fields) {
  const { amount, currency } = body.amount_money;
  const total = { amount: amount + (body.tip_money?.amount ?? 0), currency };
  /** @type {Json} */
  const payment = {
    ...fields,
    status: body.autocomplete === false ? 'APPROVED' : 'COMPLETED',
    source_type: body.source_id,
    amount_money: body.amount_money,
    total_money: total,
    approved_money: total,
    receipt_number: fields.id.slice(0, 4),
    version_token: sha256(`${fields.id}:1`).slice(0, 40),
  };
  for (const name of ['tip_money', 'order_id', 'reference_id', 'note', 'external_details']) {
    if (body[name] !== undefined && body[name] !== null) payment[name] = body[name];
  }
  if (body.source_id === 'CASH') {
    const supplied = body.cash_details.buyer_supplied_money;
    const change = { amount: supplied.amount - total.amount, currency };
    payment.cash_details = { buyer_supplied_money: supplied, change_back_money: change };
  }
  return payment;
}

/** @param {Json} order
 * @param {Json} payment
 * @returns {Json} */
function tenderOf(order, payment) {
  const tip = payment.tip_money?.amount ?? 0;
  return {
    id: payment.id,
    location_id: order.location_id,
    transaction_id: order.id,
    created_at: payment.created_at,
    amount_money: payment.total_money,
    tip_money: { amount: tip, currency: order.total_money.currency },
    type: payment.source_type === 'CASH' ? 'CASH' : 'OTHER',
    payment_id: payment.id,
  };
}

/** The order once payments have settled it. With a fulfillment it stays open until that is done.
 * @param {Json} order
 * @param {Json[]} payments
 * @param {string} at
 * @returns {Json} */
export function paidOrder(order, payments, at) {
  const { currency } = order.total_money;
  const tip = payments.reduce((sum, { tip_money: money }) => sum + (money?.amount ?? 0), 0);
  const amount = order.total_money.amount + tip;
  /** @type {Json} */
  const paid = {
    ...order,
    version: order.version + 1,
    updated_at: at,
    total_tip_money: { amount: tip, currency },
    // A tip is money to collect for the order, so Square counts it into the total.
    total_money: { amount, currency },
  };
  if (payments.length > 0) paid.tenders = payments.map((payment) => tenderOf(order, payment));
  settleAmounts(paid, amount);
  if (!order.fulfillments?.length) {
    paid.state = 'COMPLETED';
    paid.closed_at = at;
  }
  return paid;
}

/** @param {Books} books
 * @param {Json} body
 * @returns {string} the main location unless the body names another */
const locationIdOf = (books, body) => body.location_id ?? books.locations[0].id;

/** @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkCreatePayment(books, { body }) {
  const location = books.locationOf(locationIdOf(books, body));
  return checkNewPayment(body, location, books.rules.anyCurrency);
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function createPayment(books, call) {
  const { body } = call;
  const locationId = locationIdOf(books, body);
  const reused = () => refusal('IDEMPOTENCY_KEY_REUSED',
    'The provided idempotency key has already been used.', 'idempotency_key');
  return books.keys.once(call, 'CreatePayment', reused, () => {
    const order = body.order_id ? books.orderById(body.order_id) : null;
    if (order) checkAgainstOrder(body, order, locationId);
    const at = books.timestamp();
    const fields = {
      id: books.store.newId('payment'),
      created_at: at,
      updated_at: at,
      location_id: locationId,
    };
    const payment = buildPayment(body, fields);
    /** @type {import('./types.d.ts').Entry} */
    const entry = { payment };
    if (order && payment.status === 'COMPLETED') entry.order = paidOrder(order, [payment], at);
    return { entry, reply: { status: 200, body: { payment } } };
  });
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function getPayment(books, call) {
  const payment = books.store.payments.get(call.params.payment_id);
  if (!payment || !books.locationOf(payment.location_id)) {
    throw refusal('NOT_FOUND', `Could not find payment ${call.params.payment_id}`, 'payment_id');
  }
  return { status: 200, body: { payment } };
}

/** A list asks in its query string; the numbers and times in it are text.
 * @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkListPayments(books, { query }) {
  const check = new Checker();
  const asked = Object.fromEntries(query);
  for (const name of ['begin_time', 'end_time', 'updated_at_begin_time', 'updated_at_end_time']) {
    check.time(asked[name], name);
  }
  check.oneOf(asked.sort_order, 'sort_order', ['ASC', 'DESC']);
  for (const name of ['limit', 'total'].filter((each) => asked[each] !== undefined)) {
    check.integer(Number(asked[name] || NaN), name, { min: name === 'limit' ? 1 : 0 });
  }
  // Square takes a larger one for 100 and says nothing.
  if (Number(asked.limit) > MOST) check.note('VALUE_TOO_HIGH', `Must be at most ${MOST}.`, 'limit');
  const { location_id: location } = asked;
  if (location !== undefined && !books.locationOf(location)) {
    const detail = 'The location is not one of this seller.';
    check.refuse('INVALID_VALUE', detail, 'location_id');
  }
  for (const name of ['updated_at_begin_time', 'updated_at_end_time', 'sort_field', 'last_4',
    'card_brand', 'is_offline_payment', 'offline_begin_time', 'offline_end_time']) {
    if (asked[name] !== undefined) check.refuse('NOT_IMPLEMENTED', 'Not modelled.', name);
  }
  const { cursor, ...rest } = asked;
  checkCursor(check, cursor, rest);
  return check;
}

/** One location only, the main one unless another is named: Square's documented trap.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function listPayments(books, { query, page_size: most }) {
  const limit = Number(query.get('limit') ?? MOST);
  const { cursor, ...asked } = Object.fromEntries(query);
  const position = decodeCursor(cursor, asked);
  const now = books.now();
  const until = position?.until ?? now;
  const to = Date.parse(query.get('end_time') ?? '') || until;
  const from = Date.parse(query.get('begin_time') ?? '') || now - YEAR_MS;
  const location = query.get('location_id') ?? books.locations[0].id;
  const total = query.get('total');
  const found = [...books.store.payments.values()].filter((payment) => {
    const at = Date.parse(payment.created_at);
    return payment.location_id === location && at >= from && at <= to && books.settled(at) &&
      (total === null || payment.total_money.amount === Number(total));
  });
  if (query.get('sort_order') !== 'ASC') found.reverse();
  const after = position ? found.findIndex(({ id }) => id === position.after) + 1 : 0;
  const payments = found.slice(after, after + Math.min(limit, MOST, most));
  /** @type {Json} */
  const body = payments.length > 0 ? { payments } : {};
  if (after + payments.length < found.length) {
    const last = payments.at(-1);
    const place = last ? { after: last.id, at: Date.parse(last.created_at), until } :
      position ?? firstOf(until);
    body.cursor = encodeCursor(place, asked);
  }
  return { status: 200, body };
}

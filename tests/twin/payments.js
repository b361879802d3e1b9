// CreatePayment, GetPayment and ListPayments.
import { sha256 } from './canonical.js';
import { refusal } from './errors.js';
import { orderById } from './orders.js';
import { decodeCursor, encodeCursor } from './paging.js';
import { checkAgainstOrder, checkNewPayment } from './payment-rules.js';
import { settleAmounts } from './totals.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

const YEAR_MS = 365 * 24 * 3600 * 1000;

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

/** The order once a payment has settled it. With a fulfillment it stays open until that is done.
 * @param {Json} order
 * @param {Json} payment
 * @returns {Json} */
function paidOrder(order, payment) {
  const { currency } = order.total_money;
  const tip = payment.tip_money?.amount ?? 0;
  const tender = {
    id: payment.id,
    location_id: order.location_id,
    transaction_id: order.id,
    created_at: payment.created_at,
    amount_money: payment.total_money,
    tip_money: { amount: tip, currency },
    type: payment.source_type === 'CASH' ? 'CASH' : 'OTHER',
    payment_id: payment.id,
  };
  /** @type {Json} */
  const paid = {
    ...order,
    version: order.version + 1,
    updated_at: payment.created_at,
    tenders: [tender],
    total_tip_money: { amount: tip, currency },
    // A tip is money to collect for the order, so Square counts it into the total.
    total_money: { amount: order.total_money.amount + tip, currency },
  };
  settleAmounts(paid, payment.total_money.amount);
  if (!order.fulfillments?.length) {
    paid.state = 'COMPLETED';
    paid.closed_at = payment.created_at;
  }
  return paid;
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function createPayment(books, call) {
  const { body } = call;
  const locationId = body.location_id ?? books.mainLocation.id;
  checkNewPayment(body, books.locationOf(locationId), books.options.anyCurrency);
  const reused = () => refusal('IDEMPOTENCY_KEY_REUSED',
    'The provided idempotency key has already been used.', 'idempotency_key');
  return books.keys.once(call, 'CreatePayment', reused, () => {
    const order = body.order_id ? orderById(books, body.order_id) : null;
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
    if (order && payment.status === 'COMPLETED') entry.order = paidOrder(order, payment);
    return { entry, reply: { status: 200, body: { payment } } };
  });
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function getPayment(books, call) {
  const payment = books.store.payments.get(call.params.payment_id);
  if (!payment) {
    throw refusal('NOT_FOUND', `Could not find payment ${call.params.payment_id}`, 'payment_id');
  }
  return { status: 200, body: { payment } };
}

/** A time in a query string, in milliseconds.
 * @param {string | null} text
 * @param {string} field
 * @param {number} fallback
 * @returns {number} */
function timeOf(text, field, fallback) {
  if (text === null || text === '') return fallback;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw refusal('INVALID_TIME', 'Expected an RFC 3339 time.', field);
  return at;
}

/** One location only, the main one unless another is named: Square's documented trap.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function listPayments(books, { query }) {
  const limit = Number(query.get('limit') || 100);
  if (!Number.isInteger(limit) || limit < 1) {
    throw refusal('INVALID_VALUE', 'The limit is a whole number from 1.', 'limit');
  }
  const { cursor, ...asked } = Object.fromEntries(query);
  const position = decodeCursor(cursor, asked);
  const to = timeOf(query.get('end_time'), 'end_time', position?.until ?? books.now());
  const from = timeOf(query.get('begin_time'), 'begin_time', books.now() - YEAR_MS);
  const location = query.get('location_id') || books.mainLocation.id;
  const total = query.get('total');
  const found = [...books.store.payments.values()].filter((payment) => {
    const at = Date.parse(payment.created_at);
    return payment.location_id === location && at >= from && at <= to && books.settled(at) &&
      (total === null || payment.total_money.amount === Number(total));
  });
  if (query.get('sort_order') !== 'ASC') found.reverse();
  const after = position ? found.findIndex(({ id }) => id === position.after) + 1 : 0;
  const payments = found.slice(after, after + Math.min(limit, 100));
  /** @type {Json} */
  const body = payments.length > 0 ? { payments } : {};
  if (after + payments.length < found.length) {
    const { id, created_at: created } = payments[payments.length - 1];
    body.cursor = encodeCursor({ after: id, at: Date.parse(created), until: to }, asked);
  }
  return { status: 200, body };
}

// CreatePayment, GetPayment and ListPayments.
import { sha256 } from './canonical.js';
import { refusal } from './errors.js';
import { withFee } from './fees.js';
import { checkList, listPage } from './lists.js';
import { checkAgainstOrder, checkNewPayment } from './payment-rules.js';
import { settleAmounts } from './totals.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */
/** @typedef {import('./validate.js').Checker} Checker */

/** A new payment.
 * @param {Json} body of CreatePayment
 * @param {Json} fields
 * @returns {Json} */
export function buildPayment(body, fields) {
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

/** A payment after a change. Each version has its own token, and nobody can guess the next one.
 * @param {Json} payment
 * @param {Json} changes
 * @param {string} at
 * @returns {Json} */
export function amended(payment, changes, at) {
  const token = sha256(`${payment.id}:${payment.version_token}`).slice(0, 40);
  return { ...payment, ...changes, updated_at: at, version_token: token };
}

/** The type of a tender that has another name than its payment's source.
 * @type {Record<string, string>} */
const TENDERS = { EXTERNAL: 'OTHER' };

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
    type: TENDERS[payment.source_type] ?? payment.source_type,
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
    const payment = withFee(books.rules, buildPayment(body, fields));
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
  return { status: 200, body: { payment: books.paymentById(call.params.payment_id) } };
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkListPayments(books, call) {
  return checkList(books, call, ['last_4', 'card_brand', 'is_offline_payment', 'offline_begin_time',
    'offline_end_time']);
}

/** One location only, the main one unless another is named: Square's documented trap.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function listPayments(books, call) {
  const total = call.query.get('total');
  return listPage(books, call, {
    collection: books.store.shelves.payment,
    name: 'payments',
    locations: [call.query.get('location_id') ?? books.locations[0].id],
    keep: (payment) => total === null || payment.total_money.amount === Number(total),
  });
}

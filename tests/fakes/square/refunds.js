// RefundPayment, GetPaymentRefund and ListPaymentRefunds, and what becomes of a refund afterwards. Of
// cash and of what was paid elsewhere Square only records that it went back.
import { refusal } from './errors.js';
import { checkList, listPage } from './lists.js';
import { amended } from './payments.js';
import { checkAgainstPayment, stands } from './refund-rules.js';
import { returnOrder, returnOrderAfter } from './return-order.js';

export { checkRefundPayment } from './refund-rules.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */
/** @typedef {import('./validate.js').Checker} Checker */

const RECORDED = ['CASH', 'EXTERNAL'];

/** What a new refund of a payment is.
 * @param {Books} books
 * @param {Json} payment
 * @returns {string} */
function statusFor({ refundStatuses, rules }, payment) {
  const usual = RECORDED.includes(payment.source_type) ? 'COMPLETED' : rules.refundStatus;
  return refundStatuses.get(payment.id) ?? usual;
}

/** @param {Json} payment
 * @param {{id: string, orderId: string, amount: Json, reason?: string | null, status: string,
 *   at: string}} fields
 * @returns {Json} */
export function refundOf(payment, { id, orderId, amount, reason, status, at }) {
  return {
    id,
    status,
    location_id: payment.location_id,
    unlinked: false,
    destination_type: payment.source_type,
    amount_money: amount,
    payment_id: payment.id,
    order_id: orderId,
    ...((reason ?? '') === '' ? {} : { reason }),
    created_at: at,
    updated_at: at,
  };
}

/** A payment with all its refunds. Square counts what is pending into the sum, and names it.
 * @param {Json} payment
 * @param {Json[]} refunds
 * @param {string} at
 * @returns {Json} */
export function withRefunds(payment, refunds, at) {
  const { currency } = payment.total_money;
  const sum = refunds.filter(stands).reduce((all, { amount_money: { amount } }) => all + amount, 0);
  const changes = {
    refund_ids: refunds.map(({ id }) => id), refunded_money: { amount: sum, currency },
  };
  return amended(payment, changes, at);
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function refundPayment(books, call) {
  const { body } = call;
  const { store } = books;
  const reused = () => refusal('IDEMPOTENCY_KEY_REUSED',
    'The provided idempotency key has already been used.', 'idempotency_key');
  return books.keys.once(call, 'RefundPayment', reused, () => {
    const payment = books.paymentById(body.payment_id);
    checkAgainstPayment(books, body, payment);
    const refund = refundOf(payment, {
      id: store.newId('refund'),
      orderId: store.newId('order'),
      amount: body.amount_money,
      reason: body.reason,
      status: statusFor(books, payment),
      at: books.timestamp(),
    });
    const changed = withRefunds(payment, [...store.refundsOfPayment(payment.id), refund],
      refund.created_at);
    const sold = store.orders.get(payment.order_id);
    const entry = { refund, payment: changed, orders: [returnOrder(refund, payment, sold)] };
    return { entry, reply: { status: 200, body: { refund } } };
  });
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function getRefund(books, { params: { refund_id: id } }) {
  const refund = books.store.refunds.get(id);
  if (!refund || !books.locationOf(refund.location_id)) {
    throw refusal('NOT_FOUND', `Could not find payment refund with id: ${id}`, 'refund_id');
  }
  return { status: 200, body: { refund } };
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkListRefunds(books, call) {
  const check = checkList(books, call);
  for (const name of ['status', 'source_type']) {
    check.string(call.query.get(name), name, { min: 1 });
  }
  return check;
}

/** Of all locations unless one is named, which is not how payments are listed.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function listRefunds(books, call) {
  const { location_id: location, status, source_type: source } = Object.fromEntries(call.query);
  return listPage(books, call, {
    collection: books.store.shelves.refund,
    name: 'refunds',
    locations: location ? [location] : books.locations.map(({ id }) => id),
    keep: (refund) => [undefined, refund.status].includes(status) &&
      [undefined, refund.destination_type].includes(source),
  });
}

/** What the bank does with a refund that is pending; or, of a payment, what its next refunds are.
 * @param {Books} books
 * @param {import('./types.d.ts').RefundChange} change
 * @returns {Json} the refund, or nothing */
export function settleRefund(books, { refund_id: id, payment_id: paymentId, status }) {
  const { store } = books;
  if (!['PENDING', 'COMPLETED', 'REJECTED', 'FAILED'].includes(status)) {
    throw new Error(`unknown status of a refund: ${status}`);
  }
  if (id === undefined) {
    if (!store.payments.has(paymentId ?? '')) throw new Error(`unknown payment: ${paymentId}`);
    books.refundStatuses.set(String(paymentId), status);
    return {};
  }
  const refund = store.refunds.get(id);
  if (!refund) throw new Error(`unknown refund: ${id}`);
  if (refund.status !== 'PENDING' || status === 'PENDING') {
    throw new Error(`a refund that is ${refund.status} does not become ${status}`);
  }
  const at = books.timestamp();
  const changed = { ...refund, status, updated_at: at };
  const before = /** @type {Json} */ (store.payments.get(refund.payment_id));
  const all = store.refundsOfPayment(before.id).map((one) => (one.id === id ? changed : one));
  const payment = withRefunds(before, all, at);
  const returned = /** @type {Json} */ (store.orders.get(refund.order_id));
  const orders = [returnOrderAfter(returned, changed, payment)];
  store.append({ refund: changed, payment, orders });
  return changed;
}

// PayOrder: settles an order with payments that were approved for it, or, with none, an order whose
// total is 0.
import { refusal } from './errors.js';
import { withFee } from './fees.js';
import { amended, paidOrder } from './payments.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

/** @param {Books} _books
 * @param {Call} call
 * @returns {Checker} */
export function checkPayOrder(_books, { body }) {
  const check = new Checker();
  check.string(body.idempotency_key, 'idempotency_key', { required: true, min: 1, max: 192 });
  check.integer(body.order_version, 'order_version', { min: 0 });
  check.strings(body.payment_ids, 'payment_ids', { max: Infinity });
  return check;
}

/** The payments that are to settle an order, each of which must be approved for it.
 * @param {Books} books
 * @param {Json} order
 * @param {string[]} ids
 * @returns {Json[]} */
function approvedOf(books, order, ids) {
  return ids.map((id) => {
    const payment = books.store.payments.get(id);
    if (!payment || payment.order_id !== order.id) {
      throw refusal('NOT_FOUND', `Payment ${id} is not one for this order.`, 'payment_ids');
    }
    if (payment.status !== 'APPROVED') {
      throw refusal('BAD_REQUEST', `Payment ${id} is ${payment.status}.`, 'payment_ids');
    }
    return payment;
  });
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function payOrder(books, call) {
  const { order_id: id } = call.params;
  const reused = () => refusal('IDEMPOTENCY_KEY_REUSED',
    'The provided idempotency key has already been used.', 'idempotency_key');
  return books.keys.once(call, `PayOrder ${id}`, reused, () => {
    const order = books.orderById(id);
    const { order_version: version, payment_ids: ids } = call.body;
    if ((version ?? order.version) !== order.version) {
      throw refusal('VERSION_MISMATCH', `Expected version ${order.version}.`, 'order_version');
    }
    if (order.state !== 'OPEN' || order.tenders !== undefined) {
      throw refusal('BAD_REQUEST', `Order ${id} cannot be paid.`, 'order_id');
    }
    const paying = approvedOf(books, order, [...new Set(/** @type {string[]} */ (ids ?? []))]);
    const sum = paying.reduce((all, { amount_money: { amount } }) => all + amount, 0);
    const { amount: total, currency } = order.total_money;
    if (sum !== total) {
      const detail = `The payments are not the order's total of ${total} ${currency}.`;
      throw refusal('BAD_REQUEST', detail, 'payment_ids');
    }
    const at = books.timestamp();
    const paid = paidOrder(order, paying, at);
    // Square: any approved payment for the order that is not named is canceled.
    const others = [...books.store.payments.values()].filter((payment) =>
      payment.order_id === id && payment.status === 'APPROVED' && !paying.includes(payment));
    const payments = [
      ...paying.map((payment) =>
        withFee(books.rules, amended(payment, { status: 'COMPLETED' }, at))),
      ...others.map((payment) => amended(payment, { status: 'CANCELED' }, at)),
    ];
    return { entry: { order: paid, payments }, reply: { status: 200, body: { order: paid } } };
  });
}

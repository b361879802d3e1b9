// The order that a refund makes: a return of an amount, without items, of the order that was sold.

/** @typedef {import('./types.d.ts').Json} Json */

/** What the refund of an order is called where the refund of a payment has another word.
 * @type {Record<string, string>} */
const STATUSES = { COMPLETED: 'APPROVED' };

/** @param {Json} refund
 * @param {Json} payment
 * @returns {Json} how the return order lists its refund */
function listedRefund(refund, payment) {
  return {
    id: refund.id,
    location_id: refund.location_id,
    transaction_id: payment.order_id ?? payment.id,
    tender_id: payment.id,
    created_at: refund.created_at,
    reason: refund.reason ?? '',
    amount_money: refund.amount_money,
    status: STATUSES[refund.status] ?? refund.status,
  };
}

/** @param {number} amount
 * @param {string} currency
 * @returns {Json} */
function amounts(amount, currency) {
  const none = { amount: 0, currency };
  return {
    total_money: { amount, currency },
    tax_money: none,
    discount_money: none,
    tip_money: none,
    service_charge_money: none,
  };
}

/** @param {Json} refund with the id that its order is to have
 * @param {Json} payment
 * @param {Json} [sold] the order that was paid, if the payment is for one
 * @returns {Json} */
export function returnOrder(refund, payment, sold) {
  const { amount, currency } = refund.amount_money;
  const { created_at: at } = refund;
  const none = { amount: 0, currency };
  const source = sold ? { source_order_id: sold.id } : {};
  return {
    id: refund.order_id,
    location_id: refund.location_id,
    ...(sold?.source ? { source: sold.source } : {}),
    state: 'COMPLETED',
    version: 1,
    created_at: at,
    updated_at: at,
    closed_at: at,
    returns: [{ uid: 'return-1', ...source, return_amounts: amounts(amount, currency) }],
    return_amounts: amounts(amount, currency),
    net_amounts: amounts(-amount, currency),
    refunds: [listedRefund(refund, payment)],
    total_money: none,
    total_tax_money: none,
    total_discount_money: none,
    total_tip_money: none,
    total_service_charge_money: none,
    net_amount_due_money: none,
  };
}

/** The return order once its refund has another status.
 * @param {Json} order
 * @param {Json} refund
 * @param {Json} payment
 * @returns {Json} */
export function returnOrderAfter(order, refund, payment) {
  const refunds = [listedRefund(refund, payment)];
  return { ...order, refunds, version: order.version + 1, updated_at: refund.updated_at };
}

/** Whether an order is no sale but the return of one.
 * @param {Json} order
 * @returns {boolean} */
export const isReturn = ({ returns, line_items: items }) =>
  returns !== undefined && items === undefined;

// What the books say about duplicates, the question that the incident began with, and about what was
// given back for them.
import { stands } from './refund-rules.js';
import { isReturn } from './return-order.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./store.js').Store} Store */

/** What an order is a sale of. A deliberate re-push is another revision and no duplicate.
 * @param {Json} order
 * @returns {string} */
function saleOf(order) {
  const name = order.metadata?.order_id ?? order.reference_id ?? `square:${order.id}`;
  return `${name}#${order.metadata?.revision ?? '1'}`;
}

/** @param {Record<string, number>} sums
 * @param {Json} money */
function addMoney(sums, { amount, currency }) {
  sums[currency] = (sums[currency] ?? 0) + amount;
}

/** What an order sold for: its total without the tip that came with its payment.
 * @param {Json} order
 * @returns {Json} */
function saleMoney({ total_money: total, total_tip_money: tip }) {
  return { amount: total.amount - tip.amount, currency: total.currency };
}

/** Orders by sale, the canceled ones left out, and those that only return another. Two restaurants may
 * number their sales alike.
 * @param {Store} store
 * @returns {{standing: Json[], returns: number, sales: Map<string, Json[]>}} */
function salesOf({ orders }) {
  /** @type {Map<string, Json[]>} */
  const sales = new Map();
  const all = [...orders.values()];
  const sold = all.filter((order) => !isReturn(order));
  const standing = sold.filter(({ state }) => state !== 'CANCELED');
  for (const order of standing) {
    const sale = `${order.location_id}\n${saleOf(order)}`;
    const known = sales.get(sale);
    if (known) known.push(order);
    else sales.set(sale, [order]);
  }
  return { standing, returns: all.length - sold.length, sales };
}

/** Whether nothing is left of what was paid for an order.
 * @param {Store} store
 * @param {Json} order
 * @returns {boolean} */
function isGivenBack({ payments }, { tenders = [] }) {
  const paid = tenders.map((/** @type {Json} */ { payment_id: id }) => payments.get(id));
  return paid.length > 0 && paid.every((/** @type {Json | undefined} */ payment) =>
    payment?.refunded_money?.amount === payment?.total_money.amount);
}

/** What must never be in the refunds, and what they come to: a refund that was rejected or has failed
 * moved nothing. `refunded_sales` are those of which no copy is left that is paid.
 * @param {Store} store
 * @param {Map<string, Json[]>} sales
 * @returns {Json} */
function summarizeRefunds(store, sales) {
  /** @type {Record<string, number>} */
  const money = {};
  /** @type {Record<string, number>} */
  const refunded = {};
  const twice = [];
  const over = [];
  for (const id of store.refundsOf.keys()) {
    const standing = store.refundsOfPayment(id).filter(stands);
    standing.forEach(({ amount_money: amount }) => addMoney(money, amount));
    refunded[id] = standing.reduce((sum, { amount_money: { amount } }) => sum + amount, 0);
    if (standing.length > 1) twice.push(id);
    if (refunded[id] > (store.payments.get(id)?.total_money.amount ?? 0)) over.push(id);
  }
  const gone = [...sales].filter(([, orders]) => {
    const paid = orders.filter(({ tenders }) => tenders?.length);
    return paid.length > 0 && paid.every((order) => isGivenBack(store, order));
  });
  return {
    refunds: store.refunds.size,
    refunded_money: money,
    refunded,
    refunded_twice: twice,
    over_refunded: over,
    refunded_sales: gone.map(([, orders]) => orders.map(({ id }) => id)),
  };
}

/** Orders by sale, the canceled ones left out, with what the surplus ones come to.
 * @param {Store} store
 * @returns {Json} */
export function summarize(store) {
  const { standing, returns, sales } = salesOf(store);
  /** @type {Record<string, number>} */
  const orderMoney = {};
  /** @type {Record<string, number>} */
  const paidMoney = {};
  const duplicates = [];
  let extraPayments = 0;
  for (const [sale, orders] of sales) {
    if (orders.length === 1) continue;
    orders.slice(1).forEach((order) => addMoney(orderMoney, saleMoney(order)));
    const tenders = orders.flatMap((order) => order.tenders ?? []);
    tenders.slice(1).forEach((tender) => addMoney(paidMoney, tender.amount_money));
    extraPayments += Math.max(0, tenders.length - 1);
    duplicates.push({
      order_id: sale.slice(sale.indexOf('\n') + 1, sale.lastIndexOf('#')),
      revision: sale.slice(sale.lastIndexOf('#') + 1),
      times: orders.length,
      square_order_ids: orders.map(({ id }) => id),
    });
  }
  return {
    orders: store.orders.size,
    canceled: store.orders.size - returns - standing.length,
    returns,
    sales: sales.size,
    payments: store.payments.size,
    paid: standing.filter(({ tenders }) => tenders?.length).length,
    extra_orders: standing.length - sales.size,
    extra_payments: extraPayments,
    duplicate_money: orderMoney,
    duplicate_paid_money: paidMoney,
    duplicates,
    ...summarizeRefunds(store, sales),
  };
}

// What the books say about duplicates: the question that the incident began with.

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

/** Orders by sale, the canceled ones left out, with what the surplus ones come to.
 * @param {Store} store
 * @returns {Json} */
export function summarize(store) {
  /** @type {Map<string, Json[]>} */
  const sales = new Map();
  const standing = [...store.orders.values()].filter(({ state }) => state !== 'CANCELED');
  for (const order of standing) {
    const sale = saleOf(order);
    sales.set(sale, [...(sales.get(sale) ?? []), order]);
  }
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
      order_id: sale.slice(0, sale.lastIndexOf('#')),
      revision: sale.slice(sale.lastIndexOf('#') + 1),
      times: orders.length,
      square_order_ids: orders.map(({ id }) => id),
    });
  }
  return {
    orders: store.orders.size,
    canceled: store.orders.size - standing.length,
    sales: sales.size,
    payments: store.payments.size,
    paid: standing.filter(({ tenders }) => tenders?.length).length,
    extra_orders: standing.length - sales.size,
    extra_payments: extraPayments,
    duplicate_money: orderMoney,
    duplicate_paid_money: paidMoney,
    duplicates,
  };
}

// What stands at Square after the evening, counted there.

/** @import { RunningTwin } from '../../tests/fakes/square/server.js' */
/** @import { Order } from './evening.mjs' */

/** @typedef {Record<string, any>} Json */

/**
 * @typedef {object} Count
 * @property {number} requests
 * @property {number} spoilt how many of them met a fault
 * @property {number} orders
 * @property {number} payments
 * @property {number} doubled how many orders of the evening stand there more than once
 * @property {number} surplus_orders
 * @property {number} surplus_payments each of them costs a second processing fee
 * @property {number} surplus_money what the surplus orders sold for, in kuruş
 * @property {number} missing how many orders of the evening do not stand there, or unpaid
 * @property {number} wrong how many stand there once, but with another total or payment
 * @property {number} most_at_once requests for one order that were under way together
 */

/**
 * @param {Json} order as Square has it
 * @param {Order} asked
 */
function isAsAsked(order, { payload }) {
  const { total_money: total, total_tip_money: tip, tenders } = order;
  return (
    total.amount - tip.amount === payload.total &&
    tip.amount === (payload.tip ?? 0) &&
    tenders?.length === 1
  );
}

/**
 * @param {RunningTwin} twin
 * @param {Order[]} evening
 * @returns {Count}
 */
export function countAt(twin, evening) {
  const { orders, payments, requests, max_in_flight_per_order } = twin.state();
  const { extra_orders, extra_payments, duplicate_money } = twin.summary();
  /** @type {{asked: Order, orders: Json[]}[]} */
  const booked = evening.map((asked) => ({
    asked,
    orders: orders.filter((/** @type {Json} */ order) => order.reference_id === asked.order_id),
  }));
  const once = booked.filter((each) => each.orders.length === 1);
  return {
    requests: requests.length,
    spoilt: requests.filter((/** @type {Json} */ { fault }) => fault !== 'none').length,
    orders: orders.length,
    payments: payments.length,
    doubled: booked.filter((each) => each.orders.length > 1).length,
    surplus_orders: extra_orders,
    surplus_payments: extra_payments,
    surplus_money: duplicate_money.TRY ?? 0,
    missing: booked.filter((each) => !each.orders.some(({ tenders }) => tenders)).length,
    wrong: once.filter((each) => !isAsAsked(each.orders[0], each.asked)).length,
    most_at_once: max_in_flight_per_order,
  };
}

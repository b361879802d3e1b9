// What the producers of a soak enqueue.

/** @import { Luck } from '../lib/dice.mjs' */

/**
 * @typedef {object} Order
 * @property {string} order_id
 * @property {string} restaurant_id
 * @property {object} payload
 * @property {boolean} isPaid
 * @property {boolean} isSound no: its payload cannot be mapped, and it must end in front of a human
 */

export const RESTAURANTS = ['adana', 'urfa', 'antep', 'mersin', 'hatay'];

/** The one that has an account of its own, with its own pauses. */
export const OWN_ACCOUNT = RESTAURANTS[4];

/**
 * @param {Luck} luck
 * @param {number} number from 1
 * @returns {Order}
 */
export function orderOf(luck, number) {
  const isPaid = luck.strikes(0.6);
  const isSound = !luck.strikes(0.03);
  const amount = 10000 + number;
  const payment = luck.strikes(0.3)
    ? { type: 'cash', amount }
    : { type: 'external', source: 'thMenu', amount };
  const restaurant_id = luck.pick(RESTAURANTS);
  return {
    order_id: `${restaurant_id}-${String(number).padStart(4, '0')}`,
    restaurant_id,
    isPaid,
    isSound,
    payload: {
      currency: 'TRY',
      table_id: String(luck.between(1, 40)),
      items: [{ name: 'Adana Kebabı', quantity: '1', unit_price: isSound ? amount : -amount }],
      ...(isPaid && { payment }),
    },
  };
}

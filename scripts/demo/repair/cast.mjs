// Who is in the rehearsal: a kebab house in Adana and a pub in Dublin, whose orders one old pusher has
// sent to Square.

import { dice } from '../../lib/dice.mjs';
import { eveningOrders } from '../evening.mjs';

/** @import { Order, Item } from '../evening.mjs' */

/**
 * @typedef {object} House
 * @property {string} id
 * @property {string} name
 * @property {string} email
 * @property {'tr' | 'en'} language
 * @property {string} time_zone
 * @property {{id: string, currency: string, name: string, timezone: string}} location at Square
 * @property {string} prefix what its order ids begin with
 * @property {Order[]} orders
 */

const PINTS = 34;

/** @type {[name: string, price: number, vat: string][]} */
const CARD = [
  ['Pint of stout', 620, '23'],
  ['Pint of lager', 660, '23'],
  ['Half pint of cider', 350, '23'],
  ['Irish coffee', 850, '23'],
  ['Fish and chips', 1750, '13.5'],
  ['Beef stew', 1695, '13.5'],
  ['Toasted sandwich', 790, '13.5'],
];

/** @returns {Order[]} a quiet night at the bar; money in cents */
function nightOrders() {
  const roll = dice(18810);
  return Array.from({ length: PINTS }, (_each, index) => {
    /** @type {Item[]} */
    const items = [];
    for (let round = 0; round <= Math.floor(roll() * 3); round += 1) {
      const [name, unit_price, tax_percentage] = CARD[Math.floor(roll() * CARD.length)];
      const quantity = String(1 + Math.floor(roll() * 2));
      if (items.some((item) => item.name === name)) continue;
      items.push({ name, quantity, unit_price, tax_percentage });
    }
    const total = items.reduce((sum, { quantity, unit_price }) => sum + unit_price * Number(quantity), 0);
    const placed = Date.UTC(2026, 10, 21, 18, 5 + index * 6);
    return {
      order_id: `pub-1121-${String(index + 1).padStart(3, '0')}`,
      payload: {
        currency: 'EUR',
        placed_at: `${new Date(placed).toISOString().slice(0, 19)}Z`,
        table_id: String(1 + Math.floor(roll() * 9)),
        items,
        tax_inclusive: true,
        total,
        payment: roll() < 0.3 ? { type: 'cash', amount: total } : { type: 'external', source: 'till', amount: total },
      },
    };
  });
}

/** @returns {House[]} */
export const houses = () => [
  {
    id: 'adana-sisi-bey',
    name: 'Adana Şişi Bey',
    email: 'adana-sisi-bey@example.com',
    language: 'tr',
    time_zone: 'Europe/Istanbul',
    location: { id: 'LADANA0000001', currency: 'TRY', name: 'Adana Şişi Bey', timezone: 'Europe/Istanbul' },
    prefix: 'asb-',
    orders: eveningOrders(),
  },
  {
    id: 'dublin-pub',
    name: 'The pub in Dublin',
    email: 'dublin-pub@example.com',
    language: 'en',
    time_zone: 'Europe/Dublin',
    location: { id: 'LDUBLIN000001', currency: 'EUR', name: 'The pub in Dublin', timezone: 'Europe/Dublin' },
    prefix: 'pub-',
    orders: nightOrders(),
  },
];

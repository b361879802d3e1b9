// One Saturday evening at Adana Şişi Bey: 87 orders, the same ones every time.

import { dice } from '../lib/dice.mjs';
import { insertionOf } from '../lib/producer.mjs';

/**
 * @typedef {object} Order
 * @property {string} order_id
 * @property {Payload} payload
 */

/**
 * @typedef {object} Payload as docs/payload.md defines it; money in kuruş
 * @property {string} currency
 * @property {string} placed_at
 * @property {string} table_id
 * @property {Item[]} items
 * @property {boolean} tax_inclusive
 * @property {number} [discount]
 * @property {number} [service_charge]
 * @property {number} [tip]
 * @property {number} total
 * @property {{type: 'cash' | 'external', source?: string, amount: number}} payment
 */

/** @typedef {{name: string, quantity: string, unit_price: number, tax_percentage: string, note?: string}} Item */

export const RESTAURANT = { id: 'adana-sisi-bey', name: 'Adana Şişi Bey' };

const ORDERS = 87;
const TABLES = 14;
const FIRST_ORDER_AT = Date.UTC(2026, 10, 21, 14, 42, 20); // 17:42 in Adana
const EVENING_MS = 5 * 3600 * 1000;

/** @typedef {[name: string, price: number, notes?: string[]]} Dish */

/** @type {Dish[]} */
const MAINS = [
  ['Adana Kebabı', 42000, ['az acılı', 'bol sumaklı', 'lavaş ekstra']],
  ['Urfa Kebabı', 42000, ['soğansız']],
  ['Ciğer Şiş', 38500, ['iyi pişmiş']],
  ['Kuzu Şiş', 49500],
  ['Tavuk Şiş', 33000],
  ['Beyti Sarma', 46500, ['yoğurdu ayrı']],
  ['Patlıcanlı Kebap', 47500],
  ['Karışık Izgara', 68500],
  ['Pide, kıymalı', 24500],
];
/** @type {Dish[]} */
const SIDES = [
  ['Lahmacun', 11500, ['çıtır']],
  ['Çoban Salata', 14500],
  ['Gavurdağı Salata', 16500, ['narsız']],
  ['İçli Köfte', 9750],
  ['Mercimek Çorbası', 12250],
  ['Humus', 13500],
];
/** @type {Dish[]} */
const DRINKS = [
  ['Ayran', 5500],
  ['Şalgam', 6000, ['acılı', 'acısız']],
  ['Kola', 7000],
  ['Maden Suyu', 4250],
  ['Çay', 3000],
];
/** @type {Dish[]} */
const SWEETS = [
  ['Künefe', 22500, ['iki kaşık']],
  ['Şöbiyet', 18750],
  ['Sütlaç', 14750],
];

/**
 * @param {() => number} roll
 * @param {number} guests
 * @returns {Item[]}
 */
function meal(roll, guests) {
  /** @type {Map<string, {dish: Dish, halves: number}>} */
  const eaten = new Map();
  /** @param {Dish[]} card @param {number} halves */
  const serve = (card, halves) => {
    const dish = card[Math.floor(roll() * card.length)];
    const line = eaten.get(dish[0]) ?? { dish, halves: 0 };
    eaten.set(dish[0], { dish, halves: line.halves + halves });
  };
  for (let guest = 0; guest < guests; guest += 1) {
    // "Bir buçuk": a portion and a half is how one orders a kebab there.
    serve(MAINS, roll() < 0.15 ? 3 : 2);
    if (roll() < 0.55) serve(SIDES, 2);
    if (roll() < 0.9) serve(DRINKS, 2);
    if (roll() < 0.25) serve(SWEETS, 2);
  }
  return Array.from(eaten.values(), ({ dish: [name, unit_price, notes = []], halves }) => {
    const note = notes.length > 0 && roll() < 0.4 ? notes[Math.floor(roll() * notes.length)] : '';
    const item = { name, quantity: String(halves / 2), unit_price, tax_percentage: '10' };
    return note ? { ...item, note } : item;
  });
}

/**
 * @param {() => number} roll
 * @param {number} amount
 * @returns {Pick<Payload, 'tip' | 'payment'>}
 */
function paidBy(roll, amount) {
  if (roll() < 0.35) return { payment: { type: 'cash', amount } };
  const source = roll() < 0.3 ? 'thMenu' : 'POS terminali';
  /** @type {Pick<Payload, 'tip' | 'payment'>} */
  const paid = { payment: { type: 'external', source, amount } };
  if (roll() < 0.2) paid.tip = Math.round(amount / 20 / 500) * 500;
  return paid;
}

/**
 * @param {() => number} roll
 * @param {number} number from 1
 * @returns {Order}
 */
function order(roll, number) {
  const guests = 1 + Math.floor(roll() * 4);
  const items = meal(roll, guests);
  const eaten = items.reduce((sum, item) => sum + item.unit_price * Number(item.quantity), 0);
  const discount = roll() < 0.08 ? Math.round(eaten / 10 / 250) * 250 : 0;
  const service = guests === 4 ? Math.round(eaten / 20 / 250) * 250 : 0;
  const total = eaten - discount + service;
  const placed = FIRST_ORDER_AT + (EVENING_MS * (number - 1 + roll())) / ORDERS;
  return {
    order_id: `asb-1121-${String(number).padStart(3, '0')}`,
    payload: {
      currency: 'TRY',
      placed_at: `${new Date(placed).toISOString().slice(0, 19)}Z`,
      table_id: String(1 + Math.floor(roll() * TABLES)),
      items,
      tax_inclusive: true,
      ...(discount > 0 && { discount }),
      ...(service > 0 && { service_charge: service }),
      total,
      ...paidBy(roll, total),
    },
  };
}

/** @returns {Order[]} */
export function eveningOrders() {
  const roll = dice(20261121);
  return Array.from({ length: ORDERS }, (_each, index) => order(roll, index + 1));
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/**
 * What a producer runs where the queue is the old pusher's.
 * @param {Order[]} orders
 */
export function oldInsertions(orders) {
  const rows = orders.map(
    ({ order_id, payload }) =>
      'INSERT INTO pos_sync_queue (order_id, provider, payload) ' +
      `VALUES (${quoted(order_id)}, 'square', ${quoted(JSON.stringify(payload))});`,
  );
  return rows.join('\n');
}

/**
 * What a producer runs where the queue is ours.
 * @param {Order[]} orders
 */
export const ourInsertions = (orders) =>
  orders.map((each) => insertionOf({ ...each, restaurant_id: RESTAURANT.id })).join('');

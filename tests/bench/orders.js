// Orders as a restaurant's menu system enqueues them: payloads of some 490 bytes.

/**
 * @typedef {object} BenchOrder
 * @property {string} order_id
 * @property {string} restaurant_id
 * @property {Record<string, any>} payload
 */

const MENU = [
  ['Adana Kebabı (1,5 porsiyon)', 52500, 'az acılı, soğansız, lavaşı bol olsun'],
  ['Künefe', 18050, 'bol fıstıklı, kaymağı ayrı tabakta'],
];

/** Half of the ids are short, so that keys hold them as they are; the others have to be hashed.
 * @param {number} n */
function orderIdOf(n) {
  const digits = String(n).padStart(12, '0');
  return n % 2 === 0 ? `ord-${digits}` : `7d9c5f1e-6b0a-4c3d-9e21-${digits}`;
}

/** @param {number} n
 * @param {boolean} paid */
function payloadOf(n, paid) {
  const items = MENU.map(([name, price, note], line) => ({
    name,
    quantity: String(1 + ((n + line) % 3)),
    unit_price: Number(price) + (n % 90) * 10,
    tax_percentage: '10',
    note,
  }));
  const total = items.reduce((sum, item) => sum + Number(item.quantity) * item.unit_price, 0);
  return {
    v: 1,
    currency: 'TRY',
    placed_at: '2026-11-21T18:03:11Z',
    table_id: `bahçe-${1 + (n % 50)}`,
    items,
    tax_inclusive: true,
    discount: 0,
    service_charge: 0,
    total,
    ...(paid && { payment: { type: 'external', source: 'thMenu', amount: total } }),
  };
}

/** Orders that differ from one another and from those of any other number.
 * @param {number} first
 * @param {number} count
 * @param {{paid?: boolean, restaurants?: number}} [options]
 * @returns {BenchOrder[]} */
export function makeOrders(first, count, { paid = false, restaurants = 7 } = {}) {
  return Array.from({ length: count }, (_each, i) => ({
    order_id: orderIdOf(first + i),
    restaurant_id: `restaurant-${i % restaurants}`,
    payload: payloadOf(first + i, paid),
  }));
}

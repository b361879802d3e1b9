// Writes the orders of a past, and remembers which meals were had when.
import { sha256 } from './canonical.js';
import { Dice } from './dice.js';
import { restaurantsOf } from './restaurants.js';

/** @typedef {import('./types.d.ts').HistoryOptions} HistoryOptions */
/** @typedef {import('./types.d.ts').SeedOrder} SeedOrder */
/** @typedef {import('./types.d.ts').SeedPayment} SeedPayment */
/** @typedef {import('./restaurants.js').Restaurant} Restaurant */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Nothing that was not planted may look like a duplicate: the same items at the same table are further
 * apart than this. */
const APART_MS = 3 * HOUR_MS;

/** What is ordered, without when and by whom.
 * @typedef {Pick<SeedOrder, 'location_id' | 'ticket_name' | 'line_items' | 'taxes'>} Meal */

/** Writes orders, and remembers what it wrote. */
export class Scribe {
  /** @type {SeedOrder[]} */
  orders = [];
  /** When each meal was had.
   * @type {Map<string, number[]>} */
  meals = new Map();
  counts = { order: 0, payment: 0, reference: 0 };

  /** @param {Required<HistoryOptions>} options */
  constructor({ seed, now, days, restaurants }) {
    this.seed = seed;
    this.now = now;
    this.days = days;
    this.dice = new Dice(seed);
    this.restaurants = restaurantsOf(restaurants);
  }

  /** @param {'order' | 'payment'} kind
   * @returns {string} */
  newId(kind) {
    const digest = sha256(`${this.seed}:past:${kind}:${this.counts[kind]++}`);
    const text = BigInt(`0x${digest.slice(0, 36)}`).toString(36).toUpperCase().padStart(28, '0');
    return text.slice(0, 24) + (kind === 'order' ? '4F' : 'ZY');
  }

  /** @returns {string} what an order is called where it came from */
  newReference() {
    return `ord-${this.seed}-${++this.counts.reference}`;
  }

  /** A moment of the last days at which a kitchen was open; a few hours at its end are left out, so
   * that there is room for what follows.
   * @param {Restaurant} restaurant
   * @returns {number} */
  moment({ country: { offset } }) {
    const day = Math.floor((this.now - this.dice.from(2, this.days - 1) * DAY_MS) / DAY_MS) * DAY_MS;
    const minute = this.dice.from(11 * 60, 22 * 60);
    return day + (minute - offset * 60) * MINUTE_MS + this.dice.from(0, 59_999);
  }

  /** @param {Restaurant} restaurant
   * @param {boolean} takeaway
   * @returns {Meal} */
  meal({ location, country }, takeaway) {
    const dishes = this.dice.shuffle([...country.menu]).slice(0, this.dice.from(1, 4));
    return {
      location_id: location.id,
      ...(takeaway ? {} : { ticket_name: `${country.table} ${this.dice.from(1, 40)}` }),
      line_items: dishes.map(([name, amount]) => ({
        name,
        quantity: String(this.dice.from(1, 4)),
        base_price_money: { amount, currency: country.currency },
      })),
      taxes: [{ uid: 'tax', ...country.tax, type: 'INCLUSIVE', scope: 'ORDER' }],
    };
  }

  /** A meal that was not had at about that time, and when.
   * @param {Restaurant} restaurant
   * @param {{takeaway?: boolean}} [how]
   * @returns {{meal: Meal, at: number}} */
  scene(restaurant, { takeaway = false } = {}) {
    for (;;) {
      const meal = this.meal(restaurant, takeaway);
      const at = this.moment(restaurant);
      const times = this.meals.get(signatureOf(meal)) ?? [];
      if (times.some((other) => Math.abs(other - at) < APART_MS)) continue;
      this.meals.set(signatureOf(meal), [...times, at]);
      return { meal, at };
    }
  }

  /** Puts one order into the past.
   * @param {Meal} meal
   * @param {number} at
   * @param {Partial<SeedOrder>} [more]
   * @returns {SeedOrder & {id: string}} */
  write(meal, at, { payments = [{}], ...more } = {}) {
    const order = {
      id: this.newId('order'),
      created_at: new Date(at).toISOString(),
      source: { name: 'pos-sync' },
      ...structuredClone(meal),
      ...more,
      payments: payments.map((payment) => this.payment(meal, at, payment)),
    };
    this.orders.push(order);
    return order;
  }

  /** @param {Meal} meal
   * @param {number} at
   * @param {SeedPayment} payment
   * @returns {SeedPayment} */
  payment(meal, at, payment) {
    const percentage = { CARD: 1.75, EXTERNAL: 1, CASH: 0 }[payment.source_type ?? 'CARD'];
    const amount = Math.round((totalOf(meal) * percentage) / 100);
    return {
      id: this.newId('payment'),
      created_at: new Date(at + 1500).toISOString(),
      ...(amount > 0 ? { processing_fee: amount } : {}),
      ...payment,
    };
  }

  /** How a usual order was paid.
   * @returns {SeedPayment} */
  usualPayment() {
    const source = this.dice.pick(/** @type {const} */ (
      ['CARD', 'CARD', 'CARD', 'CASH', 'EXTERNAL']));
    const external = { type: 'OTHER', source: 'thMenu' };
    return source === 'EXTERNAL' ? { source_type: source, external_details: external } :
      { source_type: source };
  }
}

/** What a meal costs; its prices contain the tax.
 * @param {Meal} meal
 * @returns {number} */
export const totalOf = ({ line_items: items = [] }) => items.reduce(
  (sum, item) => sum + Number(item.quantity) * item.base_price_money.amount, 0,
);

/** @param {Meal} meal
 * @returns {string} */
function signatureOf({ location_id: location, ticket_name: table, line_items: items = [] }) {
  const dishes = items.map(({ name, quantity }) => `${quantity} ${name}`).sort();
  return JSON.stringify([location, table ?? '', dishes]);
}

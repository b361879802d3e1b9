// What every handler needs: the books, the key memory, the merchants and the clock.
import { refusal } from './errors.js';
import { KeyMemory } from './keys.js';
import { DEFAULT_APPLICATION, Merchants } from './merchants.js';
import { DEFAULT_RULES, rulesIn } from './rules.js';
import { Store } from './store.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Location} Location */
/** @typedef {import('./types.d.ts').Merchant} Merchant */
/** @typedef {import('./types.d.ts').MerchantOptions} MerchantOptions */
/** @typedef {import('./types.d.ts').Rules} Rules */
/** @typedef {import('./types.d.ts').TwinOptions} TwinOptions */

/** The location that the local Square knows unless told otherwise. */
export const DEFAULT_LOCATIONS = [
  { id: 'LADANA0000001', currency: 'TRY', name: 'Adana Şişi Bey' },
];

/** The first merchant, whose token is the one that `TwinOptions.token` names.
 * @param {TwinOptions} options
 * @returns {MerchantOptions} */
function mainMerchant({ locations = DEFAULT_LOCATIONS, token = 'sandbox-token' }) {
  return {
    id: 'MADANA000001',
    locations,
    access_token: token,
    refresh_token: 'sandbox-refresh-token',
  };
}

export class Books {
  /** @param {TwinOptions} options */
  constructor(options) {
    /** @type {Rules} */
    this.first = { ...DEFAULT_RULES, ...rulesIn(options) };
    /** @type {Rules} */
    this.rules = { ...this.first };
    this.ahead = 0;
    /** What the next refunds of a payment are, where a test said it.
     * @type {Map<string, string>} */
    this.refundStatuses = new Map();
    const clock = options.now ?? Date.now;
    this.now = () => clock() + this.ahead;
    this.application = { ...DEFAULT_APPLICATION, ...options.application };
    this.store = new Store({ stateFile: options.stateFile, seed: options.seed });
    this.keys = new KeyMemory(this.store, this.rules, this.now);
    this.merchants = new Merchants(this, [mainMerchant(options), ...options.merchants ?? []]);
    /** Who asks. A handler gets books that show one merchant's things only.
     * @type {Merchant} */
    this.merchant = this.merchants.main;
  }

  /** The same books in the eyes of one merchant.
   * @param {Merchant} merchant
   * @returns {Books} */
  as(merchant) {
    return Object.assign(Object.create(this), { merchant });
  }

  /** @returns {Location[]} */
  get locations() {
    return this.merchant.locations;
  }

  /** @param {string} id
   * @returns {Location | undefined} */
  locationOf(id) {
    return this.locations.find((location) => location.id === id);
  }

  /** An order of this merchant's; those of others are as unknown as those of nobody.
   * @param {string} id
   * @returns {Json | undefined} */
  orderOf(id) {
    const order = this.store.orders.get(id);
    return order && this.locationOf(order.location_id) ? order : undefined;
  }

  /** Throws Square's refusal if this merchant has no such order.
   * @param {string} id
   * @returns {Json} */
  orderById(id) {
    const order = this.orderOf(id);
    if (!order) throw this.notFound(id);
    return order;
  }

  /** Throws Square's refusal if this merchant has no such payment.
   * @param {string} id
   * @returns {Json} */
  paymentById(id) {
    const payment = this.store.payments.get(id);
    if (payment && this.locationOf(payment.location_id)) return payment;
    throw refusal('NOT_FOUND', `Could not find payment ${id}`, 'payment_id');
  }

  /** @param {string} id
   * @returns {Error} */
  notFound(id) {
    return refusal('NOT_FOUND', `Order not found for id ${id}`, 'order_id');
  }

  /** Whether an order can be read by its id by now.
   * @param {Json} order
   * @returns {boolean} */
  isReadable({ created_at: created }) {
    return Date.parse(created) + this.rules.retrieveDelayMs <= this.now();
  }

  /** Whether something of that time shows in searches and lists by now.
   * @param {number} at
   * @returns {boolean} */
  settled(at) {
    return at + this.rules.settleDelayMs <= this.now();
  }

  /** The last moment of which searches and lists have heard all changes by now.
   * @returns {number} */
  seenUntil() {
    return this.now() - this.rules.changeDelayMs;
  }

  /** @returns {string} now, in RFC 3339 with milliseconds */
  timestamp() {
    return new Date(this.now()).toISOString();
  }

  /** Forgets everything: books, tokens, changed rules, and how far the clock was set. */
  reset() {
    this.store.clear();
    this.refundStatuses.clear();
    Object.assign(this.rules, this.first);
    this.ahead = 0;
    this.merchants.reset();
    this.merchant = this.merchants.main;
  }
}

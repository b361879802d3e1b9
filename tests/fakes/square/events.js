// Webhooks: what changed on the books, told in Square's shape and with Square's signature. An event is
// sent on its own to whoever has subscribed, or when a test asks for it, as often and in whatever order
// it likes; Square promises neither once nor in order.
import { createHmac } from 'node:crypto';
import { sha256 } from './canonical.js';

/** @typedef {import('./types.d.ts').Delivery} Delivery */
/** @typedef {import('./types.d.ts').Entry} Entry */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').SquareEvent} SquareEvent */
/** @typedef {import('./types.d.ts').Subscription} Subscription */
/** @typedef {import('./books.js').Books} Books */

/** What goes over the wire: base64 of HMAC-SHA256 over the URL of the subscription and the raw body.
 * @param {string} key
 * @param {string} url
 * @param {string} body
 * @returns {string} */
export function signatureOf(key, url, body) {
  return createHmac('sha256', key).update(url + body).digest('base64');
}

/** Square publishes order.created for CreateOrder, and what it tells of an order is thin.
 * @param {Json} order
 * @returns {{type: string, data: Json}} */
function orderEvent(order) {
  const { id, version, location_id, state, created_at, updated_at } = order;
  const thin = { order_id: id, version, location_id, state, created_at };
  return version === 1 ?
    { type: 'order.created', data: { type: 'order', id, object: { order_created: thin } } } :
    {
      type: 'order.updated',
      data: { type: 'order', id, object: { order_updated: { ...thin, updated_at } } },
    };
}

export class Events {
  /** @type {(() => SquareEvent)[]} */
  told = [];
  /** @type {Subscription | null} */
  subscription = null;
  /** @type {Set<Promise<unknown>>} */
  underway = new Set();
  count = 0;

  /** @param {Books} books */
  constructor(books) {
    this.books = books;
  }

  /** Says where events go; null: nowhere.
   * @param {Subscription | null} subscription */
  subscribe(subscription) {
    const host = subscription && new URL(subscription.url).hostname;
    if (subscription?.automatic && !isLoopback(host ?? '')) {
      throw new Error(`events are sent to the loopback interface only, not to ${host}`);
    }
    this.subscription = subscription;
  }

  /** What one request changed is about to be booked. The order that a refund makes is not one of
   * CreateOrder, so nobody is told of it.
   * @param {Entry} entry */
  publish({ order, payment, payments = [], refund }) {
    const { store } = this.books;
    if (order) this.add(order.location_id, orderEvent(order));
    for (const one of payment ? [payment, ...payments] : payments) {
      const type = store.payments.has(one.id) ? 'payment.updated' : 'payment.created';
      const data = { type: 'payment', id: one.id, object: { payment: one } };
      this.add(one.location_id, { type, data });
    }
    if (refund) {
      const type = store.refunds.has(refund.id) ? 'refund.updated' : 'refund.created';
      const data = { type: 'refund', id: refund.id, object: { refund } };
      this.add(refund.location_id, { type, data });
    }
  }

  /** @param {string} location
   * @param {{type: string, data: Json}} told */
  add(location, { type, data }) {
    const n = ++this.count;
    const at = this.books.timestamp();
    /** @type {SquareEvent | null} */
    let made = null;
    // Most are never asked for, so none is written before it is.
    const event = () => (made ??= this.write(n, at, location, type, data));
    this.told.push(event);
    if (this.subscription?.automatic) this.follow(this.send(event()));
  }

  /** @param {number} n
   * @param {string} at
   * @param {string} location
   * @param {string} type
   * @param {Json} data
   * @returns {SquareEvent} */
  write(n, at, location, type, data) {
    const digest = sha256(`${this.books.store.seed}:event:${n}`);
    const id = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
    const merchant = this.books.merchants.at(location);
    const body = JSON.stringify({
      merchant_id: merchant, type, event_id: id, created_at: at, data,
    });
    return { event_id: id, type, object_id: data.id, created_at: at, body, deliveries: [] };
  }

  /** @returns {SquareEvent[]} */
  get all() {
    return this.told.map((event) => event());
  }

  /** The headers that go with an event at its next delivery.
   * @param {SquareEvent} event
   * @returns {Record<string, string>} */
  headersOf({ body, created_at: at, deliveries }) {
    const { url, signature_key: key } = this.subscription ?? { url: '', signature_key: '' };
    return {
      'content-type': 'application/json',
      'x-square-hmacsha256-signature': signatureOf(key, url, body),
      'square-initial-delivery-timestamp': at,
      ...(deliveries.length > 0 ? { 'square-retry-number': String(deliveries.length) } : {}),
    };
  }

  /** @param {SquareEvent} event
   * @returns {Promise<Delivery>} */
  async send(event) {
    const { url } = /** @type {Subscription} */ (this.subscription);
    const init = { method: 'POST', headers: this.headersOf(event), body: event.body };
    /** @type {Delivery} */
    const delivery = { event_id: event.event_id, status: null };
    event.deliveries.push(delivery);
    try {
      const response = await fetch(url, init);
      delivery.status = response.status;
      await response.arrayBuffer();
    } catch {
      // Nobody was there, which is what a status that stays null says.
    }
    return delivery;
  }

  /** @param {Promise<unknown>} sending */
  follow(sending) {
    this.underway.add(sending);
    void sending.finally(() => this.underway.delete(sending));
  }

  /** Sends events one after another: those that are named, as often and in the order as they are, else
   * all that were never sent.
   * @param {string[]} [ids]
   * @returns {Promise<Delivery[]>} */
  async deliver(ids) {
    const host = new URL(this.subscription?.url ?? 'http://nobody').hostname;
    if (!isLoopback(host)) throw new Error('no subscription on the loopback interface');
    const { all } = this;
    const known = new Map(all.map((event) => [event.event_id, event]));
    const chosen = ids?.map((id) => known.get(id)) ??
      all.filter(({ deliveries }) => deliveries.length === 0);
    const done = [];
    for (const event of chosen) {
      if (!event) throw new Error('no such event');
      done.push(await this.send(event));
    }
    return done;
  }

  /** Every event, with the headers that a test needs to deliver it itself.
   * @returns {Json[]} */
  state() {
    return this.all.map((event) => ({ ...event, headers: this.headersOf(event) }));
  }

  /** Forgets all events, and who is told of them. */
  clear() {
    this.told = [];
    this.subscription = null;
  }
}

/** @param {string} host
 * @returns {boolean} */
const isLoopback = (host) => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host);

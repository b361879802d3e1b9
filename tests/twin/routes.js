// Which path leads to which handler, and whom a request is for.
import { batchRetrieveOrders, createOrder, retrieveOrder, updateOrder } from './orders.js';
import { createPayment, getPayment, listPayments } from './payments.js';
import { searchOrders } from './search.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */
/** @typedef {(books: Books, call: Call) => Reply} Handler */

/** @type {Handler} */
function listLocations(books) {
  const locations = books.locations.map((location) => ({ ...location, status: 'ACTIVE' }));
  return { status: 200, body: { locations } };
}

/** In the order in which they are tried: a fixed word comes before a parameter.
 * @type {{method: string, route: string, handler: Handler}[]} */
export const ROUTES = [
  { method: 'POST', route: '/v2/orders', handler: createOrder },
  { method: 'POST', route: '/v2/orders/batch-retrieve', handler: batchRetrieveOrders },
  { method: 'POST', route: '/v2/orders/search', handler: searchOrders },
  { method: 'GET', route: '/v2/orders/{order_id}', handler: retrieveOrder },
  { method: 'PUT', route: '/v2/orders/{order_id}', handler: updateOrder },
  { method: 'POST', route: '/v2/payments', handler: createPayment },
  { method: 'GET', route: '/v2/payments', handler: listPayments },
  { method: 'GET', route: '/v2/payments/{payment_id}', handler: getPayment },
  { method: 'GET', route: '/v2/locations', handler: listLocations },
];

const PATTERNS = ROUTES.map((entry) => {
  const source = entry.route.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return { ...entry, pattern: new RegExp(`^${source}$`) };
});

/** @param {string} method
 * @param {string} path
 * @returns {{route: string, handler: Handler, params: Record<string, string>} | null} */
export function findRoute(method, path) {
  for (const { method: wanted, route, handler, pattern } of PATTERNS) {
    const found = wanted === method ? pattern.exec(path) : null;
    if (!found) continue;
    const params = Object.entries(found.groups ?? {});
    return {
      route,
      handler,
      params: Object.fromEntries(params.map(([name, text]) => [name, decodeURIComponent(text)])),
    };
  }
  return null;
}

/** The order that a request is for, in the caller's own words: its reference id, as the books know
 * it or as the request carries it; else the key. Square's ids would not do, for they depend on who
 * came first.
 * @param {Books} books
 * @param {Pick<Call, 'route' | 'params' | 'body' | 'key'>} call
 * @returns {string} */
export function identityOf(books, { route, params, body, key }) {
  const orderId = params.order_id ?? (route === '/v2/payments' ? body?.order_id : undefined);
  const known = typeof orderId === 'string' ? books.store.orders.get(orderId) : undefined;
  const said = [
    known?.reference_id, body?.order?.reference_id, body?.reference_id,
    body?.external_details?.source_id,
  ];
  return said.find((text) => typeof text === 'string' && text !== '') ?? key;
}

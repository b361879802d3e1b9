// Which path leads to which handler, and whom a request is for.
import { checkListDisputes, listDisputes, retrieveDispute } from './disputes.js';
import { listLocations, retrieveLocation } from './locations.js';
import { checkObtainToken, checkRevokeToken, obtainToken, revokeToken } from './oauth.js';
import { checkPayOrder, payOrder } from './pay.js';
import {
  batchRetrieveOrders, checkBatch, checkCreateOrder, checkUpdateOrder, createOrder, retrieveOrder,
  updateOrder,
} from './orders.js';
import {
  checkCreatePayment, checkListPayments, createPayment, getPayment, listPayments,
} from './payments.js';
import {
  checkListRefunds, checkRefundPayment, getRefund, listRefunds, refundPayment,
} from './refunds.js';
import { checkSearchOrders, searchOrders } from './search.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */
/** @typedef {import('./validate.js').Checker} Checker */
/** @typedef {(books: Books, call: Call) => Reply} Handler */

/** `check` says what is wrong with a request without a look at what is booked; `authorizesItself` is
 * for those that come without a merchant's token.
 * @typedef {object} Entry
 * @property {string} method
 * @property {string} route
 * @property {Handler} handler
 * @property {(books: Books, call: Call) => Checker} [check]
 * @property {boolean} [authorizesItself] */

/** In the order in which they are tried: a fixed word comes before a parameter.
 * @type {Entry[]} */
export const ROUTES = [
  { method: 'POST', route: '/v2/orders', handler: createOrder, check: checkCreateOrder },
  {
    method: 'POST',
    route: '/v2/orders/batch-retrieve',
    handler: batchRetrieveOrders,
    check: checkBatch,
  },
  { method: 'POST', route: '/v2/orders/search', handler: searchOrders, check: checkSearchOrders },
  { method: 'GET', route: '/v2/orders/{order_id}', handler: retrieveOrder },
  { method: 'PUT', route: '/v2/orders/{order_id}', handler: updateOrder, check: checkUpdateOrder },
  { method: 'POST', route: '/v2/orders/{order_id}/pay', handler: payOrder, check: checkPayOrder },
  { method: 'POST', route: '/v2/payments', handler: createPayment, check: checkCreatePayment },
  { method: 'GET', route: '/v2/payments', handler: listPayments, check: checkListPayments },
  { method: 'GET', route: '/v2/payments/{payment_id}', handler: getPayment },
  { method: 'POST', route: '/v2/refunds', handler: refundPayment, check: checkRefundPayment },
  { method: 'GET', route: '/v2/refunds', handler: listRefunds, check: checkListRefunds },
  { method: 'GET', route: '/v2/refunds/{refund_id}', handler: getRefund },
  { method: 'GET', route: '/v2/disputes', handler: listDisputes, check: checkListDisputes },
  { method: 'GET', route: '/v2/disputes/{dispute_id}', handler: retrieveDispute },
  { method: 'GET', route: '/v2/locations', handler: listLocations },
  { method: 'GET', route: '/v2/locations/{location_id}', handler: retrieveLocation },
  {
    method: 'POST',
    route: '/oauth2/token',
    handler: obtainToken,
    check: checkObtainToken,
    authorizesItself: true,
  },
  {
    method: 'POST',
    route: '/oauth2/revoke',
    handler: revokeToken,
    check: checkRevokeToken,
    authorizesItself: true,
  },
];

const PATTERNS = ROUTES.map((entry) => {
  const source = entry.route.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return { entry, pattern: new RegExp(`^${source}$`) };
});

/** @param {string} method
 * @param {string} path
 * @returns {Entry & {params: Record<string, string>} | null} */
export function findRoute(method, path) {
  for (const { entry, pattern } of PATTERNS) {
    const found = entry.method === method ? pattern.exec(path) : null;
    if (!found) continue;
    const params = Object.entries(found.groups ?? {});
    return {
      ...entry,
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
  const paid = route === '/v2/refunds' ? books.store.payments.get(body?.payment_id) : undefined;
  const orderId = params.order_id ?? paid?.order_id ??
    (route === '/v2/payments' ? body?.order_id : undefined);
  const known = typeof orderId === 'string' ? books.store.orders.get(orderId) : undefined;
  const said = [
    known?.reference_id, paid?.reference_id, paid?.external_details?.source_id,
    body?.order?.reference_id, body?.reference_id, body?.external_details?.source_id,
  ];
  return said.find((text) => typeof text === 'string' && text !== '') ?? key;
}

/** The merchant that a request is for: the one of the token in its body, else of its bearer token.
 * @param {Books} books
 * @param {Pick<Call, 'body' | 'authorization'>} call
 * @returns {string} empty if nobody knows */
export function merchantOf(books, { body, authorization }) {
  const { accessTokens, refreshTokens } = books.store;
  const known = refreshTokens.get(body?.refresh_token) ?? accessTokens.get(body?.access_token) ??
    books.merchants.bearer(authorization);
  return known?.merchant_id ?? (typeof body?.merchant_id === 'string' ? body.merchant_id : '');
}

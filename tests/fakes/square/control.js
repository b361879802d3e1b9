// The door for tests: what the books hold, and what is to go wrong from now on.
import { changeDispute } from './disputes.js';
import { seededHistory } from './history.js';
import { settleRefund } from './refunds.js';
import { seed } from './seed.js';
import { summarize } from './summary.js';

/** @typedef {import('./types.d.ts').DisputeChange} DisputeChange */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').MerchantOptions} MerchantOptions */
/** @typedef {import('./types.d.ts').RefundChange} RefundChange */
/** @typedef {import('./types.d.ts').Subscription} Subscription */
/** @typedef {import('./twin.js').Twin} Twin */

/** Puts the past of many restaurants on the books, each a merchant of its own.
 * @param {Twin} twin
 * @param {Json} options
 * @returns {Json} the merchants, and what was planted */
function remember({ books }, options) {
  const now = Date.parse(books.timestamp());
  const { merchants, orders, truth } = seededHistory({ now, ...options });
  for (const merchant of merchants) books.merchants.authorize(merchant);
  seed(books, { orders });
  return { merchants, truth };
}

/** Answers a request below /_twin/; null if there is no such path.
 * @param {Twin} twin
 * @param {string} method
 * @param {string} path
 * @param {Json} body
 * @returns {Json | null | Promise<Json>} */
export function control(twin, method, path, body) {
  switch (`${method} ${path}`) {
    case 'GET /_twin/state':
      return twin.state();
    case 'GET /_twin/summary':
      return summarize(twin.books.store);
    case 'POST /_twin/faults':
      twin.faults.configure(body);
      return {};
    case 'POST /_twin/token':
      twin.books.merchants.change(body);
      return {};
    case 'POST /_twin/merchant':
      twin.books.merchants.authorize(/** @type {MerchantOptions} */ (body));
      return {};
    case 'POST /_twin/rules':
      twin.rule(body);
      return {};
    case 'POST /_twin/clock':
      twin.books.ahead += Number(body.advance_ms);
      return { now: twin.books.timestamp() };
    case 'POST /_twin/webhook':
      twin.events.subscribe(body.url === undefined ? null : /** @type {Subscription} */ (body));
      return {};
    case 'POST /_twin/seed':
      return seed(twin.books, { orders: body.orders });
    case 'POST /_twin/history':
      return remember(twin, body);
    case 'POST /_twin/refund':
      return settleRefund(twin.books, /** @type {RefundChange} */ (body));
    case 'POST /_twin/dispute':
      return changeDispute(twin.books, /** @type {DisputeChange} */ (body));
    case 'GET /_twin/events':
      return { events: twin.events.state() };
    case 'POST /_twin/deliver':
      return twin.events.deliver(body.event_ids).then((deliveries) => ({ deliveries }));
    case 'POST /_twin/verdict':
      return { complaint: twin.verdict() };
    case 'POST /_twin/excuse':
      return { violations: twin.recorder.violations.splice(0) };
    case 'POST /_twin/flush':
      twin.flush();
      return {};
    case 'POST /_twin/reset':
      twin.reset();
      return {};
    default:
      return null;
  }
}

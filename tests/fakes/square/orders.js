// CreateOrder, RetrieveOrder, BatchRetrieveOrders and UpdateOrder.
import { withoutNulls } from './canonical.js';
import { refusal } from './errors.js';
import { checkNewOrder, currencyOf } from './order-rules.js';
import { computeTotals } from './totals.js';
import { Checker } from './validate.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./books.js').Books} Books */

// What a caller may set on a new order; all else in it is Square's to write.
const WRITABLE = ['location_id', 'reference_id', 'source', 'customer_id', 'line_items', 'taxes',
  'discounts', 'service_charges', 'fulfillments', 'metadata', 'ticket_name', 'pricing_options'];

/** Gives every entry of a list a uid and its documented defaults.
 * @param {Json[] | undefined} list
 * @param {string} prefix
 * @param {Json} [defaults]
 * @returns {Json[] | undefined} */
function withDefaults(list, prefix, defaults = {}) {
  return list?.map((entry, index) => ({ uid: `${prefix}-${index + 1}`, ...defaults, ...entry }));
}

/** A new order with all that Square computes of it.
 * @param {Json} asked
 * @param {Json} fields
 * @param {string} currency
 * @returns {Json} */
export function buildOrder(asked, fields, currency) {
  const kept = WRITABLE.filter((name) => asked[name] !== undefined);
  const order = withoutNulls(Object.fromEntries(kept.map((name) => [name, asked[name]])));
  const discounts = order.discounts?.map((/** @type {Json} */ discount) => ({
    type: discount.percentage === undefined ? 'FIXED_AMOUNT' : 'FIXED_PERCENTAGE',
    ...discount,
  }));
  Object.assign(order, {
    line_items: withDefaults(order.line_items, 'item', { item_type: 'ITEM' }),
    taxes: withDefaults(order.taxes, 'tax', { type: 'ADDITIVE', scope: 'ORDER' }),
    discounts: withDefaults(discounts, 'discount', { scope: 'ORDER' }),
    service_charges: withDefaults(order.service_charges, 'charge', { type: 'CUSTOM' }),
    source: { name: 'Local Square', ...order.source },
    ...fields,
  });
  computeTotals(order, currency);
  return withoutUndefined(order);
}

/** @param {Json} object
 * @returns {Json} */
function withoutUndefined(object) {
  /** @type {Json} */
  const kept = {};
  for (const name of Object.keys(object)) {
    if (object[name] !== undefined) kept[name] = object[name];
  }
  return kept;
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Checker} */
export function checkCreateOrder(books, { body }) {
  return checkNewOrder(body, (id) => books.locationOf(id), books.rules.anyCurrency);
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function createOrder(books, call) {
  const asked = call.body.order;
  const currency = currencyOf(asked, books.locationOf(asked.location_id), books.rules.anyCurrency);
  const conflict = (/** @type {Json} */ record) =>
    books.rules.orderKeyConflict === 'BAD_REQUEST'
      ? refusal('BAD_REQUEST', `Order ${record.reply.body.order.id} already exists.`)
      : refusal('IDEMPOTENCY_KEY_REUSED', 'The provided idempotency key has already been used.',
        'idempotency_key');
  return books.keys.once(call, 'CreateOrder', conflict, () => {
    const at = books.timestamp();
    const fields = {
      id: books.store.newId('order'),
      state: asked.state ?? 'OPEN',
      version: 1,
      created_at: at,
      updated_at: at,
    };
    const order = buildOrder(asked, fields, currency);
    return { entry: { order }, reply: { status: 200, body: { order } } };
  });
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function retrieveOrder(books, call) {
  const order = books.orderById(call.params.order_id);
  if (!books.isReadable(order)) throw books.notFound(order.id);
  return { status: 200, body: { order } };
}

/** @param {Books} _books
 * @param {Call} call
 * @returns {Checker} */
export function checkBatch(_books, { body }) {
  const check = new Checker();
  check.strings(body.order_ids, 'order_ids', { required: true, min: 1, max: 100 });
  check.string(body.location_id, 'location_id');
  return check;
}

/** Ids that are not known are left out without a word, as Square documents.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function batchRetrieveOrders(books, { body }) {
  /** @type {Set<string>} */
  const ids = new Set(body.order_ids);
  const orders = [...ids].map((id) => books.orderOf(id)).filter((order) =>
    order && books.isReadable(order) &&
    [order.location_id, null].includes(body.location_id ?? null));
  return { status: 200, body: orders.length > 0 ? { orders } : {} };
}

/** @param {Books} _books
 * @param {Call} call
 * @returns {Checker} */
export function checkUpdateOrder(_books, { body }) {
  const check = new Checker();
  check.string(body.idempotency_key, 'idempotency_key', { max: 192 });
  if (check.object(body.order, 'order', true)) checkUpdate(check, body.order);
  return check;
}

/** The part of UpdateOrder that cancels an order or changes its labels.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function updateOrder(books, call) {
  const reused = () => refusal('IDEMPOTENCY_KEY_REUSED',
    'The provided idempotency key has already been used.', 'idempotency_key');
  return books.keys.once(call, `UpdateOrder ${call.params.order_id}`, reused, () => {
    const order = books.orderById(call.params.order_id);
    const asked = withoutNulls(call.body.order);
    if (![undefined, order.location_id].includes(asked.location_id)) {
      const detail = 'An order stays at its location.';
      throw refusal('LOCATION_MISMATCH', detail, 'order.location_id');
    }
    if (asked.version !== order.version) {
      throw refusal('VERSION_MISMATCH', `Expected version ${order.version}.`, 'order.version');
    }
    if (order.state === 'COMPLETED' || order.state === 'CANCELED') {
      throw refusal('BAD_REQUEST', `Order ${order.id} is ${order.state} and cannot be updated.`);
    }
    if (asked.state === 'CANCELED' && order.tenders !== undefined) {
      throw refusal('BAD_REQUEST', `Order ${order.id} is paid and cannot be canceled.`);
    }
    const at = books.timestamp();
    const version = order.version + 1;
    const changed = { ...order, ...asked, id: order.id, version, updated_at: at };
    if (asked.state === 'CANCELED') changed.closed_at = at;
    return { entry: { order: changed }, reply: { status: 200, body: { order: changed } } };
  });
}

/** @param {Checker} check
 * @param {Json} order */
function checkUpdate(check, order) {
  check.integer(order.version, 'order.version', { required: true, min: 0 });
  check.oneOf(order.state, 'order.state', ['OPEN', 'CANCELED']);
  check.string(order.reference_id, 'order.reference_id', { max: 40 });
  check.string(order.ticket_name, 'order.ticket_name', { max: 30 });
  check.metadata(order.metadata, 'order.metadata');
  const known = ['version', 'state', 'reference_id', 'ticket_name', 'metadata', 'location_id'];
  for (const name of Object.keys(order).filter((field) => !known.includes(field))) {
    check.refuse('NOT_IMPLEMENTED', 'This update is not modelled.', `order.${name}`);
  }
}

// CreateOrder, RetrieveOrder, BatchRetrieveOrders and UpdateOrder.
import { withoutNulls } from './canonical.js';
import { refusal } from './errors.js';
import { checkNewOrder } from './order-rules.js';
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

/** @param {Json} asked
 * @param {Json} fields
 * @param {string} currency
 * @returns {Json} */
function buildOrder(asked, fields, currency) {
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
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function createOrder(books, call) {
  const { currency } = checkNewOrder(call.body, books.locationOf, books.options.anyCurrency);
  const conflict = (/** @type {Json} */ record) =>
    books.options.orderKeyConflict === 'BAD_REQUEST'
      ? refusal('BAD_REQUEST', `Order ${record.reply.body.order.id} already exists.`)
      : refusal('IDEMPOTENCY_KEY_REUSED', 'The provided idempotency key has already been used.',
        'idempotency_key');
  return books.keys.once(call, 'CreateOrder', conflict, () => {
    const at = books.timestamp();
    const fields = {
      id: books.store.newId('order'),
      state: call.body.order.state ?? 'OPEN',
      version: 1,
      created_at: at,
      updated_at: at,
    };
    const order = buildOrder(call.body.order, fields, currency);
    return { entry: { order }, reply: { status: 200, body: { order } } };
  });
}

/** @param {Books} books
 * @param {string} id
 * @returns {Json} */
export function orderById(books, id) {
  const order = books.store.orders.get(id);
  if (!order) throw refusal('NOT_FOUND', `Order not found for id ${id}`, 'order_id');
  return order;
}

/** @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function retrieveOrder(books, call) {
  return { status: 200, body: { order: orderById(books, call.params.order_id) } };
}

/** Ids that are not known are left out without a word, as Square documents.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function batchRetrieveOrders(books, call) {
  const check = new Checker();
  check.strings(call.body.order_ids, 'order_ids', { required: true, min: 1, max: 100 });
  check.string(call.body.location_id, 'location_id');
  check.finish();
  const orders = call.body.order_ids
    .map((/** @type {string} */ id) => books.store.orders.get(id))
    .filter((/** @type {Json | undefined} */ order) => order !== undefined);
  return { status: 200, body: { orders } };
}

/** The part of UpdateOrder that cancels an order or changes its labels.
 * @param {Books} books
 * @param {Call} call
 * @returns {Reply} */
export function updateOrder(books, call) {
  const check = new Checker();
  check.string(call.body.idempotency_key, 'idempotency_key', { max: 192 });
  if (check.object(call.body.order, 'order', true)) checkUpdate(check, call.body.order);
  check.finish();
  const reused = () => refusal('IDEMPOTENCY_KEY_REUSED',
    'The provided idempotency key has already been used.', 'idempotency_key');
  return books.keys.once(call, `UpdateOrder ${call.params.order_id}`, reused, () => {
    const order = orderById(books, call.params.order_id);
    const asked = withoutNulls(call.body.order);
    if (asked.version !== order.version) {
      throw refusal('VERSION_MISMATCH', `Expected version ${order.version}.`, 'order.version');
    }
    if (order.state === 'COMPLETED' || order.state === 'CANCELED') {
      throw refusal('BAD_REQUEST', `Order ${order.id} is ${order.state} and cannot be updated.`);
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
    check.add('NOT_IMPLEMENTED', 'This update is not modelled.', `order.${name}`);
  }
}

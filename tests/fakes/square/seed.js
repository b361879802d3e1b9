// Puts what happened long ago on the books: orders with their payments, refunds and disputes, at the
// times that a test says. All amounts are computed as for any other order, and what Square could not
// hold is an error of the test.
import { disputeOf } from './disputes.js';
import { initialFee, withFee } from './fees.js';
import { buildOrder } from './orders.js';
import { buildPayment, paidOrder } from './payments.js';
import { stands } from './refund-rules.js';
import { refundOf, withRefunds } from './refunds.js';
import { returnOrder } from './return-order.js';

/** @typedef {import('./types.d.ts').Entry} Entry */
/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').SeededIds} SeededIds */
/** @typedef {import('./types.d.ts').SeedOrder} SeedOrder */
/** @typedef {import('./types.d.ts').SeedPayment} SeedPayment */
/** @typedef {import('./books.js').Books} Books */
/** @typedef {import('./store.js').Kind} Kind */

/** What one order of the past brings with it.
 * @typedef {{orders: Json[], payments: Json[], refunds: Json[], disputes: Json[]}} Past */

/** @param {string} why
 * @returns {never} */
function wrong(why) {
  throw new Error(`this cannot be seeded: ${why}`);
}

/** The time of something as Square writes it.
 * @param {string | undefined} text
 * @param {string} otherwise
 * @returns {string} */
function timeOf(text, otherwise) {
  if (text === undefined) return otherwise;
  const at = Date.parse(text);
  return Number.isNaN(at) ? wrong(`${text} is no time`) : new Date(at).toISOString();
}

/** The id that is asked for, else the next one of its kind.
 * @param {Books} books
 * @param {Kind} kind
 * @param {string | undefined} id
 * @param {number} ahead
 * @returns {string} */
function idOf({ store }, kind, id, ahead) {
  if (id === undefined) return store.newId(kind, ahead);
  if (store.shelves[kind].things.has(id)) wrong(`the ${kind} ${id} is there already`);
  return id;
}

/** What a payment of each source says of it.
 * @param {SeedPayment} asked
 * @param {Json} total
 * @returns {Json} */
function detailsOf({ source_type: source = 'CARD', ...asked }, total) {
  if (source === 'CARD') {
    const card = { card_brand: 'VISA', last_4: '1111' };
    return { card_details: asked.card_details ?? { status: 'CAPTURED', card } };
  }
  if (source !== 'EXTERNAL') return { cash_details: { buyer_supplied_money: total } };
  const details = asked.external_details ?? { type: 'OTHER', source: 'Elsewhere' };
  return { external_details: details };
}

/** @param {Books} books
 * @param {SeedPayment} asked
 * @param {Json} order
 * @param {Json} amount
 * @param {number} ahead
 * @returns {Json} */
function paymentOf(books, asked, order, amount, ahead) {
  const { source_type: source = 'CARD', status = 'COMPLETED', processing_fee: fee } = asked;
  if (!['CARD', 'CASH', 'EXTERNAL'].includes(source)) wrong(`a payment by ${source}`);
  const at = timeOf(asked.created_at, order.created_at);
  const tip = asked.tip_money?.amount ?? 0;
  const details = detailsOf(asked, { ...amount, amount: amount.amount + tip });
  const body = {
    source_id: source,
    amount_money: amount,
    tip_money: asked.tip_money,
    order_id: order.id,
    reference_id: asked.reference_id,
    note: asked.note,
    ...details,
  };
  const fields = {
    id: idOf(books, 'payment', asked.id, ahead),
    created_at: at,
    updated_at: timeOf(asked.updated_at, at),
    location_id: order.location_id,
  };
  const fees = typeof fee === 'number' ? initialFee(fee, amount.currency, at) : fee;
  return withFee(books.rules, {
    ...buildPayment(body, fields),
    ...(details.card_details ? details : {}),
    status,
    ...(fees ? { processing_fee: fees } : {}),
  });
}

/** The payments of an order. One that says no amount is what the others leave of the total.
 * @param {Books} books
 * @param {SeedPayment[]} asked
 * @param {Json} order
 * @returns {Json[]} */
function paymentsOf(books, asked, order) {
  const { amount: total, currency } = order.total_money;
  const isPaid = (/** @type {{status?: string}} */ { status = 'COMPLETED' }) => status === 'COMPLETED';
  let left = total;
  for (const one of asked.filter(isPaid)) left -= one.amount_money?.amount ?? 0;
  const payments = asked.map((one, index) => {
    const amount = one.amount_money ?? { amount: isPaid(one) ? left : total, currency };
    if (isPaid(one) && !one.amount_money) left = 0;
    return paymentOf(books, one, order, amount, index);
  });
  if (payments.some(isPaid) && left !== 0) wrong(`payments that are not the total of ${total}`);
  return payments;
}

/** The order as its payments and its state left it.
 * @param {SeedOrder} asked
 * @param {Json} order as it was when it was created
 * @param {Json[]} paying
 * @returns {Json} */
function orderAfter(asked, order, paying) {
  const last = paying.map(({ created_at: at }) => at).sort().at(-1) ?? order.created_at;
  const isFree = order.total_money.amount === 0 && asked.state === 'COMPLETED';
  let after = paying.length > 0 || isFree ? paidOrder(order, paying, last) : order;
  const state = asked.state ?? after.state;
  if (state === 'COMPLETED' && after === order) wrong('an order that is completed and not paid');
  if (state === 'CANCELED' && after !== order) wrong('an order that is canceled and paid');
  const closed = ['COMPLETED', 'CANCELED'].includes(state) ? timeOf(asked.closed_at, last) : undefined;
  if (state === 'CANCELED') after = { ...after, version: after.version + 1 };
  after = { ...after, state, updated_at: timeOf(asked.updated_at, closed ?? last) };
  if (closed !== undefined) after.closed_at = closed;
  else delete after.closed_at;
  return after;
}

/** A payment after its refunds, each of which makes a return order.
 * @param {Books} books
 * @param {SeedPayment} asked
 * @param {Json} payment
 * @param {Json} order
 * @param {Past} past
 * @returns {Json} */
function refunded(books, asked, payment, order, past) {
  const refunds = (asked.refunds ?? []).map((one) => {
    const refund = refundOf(payment, {
      id: idOf(books, 'refund', one.id, past.refunds.length),
      // The sold order comes first; it is not on the books yet either.
      orderId: idOf(books, 'order', undefined, past.orders.length),
      amount: one.amount_money ?? payment.total_money,
      reason: one.reason,
      status: one.status ?? 'COMPLETED',
      at: timeOf(one.created_at, payment.created_at),
    });
    past.refunds.push(refund);
    past.orders.push(returnOrder(refund, payment, order));
    return refund;
  });
  if (refunds.length === 0) return payment;
  const sum = refunds.filter(stands).reduce((all, { amount_money: { amount } }) => all + amount, 0);
  if (sum > payment.total_money.amount) wrong('refunds of more than was paid');
  return withRefunds(payment, refunds, String(refunds.at(-1)?.created_at));
}

/** @param {Books} books
 * @param {SeedOrder} asked
 * @param {(id: string) => import('./types.d.ts').Location | undefined} locationOf
 * @returns {Past} */
function pastOf(books, asked, locationOf) {
  const location = locationOf(asked.location_id);
  if (!location) wrong(`an order at ${asked.location_id}, which is nobody's`);
  const at = timeOf(asked.created_at, books.timestamp());
  const { id, payments: askedPayments = [] } = asked;
  const fields = { id: idOf(books, 'order', id, 0), state: 'OPEN', version: 1 };
  const times = { created_at: at, updated_at: at };
  const created = buildOrder(asked, { ...fields, ...times }, location?.currency ?? '');
  const payments = paymentsOf(books, askedPayments, created);
  const paying = payments.filter(({ status }) => status === 'COMPLETED');
  const order = orderAfter(asked, created, paying);
  /** @type {Past} */
  const past = { orders: [order], payments: [], refunds: [], disputes: [] };
  payments.forEach((payment, index) => {
    const one = askedPayments[index];
    past.payments.push(refunded(books, one, payment, order, past));
    if (!one.dispute) return;
    const disputeFields = {
      id: idOf(books, 'dispute', one.dispute.id, past.disputes.length),
      at: timeOf(one.dispute.created_at, payment.created_at),
    };
    past.disputes.push(disputeOf(payment, one.dispute, disputeFields));
  });
  return past;
}

/** @param {Past} past
 * @returns {SeededIds} */
function idsIn({ orders: [order, ...returns], payments, refunds, disputes }) {
  const ids = (/** @type {Json[]} */ things) => things.map(({ id }) => id);
  return {
    id: order.id,
    payments: ids(payments),
    refunds: ids(refunds),
    returns: ids(returns),
    disputes: ids(disputes),
  };
}

/** Books the past of any merchant. Nobody is told of it, for it is over.
 * @param {Books} books
 * @param {{orders: SeedOrder[]}} asked
 * @returns {{orders: SeededIds[]}} what each order and what came of it is called */
export function seed(books, { orders }) {
  const merchants = [...books.merchants.all.values()];
  const places = merchants.flatMap(({ locations }) => locations);
  const byId = new Map(places.map((location) => [location.id, location]));
  /** @type {string[]} */
  const lines = [];
  /** @type {SeededIds[]} */
  const made = [];
  try {
    for (const asked of orders) {
      const past = pastOf(books, asked, (id) => byId.get(id));
      const kept = Object.entries(past).filter(([, things]) => things.length > 0);
      books.store.backfill(/** @type {Entry} */ (Object.fromEntries(kept)), lines);
      made.push(idsIn(past));
    }
  } finally {
    books.store.writeLines(lines);
  }
  return { orders: made };
}

// What must be true of every order once the faults have stopped, by names: of a schedule inside workerd
// and of a soak alike.

/** @typedef {Record<string, any>} Json */

/** @typedef {keyof typeof INVARIANTS} Invariant */
/** @typedef {{what: Invariant, words: string}} Finding */
/** @typedef {{order_id: string, isPaid: boolean}} Asked */

export const INVARIANTS = {
  once: 'no order stands at Square twice, and none is paid twice',
  success: 'a row says success only of what stands at Square, by the ids it names',
  dead: 'a dead row is right about Square, or says that it does not know',
  active: 'no order has two active rows',
  bytes: 'the bytes that are sent under a key never change',
  overlap: 'no request starts while an older one for its order may still land',
  rest: 'every order comes to rest',
  lost: 'no order is lost: each is booked, or waits for a human with its reason',
  isolation: 'jobs that overlap in one isolate share nothing',
  job: 'no job hangs, fails unexpectedly or asks for what D1 or Square do not take',
};

/** What Square holds of an order if its row is dead with that code: orders and payments.
 * @type {Record<string, (orders: number, payments: number, row: Json) => boolean>} */
const DEAD = {
  rejected: (orders) => orders === 0,
  canceled: (orders) => orders === 0,
  // Of the order or of its payment: then the row names the order that stands there unpaid.
  attempts_exhausted: (orders, payments, { external_order_id: id }) => orders === (id ? 1 : 0) && payments === 0,
  payment_rejected: (orders, payments) => orders === 1 && payments === 0,
  paid_elsewhere: (orders, payments) => orders === 1 && payments > 0,
  unknown_outcome: (_orders, _payments, { in_doubt_since }) => in_doubt_since !== null,
};

/** Whether a row that says so has its order at Square.
 * @param {Json} row @param {Json[]} orders @param {Json[]} payments @param {boolean} isPaid */
function isBooked(row, orders, payments, isPaid) {
  if (orders.length !== 1 || row.external_order_id !== orders[0].id) return false;
  if (!isPaid) return payments.length === 0 && row.external_payment_id === null;
  return payments.length === 1 && row.external_payment_id === payments[0].id;
}

/** @param {Json} row */
export const codeOf = ({ status, last_error }) =>
  status === 'dead' ? /^(\w+): ./.exec(last_error ?? '')?.[1] ?? `no code: ${last_error}` : status;

/** Everything that is wrong now.
 * @param {readonly Asked[]} asked
 * @param {readonly Json[]} rows of the queue, by id; each of a dead order with the ledger's in_doubt_since
 * @param {Json} square the state of the local Square
 * @returns {Finding[]} */
export function judge(asked, rows, square) {
  const ordersOf = Map.groupBy(square.orders, (/** @type {Json} */ { metadata }) => metadata.order_id);
  const paymentsOf = Map.groupBy(square.payments, (/** @type {Json} */ { order_id }) => order_id);
  const rowsOf = Map.groupBy(rows, ({ order_id }) => order_id);
  const findings = asked.flatMap((order) => {
    const orders = ordersOf.get(order.order_id) ?? [];
    const payments = orders.flatMap(({ id }) => paymentsOf.get(id) ?? []);
    return judgeOrder(order, rowsOf.get(order.order_id) ?? [], orders, payments);
  });
  const known = new Set(asked.map(({ order_id }) => order_id));
  for (const id of ordersOf.keys()) {
    if (!known.has(id)) findings.push({ what: 'once', words: `Square holds ${id}, for which nobody asked` });
  }
  for (const { key } of square.changed_bodies) findings.push({ what: 'bytes', words: key });
  for (const bug of square.bugs) findings.push({ what: 'job', words: bug });
  for (const { method, route, key, field, message } of square.violations) {
    findings.push({ what: 'job', words: `${method} ${route} (key ${key}): ${field}: ${message}` });
  }
  return findings;
}

/** @param {Asked} asked
 * @param {Json[]} rows its own, by id
 * @param {Json[]} orders @param {Json[]} payments what Square holds of it
 * @returns {Finding[]} */
function judgeOrder({ order_id, isPaid }, rows, orders, payments) {
  const at = `${order_id}, of which Square holds ${orders.length} orders, ${payments.length} payments`;
  const active = rows.filter(({ status }) => status === 'pending' || status === 'failed');
  // An order that was enqueued again after a no is what its newest row says.
  const newest = rows.at(-1);
  const isDead = newest?.status === 'dead';
  const code = newest && codeOf(newest);
  const isRight = isDead && DEAD[code]?.(orders.length, payments.length, newest);
  const unfounded = rows.filter((row) => row.status === 'success' && !isBooked(row, orders, payments, isPaid));
  /** @type {[Invariant, boolean, ...Json[]][]} */
  const broken = [
    ['once', orders.length > 1 || payments.length > 1],
    ['active', active.length > 1, ...active],
    ['rest', active.length > 0, ...active],
    ['lost', !newest || (isDead && !DEAD[code])],
    ['dead', isDead && !!DEAD[code] && !isRight],
    ['success', unfounded.length > 0, ...unfounded],
  ];
  return broken
    .filter(([, isBroken]) => isBroken)
    .map(([what, , ...about]) => ({ what, words: `${at}: ${JSON.stringify(about.length > 0 ? about : newest)}` }));
}

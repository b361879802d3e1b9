// What must be true of any schedule once its faults have stopped, by names.
import { query, twinControl } from './world.js';

/** @typedef {Record<string, any>} Json */

/** @typedef {{what: keyof typeof INVARIANTS, words: string}} Finding */

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
  attempts_exhausted: (orders) => orders === 0,
  payment_rejected: (orders, payments) => orders === 1 && payments === 0,
  unknown_outcome: (_orders, _payments, { in_doubt_since }) => in_doubt_since !== null,
};

const ROWS =
  'SELECT q.order_id, q.status, q.last_error, q.external_order_id, q.external_payment_id, ' +
  'l.in_doubt_since, l.booked_at FROM pos_sync_queue q LEFT JOIN pos_sync_ledger l ' +
  'ON l.order_id = q.order_id AND l.provider = q.provider AND l.revision = q.revision ORDER BY q.id';

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
 * @param {{order_id: string, isPaid: boolean}[]} asked
 * @returns {Promise<{findings: Finding[], rows: Json[]}>} */
export async function judge(asked) {
  const [rows, { orders, payments, changed_bodies, bugs }] = await Promise.all([query(ROWS), twinControl('state')]);
  /** @type {Finding[]} */
  const findings = [];
  const find = (/** @type {keyof typeof INVARIANTS} */ what, /** @type {string} */ words) => findings.push({ what, words });
  for (const { order_id, isPaid } of asked) {
    const stands = orders.filter((/** @type {Json} */ order) => order.metadata.order_id === order_id);
    const ids = stands.map((/** @type {Json} */ { id }) => id);
    const paid = payments.filter((/** @type {Json} */ payment) => ids.includes(payment.order_id));
    const at = `${order_id}, of which Square holds ${stands.length} orders, ${paid.length} payments`;
    if (stands.length > 1 || paid.length > 1) find('once', at);
    const own = rows.filter((row) => row.order_id === order_id);
    const active = own.filter(({ status }) => status === 'pending' || status === 'failed');
    if (active.length > 1) find('active', at);
    for (const row of active) find('rest', `${at}: ${row.status}, ${row.last_error}`);
    if (own.length === 0) find('lost', at);
    for (const row of own) {
      const code = codeOf(row);
      if (row.status === 'success' && !isBooked(row, stands, paid, isPaid)) find('success', `${at}: ${JSON.stringify(row)}`);
      // An order that was enqueued again after a no is what its newest row says.
      if (row.status !== 'dead' || row !== own.at(-1)) continue;
      if (!DEAD[code]) find('lost', `${at}: ${row.last_error}`);
      else if (!DEAD[code](stands.length, paid.length, row)) find('dead', `${at}: ${JSON.stringify(row)}`);
    }
  }
  if (orders.some((/** @type {Json} */ { metadata }) => !asked.some(({ order_id }) => metadata.order_id === order_id))) {
    find('once', 'Square holds an order that nobody asked for');
  }
  for (const { key } of changed_bodies) find('bytes', key);
  for (const bug of bugs) find('job', bug);
  return { findings, rows };
}

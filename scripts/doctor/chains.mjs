// The lives of rows, on a copy: what pos-sync does to a row of the queue from its first day to its last
// is done to a few, in the order in which it happens. A constraint or a trigger of the host's that is in
// the way of any step is seen, and one that leaves another row than pos-sync has written.

import { forbiddingUniques } from './probes.mjs';
import { QUEUE } from './schema.mjs';
import { mentions } from './sql.mjs';

/** @import { Copy, Row, SchemaObject } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

/**
 * @typedef {object} Step
 * @property {string} what in words: "pos-sync could not …"
 * @property {string} is what the row is from then on
 * @property {(orders: string[]) => string} sql
 *
 * @typedef {object} Chain
 * @property {string[]} orders a tick writes several of them in one second
 * @property {Step[]} steps
 * @property {boolean} [alike] these are two orders, however little their ids differ
 * @property {boolean} [plain] the same steps of two orders whose ids differ as usual
 *
 * @typedef {{title: string, whats: string[], details: string[]}} Refusal
 */

/** What must be left as pos-sync has written it. */
const WRITTEN =
  'order_id, provider, payload, status, attempts, last_error, restaurant_id, revision, next_attempt_at, external_order_id, external_payment_id';

/** @param {string[]} orders */
const listed = (orders) => orders.map((each) => `'${each}'`).join(', ');

/** Of the tick that ends in front of a human: the longest that it writes. */
const WORDS = "'unknown: ' || hex(zeroblob(500))";

/** Two orders of the same dishes have the same. @param {string} order @param {number} revision */
const payloadOf = (order, revision) => (order.startsWith('chain-0') ? '{"items":[]}' : JSON.stringify({ items: [], probe: `${order} ${revision}` }));

/** No order gets its next revision in the second of its first. @param {number} revision */
const enqueuedAt = (revision) => `datetime('now', '${revision - 9} hours')`;

/** What a revision is called. @param {number} revision */
const named = (revision) => (revision === 1 ? '' : ` (revision ${revision})`);

/**
 * An order that comes by HTTP.
 * @param {number} [revision]
 * @returns {Step}
 */
const take = (revision = 1) => ({
  what: revision === 1 ? 'take an order in' : 'take in a later revision of an order',
  is: `pending${named(revision)}`,
  sql: (orders) =>
    'INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, revision, payload, created_at, updated_at) VALUES ' +
    orders.map((each) => `('${each}', 'square', 'adana', ${revision}, '${payloadOf(each, revision)}', ${enqueuedAt(revision)}, datetime('now'))`).join(', ') +
    " ON CONFLICT (order_id, provider) WHERE status IN ('pending', 'failed') DO NOTHING",
});

/** An order that comes by SQL, as the README says.
 * @param {string} what
 * @returns {Step} */
const enqueue = (what) => ({
  what,
  is: 'pending',
  sql: (orders) =>
    'INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, payload, created_at, updated_at) VALUES ' +
    orders.map((each) => `('${each}', 'square', 'adana', '${payloadOf(each, 1)}', ${enqueuedAt(1)}, datetime('now'))`).join(', ') +
    " ON CONFLICT (order_id, provider) WHERE status IN ('pending', 'failed') DO NOTHING",
});

/**
 * @param {string} what
 * @param {string} is
 * @param {string} assignments
 * @param {number} [revision]
 * @returns {Step}
 */
const change = (what, is, assignments, revision = 1) => ({
  what,
  is: is + named(revision),
  sql: (orders) =>
    `UPDATE pos_sync_queue SET ${assignments}, updated_at = datetime('now') WHERE order_id IN (${listed(orders)}) AND revision = ${revision}`,
});

/** What a tick writes of a row that it has pushed.
 * @param {string} what
 * @param {string} is
 * @param {{status: string, attempts?: string, ids?: boolean, error?: string}} values
 * @param {number} [revision] */
const settle = (what, is, { status, attempts = 'attempts + 1', ids = false, error = WORDS }, revision) =>
  change(what, is,
    `status = ${status}, attempts = ${attempts}, next_attempt_at = 1795000000000, ` +
    (ids
      ? `external_order_id = 'SQ-' || order_id || revision, external_payment_id = 'SP-' || order_id || revision, last_error = NULL`
      : `external_order_id = external_order_id, external_payment_id = external_payment_id, last_error = ${error}`),
    revision);

const putOff = () => settle("leave a row as it is, and put it off", 'put off', { status: 'status', attempts: 'attempts', error: "'throttled: later'" });
const wake = () => change('make a row due', 'due again', 'next_attempt_at = 1795000000000');
/** @param {number} [revision] */
const fail = (revision) => settle("set a row to 'failed'", 'failed', { status: "'failed'" }, revision);
/** Attempts are counted one by one, up to MAX_ATTEMPTS. */
const failOften = () => Array.from({ length: 9 }, () => fail());
/** @param {number} [revision] */
const succeed = (revision) => settle("set a row to 'success'", 'success', { status: "'success'", ids: true }, revision);
/** @param {number} [revision] */
const refuse = (revision) => settle("set a row to 'dead'", 'dead, rejected', { status: "'dead'", attempts: 'attempts', error: "'rejected: no'" }, revision);
const exhaust = () => settle("set a row to 'dead'", 'dead after all attempts', { status: "'dead'" });
/** @param {number} [revision] */
const replay = (revision) => change("set a row back to 'pending' (a replay)", 'pending, replayed', "status = 'pending', attempts = 0, next_attempt_at = 1795000000000, last_error = NULL", revision);
const askToCancel = () => change("set a row to 'failed' (a cancel that looks it up)", 'failed, to be canceled', "status = 'failed', next_attempt_at = 1795000000000, last_error = 'to be canceled: by operator'");
const cancel = () => change("set a row to 'dead' (a cancel)", 'dead, canceled', "status = 'dead', last_error = 'canceled: by operator'");
/** @param {number} [revision] */
const markDone = (revision) => change("set a row to 'success' (marked as done by hand)", 'success, marked as done', "status = 'success', last_error = NULL, external_order_id = 'HO-' || order_id || revision, external_payment_id = coalesce(NULL, external_payment_id)", revision);
const undo = () => change("set a row back to 'dead' (a mark that is undone)", 'dead, its mark undone', "status = 'dead', attempts = 1, next_attempt_at = 1795000000000, last_error = 'unknown_outcome: it may be booked', external_order_id = NULL, external_payment_id = NULL");
const bringBack = () => change("set a row back to 'failed' (its account had refused)", 'failed, brought back', "status = 'failed', attempts = max(0, attempts - 1), next_attempt_at = 1795000000000, last_error = 'account_refused: no'");
const PURGE = 'purge a row';
/** @param {number} [revision] @returns {Step} */
const purge = (revision = 1) => ({
  what: PURGE,
  is: `purged${named(revision)}`,
  sql: (orders) => `DELETE FROM pos_sync_queue WHERE order_id IN (${listed(orders)}) AND revision = ${revision}`,
});

/** @type {Step[][]} */
const LIVES = [
  [take(), fail(), succeed(), purge()],
  [take(), succeed(), purge()],
  [take(), refuse(), replay(), succeed()],
  [take(), putOff(), fail(), wake(), ...failOften(), exhaust(), replay(), fail(), replay(), succeed()],
  [take(), fail(), askToCancel(), cancel(), markDone(), undo(), bringBack(), replay(), cancel(), askToCancel(), succeed()],
  [take(), succeed(), take(2), fail(2), succeed(2), take(3), refuse(3), purge(), purge(2)],
  [take(), refuse(), take(2), refuse(2), replay(2), succeed(2), markDone()],
  [take(), succeed(), take(2), purge(), fail(2), succeed(2)],
  [enqueue('have an order enqueued by SQL'), enqueue('pass over an order that is enqueued a second time'), succeed()],
];

/** Ids that two orders of a host may have. */
const ALIKE = [
  ['chain-alike', 'CHAIN-ALIKE'],
  ['chain-space', 'chain-space '],
  ['70071', '070071'],
  [`${'chain-long-'.repeat(17)}1`, `${'chain-long-'.repeat(17)}2`],
];

/** @returns {Chain[]} */
const chains = () => [
  ...LIVES.map((steps, i) => ({ orders: [`chain-${i}-a`, `chain-${i}-b`], steps })),
  { orders: ['chain-one', 'chain-two'], steps: [take(), fail(), refuse(), replay(), succeed()], plain: true },
  ...ALIKE.map((orders) => ({ orders, steps: [take(), fail(), refuse(), replay(), succeed()], alike: true })),
];

/**
 * Lives the lives of rows on an adopted copy. Rows are left in it.
 * @param {Copy} trial adopted, with its probes: of the host
 * @param {Copy} reference adopted: of a host that has nothing but the report's tables
 * @param {readonly SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function tryLives(trial, reference, objects, findings) {
  findings.section('Your triggers on pos_sync_queue');
  const triggers = objects.filter(({ type, tbl_name }) => type === 'trigger' && tbl_name.toLowerCase() === QUEUE);
  const indexes = objects.filter(({ type, tbl_name, sql }) => type === 'index' && tbl_name.toLowerCase() === QUEUE && /\bUNIQUE\b/i.test(sql ?? ''));
  for (const { name, sql } of triggers) {
    const event = /\b(INSERT|UPDATE|DELETE)\b/i.exec(sql ?? '')?.[1].toUpperCase();
    findings.note(`${name}: also fires when pos-sync ${{ INSERT: 'takes an order in by HTTP', UPDATE: 'changes a row, several times for each order', DELETE: 'purges a row' }[event ?? ''] ?? 'writes'}`);
  }
  /** @type {Set<string>} */
  const said = new Set();
  /** @type {Map<string, Refusal>} */
  const refusals = new Map();
  // What is said of a whole unique index, or of a column's collation, is not said again.
  const known = forbiddingUniques(trial).map(({ columns }) => `UNIQUE constraint failed: ${columns.map((each) => `${QUEUE}.${each}`).join(', ')}`);
  const isCollated = ['order_id', 'provider', 'status'].some((each) => trial.collation(QUEUE, each).toUpperCase() !== 'BINARY');
  for (const chain of chains()) {
    if (chain.alike && isCollated) continue;
    new Life({ trial, reference, triggers, findings, said, known, refusals }, chain).live();
  }
  for (const [refused, { title, whats, details }] of refusals) {
    const constraint = /UNIQUE|CHECK|FOREIGN KEY|NOT NULL/.exec(refused)?.[0];
    findings.mustDo(
      title,
      ...(whats.length > 1 ? [`and neither: ${whats.slice(1).join('; ')}`] : []),
      `${constraint ? `A ${constraint} constraint` : 'A constraint, an index or a trigger'} of yours forbids it; it has to go, or to allow this:`,
      ...details,
      ...(constraint === 'UNIQUE' ? indexes : []).map(({ sql }) => `index: ${sql}`),
      ...(/UNIQUE.*: (pos_sync_queue\.|index )/.test(refused) ? [] : triggers).map(({ sql }) => `trigger: ${sql}`),
    );
  }
}

/** One chain, on both copies. */
class Life {
  /** What the row has been. @type {string[]} */
  past = [];

  /**
   * @param {{trial: Copy, reference: Copy, triggers: readonly SchemaObject[], findings: Findings, said: Set<string>, known: string[], refusals: Map<string, Refusal>}} world
   *   `triggers` are the host's, on the queue; `said` and `known` is what needs no words any more
   * @param {Chain} chain
   */
  constructor({ trial, reference, triggers, findings, said, known, refusals }, chain) {
    this.trial = trial;
    this.reference = reference;
    this.triggers = triggers;
    this.findings = findings;
    this.said = said;
    this.known = known;
    this.refusals = refusals;
    this.chain = chain;
    this.begins = { trial: lastId(trial), reference: lastId(reference) };
    this.others = rowsOf(trial, `id <= ${this.begins.trial}`);
  }

  live() {
    for (const step of this.chain.steps) {
      if (this.findings.keepsRows && step.what === PURGE) continue;
      const sql = step.sql(this.chain.orders);
      const refused = refusalOf(this.trial, sql);
      this.reference.db.exec(sql);
      if (refused !== null && !this.goesOn(step, sql, refused)) return;
      if (refused === null && this.isBent(step, sql)) return;
      this.past.push(step.is);
    }
  }

  /**
   * Says who has refused a step; whether the row can be put where it would be all the same.
   * @param {Step} step
   * @param {string} sql
   * @param {string} refused
   */
  goesOn(step, sql, refused) {
    const isInsert = sql.startsWith('INSERT');
    const parents = this.trial.foreignKeys(QUEUE).map(({ table }) => table);
    if (isInsert && /FOREIGN KEY/.test(refused) && parents.length > 0) {
      this.once('parents', () => this.findings.note(
        `pos-sync takes an order in by HTTP only where ${parents.join(', ')} has its row, by your foreign key`));
    } else if (isInsert && /CHECK/.test(refused) && this.isOfContent(sql)) {
      this.once(refused, () => this.findings.note(
        `pos-sync takes an order in by HTTP only where your check allows its id, provider and payload (${refused})`));
    } else if (step.is === 'pending' && this.asksOthers(refused)) {
      this.once(refused, () => this.findings.note(
        `pos-sync takes an order in by HTTP only where your trigger allows it, which asks other tables of yours (${refused})`));
      this.known.push(refused);
    } else {
      this.tellRefusal(step, sql, refused);
    }
    return isInsert && this.isPlanted(sql);
  }

  /**
   * Whether a check is about what an order says, and not about what pos-sync writes of it.
   * @param {string} sql
   */
  isOfContent(sql) {
    if (!this.isPlanted(sql)) return false;
    const own = 'status = status, attempts = attempts, last_error = last_error, created_at = created_at, updated_at = updated_at';
    const again = `UPDATE ${QUEUE} SET ${own} WHERE id > ${this.begins.trial}`;
    return this.trial.unhindered(QUEUE, () => refusalOf(this.trial, again), { checks: true }) === null;
  }

  /**
   * Whether it was a trigger that looks for an order among the host's, where an order that is made up is not.
   * @param {string} refused
   */
  asksOthers(refused) {
    const others = this.trial.schema().filter(({ type, name }) => type === 'table' && name.toLowerCase() !== QUEUE).map(({ name }) => name.toLowerCase());
    return this.triggers.some(({ sql }) => sql !== null && sql.includes(refused.replaceAll("'", "''")) && mentions(sql, others));
  }

  /** @param {string} sql */
  isPlanted(sql) {
    return this.trial.unhindered(QUEUE, () => refusalOf(this.trial, sql)) === null;
  }

  /**
   * @param {Step} step
   * @param {string} sql
   * @param {string} refused
   */
  tellRefusal(step, sql, refused) {
    if (this.known.includes(refused)) return;
    const plain = `plain: ${refused}`;
    if (this.chain.plain) this.said.add(plain);
    const isOfIds = this.chain.alike === true && !this.said.has(plain);
    const could = `pos-sync could not ${step.what}: ${refused}.`;
    const key = isOfIds ? `${this.chain.orders[0]}: ${refused}` : refused;
    const earlier = this.refusals.get(key);
    if (earlier) {
      if (!earlier.whats.includes(step.what)) earlier.whats.push(step.what);
      return;
    }
    const title = isOfIds
      ? `pos_sync_queue takes the orders ${this.chain.orders.map((each) => JSON.stringify(each)).join(' and ')} for one: ${could}`
      : could;
    this.refusals.set(key, { title, whats: [step.what], details: [sql, ...this.told()] });
  }

  /**
   * Whether something has left other rows than pos-sync wrote.
   * @param {Step} step
   * @param {string} sql
   */
  isBent(step, sql) {
    const names = this.triggers.map(({ name }) => name).join(', ');
    const difference =
      differenceOf(rowsOf(this.reference, `id > ${this.begins.reference}`), rowsOf(this.trial, `id > ${this.begins.trial}`)) ??
      differenceOf(this.others, rowsOf(this.trial, `id <= ${this.begins.trial}`));
    if (difference !== null) {
      this.once(`bent: ${step.what}`, () => this.findings.mustDo(
        names
          ? `Triggers of yours change what pos-sync writes when it wants to ${step.what}: ${names}.`
          : `Something in pos_sync_queue changes what pos-sync writes when it wants to ${step.what}` +
            `${this.chain.alike ? `, for the orders ${this.chain.orders.join(' and ')}` : ''}: a constraint with ON CONFLICT, or a column that is made of others.`,
        'They must leave the columns of pos_sync_queue alone (but updated_at), and insert nothing there:',
        sql,
        difference,
        ...this.told(),
        ...this.programs(),
      ));
      return true;
    }
    const [odd] = this.trial.all(
      `SELECT quote(updated_at) AS updated_at FROM ${QUEUE} WHERE id > ${this.begins.trial} AND (` +
        "coalesce(updated_at, created_at) < datetime('now', '-2 days') OR coalesce(updated_at, created_at) > datetime('now', '+2 days'))");
    if (!odd) return false;
    this.once('updated_at', () => this.findings.mustDo(
      `Something sets the updated_at of a row to ${odd.updated_at} when pos-sync wants to ${step.what}. It has to be a text like '2026-11-21 18:03:11' in UTC: ` +
        "by it, pos-sync's purge finds what is old, and rows would go at once, or never.",
      sql,
      ...this.programs(),
    ));
    return true;
  }

  /** @returns {string[]} */
  told() {
    const past = this.past.filter((each, i) => each !== this.past[i - 1]);
    return this.past.length > 1 ? [`the row before it: ${past.join(' → ')}`] : [];
  }

  /** The triggers that may have said it. */
  programs() {
    return this.triggers.map(({ sql }) => `trigger: ${sql}`);
  }

  /** @param {string} key @param {() => void} say */
  once(key, say) {
    if (this.said.has(key)) return;
    this.said.add(key);
    say();
  }
}

/** @param {Copy} copy */
const lastId = (copy) => Number(copy.all(`SELECT coalesce(max(id), 0) AS id FROM ${QUEUE}`)[0].id);

/** @param {Copy} copy @param {string} where */
const rowsOf = (copy, where) => copy.all(`SELECT ${WRITTEN} FROM ${QUEUE} WHERE ${where} ORDER BY order_id, revision, id`);

/**
 * The first thing in which rows are others, in words.
 * @param {Row[]} wanted
 * @param {Row[]} rows
 * @returns {string | null}
 */
function differenceOf(wanted, rows) {
  if (wanted.length !== rows.length) return `there are ${rows.length} rows, and ${wanted.length} should be there`;
  const short = (/** @type {unknown} */ value) => String(JSON.stringify(value)).slice(0, 80);
  for (const [i, row] of rows.entries()) {
    for (const [column, value] of Object.entries(row)) {
      // Where pos-sync has no words, those of the host's default do no harm.
      if (column === 'last_error' && wanted[i].last_error === null) continue;
      if (value !== wanted[i][column] && JSON.stringify(value) !== JSON.stringify(wanted[i][column])) return `${column} of ${row.order_id} is ${short(value)}, and should be ${short(wanted[i][column])}`;
    }
  }
  return null;
}

/** Runs a statement, and says why it has failed. @param {Copy} copy @param {string} sql */
function refusalOf(copy, sql) {
  try {
    copy.db.exec(sql);
    return null;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

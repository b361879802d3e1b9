// Rows to try things with, on a copy. What pos-sync does to the queue is done to them, so that a
// constraint or a trigger of the host that is in the way is seen.

import { QUEUE } from './schema.mjs';
import { quoted } from './sql.mjs';

/** @import { Copy, Row } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

const SECONDS_IN_DAY = 86400;

/** @param {number} daysAgo */
const timeText = (daysAgo) =>
  new Date(Date.now() - daysAgo * SECONDS_IN_DAY * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** @param {string} status @param {number} attempts @param {number} days */
const probe = (status, attempts, days) => ({
  order_id: attempts === 0 ? `probe-${status}-${days}` : `probe-${status}-${days}-tried-${attempts}`,
  provider: 'square',
  payload: '{"items":[]}',
  status,
  attempts,
  created_at: timeText(days),
  updated_at: timeText(days),
});

const AGES = [0, 10, 200];

/** Rows that an adoption leaves as they are, fresh and old. */
export const PROBES = ['pending', 'success'].flatMap((status) => AGES.map((days) => probe(status, 0, days)));

/** More of them, which a constraint of the host's may forbid. */
const TRIED_PROBES = AGES.flatMap((days) => [
  ...[1, 5, 10].map((attempts) => probe('failed', attempts, days)),
  ...[0, 10].map((attempts) => probe('dead', attempts, days)),
]);

/** Claims of the host, fresh and old. */
const CLAIM_PROBES = [0, 10, 200].map((days) => ({ claim_key: `probe:${days}`, claimed_at: timeText(days) }));

/**
 * Fills a copy; returns why that cannot be done.
 * @param {Copy} copy
 * @returns {string | null}
 */
export function fill(copy) {
  // The rows that a foreign key of the queue refers to are the host's business.
  copy.db.exec('PRAGMA foreign_keys = OFF');
  try {
    return fillUnreferenced(copy);
  } finally {
    copy.db.exec('PRAGMA foreign_keys = ON');
  }
}

/** @param {Copy} copy @returns {string | null} */
function fillUnreferenced(copy) {
  try {
    for (const row of PROBES) insert(copy, QUEUE, row);
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
  for (const row of TRIED_PROBES) {
    try {
      insert(copy, QUEUE, row);
    } catch {
      // What forbids it is said where pos-sync's own statements are tried.
    }
  }
  try {
    for (const row of CLAIM_PROBES) insert(copy, 'cron_idempotency_claims', row);
  } catch {
    // Its columns are the host's business.
  }
  return null;
}

/**
 * Inserts a row, with something in each column that must have a value.
 * @param {Copy} copy
 * @param {string} table
 * @param {Row} row
 */
export function insert(copy, table, row) {
  const values = { ...row };
  for (const { name, type, notnull, dflt_value, pk, hidden } of copy.columns(table)) {
    if (name in values || !notnull || dflt_value !== null || pk || hidden) continue;
    values[name] = /INT|REAL|NUM/i.test(type) ? 1 : 'x';
  }
  const names = Object.keys(values);
  const sql = `INSERT INTO ${quoted(table)} (${names.map(quoted)}) VALUES (${names.map(() => '?')})`;
  copy.db.prepare(sql).run(...Object.values(values));
}

/** What pos-sync does to a row of the queue, in words and in SQL. */
const OURS = [
  ['take an order in', "INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, revision, payload) VALUES ('probe-new', 'square', 'adana', 1, '{}')"],
  ["set a row to 'failed'", change("status = 'failed', attempts = 9, next_attempt_at = 1795000000000, last_error = 'unknown: ' || hex(zeroblob(500))")],
  ["set a row to 'success'", change("status = 'success', external_order_id = 'SQ', external_payment_id = 'SP', last_error = NULL")],
  ["set a row to 'dead'", change("status = 'dead', attempts = 10, last_error = 'rejected: no'")],
  ["set a row back to 'pending'", change("status = 'pending', attempts = 0, next_attempt_at = 1795000000000, last_error = NULL")],
  ['purge a row', "DELETE FROM pos_sync_queue WHERE order_id = 'probe-success-200'"],
];

/** @param {string} assignments */
function change(assignments) {
  return `UPDATE pos_sync_queue SET ${assignments}, updated_at = datetime('now') WHERE order_id = 'probe-pending-0'`;
}

/** What a trigger must leave as pos-sync has written it. */
const WRITTEN = 'order_id, provider, payload, status, attempts, last_error, restaurant_id, revision, next_attempt_at, external_order_id, external_payment_id';

/**
 * Does to an adopted copy what pos-sync does.
 * @param {Copy} after with its probes
 * @param {readonly import('./copy.mjs').SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function tryOurStatements(after, objects, findings) {
  findings.section('Your triggers on pos_sync_queue');
  const theirs = objects.filter(
    ({ type, tbl_name }) => type === 'trigger' && tbl_name.toLowerCase() === QUEUE,
  );
  for (const { name, sql } of theirs) {
    const event = /\b(INSERT|UPDATE|DELETE)\b/i.exec(sql ?? '')?.[1].toUpperCase();
    findings.note(`${name}: also fires when pos-sync ${{ INSERT: 'takes an order in by HTTP', UPDATE: 'changes a row, several times for each order', DELETE: 'purges a row' }[event ?? ''] ?? 'writes'}`);
  }
  for (const [what, sql] of OURS) {
    const refused = after.objection(sql);
    const parents = after.foreignKeys(QUEUE).map(({ table }) => table);
    if (refused && /FOREIGN KEY/.test(refused) && sql.startsWith('INSERT') && parents.length > 0) {
      findings.note(`pos-sync takes an order in by HTTP only where ${parents.join(', ')} has its row, by your foreign key`);
    } else if (refused) {
      const known = /UNIQUE|CHECK|FOREIGN KEY|NOT NULL/.exec(refused)?.[0];
      findings.mustDo(
        `pos-sync could not ${what}: ${refused}.`,
        known
          ? `A ${known} constraint of yours forbids it; it has to go, or to allow this:`
          : 'A constraint or a trigger of yours forbids it; it has to go, or to allow this:',
        sql,
        ...theirs.map((trigger) => `trigger: ${trigger.sql}`),
      );
    } else if (theirs.length > 0) {
      checkWhatTriggersChange(after, what, sql, theirs.map(({ name }) => name), findings);
    }
  }
}

/**
 * @param {Copy} after
 * @param {string} what
 * @param {string} sql
 * @param {string[]} triggers
 * @param {Findings} findings
 */
function checkWhatTriggersChange(after, what, sql, triggers, findings) {
  const rows = (/** @type {boolean} */ isWithout) =>
    after.trying(() => {
      if (isWithout) for (const name of triggers) after.db.exec(`DROP TRIGGER ${quoted(name)}`);
      after.db.exec(sql);
      return JSON.stringify(after.all(`SELECT ${WRITTEN} FROM pos_sync_queue ORDER BY id`));
    });
  if (rows(false) === rows(true)) return;
  findings.mustDo(
    `Triggers of yours change what pos-sync writes when it wants to ${what}: ${triggers.join(', ')}.`,
    'They must leave the columns of pos_sync_queue alone (but updated_at), and insert nothing there:',
    sql,
  );
}

/**
 * Unique constraints of the host's that forbid what is allowed: an order has one active row, and any
 * number of rows that are success or dead, one of each revision.
 * @param {Copy} before
 * @param {readonly import('./copy.mjs').SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function checkUniques(before, objects, findings) {
  for (const { name, origin, partial, columns } of before.uniques(QUEUE)) {
    if (origin === 'pk' || partial) continue;
    if (!columns.every((each) => ['order_id', 'provider', 'payload', 'status'].includes(each))) continue;
    const referring = tablesReferringBy(before, objects, columns);
    const way = origin === 'c' ? `DROP INDEX ${quoted(name)};` : 'It is part of the table, which has to be built again without it.';
    findings.mustDo(
      `pos_sync_queue allows one row for each (${columns.join(', ')}): a later revision of an order could not be enqueued. pos-sync's own index holds one active row for each order.`,
      ...(referring.length > 0
        ? [
            `Foreign keys of ${referring.join(', ')} refer to it, and without it every write there fails (foreign key mismatch): ` +
              `build these tables again with a foreign key to ${QUEUE} (id), or none. Only then:`,
            `  ${way}`,
          ]
        : [way]),
    );
  }
}

/**
 * The tables with a foreign key that needs a unique index of these columns of the queue.
 * @param {Copy} before
 * @param {readonly import('./copy.mjs').SchemaObject[]} objects
 * @param {string[]} columns
 * @returns {string[]}
 */
function tablesReferringBy(before, objects, columns) {
  const wanted = columns.map((each) => each.toLowerCase()).sort().join();
  return objects.filter(({ type }) => type === 'table').map(({ name }) => name).filter((table) => {
    /** @type {Map<number, string[]>} */
    const keys = new Map();
    for (const { id, table: parent, to } of before.foreignKeys(table)) {
      if (parent.toLowerCase() === QUEUE && to !== null) keys.set(id, [...(keys.get(id) ?? []), to.toLowerCase()]);
    }
    return [...keys.values()].some((to) => to.sort().join() === wanted);
  });
}

// Rows to try things with, on a copy.

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
  payload: JSON.stringify({ items: [], probe: `${status} ${attempts} ${days}` }),
  status,
  attempts,
  created_at: timeText(days),
  updated_at: timeText(days),
});

const AGES = [0, 10, 200];

/** Rows that an adoption leaves as they are, fresh and old. */
export const PROBES = ['pending', 'success'].flatMap((status) => AGES.map((days) => probe(status, 0, days)));

/** More of them. */
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
  // What the host asks of an order's id, its payload or its owner is the host's business.
  const unmade = copy.unhindered(QUEUE, () => {
    let first = null;
    let filled = 0;
    for (const row of [...PROBES, ...TRIED_PROBES]) {
      try {
        insert(copy, QUEUE, row);
        filled += 1;
      } catch (error) {
        // What forbids it is said where the lives of rows are tried.
        first ??= /** @type {Error} */ (error).message;
      }
    }
    return filled > 0 ? null : first;
  });
  if (unmade !== null) return unmade;
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
  // No two rows have the same in a column that is unique, and two copies have the same rows.
  const [{ number }] = copy.all(`SELECT count(*) AS number FROM ${quoted(table)}`);
  for (const { name, type, notnull, dflt_value, pk, hidden } of copy.columns(table)) {
    if (name in values || !notnull || dflt_value !== null || pk || hidden) continue;
    values[name] = /INT|REAL|NUM/i.test(type) ? number : `x${number}`;
  }
  const names = Object.keys(values);
  const sql = `INSERT INTO ${quoted(table)} (${names.map(quoted)}) VALUES (${names.map(() => '?')})`;
  copy.db.prepare(sql).run(...Object.values(values));
}

/**
 * Unique indexes over whole columns that say which order a row is; our own is partial.
 * @param {Copy} copy
 */
export function forbiddingUniques(copy) {
  return copy.uniques(QUEUE).filter(({ origin, partial, columns }) =>
    origin !== 'pk' && !partial &&
    columns.every((each) => ['order_id', 'provider', 'payload', 'status'].includes(each)));
}

/**
 * Unique constraints of the host's that forbid what is allowed: an order has one active row, and any
 * number of rows that are success or dead, one of each revision.
 * @param {Copy} before
 * @param {readonly import('./copy.mjs').SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function checkUniques(before, objects, findings) {
  for (const { name, origin, columns } of forbiddingUniques(before)) {
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

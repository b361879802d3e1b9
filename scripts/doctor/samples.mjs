// Rows of the host's own, adopted on a copy: some of every kind, and those that the migrations change.
// A trigger or a constraint that lets made-up rows pass may refuse these.

import { adviceForRows } from './rows.mjs';
import { Copy } from './copy.mjs';
import { QUEUE } from './schema.mjs';
import { quoted } from './sql.mjs';

/** @import { Migration, SchemaObject } from './copy.mjs' */
/** @import { Driver } from './d1.mjs' */
/** @import { Findings } from './findings.mjs' */

const KINDS = 200;
const ORDERS = 200;
const CHANGED = 500;
const MOST = 2000;
/** A payload tells nothing here. */
const LONGEST = 2000;

/** What a value is when an adoption looks at it. */
const KIND = "CASE status WHEN 'pending' THEN 1 WHEN 'failed' THEN 2 WHEN 'success' THEN 3 WHEN 'dead' THEN 4 ELSE quote(substr(status, 1, 50)) END, " +
  'typeof(order_id), typeof(provider), typeof(attempts), attempts > 0, typeof(last_error), typeof(created_at), typeof(updated_at)';

/**
 * @param {Driver} driver
 * @param {Copy} before
 * @param {Findings} findings
 * @returns {Promise<string[]>} an INSERT for each row
 */
export async function readSamples(driver, before, findings) {
  const columns = before.columns(QUEUE).filter(({ hidden }) => hidden === 0).map(({ name }) => name);
  const literals = columns.map((name) =>
    name.toLowerCase() === 'payload'
      ? `CASE WHEN length(CAST(payload AS BLOB)) > ${LONGEST} THEN '''{}''' ELSE quote(payload) END`
      : `quote(${quoted(name)})`);
  const twice =
    `SELECT order_id AS o, provider AS p FROM ${QUEUE} WHERE order_id IS NOT NULL AND provider IS NOT NULL GROUP BY 1, 2 ` +
    `HAVING sum(status IN ('pending', 'failed')) > 1 ORDER BY min(id)`;
  const changed = "(status NOT IN ('pending', 'failed', 'success', 'dead') OR (status IN ('pending', 'failed') AND typeof(attempts) <> 'integer'))";
  const [[{ orders, others }], rows] = await driver.query([
    `SELECT (SELECT count(*) FROM (${twice})) AS orders, (SELECT count(*) FROM ${QUEUE} WHERE ${changed}) AS others`,
    `SELECT ${literals.map((each, i) => `${each} AS c${i}`).join(', ')} FROM ${QUEUE} WHERE ` +
      `id IN (SELECT min(id) FROM ${QUEUE} GROUP BY ${KIND} LIMIT ${KINDS}) OR id IN (SELECT max(id) FROM ${QUEUE} GROUP BY ${KIND} LIMIT ${KINDS}) ` +
      `OR id IN (SELECT id FROM ${QUEUE} WHERE ${changed} LIMIT ${CHANGED}) ` +
      `OR id IN (SELECT q.id FROM (${twice} LIMIT ${ORDERS}) t JOIN ${QUEUE} q ON q.order_id = t.o AND q.provider = t.p) ORDER BY id LIMIT ${MOST}`,
  ]);
  if (orders > ORDERS || others > CHANGED || rows.length >= MOST) {
    findings.note(`of the rows that an adoption changes, ${rows.length} were adopted on a copy to see whether your rules allow it, and not all; --rehearse adopts all of them`);
  }
  const names = columns.map(quoted).join(', ');
  return rows.map((row) => `INSERT INTO ${QUEUE} (${names}) VALUES (${Object.values(row).join(', ')})`);
}

/**
 * What a status or a provider of the queue's refers to: a table that lists those that may be.
 * @param {Driver} driver
 * @param {Copy} before
 * @param {readonly SchemaObject[]} objects the host's
 * @returns {Promise<string[]>} an INSERT for each row
 */
export async function readLookups(driver, before, objects) {
  const lookups = before.foreignKeys(QUEUE).filter(({ from }) => ['status', 'provider'].includes(from.toLowerCase()));
  const inserts = [];
  for (const { table, to } of lookups) {
    if (!objects.some(({ type, name }) => type === 'table' && name.toLowerCase() === table.toLowerCase())) continue;
    const columns = before.columns(table).filter(({ hidden }) => hidden === 0);
    const key = to ?? columns.find(({ pk }) => pk === 1)?.name;
    if (key === undefined) continue;
    const [rows] = await driver.query([
      `SELECT ${columns.map(({ name }, i) => `quote(${quoted(name)}) AS c${i}`).join(', ')} FROM ${quoted(table)} ` +
        `WHERE ${quoted(key)} IN ('pending', 'failed', 'success', 'dead', 'square') LIMIT 20`,
    ]);
    const names = columns.map(({ name }) => quoted(name)).join(', ');
    inserts.push(...rows.map((row) => `INSERT OR IGNORE INTO ${quoted(table)} (${names}) VALUES (${Object.values(row).join(', ')})`));
  }
  return inserts;
}

/**
 * A copy of the host's schema with the rows that its statuses refer to.
 * @param {readonly SchemaObject[]} objects
 * @param {readonly string[]} lookups
 */
export function copyWith(objects, lookups) {
  const copy = Copy.of(objects);
  for (const sql of lookups) {
    try {
      copy.unhindered(/INTO "([^"]+)"/.exec(sql)?.[1].toLowerCase() ?? '', () => copy.db.exec(sql));
    } catch {
      // It asks for more than can be known here; a status that is missing is said where it is used.
    }
  }
  return copy;
}

/**
 * @param {readonly string[]} samples
 * @param {readonly string[]} lookups
 * @param {readonly SchemaObject[]} objects
 * @param {readonly Migration[]} migrations
 * @param {Findings} findings
 */
export function trySamples(samples, lookups, objects, migrations, findings) {
  if (samples.length === 0) return;
  const trial = copyWith(objects, lookups);
  try {
    trial.unhindered(QUEUE, () => samples.forEach((sql) => trial.db.exec(sql)));
  } catch (error) {
    findings.note(`rows of the queue could not be copied, and their adoption was not tried: ${/** @type {Error} */ (error).message}`);
    trial.db.close();
    return;
  }
  const failed = trial.migrate(migrations);
  const triggers = objects.filter(({ type, tbl_name }) => type === 'trigger' && tbl_name.toLowerCase() === QUEUE);
  if (failed) {
    findings.mustDo(
      `The migration ${failed.name} fails on rows that are in pos_sync_queue: ${failed.message}. ` +
        (triggers.length > 0 ? 'A trigger or a constraint of yours forbids what has to become of them' : 'A constraint of yours forbids what has to become of them') +
        ': change it, or settle these rows by hand before.',
      ...adviceForRows(),
      ...triggers.map(({ sql }) => `trigger: ${sql}`),
    );
  } else {
    const left = trial.all(`SELECT quote(status) AS status, count(*) AS n FROM ${QUEUE} WHERE status NOT IN ('pending', 'failed', 'success', 'dead') GROUP BY 1`);
    for (const { status } of left) {
      findings.mustDo(
        `Rows with the status ${status} have to become dead, for a human to judge, and something in pos_sync_queue keeps them as they are: they would never be pushed, and nothing would say so.`,
        ...adviceForRows(),
        ...triggers.map(({ sql }) => `trigger: ${sql}`),
      );
    }
  }
  trial.db.close();
}

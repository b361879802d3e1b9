// What the schema of a host has to do with ours: names, columns, constraints, and what refers to the
// queue. Everything is found out by adopting a copy of it that has no rows.

import { stopsOfDelete } from './cascades.mjs';
import { checkCollations, checkDefaults, checkGenerated, checkId, valueOf } from './values.mjs';
import { mentions, quoted } from './sql.mjs';

/** @import { Copy, Migration, SchemaObject } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

export const QUEUE = 'pos_sync_queue';
export const CLAIMS = 'cron_idempotency_claims';
const REPORTED = [QUEUE, CLAIMS];

/** The columns that the migrations build on, and what adds one. */
const QUEUE_COLUMNS = {
  id: 'INTEGER',
  order_id: "TEXT NOT NULL DEFAULT ''",
  provider: "TEXT NOT NULL DEFAULT 'square'",
  payload: "TEXT NOT NULL DEFAULT '{}'",
  status: "TEXT NOT NULL DEFAULT 'pending'",
  attempts: 'INTEGER NOT NULL DEFAULT 0',
  last_error: 'TEXT',
  created_at: 'TEXT',
  updated_at: 'TEXT',
};

/** The version of the schema that this release's worker knows. */
export const SCHEMA_VERSION = 1;

/**
 * Which schema of ours a database has.
 * @param {readonly SchemaObject[]} objects
 * @returns {'none' | 'earlier' | 'versioned'}
 */
export function ownSchemaIn(objects) {
  const tables = new Set(objects.filter(({ type }) => type === 'table').map(({ name }) => name.toLowerCase()));
  if (tables.has('pos_sync_schema')) return 'versioned';
  const queue = objects.find(({ type, name }) => type === 'table' && name.toLowerCase() === QUEUE);
  const hasMilliseconds = /\bcreated_at\s+INTEGER\b/i.test(queue?.sql ?? '');
  const isEarlier = ['pos_sync_queue_v0', 'cron_idempotency_claims_v0'].some((name) => tables.has(name));
  return isEarlier || (hasMilliseconds && tables.has('pos_sync_ledger')) ? 'earlier' : 'none';
}

/** @param {Findings} findings */
export function refuseEarlier(findings) {
  findings.mustDo(
    'This database has an earlier schema of pos-sync (pos_sync_queue_v0, or times as integers), which was ' +
      'never released. There is no migration from it. Its workers refuse it, too. Do one of these:',
    'a database for trying things: delete it (local: rm -r .wrangler/state) and apply the migrations to a new one;',
    'otherwise go back to the bookmark that was noted before it was adopted,',
    '  npx wrangler d1 time-travel restore NAME --bookmark=BOOKMARK     (30 days back, 7 on the free plan)',
    'after taking off the cron, and exporting what was pushed since:',
    "  SELECT order_id, provider, external_order_id FROM pos_sync_ledger WHERE booked_at IS NOT NULL",
    "then set the rows of these orders to 'success' in the restored queue, and run this again.",
  );
}

/**
 * What refers to the two tables of the report.
 * @param {Copy} before
 * @param {readonly SchemaObject[]} objects
 * @param {Findings} findings
 */
export function listReferences(before, objects, findings) {
  findings.section('What refers to pos_sync_queue and cron_idempotency_claims');
  for (const { type, name, tbl_name, sql } of objects) {
    if ((type !== 'trigger' && type !== 'view') || !sql || !mentions(sql, REPORTED)) continue;
    findings.note(`${type} ${name}${type === 'trigger' ? ` on ${tbl_name}` : ''}`, sql);
  }
  for (const { table, from, on_delete } of before.foreignKeys(QUEUE)) {
    if (on_delete !== 'CASCADE' || table.toLowerCase() === QUEUE) continue;
    findings.note(
      `foreign key ${QUEUE} (${from}) → ${table}, ON DELETE CASCADE: whoever deletes a row of ${table} deletes its ` +
        'rows of the queue, pushed or not. See that they are success',
    );
  }
  for (const { type, name } of objects) {
    if (type !== 'table') continue;
    for (const { table, from, to, on_delete } of before.foreignKeys(name)) {
      if (!REPORTED.includes(table.toLowerCase())) continue;
      findings.note(`foreign key ${name} (${from}) → ${table} (${to ?? 'its primary key'}), ON DELETE ${on_delete}`);
      if (table.toLowerCase() !== QUEUE || (on_delete !== 'CASCADE' && !on_delete.startsWith('SET '))) continue;
      const harm = on_delete === 'CASCADE' ? 'are deleted' : `lose their ${from}`;
      findings.note(
        `  pos-sync removes rows that are success QUEUE_RETENTION_DAYS (90) after they were booked: rows of ${name} ` +
          `that refer to them ${harm} then, as with any purge of yours. 0 keeps all rows`,
      );
    }
  }
  for (const { table, from, to, rule, way } of stopsOfDelete(before, objects, QUEUE)) {
    findings.stopsPurge(
      `The foreign key ${table} (${from})${way.length > 0 ? `, by the cascade over ${way.join(', ')},` : ''} stops pos-sync's purge, ` +
        'which removes rows that are success for more than QUEUE_RETENTION_DAYS (90): every tick would fail there. ' +
        `Set that variable to 0, which keeps all rows, or build the table again with another rule than ${rule}, and without NOT NULL:`,
      `${from} … REFERENCES ${way.at(-1) ?? QUEUE} (${to ?? 'id'}) ON DELETE SET NULL`,
    );
  }
}

/**
 * Names that the migrations want and somebody else has.
 * @param {readonly SchemaObject[]} objects
 * @param {readonly SchemaObject[]} ours what the migrations make on an empty database
 * @param {Findings} findings
 */
export function checkNames(objects, ours, findings) {
  const taken = new Map(objects.map((object) => [object.name.toLowerCase(), object]));
  for (const { type, name, tbl_name } of ours) {
    const theirs = taken.get(name.toLowerCase());
    if (!theirs) continue;
    // The report's own tables and index are to be there.
    const isTheReports = theirs.type === type && theirs.tbl_name.toLowerCase() === tbl_name.toLowerCase();
    // pos-sync makes that table where nothing is called so, and does nothing with it.
    if (name === CLAIMS && theirs.type === 'view') continue;
    // It is said that the queue has to be a table.
    if (name === QUEUE && theirs.type === 'view') continue;
    if (isTheReports && (REPORTED.includes(name) || name === 'idx_pos_sync_queue_order_id')) continue;
    const change = {
      table: `ALTER TABLE ${quoted(theirs.name)} RENAME TO ${quoted(`host_${theirs.name}`)};`,
      index: `DROP INDEX ${quoted(theirs.name)};  -- and make it again under another name`,
      view: `DROP VIEW ${quoted(theirs.name)};  -- and make it again under another name`,
      trigger: `DROP TRIGGER ${quoted(theirs.name)};  -- and make it again under another name`,
    }[theirs.type];
    findings.mustDo(
      `The name ${name} is taken: pos-sync's migrations make a ${type} of that name, and yours is a ` +
        `${theirs.type}${theirs.type === 'index' || theirs.type === 'trigger' ? ` on ${theirs.tbl_name}` : ''}.`,
      ...(change ? [change] : []),
      ...(theirs.sql ? [`yours: ${theirs.sql}`] : []),
    );
  }
}

/** Whether a queue has the columns that pos-sync reads and writes. @param {Copy} copy */
export function hasColumns(copy) {
  const names = copy.columns(QUEUE).map(({ name }) => name.toLowerCase());
  return Object.keys(QUEUE_COLUMNS).every((each) => names.includes(each));
}

/** @param {string} type @returns {string} SQLite's rules of affinity */
function affinity(type) {
  const upper = type.toUpperCase();
  if (upper.includes('INT')) return 'INTEGER';
  if (/CHAR|CLOB|TEXT/.test(upper)) return 'TEXT';
  if (upper === '' || upper.includes('BLOB')) return 'BLOB';
  return /REAL|FLOA|DOUB/.test(upper) ? 'REAL' : 'NUMERIC';
}

/**
 * @param {Copy} before
 * @param {Copy} fresh an adopted database that had nothing: what is ours among the queue's columns
 * @param {Findings} findings
 */
export function checkColumns(before, fresh, findings) {
  const theirs = before.columns(QUEUE);
  if (theirs.length === 0) return;
  const named = new Map(theirs.map((column) => [column.name.toLowerCase(), column]));
  for (const [name, declared] of Object.entries(QUEUE_COLUMNS)) {
    const column = named.get(name);
    const wanted = declared.split(' ')[0];
    if (!column && name === 'id') {
      findings.mustDo(
        'pos_sync_queue has no column id: it must be its INTEGER PRIMARY KEY, which can only be had by building the table again.',
      );
    } else if (!column) {
      findings.mustDo(`pos_sync_queue lacks the column ${name}:`, `ALTER TABLE ${QUEUE} ADD COLUMN ${name} ${declared};`);
    } else if (affinity(column.type) !== wanted && !isTime(before, column)) {
      findings.mustDo(
        `pos_sync_queue.${column.name} is ${column.type || 'of no type'}, and has to be ${wanted}` +
          `${name.endsWith('_at') ? " ('YYYY-MM-DD HH:MM:SS', UTC)" : ''}. A column of the right type beside it:`,
        ...(name === 'id'
          ? ['(an INTEGER PRIMARY KEY can only be had by building the table again)']
          : [
              `ALTER TABLE ${QUEUE} RENAME COLUMN ${quoted(column.name)} TO ${quoted(`host_${column.name}`)};`,
              `ALTER TABLE ${QUEUE} ADD COLUMN ${name} ${declared};`,
              `UPDATE ${QUEUE} SET ${name} = ${converted(name, column.type, wanted)};`,
            ]),
      );
    }
  }
  checkId(before, findings);
  checkDefaults(before, findings);
  checkCollations(before, findings);
  checkGenerated(theirs.filter(({ name }) => name.toLowerCase() in QUEUE_COLUMNS), findings);
  checkExtraColumns(theirs, fresh, findings);
}

/**
 * Whether a column of times may stay as it is: DATETIME and TIMESTAMP keep a text that is no number, and
 * whether they hold one is asked of the rows.
 * @param {Copy} before
 * @param {Record<string, any>} column
 */
const isTime = (before, { name, type, dflt_value: text }) =>
  name.toLowerCase().endsWith('_at') && affinity(type) === 'NUMERIC' && (text === null || typeof valueOf(before, text) !== 'number');

/** @param {string} name @param {string} type @param {string} wanted */
function converted(name, type, wanted) {
  const old = quoted(`host_${name}`);
  if (!name.endsWith('_at')) return `CAST(${old} AS ${wanted})`;
  // Seconds or milliseconds since 1970.
  return affinity(type) === 'TEXT'
    ? old
    : `datetime(CASE WHEN ${old} > 100000000000 THEN ${old} / 1000 ELSE ${old} END, 'unixepoch')`;
}

/**
 * @param {Record<string, any>[]} theirs
 * @param {Copy} fresh
 * @param {Findings} findings
 */
function checkExtraColumns(theirs, fresh, findings) {
  const own = new Set(fresh.columns(QUEUE).map(({ name }) => name).filter((name) => !(name in QUEUE_COLUMNS)));
  for (const { name, type, notnull, dflt_value, pk, hidden } of theirs) {
    const lower = name.toLowerCase();
    if (own.has(lower)) {
      findings.mustDo(
        `pos_sync_queue.${name} is a column that pos-sync adds. Yours needs another name:`,
        `ALTER TABLE ${QUEUE} RENAME COLUMN ${quoted(name)} TO ${quoted(`host_${name}`)};`,
      );
    } else if (!(lower in QUEUE_COLUMNS) && notnull && dflt_value === null && !pk && hidden === 0) {
      const wanted = affinity(type);
      const empty = wanted === 'TEXT' || wanted === 'BLOB' ? "''" : '0';
      findings.mustDo(
        `pos_sync_queue.${name} is NOT NULL and has no default, so that every insert of pos-sync's would fail. With one:`,
        `ALTER TABLE ${QUEUE} RENAME COLUMN ${quoted(name)} TO ${quoted(`${name}_old`)};`,
        `ALTER TABLE ${QUEUE} ADD COLUMN ${quoted(name)} ${type || 'TEXT'} NOT NULL DEFAULT ${empty};`,
        `UPDATE ${QUEUE} SET ${quoted(name)} = ${quoted(`${name}_old`)};`,
        `ALTER TABLE ${QUEUE} DROP COLUMN ${quoted(`${name}_old`)};`,
      );
    }
  }
}

/**
 * Adopts the copy, and says what stands in the way.
 * @param {Copy} after
 * @param {readonly Migration[]} migrations
 * @param {readonly SchemaObject[]} objects as they were
 * @param {Findings} findings
 * @returns {boolean}
 */
export function adopt(after, migrations, objects, findings) {
  const failed = after.migrate(migrations);
  if (failed) {
    // What was found so far usually says why.
    if (findings.canBeAdopted) {
      findings.mustDo(`The migration ${failed.name} fails on a copy of this schema: ${failed.message}`);
    }
    return false;
  }
  const now = new Map(after.schema().map((object) => [object.name, object]));
  for (const { type, name, sql } of objects) {
    if (!sql || REPORTED.includes(name.toLowerCase())) continue;
    const changed = now.get(name)?.sql;
    if (changed === sql || (type === 'table' && changed === undefined && /VIRTUAL/i.test(sql))) continue;
    if (after.failures.some((each) => each.name === name)) continue;
    findings.mustDo(`The migrations would change your ${type} ${name}: this is a defect of pos-sync, please report it.`, `was: ${sql}`, `is:  ${changed ?? 'gone'}`);
  }
  return true;
}

// The host's own statements, run on two copies of its database, one of which was adopted: what they
// answer, and what they leave behind, must be the same. Which columns they touch says SQLite itself.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:sqlite';
import path from 'node:path';
import { CLAIMS, QUEUE } from './schema.mjs';
import { hasParameters, mentions, quoted, splitStatements, statementsInSource, tokensOf } from './sql.mjs';

/** @import { Copy, Row } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

/** @typedef {{sql: string, from: string}} HostStatement */

const SOURCES = /\.(sql|[cm]?[jt]sx?|py|go|rs|rb|php|java|kt)$/;
const SKIPPED = new Set(['node_modules', '.git', '.wrangler', 'dist', 'build']);
const READ_OR_WRITE = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'WITH']);

/**
 * @param {string[]} paths files or folders
 * @returns {HostStatement[]} those that read or write; migrations are another matter
 */
export function readHostStatements(paths) {
  /** @type {HostStatement[]} */
  const found = [];
  for (const file of paths.flatMap(filesIn)) {
    const text = readFileSync(file, 'utf8');
    const statements = file.endsWith('.sql') ? splitStatements(text) : statementsInSource(text);
    for (const sql of statements) {
      const first = tokensOf(sql)[0]?.text.toUpperCase() ?? '';
      if (READ_OR_WRITE.has(first)) found.push({ sql, from: file });
    }
  }
  return found;
}

/** @param {string} place @returns {string[]} */
function filesIn(place) {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name))
    .flatMap((entry) => {
      const file = path.join(place, entry.name);
      if (entry.isDirectory()) return filesIn(file);
      return SOURCES.test(entry.name) ? [file] : [];
    });
}

/**
 * @typedef {object} Touched
 * @property {Set<string>} updated columns of the queue
 * @property {boolean} inserts into the queue
 * @property {boolean} deletes from the queue
 * @property {boolean} queue whether it is about the queue or the claims at all
 */

/**
 * What a statement touches, through triggers and views too.
 * @param {Copy} copy
 * @param {string} sql
 * @returns {Touched} fails with SQLite's words where it cannot be prepared
 */
export function touchedBy(copy, sql) {
  /** @type {Touched} */
  const touched = { updated: new Set(), inserts: false, deletes: false, queue: false };
  const { SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_READ, SQLITE_OK } = constants;
  copy.db.setAuthorizer((action, table, column) => {
    const name = table?.toLowerCase();
    if (name === QUEUE || name === CLAIMS) touched.queue ||= action === SQLITE_READ || action === SQLITE_INSERT || action === SQLITE_UPDATE || action === SQLITE_DELETE;
    if (name !== QUEUE) return SQLITE_OK;
    if (action === SQLITE_INSERT) touched.inserts = true;
    if (action === SQLITE_DELETE) touched.deletes = true;
    if (action === SQLITE_UPDATE) touched.updated.add(/** @type {string} */ (column).toLowerCase());
    return SQLITE_OK;
  });
  try {
    copy.db.prepare(sql);
  } finally {
    copy.db.setAuthorizer(null);
  }
  return touched;
}

/**
 * What a statement answers and leaves behind, as a text to compare. Nothing of it stays.
 * @param {Copy} copy
 * @param {string} sql
 * @param {string[]} tables
 * @param {Map<string, string>} columnsOf the columns of each that are compared
 */
function effectOf(copy, sql, tables, columnsOf) {
  return copy.trying(() => {
    let answer;
    try {
      const statement = copy.db.prepare(sql);
      const bound = valuesFor(sql);
      const columns = statement.columns().map(({ name }) => name);
      answer = columns.length > 0
        ? { rows: statement.all(...bound), columns }
        : { rows: [], columns, changes: Number(statement.run(...bound).changes) };
    } catch (error) {
      answer = { error: /** @type {Error} */ (error).message, rows: [], columns: [] };
    }
    const left = tables.map((table) =>
      JSON.stringify(copy.all(`SELECT ${columnsOf.get(table)} FROM ${quoted(table)} ORDER BY 1`), plain));
    return { ...answer, left };
  });
}

/** @param {string} _key @param {unknown} value */
const plain = (_key, value) => (typeof value === 'bigint' ? String(value) : value);

/**
 * A text for each parameter; they are all the same, for nobody knows what they are.
 * @param {string} sql
 */
function valuesFor(sql) {
  const names = tokensOf(sql).filter(({ kind }) => kind === 'parameter').map(({ text }) => text);
  const named = names.filter((name) => /^[:@$]/.test(name));
  const numbered = Math.max(0, ...names.map((name) => Number(/^\?(\d+)$/.exec(name)?.[1] ?? 0)));
  const plainOnes = names.filter((name) => name === '?').length;
  const positional = Array(Math.max(numbered, plainOnes)).fill('probe-parameter');
  if (named.length === 0) return positional;
  return [Object.fromEntries(named.map((name) => [name, 'probe-parameter'])), ...positional];
}

/**
 * @param {Copy} before
 * @param {Copy} after
 * @param {readonly HostStatement[]} statements
 * @param {Findings} findings
 */
export function compareStatements(before, after, statements, findings) {
  findings.section('Your statements');
  const tables = before.schema().filter(({ type, sql }) => type === 'table' && !/^\s*CREATE\s+VIRTUAL/i.test(sql ?? '')).map(({ name }) => name);
  const columnsOf = new Map(tables.map((table) => [
    table,
    before.columns(table).filter(({ hidden }) => hidden !== 1).map(({ name }) => quoted(name)).join(', '),
  ]));
  let compared = 0;
  for (const statement of statements) {
    let touched;
    try {
      touched = touchedBy(before, statement.sql);
    } catch (error) {
      if (mentions(statement.sql, [QUEUE, CLAIMS])) {
        findings.note(`could not be read (${/** @type {Error} */ (error).message}): ${told(statement)}`);
      }
      continue;
    }
    if (!touched.queue) continue;
    compared += 1;
    compareOne(before, after, statement, touched, tables, columnsOf, findings);
  }
  findings.note(`${compared} statements read or write these tables; ${statements.length} were found`);
}

/** @param {HostStatement} statement */
const told = ({ sql, from }) => `${from}: ${sql.replace(/\s+/g, ' ')}`;

/**
 * @param {Copy} before
 * @param {Copy} after
 * @param {HostStatement} statement
 * @param {Touched} touched
 * @param {string[]} tables
 * @param {Map<string, string>} columnsOf
 * @param {Findings} findings
 */
function compareOne(before, after, statement, touched, tables, columnsOf, findings) {
  const { sql } = statement;
  try {
    touchedBy(after, sql);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    const hint = /values were supplied|has \d+ columns/.test(message) ? ' Name the columns that it fills.' : '';
    findings.mustDo(`This statement no longer works after the adoption (${message}).${hint}`, told(statement));
    return;
  }
  const run = (/** @type {Copy} */ copy) => effectOf(copy, sql, tables, columnsOf);
  // What has the time in it may fall on two seconds; what is random never is the same.
  for (let tries = 0; tries < 5; tries += 1) {
    const [one, two, again] = [run(before), run(after), run(before)];
    if (same(one, two)) {
      judge(two, before, statement, touched, tables, findings);
      return;
    }
    if (same(one, again)) {
      tellDifference(one, two, statement, findings);
      return;
    }
  }
  findings.note(`gives other results each time, and was not compared: ${told(statement)}`);
  judge(run(after), before, statement, touched, tables, findings);
}

/** @typedef {{rows: Row[], columns: string[], changes?: number, error?: string, left: string[]}} Effect */

/** @param {Effect} one @param {Effect} two */
const same = (one, two) => JSON.stringify(one, plain) === JSON.stringify(two, plain);

/**
 * @param {Effect} one
 * @param {Effect} two
 * @param {HostStatement} statement
 * @param {Findings} findings
 */
function tellDifference(one, two, statement, findings) {
  const same_effect = one.error === two.error && JSON.stringify(one.left) === JSON.stringify(two.left);
  const more = two.columns.filter((name) => !one.columns.includes(name));
  const pruned = two.rows.map((row) => Object.fromEntries(one.columns.map((name) => [name, row[name]])));
  if (same_effect && more.length > 0 && JSON.stringify(pruned, plain) === JSON.stringify(one.rows, plain)) {
    findings.note(`gets more columns (${more.join(', ')}), and the same rows: ${told(statement)}`);
    return;
  }
  const words = (/** @type {Effect} */ { error, rows, changes }) =>
    error ?? (changes === undefined ? `${rows.length} rows: ${JSON.stringify(rows.slice(0, 3), plain)}` : `${changes} rows changed`);
  if (two.error && /UNIQUE constraint failed: pos_sync_queue/.test(two.error)) {
    findings.mustDo('This statement enqueues an order that is active already, and fails after the adoption; let it end in ON CONFLICT (order_id, provider) WHERE status IN (\'pending\', \'failed\') DO NOTHING:', told(statement));
    return;
  }
  findings.mustDo('This statement means something else after the adoption:', told(statement), `before: ${words(one)}`, `after:  ${words(two)}`);
}

/**
 * What a statement does to rows that only pos-sync may change, though it does the same as before.
 * @param {Effect} effect
 * @param {Copy} before
 * @param {HostStatement} statement
 * @param {Touched} touched
 * @param {string[]} tables
 * @param {Findings} findings
 */
function judge(effect, before, statement, touched, tables, findings) {
  const { sql } = statement;
  if (touched.inserts) judgeInsert(statement, findings);
  const content = ['payload', 'order_id', 'provider'].filter((name) => touched.updated.has(name));
  if (content.length > 0) {
    findings.mustDo(`This statement changes the ${content.join(', ')} of rows. Once an order's bytes are frozen it fails; enqueue the change as the next revision:`, told(statement));
  }
  const state = ['status', 'attempts', 'last_error', 'id'].filter((name) => touched.updated.has(name));
  if (state.length > 0) {
    findings.mustDo(`This statement changes the ${state.join(', ')} of rows, which is pos-sync's from then on. If it is the old pusher's, it goes with that; what an operator does is done by POST /v1/orders/{id}/replay, cancel and mark-done:`, told(statement));
  }
  if (touched.deletes && !startsWithReplace(sql)) judgeDelete(effect, before, statement, tables, findings);
  if (tokensOf(sql).some(({ kind, text }) => kind === 'string' && /^pos-?sync:/i.test(text))) {
    findings.note(`has claim keys of the old pusher, which pos-sync does not read: ${told(statement)}`);
  }
}

/** @param {string} sql */
function startsWithReplace(sql) {
  const words = tokensOf(sql).slice(0, 3).map(({ text }) => text.toUpperCase());
  return words[0] === 'REPLACE' || (words[0] === 'INSERT' && words[1] === 'OR' && words[2] === 'REPLACE');
}

/** @param {HostStatement} statement @param {Findings} findings */
function judgeInsert(statement, findings) {
  const { sql } = statement;
  if (startsWithReplace(sql)) {
    findings.mustDo('This statement replaces a row of an order that may be under way: it gets a new id, and its attempts are forgotten. Let it end in ON CONFLICT … DO NOTHING instead:', told(statement));
    return;
  }
  const words = tokensOf(sql).map(({ text }) => text.toUpperCase());
  if (mentions(sql, [QUEUE]) && words[0] === 'INSERT' && words[1] !== 'OR' && !words.includes('CONFLICT')) {
    findings.note(`fails where its order is active already, since there is one active row for each; ON CONFLICT (order_id, provider) WHERE status IN ('pending', 'failed') DO NOTHING would pass over it: ${told(statement)}`);
  }
}

/**
 * @param {Effect} effect
 * @param {Copy} before
 * @param {HostStatement} statement
 * @param {string[]} tables
 * @param {Findings} findings
 */
function judgeDelete(effect, before, statement, tables, findings) {
  const index = tables.findIndex((table) => table.toLowerCase() === QUEUE);
  const left = JSON.parse(effect.left[index] ?? '[]').map((/** @type {Row} */ { id }) => id);
  const gone = before.all(`SELECT id, status FROM ${QUEUE}`).filter(({ id }) => !left.includes(id));
  const active = gone.filter(({ status }) => status === 'pending' || status === 'failed');
  if (active.length > 0) {
    findings.mustDo("This statement deletes rows that are still to be pushed: their orders would be lost. Let it delete rows of status 'success' only:", told(statement));
  } else if (gone.some(({ status }) => status === 'dead')) {
    findings.mustDo("This statement deletes rows that are dead: orders that wait for a human would vanish from the queue. Let it delete rows of status 'success' only:", told(statement));
  } else if (!mentions(statement.sql, [QUEUE]) && cascades(before).some((parent) => mentions(statement.sql, [parent]))) {
    findings.mustDo("This statement deletes rows of pos_sync_queue by a foreign key with ON DELETE CASCADE, whatever their status: orders that are still to be pushed would be lost. Let it ask that they are 'success':", told(statement));
  } else if (hasParameters(statement.sql) > 0) {
    findings.note(`deletes rows by its parameters; see that it is never one that is pending or failed: ${told(statement)}`);
  }
}

/** The tables whose rows take rows of the queue along. @param {Copy} copy */
const cascades = (copy) =>
  copy.foreignKeys(QUEUE).filter(({ on_delete }) => on_delete === 'CASCADE').map(({ table }) => table.toLowerCase());

/**
 * Triggers of the host that write to the queue, held to what is asked of its statements.
 * @param {Copy} before
 * @param {Findings} findings
 */
export function checkEnqueuingTriggers(before, findings) {
  for (const { type, name, sql } of before.schema()) {
    if (type !== 'trigger' || !sql || !mentions(sql, [QUEUE])) continue;
    const body = splitStatements(sql.slice(sql.search(/\bBEGIN\b/i) + 5));
    for (const each of body) {
      const words = tokensOf(each).map(({ text }) => text.toUpperCase());
      if (!words.includes('INSERT') && words[0] !== 'REPLACE') continue;
      if (mentions(each, [QUEUE])) judgeInsert({ sql: each, from: `trigger ${name}` }, findings);
    }
  }
}

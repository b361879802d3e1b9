// The views and triggers of a host, compiled on two copies of its database, one of which was adopted.
// SQLite resolves their names each time: with our columns beside its own, one may no longer compile,
// or a name in it may mean another column.

import { constants } from 'node:sqlite';
import { QUEUE } from './schema.mjs';
import { quoted } from './sql.mjs';

/** @import { Copy, SchemaObject } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

/** @typedef {{error: string} | {reads: Map<string, number>}} Compiled how often `table.column` is read */

/**
 * @param {Copy} before
 * @param {Copy} after
 * @param {readonly SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function comparePrograms(before, after, objects, findings) {
  const theirs = new Set(objects.map(({ name }) => name));
  const ours = new Set(after.schema().filter(({ name }) => !theirs.has(name)).map(({ name }) => name));
  const had = before.columns(QUEUE).map(({ name }) => name.toLowerCase());
  const added = after.columns(QUEUE).map(({ name }) => name.toLowerCase()).filter((name) => !had.includes(name));
  const broken = new Set();
  const programs = objects.filter(({ type, sql }) => sql && (type === 'view' || type === 'trigger'));
  programs.sort((a, b) => Number(a.type === 'trigger') - Number(b.type === 'trigger'));
  for (const object of programs) {
    // What is said of a view holds for its triggers, too.
    if (object.type === 'trigger' && broken.has(object.tbl_name.toLowerCase())) continue;
    const sql = statementFor(object, before);
    const one = compiled(before, sql, object, objects, ours);
    if ('error' in one) continue;
    const two = compiled(after, sql, object, objects, ours);
    if ('error' in two) {
      broken.add(object.name.toLowerCase());
      findings.mustDo(
        `Your ${object.type} ${object.name} no longer works after the adoption (${two.error}). ${adviceOn(two.error)}`,
        object.sql ?? '',
      );
      continue;
    }
    const bound = boundAnew(one.reads, two.reads, added);
    if (bound.length === 0) continue;
    findings.mustDo(
      `Your ${object.type} ${object.name} means something else after the adoption: ${bound.join(', ')} in it is then the column ` +
        'that pos-sync adds to pos_sync_queue. Write the name of its table before it.',
      object.sql ?? '',
    );
  }
}

/** @param {string} message SQLite's words */
function adviceOn(message) {
  if (/ambiguous/.test(message)) return 'Write the name of its table before that column.';
  return 'It must name the columns of pos_sync_queue that it fills or reads, since there are more of them then.';
}

/**
 * What compiles a view, or the event of a trigger.
 * @param {SchemaObject} object
 * @param {Copy} before
 */
function statementFor({ type, name, tbl_name, sql }, before) {
  if (type === 'view') return `SELECT * FROM ${quoted(name)}`;
  const table = quoted(tbl_name);
  const event = eventOf(sql ?? '');
  if (event === 'INSERT') return `INSERT INTO ${table} DEFAULT VALUES`;
  if (event === 'DELETE') return `DELETE FROM ${table}`;
  const columns = before.columns(tbl_name).filter(({ hidden }) => hidden === 0).map(({ name: column }) => quoted(column));
  return `UPDATE ${table} SET ${columns.map((column) => `${column} = ${column}`).join(', ')}`;
}

/** @param {string} sql of a trigger; its name may be one of these words */
const eventOf = (sql) =>
  /\b(INSERT|DELETE|UPDATE)\b(?:\s+OF\b[\s\S]+?)?\s+ON\b/i.exec(sql)?.[1].toUpperCase() ?? 'UPDATE';

/**
 * Compiles a statement with no trigger but this one, and those that let a view be written to.
 * @param {Copy} copy
 * @param {string} sql
 * @param {SchemaObject} object
 * @param {readonly SchemaObject[]} objects
 * @param {Set<string>} ours names of what the migrations have made
 * @returns {Compiled}
 */
function compiled(copy, sql, object, objects, ours) {
  return copy.trying(() => {
    for (const each of objects) {
      if (each.type !== 'trigger' || each.name === object.name) continue;
      const isOfAnotherView = /\bINSTEAD\s+OF\b/i.test(each.sql ?? '') && each.tbl_name !== object.tbl_name;
      if (!isOfAnotherView) copy.db.exec(`DROP TRIGGER IF EXISTS ${quoted(each.name)}`);
    }
    /** @type {Map<string, number>} */
    const reads = new Map();
    copy.db.setAuthorizer((action, table, column, _database, within) => {
      if (action === constants.SQLITE_READ && !ours.has(within ?? '')) {
        const read = `${table}.${column}`.toLowerCase();
        reads.set(read, (reads.get(read) ?? 0) + 1);
      }
      return constants.SQLITE_OK;
    });
    try {
      copy.db.prepare(sql);
      return { reads };
    } catch (error) {
      return { error: /** @type {Error} */ (error).message };
    } finally {
      copy.db.setAuthorizer(null);
    }
  });
}

/**
 * The names that mean our columns and meant something else. A `*` reads each of ours equally often, and
 * changes nothing in how often another table's column of that name is read.
 * @param {Map<string, number>} one before
 * @param {Map<string, number>} two after
 * @param {string[]} added
 */
function boundAnew(one, two, added) {
  const timesOf = (/** @type {string} */ column) => two.get(`${QUEUE}.${column}`) ?? 0;
  const byStar = Math.min(...added.map(timesOf));
  const others = [...one.keys()].filter((read) => !read.startsWith(`${QUEUE}.`));
  // Of two columns of one name, a view calls the second `name:1`: the first has its name then.
  const isSecond = (/** @type {string} */ column) => [...two.keys()].some((read) => read.endsWith(`.${column}:1`) && !one.has(read));
  return added.filter((column) =>
    timesOf(column) > byStar || isSecond(column) ||
    (timesOf(column) > 0 && others.some((read) => read.endsWith(`.${column}`) && one.get(read) !== two.get(read))));
}

// What hangs on a row of the queue when pos-sync's purge removes it: rows that refer to it, rows that
// refer to those, and so on. One that may not go stops the purge, in every tick.

import { insert } from './probes.mjs';
import { QUEUE } from './schema.mjs';
import { quoted } from './sql.mjs';

/** @import { Copy, Row, SchemaObject } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

/** @typedef {{table: string, from: string, to: string | null, rule: string, way: string[]}} Stop */

/**
 * The foreign keys to a table.
 * @param {Copy} copy
 * @param {readonly SchemaObject[]} objects
 * @param {string} parent
 */
const keysTo = (copy, objects, parent) =>
  objects.filter(({ type }) => type === 'table').flatMap(({ name }) =>
    copy.foreignKeys(name)
      .filter(({ table }) => table.toLowerCase() === parent.toLowerCase())
      .map(({ id, from, to, on_delete }) => ({ child: name, key: id, from, to, rule: on_delete })));

/**
 * The foreign keys that keep a row from being deleted, cascades followed.
 * @param {Copy} copy
 * @param {readonly SchemaObject[]} objects the host's
 * @param {string} parent
 * @param {string[]} [way] the tables that the cascade has come over
 * @returns {Stop[]}
 */
export function stopsOfDelete(copy, objects, parent, way = []) {
  return keysTo(copy, objects, parent).flatMap(({ child, from, to, rule }) => {
    if (rule === 'CASCADE') {
      return way.includes(child) || child.toLowerCase() === QUEUE ? [] : stopsOfDelete(copy, objects, child, [...way, child]);
    }
    const column = copy.columns(child).find(({ name }) => name.toLowerCase() === from.toLowerCase());
    const hasNull = column !== undefined && !column.notnull;
    const isEmptied = rule === 'SET NULL' || (rule === 'SET DEFAULT' && /^(NULL)?$/i.test(column?.dflt_value ?? ''));
    return isEmptied && hasNull ? [] : [{ table: child, from, to, rule: `ON DELETE ${rule}`, way }];
  });
}

/**
 * The ways by which a row that is deleted takes other rows of the same table along.
 * @param {Copy} copy
 * @param {readonly SchemaObject[]} objects the host's
 * @param {string} table
 * @param {string} parent
 * @param {string[]} way
 * @returns {string[][]} foreign keys, from the queue to the queue
 */
function cascadesBack(copy, objects, table, parent, way) {
  return keysTo(copy, objects, parent).filter(({ rule }) => rule === 'CASCADE').flatMap(({ child, from }) => {
    const key = `${child} (${from})`;
    if (child.toLowerCase() === table) return [[...way, key]];
    return way.includes(key) ? [] : cascadesBack(copy, objects, table, child, [...way, key]);
  });
}

/**
 * A purge removes rows that are success, and no other.
 * @param {Copy} before
 * @param {readonly SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function checkPurge(before, objects, findings) {
  for (const way of cascadesBack(before, objects, QUEUE, QUEUE, [])) {
    findings.stopsPurge(
      `The foreign key ${way.join(' → ')} leads from pos_sync_queue back to it, with ON DELETE CASCADE: when pos-sync's purge removes a row that is success for ` +
        'more than QUEUE_RETENTION_DAYS (90), it takes along the rows that hang on it, those that are still to be pushed too. ' +
        `Set that variable to 0, which keeps all rows, or build the table of that key again with another rule:`,
      `${way.at(-1)} … ON DELETE SET NULL`,
    );
  }
}

/**
 * Purges a row of the copy that others refer to. Rows are left in the copy: this comes last.
 * @param {Copy} after with its probes
 * @param {readonly SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function tryPurge(after, objects, findings) {
  if (stopsOfDelete(after, objects, QUEUE).length > 0) return;
  const purge = `DELETE FROM ${QUEUE} WHERE order_id = 'probe-success-200'`;
  if (after.objection(purge)) return;
  const [row] = after.all(`SELECT * FROM ${QUEUE} WHERE order_id = 'probe-success-200'`);
  after.db.exec('PRAGMA foreign_keys = OFF');
  const made = row ? hangOn(after, objects, QUEUE, row, []) : [];
  after.db.exec('PRAGMA foreign_keys = ON');
  const refused = after.objection(purge);
  if (!refused) return;
  const triggers = objects.filter(({ type, tbl_name }) => type === 'trigger' && made.includes(tbl_name));
  findings.stopsPurge(
    `pos-sync could not purge a row that rows of ${made.join(', ')} refer to: ${refused}. Every tick would fail there. ` +
      'Set QUEUE_RETENTION_DAYS to 0, which keeps all rows, or take away what forbids it:',
    purge,
    ...triggers.map(({ sql }) => `trigger: ${sql}`),
  );
}

/**
 * Makes a row in each table that refers to a row, and to the rows so made.
 * @param {Copy} copy
 * @param {readonly SchemaObject[]} objects
 * @param {string} parent
 * @param {Row} row
 * @param {string[]} way
 * @returns {string[]} the tables that have got one
 */
function hangOn(copy, objects, parent, row, way) {
  const keys = keysTo(copy, objects, parent);
  const names = new Set(keys.map(({ child, key }) => JSON.stringify([child, key])));
  return [...names].flatMap((each) => {
    const [child, key] = JSON.parse(each);
    if (way.includes(child) || child.toLowerCase() === QUEUE) return [];
    const primary = copy.columns(parent).find(({ pk }) => pk === 1)?.name ?? 'id';
    const columns = keys.filter((other) => other.child === child && other.key === key);
    try {
      insert(copy, child, Object.fromEntries(columns.map(({ from, to }) => [from, row[to ?? primary]])));
    } catch {
      // It asks for more than can be guessed.
      return [];
    }
    const [made] = copy.all(`SELECT * FROM ${quoted(child)} WHERE ${columns.map(({ from, to }) => `${quoted(from)} IS '${row[to ?? primary]}'`).join(' AND ')}`);
    return [child, ...(made ? hangOn(copy, objects, child, made, [...way, child]) : [])];
  });
}

// What a row of the host's has where its INSERT says nothing. A row without an id, or with a status that
// is not 'pending', is taken for an order and never pushed.

import { QUEUE } from './schema.mjs';
import { quoted } from './sql.mjs';

/** @import { Copy } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

/** @type {Record<string, {value: string | number, declared: string, harm: string}>} */
const DEFAULTS = {
  status: { value: 'pending', declared: "TEXT NOT NULL DEFAULT 'pending'", harm: 'and is never pushed' },
  attempts: { value: 0, declared: 'INTEGER NOT NULL DEFAULT 0', harm: 'and looks like one that was tried, or whose tries cannot be counted' },
  provider: { value: 'square', declared: "TEXT NOT NULL DEFAULT 'square'", harm: 'and is never pushed' },
};

/**
 * The id has to be the rowid, which alone is never NULL and given by SQLite.
 * @param {Copy} before
 * @param {Findings} findings
 */
export function checkId(before, findings) {
  const columns = before.columns(QUEUE);
  const id = columns.find(({ name }) => name.toLowerCase() === 'id');
  if (!id) return;
  const again = 'The table has to be built again with id INTEGER PRIMARY KEY AUTOINCREMENT.';
  const [{ wr: isWithoutRowid }] = before.all("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", QUEUE);
  const isOnlyKey = columns.filter(({ pk }) => pk > 0).length === 1;
  if (id.pk === 0) {
    findings.mustDo(`pos_sync_queue.id is not the primary key: ${again[0].toLowerCase()}${again.slice(1)}`);
  } else if (!isOnlyKey) {
    findings.mustDo(`pos_sync_queue.id is one of several columns of the primary key: a row that is inserted without an id has none, and its order is never pushed. ${again}`);
  } else if (isWithoutRowid) {
    findings.mustDo(`pos_sync_queue is WITHOUT ROWID, so that SQLite gives its rows no id: every insert of pos-sync's would fail. ${again}`);
  } else if (id.type.toUpperCase() !== 'INTEGER') {
    findings.mustDo(`pos_sync_queue.id is ${id.type || 'of no type'}, and SQLite gives an id to an INTEGER PRIMARY KEY alone: a row that is inserted without one has none, and its order is never pushed. ${again}`);
  } else if (!isRowid(before)) {
    findings.mustDo(`pos_sync_queue.id is a primary key, and not the rowid (PRIMARY KEY DESC): a row that is inserted without an id has none, and its order is never pushed. ${again}`);
  }
}

/**
 * Only a key that is not the rowid has an index of its own.
 * @param {Copy} before
 */
const isRowid = (before) => before.uniques(QUEUE).every(({ origin }) => origin !== 'pk');

/**
 * @param {Copy} before
 * @param {Findings} findings
 */
export function checkDefaults(before, findings) {
  for (const { name, notnull, dflt_value: text, hidden } of before.columns(QUEUE)) {
    const wanted = DEFAULTS[name.toLowerCase()];
    if (!wanted || hidden || (text !== null && valueOf(before, text) === wanted.value)) continue;
    // An insert that does not name its provider fails then, which is seen.
    if (name.toLowerCase() === 'provider' && notnull && text === null) continue;
    const made = `${name.toLowerCase()}_new`;
    findings.mustDo(
      `pos_sync_queue.${name} has ${text === null ? 'no default' : `the default ${text}`}, and needs ${JSON.stringify(wanted.value)}: an order that is inserted without it is accepted, ${wanted.harm}. ` +
        'With the default (what refers to the column has to be dropped before, and made again afterwards):',
      `ALTER TABLE ${QUEUE} ADD COLUMN ${made} ${wanted.declared};`,
      `UPDATE ${QUEUE} SET ${made} = ${quoted(name)} WHERE ${quoted(name)} IS NOT NULL;`,
      `ALTER TABLE ${QUEUE} DROP COLUMN ${quoted(name)};`,
      `ALTER TABLE ${QUEUE} RENAME COLUMN ${made} TO ${name.toLowerCase()};`,
    );
  }
}

/** What pos-sync compares, and what two values that are compared so are. */
const COMPARED = {
  order_id: 'two orders whose ids differ in that only become one, and one of them is never sold',
  provider: 'two providers become one',
  status: 'a row of another status is taken for one that is active, and its words are not known',
  payload: 'an edit behind a push goes unnoticed',
};

/** How collations of SQLite differ from comparing bytes. @type {Record<string, string>} */
const COLLATIONS = { NOCASE: "'a1' is 'A1'", RTRIM: "'a1' is 'a1 '" };

/**
 * A collation other than BINARY takes two texts for one.
 * @param {Copy} before
 * @param {Findings} findings
 */
export function checkCollations(before, findings) {
  for (const { name, hidden } of before.columns(QUEUE)) {
    const harm = COMPARED[/** @type {keyof typeof COMPARED} */ (name.toLowerCase())];
    if (!harm || hidden) continue;
    const collation = before.collation(QUEUE, name).toUpperCase();
    if (collation === 'BINARY') continue;
    const made = `${name.toLowerCase()}_new`;
    const declared = DEFAULTS[name.toLowerCase()]?.declared ?? `TEXT NOT NULL DEFAULT ${name.toLowerCase() === 'payload' ? "'{}'" : "''"}`;
    findings.mustDo(
      `pos_sync_queue.${name} is COLLATE ${collation} (${COLLATIONS[collation] ?? 'it compares other than by bytes'}): ${harm}. ` +
        'Without it (what refers to the column has to be dropped before, and made again afterwards):',
      `SELECT ${name} COLLATE ${collation}, count(DISTINCT ${name} COLLATE BINARY) FROM ${QUEUE} GROUP BY 1 HAVING count(DISTINCT ${name} COLLATE BINARY) > 1;   -- those that are one today`,
      `ALTER TABLE ${QUEUE} ADD COLUMN ${made} ${declared};`,
      `UPDATE ${QUEUE} SET ${made} = ${quoted(name)} WHERE ${quoted(name)} IS NOT NULL;`,
      `ALTER TABLE ${QUEUE} DROP COLUMN ${quoted(name)};`,
      `ALTER TABLE ${QUEUE} RENAME COLUMN ${made} TO ${name.toLowerCase()};`,
    );
  }
}

/**
 * @param {readonly Record<string, any>[]} columns those that pos-sync writes
 * @param {Findings} findings
 */
export function checkGenerated(columns, findings) {
  for (const { name, hidden } of columns) {
    if (hidden !== 2 && hidden !== 3) continue;
    findings.mustDo(`pos_sync_queue.${name} is generated from other columns, and pos-sync writes it: every insert and every change of a row would fail. It has to be a column of its own; the table has to be built again.`);
  }
}

/** What a default gives. @param {Copy} copy @param {string} text */
export function valueOf(copy, text) {
  try {
    return copy.all(`SELECT (${text}) AS value`)[0].value;
  } catch {
    return null;
  }
}

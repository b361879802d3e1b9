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

/** @param {Copy} copy @param {string} text */
function valueOf(copy, text) {
  try {
    return copy.all(`SELECT (${text}) AS value`)[0].value;
  } catch {
    return null;
  }
}

// What triggers on the host's other tables do to rows of the queue: each statement of
// a trigger is run for each row of the copy, as if what fired it were about that row.

import { QUEUE } from './schema.mjs';
import { touchedBy } from './statements.mjs';
import { mentions, splitStatements, tokensOf } from './sql.mjs';

/** @import { Copy, SchemaObject } from './copy.mjs' */
/** @import { Findings } from './findings.mjs' */

const NOT_THEIRS = ['order_id', 'provider', 'payload', 'status', 'attempts', 'last_error', 'id'];

/**
 * @param {Copy} after adopted, with its probes
 * @param {readonly SchemaObject[]} objects the host's
 * @param {Findings} findings
 */
export function checkTriggerBodies(after, objects, findings) {
  for (const { type, name, tbl_name, sql } of objects) {
    // Triggers on the queue fire when pos-sync writes, and are tried so; those on a view when it is written to.
    if (type !== 'trigger' || !sql || tbl_name.toLowerCase() === QUEUE || /\bINSTEAD\s+OF\b/i.test(sql)) continue;
    for (const each of splitStatements(sql.slice(sql.search(/\bBEGIN\b/i) + 5))) {
      const verb = tokensOf(each)[0]?.text.toUpperCase();
      if (mentions(each, [QUEUE]) && (verb === 'UPDATE' || verb === 'DELETE')) checkStatement(after, name, each, findings);
    }
  }
}

/**
 * @param {Copy} after
 * @param {string} name of its trigger
 * @param {string} body
 * @param {Findings} findings
 */
function checkStatement(after, name, body, findings) {
  const rows = after.all(`SELECT id, order_id, status FROM ${QUEUE}`);
  const lost = new Set();
  for (const { id, order_id } of [{ id: 0, order_id: 'probe-none' }, ...rows]) {
    for (const value of [`'${order_id}'`, String(id)]) {
      const sql = body.replace(/\b(?:OLD|NEW)\s*\.\s*(?:\w+|"[^"]*"|`[^`]*`|\[[^\]]*\])/gi, value);
      try {
        const { updated } = touchedBy(after, sql);
        const changed = NOT_THEIRS.filter((column) => updated.has(column));
        if (changed.length > 0) {
          findings.mustDo(
            `Your trigger ${name} changes the ${changed.join(', ')} of rows of pos_sync_queue, which is pos-sync's from then on. An order that is booked could be pushed again, or a change never arrive; enqueue it as the next revision:`,
            body,
          );
          return;
        }
        for (const status of deletedBy(after, sql)) lost.add(status);
      } catch {
        // What no longer compiles is said elsewhere; what a value of another kind would do is not known.
      }
    }
  }
  lost.delete('success');
  if (lost.size === 0) return;
  findings.mustDo(
    `Your trigger ${name} deletes rows of pos_sync_queue that are ${[...lost].sort().join(', ')}: their orders would be lost, or vanish before a human has judged them. Let it delete rows of status 'success' only:`,
    body,
  );
}

/**
 * @param {Copy} after
 * @param {string} sql
 * @returns {string[]} the statuses of the rows that it deletes
 */
function deletedBy(after, sql) {
  return after.trying(() => {
    const all = after.all(`SELECT id, status FROM ${QUEUE}`);
    after.db.exec(sql);
    const left = new Set(after.all(`SELECT id FROM ${QUEUE}`).map(({ id }) => id));
    return all.filter(({ id }) => !left.has(id)).map(({ status }) => status);
  });
}

// As much of D1 as a tick uses, in memory: the real migrations and statements without a server.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ROOT } from '../../scripts/lib/run.mjs';

/** @typedef {Record<string, any>} Json */
/** @typedef {{sql: string, values: string[]}} Prepared */

export class MemoryD1 {
  #db = new DatabaseSync(':memory:');

  constructor() {
    const folder = path.join(ROOT, 'migrations');
    for (const name of readdirSync(folder).sort()) {
      this.#db.exec(readFileSync(path.join(folder, name), 'utf8'));
    }
  }

  /** @param {string} sql */
  prepare(sql) {
    return { bind: (/** @type {string[]} */ ...values) => ({ sql, values }) };
  }

  /** @param {Prepared[]} statements
   * @returns {Promise<{results: Json[]}[]>} */
  async batch(statements) {
    this.#db.exec('BEGIN IMMEDIATE');
    const answers = statements.map(({ sql, values }) => ({
      results: this.#db.prepare(sql).all(...values),
    }));
    this.#db.exec('COMMIT');
    return answers;
  }

  close() {
    this.#db.close();
  }
}

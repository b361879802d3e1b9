// As much of D1 as the worker and its tests use, on the SQLite that Node has: the real statements, in
// milliseconds. What D1 alone does (its limits, its words) is seen in workerd, where the same tests run.
import { DatabaseSync } from 'node:sqlite';

/** @typedef {Record<string, any>} Row */

/** Names of what is no table or view of the worker's. */
const OWN = /^(sqlite_|_cf_)/;

const SQLITE_CONSTRAINT = 19;

/** @param {unknown} value */
function asText(value) {
  if (value === undefined) throw new TypeError("D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'");
  return typeof value === 'boolean' ? Number(value) : value;
}

class Statement {
  /** @param {MemoryD1} database @param {string} sql @param {any[]} values */
  constructor(database, sql, values = []) {
    this.database = database;
    this.sql = sql;
    this.values = values;
  }

  /** @param {...unknown} values */
  bind(...values) {
    return new Statement(this.database, this.sql, values.map(asText));
  }

  async all() {
    return this.database.answer(() => this.database.run(this));
  }

  async run() {
    return this.all();
  }

  async first() {
    return (await this.all()).results[0] ?? null;
  }
}

export class MemoryD1 {
  sqlite = new DatabaseSync(':memory:');

  /** @param {string} sql */
  prepare(sql) {
    return new Statement(this, sql);
  }

  /** @param {string} sql any number of statements */
  async exec(sql) {
    return this.answer(() => this.sqlite.exec(sql));
  }

  /** All of them, or none. @param {Statement[]} statements */
  async batch(statements) {
    return this.answer(() => {
      this.sqlite.exec('BEGIN IMMEDIATE');
      try {
        const answers = statements.map((each) => this.run(each));
        this.sqlite.exec('COMMIT');
        return answers;
      } catch (error) {
        this.sqlite.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** @param {Statement} statement @returns {{success: true, results: Row[], meta: object}} */
  run({ sql, values }) {
    const rows = this.sqlite.prepare(sql).all(...values);
    return { success: true, results: rows.map((row) => ({ ...row })), meta: {} };
  }

  /** @template T @param {() => T} work @returns {T} fails in D1's words */
  answer(work) {
    try {
      return work();
    } catch (error) {
      const { message, errcode = 0 } = /** @type {Error & {errcode?: number}} */ (error);
      // SQLite, "Result and Error Codes": the lowest byte of an extended code is its primary one.
      const name = (errcode & 255) === SQLITE_CONSTRAINT ? 'SQLITE_CONSTRAINT' : 'SQLITE_ERROR';
      throw new Error(`D1_ERROR: ${message}: ${name}`, { cause: error });
    }
  }

  /** Takes everything away. */
  reset() {
    this.sqlite.exec('PRAGMA foreign_keys = OFF');
    const all = this.sqlite.prepare("SELECT type, name FROM sqlite_master WHERE type IN ('view', 'table')").all();
    for (const { type, name } of all) if (!OWN.test(String(name))) this.sqlite.exec(`DROP ${type} "${name}"`);
    this.sqlite.exec('PRAGMA foreign_keys = ON');
  }
}

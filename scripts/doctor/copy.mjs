// A copy of a database's schema in memory, where things can be tried: real SQLite, as strict as D1.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { quoted } from './sql.mjs';

/** @typedef {Record<string, any>} Row */
/** @typedef {{type: string, name: string, tbl_name: string, sql: string | null}} SchemaObject */
/** @typedef {{name: string, sql: string}} Migration */

/** What SQLite and D1 keep for themselves. */
const OWN = /^(sqlite_|_cf_)/i;

const ORDER = ['table', 'index', 'view', 'trigger'];

export class Copy {
  /** Objects that could not be made, with SQLite's words.
   * @type {{name: string, message: string}[]} */
  failures = [];

  /** @param {DatabaseSync} [db] */
  constructor(db) {
    this.db = db ?? new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  }

  /**
   * Without rows.
   * @param {readonly SchemaObject[]} objects
   */
  static of(objects) {
    const copy = new Copy();
    const made = objects.filter(({ name, sql }) => sql && !OWN.test(name));
    made.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type) || rank(a) - rank(b));
    for (const { name, sql } of made) {
      try {
        copy.db.exec(/** @type {string} */ (sql));
      } catch (error) {
        const { message } = /** @type {Error} */ (error);
        // A virtual table has made its shadow tables by itself.
        if (!/already exists/.test(message)) copy.failures.push({ name, message });
      }
    }
    return copy;
  }

  /**
   * Applies migrations as wrangler does, each in a transaction of its own, up to one that fails.
   * @param {readonly Migration[]} migrations
   * @returns {{name: string, message: string} | null} the one that fails
   */
  migrate(migrations) {
    for (const { name, sql } of migrations) {
      try {
        this.db.exec(`BEGIN;\n${sql}\n;COMMIT;`);
      } catch (error) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK');
        return { name, message: /** @type {Error} */ (error).message };
      }
    }
    return null;
  }

  /** @returns {SchemaObject[]} */
  schema() {
    const rows = this.all('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid');
    return /** @type {SchemaObject[]} */ (rows.filter(({ name }) => !OWN.test(name)));
  }

  /** The columns of a table or view, hidden ones too.
   * @param {string} table */
  columns(table) {
    return this.all('SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', table);
  }

  /** @param {string} table */
  foreignKeys(table) {
    return this.all('SELECT id, "table", "from", "to", on_delete, on_update FROM pragma_foreign_key_list(?)', table);
  }

  /** The unique indexes of a table, each with its columns.
   * @param {string} table
   * @returns {{name: string, origin: string, partial: number, columns: string[]}[]} */
  uniques(table) {
    const indexes = this.all(
      'SELECT name, origin, partial FROM pragma_index_list(?) WHERE "unique" = 1', table);
    return indexes.map(({ name: index, origin, partial }) => ({
      name: index,
      origin,
      partial,
      columns: this.all('SELECT name FROM pragma_index_info(?)', index).map(({ name }) => name),
    }));
  }

  /**
   * @param {string} sql
   * @param {...any} parameters
   * @returns {Row[]}
   */
  all(sql, ...parameters) {
    return this.db.prepare(sql).all(...parameters);
  }

  /**
   * Does something and takes it back.
   * @template T
   * @param {() => T} work
   * @returns {T}
   */
  trying(work) {
    this.db.exec('SAVEPOINT trying');
    try {
      return work();
    } finally {
      this.db.exec('ROLLBACK TO trying; RELEASE trying');
    }
  }

  /**
   * Does something to a table that no rule of the host's objects to: neither a trigger, a check nor a
   * foreign key. What must be unique, or not NULL, still must.
   * @template T
   * @param {string} table
   * @param {() => T} work
   * @param {{checks?: boolean}} [options] `checks`: they object all the same
   * @returns {T}
   */
  unhindered(table, work, { checks = false } = {}) {
    const triggers = this.schema().filter(({ type, tbl_name }) => type === 'trigger' && tbl_name.toLowerCase() === table);
    for (const { name } of triggers) this.db.exec(`DROP TRIGGER ${quoted(name)}`);
    this.db.exec('PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ' + (checks ? 'OFF' : 'ON'));
    try {
      return work();
    } finally {
      this.db.exec('PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = OFF');
      for (const { sql } of triggers) this.db.exec(/** @type {string} */ (sql));
    }
  }

  /** How a table compares the values of a column: BINARY, unless it says otherwise.
   * @param {string} table
   * @param {string} column */
  collation(table, column) {
    return this.trying(() => {
      this.db.exec(`CREATE INDEX pos_sync_doctor_collation ON ${quoted(table)} (${quoted(column)})`);
      const [{ coll }] = this.all("SELECT coll FROM pragma_index_xinfo('pos_sync_doctor_collation') WHERE seqno = 0");
      return coll;
    });
  }

  /**
   * Why a statement fails here, if it does; nothing of it stays.
   * @param {string} sql
   * @returns {string | null}
   */
  objection(sql) {
    return this.trying(() => {
      try {
        this.db.exec(sql);
        return null;
      } catch (error) {
        return /** @type {Error} */ (error).message;
      }
    });
  }
}

/** Virtual tables first, for they make others. @param {SchemaObject} object */
const rank = ({ sql }) => (/^\s*CREATE\s+VIRTUAL/i.test(sql ?? '') ? 0 : 1);

/**
 * The migrations of a folder in the order in which wrangler applies them.
 * @param {string} folder
 * @returns {Migration[]}
 */
export function readMigrations(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name) => ({ name, sql: readFileSync(path.join(folder, name), 'utf8') }));
}

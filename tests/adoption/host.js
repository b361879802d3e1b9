// A host's database in memory, and what the doctor says of it.
import { DatabaseSync } from 'node:sqlite';
import { diagnose } from '../../scripts/doctor/diagnose.mjs';

export const REPORT = `
  CREATE TABLE pos_sync_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL, provider TEXT NOT NULL,
    payload TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT);
  CREATE TABLE cron_idempotency_claims (claim_key TEXT PRIMARY KEY, claimed_at TEXT);
`;

/**
 * @param {string} schema
 * @param {{hostSql?: string[], hostMigrations?: string, table?: string, keepsRows?: boolean}} [options]
 */
export async function diagnosed(schema, options = {}) {
  const db = new DatabaseSync(':memory:');
  try {
    db.exec(schema);
    const query = async (/** @type {string[]} */ statements) => statements.map((sql) => db.prepare(sql).all());
    return await diagnose({ query }, { table: 'pos_sync_migrations', ...options });
  } finally {
    db.close();
  }
}

/**
 * What has to be done first, a text for each.
 * @param {string} schema
 * @param {{hostSql?: string[], hostMigrations?: string, table?: string, keepsRows?: boolean}} [options]
 */
export async function todoFor(schema, options) {
  return (await diagnosed(schema, options)).todo.map(({ title, details }) => [title, ...details].join('\n'));
}

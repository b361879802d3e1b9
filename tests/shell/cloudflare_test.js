// What `cloudflare:test` gives to a test inside workerd, for the same test under Node.
import { env } from './cloudflare_workers.js';

/** @typedef {{waitUntil: (work: Promise<unknown>) => void, passThroughOnException: () => void, pending: Promise<unknown>[]}} Context */

/** @returns {Context} */
export function createExecutionContext() {
  /** @type {Promise<unknown>[]} */
  const pending = [];
  return { pending, waitUntil: (work) => void pending.push(work), passThroughOnException() {} };
}

/** @param {Context} context */
export async function waitOnExecutionContext({ pending }) {
  while (pending.length > 0) await Promise.allSettled(pending.splice(0));
}

/** @param {{cron: string}} options */
export const createScheduledController = ({ cron }) => ({ cron, scheduledTime: Date.now(), noRetry() {} });

export const reset = async () => env.D1_OPS.reset();

/** @param {import('./d1.js').MemoryD1} db @param {{name: string, queries: string[]}[]} migrations @param {string} [table] */
export async function applyD1Migrations(db, migrations, table = 'd1_migrations') {
  await db.exec(`CREATE TABLE IF NOT EXISTS ${table} (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, ` +
    'applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)');
  const { results } = await db.prepare(`SELECT name FROM ${table}`).all();
  for (const { name, queries } of migrations) {
    if (results.some((row) => row.name === name)) continue;
    await db.exec(`BEGIN; ${queries.join(';\n')};\nINSERT INTO ${table} (name) VALUES ('${name}'); COMMIT`).catch(async (error) => {
      await db.exec('ROLLBACK').catch(() => {});
      throw error;
    });
  }
}

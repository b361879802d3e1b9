// Names of migration files. wrangler applies a file once for its name: an equal name of the host's in
// the same table makes it pass over ours without a word.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readMigrations } from './copy.mjs';
import { ROOT } from '../lib/run.mjs';

/** @import { Copy, Migration, SchemaObject } from './copy.mjs' */
/** @import { Driver } from './d1.mjs' */
/** @import { Findings } from './findings.mjs' */

/** Where wrangler remembers what it has applied, unless a configuration says otherwise. */
const DEFAULT_TABLE = 'd1_migrations';

/**
 * Where our own wrangler.toml lets wrangler remember.
 * @param {string} [file]
 */
export function ownTable(file = path.join(ROOT, 'wrangler.toml')) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^\s*migrations_table\s*=\s*"([^"]+)"/m.exec(text)?.[1] ?? DEFAULT_TABLE;
}

/**
 * Whether our own wrangler.toml lets pos-sync purge no row of the queue.
 * @param {string} [file]
 */
export function keepsAllRows(file = path.join(ROOT, 'wrangler.toml')) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^\s*QUEUE_RETENTION_DAYS\s*=\s*"?0"?\s*(#.*)?$/m.test(text);
}

/**
 * @param {Driver} driver
 * @param {Copy} before
 * @param {readonly SchemaObject[]} objects
 * @param {readonly Migration[]} migrations
 * @param {{hostMigrations?: string, table: string}} options
 * @param {Findings} findings
 */
export async function checkMigrationNames(driver, before, objects, migrations, { hostMigrations, table }, findings) {
  findings.section('Names of migrations');
  const ours = new Map(migrations.map(({ name, sql }) => [name, sql]));
  for (const { name, sql } of hostMigrations === undefined ? [] : readMigrations(hostMigrations)) {
    const own = ours.get(name);
    if (own === undefined) continue;
    if (own === sql) {
      findings.note(`${name} of yours is ours`);
    } else {
      findings.mustDo(`Your migration ${name} has the name of one of pos-sync's. wrangler applies a name once: give yours another one, or keep the two in tables of their own (migrations_table in the D1 binding).`, path.join(hostMigrations ?? '', name));
    }
  }
  const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => name);
  for (const each of new Set([DEFAULT_TABLE, table])) {
    if (!tables.includes(each)) continue;
    const columns = before.columns(each).map(({ name }) => name.toLowerCase());
    const missing = ['id', 'name'].filter((name) => !columns.includes(name));
    if (missing.length > 0 && each === table) {
      findings.mustDo(`${each} has no column ${missing.join(' and no ')}: wrangler could not remember our migrations there. Give ours a table of its own in wrangler.toml:`, 'migrations_table = "pos_sync_migrations"');
    }
    if (missing.includes('name')) {
      findings.note(`${each} has no column name: it is not wrangler's, and was not read`);
      continue;
    }
    const [applied] = await driver.query([`SELECT name FROM "${each.replaceAll('"', '""')}" ORDER BY name`]);
    const equal = applied.map(({ name }) => name).filter((name) => ours.has(name));
    findings.note(`${each} names ${applied.length} applied migrations`);
    if (equal.length === 0) continue;
    const words = `${each} says that ${equal.join(', ')} were applied, and pos-sync's tables are not there`;
    if (each === table) {
      findings.mustDo(`${words}: wrangler would pass over ours. Give ours a table of its own in wrangler.toml:`, 'migrations_table = "pos_sync_migrations"');
    } else {
      findings.note(`${words}; ours are remembered in ${table}, so nothing is passed over`);
    }
  }
}

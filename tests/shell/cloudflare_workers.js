// What `cloudflare:workers` gives to a test inside workerd, for the same test under Node.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryD1 } from './d1.js';
import { configured } from './wrangler_toml.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param {string} folder */
const migrationsOf = (folder) =>
  readdirSync(path.join(ROOT, folder)).filter((name) => name.endsWith('.sql')).sort().map((name) => ({
    name, queries: [readFileSync(path.join(ROOT, folder, name), 'utf8')],
  }));

export const env = {
  ...configured().vars,
  D1_OPS: new MemoryD1(),
  MIGRATIONS: migrationsOf('migrations'),
  HOST_MIGRATIONS: migrationsOf('tests/adoption/host/migrations'),
  EARLIER_MIGRATIONS: migrationsOf('tests/adoption/earlier'),
};

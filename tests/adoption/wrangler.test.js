// The doctor on a real local D1, through wrangler: it leaves the database as it was, byte by byte, and
// rehearses an adoption on a copy.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageEnv, ROOT, run } from '../../scripts/lib/run.mjs';

// wrangler starts a workerd for each command, on a machine that may be busy.
const MINUTES = 600_000;

const HOST = path.join(import.meta.dirname, 'host');
let folder = '';

/** @param {string} command @param {...string} args */
const inFolder = (command, ...args) => run(command, args, { cwd: folder, env: { ...packageEnv(), CI: '1' } });

/** @param {...string} args */
const doctor = (...args) => inFolder('node', path.join(ROOT, 'scripts/cli.mjs'), 'doctor', '--database', 'host-ops', ...args);

/** The bytes of every file of the local state, but for what SQLite's readers share while they read. */
function bytes() {
  const state = path.join(folder, '.wrangler/state');
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith('-shm'));
  return files.map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return [file, createHash('sha256').update(readFileSync(file)).digest('hex')];
  }).sort();
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pos-sync-host-'));
  cpSync(path.join(HOST, 'migrations'), path.join(folder, 'migrations'), { recursive: true });
  writeFileSync(path.join(folder, 'wrangler.toml'), `name = "host"
compatibility_date = "2026-08-01"
[[d1_databases]]
binding = "D1_OPS"
database_name = "host-ops"
database_id = "00000000-0000-0000-0000-000000000009"
`);
  const applied = await inFolder('wrangler', 'd1', 'migrations', 'apply', 'host-ops', '--local');
  expect(applied.code, applied.output).toBe(0);
  writeFileSync(path.join(folder, 'rows.sql'), `
    INSERT INTO restaurants (id, name) VALUES ('adana', 'Adana Şişi Bey');
    INSERT INTO orders (id, restaurant_id, state, payload) VALUES ('o1', 'adana', 'placed', '{}'), ('o2', 'adana', 'placed', '{}'), ('o3', 'adana', 'placed', '{}');
    UPDATE pos_sync_queue SET status = 'success', created_at = datetime('now', '-100 days'), updated_at = datetime('now', '-100 days') WHERE order_id = 'o1';
    INSERT INTO sync_notes (queue_id, note) SELECT id, 'of ' || order_id FROM pos_sync_queue;
    INSERT INTO cron_idempotency_claims VALUES ('old', datetime('now', '-40 days')), ('fresh', datetime('now'));
    INSERT INTO claim_results (claim_key, result) VALUES ('old', 'a'), ('fresh', 'b');
  `);
  const filled = await inFolder('wrangler', 'd1', 'execute', 'host-ops', '--local', '--yes', '--file', 'rows.sql');
  expect(filled.code, filled.output).toBe(0);
}, MINUTES);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a diagnosis changes no byte of the database', async () => {
  const before = bytes();
  expect(before.some(([file]) => file.endsWith('.sqlite'))).toBe(true);
  const { code, output } = await doctor('--local', '--host-sql', path.join(HOST, 'crons.js'), '--host-migrations', 'migrations');
  expect(output.trimEnd().split('\n').at(-1), output).toBe('can be adopted');
  expect(code).toBe(0);
  expect(output).toContain('2 "pending", never tried');
  expect(bytes()).toEqual(before);
}, MINUTES);

test('a rehearsal adopts a copy: the original stays as it is, and each statement means what it meant', async () => {
  const before = bytes();
  const { code, output } = await doctor('--rehearse', '--host-sql', path.join(HOST, 'crons.js'));
  expect(code, output).toBe(0);
  expect(output).toContain('a copy was exported, and adopted by a local D1');
  expect(output).toContain('time-travel restore');
  expect(output.trimEnd().split('\n').at(-1)).toBe('can be adopted');
  expect(bytes()).toEqual(before);
}, MINUTES);

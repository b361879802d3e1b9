// On a real D1: old rows of every kind stop no adoption, and what a host's rules refuse is answered in their words.
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ask, db, emptyDatabase, query, tick, twin, twinControl } from './lib/world.js';

const LOOSE = `CREATE TABLE pos_sync_queue (id INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT, provider TEXT DEFAULT 'square',
  payload TEXT, status TEXT DEFAULT 'pending', attempts INTEGER DEFAULT 0, last_error TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT)`;

/** @param {...string} statements */
const perform = (...statements) => db.batch(statements.map((sql) => db.prepare(sql.replace(/\s+/g, ' '))));

/** @param {string} values order_id, status, attempts */
const row = (values) => `INSERT INTO pos_sync_queue (payload, order_id, status, attempts) VALUES ('{}', ${values})`;

beforeEach(async () => {
  for (const level of /** @type {const} */ (['info', 'warn', 'error'])) vi.spyOn(console, level).mockImplementation(() => {});
  await twinControl('reset', {});
  await twinControl('faults', {});
  await twinControl('token', { token: twin.token, state: 'valid' });
  await emptyDatabase();
});
afterEach(() => vi.restoreAllMocks());

const adopt = () => applyD1Migrations(db, env.MIGRATIONS, 'pos_sync_migrations');

test('old rows without an order, a number or a known status are adopted, and end with their reasons', async () => {
  await perform(LOOSE, row("NULL, 'failed', 3"), row("x'ff', 'pending', 0"), row("'A1', 'pending', x'01'"), row("NULL, 'duplicate', NULL"), row("NULL, 'success', 1"));
  await adopt();
  await tick();
  const rows = await query('SELECT status, last_error FROM pos_sync_queue ORDER BY id');
  expect(rows).toEqual([
    { status: 'dead', last_error: expect.stringContaining('rejected: order_id: expected a text, got null') },
    { status: 'dead', last_error: expect.stringContaining('rejected: order_id: expected a text, got blob') },
    // In doubt, and looked for once it has been quiet for long enough.
    { status: 'pending', last_error: null },
    { status: 'dead', last_error: expect.stringContaining('unknown_outcome: adopted with the status "duplicate"') },
    { status: 'success', last_error: null },
  ]);
  expect(await query("SELECT order_id FROM pos_sync_ledger WHERE look_because = 'keyless'")).toEqual([{ order_id: 'A1' }]);
  expect(await twinControl('summary')).toMatchObject({ orders: 0 });
});

test.each([
  ['a trigger', "CREATE TRIGGER dead_is_final BEFORE UPDATE OF status ON pos_sync_queue WHEN OLD.status = 'dead' AND NEW.status <> 'dead' BEGIN SELECT RAISE(ABORT, 'dead is final'); END", 'dead is final'],
  ['an index', "CREATE UNIQUE INDEX one_waits ON pos_sync_queue (provider) WHERE status = 'pending'", 'UNIQUE constraint failed'],
  ['a trigger that wants what is gone', 'CREATE TRIGGER logs AFTER UPDATE ON pos_sync_queue BEGIN INSERT INTO order_log VALUES (NEW.id); END', 'no such table: main.order_log'],
])('a replay that %s of the host refuses is answered with 409 and its words', async (_name, rule, words) => {
  await adopt();
  await perform(row("'A1', 'dead', 0"), row("'A2', 'pending', 0"), rule);
  const answer = await ask('POST', '/v1/orders/A1/replay', { body: {} });
  expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining(words) } });
  expect(answer.body.detail).toContain('the database refuses this, by a trigger, a constraint or an index');
  expect(answer.body.detail).not.toContain('did not answer');
  expect(await query("SELECT status FROM pos_sync_queue WHERE order_id = 'A1'")).toEqual([{ status: 'dead' }]);
  expect(await query('SELECT 1 FROM pos_sync_audit')).toEqual([]);
});

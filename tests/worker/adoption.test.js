// A host with 27 migrations, triggers, views, foreign keys, purges and claims of its own is adopted on a
// real D1: its statements mean what they meant, and its orders are pushed by the worker that ships.
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { claimDigest, enqueueAgain, placeOrder, purgeClaims, purgeQueue, READS, releaseClaim } from '../adoption/host/crons.js';
import { ask, db, emptyDatabase, payload, query, tick, twin, twinControl } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

const PAYLOAD = JSON.stringify(payload());

const HOST_SCHEMA =
  "SELECT type, name, sql FROM sqlite_master WHERE type <> 'table' OR name NOT IN ('pos_sync_queue') ORDER BY name";

/** @param {string} sql @param {...unknown} values */
const perform = (sql, ...values) => db.prepare(sql).bind(...values).run();

/** A host that has been open for a while: what its old pusher has booked and left. */
async function openHost() {
  await applyD1Migrations(db, env.HOST_MIGRATIONS);
  await perform("INSERT INTO restaurants (id, name) VALUES ('adana', 'Adana Şişi Bey')");
  for (const id of ['booked-long-ago', 'booked-today', 'waiting-1', 'waiting-2']) await perform(placeOrder, id, 'adana', PAYLOAD);
  await perform("UPDATE pos_sync_queue SET status = 'success', created_at = datetime('now', '-100 days'), updated_at = datetime('now', '-100 days') WHERE order_id = 'booked-long-ago'");
  await perform("UPDATE pos_sync_queue SET status = 'success', updated_at = created_at WHERE order_id = 'booked-today'");
  await perform("INSERT INTO sync_notes (queue_id, note) SELECT id, 'of ' || order_id FROM pos_sync_queue");
  await perform("INSERT INTO cron_idempotency_claims VALUES ('payout:2026-W40', datetime('now', '-40 days')), ('digest:old', datetime('now', '-31 days'))");
  await perform("INSERT INTO cron_idempotency_claims VALUES ('payout:2026-W48', datetime('now')), ('pos-sync:waiting-1:square:2026-11-28', datetime('now', '-2 days'))");
  await perform("INSERT INTO claim_results (claim_key, result) SELECT claim_key, 'of ' || claim_key FROM cron_idempotency_claims");
}

const adopt = () => applyD1Migrations(db, env.MIGRATIONS, 'pos_sync_migrations');

/** What each page of the host shows. */
async function pages() {
  /** @type {Record<string, Json[]>} */
  const shown = {};
  for (const [name, sql] of Object.entries(READS)) shown[name] = await query(sql);
  return shown;
}

/** @param {string} order_id */
const statusOf = async (order_id) => (await query('SELECT status FROM pos_sync_queue WHERE order_id = ?1 ORDER BY id', order_id)).map(({ status }) => status);
const claims = async () => (await query('SELECT claim_key FROM cron_idempotency_claims ORDER BY 1')).map(({ claim_key }) => claim_key);
const notes = async () => (await query('SELECT note FROM sync_notes ORDER BY id')).map(({ note }) => note);

beforeEach(async () => {
  for (const level of /** @type {const} */ (['info', 'warn', 'error'])) vi.spyOn(console, level).mockImplementation(() => {});
  await twinControl('reset', {});
  await twinControl('faults', {});
  await twinControl('token', { token: twin.token, state: 'valid' });
  await emptyDatabase();
  await openHost();
});
afterEach(() => vi.restoreAllMocks());

test('no object of the host is rewritten, and none of its rows is lost', async () => {
  const schema = await query(HOST_SCHEMA);
  const before = await pages();
  await adopt();
  const after = await query(HOST_SCHEMA);
  expect(after).toEqual(expect.arrayContaining(schema));
  expect(await pages()).toEqual(before);
  expect(await notes()).toEqual(['of booked-long-ago', 'of booked-today', 'of waiting-1', 'of waiting-2']);
  expect(await query('SELECT count(*) AS n FROM claim_results')).toEqual([{ n: 4 }]);
});

test("orders that the host's trigger enqueues after the adoption are pushed by the next tick", async () => {
  await adopt();
  await perform(placeOrder, 'new-order', 'adana', PAYLOAD);
  expect(await statusOf('new-order')).toEqual(['pending']);
  await tick();
  for (const id of ['new-order', 'waiting-1', 'waiting-2']) expect([id, await statusOf(id)]).toEqual([id, ['success']]);
  expect(await twinControl('summary')).toMatchObject({ orders: 3, payments: 3 });
  // Its own trigger on the queue goes on writing what happened.
  expect(await query("SELECT to_status FROM sync_history WHERE order_id = 'new-order'")).toEqual([{ to_status: 'success' }]);
  // What the old pusher had booked is not sold again, whoever enqueues it.
  await perform(enqueueAgain, 'booked-long-ago');
  await tick();
  expect(await twinControl('summary')).toMatchObject({ orders: 3, payments: 3 });
});

test('its purge deletes exactly its old claims, before and after a tick, and never frees an order', async () => {
  await adopt();
  await tick();
  await perform(purgeClaims);
  expect(await claims()).toEqual(['payout:2026-W48', 'pos-sync:waiting-1:square:2026-11-28']);
  expect(await query('SELECT result FROM claim_results ORDER BY 1')).toEqual([
    { result: 'of payout:2026-W48' },
    { result: 'of pos-sync:waiting-1:square:2026-11-28' },
  ]);
  await tick();
  expect(await twinControl('summary')).toMatchObject({ orders: 2, payments: 2 });
});

test('a claim of its own is held once, and can be given back', async () => {
  await adopt();
  expect((await perform(claimDigest)).meta.changes).toBe(1);
  await tick();
  expect((await perform(claimDigest)).meta.changes).toBe(0);
  const [{ claim_key }] = await query("SELECT claim_key FROM cron_idempotency_claims WHERE claim_key LIKE 'daily-digest:%'");
  await perform(releaseClaim, claim_key);
  expect((await perform(claimDigest)).meta.changes).toBe(1);
});

test('its purge of the queue takes the old booked row and its note alone', async () => {
  await adopt();
  await perform(purgeQueue);
  expect(await notes()).toEqual(['of booked-today', 'of waiting-1', 'of waiting-2']);
  await tick();
  expect(await notes()).toEqual(['of booked-today', 'of waiting-1', 'of waiting-2']);
  expect((await ask('GET', '/v1/status')).status).toBe(200);
});

describe('claims of the host are its own, whatever they hold', () => {
  test.each([
    "INSERT INTO cron_idempotency_claims (claim_key) VALUES ('pos-sync:waiting-1:square')",
    "INSERT INTO cron_idempotency_claims (claim_key, claimed_at) VALUES ('pos-sync:waiting-1:square', '')",
    "INSERT INTO cron_idempotency_claims (claim_key, claimed_at) VALUES ('tick:somebody', 1), (NULL, NULL), ('', 'x')",
    "INSERT INTO cron_idempotency_claims (claim_key, claimed_at) VALUES ('pos-sync:waiting-1:square', datetime('now', '+10 years'))",
  ])('%s', async (sql) => {
    await adopt();
    await perform(sql);
    const before = await query('SELECT * FROM cron_idempotency_claims ORDER BY 1, 2');
    await tick();
    expect(await statusOf('waiting-1')).toEqual(['success']);
    expect(await query('SELECT * FROM cron_idempotency_claims ORDER BY 1, 2')).toEqual(before);
  });
});

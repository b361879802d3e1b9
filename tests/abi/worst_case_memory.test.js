// A Worker has 128 MB for everything. What the worst pages and the worst ticks take of it is measured in the
// modules themselves, under their host, with what JavaScript holds of the same texts beside it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Core } from '../../bindings/core.js';

/** @typedef {Record<string, any>} Json */

// Its types are those of the worker, which Node does not have.
const HOST = '../../bindings/host.js';
/** @type {{perform: (...args: any[]) => Promise<Json>}} */
const { perform } = await import(HOST);

const MOST = 64 * 1024 * 1024;

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
const VARIABLES = { SQUARE_LOCATION_ID: 'L1', SQUARE_BASE_URL: 'http://127.0.0.1:1', RETRY_BASE_SECONDS: '1' };
const SECRETS = { SQUARE_ACCESS_TOKEN: 'a token of Square, as long as one' };

/** The memory of the instance that was made last.
 * @type {WebAssembly.Memory} */
let memory;
const { Instance } = WebAssembly;
beforeAll(() => {
  /** @type {any} */ (WebAssembly).Instance = class extends Instance {
    /** @param {WebAssembly.Module} module */
    constructor(module) {
      super(module);
      memory = /** @type {WebAssembly.Memory} */ (this.exports.memory);
    }
  };
});
afterAll(() => void (WebAssembly.Instance = Instance));

/** As V8 keeps it: a byte for each unit, or two; of a text that is no ASCII we take it to be two.
 * @param {string} text */
const kept = (text) => text.length * (Buffer.byteLength(text, 'latin1') === Buffer.byteLength(text) ? 1 : 2);

/** A core whose calls are weighed: the module's memory, and beside it D1's rows, the header that is made of
 * them, its bytes, and a copy of the answer. */
class Weighed extends Core {
  peak = 0;

  /** @param {'start' | 'step'} call @param {object} header @param {readonly Uint8Array[]} attachments */
  #weigh(call, header, attachments) {
    const text = JSON.stringify(header);
    const given = attachments.reduce((sum, { length }) => sum + length, 0);
    const frame = super[call](header, attachments);
    const answer = frame.attachments.reduce((sum, { length }) => sum + length, 0);
    const beside = 2 * kept(text) + Buffer.byteLength(text) + given + answer;
    this.peak = Math.max(this.peak, memory.buffer.byteLength + beside);
    return frame;
  }

  /** @override @param {object} header @param {readonly Uint8Array[]} [attachments] */
  start(header, attachments = []) {
    return this.#weigh('start', header, attachments);
  }

  /** @override @param {object} header @param {readonly Uint8Array[]} [attachments] */
  step(header, attachments = []) {
    return this.#weigh('step', header, attachments);
  }
}

/** D1's interface, as far as the host uses it. */
function makeD1() {
  const database = new DatabaseSync(':memory:');
  for (const name of readdirSync(MIGRATIONS).sort()) {
    database.exec(readFileSync(path.join(MIGRATIONS, name), 'utf8'));
  }
  const run = (/** @type {string} */ sql, /** @type {any[]} */ ...values) => database.prepare(sql).all(...values);
  const db = {
    prepare: (/** @type {string} */ sql) => ({ bind: (/** @type {any[]} */ ...values) => ({ sql, values }) }),
    async batch(/** @type {{sql: string, values: any[]}[]} */ statements) {
      database.exec('BEGIN');
      try {
        const results = statements.map(({ sql, values }) => ({ results: run(sql, ...values) }));
        database.exec('COMMIT');
        return results;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
  };
  return { db: /** @type {any} */ (db), run, close: () => database.close() };
}

/** @type {ReturnType<typeof makeD1>} */
let d1;
beforeEach(() => {
  for (const level of /** @type {const} */ (['info', 'warn', 'error'])) vi.spyOn(console, level).mockImplementation(() => {});
  d1 = makeD1();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  d1.close();
});

const decoder = new TextDecoder();

describe.each(['wasi', 'emscripten'])('built by %s', (toolchain) => {
  const file = (/** @type {string} */ name) => new URL(`../../build/${toolchain}/${name}.wasm`, import.meta.url);
  const module = (/** @type {string} */ name) => new WebAssembly.Module(readFileSync(file(name)));
  const built = existsSync(file('pos_sync'));
  const modules = () => ({ push: module('pos_sync'), repair: module('pos_repair') });

  /** Runs a job to its end, and says what it has taken.
   * @param {'push' | 'repair'} which @param {Json} job */
  async function weigh(which, job) {
    const wasm = modules()[which];
    const statements = Core.statements(wasm);
    const header = { variables: VARIABLES, secrets: Object.keys(SECRETS), id: crypto.randomUUID(), seed: '0'.repeat(32), path: {}, query: {}, ...job };
    // Made behind the one that was asked for the statements: its memory is looked at.
    const core = new Weighed(wasm);
    const done = await perform(core, { header, attachments: [] }, { db: d1.db, statements, env: SECRETS });
    expect(core.peak).toBeGreaterThan(0);
    expect(core.peak).toBeLessThanOrEqual(MOST);
    return done;
  }

  /** Every page of a list, from the first to the last.
   * @param {'push' | 'repair'} which @param {string} route @param {string} list @param {Json} [more] */
  async function pages(which, route, list, { path: place = {}, query = {} } = {}) {
    const job = which === 'push' ? 'http' : 'repair.http';
    /** @type {Json[]} */
    const found = [];
    let cursor;
    do {
      const done = await weigh(which, { job, door: 'http', route, path: place, query: { ...query, ...(cursor && { cursor }) }, body_bytes: 0 });
      expect(done.status).toBe(200);
      const body = JSON.parse(decoder.decode(done.body));
      expect(body[list].length).toBeGreaterThan(0);
      found.push(...body[list]);
      ({ cursor } = body);
    } while (cursor);
    return found;
  }

  /** A reply of Square's as large as one is read: it says nothing. */
  const largeReply = () => new Response('x'.repeat(999_999), { status: 500 });

  const run = (/** @type {string} */ sql, /** @type {any[]} */ ...values) => d1.run(sql, ...values);
  const tick = () => weigh('push', { job: 'tick', door: 'cron' });

  /** An order that fills a payload, with a letter by which JavaScript needs two bytes for each. */
  function largest() {
    const item = { name: 'Adana Kebabı', quantity: '1', unit_price: 100, note: 'az acılı '.repeat(60) };
    const order = { currency: 'TRY', table_id: '7', items: Array(350).fill(item) };
    const size = Buffer.byteLength(JSON.stringify(order));
    expect(size).toBeGreaterThan(200_000);
    expect(size).toBeLessThan(262_144);
    return JSON.stringify(order);
  }

  describe.runIf(built)('a worker lives', () => {
    test('through a tick of fifty payloads of 1.9 MB, all of which end in front of a human', async () => {
      for (let i = 0; i < 50; i += 1) run("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)", `o${i}`, `"${'x'.repeat(1_900_000)}"`);
      await tick();
      expect(run("SELECT count(*) AS n FROM pos_sync_queue WHERE status = 'dead'")[0].n).toBe(50);
    });

    test('through ticks of fifty of the largest orders, with replies as large as they may be', async () => {
      vi.stubGlobal('fetch', async () => largeReply());
      const payload = largest();
      for (let i = 0; i < 50; i += 1) run("INSERT INTO pos_sync_queue (order_id, payload) VALUES (?1, ?2)", `o${i}`, payload);
      for (let i = 0; i < 4; i += 1) {
        await tick();
        // What was frozen and sent is in doubt now: it comes back with its bytes, or is looked for.
        run('UPDATE pos_sync_queue SET next_attempt_at = 0');
        run("UPDATE pos_accounts SET paused_until = 0, pause_reason = '', unknown_run = 0, breaker_opens = 0");
        run("UPDATE pos_sync_ledger SET last_sent_at = 1, look_because = CASE WHEN ?1 THEN 'attempts' ELSE look_because END", i);
      }
      expect(run('SELECT count(*) AS n FROM pos_sync_ledger WHERE request IS NOT NULL')[0].n).toBeGreaterThan(10);
    });

    test('through lists of orders, whichever column of theirs is large', async () => {
      for (let i = 0; i < 120; i += 1) {
        const large = 'x'.repeat(i === 7 ? 900_000 : 262_000);
        run("INSERT INTO pos_sync_queue (order_id, status, payload, last_error) VALUES (?1, 'dead', ?2, ?3)", `o${i}`, i % 2 ? large : '{}', i % 2 ? null : large);
      }
      const found = await pages('push', 'orders.list', 'orders');
      expect(new Set(found.map(({ order_id }) => order_id)).size).toBe(120);
    });

    test('through one order with hundreds of large rows and lines', async () => {
      for (let i = 1; i <= 30; i += 1) {
        run("INSERT INTO pos_sync_queue (order_id, revision, status, payload, last_error) VALUES ('A', ?1, 'dead', ?2, ?2)", i, 'x'.repeat(900_000));
        run("INSERT INTO pos_sync_ledger (order_id, provider, revision, request) VALUES ('A', 'square', ?1, json_object('order', ?2))", i, 'x'.repeat(1_900_000));
        run("INSERT INTO pos_sync_audit (order_id, provider, revision, actor, event, token, detail) VALUES ('A', 'square', ?1, 'a', 'e', ?1, ?2)", i, 'x'.repeat(1_900_000));
      }
      const done = await weigh('push', { job: 'http', route: 'orders.show', path: { order_id: 'A' }, body_bytes: 0 });
      expect(done.status).toBe(200);
    });

    test('through accounts whose words are large, by GET /v1/status as well', async () => {
      for (let i = 0; i < 40; i += 1) run("INSERT INTO pos_accounts (restaurant_id, pause_detail) VALUES (?1, ?2)", `r${i}`, 'x'.repeat(700_000));
      expect(await pages('push', 'accounts.list', 'accounts')).toHaveLength(41);
      await weigh('push', { job: 'http', route: 'status', body_bytes: 0 });
    });

    describe('through an audit', () => {
      beforeEach(() => {
        run("INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('A', 0, 1, 1)");
        run("INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step) VALUES ('A', 'L', 'r', 'done')");
      });
      const audit = { path: { audit_id: 'A' } };

      test('with groups as large as a row can be', async () => {
        const plan = JSON.stringify({ currency: 'TRY', survivor: 's', orders: [{ id: 'o', role: 'survivor', action: 'keep', reason: 'x'.repeat(900_000), payments: [] }] });
        for (let i = 0; i < 40; i += 1) {
          run("INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, confidence, first_at, plan) VALUES ('A', ?1, 1, 'L', 'r', 'certain', 0, ?2)", `g${String(i).padStart(3, '0')}`, plan);
        }
        expect(await pages('repair', 'audits.show', 'groups', audit)).toHaveLength(40);
        const table = await weigh('repair', { job: 'repair.http', door: 'http', route: 'audits.show', ...audit, query: { format: 'csv' }, body_bytes: 0 });
        expect(table.status).toBe(503);
      });

      test('with repairs that say much', async () => {
        for (let i = 0; i < 40; i += 1) {
          run("INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, external_order_id, survivor_order_id, state, reason) VALUES ('refund', ?1, 'A', 'g', 'r', 'L', 'o', 's', 'stopped', ?2)", `t${i}`, 'x'.repeat(700_000));
        }
        expect(await pages('repair', 'repairs.list', 'repairs', audit)).toHaveLength(40);
        const table = await weigh('repair', { job: 'repair.http', door: 'http', route: 'repairs.list', ...audit, query: { format: 'csv' }, body_bytes: 0 });
        expect(table.status).toBe(503);
      });

      test('with one repair whose log is long', async () => {
        run("INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, external_order_id, survivor_order_id) VALUES ('refund', 't', 'A', 'g', 'r', 'L', 'o', 's')");
        for (let i = 0; i < 30; i += 1) run("INSERT INTO pos_repair_log (audit_id, target, actor, event, token, detail) VALUES ('A', 't', 'a', 'e', ?1, ?2)", `${i}`, 'x'.repeat(1_900_000));
        await pages('repair', 'repairs.list', 'log', { ...audit, query: { target: 't' } });
      });

      test('with mails as large as a row can be, each of which is in the fingerprint', async () => {
        for (let i = 0; i < 8; i += 1) {
          run("INSERT INTO pos_mails (id, audit_id, restaurant_id, language, subject, body) VALUES (?1, 'A', 'r', 'en', 's', ?2)", `m${i}`, 'x'.repeat(1_900_000));
        }
        expect(await pages('repair', 'mails.list', 'mails', audit)).toHaveLength(8);
        const table = await weigh('repair', { job: 'repair.http', door: 'http', route: 'mails.list', ...audit, query: { format: 'csv' }, body_bytes: 0 });
        expect(table.status).toBe(503);
      });

      test('and others, whose requests name many restaurants', async () => {
        for (let i = 0; i < 40; i += 1) run("INSERT INTO pos_audits (id, from_at, to_at, window_ms, asked, created_at) VALUES (?1, 0, 1, 1, ?2, ?3)", `B${i}`, JSON.stringify({ to: 1, restaurants: ['x'.repeat(500_000)] }), 1000 + (i >> 1));
        expect(await pages('repair', 'audits.list', 'audits')).toHaveLength(41);
      });
    });
  });
});

// What a worker says that cannot work: what to set or to run, by every route and by the failed run of
// its cron, and by GET /readyz to whoever watches it.
import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ask, db, emptyDatabase, payload, query, tick } from './lib/world.js';

/** @typedef {Record<string, any>} Json */

const WITHOUT_TOKEN = { authorization: '' };

/** @param {string} detail
 * @returns {Json} */
const unavailable = (detail) => ({
  status: 503,
  type: 'application/problem+json',
  body: { status: 503, detail: expect.stringContaining(detail) },
});

/** @type {string[]} */
let logged = [];
beforeEach(async () => {
  logged = [];
  for (const level of /** @type {const} */ (['info', 'warn', 'error'])) {
    vi.spyOn(console, level).mockImplementation((...words) => void logged.push(words.join(' ')));
  }
  await emptyDatabase();
});
afterEach(() => vi.restoreAllMocks());

const migrated = () => applyD1Migrations(db, env.MIGRATIONS);

/** Every kind of route, by both modules.
 * @type {[method: string, path: string, body?: Json][]} */
const ROUTES = [
  ['GET', '/v1/status'],
  ['GET', '/v1/orders'],
  ['POST', '/v1/orders', { order_id: 'ord-1', payload: payload() }],
  ['GET', '/v1/orders/ord-1'],
  ['POST', '/v1/orders/ord-1/replay', { actor: 'ayse', reason: 'again' }],
  ['POST', '/v1/orders/ord-1/cancel', { actor: 'ayse', reason: 'guest left' }],
  ['POST', '/v1/drain'],
  ['GET', '/v1/accounts'],
  ['GET', '/v1/audits'],
  ['GET', '/v1/audits/a-1'],
  ['GET', '/v1/audits/a-1/repairs'],
  ['GET', '/v1/audits/a-1/mails'],
  ['GET', '/v1/reconciliation?restaurant_id=r&from=2026-11-21&to=2026-11-21'],
  ['GET', '/readyz'],
];

/** @param {string} words
 * @param {Json} [changes] */
async function everybodySays(words, changes) {
  for (const [method, path, body] of ROUTES) {
    expect([path, await ask(method, path, { env: changes, body })]).toMatchObject([path, unavailable(words)]);
  }
  await expect(tick(changes)).rejects.toThrow(words);
}

test('a worker without a D1 binding says which one to add, not that something broke', async () => {
  await everybodySays('add a [[d1_databases]] section with binding = "D1_OPS"', { D1_OPS: undefined });
  expect(await ask('GET', '/healthz', { env: { D1_OPS: undefined } })).toMatchObject({ status: 200 });
  expect(logged.filter((line) => line.includes('unexpectedly'))).toEqual([]);
});

test('a binding of another kind is no database, either', async () => {
  const D1_OPS = /** @type {any} */ ({ get: async () => null, put: async () => {} });
  await everybodySays('no D1 database is bound as D1_OPS', { D1_OPS });
});

describe('forgotten migrations are named, with the command that applies them', () => {
  test('on an empty database', async () => {
    await everybodySays('wrangler d1 migrations apply D1_OPS');
  });

  test("on one that has the report's two tables", async () => {
    await db.batch([
      db.prepare(
        'CREATE TABLE pos_sync_queue (id INTEGER PRIMARY KEY AUTOINCREMENT, order_id TEXT NOT NULL, ' +
          "provider TEXT NOT NULL, payload TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending', " +
          'attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT, ' +
          'created_at TEXT DEFAULT CURRENT_TIMESTAMP, updated_at TEXT)',
      ),
      db.prepare('CREATE TABLE cron_idempotency_claims (claim_key TEXT PRIMARY KEY, claimed_at TEXT)'),
    ]);
    await everybodySays('wrangler d1 migrations apply D1_OPS');
  });

  test('at once, without asking again', async () => {
    let batches = 0;
    const D1_OPS = /** @type {any} */ ({
      prepare: (/** @type {string} */ sql) => db.prepare(sql),
      batch: (/** @type {D1PreparedStatement[]} */ statements) => {
        batches += 1;
        return db.batch(statements);
      },
    });
    await ask('GET', '/v1/status', { env: { D1_OPS } });
    expect(batches).toBe(2);
    await expect(tick({ D1_OPS })).rejects.toThrow();
    expect(batches).toBe(4);
  });
});

describe('a schema of pos-sync that this worker does not know is refused in words', () => {
  test('an earlier one: by ticks, and by every route, also one that only reads', async () => {
    await applyD1Migrations(db, env.EARLIER_MIGRATIONS);
    await everybodySays('an earlier schema of pos-sync');
  });

  test('an earlier one cannot be migrated, and stays as it is', async () => {
    await applyD1Migrations(db, env.EARLIER_MIGRATIONS);
    const tables = await query("SELECT name, sql FROM sqlite_master WHERE name LIKE 'pos%' ORDER BY name");
    await expect(applyD1Migrations(db, env.MIGRATIONS, 'pos_sync_migrations')).rejects.toThrow('earlier pos-sync');
    expect(await query("SELECT name, sql FROM sqlite_master WHERE name LIKE 'pos%' AND name <> 'pos_sync_migrations' ORDER BY name")).toEqual(tables);
  });

  test('a later one: no route and no tick reads or writes a row of it', async () => {
    await migrated();
    await query("INSERT INTO pos_sync_queue (order_id, provider, payload) VALUES ('ord-0', 'square', '{}')");
    await query('UPDATE pos_sync_schema SET version = 7');
    await everybodySays("version 7 of pos-sync's schema");
    await everybodySays("version 7 of pos-sync's schema", { PUSH_ON_ENQUEUE: 'on' });
    expect(await query('SELECT count(*) AS n FROM pos_sync_claims')).toEqual([{ n: 0 }]);
    expect(await query('SELECT order_id, status FROM pos_sync_queue')).toEqual([{ order_id: 'ord-0', status: 'pending' }]);
    expect(await query('SELECT count(*) AS n FROM pos_sync_audit')).toEqual([{ n: 0 }]);
    await query('DELETE FROM pos_sync_schema');
    expect(await ask('GET', '/readyz')).toMatchObject(unavailable('version (none)'));
  });
});

describe('a refused configuration', () => {
  test.each([
    ['BATCH_SIZE', { BATCH_SIZE: '5000' }],
    ['QUIET_SECONDS', { QUIET_SECONDS: '1' }],
    ['SQUARE_ACCESS_TOKEN', { SQUARE_ACCESS_TOKEN: undefined }],
  ])('is no 200 of GET /v1/status and GET /readyz: %s', async (name, changes) => {
    await migrated();
    for (const path of ['/v1/status', '/readyz']) {
      expect(await ask('GET', path, { env: changes })).toMatchObject(unavailable(name));
    }
    await expect(tick(changes)).rejects.toThrow(name);
    // It tells that the process is up, and asks nothing.
    expect(await ask('GET', '/healthz', { env: changes })).toMatchObject({ status: 200 });
  });

  test('and a database without tables are both told of at once', async () => {
    const { body } = await ask('GET', '/readyz', { env: { BATCH_SIZE: 'many' } });
    expect(body.detail).toContain('BATCH_SIZE');
    expect(body.detail).toContain('migrations apply');
  });
});

describe('GET /readyz', () => {
  /** @param {Json} [changes] */
  const readiness = (changes) => ask('GET', '/readyz', { env: changes });
  const aged = (/** @type {number} */ ms) => ({
    ticks: () => query(`UPDATE ${CLAIMS} SET claimed_at = claimed_at - ${ms} WHERE claim_key LIKE 'tick:%'`),
    installation: () => query(`UPDATE pos_accounts SET created_at = created_at - ${ms}`),
  });
  const CLAIMS = 'pos_sync_claims';
  const MINUTE = 60_000;

  test('a fresh installation is ready before its first tick, for as long as a tick may take to come', async () => {
    await migrated();
    expect(await readiness()).toMatchObject({ status: 200, body: { status: 'ready' } });
    await aged(64 * MINUTE).installation();
    expect(await readiness()).toMatchObject({ status: 200 });
    await aged(2 * MINUTE).installation();
    expect(await readiness()).toMatchObject(unavailable('no tick since the installation'));
  });

  test('a cron that no longer comes is noticed after two intervals and some minutes', async () => {
    await migrated();
    await aged(1000 * MINUTE).installation();
    await tick();
    expect(await readiness()).toMatchObject({ status: 200 });
    await aged(64 * MINUTE).ticks();
    expect(await readiness()).toMatchObject({ status: 200 });
    await aged(2 * MINUTE).ticks();
    expect(await readiness()).toMatchObject(unavailable('the last tick began 39'));
    expect(await readiness({ READY_TICK_SECONDS: '7800' })).toMatchObject({ status: 200 });
    expect(await readiness({ READY_TICK_SECONDS: 'soon' })).toMatchObject(unavailable('READY_TICK_SECONDS'));
  });

  test('tells strangers that something is wrong, and nothing of what', async () => {
    const unready = [{ D1_OPS: undefined }, { BATCH_SIZE: 'wrong-value' }, {}];
    for (const changes of unready) {
      const answer = await ask('GET', '/readyz', { env: changes, headers: WITHOUT_TOKEN });
      expect(answer).toMatchObject({ status: 503, type: 'application/problem+json' });
      expect(JSON.stringify(answer.body)).not.toMatch(/D1|BATCH_SIZE|wrong-value|table|migration/);
    }
    const wrong = { authorization: 'Bearer wrong' };
    const answer = await ask('GET', '/readyz', { headers: wrong });
    expect(JSON.stringify(answer.body)).not.toMatch(/migration/);
    await migrated();
    expect((await ask('GET', '/readyz', { headers: WITHOUT_TOKEN })).body).toEqual({ status: 'ready' });
  });

  test('a worker without an ADMIN_TOKEN gives reasons to nobody, not even to an empty token', async () => {
    for (const headers of [WITHOUT_TOKEN, { authorization: 'Bearer ' }, { authorization: 'Bearer undefined' }]) {
      for (const ADMIN_TOKEN of [undefined, '']) {
        const { body } = await ask('GET', '/readyz', { env: { ADMIN_TOKEN }, headers });
        expect(JSON.stringify(body)).not.toMatch(/migration/);
      }
    }
  });

  test('is never cached, and takes no other method', async () => {
    await migrated();
    const answer = await readiness();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await ask('POST', '/readyz')).toMatchObject({ status: 405 });
  });
});

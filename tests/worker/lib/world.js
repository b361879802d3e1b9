// One restaurant's world inside workerd: a fresh D1, the local Square, and the worker between them.
import {
  applyD1Migrations,
  createExecutionContext,
  createScheduledController,
  reset,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, inject, vi } from 'vitest';
import worker from '../../../worker.js';

/** @import { Env } from '../../../worker.js' */

/** @typedef {Record<string, any>} Json */

export const twin = inject('twin');
export const ADMIN_TOKEN = 'the-admin-token-that-nobody-may-see';

export const SEAL_KEY = `k1:${btoa('the key of the seals of tests 01')}`;

export const db = env.D1_OPS;

/** What the worker is configured with; `undefined` takes a variable away. An order waits for its tick,
 * unless a test is about the push at once.
 * @param {Json} [changes]
 * @returns {Env} */
export const envWith = (changes = {}) => ({
  ...env,
  SQUARE_BASE_URL: twin.url,
  SQUARE_LOCATION_ID: twin.location,
  SQUARE_ACCESS_TOKEN: twin.token,
  ADMIN_TOKEN,
  SEAL_KEY,
  PUSH_ON_ENQUEUE: 'off',
  ...changes,
});

/** A payload that Square takes: two Adana kebabs for 700.00 TRY, paid elsewhere.
 * @param {Json} [changes] */
export const payload = (changes = {}) => ({
  currency: 'TRY',
  placed_at: '2026-11-21T18:03:11Z',
  table_id: '7',
  items: [{ name: 'Adana Kebabı', quantity: '2', unit_price: 35000, note: 'az acılı' }],
  payment: { type: 'external', source: 'thMenu', amount: 70000 },
  ...changes,
});

/** Inserts rows as producers are told to.
 * @param {...{order_id: string, restaurant_id?: string, payload?: Json | string}} orders */
export async function enqueue(...orders) {
  const sql =
    'INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, payload) ' +
    "VALUES (?1, 'square', ?2, ?3) " +
    "ON CONFLICT (order_id, provider) WHERE status IN ('pending','failed') DO NOTHING";
  const text = (/** @type {Json | string} */ content) =>
    typeof content === 'string' ? content : JSON.stringify(content);
  await db.batch(
    orders.map((order) =>
      db.prepare(sql).bind(order.order_id, order.restaurant_id ?? '', text(order.payload ?? payload())),
    ),
  );
}

/** @param {string} sql @param {...unknown} parameters
 * @returns {Promise<Json[]>} */
export const query = async (sql, ...parameters) =>
  (await db.prepare(sql).bind(...parameters).all()).results;

/** The queue rows of an order, the oldest first.
 * @param {string} order_id */
export const rowsOf = (order_id) =>
  query('SELECT * FROM pos_sync_queue WHERE order_id = ?1 ORDER BY id', order_id);

/** Runs the cron as the runtime does; throws what it throws.
 * @param {Json} [changes] */
export async function tick(changes) {
  const context = createExecutionContext();
  const controller = createScheduledController({ cron: '*/30 * * * *' });
  await /** @type {ExportedHandlerScheduledHandler} */ (worker.scheduled)(controller, envWith(changes), context);
  await waitOnExecutionContext(context);
}

/** Sends a request to the worker.
 * @param {string} method
 * @param {string} path
 * @param {{body?: Json | string | ReadableStream, headers?: Json, env?: Json}} [options]
 * @returns {Promise<Response>} */
export async function send(method, path, { body, headers, env: changes } = {}) {
  const context = createExecutionContext();
  const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof ReadableStream);
  const request = new Request(`https://pos-sync.example${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
    body: isJson ? JSON.stringify(body) : /** @type {string | undefined} */ (body),
    // Node asks for it where a body is a stream.
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
  const response = await worker.fetch(request, envWith(changes), context);
  await waitOnExecutionContext(context);
  return response;
}

/** Sends a request and reads the JSON that comes back.
 * @param {Parameters<typeof send>} request
 * @returns {Promise<{status: number, type: string | null, headers: Headers, body: any}>} */
export async function ask(...request) {
  const response = await send(...request);
  const { status, headers } = response;
  return { status, type: headers.get('content-type'), headers, body: await response.json() };
}

/** Nobody waits for seconds between the tries at a database that stays away: until the next
 * `vi.restoreAllMocks()` a timer of seconds is one of none. A request that is sent has no time, either. */
export function hurry() {
  const { setTimeout: start } = globalThis;
  /** @param {() => void} run @param {number} ms @param {unknown[]} words the runtime's own timers have some */
  const soon = (run, ms, ...words) =>
    /** @type {any} */ (start)(run, ms > 500 && words.length === 0 ? 0 : ms, ...words);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(/** @type {any} */ (soon));
}

/** Speaks to the local Square's back door.
 * @param {string} path
 * @param {Json} [body] without one it is a GET
 * @returns {Promise<any>} */
export async function twinControl(path, body) {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${twin.url}/_twin/${path}`, init);
  if (!response.ok) throw new Error(`/_twin/${path}: ${await response.text()}`);
  return response.json();
}

/** Every line that was logged in this test so far.
 * @type {string[]} */
export const logged = [];

/** Takes every table away: a database that nobody has migrated. */
export async function emptyDatabase() {
  // Seen on a busy machine: a reset that left everything as it was.
  for (let tries = 0; tries < 20; tries += 1) {
    await reset();
    const left = await query("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite|_%' ESCAPE '|' AND name NOT LIKE '|_%' ESCAPE '|'");
    if (left.length === 0) return;
  }
  throw new Error('the database could not be emptied');
}

/** What the migrations leave in a new database, as statements that bring any one back to it. To
 * migrate anew before each test would take longer than most tests.
 * @returns {Promise<D1PreparedStatement[]>} */
async function makeNew() {
  await reset();
  await applyD1Migrations(db, env.MIGRATIONS);
  const schema = await query(
    "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite|_%' ESCAPE '|' " +
      "AND name NOT LIKE '|_%' ESCAPE '|' AND name <> 'd1_migrations'",
  );
  const tables = schema.filter(({ type }) => type === 'table').map(({ name }) => name);
  // Some of them keep rows from being deleted.
  const triggers = schema.filter(({ type }) => type === 'trigger');
  const statements = triggers.map(({ name }) => db.prepare(`DROP TRIGGER ${name}`));
  for (const table of tables) {
    statements.push(db.prepare(`DELETE FROM ${table}`));
    for (const row of await query(`SELECT * FROM ${table}`)) {
      const columns = Object.keys(row);
      const places = columns.map((_column, i) => `?${i + 1}`);
      const sql = `INSERT INTO ${table} (${columns}) VALUES (${places})`;
      statements.push(db.prepare(sql).bind(...Object.values(row)));
    }
  }
  return [...statements, ...triggers.map(({ sql }) => db.prepare(sql))];
}

/** A clean world before each test, and nothing that the local Square would have to be ashamed of. */
export function cleanWorldBeforeEach() {
  /** @type {D1PreparedStatement[]} */
  let clean;
  beforeAll(async () => {
    clean = await makeNew();
  });

  beforeEach(async () => {
    await db.batch(clean);
    await twinControl('reset', {});
    await twinControl('faults', {});
    await twinControl('token', { token: twin.token, state: 'valid' });
    logged.length = 0;
    for (const level of /** @type {const} */ (['info', 'warn', 'error', 'log', 'debug'])) {
      vi.spyOn(console, level).mockImplementation((...words) => void logged.push(words.join(' ')));
    }
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    // Nothing was sent that Square does not take, whatever came of it.
    const { complaint } = await twinControl('verdict', {});
    if (complaint !== '') throw new Error(complaint);
  });
}

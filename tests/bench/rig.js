// A worker in a real workerd with a real local D1, as `wrangler dev` runs it, behind the meter.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  unstable_splitSqlQuery as splitSql,
  unstable_startWorker as startWorker,
} from 'wrangler';
import { wranglerEnv } from '../../scripts/demo/worker.mjs';
import { ROOT } from '../../scripts/lib/run.mjs';

/** @typedef {Record<string, any>} Json */
/** @typedef {import('./meter.js').Tally} Tally */
/** @typedef {import('./orders.js').BenchOrder} BenchOrder */
/** @typedef {import('../fakes/square/server.js').RunningTwin} RunningTwin */

/** @typedef {object} Subject a worker to measure
 * @property {string} main
 * @property {string} config
 * @property {string} migrations */

/** @type {Subject} */
export const OURS = { main: 'worker.js', config: 'wrangler.toml', migrations: 'migrations' };

/** @type {Subject} the pusher of the incident report */
export const OLD = {
  main: 'tests/legacy_pusher/worker.js',
  config: 'tests/legacy_pusher/wrangler.toml',
  migrations: 'tests/legacy_pusher/migrations',
};

const CRON = '/cdn-cgi/handler/scheduled?cron=*/30+*+*+*+*&format=json';
const ADMIN_TOKEN = 'bench-admin-token-for-this-bench-only';

/** The folder under `state` where local D1 keeps its one database. */
const DATABASES = 'v3/d1/miniflare-D1DatabaseObject';

/** D1 refuses batches that are much larger than this. */
const STATEMENTS_MAX = 100;

/** @param {Record<string, string>} values */
const asBindings = (values) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { type: 'plain_text', value }]),
  );

let rigs = 0;

export class Rig {
  /** @type {Json | null} */
  #worker = null;
  #origin = '';

  /** @param {Subject} subject
   * @param {RunningTwin} twin
   * @param {string} scratch a folder that is removed in the end */
  constructor(subject, twin, scratch) {
    this.subject = subject;
    this.twin = twin;
    this.folder = path.join(scratch, `rig-${++rigs}`);
    this.state = path.join(this.folder, 'state');
    mkdirSync(this.state, { recursive: true });
    // It runs in this process, as a part of which it reads its environment.
    Object.assign(process.env, wranglerEnv(scratch));
  }

  /** Serves; call it again after `stop` to go on with the same database. */
  async start() {
    const entry = path.join(this.folder, 'entry.js');
    const meter = path.join(ROOT, 'tests/bench/meter.js');
    writeFileSync(
      entry,
      `import worker from ${JSON.stringify(path.join(ROOT, this.subject.main))};\n` +
        `import { meter } from ${JSON.stringify(meter)};\n` +
        'export default meter(worker);\n',
    );
    // Named, it keeps a developer's own .dev.vars out of the measurement.
    const envFile = path.join(this.folder, 'vars');
    writeFileSync(envFile, '');
    this.#worker = await startWorker({
      config: path.join(ROOT, this.subject.config),
      entrypoint: entry,
      envFiles: [envFile],
      bindings: /** @type {any} */ (
        asBindings({
          ADMIN_TOKEN,
          SQUARE_BASE_URL: this.twin.url,
          SQUARE_ACCESS_TOKEN: this.twin.token,
          SQUARE_LOCATION_ID: this.twin.locations[0].id,
        })
      ),
      dev: {
        persist: this.state,
        server: { hostname: '127.0.0.1', port: 0 },
        inspector: false,
        watch: false,
        logLevel: 'none',
      },
    });
    await this.#worker.ready;
    this.#origin = (await this.#worker.url).origin;
  }

  async stop() {
    await this.#worker?.dispose();
    this.#worker = null;
  }

  async close() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The database's file; nobody serves it while it is written to from here. */
  get databaseFile() {
    const folder = path.join(this.state, DATABASES);
    const files = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
    if (files.length !== 1) throw new Error(`expected one database in ${folder}: ${files}`);
    return path.join(folder, files[0]);
  }

  /** @param {string} door
   * @param {unknown} body
   * @returns {Promise<any>} */
  async #ask(door, body) {
    const init = { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${this.#origin}/${door}`, init);
    if (!response.ok) throw new Error(`${door} of the meter: ${await response.text()}`);
    return response.json();
  }

  /** Runs statements in batches.
   * @param {[sql: string, ...parameters: unknown[]][]} statements
   * @returns {Promise<Json[][]>} the rows of each */
  async sql(...statements) {
    const rows = [];
    for (let at = 0; at < statements.length; at += STATEMENTS_MAX) {
      rows.push(...(await this.#ask('sql', statements.slice(at, at + STATEMENTS_MAX))));
    }
    return rows;
  }

  /** Applies the subject's own migrations. */
  async migrate() {
    const folder = path.join(ROOT, this.subject.migrations);
    for (const name of readdirSync(folder).sort()) {
      const statements = splitSql(readFileSync(path.join(folder, name), 'utf8'));
      await this.sql(...statements.map((sql) => /** @type {[string]} */ ([sql])));
    }
  }

  /** Enqueues through the HTTP door, where orders are frozen.
   * @param {BenchOrder[]} orders */
  async enqueueAtTheDoor(orders) {
    await this.#ask('door', orders);
  }

  /** Enqueues as producers are told to.
   * @param {BenchOrder[]} orders */
  async enqueueBySql(orders) {
    const sql =
      'INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, payload) ' +
      "VALUES (?1, 'square', ?2, ?3) " +
      "ON CONFLICT (order_id, provider) WHERE status IN ('pending','failed') DO NOTHING";
    await this.sql(
      ...orders.map(({ order_id, restaurant_id, payload }) =>
        /** @type {[string, ...unknown[]]} */ (
          [sql, order_id, restaurant_id, JSON.stringify(payload)]),
      ),
    );
  }

  /** Enqueues as producers did in the report.
   * @param {BenchOrder[]} orders */
  async enqueueAsReported(orders) {
    const sql =
      "INSERT INTO pos_sync_queue (order_id, provider, payload) VALUES (?1, 'square', ?2)";
    await this.sql(
      ...orders.map(({ order_id, payload }) =>
        /** @type {[string, ...unknown[]]} */ ([sql, order_id, JSON.stringify(payload)]),
      ),
    );
  }

  /** Runs the cron to its end.
   * @returns {Promise<number>} milliseconds, as somebody sees them who waits outside */
  async tick() {
    const began = performance.now();
    const response = await fetch(this.#origin + CRON);
    const { outcome } = /** @type {Json} */ (await response.json());
    const wall = performance.now() - began;
    if (outcome !== 'ok') throw new Error(`a tick of ${this.subject.main} ended "${outcome}"`);
    return wall;
  }

  /** The bare loop of the meter.
   * @param {number} slots
   * @param {Json[]} bodies
   * @returns {Promise<number>} milliseconds */
  async bare(slots, bodies) {
    const began = performance.now();
    await this.#ask('bare', { slots, bodies });
    return performance.now() - began;
  }

  /** What D1 has counted since the last call.
   * @returns {Promise<Tally>} */
  tally() {
    return this.#ask('tally', null);
  }

  /** Throws unless every order has been booked exactly once: a tick that did not do its work says
   * nothing about what it costs.
   * @param {BenchOrder[]} orders */
  async expectBooked(orders) {
    const ids = JSON.stringify(orders.map(({ order_id }) => order_id));
    const [[{ booked }]] = await this.sql([
      'SELECT count(*) AS booked FROM pos_sync_queue ' +
        "WHERE status = 'success' AND order_id IN (SELECT value FROM json_each(?1))",
      ids,
    ]);
    const wanted = new Set(orders.map(({ order_id }) => order_id));
    /** @type {Json[]} */
    const made = this.twin.state().orders;
    const sales = made.filter(({ reference_id }) => wanted.has(reference_id));
    if (booked !== orders.length || sales.length !== orders.length) {
      throw new Error(`of ${orders.length} orders ${booked} are booked, by ${sales.length} sales`);
    }
  }
}

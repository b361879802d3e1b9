// A real `wrangler dev` for a test: in a folder of its own, which goes with it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalWorker as Served } from '../../../scripts/demo/worker.mjs';
import { ROOT } from '../../../scripts/lib/run.mjs';

export { until } from '../../../scripts/demo/worker.mjs';

/** @typedef {Record<string, any>} Json */

const ADMIN_TOKEN = 'e2e-admin-token-for-this-test-only';

/** Wide enough for every time that is one, and not for the lease that never ends. */
const IS_A_TIME = 'BETWEEN 1 AND 9007199254740990';

/** One worker with its database and its variables, which outlive the processes that serve it. */
export class LocalWorker {
  #served;
  #printed = '';

  /** @param {Json} variables */
  constructor(variables) {
    this.folder = mkdtempSync(join(tmpdir(), 'pos-sync-e2e-'));
    this.#served = new Served({
      name: 'e2e',
      config: join(ROOT, 'wrangler.toml'),
      folder: this.folder,
      hear: (text) => void (this.#printed += text),
      variables: { ADMIN_TOKEN, ...variables },
    });
  }

  /** Runs a wrangler command on this worker's database.
   * @param {...string} args */
  async d1(...args) {
    return this.#told(this.#served.d1(...args));
  }

  /** @param {string} sql any number of statements */
  async execute(sql) {
    return this.#told(this.#served.execute(sql));
  }

  /** Starts serving; returns when the worker answers. */
  async start() {
    await this.#told(this.#served.start());
  }

  /** Runs the cron; returns when it has ended well. */
  cron() {
    return this.#served.cron();
  }

  /** @param {string} method @param {string} path @param {Json} [body] */
  ask(method, path, body) {
    return this.#served.ask(method, path, ADMIN_TOKEN, body);
  }

  /** SIGKILL to wrangler and to all that it has started; returns when they are gone. */
  kill() {
    return this.#served.end('SIGKILL');
  }

  /** Lets time pass for what the database holds, by setting its times back: leases end, and what was to be
   * tried again is due. No test waits for that, so none depends on how fast a machine is. When a row was
   * approved is under its seal, which a changed time would break.
   * @param {number} ms */
  pass(ms) {
    const folder = join(this.#served.state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
    for (const file of readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))) {
      const database = new DatabaseSync(join(folder, file), { timeout: 60_000 });
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%pos%'");
      for (const { name: table } of tables.all()) {
        const columns = database.prepare('SELECT name, type FROM pragma_table_info(?1)').all(String(table));
        const sealed = columns.some(({ name }) => name === 'seal') ? ['approved_at'] : [];
        const times = columns.filter(({ type }) => type === 'INTEGER').map(({ name }) => String(name))
          .filter((name) => /^at$|_(at|until|since)$/.test(name) && !sealed.includes(name));
        const aged = times.map((name) => `${name} = CASE WHEN ${name} ${IS_A_TIME} THEN ${name} - ${ms} ELSE ${name} END`);
        if (aged.length > 0) database.exec(`UPDATE ${table} SET ${aged}`);
      }
      database.close();
    }
  }

  /** Ends it and forgets everything. */
  async close() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  /** If something fails, what wrangler has printed says why.
   * @template T
   * @param {Promise<T>} work */
  async #told(work) {
    try {
      return await work;
    } catch (error) {
      throw new Error(`${/** @type {Error} */ (error).message}:\n${this.#printed}`, { cause: error });
    }
  }
}

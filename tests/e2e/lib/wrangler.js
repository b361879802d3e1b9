// A real `wrangler dev` for a test: in a folder of its own, which goes with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorker as Served } from '../../../scripts/demo/worker.mjs';
import { ROOT } from '../../../scripts/lib/run.mjs';

export { until } from '../../../scripts/demo/worker.mjs';

/** @typedef {Record<string, any>} Json */

const ADMIN_TOKEN = 'e2e-admin-token-for-this-test-only';

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

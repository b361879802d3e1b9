// A real `wrangler dev` with a database of its own, which outlives the processes that serve it.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { packageEnv, ROOT } from '../lib/run.mjs';

/** @typedef {Record<string, any>} Json */

const CRON = '/cdn-cgi/handler/scheduled?cron=*/30+*+*+*+*&format=json';

/** What wrangler prints when it serves. */
const READY = /Ready on (http:\/\/127\.0\.0\.1:\d+)/;

/** Groups of processes that were started here and have not ended. */
const groups = new Set();

/** Ends everything that was started here, at once: for a way out that cannot wait. */
export function killAll() {
  for (const pid of groups) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended in this very moment.
    }
  }
  groups.clear();
}

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => void setTimeout(resolve, ms));

/**
 * Waits for something that is bound to happen; whoever calls it limits the whole.
 * @param {() => boolean | Promise<boolean>} condition
 */
export async function until(condition) {
  while (!(await condition())) await pause(5);
}

/**
 * @param {number} [wanted] taken if it is free
 * @returns {Promise<number>} a port of the loopback interface on which nobody listens
 */
export async function freePort(wanted = 0) {
  const server = createServer();
  const listening = await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(wanted, '127.0.0.1', () => resolve(true));
  });
  if (!listening) return freePort();
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

/**
 * The environment for wrangler: it asks nothing, and needs no network.
 * @param {string} folder takes what wrangler would leave in the home directory
 * @returns {NodeJS.ProcessEnv}
 */
export const wranglerEnv = (folder) => ({
  ...packageEnv(),
  CI: '1',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  // Without the banner there is no look for a newer release.
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_LOG_PATH: path.join(folder, 'wrangler-logs'),
  WRANGLER_REGISTRY_PATH: path.join(folder, 'registry'),
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
});

export class LocalWorker {
  /** @type {{child: import('node:child_process').ChildProcess, closed: Promise<unknown>} | null} */
  #running = null;
  #origin = '';
  #hear;

  /**
   * @param {object} options
   * @param {string} options.name
   * @param {string} options.config the wrangler.toml
   * @param {string} options.folder where its files go
   * @param {string} [options.state] where its database is kept
   * @param {(text: string) => void} options.hear receives what wrangler prints
   * @param {Record<string, string | number>} options.variables
   */
  constructor({ name, config, folder, state = path.join(folder, 'state'), hear, variables }) {
    this.name = name;
    this.config = config;
    this.folder = folder;
    this.state = state;
    this.#hear = hear;
    mkdirSync(folder, { recursive: true });
    // Named on the command line, it keeps a developer's own .dev.vars out of this.
    this.envFile = path.join(folder, 'vars');
    const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(this.envFile, lines.join(''));
  }

  get origin() {
    return this.#origin;
  }

  /**
   * Starts wrangler in a group of its own, so that a kill reaches workerd too, and nothing else.
   * @param {string[]} args
   */
  #spawn(args) {
    const child = spawn('wrangler', args, {
      cwd: ROOT,
      env: wranglerEnv(this.folder),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    // The pipes close when the last process that holds them has ended.
    const closed = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        groups.delete(pid);
        resolve(code);
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', this.#hear);
    }
    return { child, closed };
  }

  /**
   * Runs a wrangler command on this worker's database.
   * @param {...string} args
   * @returns {Promise<string>} its standard output
   */
  async d1(...args) {
    const local = ['--config', this.config, '--local', '--persist-to', this.state];
    const { child, closed } = this.#spawn(['d1', ...args, ...local]);
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    if ((await closed) !== 0) throw new Error(`wrangler d1 ${args[0]} failed (${this.name})`);
    return output;
  }

  /** @param {string} sql any number of statements */
  execute(sql) {
    const file = path.join(this.folder, 'statements.sql');
    writeFileSync(file, sql);
    return this.d1('execute', 'D1_OPS', '--yes', '--file', file);
  }

  /**
   * @param {string} sql one statement
   * @returns {Promise<Json[]>} its rows
   */
  async query(sql) {
    return JSON.parse(await this.d1('execute', 'D1_OPS', '--json', '--command', sql))[0].results;
  }

  /**
   * Starts serving; returns when it does.
   * @param {number} [wanted] the port, if it is free; otherwise one that the system chooses
   * @returns {Promise<{ended: Promise<unknown>}>} `ended`: when this wrangler has
   */
  async start(wanted = 0) {
    const isFree = wanted !== 0 && (await freePort(wanted)) === wanted;
    const running = (isFree && (await this.#serve(wanted))) || (await this.#serve(0));
    if (!running) throw new Error(`wrangler dev found no port (${this.name})`);
    return { ended: running.closed };
  }

  /**
   * @param {number} port 0: the system chooses one, so that no other process can have it
   * @returns {Promise<{closed: Promise<unknown>} | null>} null if another process was quicker to take the port
   */
  async #serve(port) {
    const args = ['dev', '--config', this.config, '--ip', '127.0.0.1', '--port', String(port)];
    args.push('--inspector-port', '0', '--persist-to', this.state, '--env-file', this.envFile);
    args.push('--show-interactive-dev-session=false');
    const running = this.#spawn(args);
    let printed = '';
    /** @type {Promise<string>} the address that wrangler says it serves: a server that merely answers there
     * may be another process's */
    const served = new Promise((resolve) => {
      for (const stream of [running.child.stdout, running.child.stderr]) {
        stream.on('data', (text) => {
          printed = (printed + text).slice(-10_000);
          const ready = READY.exec(printed);
          if (ready?.[1]) resolve(ready[1]);
        });
      }
    });
    this.#running = running;
    const origin = await Promise.race([served, running.closed.then(() => '')]);
    if (origin !== '') {
      this.#origin = origin;
      return running;
    }
    this.#running = null;
    if (/EADDRINUSE|already in use/i.test(printed)) return null;
    throw new Error(`wrangler dev ended before it served (${this.name})`);
  }

  /**
   * @param {string} route
   * @param {RequestInit} [init]
   */
  async #fetch(route, init) {
    try {
      return await fetch(this.#origin + route, init);
    } catch (error) {
      throw new Error(`wrangler dev does not answer (${this.name})`, { cause: error });
    }
  }

  /** Runs the cron; returns when it has ended. */
  async cron() {
    const response = await this.#fetch(CRON);
    const { outcome } = /** @type {Json} */ (await response.json());
    if (outcome !== 'ok') throw new Error(`a tick of ${this.name} ended badly: ${outcome}`);
  }

  /**
   * @param {string} method
   * @param {string} route
   * @param {string} token
   * @param {Json} [body]
   * @returns {Promise<{status: number, body: Json}>}
   */
  async ask(method, route, token, body) {
    const response = await this.#fetch(route, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: /** @type {Json} */ (await response.json()) };
  }

  /**
   * @param {string} route
   * @param {string} token
   * @returns {Promise<Json>}
   */
  async get(route, token) {
    const { status, body } = await this.ask('GET', route, token);
    if (status !== 200) throw new Error(`GET ${route} answered ${status}`);
    return body;
  }

  /**
   * Ends wrangler and all that it has started; returns when they are gone.
   * @param {'SIGINT' | 'SIGKILL'} signal
   */
  async end(signal) {
    const running = this.#running;
    if (!running?.child.pid) return;
    this.#running = null;
    process.kill(-running.child.pid, signal);
    await running.closed;
  }
}

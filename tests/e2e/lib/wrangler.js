// A real `wrangler dev` on a folder of its own: started, asked, killed with everything it started.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageEnv, ROOT, run } from '../../../scripts/lib/run.mjs';

/** @typedef {Record<string, any>} Json */

export const ADMIN_TOKEN = 'e2e-admin-token';

const CRON = '/cdn-cgi/handler/scheduled?cron=*/30+*+*+*+*&format=json';

/** Waits for something that is bound to happen; the test's own time is the only limit.
 * @param {() => boolean | Promise<boolean>} condition */
export async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => void setTimeout(resolve, 5));
}

/** @returns {Promise<number>} a port that nobody listens on */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One worker with its database and its variables, which outlive the processes that serve it. */
export class LocalWorker {
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null;
  #origin = '';
  #printed = '';

  /** @param {Json} variables */
  constructor(variables) {
    this.folder = mkdtempSync(join(tmpdir(), 'pos-sync-e2e-'));
    this.state = join(this.folder, 'state');
    // Named on the command line, it keeps a developer's own .dev.vars out of the test.
    this.envFile = join(this.folder, 'vars');
    const lines = Object.entries({ ADMIN_TOKEN, ...variables }).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.envFile, lines.join(''));
  }

  /** Runs a wrangler command on this worker's database.
   * @param {...string} args */
  async d1(...args) {
    const local = ['--local', '--persist-to', this.state];
    const env = { ...packageEnv(), CI: '1', WRANGLER_SEND_METRICS: 'false' };
    const { code, output } = await run('wrangler', ['d1', ...args, ...local], { env });
    if (code !== 0) throw new Error(`wrangler d1 ${args.join(' ')} failed:\n${output}`);
    return output;
  }

  /** Starts serving; returns when the worker answers. */
  async start() {
    const port = await freePort();
    const args = ['dev', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'];
    args.push('--persist-to', this.state, '--env-file', this.envFile, '--show-interactive-dev-session=false');
    // A group of its own, so that a kill reaches workerd too and nothing else.
    const child = spawn('wrangler', args, {
      cwd: ROOT,
      env: { ...packageEnv(), CI: '1', WRANGLER_SEND_METRICS: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#process = child;
    this.#origin = `http://127.0.0.1:${port}`;
    this.#printed = '';
    const keep = (/** @type {Buffer} */ text) => (this.#printed += text);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`wrangler dev ended:\n${this.#printed}`);
      return fetch(`${this.#origin}/healthz`).then(({ ok }) => ok, () => false);
    });
  }

  /** What the present `wrangler dev` has printed. */
  get printed() {
    return this.#printed;
  }

  /** Runs the cron; returns when it has ended.
   * @returns {Promise<Json>} */
  async cron() {
    return (await fetch(this.#origin + CRON)).json();
  }

  /** @param {string} method @param {string} path @param {Json} [body]
   * @returns {Promise<{status: number, body: Json}>} */
  async ask(method, path, body) {
    const response = await fetch(this.#origin + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: /** @type {Json} */ (await response.json()) };
  }

  /** SIGKILL to wrangler and to all that it has started; returns when they are gone. */
  async kill() {
    const child = this.#process;
    if (!child?.pid) return;
    this.#process = null;
    const gone = new Promise((resolve) => void child.once('close', resolve));
    process.kill(-child.pid, 'SIGKILL');
    // The pipes close when the last process that holds them has ended.
    await gone;
  }

  /** Ends it and forgets everything. */
  async close() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// A place to try things: the local Square, and `wrangler dev` wired to it, on the database that
// `wrangler d1 … --local` knows too. What was enqueued and booked is still there the next time.

import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { startTwin } from '../tests/fakes/square/server.js';
import { freePort, killAll, LocalWorker } from './demo/worker.mjs';
import { packageEnv, ROOT, run, tail } from './lib/run.mjs';

const WORKER_PORT = 8787;
const SQUARE_PORT = 8788;

/** Opens the worker's own routes. Everything here listens on the loopback interface alone. */
const ADMIN_TOKEN = 'dev-admin-token-for-this-machine-only';

/** Seals what is approved here; the same the next time, for what was approved is still there then. */
const SEAL_KEY = `dev:${Buffer.alloc(32, 'of this machine only').toString('base64')}`;

const STATE = path.join(ROOT, '.wrangler', 'state');

/** @type {LocalWorker | null} */
let serving = null;
let isStopping = false;

/** @param {string} line */
const say = (line) => console.log(`dev: ${line}`);

/** A reason that stands for itself: printed without a stack trace. */
class Failure extends Error {}

async function build() {
  say('building the core ...');
  const { code, output } = await run('node', ['scripts/build.mjs'], { env: packageEnv() });
  if (code !== 0) throw new Failure(`the build failed:\n${tail(output)}`);
}

/**
 * @param {LocalWorker} worker
 * @param {string} square
 */
function instructions({ origin }, square) {
  const token = `-H 'authorization: Bearer ${ADMIN_TOKEN}'`;
  const order = {
    order_id: 'kebap-1',
    payload: {
      currency: 'TRY',
      table_id: '7',
      items: [{ name: 'Adana Kebabı', quantity: '2', unit_price: 42000 }],
      payment: { type: 'cash', amount: 84000 },
    },
  };
  return `
  worker   ${origin}   (admin token: ${ADMIN_TOKEN})
  Square   ${square}   (local: what it holds, ${square}/_twin/summary)

  # enqueue an order, which is pushed at once
  curl -X POST ${origin}/v1/orders ${token} \\
    -d '${JSON.stringify(order)}'
  # drain the queue, as the cron does
  curl -X POST ${origin}/v1/drain ${token}
  # look at the order: its row, what is known of it, how that came to be known
  curl ${origin}/v1/orders/${order.order_id} ${token}

  Ctrl-C stops everything.
`;
}

async function serve() {
  await build();
  const folder = path.join(ROOT, '.wrangler', 'dev');
  mkdirSync(folder, { recursive: true });
  // Its books are kept as the database is: one that forgot would not know what the other has booked.
  const twin = await startTwin({
    port: await freePort(SQUARE_PORT),
    stateFile: path.join(folder, 'square.jsonl'),
  });
  let printed = '';
  const worker = new LocalWorker({
    name: 'dev',
    config: path.join(ROOT, 'wrangler.toml'),
    folder,
    state: STATE,
    // Of interest from the first tick on, or if it never comes to that.
    hear: (text) => (serving ? process.stdout.write(text) : (printed += text)),
    variables: {
      SQUARE_BASE_URL: twin.url,
      SQUARE_LOCATION_ID: twin.locations[0].id,
      SQUARE_ACCESS_TOKEN: twin.token,
      ADMIN_TOKEN,
      SEAL_KEY,
    },
  });
  try {
    say('migrating the local database ...');
    await worker.d1('migrations', 'apply', 'D1_OPS');
    say('starting wrangler dev ...');
    const { ended } = await worker.start(WORKER_PORT);
    serving = worker;
    if (existsSync(path.join(ROOT, '.dev.vars'))) {
      say('.dev.vars is not read here; `npx wrangler dev` reads it');
    }
    console.log(instructions(worker, twin.url));
    await ended;
  } catch (error) {
    throw new Failure(`${/** @type {Error} */ (error).message}:\n${tail(printed)}`);
  }
  if (!isStopping) throw new Failure('wrangler dev has ended');
}

function leave() {
  killAll();
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (!serving || isStopping) leave();
    isStopping = true;
    serving?.end('SIGINT').finally(leave);
  });
}
process.once('exit', killAll);
try {
  await serve();
} catch (error) {
  const { message, stack } = /** @type {Error} */ (error);
  console.error(`dev: ${error instanceof Failure ? message : stack}`);
  process.exit(1);
}

// `npm run soak -- --kills 100 --seed 7`: a real `wrangler dev` that pushes to a local Square is killed
// with SIGKILL again and again in the middle of its work, and started again on the same database. Orders
// come in between, Square goes wrong, every cron comes twice. Then the faults stop, the queue is drained,
// and everything is counted at Square. The seed decides what goes wrong and at what point of the work each
// kill comes; which request that is then under way is up to the machine.

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { codeOf, INVARIANTS, judge } from '../tests/support/verdict.js';
import { startTwin } from '../tests/fakes/square/server.js';
import { painter, plural } from './demo/tell.mjs';
import { killAll, LocalWorker, until } from './demo/worker.mjs';
import { Luck } from './lib/dice.mjs';
import { whenTold } from './lib/leaving.mjs';
import { insertionOf } from './lib/producer.mjs';
import { ROOT } from './lib/run.mjs';
import { momentOf, told, watch } from './soak/moments.mjs';
import { orderOf, OWN_ACCOUNT, RESTAURANTS } from './soak/orders.mjs';
import { SECONDS, FAULTS } from './soak/faults.mjs';

/** @import { Order } from './soak/orders.mjs' */
/** @import { Finding, Invariant } from '../tests/support/verdict.js' */
/** @import { RequestRecord } from '../tests/fakes/square/types.d.ts' */

/** @typedef {Record<string, any>} Json */

const ORDERS_PER_KILL = 12;

/** What can be seen from outside a worker; the others are what tests/worker is for. */
const CHECKED = /** @type {Invariant[]} */ (['once', 'success', 'dead', 'active', 'bytes', 'overlap', 'rest', 'lost', 'job']);

/** By when a moment has come, or it never will. */
const MOMENT_WITHIN_MS = 20_000;
const DRAINED_WITHIN_MS = 180_000;

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '25' }, seed: { type: 'string', default: '1' } },
});
const [kills, seed] = [values.kills, values.seed].map(Number);

const folder = mkdtempSync(path.join(tmpdir(), 'pos-sync-soak-'));
const log = `${folder}.log`;
const paint = painter(process.stdout, process.env);
const started = performance.now();
const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;

/** @param {string} line */
const say = (line) => console.log(line && `  ${line}`);

const TOKEN = randomUUID();

/** One soak. */
class Soak {
  /** @type {Order[]} */
  orders = [];
  /** Those whose producer was never told that they are in.
   * @type {Order[]} */
  #unheard = [];
  #isKilled = false;

  /** @param {import('../tests/fakes/square/server.js').RunningTwin} twin */
  constructor(twin) {
    this.luck = new Luck(seed);
    this.twin = twin;
    this.worker = new LocalWorker({
      name: 'soak',
      config: path.join(ROOT, 'wrangler.toml'),
      folder: path.join(folder, 'worker'),
      hear: (text) => appendFileSync(log, text),
      variables: {
        ...SECONDS,
        BATCH_SIZE: 5,
        SQUARE_BASE_URL: twin.url,
        SQUARE_LOCATION_ID: twin.locations[0].id,
        SQUARE_ACCESS_TOKEN: twin.token,
        ADMIN_TOKEN: TOKEN,
      },
    });
  }

  async prepare() {
    await this.worker.d1('migrations', 'apply', 'D1_OPS');
    await this.worker.execute(`INSERT INTO pos_accounts (restaurant_id) VALUES ('${OWN_ACCOUNT}');`);
  }

  /** Producers that write SQL, while the worker is down, and some that have nothing new to say. */
  async #enqueue() {
    const { luck, orders } = this;
    const again = orders.filter(() => luck.strikes(0.02));
    const fresh = Array.from({ length: ORDERS_PER_KILL }, (_each, n) => orderOf(luck, orders.length + n + 1));
    // The door refuses at once what cannot be mapped.
    const byHttp = fresh.filter(({ isSound }) => isSound && luck.strikes(0.4));
    const bySql = fresh.filter((order) => !byHttp.includes(order));
    await this.worker.execute([...bySql, ...again].map(insertionOf).join(''));
    this.orders.push(...fresh);
    this.#unheard.push(...byHttp);
  }

  /** Something that may be cut off by a kill, and by nothing else.
   * @param {() => Promise<unknown>} work */
  async #unlessKilled(work) {
    try {
      await work();
    } catch (error) {
      if (!this.#isKilled) throw error;
    }
  }

  /** Producers that ask until they are told that their order is in. */
  async #post() {
    for (const { order_id, restaurant_id, payload } of [...this.#unheard]) {
      if (this.#isKilled) return;
      const { status } = await this.worker.ask('POST', '/v1/orders', TOKEN, { order_id, restaurant_id, payload });
      if (status !== 200 && status !== 201) continue;
      this.#unheard = this.#unheard.filter((each) => each.order_id !== order_id);
    }
  }

  /** Crons, two at once. */
  async #ticks() {
    while (!this.#isKilled) await Promise.all([this.worker.cron(), this.worker.cron()]);
  }

  /** From one start to its end by SIGKILL.
   * @param {number} number from 1 */
  async kill(number) {
    await this.#enqueue();
    await this.worker.start();
    const moment = momentOf(this.luck);
    const hasCome = watch(moment, this.twin, this.worker.state);
    this.#isKilled = false;
    const working = Promise.all([
      this.#unlessKilled(() => this.#ticks()),
      this.#unlessKilled(() => this.#post()),
    ]);
    const limit = performance.now() + MOMENT_WITHIN_MS;
    let isLate = false;
    await Promise.race([working, until(() => hasCome() || (isLate = performance.now() > limit))]);
    this.#isKilled = true;
    const { in_flight } = this.twin.state();
    await this.worker.end('SIGKILL');
    await working;
    const { orders, payments } = this.twin.summary();
    const when = isLate ? `${MOMENT_WITHIN_MS / 1000} s, for nothing more happened` : `the ${told(moment)}`;
    say(
      `${paint('dim', seconds().padStart(6))}  kill ${String(number).padStart(String(kills).length)} of ${kills}: after ${when}, ` +
        `${plural(in_flight, 'request')} under way; ` +
        `${this.orders.length} in, at Square ${plural(orders, 'order')}, ${plural(payments, 'payment')}`,
    );
  }

  /** The faults stop, and what is left is pushed.
   * @returns {Promise<boolean>} whether nothing is left */
  async drain() {
    this.twin.setFaults({});
    await this.worker.start();
    this.#isKilled = false;
    const limit = performance.now() + DRAINED_WITHIN_MS;
    for (;;) {
      await this.#post();
      await Promise.all([this.worker.cron(), this.worker.cron()]);
      const { active } = await this.worker.get('/v1/status', TOKEN);
      if (active === 0 && this.#unheard.length === 0) return true;
      if (performance.now() > limit) return false;
    }
  }

  /** Every row, and what the ledger says of the dead ones.
   * @returns {Promise<Json[]>} */
  async rows() {
    /** @type {Json[]} */
    const rows = [];
    for (let cursor = ''; cursor !== null; ) {
      const page = await this.worker.get(`/v1/orders?cursor=${cursor}`, TOKEN);
      rows.push(...page.orders);
      cursor = page.cursor;
    }
    for (const row of rows.filter(({ status }) => status === 'dead')) {
      const { ledger } = await this.worker.get(`/v1/orders/${row.order_id}`, TOKEN);
      row.in_doubt_since = ledger[0]?.in_doubt_since ?? null;
    }
    return rows;
  }
}

/** What of it is broken, as far as Square and the rows tell.
 * @param {Soak} soak @param {Json[]} rows
 * @returns {Finding[]} */
function findingsOf({ orders, twin }, rows) {
  const square = twin.state();
  const findings = judge(orders, rows, square);
  const most = square.max_in_flight_per_order;
  if (most > 1) findings.push({ what: 'overlap', words: `${most} requests for one order were under way at once` });
  return findings;
}

/** @param {Soak} soak @param {Json[]} rows */
function report({ orders, twin }, rows) {
  /** @type {RequestRecord[]} */
  const requests = twin.state().requests;
  const newest = new Map(rows.map((row) => [row.order_id, row]));
  const codes = orders.map(({ order_id }) => codeOf(newest.get(order_id) ?? { status: 'lost' }));
  const reasons = Object.entries(Object.groupBy(codes, (code) => code)).filter(([code]) => code !== 'success');
  const unsound = orders.filter(({ isSound }) => !isSound).length;
  const count = (/** @type {(each: RequestRecord) => boolean} */ is) => requests.filter(is).length;
  const booked = codes.length - reasons.reduce((sum, [, each]) => sum + (each?.length ?? 0), 0);
  say('');
  say(`${plural(kills, 'kill')}, seed ${seed}, ${seconds()}`);
  say(`${plural(orders.length, 'order')} of ${RESTAURANTS.length} restaurants: ${booked} booked, ${orders.length - booked} not`);
  for (const [code, each] of reasons) say(`  ${each?.length} dead: ${code}`);
  say(`  (${unsound} had payloads that cannot be mapped, on purpose)`);
  say(
    `${plural(requests.length, 'request')} to Square, ${count(({ fault }) => fault !== 'none')} met a fault, ` +
      `${count(({ replayed }) => replayed)} were for what it had booked unheard`,
  );
}

/** @param {Finding[]} findings */
function tellVerdict(findings) {
  say('');
  for (const what of CHECKED) {
    const broken = findings.filter((finding) => finding.what === what);
    say(`${broken.length === 0 ? paint('green', 'holds ') : paint('red', 'BROKEN')}  ${INVARIANTS[what]}`);
    for (const { words } of broken) say(`          ${words}`);
  }
  const number = (/** @type {Invariant[]} */ ...which) => findings.filter(({ what }) => which.includes(what)).length;
  say('');
  say(paint(findings.length === 0 ? 'green' : 'red', `${number('lost', 'rest')} lost, ${number('once')} double`));
}

/** @returns {Promise<boolean>} whether everything holds */
async function soak() {
  const twin = await startTwin({ ...FAULTS, seed });
  const one = new Soak(twin);
  say(`${plural(kills, 'kill')} of a real wrangler dev in the middle of its work, seed ${seed}`);
  await one.prepare();
  for (let number = 1; number <= kills; number += 1) await one.kill(number);
  const isDrained = await one.drain();
  say(`${paint('dim', seconds().padStart(6))}  the faults stopped; ${isDrained ? 'drained' : 'NOT drained'}`);
  const rows = await one.rows();
  const findings = findingsOf(one, rows);
  report(one, rows);
  tellVerdict(findings);
  return findings.length === 0;
}

/**
 * Leaves nothing behind but, where there is a reason to read it, the log.
 * @param {number} code
 */
function leave(code) {
  killAll();
  // What was killed may be writing a last file while its folder is being removed.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  if (code === 1) console.error(`soak: more is in ${log}`);
  else rmSync(log, { force: true });
  process.exit(code);
}

if (!(Number.isInteger(kills) && kills > 0 && Number.isInteger(seed))) {
  console.error('soak: --kills N (1 or more), --seed S (a whole number)');
  leave(2);
}
whenTold(leave);
try {
  leave((await soak()) ? 0 : 1);
} catch (error) {
  appendFileSync(log, `${inspect(error)}\n`);
  console.error(`soak: ${/** @type {Error} */ (error).message}`);
  leave(1);
}

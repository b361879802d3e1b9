// The same evening twice: first the old pusher of the incident, then pos-sync, each on a real
// `wrangler dev` with a local D1, against a local Square that goes wrong in the same ways for both.
// What Square holds in the end is counted there. `npm run demo -- --seed TEXT` draws other faults;
// `npm run demo -- repair` undoes what the old pusher has done.

import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { countAt } from './demo/count.mjs';
import { eveningOrders, oldInsertions, ourInsertions, RESTAURANT } from './demo/evening.mjs';
import { storyValue } from './demo/fared.mjs';
import { play } from './demo/play.mjs';
import { rehearse } from './demo/repair/rehearsal.mjs';
import { objections, storyOf, tableOf, verdictOf } from './demo/report.mjs';
import { setStages } from './demo/stage.mjs';
import { lira, number, painter, seconds, WIDTH, wrap } from './demo/tell.mjs';
import { killAll } from './demo/worker.mjs';
import { SHIPPED_MODULE } from './lib/cmake.mjs';
import { whenTold } from './lib/leaving.mjs';
import { packageEnv, run, tail } from './lib/run.mjs';

/** @import { Order } from './demo/evening.mjs' */
/** @import { OldStage, OurStage } from './demo/stage.mjs' */

/** What the evening may take, twice, once the core is built: several times of what it takes. */
const LIMIT_MS = 180_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '7' } },
});
const [what = 'evening'] = positionals;
if (!['evening', 'repair'].includes(what)) {
  console.error(`demo: expected nothing, or repair, got ${what}`);
  process.exit(2);
}
const folder = mkdtempSync(path.join(tmpdir(), 'pos-sync-demo-'));
const log = `${folder}.log`;
const paint = painter(process.stdout, process.env);

/** @param {string[]} lines */
const print = (...lines) => lines.forEach((line) => console.log(line && `  ${line}`));

/** @returns {(line: string) => void} says what happens, and when it does */
function narrator() {
  const started = performance.now();
  return (line) => print(`${paint('dim', seconds(performance.now() - started).padStart(6))}  ${line}`);
}

async function buildCore() {
  if (!existsSync(SHIPPED_MODULE)) print('Building the core; the first time takes a minute or two.', '');
  const { code, output } = await run('node', ['scripts/build.mjs'], { env: packageEnv() });
  appendFileSync(log, output);
  if (code !== 0) throw new Error(`the build failed:\n${tail(output)}`);
}

/** @param {Order[]} evening */
function introduce(evening) {
  const total = evening.reduce((sum, { payload }) => sum + payload.total, 0);
  print('', paint('bold', `pos-sync: one evening at ${RESTAURANT.name}, twice`), '');
  const cast =
    `${number(evening.length)} orders, ${lira(total)}, go to Square: by the old pusher of the ` +
    'incident, then by pos-sync. Each is a real `wrangler dev` on a local D1, and has a local ' +
    'Square that keeps its books.';
  const faults =
    'Both meet the same faults: timeouts, resets, 5xx and 429, some with the sale booked all the ' +
    'same, at once or late; crons that come twice; a worker killed in the middle. Half an hour ' +
    'between two ticks takes a quarter of a second.';
  print(...wrap(cast, WIDTH), '', ...wrap(faults, WIDTH), '');
}

/**
 * @param {OldStage | OurStage} stage
 * @param {string} sql
 */
async function prepare(stage, sql) {
  await stage.migrate();
  await stage.enqueue(sql);
  await stage.worker.start();
}

/**
 * The order that shows best what happened.
 * @param {OldStage} old
 * @param {OurStage} ours
 * @param {Order[]} evening
 */
function tellingOrder(old, ours, evening) {
  const valued = evening.map((order) => ({
    order,
    value: storyValue(old.requestsFor(order.order_id), ours.requestsFor(order.order_id)),
  }));
  return valued.reduce((best, each) => (each.value > best.value ? each : best)).order;
}

async function playTwice() {
  const evening = eveningOrders();
  introduce(evening);
  await buildCore();
  setTimeout(() => leave(1, `no end within ${LIMIT_MS / 1000} s`), LIMIT_MS);

  const { old, ours } = await setStages({ folder, log, seed: values.seed });
  print(paint('yellow', 'THE OLD PUSHER'));
  const first = narrator();
  first('its database is migrated, the orders are enqueued by SQL, and it is started ...');
  await prepare(old, oldInsertions(evening));
  // Wrangler takes its seconds for everything: let it take them while the other one works.
  const ourStart = prepare(ours, ourInsertions(evening));
  ourStart.catch(() => {});
  await play(old, first);
  const oldRows = old.worker.end('SIGINT').then(() => old.rows());
  oldRows.catch(() => {});

  print('', paint('cyan', 'POS-SYNC'));
  const second = narrator();
  second('the same orders in a database of its own, prepared in the meantime ...');
  await ourStart;
  await play(ours, second);

  const result = {
    taken: evening,
    old: { count: countAt(old.twin, evening), rows: await oldRows },
    ours: {
      count: countAt(ours.twin, evening),
      rows: await ours.rows(),
      state: ours.twin.state(),
    },
  };
  print('', ...tableOf(result, paint), '');
  const order = tellingOrder(old, ours, evening);
  const [theirs, own] = [old, ours].map((stage) => stage.requestsFor(order.order_id));
  print(...storyOf(order, theirs, own, await ours.auditOf(order.order_id), paint), '');
  await ours.worker.end('SIGINT');

  const reasons = objections(result);
  if (reasons.length > 0) throw new Error(reasons.join('; '));
  print(paint('dim', 'Other faults: npm run demo -- --seed 8. To try it yourself: npm run dev.'), '');
  print(...wrap(verdictOf(result), WIDTH).map((line) => paint('green', line)));
}

/**
 * Leaves nothing behind but, where there is a reason to read it, the log.
 * @param {number} code
 * @param {string} [reason]
 */
function leave(code, reason) {
  killAll();
  // What was killed may be writing a last file while its folder is being removed.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  if (reason === undefined) rmSync(log, { force: true });
  else console.error(`demo: ${reason}\ndemo: more is in ${log}`);
  process.exit(code);
}

/** The incident's clean-up: what the old pusher has left at Square is found and undone. */
async function playRepair() {
  print('', paint('bold', 'pos-sync: what an old pusher has left behind, found and undone'), '');
  await buildCore();
  setTimeout(() => leave(1, `no end within ${LIMIT_MS / 1000} s`), LIMIT_MS);
  await rehearse({ folder, log, seed: values.seed, paint, print, narrator });
}

whenTold(leave);
try {
  await (what === 'repair' ? playRepair() : playTwice());
  leave(0);
} catch (error) {
  appendFileSync(log, `${inspect(error)}\n`);
  leave(1, /** @type {Error} */ (error).message);
}

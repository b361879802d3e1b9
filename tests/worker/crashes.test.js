// As SQLite tests a power loss: the first D1 call of a tick goes wrong, then the second of a new one, and
// so on, until a tick has no such call any more and ends clean. The same for every request to Square, and
// for every way in which each can go wrong.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Luck } from '../../scripts/lib/dice.mjs';
import { statementsThatAge } from './lib/clock.js';
import { Gate } from './lib/gate.js';
import { beginAnew, RECOVERY_MS, recoveryPhase, ordersOf, verdictOn } from './lib/fault_schedule.js';
import { cleanWorldBeforeEach, query } from './lib/world.js';

/** @import { BatchFault, Command, RequestFault } from './lib/gate.js' */
/** @typedef {ReturnType<typeof ordersOf>} Orders */

cleanWorldBeforeEach();

// More orders than a claim takes, so that there are several of each call.
const ORDERS = 7;
const SETTINGS = { BATCH_SIZE: '3', CONCURRENCY: '2', RETRY_CAP_SECONDS: '600' };

/** No way of going wrong may need more; a tick that found nothing due would be one too many. */
const CALM_TICKS_MOST = 6;

const HOUR = 3_600_000;

/** Square remembers a key for so long, and the worker knows that. */
const KEY_WINDOW = 20 * HOUR;

/** Fewer than what opens a breaker. */
const DOUBTS = 4;

/** How a call goes wrong; `isLasting`: and so does each one after it in that tick.
 * @typedef {{batch?: BatchFault, fetch?: RequestFault, kill?: 'done' | 'late' | 'never', isLasting?: boolean}} Way */

/** @type {[what: string, way: Way][]} */
const WAYS = [
  ['D1 call that fails', { batch: 'failed' }],
  ['D1 call that is done, but reported as failed', { batch: 'lost' }],
  ['D1 call that is reported as failed, and done later', { batch: 'late' }],
  ['D1 call from which on D1 is away', { batch: 'failed', isLasting: true }],
  ['D1 call from which on all is done, but reported as failed', { batch: 'lost', isLasting: true }],
  ['D1 call before which the worker is killed', { batch: 'done', kill: 'never' }],
  ['D1 call after which the worker is killed', { batch: 'done', kill: 'done' }],
  ['D1 call at which the worker is killed, and which is done later', { batch: 'done', kill: 'late' }],
  ['request that is lost after its effect', { fetch: 'lost after the effect' }],
  ['request that is lost before its effect', { fetch: 'lost before the effect' }],
  ['request that is lost and lands later', { fetch: 'lost, and lands late' }],
  ['request from which on every reply is lost', { fetch: 'lost after the effect', isLasting: true }],
  ['request before whose effect the worker is killed', { fetch: 'accepted', kill: 'never' }],
  ['request after whose effect the worker is killed', { fetch: 'accepted', kill: 'done' }],
  ['request at which the worker is killed, and which lands later', { fetch: 'accepted', kill: 'late' }],
];

/** @type {string[]} */
let aging;
let crashes = 0;
let cleanRuns = 0;

beforeAll(async () => {
  aging = await statementsThatAge();
});

afterAll(() => console.log(`${crashes} crashes, ${cleanRuns} clean runs behind the last call of each kind`));

/** One tick of which the nth call of a kind goes wrong, and then recoveryPhase ones.
 * @param {Way} way @param {number} nth
 * @param {(gate: Gate, orders: Orders) => Promise<void>} [prepare] what has happened before that tick
 * @returns {Promise<{isClean: boolean, calls: number, calmTicks: number, story: string[]}>} */
async function crash(way, nth, prepare) {
  const luck = new Luck(7);
  const orders = ordersOf(luck, ORDERS);
  await beginAnew(orders, { keyWindowMs: KEY_WINDOW });
  const gate = new Gate({ luck, aging, settings: SETTINGS });
  gate.open();
  try {
    await prepare?.(gate, orders);
    let calls = 0;
    const job = await gate.tick();
    await gate.run(job, async (command) => {
      if (way.batch ? !command.batch : !command.flight) return false;
      calls += 1;
      if (way.isLasting ? calls < nth : calls !== nth) return false;
      await spoil(gate, command, way);
      return true;
    });
    const isClean = calls < nth;
    // Behind a clean tick there is nothing left to do, unless it has looked: what it has found to be absent
    // is proven so by a second look.
    const calmTicks = isClean && !prepare ? 0 : await recover(gate);
    const { findings, rows } = await verdictOn(orders);
    expect([...gate.accusations, ...findings], gate.story.join('\n')).toEqual([]);
    expect(rows.map(({ status }) => status), gate.story.join('\n')).toEqual(orders.map(() => 'success'));
    return { isClean, calls, calmTicks, story: gate.story };
  } finally {
    gate.close();
  }
}

/** Orders whose answers were lost, each in another way, and whose keys Square has forgotten.
 * @param {Gate} gate @param {Orders} orders */
async function leaveInDoubt(gate, orders) {
  const [paid, unpaid] = [true, false].map((isPaid) => orders.filter((order) => order.isPaid === isPaid));
  const key = (/** @type {Orders[0]} */ { order_id: id }) => `posSync:${id}:square`;
  /** @type {Record<string, RequestFault>} */
  const faults = {
    [`/v2/orders ${key(paid[0])}`]: 'lost after the effect',
    [`/v2/payments ${key(paid[1])}:payment`]: 'lost after the effect',
    [`/v2/payments ${key(paid[2])}:payment`]: 'lost before the effect',
    [`/v2/orders ${key(unpaid[0])}`]: 'lost after the effect',
  };
  await gate.run(await gate.tick(), async (command) => {
    const fault = command.flight && faults[command.flight.name];
    if (fault) await gate.endFetch(command, fault);
    return fault !== undefined;
  });
  await gate.pass(72 * HOUR);
  expect(await query('SELECT 1 FROM pos_sync_ledger WHERE in_doubt_since > 0')).toHaveLength(DOUBTS);
}

/** @param {Gate} gate @param {Command} command @param {Way} way */
async function spoil(gate, command, { batch, fetch: reply, kill }) {
  if (kill) await gate.kill(command.job, () => kill);
  else if (batch) await gate.endBatch(command, batch);
  else if (reply) await gate.endFetch(command, reply);
}

/** What is under way lands, time passes, and recoveryPhase ticks do the rest.
 * @param {Gate} gate */
async function recover(gate) {
  for (const batch of gate.lateBatches.splice(0)) await gate.commit(batch);
  for (const flight of gate.strays()) await gate.air.land(flight);
  await gate.pass(RECOVERY_MS);
  return recoveryPhase(gate);
}

/** One call after another goes wrong, until there is none left.
 * @param {Way} way
 * @param {Parameters<typeof crash>[2]} [prepare]
 * @returns {Promise<number>} how many there are */
async function crashEach(way, prepare) {
  for (let nth = 1; ; nth += 1) {
    const { isClean, calls, calmTicks, story } = await crash(way, nth, prepare);
    expect(calmTicks, story.join('\n')).toBeLessThanOrEqual(CALM_TICKS_MOST);
    if (!isClean) {
      crashes += 1;
      continue;
    }
    cleanRuns += 1;
    expect(calls).toBe(nth - 1);
    return calls;
  }
}

describe(`a tick of ${ORDERS} orders, claimed ${SETTINGS.BATCH_SIZE} at a time, books each once after any`, () => {
  test.each(WAYS)('%s', async (_what, way) => {
    expect(await crashEach(way)).toBeGreaterThan(8);
  });
});

describe(`a tick that looks for ${DOUBTS} orders in doubt past the window books each once after any`, () => {
  test.each(WAYS)('%s', async (_what, way) => {
    expect(await crashEach(way, leaveInDoubt)).toBeGreaterThan(way.batch ? 3 : 8);
  });
});

// Seeded schedules through the worker that ships: every command of up to three overlapping jobs ends as a
// seed will have it. Then the faults stop, and what must be true of any schedule is asked of each.
// POS_SYNC_SCHEDULES=10000 plays more of them, POS_SYNC_SCHEDULE=17 only that one, and tells it.
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { Luck } from '../../scripts/lib/dice.mjs';
import { codeOf, INVARIANTS } from '../support/verdict.js';
import { statementsThatAge } from './lib/clock.js';
import { Gate } from './lib/gate.js';
import { beginAnew, ordersOf, play, verdictOn } from './lib/fault_schedule.js';
import { cleanWorldBeforeEach, query, rowsOf } from './lib/world.js';

/** @import { BatchFault, RequestFault, Job } from './lib/gate.js' */
/** @import { Finding } from '../support/verdict.js' */

const { only, count } = inject('schedules');
const seeds = only === null ? Array.from({ length: count }, (_each, n) => n + 1) : [only];

/** More would tell nothing new. */
const FAILURES_MOST = 5;

/** @param {Map<string, number>} into @param {Iterable<[string, number]>} counts */
function add(into, counts) {
  for (const [what, times] of counts) into.set(what, (into.get(what) ?? 0) + times);
}

/** @param {Map<string, number>} counts */
const told = (counts) => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, n]) => `${n} ${what}`).join(', ');

/** @param {number} seed */
const again = (seed) =>
  `POS_SYNC_SCHEDULE=${seed} npx vitest run --config tests/vitest.worker.config.js schedules`;

cleanWorldBeforeEach();

describe(`${seeds.length} seeded schedules through the worker that ships`, () => {
  /** @type {{seed: number, finding: Finding}[]} */
  const found = [];
  /** @type {Map<string, number>} */
  const met = new Map();
  /** @type {Map<string, number>} */
  const ends = new Map();
  let played = 0;
  let jobs = 0;

  beforeAll(async () => {
    const aging = await statementsThatAge();
    const failed = new Set();
    const started = Date.now();
    for (const seed of seeds) {
      const one = await play(seed, aging);
      played += 1;
      jobs += one.jobs;
      add(met, one.met);
      add(ends, one.rows.map((row) => [codeOf(row), 1]));
      found.push(...one.findings.map((finding) => ({ seed, finding })));
      if (only !== null || (one.findings.length > 0 && failed.size === 0)) {
        console.log(`schedule ${seed}\n${one.story.join('\n')}`);
      }
      if (one.findings.length > 0) failed.add(seed);
      if (failed.size === FAILURES_MOST) break;
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${played} schedules, ${jobs} jobs, ${seconds} s\nrows: ${told(ends)}\nmet: ${told(met)}`);
  });

  test('and each is the same when it is played again', async () => {
    const aging = await statementsThatAge();
    for (const seed of seeds.slice(0, 10)) {
      const [one, other] = [await play(seed, aging), await play(seed, aging)];
      expect(other.story).toEqual(one.story);
    }
  });

  test.each(Object.entries(INVARIANTS))('%s: %s', (name) => {
    const own = found.filter(({ finding }) => finding.what === name);
    const words = own.map(({ seed, finding }) => `schedule ${seed}: ${finding.words}\n  ${again(seed)}`);
    expect(words).toEqual([]);
  });
});

// Boundaries that a seed seldom meets.
describe('by hand', () => {
  /** @type {Gate} */
  let gate;
  const orders = ordersOf(new Luck(1), 1);
  const [{ order_id }] = orders;

  beforeEach(async () => {
    await beginAnew(orders);
    gate = new Gate({ luck: new Luck(1), aging: await statementsThatAge() });
    gate.open();
  });

  afterEach(() => gate.close());

  /** Ends the first command of a job.
   * @param {Job} job @param {BatchFault | RequestFault} fault */
  async function next(job, fault) {
    const [command] = gate.choices(job);
    if (command.batch) await gate.endBatch(command, /** @type {BatchFault} */ (fault));
    else await gate.endFetch(command, /** @type {RequestFault} */ (fault));
  }

  /** @param {Job} job */
  const isSending = (job) => gate.choices(job).some(({ flight }) => flight);

  /** A tick up to its first request. */
  async function sending() {
    const tick = await gate.tick();
    while (tick.isAlive && !isSending(tick)) await next(tick, 'done');
    return tick;
  }

  const verdict = async () => [...gate.accusations, ...(await verdictOn(orders)).findings];

  test('nothing is sent while an older request may land, though its row was set back and D1\'s clock stepped', async () => {
    const first = await sending();
    await next(first, 'lost, and lands late');
    await gate.run(first);
    await query("UPDATE pos_sync_queue SET status = 'pending', next_attempt_at = 0");
    await gate.pass(110_000);
    await gate.step(30_000);
    expect(await sending()).toMatchObject({ isAlive: false });
    for (const flight of gate.strays()) await gate.air.land(flight);
    await gate.pass(60_000);
    await gate.run(await gate.tick());
    expect(await rowsOf(order_id)).toMatchObject([{ status: 'success' }]);
    expect(await verdict()).toEqual([]);
  });

  test('a settle that arrives after its order was taken over commits nothing', async () => {
    const slow = await sending();
    await next(slow, 'definite no');
    await gate.pass(961_000);
    await gate.run(await gate.tick());
    await gate.pass(300_000);
    const successor = await sending();
    await gate.run(slow);
    expect(await rowsOf(order_id)).toMatchObject([{ status: 'failed' }]);
    await gate.run(successor);
    expect(await rowsOf(order_id)).toMatchObject([{ status: 'success' }]);
    expect(await verdict()).toEqual([]);
  });

  test('a tick that wakes up when its lease is almost over sends nothing any more', async () => {
    const slow = await gate.tick();
    await next(slow, 'done');
    await gate.pass(830_000);
    await gate.run(slow);
    expect(gate.story.join('\n')).not.toContain('/v2/');
    await gate.pass(300_000);
    await gate.run(await gate.tick());
    expect(await rowsOf(order_id)).toMatchObject([{ status: 'success' }]);
    expect(await verdict()).toEqual([]);
  });
});

test('two ticks that take turns in one isolate share nothing: each sends what it claimed, its own way', async () => {
  const luck = new Luck(1);
  const orders = ordersOf(luck, 8);
  await beginAnew(orders);
  const gate = new Gate({ luck, aging: [], settings: { BATCH_SIZE: '4' } });
  const own = [
    { SQUARE_VERSION: '2025-01-23', CONCURRENCY: '1' },
    { SQUARE_VERSION: '2025-08-20', CONCURRENCY: '3' },
  ];
  /** @type {Set<string>[]} */
  const sent = [new Set(), new Set()];
  const most = [0, 0];
  gate.open();
  try {
    const ticks = [await gate.tick(own[0]), await gate.tick(own[1])];
    for (let turn = 0; ticks.some(({ isAlive }) => isAlive); turn = 1 - turn) {
      const waiting = gate.choices(ticks[turn]);
      const flights = waiting.flatMap(({ flight }) => flight ?? []);
      most[turn] = Math.max(most[turn], flights.length);
      for (const { order, headers } of flights) {
        expect(headers['square-version']).toBe(own[turn].SQUARE_VERSION);
        sent[turn].add(order);
      }
      const [first] = waiting;
      if (first?.batch) await gate.endBatch(first, 'done');
      else if (first) await gate.endFetch(first, 'accepted');
    }
  } finally {
    gate.close();
  }
  expect(most).toEqual([1, 3]);
  expect(sent.map(({ size }) => size)).toEqual([4, 4]);
  expect(new Set([...sent[0], ...sent[1]]).size).toBe(8);
  expect([...gate.accusations, ...(await verdictOn(orders)).findings]).toEqual([]);
});

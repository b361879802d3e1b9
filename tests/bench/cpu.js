// CPU per order from end to end, network and D1 apart: the core, its encoding and the shell,
// against the same tick in plain JavaScript. Both get the same answers and send the same bytes.
import assert from 'node:assert/strict';
import { Core } from '../../bindings/core.js';
import { BATCH, LIMIT } from './budget.js';
import { play } from './core.js';
import { Fakes } from './fakes.js';
import { makeOrders } from './orders.js';
import { plainTick } from './plain.js';
import { MODULE, record, STATEMENTS } from './recording.js';
import { median } from './stats.js';

/** @import { Recording } from './recording.js' */
/** @import { Asked } from './fakes.js' */
/** @import { Line } from './table.js' */
/** @import { RunningTwin } from '../fakes/square/server.js' */

// It has the types of the worker's runtime, and this file those of Node: it is not followed.
const { perform } = await import(new URL('../../bindings/host.js', import.meta.url).href);

const WARM_UP = 60;
const SAMPLES = 25;
/** Ticks in a sample of either; the two take turns, so that a noisy machine is noisy to both. */
const PER_SAMPLE = 8;

/** Milliseconds of CPU of this process, its collector included. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @param {() => Promise<unknown>} tick
 * @param {number} times */
async function costOf(tick, times) {
  const before = cpuMs();
  for (let i = 0; i < times; i += 1) await tick();
  return (cpuMs() - before) / times;
}

/** Throws unless both asked for the same: a tick that does less is no measure.
 * @param {Asked} ours
 * @param {Asked} plain */
function expectSame(ours, plain) {
  const sorted = (/** @type {Asked} */ asked) =>
    asked.requests.map((request) => request.join(' ')).sort();
  assert.deepEqual(sorted(plain), sorted(ours), 'the two send different bytes');
  assert.deepEqual(plain.batches['freeze.write'], ours.batches['freeze.write']);
  const [settled, wanted] = [plain, ours].map(({ batches }) =>
    batches['settle.audit'].slice(1).map((text) => JSON.parse(text)),
  );
  // What ours writes beyond is its own affair.
  assert.partialDeepStrictEqual(wanted, settled, 'the two settle differently');
}

/** Puts the fakes where the real ones are, for as long as some work takes.
 * @template T
 * @param {Fakes} fakes
 * @param {() => Promise<T>} work */
function instead(fakes, work) {
  const { fetch } = globalThis;
  const { info } = console;
  globalThis.fetch = /** @type {any} */ (fakes.fetch);
  console.info = () => {};
  return work().finally(() => {
    globalThis.fetch = fetch;
    console.info = info;
  });
}

/** A tick of a recording, by the core and its shell and in plain JavaScript.
 * @param {Recording} recording
 * @param {string} token
 */
function ticksOf(recording, token) {
  const fakes = new Fakes(recording, STATEMENTS);
  const { variables, id } = recording.job;
  const env = { ...variables, SQUARE_ACCESS_TOKEN: token };
  const world = { db: fakes.db, statements: STATEMENTS, env, id };
  const start = { header: recording.job, attachments: [] };
  const ours = async () => {
    const { status } = await perform(new Core(MODULE), start, world);
    if (status !== 200) throw new Error(`the tick ended with ${status}`);
  };
  const plain = async () => {
    const { booked } = await plainTick(world);
    if (booked !== BATCH) throw new Error(`plain JavaScript booked ${booked} of ${BATCH}`);
  };
  return { fakes, ours, plain };
}

/**
 * @param {Recording} recording
 * @param {string} token
 */
async function compare(recording, token) {
  const { fakes, ours, plain } = ticksOf(recording, token);
  return instead(fakes, async () => {
    expectSame(await fakes.watch(ours), await fakes.watch(plain));
    await costOf(ours, WARM_UP);
    await costOf(plain, WARM_UP);
    const core = async () => play(MODULE, recording.frames);
    /** @type {Record<'ours' | 'plain' | 'ratio' | 'core', number>[]} */
    const samples = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const [a, b] = [await costOf(ours, PER_SAMPLE), await costOf(plain, PER_SAMPLE)];
      const inside = (await costOf(core, PER_SAMPLE)) / BATCH;
      samples.push({ ours: a / BATCH, plain: b / BATCH, ratio: a / b, core: inside });
    }
    const middle = (/** @type {'ours' | 'plain' | 'ratio' | 'core'} */ name) =>
      median(samples.map((each) => each[name]));
    return {
      ours: middle('ours'),
      plain: middle('plain'),
      ratio: middle('ratio'),
      core: middle('core'),
    };
  });
}

const CASES = [
  { name: 'to be frozen, with payment', frozen: false, paid: true, first: 1000 },
  { name: 'frozen, without payment', frozen: true, paid: false, first: 2000 },
];

/** Throws unless plain JavaScript asks for the same as the core: it is no measure otherwise.
 * @param {RunningTwin} twin */
export async function expectSameTicks(twin) {
  for (const { frozen, paid, first } of CASES) {
    const recording = await record(twin, makeOrders(first, BATCH, { paid }), { frozen });
    const { fakes, ours, plain } = ticksOf(recording, twin.token);
    await instead(fakes, async () => expectSame(await fakes.watch(ours), await fakes.watch(plain)));
  }
}

/**
 * @param {RunningTwin} twin
 * @returns {Promise<Line[]>}
 */
export async function measureCpu(twin) {
  const lines = [];
  for (const { name, frozen, paid, first } of CASES) {
    const recording = await record(twin, makeOrders(first, BATCH, { paid }), { frozen });
    const { ours, plain, ratio, core } = await compare(recording, twin.token);
    const micros = (/** @type {number} */ ms) => `${(ms * 1000).toFixed(0)} µs`;
    lines.push({
      section: 'CPU per order from end to end ÷ the same in plain JavaScript',
      name,
      value: ratio,
      limit: LIMIT.cpu,
      note: `${micros(ours)}, of these the core ${micros(core)}, against ${micros(plain)}`,
    });
  }
  return lines;
}

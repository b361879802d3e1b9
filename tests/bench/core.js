// What the core itself takes for a whole tick of 50 frozen orders: an instance, and every frame of
// a recorded tick. Encoding, D1 and the provider are not in it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { instantiate } from '../../bindings/core.js';
import { SHIPPED_MODULE } from '../../scripts/lib/cmake.mjs';
import { BATCH, LIMIT } from './budget.js';
import { makeOrders } from './orders.js';
import { MODULE, record } from './recording.js';
import { median } from './stats.js';

/** @import { Line } from './table.js' */
/** @import { RunningTwin } from '../fakes/square/server.js' */

const WARM_UP = 200;
const SAMPLES = 40;
/** Ticks in a sample: long enough for the clock that counts a thread's own time. */
const PER_SAMPLE = 25;
const COLD_STARTS = 7;

/**
 * @param {WebAssembly.Module} module
 * @param {readonly Uint8Array[]} frames
 * @returns {Uint8Array} the last frame that came out
 */
export function play(module, frames) {
  const exports = instantiate(module);
  let size = 0;
  for (const [i, frame] of frames.entries()) {
    const at = exports.pos_input(frame.length);
    new Uint8Array(exports.memory.buffer, at, frame.length).set(frame);
    size = i === 0 ? exports.pos_start(frame.length) : exports.pos_step(frame.length);
  }
  return new Uint8Array(exports.memory.buffer, exports.pos_output(), size).slice();
}

/** Milliseconds of CPU that this thread has used. */
export function threadMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** A tick that went another way than the recorded one would be a measurement of nothing.
 * @param {Uint8Array} frame */
function expectDone(frame) {
  const text = new TextDecoder().decode(frame);
  if (!text.includes('"do":"done"') || !text.includes(`"booked":${BATCH}`)) {
    throw new Error(`the recorded tick did not end as it did before: ${text.slice(0, 300)}`);
  }
}

/** The first tick of processes that have run nothing before.
 * @param {readonly Uint8Array[]} frames
 * @param {string} scratch */
function measureCold(frames, scratch) {
  mkdirSync(scratch, { recursive: true });
  const file = path.join(scratch, 'frames.json');
  writeFileSync(file, JSON.stringify(frames.map((frame) => Buffer.from(frame).toString('base64'))));
  const script = fileURLToPath(new URL('cold.js', import.meta.url));
  const args = [script, SHIPPED_MODULE, file];
  /** @type {Record<'compile' | 'instance' | 'tick', number>[]} */
  const runs = Array.from({ length: COLD_STARTS }, () =>
    JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })),
  );
  return {
    compile: median(runs.map(({ compile }) => compile)),
    instance: median(runs.map(({ instance }) => instance)),
    tick: median(runs.map(({ tick }) => tick)),
  };
}

/**
 * @param {RunningTwin} twin
 * @param {string} scratch
 * @returns {Promise<Line[]>}
 */
export async function measureCore(twin, scratch) {
  const { frames, replyBytes } = await record(twin, makeOrders(0, BATCH), { frozen: true });
  expectDone(play(MODULE, frames));
  for (let i = 0; i < WARM_UP; i += 1) play(MODULE, frames);
  const warm = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const before = threadMs();
    for (let i = 0; i < PER_SAMPLE; i += 1) play(MODULE, frames);
    warm.push((threadMs() - before) / PER_SAMPLE);
  }
  const cold = measureCold(frames, scratch);
  const section = `Core: milliseconds for a tick of ${BATCH} frozen orders`;
  const ms = (/** @type {number} */ value) => `${value.toFixed(2)} ms`;
  return [
    {
      section,
      name: 'warm code, an instance per tick',
      value: median(warm),
      limit: LIMIT.coreMs,
      note: `best ${ms(Math.min(...warm))}; ${frames.length} frames, replies of ${replyBytes} B`,
    },
    {
      section,
      name: 'the first one of a process',
      value: cold.tick,
      note: `its instance ${ms(cold.instance)} of these; compiling was ${ms(cold.compile)} before`,
    },
  ];
}

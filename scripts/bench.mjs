// Measures what the design promises, each beside its limit and beside the old pusher:
// `npm run bench -- [module core cpu grouping wall rows] [--json] [--strict]`. What is over its limit is
// printed as a MISS; only `--strict` makes that a failure, and a measurement that could not be made
// always is one.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LATENCY_MS } from '../tests/bench/budget.js';
import { countRows, priceLines, rowLines } from '../tests/bench/rows.js';
import { isMiss, tableOf } from '../tests/bench/table.js';
import { measureWall } from '../tests/bench/wall.js';
import { startTwin } from '../tests/fakes/square/server.js';
import { packageEnv, run, tail } from './lib/run.mjs';

/** @import { Line } from '../tests/bench/table.js' */
/** @import { RunningTwin } from '../tests/fakes/square/server.js' */

/**
 * @typedef {object} Place
 * @property {RunningTwin} fast a provider that answers at once
 * @property {RunningTwin} slow one that takes its time
 * @property {string} scratch
 */

/** @param {string} words */
const say = (words) => console.error(`bench: ${words} ...`);

/** In this order: what counts microseconds runs before this process has started a workerd. Files
 * that load the module are imported late, when it has been built.
 * @type {Record<string, (place: Place) => Promise<Line[]>>} */
const PARTS = {
  async module() {
    return (await import('../tests/bench/module.js')).measureModule();
  },
  async core({ fast, scratch }) {
    say('the core');
    return (await import('../tests/bench/core.js')).measureCore(fast, scratch);
  },
  async cpu({ fast }) {
    say('CPU from end to end');
    return (await import('../tests/bench/cpu.js')).measureCpu(fast);
  },
  async grouping({ scratch }) {
    say('a million orders of the past');
    return (await import('../tests/bench/grouping.js')).measureGrouping(scratch);
  },
  async wall({ slow, scratch }) {
    return measureWall(slow, scratch, say);
  },
  async rows({ fast, scratch }) {
    const counts = await countRows(fast, scratch, say);
    return [...rowLines(counts), ...priceLines(counts)];
  },
};

async function buildModule() {
  const { code, output } = await run('node', ['scripts/build.mjs'], { env: packageEnv() });
  if (code !== 0) throw new Error(`the build failed:\n${tail(output)}`);
}

/**
 * @param {string[]} parts
 * @param {string} scratch
 * @returns {Promise<Line[]>}
 */
async function measure(parts, scratch) {
  const fast = await startTwin({ log: false });
  const slow = await startTwin({ log: false, latencyMs: LATENCY_MS });
  try {
    const lines = [];
    for (const part of parts) lines.push(...(await PARTS[part]({ fast, slow, scratch })));
    return lines;
  } finally {
    await Promise.all([fast.close(), slow.close()]);
  }
}

const flags = process.argv.slice(2).filter((word) => word.startsWith('--'));
const named = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = [
  ...flags.filter((flag) => flag !== '--json' && flag !== '--strict'),
  ...named.filter((name) => !PARTS[name]),
];
if (unknown.length > 0) {
  console.error(`bench: what is ${unknown.join(', ')}?`);
  console.error(`bench: usage: [${Object.keys(PARTS).join(' | ')}] [--json] [--strict]`);
  process.exit(1);
}

const scratch = mkdtempSync(path.join(tmpdir(), 'pos-sync-bench-'));
// A million orders are a large file to leave behind.
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const began = performance.now();
await buildModule();
const lines = await measure(named.length > 0 ? named : Object.keys(PARTS), scratch);
const seconds = Math.round((performance.now() - began) / 1000);
const misses = lines.filter(isMiss);

if (flags.includes('--json')) {
  const measured = lines.map((line) => ({ ...line, miss: isMiss(line) }));
  console.log(JSON.stringify({ seconds, misses: misses.length, lines: measured }, null, 2));
} else {
  const held = lines.filter(({ limit }) => limit !== undefined).length - misses.length;
  console.log(tableOf(lines));
  console.log(`\n${held} within their limits, ${misses.length} MISS (${seconds} s)`);
}
// Workerd's pipes may be open still, and nothing is left to wait for.
process.exit(misses.length > 0 && flags.includes('--strict') ? 1 : 0);

// Grouping a past of a million orders at one location: by the job of an audit, in wasm and natively,
// page by page as D1 answers, and by the same rules in plain JavaScript. All find the same groups.
// Planning them is played to its end, and not timed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Core, instantiate } from '../../bindings/core.js';
import { build, SHIPPED_REPAIR_MODULE } from '../../scripts/lib/cmake.mjs';
import { ROOT, tail } from '../../scripts/lib/run.mjs';
import { LIMIT } from './budget.js';
import { idOf, makePast } from './past.js';
import { PlainGrouping } from './plain_grouping.js';
import { frameOf } from './recording.js';
import { median } from './stats.js';

/** @import { Past } from './past.js' */
/** @import { Line } from './table.js' */
/** @import { Json } from './recording.js' */

const ORDERS = 1_000_000;
const WINDOW_MS = 35 * 60_000;
/** Rows of a page of audit.keys. */
const PAGE = 5000;
const RUNS = 3;
const MIB = 2 ** 20;

const decoder = new TextDecoder();

const JOB = {
  job: 'repair',
  door: 'cron',
  id: '7d9c5f1e-6b0a-4c3d-9e21-5a1f0c2b3d4e',
  seed: '00112233445566778899aabbccddeeff',
  secrets: ['SQUARE_ACCESS_TOKEN'],
  variables: { SQUARE_BASE_URL: 'http://127.0.0.1:1', SQUARE_LOCATION_ID: 'L1' },
};

/** One place of an audit that has read all it wants, as audit.held shows it. */
const HELD = ['a1', 'L1', '', 1, 'grouping', '', 0, 'UTC', ORDERS, 0, 9e14, WINDOW_MS, '', null, 0];

/** A D1 that holds nothing but a past. */
class PastD1 {
  /** @type {{confidence: string, ids: string[]}[]} */
  groups = [];
  pages = 0;
  held = false;

  /** @param {Past} past */
  constructor(past) {
    this.past = past;
  }

  /** @param {Json} command
   * @param {Uint8Array[]} parts
   * @returns {Json} its outcome */
  answer({ do: what, id, statements }, parts) {
    if (what === 'days') return { id, of: 'days', results: [] };
    if (what !== 'd1') throw new Error(`the job asks for "${what}"`);
    const read = (/** @type {number} */ i) => JSON.parse(decoder.decode(parts[i]));
    const rows = (/** @type {string} */ name) => {
      switch (name) {
        case 'repair.due':
          return [[1, 0, 0, 0]];
        case 'audit.held':
          return [HELD];
        case 'audit.keys':
          this.pages += 1;
          return this.past.keys((this.pages - 1) * PAGE, this.pages * PAGE);
        case 'audit.members':
          return read(1).rows.map(this.past.member);
        case 'audit.groups_in':
          for (const { confidence, plan } of read(2)) {
            const ids = JSON.parse(plan).orders.map((/** @type {Json} */ order) => order.id);
            this.groups.push({ confidence, ids });
          }
          return [];
        default:
          return [];
      }
    };
    return { id, of: 'd1', results: statements.map(rows) };
  }
}

/**
 * What the job is told, frame by frame; as many as are `timed` is what it takes to group.
 * @param {WebAssembly.Module} module
 * @param {Past} past
 */
function record(module, past) {
  const d1 = new PastD1(past);
  const frames = [frameOf(JOB, [])];
  const core = new Core(module);
  let answer = core.start(JOB);
  let timed = 0;
  for (;;) {
    const outcomes = [];
    for (const command of answer.header.commands) {
      const parts = answer.attachments.splice(0, (command.parameter_bytes ?? []).length);
      if (command.do === 'days') timed = frames.length;
      if (command.do === 'done') {
        assert.equal(command.status, 200, 'the recorded job failed');
        return { frames, timed, groups: d1.groups };
      }
      if (command.do !== 'log') outcomes.push(d1.answer(command, parts));
    }
    const input = { elapsed_ms: 1, outcomes };
    frames.push(frameOf(input, []));
    answer = core.step(input);
  }
}

/** Milliseconds of CPU of this process, its collector included. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** FNV-1a of 64 bits, as tests/bench/replay.cpp has it. */
class Digest {
  #value = 0xcbf29ce484222325n;

  /** @param {Uint8Array} bytes */
  add(bytes) {
    for (const byte of bytes) {
      this.#value = BigInt.asUintN(64, (this.#value ^ BigInt(byte)) * 0x100000001b3n);
    }
  }

  toString() {
    return this.#value.toString(16).padStart(16, '0');
  }
}

/**
 * @param {WebAssembly.Module} module
 * @param {readonly Uint8Array[]} frames
 * @param {(out: Uint8Array) => void} [see] each frame that comes out
 */
function play(module, frames, see) {
  const exports = instantiate(module);
  const began = cpuMs();
  for (const [i, frame] of frames.entries()) {
    const at = exports.pos_input(frame.length);
    new Uint8Array(exports.memory.buffer, at, frame.length).set(frame);
    const size = i === 0 ? exports.pos_start(frame.length) : exports.pos_step(frame.length);
    see?.(new Uint8Array(exports.memory.buffer, exports.pos_output(), size));
  }
  return { ms: cpuMs() - began, bytes: exports.memory.buffer.byteLength };
}

/**
 * @param {readonly Uint8Array[]} frames
 * @param {number} timed
 * @param {string} scratch
 */
async function playNatively(frames, timed, scratch) {
  const { code, output } = await build('native', undefined, 'pos_replay');
  if (code !== 0) throw new Error(`the build failed:\n${tail(output)}`);
  mkdirSync(scratch, { recursive: true });
  const file = path.join(scratch, 'past.frames');
  const open = openSync(file, 'w');
  for (const frame of frames) {
    writeSync(open, new Uint8Array(new Uint32Array([frame.length]).buffer));
    writeSync(open, frame);
  }
  closeSync(open);
  const program = path.join(ROOT, 'build', 'native', 'pos_replay');
  /** @type {{ms: number, bytes: number, digest: string}[]} */
  const runs = Array.from({ length: RUNS }, () =>
    JSON.parse(execFileSync(program, [file, String(timed)], { encoding: 'utf8' })),
  );
  return {
    ms: median(runs.map(({ ms }) => ms)),
    bytes: median(runs.map(({ bytes }) => bytes)),
    digest: runs[0].digest,
  };
}

/** @param {readonly string[]} pages */
function groupPlainly(pages) {
  const began = cpuMs();
  const grouping = new PlainGrouping(WINDOW_MS);
  for (const page of pages) grouping.addRows(JSON.parse(page));
  const groups = grouping.finish();
  return { ms: cpuMs() - began, groups };
}

/** @param {{confidence: string}[]} groups */
const countsOf = (groups) =>
  ['certain', 'probable', 'possible']
    .map((word) => `${groups.filter(({ confidence }) => confidence === word).length} ${word}`)
    .join(', ');

/** @param {Past} past @param {number} orders */
const pagesOf = (past, orders) =>
  Array.from({ length: Math.ceil(orders / PAGE) }, (_, page) =>
    JSON.stringify(past.keys(page * PAGE, (page + 1) * PAGE)));

/** @param {ReturnType<typeof groupPlainly>} plain */
const named = ({ groups }) => groups.map(({ confidence, rows }) => ({ confidence, ids: rows.map(idOf) }));

/** Throws unless the module and plain JavaScript find the same groups; answers how many.
 * @param {number} orders */
export function expectSameGroups(orders) {
  const past = makePast(orders);
  const { groups } = record(new WebAssembly.Module(readFileSync(SHIPPED_REPAIR_MODULE)), past);
  assert.deepEqual(groups, named(groupPlainly(pagesOf(past, orders))), 'plain JavaScript finds other groups');
  return groups.length;
}

/**
 * @param {string} scratch
 * @returns {Promise<Line[]>}
 */
export async function measureGrouping(scratch) {
  const module = new WebAssembly.Module(readFileSync(SHIPPED_REPAIR_MODULE));
  const past = makePast(ORDERS);
  const { frames, timed, groups } = record(module, past);
  const digest = new Digest();
  play(module, frames, (out) => digest.add(out));
  const native = await playNatively(frames, timed, scratch);
  assert.equal(native.digest, String(digest), 'the native core answers otherwise than the module');

  const grouped = frames.slice(0, timed);
  const pages = pagesOf(past, ORDERS);
  const runs = Array.from({ length: RUNS }, () => {
    const ours = play(module, grouped);
    const plain = groupPlainly(pages);
    return { ours, plain, ratio: ours.ms / plain.ms };
  });
  assert.deepEqual(groups, named(runs[0].plain), 'plain JavaScript finds other groups');

  const size = ORDERS.toLocaleString('en');
  const section = `Grouping ${size} orders of one location, in pages of ${PAGE}`;
  const wasm = median(runs.map(({ ours }) => ours.ms));
  const plain = median(runs.map((run) => run.plain.ms));
  const rate = (/** @type {number} */ ms) =>
    `${Math.round(ORDERS / ms).toLocaleString('en')},000 orders a second`;
  const seconds = (/** @type {number} */ ms) => ms / 1000;
  return [
    {
      section,
      name: 'seconds natively',
      value: seconds(native.ms),
      limit: LIMIT.groupingNative,
      note: rate(native.ms),
    },
    {
      section,
      name: 'seconds in wasm',
      value: seconds(wasm),
      limit: LIMIT.groupingWasm,
      note: rate(wasm),
    },
    {
      section,
      name: 'in wasm ÷ plain JavaScript',
      value: median(runs.map(({ ratio }) => ratio)),
      note: `that takes ${seconds(plain).toFixed(2)} s`,
    },
    {
      section,
      name: 'MiB that the process grows by natively',
      value: native.bytes / MIB,
      limit: LIMIT.groupingMemory,
    },
    {
      section,
      name: 'MiB of memory in wasm',
      value: runs[0].ours.bytes / MIB,
      limit: LIMIT.groupingMemory,
      note: 'code, stack and the page that is read included',
    },
    {
      section,
      name: 'groups, the same ones by all three',
      value: groups.length,
      note: countsOf(groups),
    },
  ];
}

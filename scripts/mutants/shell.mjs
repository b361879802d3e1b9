// The judges of worker.js and bindings/*.js that need no workerd: the tests of tests/worker under Node, in a
// process that stays warm, so that a mutant costs what its tests cost.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { packageEnv } from '../lib/run.mjs';

/** @import { Copy } from './copy.mjs' */
/** @import { Verdict } from './hunt.mjs' */

const WARM = fileURLToPath(new URL('warm.mjs', import.meta.url));

/** The end of what a warm process says of a test file that could not be loaded. */
export const NOT_LOADED = 'does not load';

/** How long a test may wait for what will never be. */
const TEST_SECONDS = 30;

/** Who computes for so long, and so long for each file, does not end: some seconds are enough for each of them.
 * Counted in the processor's time, so that a busy machine makes no difference. */
const CPU_SECONDS_MOST = 10;

/** The clock of /proc has so many ticks a second. */
const TICKS = 100;

/** @param {number} pid @returns {number} the processor's seconds that it has used */
function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0; // it has ended, or this is no Linux
  }
}

/** One warm process. */
class Warm {
  /** What it has read and is not so any more. @type {Set<string>} */
  changed = new Set();

  /** @param {Copy} copy */
  constructor(copy) {
    this.child = spawn(process.execPath, [WARM, copy.root], {
      cwd: copy.root, stdio: ['pipe', 'pipe', 'ignore'], detached: true,
      env: { ...packageEnv(), POS_SYNC_TEST_SECONDS: String(TEST_SECONDS) },
    });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.hold(false);
  }

  /** Whether this process waits for it. @param {boolean} waits */
  hold(waits) {
    for (const each of [this.child, this.child.stdin, this.child.stdout]) {
      const handle = /** @type {{ref?: () => void, unref?: () => void}} */ (/** @type {unknown} */ (each));
      if (waits) handle.ref?.();
      else handle.unref?.();
    }
  }

  /** @param {number} files of tests that it runs
   * @returns {Promise<string | null>} null if it has died, or was ended because it does not end */
  async line(files) {
    const { pid } = this.child;
    const last = cpuSeconds(Number(pid)) + CPU_SECONDS_MOST * (1 + files);
    this.hold(true);
    const watch = setInterval(() => {
      if (cpuSeconds(Number(pid)) > last) this.end();
    }, 1000);
    try {
      for (;;) {
        const { done, value } = await this.lines.next();
        if (done) return null;
        // What a test writes to the standard output by itself is none.
        if (value === 'ready' || value.startsWith('{"failed":')) return value;
      }
    } finally {
      clearInterval(watch);
      this.hold(false);
    }
  }

  end() {
    try {
      process.kill(-Number(this.child.pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** @type {Map<string, Warm>} */
const warm = new Map();

process.on('exit', () => {
  for (const each of warm.values()) each.end();
});

/**
 * Runs test files under Node.
 * @param {Copy} copy
 * @param {string[]} changed sources that are not what they were
 * @param {string[]} files
 * @param {string[]} [names] of the tests to run; without them, all of these files
 * @returns {Promise<Verdict>}
 */
export async function underNode(copy, changed, files, names) {
  let process_ = warm.get(copy.root);
  if (!process_) {
    process_ = new Warm(copy);
    warm.set(copy.root, process_);
    if ((await process_.line(1)) !== 'ready') {
      warm.delete(copy.root);
      throw new Error('the tests under Node cannot be started: try npx vitest run --config tests/vitest.shell.config.js');
    }
  }
  // The one before was put back meanwhile.
  const stale = new Set([...process_.changed, ...changed]);
  process_.changed = new Set(changed);
  process_.child.stdin.write(`${JSON.stringify({ changed: [...stale], files, names })}\n`);
  const line = await process_.line(files.length);
  if (line === null) {
    process_.end();
    warm.delete(copy.root);
    return { verdict: 'killed', by: 'the tests under Node do not end' };
  }
  const { failed } = JSON.parse(line);
  return failed === '' ? { verdict: 'survived', by: '' } : { verdict: 'killed', by: failed };
}

/** The tests that noticed the last mutants of a file, the latest first: mutants come in the order of their
 * lines, and what noticed a neighbour is the most likely to notice this one.
 * @type {Map<string, string[]>} */
const lastKillers = new Map();

/** How many tests are run by their names before whole files are. */
const NAMED_MOST = 8;

/** Keeps which test noticed a mutant of a file. @param {string} file @param {string} by */
export const noted = (file, by) =>
  void lastKillers.set(file, [...new Set([by, ...lastKillers.get(file) ?? []])]);

/** The tests that are likely to notice a mutant of a file.
 * @param {string} file @param {string[]} likely */
export const killersOf = (file, likely) => [...new Set([...lastKillers.get(file)?.slice(0, NAMED_MOST / 2) ?? [], ...likely])];

/** The file of a test that has noticed a mutant. @param {string} by */
export const fileOf = (by) => by.split(': ')[0];

/** The first of some tests, by their names alone, those of one file at a time. That takes less than half a
 * second, and no test depends on those before it in its file (tests/vitest.shell.config.js shuffles them).
 * @param {string[]} killers @param {string[]} files */
export function wanted(killers, files) {
  const named = killers.filter((by) => files.includes(fileOf(by)) && !by.endsWith(NOT_LOADED)).slice(0, NAMED_MOST);
  return [...new Set(named.map(fileOf))].map((each) => ({
    group: [each], names: named.filter((by) => fileOf(by) === each).map((by) => by.slice(each.length + 2)),
  }));
}

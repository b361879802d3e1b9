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

/** Who computes for so long does not end: counted in the processor's time, so that a busy machine makes no
 * difference. */
const CPU_SECONDS_MOST = 60;

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

  /** @returns {Promise<string | null>} null if it has died, or was ended because it does not end */
  async line() {
    const { pid } = this.child;
    const before = cpuSeconds(Number(pid));
    this.hold(true);
    const watch = setInterval(() => {
      if (cpuSeconds(Number(pid)) - before > CPU_SECONDS_MOST) this.end();
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
 * @returns {Promise<Verdict>}
 */
export async function underNode(copy, changed, files) {
  let process_ = warm.get(copy.root);
  if (!process_) {
    process_ = new Warm(copy);
    warm.set(copy.root, process_);
    if ((await process_.line()) !== 'ready') {
      warm.delete(copy.root);
      throw new Error('the tests under Node cannot be started: try npx vitest run --config tests/vitest.shell.config.js');
    }
  }
  // The one before was put back meanwhile.
  const stale = new Set([...process_.changed, ...changed]);
  process_.changed = new Set(changed);
  process_.child.stdin.write(`${JSON.stringify({ changed: [...stale], files })}\n`);
  const line = await process_.line();
  if (line === null) {
    process_.end();
    warm.delete(copy.root);
    return { verdict: 'killed', by: 'the tests under Node do not end' };
  }
  const { failed } = JSON.parse(line);
  return failed === '' ? { verdict: 'survived', by: '' } : { verdict: 'killed', by: failed };
}


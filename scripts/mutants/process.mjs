// Programs that a mutant may keep from ending.
import { spawn } from 'node:child_process';

/** @typedef {{code: number | null, output: string, endless: boolean}} Ended */

/** Groups of processes that run. @type {Set<number>} */
const groups = new Set();

/** Ends all that was started here. */
export function endAll() {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * Runs a program. One that computes for too long is endless: that is counted in seconds of the processor,
 * so that a busy machine makes no difference. One that sleeps for ever is ended by the clock in the end.
 * @param {string[]} command
 * @param {{cwd: string, env?: NodeJS.ProcessEnv, cpuSeconds?: number, wallSeconds?: number, memoryKilobytes?: number}} options
 * @returns {Promise<Ended>}
 */
export function runLimited(command, options) {
  const { cwd, env = process.env, cpuSeconds = 3600, wallSeconds = 7200, memoryKilobytes } = options;
  const memory = memoryKilobytes ? ` && ulimit -v ${memoryKilobytes}` : '';
  return new Promise((resolve, reject) => {
    const limited = ['-c', `ulimit -t ${Math.ceil(cpuSeconds)}${memory} && exec "$@"`, 'sh', ...command];
    // A group of its own, so that whatever it starts ends with it.
    const child = spawn('sh', limited, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    let output = '';
    let late = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-4_000_000);
      });
    }
    const timer = setTimeout(() => {
      late = true;
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    }, wallSeconds * 1000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (pid !== undefined) groups.delete(pid);
      resolve({ code, output, endless: late || signal === 'SIGXCPU' || signal === 'SIGKILL' });
    });
  });
}

/** The first test of doctest's that failed, or whose history is not the recorded one. @param {string} output */
export const failedCase = (output) => {
  const block = output.split(/^={20,}$/m).find((each) => /\bERROR:/.test(each));
  const name = block && /^TEST CASE: +(.*)$/m.exec(block)?.[1]?.trim();
  return name && /^ERROR: what it plays is not what was recorded/m.test(block) ? `the history of: ${name}` : name;
};

// A hundred thousand steps of jobs out of simulated worlds (tests/simulate), with all their faults:
// the native core, the module that ships and the one that Emscripten builds give the same answers,
// byte for byte.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { replay } from './replay.js';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));
const STEPS = 100_000;
/** So many are recorded before they are replayed: what lies on disk stays small. */
const STEPS_AT_ONCE = 10_000;

const TOOLCHAINS = ['wasi', 'emscripten'];

const modules = TOOLCHAINS.map(
  (name) => new WebAssembly.Module(readFileSync(path.join(BUILD, name, 'pos_sync.wasm'))),
);

/** Records the seeds from that one on, into a directory of their own.
 * @param {number} from */
async function record(from) {
  const directory = mkdtempSync(path.join(tmpdir(), 'pos-frames-'));
  const args = ['--frames', directory, '--from', String(from), '--steps', String(STEPS_AT_ONCE)];
  const { stdout } = await promisify(execFile)(path.join(BUILD, 'native', 'pos_simulate'), args);
  return { directory, next: Number(/the next one is (\d+)/.exec(stdout)?.[1]) };
}

test('both modules answer 100,000 steps of simulated jobs as the native core does', async () => {
  const counts = TOOLCHAINS.map(() => 0);
  let recording = record(1);
  let seeds = 0;
  while (counts[0] < STEPS) {
    const { directory, next } = await recording;
    seeds = next - 1;
    // While these are replayed the next ones are recorded.
    if (counts[0] + STEPS_AT_ONCE < STEPS) recording = record(next);
    for (const file of readdirSync(directory)) {
      const bytes = readFileSync(path.join(directory, file));
      modules.forEach((module, i) => (counts[i] += replay(module, bytes)));
    }
    rmSync(directory, { recursive: true });
  }
  console.log(`${counts[0].toLocaleString('en')} steps of ${seeds} seeds through each module`);
  expect(counts[0]).toBeGreaterThanOrEqual(STEPS);
  expect(counts[1]).toBe(counts[0]);
});

// Whole worlds by seed: `npm run simulate -- [--seeds N] [--from S] [--seed S] [--threads N]
// [--verbose] [--trace FILE]`. Builds the native program and runs it; the seeds that have ever
// broken a promise come first, unless one seed is asked for. What a run is:
// tests/simulate/simulation.hpp.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { build } from './lib/cmake.mjs';
import { ROOT, tail } from './lib/run.mjs';

const { code, output } = await build('native');
if (code !== 0) {
  console.error(`${tail(output, 60)}\nsimulate: the native build failed`);
  process.exit(1);
}

const wanted = process.argv.slice(2);
const kept = ['--kept', path.join(ROOT, 'tests', 'simulate', 'seeds.txt')];
// It writes to the terminal itself: its progress is one line that is written anew.
const child = spawn(
  path.join(ROOT, 'build', 'native', 'pos_simulate'),
  [...(wanted.includes('--seed') ? [] : kept), ...wanted],
  { stdio: 'inherit' },
);
child.on('close', (status) => {
  process.exitCode = status ?? 1;
});

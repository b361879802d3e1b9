// The tests of tests/worker that ask nothing of workerd and D1 alone, under Node: the worker that ships, the
// modules that ship, node:sqlite for D1. They take seconds, so a change of the shell is noticed by them first;
// the same tests run in workerd, too.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { configured } from './shell/wrangler_toml.js';
import { LIMITS, startPatiently } from './vitest.limits.js';

/** @param {string} file */
const fileOf = (file) => fileURLToPath(new URL(file, import.meta.url));

startPatiently();

/** A .wasm file that is imported is a compiled module, as wrangler makes it. */
const compiled = {
  name: 'wasm',
  /** @param {string} id */
  load(id) {
    if (!id.endsWith('.wasm')) return null;
    return `import { readFileSync } from 'node:fs';
      export default new WebAssembly.Module(readFileSync(${JSON.stringify(id)}));`;
  },
};

export default defineConfig({
  plugins: [{ ...compiled, enforce: 'pre' }],
  resolve: {
    alias: {
      'cloudflare:test': fileOf('shell/cloudflare_test.js'),
      'cloudflare:workers': fileOf('shell/cloudflare_workers.js'),
    },
  },
  test: {
    ...LIMITS,
    environment: 'node',
    include: ['tests/worker/**/*.test.js', 'tests/abi/core.test.js'],
    // Of D1 itself, of schedules that take minutes, and of what a request costs there.
    exclude: ['statements', 'adoption', 'cost', 'crashes', 'schedules'].map((name) => `tests/worker/${name}.test.js`),
    provide: {
      schedules: { count: Number(process.env.POS_SYNC_SCHEDULES ?? 20), only: null },
      patience_ms: 0.9 * LIMITS.testTimeout,
      crons: configured().crons,
    },
    globalSetup: 'tests/e2e/lib/doubles.js',
    setupFiles: ['tests/shell/setup.js'],
    // All files share one local Square.
    fileParallelism: false,
    isolate: false,
    // No test may depend on those before it: mutants are shown to single ones, by their names.
    sequence: { shuffle: { tests: true }, seed: 1 },
  },
});

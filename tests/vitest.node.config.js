// Tests that need Node itself: processes, sockets and files.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LIMITS, startPatiently } from './vitest.limits.js';

startPatiently();

export default defineConfig({
  test: {
    ...LIMITS,
    environment: 'node',
    include: ['tests/{fakes,abi,e2e,scripts,adoption}/**/*.test.js'],
    // Two files at once, however few processors there are: most of them wait for a worker to start.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});

// Tests that run inside workerd, with a real D1, the module that ships and the worker that ships.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { unstable_readConfig as readConfig } from 'wrangler';
import { LIMITS, startPatiently } from './vitest.limits.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = path.join(ROOT, 'wrangler.toml');

const { POS_SYNC_SCHEDULES: count, POS_SYNC_SCHEDULE: only } = process.env;

startPatiently();

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: CONFIG },
      miniflare: {
        bindings: {
          // Once more, so that they win over a developer's own .dev.vars.
          ...readConfig({ config: CONFIG }).vars,
          MIGRATIONS: await readD1Migrations(path.join(ROOT, 'migrations')),
          HOST_MIGRATIONS: await readD1Migrations(path.join(ROOT, 'tests/adoption/host/migrations')),
          EARLIER_MIGRATIONS: await readD1Migrations(path.join(ROOT, 'tests/adoption/earlier')),
        },
      },
    })),
  ],
  test: {
    ...LIMITS,
    include: ['tests/worker/**/*.test.js'],
    // How many seeded schedules are played, or which one.
    provide: {
      schedules: { count: Number(count ?? 1000), only: only ? Number(only) : null },
      patience_ms: 0.9 * LIMITS.testTimeout,
      crons: readConfig({ config: CONFIG }).triggers.crons ?? [],
    },
    globalSetup: 'tests/e2e/lib/doubles.js',
    // All files share one local Square.
    fileParallelism: false,
    isolate: false,
  },
});

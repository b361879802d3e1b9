#!/usr/bin/env node
// `npm run doctor -- --database NAME`: whether a D1 database can be adopted, and what to do if not. It
// writes nothing there. `npx pos-sync doctor` is the same.

import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageEnv, ROOT } from './lib/run.mjs';

/** SQLite comes with newer ones. */
const OLDEST_NODE = 24;

/** Runs this again with the Node of our packages, where the machine's own is too old. */
function runWithPackagedNode() {
  const node = path.join(ROOT, 'node_modules', '.bin', 'node');
  if (!existsSync(node) || process.env.POS_SYNC_DOCTOR_NODE) {
    console.error(`doctor: Node ${OLDEST_NODE} or newer is needed; run \`npm install\` in ${ROOT}, which brings one`);
    return 1;
  }
  const env = { ...packageEnv(), POS_SYNC_DOCTOR_NODE: node };
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  return spawnSync(node, args, { stdio: 'inherit', env }).status ?? 1;
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.exitCode = runWithPackagedNode();
} else {
  const { main } = await import('./doctor/main.mjs');
  process.exitCode = await main(process.argv.slice(2));
}

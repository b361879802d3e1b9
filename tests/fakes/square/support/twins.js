// Local Squares for the tests of one file, closed after each test.
import { afterEach } from 'vitest';
import { startTwin } from '../server.js';
import { clientOf } from './client.js';

/** @typedef {import('../server.js').RunningTwin} RunningTwin */

/** @type {RunningTwin[]} */
const running = [];

afterEach(async () => {
  // Each throws if something wrong was sent to it, or if it made a mistake itself.
  await Promise.all(running.splice(0).map((twin) => twin.close()));
});

/** @param {import('../types.d.ts').TwinOptions} [options] */
export async function twinWith(options = {}) {
  const twin = await startTwin(options);
  running.push(twin);
  return { twin, square: clientOf(twin) };
}

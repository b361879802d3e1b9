// Local Squares for the tests of one file, closed after each test.
import { afterEach } from 'vitest';
import { startTwin } from '../server.js';
import { clientOf } from './client.js';

/** @typedef {import('../server.js').RunningTwin} RunningTwin */

/** @type {RunningTwin[]} */
const running = [];

afterEach(async () => {
  const twins = running.splice(0);
  const bugs = twins.flatMap((twin) => twin.state().bugs);
  await Promise.all(twins.map((twin) => twin.close()));
  // A mistake of the double itself must not pass for an answer of Square's.
  if (bugs.length > 0) throw new Error(bugs.join('\n'));
});

/** @param {import('../types.d.ts').TwinOptions} [options] */
export async function twinWith(options = {}) {
  const twin = await startTwin(options);
  running.push(twin);
  return { twin, square: clientOf(twin) };
}

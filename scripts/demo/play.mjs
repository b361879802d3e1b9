// The evening as it is played to a pusher: ticks, crons that come twice, and a kill.

import { KILL_AT, OVERLAP_AT, TICK_EVERY_MS } from './faults.mjs';
import { pause, until } from './worker.mjs';

/** @import { RunningTwin } from '../../tests/fakes/square/server.js' */
/** @import { RequestRecord } from '../../tests/fakes/square/types.d.ts' */
/** @import { LocalWorker } from './worker.mjs' */

/**
 * @typedef {object} Pusher
 * @property {LocalWorker} worker
 * @property {RunningTwin} twin its own local Square
 * @property {() => Promise<boolean>} isDrained whether no row is left that a tick would push
 */

/**
 * @param {RunningTwin} twin
 * @returns {RequestRecord[]}
 */
export const requestsOf = (twin) => twin.state().requests;

/**
 * @param {RunningTwin} twin
 * @param {string} orderId
 */
const creationsOf = (twin, orderId) =>
  requestsOf(twin).filter(({ route, identity }) => route === '/v2/orders' && identity === orderId);

/**
 * Ticks until the worker is killed, which happens once Square has booked one certain order.
 * @param {Pusher} pusher
 * @param {(line: string) => void} say
 */
async function ticksUntilKilled({ worker, twin }, say) {
  let isKilled = false;
  // A tick that dies with its worker is what the kill is for; any other that fails is a failure.
  const cron = () =>
    worker.cron().catch((error) => {
      if (!isKilled) throw error;
    });
  const ticks = async () => {
    say('the first tick');
    const first = cron();
    await Promise.race([first, until(() => creationsOf(twin, OVERLAP_AT).length > 0)]);
    say('the cron is delivered again, while that tick is still at work');
    await Promise.all([first, cron()]);
    while (!isKilled) {
      await pause(TICK_EVERY_MS);
      if (!isKilled) await cron();
    }
  };
  const ticking = ticks();
  const isBooked = () => creationsOf(twin, KILL_AT).some(({ landed_ms }) => landed_ms !== null);
  await Promise.race([ticking, until(isBooked)]);
  isKilled = true;
  await worker.end('SIGKILL');
  await ticking;
  say(`SIGKILL: Square has just booked ${KILL_AT}, and nobody lives to hear of it`);
}

/**
 * @param {Pusher} pusher
 * @param {(line: string) => void} say
 */
export async function play(pusher, say) {
  const { worker, twin } = pusher;
  await ticksUntilKilled(pusher, say);
  await worker.start();
  say('started again on the same database; from here on, every cron comes twice at once');
  for (;;) {
    await Promise.all([worker.cron(), worker.cron()]);
    if (await pusher.isDrained()) break;
    await pause(TICK_EVERY_MS);
  }
  say(`drained: nothing is left to push, and Square holds ${twin.summary().orders} orders`);
}

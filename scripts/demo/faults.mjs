// What goes wrong that evening. Both pushers meet it: the local Square decides by the seed, the
// route, the order and the how-manieth request for it that is, and by nothing else.

/** @import { FaultOptions } from '../../tests/fakes/square/types.d.ts' */

/** Production's half hour between two ticks. */
export const TICK_EVERY_MS = 250;

/** When this order is asked for first, the cron is delivered again while its tick is at work. */
export const OVERLAP_AT = 'asb-1121-047';

/** When Square has booked this order, the worker dies before the answer arrives. */
export const KILL_AT = 'asb-1121-083';

/** How long the answer for it is on its way: the kill comes in between. */
const KILL_WITHIN_MS = 350;

// Production's numbers, shortened; each still outlasts what it has to outlast.
const PUSH_TIMEOUT_SECONDS = 0.5;
const LATE_MS_MAX = 400;

/** What the old pusher knows. */
export const OLD_SECONDS = { PUSH_TIMEOUT_SECONDS };

/** What ours knows. A lease shorter than the four above it together would be refused. */
export const OUR_SECONDS = {
  WALL_BUDGET_SECONDS: 1.5,
  PUSH_TIMEOUT_SECONDS,
  QUIET_SECONDS: 0.7,
  CLOCK_STEP_SECONDS: 0.1,
  LEASE_SECONDS: 3,
  RETRY_BASE_SECONDS: 0.2,
  RETRY_CAP_SECONDS: 1,
  SETTLE_DELAY_SECONDS: 0.2,
};

/**
 * @param {string} seed
 * @returns {FaultOptions & {latencyMs: number, overlap: 'double'}}
 */
export function faultsOf(seed) {
  return {
    seed,
    latencyMs: 8,
    // Square documents nothing for two overlapping requests with one key, and two orders were seen.
    overlap: 'double',
    plan: [
      {
        match: { path: '/v2/orders', reference_id: KILL_AT, nth: 1 },
        fault: 'none',
        delay_ms: KILL_WITHIN_MS,
      },
    ],
    rates: {
      timeout: 0.03,
      reset: 0.02,
      torn: 0.01,
      http_429: 0.01,
      http_500: 0.01,
      http_503: 0.015,
      http_504: 0.015,
    },
    applied: 0.6,
    late: { rate: 0.3, max_ms: LATE_MS_MAX },
    max_per_request: 3,
  };
}

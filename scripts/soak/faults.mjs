// What goes wrong at Square during a soak, and the numbers of the worker that meets it.

/** @import { TwinOptions } from '../../tests/fakes/square/types.d.ts' */

/** Production's numbers, shortened; each still outlasts what it has to outlast. */
export const SECONDS = {
  WALL_BUDGET_SECONDS: 1.5,
  PUSH_TIMEOUT_SECONDS: 0.7,
  QUIET_SECONDS: 1.2,
  CLOCK_STEP_SECONDS: 0.2,
  LEASE_SECONDS: 3.6,
  RETRY_BASE_SECONDS: 0.2,
  RETRY_CAP_SECONDS: 1,
};

/**
 * Square as it may be: an effect lands late, but within the quiet time.
 * @satisfies {TwinOptions}
 */
export const FAULTS = {
  latencyMs: 40,
  // Square documents nothing for two overlapping requests with one key, and two orders were seen.
  overlap: /** @type {const} */ ('double'),
  rates: {
    timeout: 0.04,
    reset: 0.03,
    torn: 0.02,
    http_429: 0.01,
    http_500: 0.02,
    http_503: 0.02,
    http_504: 0.02,
  },
  applied: 0.6,
  late: { rate: 0.4, max_ms: 600 },
  slow: { rate: 0.1, max_ms: 200 },
};

// How long a test may take: so long that a test which reaches it waits for what will never be, however busy
// the machine is. It is the same for all of them, and no test has one of its own: what a test promises must
// not depend on how fast it is. A run that asks for more cases than usual may take longer.

const { POS_SYNC_TEST_SECONDS, POS_SYNC_SCHEDULES, POS_SYNC_PAYLOADS } = process.env;

const USUAL_SECONDS = 30 * 60;
const LONG_SECONDS = 24 * 3600;

const isLong = POS_SYNC_SCHEDULES !== undefined || POS_SYNC_PAYLOADS !== undefined;
const limit = 1000 * Number(POS_SYNC_TEST_SECONDS ?? (isLong ? LONG_SECONDS : USUAL_SECONDS));

export const LIMITS = {
  testTimeout: limit,
  hookTimeout: limit,
  teardownTimeout: limit,
  // What is waited for within a test is given up a little earlier, so that it is named.
  expect: { poll: { timeout: 0.9 * limit } },
};

/** Times that vitest itself gives a worker to start and to stop, with no option for them. */
const VITEST_S_OWN_MS = new Set([60_000, 90_000]);

/** Gives workers as long to start as a test may take: on a busy machine it takes a workerd minutes. */
export function startPatiently() {
  const start = globalThis.setTimeout;
  /** @param {(...words: any[]) => void} run @param {number} [ms] @param {any[]} words */
  const patient = (run, ms, ...words) => start(run, VITEST_S_OWN_MS.has(ms ?? 0) ? limit : ms, ...words);
  globalThis.setTimeout = /** @type {typeof setTimeout} */ (Object.assign(patient, start));
}

// How this Square behaves where tests want it to behave otherwise, changed at the start or at any time.

/** @typedef {import('./types.d.ts').Rules} Rules */

const DAY_MS = 24 * 3600 * 1000;

/** @type {Rules} */
export const DEFAULT_RULES = {
  anyCurrency: false,
  changeDelayMs: 0,
  dedupe: true,
  disputesForbidden: false,
  keyWindowMs: null,
  orderKeyConflict: 'IDEMPOTENCY_KEY_REUSED',
  overlap: 'serialize',
  pageSize: null,
  processingFee: null,
  refundStatus: 'COMPLETED',
  retrieveDelayMs: 0,
  settleDelayMs: 0,
  tokenLifetimeMs: 30 * DAY_MS,
  tokenRefusal: 'errors',
};

/** The rules that a set of options names; what else is in it is left alone.
 * @param {Partial<Rules>} options
 * @returns {Partial<Rules>} */
export function rulesIn(options) {
  const given = Object.entries(options);
  const named = given.filter(([name, value]) => name in DEFAULT_RULES && value !== undefined);
  return Object.fromEntries(named);
}

/** The names in a change that no rule has: a slip of whoever writes a test.
 * @param {object} change
 * @returns {string[]} */
export const strangers = (change) => Object.keys(change).filter((name) => !(name in DEFAULT_RULES));

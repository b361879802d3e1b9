// Which fault hits which request: first the plan's rules, then the seed's chances. A seed's
// decision is a pure function of the seed, the route, whom the request is for and the how-manieth
// it is for that one, so that running things in parallel does not change it.
import { createHash } from 'node:crypto';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Fault} Fault */
/** @typedef {import('./types.d.ts').FaultKind} FaultKind */
/** @typedef {import('./types.d.ts').FaultOptions} FaultOptions */
/** @typedef {import('./types.d.ts').FaultRule} FaultRule */

const KINDS =
  /^(none|short_page|empty_page|timeout|reset|torn|garbage|no_id|huge|http_[45]\d\d)$/;

/** Whether the answer is one that a healthy Square gives. A page may be short, even empty, without
 * being the last one.
 * @param {FaultKind} kind
 * @returns {boolean} */
export const isHonest = (kind) => kind === 'none' || kind.endsWith('_page');

/** @type {Fault} */
const NO_FAULT = { kind: 'none', applied: true, late_ms: 0, delay_ms: 0, retry_after: '' };

/** @param {string} kind
 * @returns {FaultKind} */
function checkKind(kind) {
  if (!KINDS.test(kind)) throw new Error(`unknown fault: ${kind}`);
  return /** @type {FaultKind} */ (kind);
}

/** @param {string} pattern
 * @param {Call} call
 * @returns {boolean} */
function matchesPath(pattern, call) {
  if (pattern.endsWith('*')) return call.path.startsWith(pattern.slice(0, -1));
  return pattern === call.path || pattern === call.route;
}

/** @param {FaultRule} rule
 * @param {Call} call
 * @param {number} nth
 * @returns {boolean} */
function matches({ match = {} }, call, nth) {
  if (match.method !== undefined && match.method !== call.method) return false;
  if (match.path !== undefined && !matchesPath(match.path, call)) return false;
  if (match.merchant_id !== undefined && match.merchant_id !== call.merchant_id) return false;
  if (match.key !== undefined && match.key !== call.key) return false;
  if (match.reference_id !== undefined && match.reference_id !== call.identity) return false;
  return match.nth === undefined || [match.nth].flat().includes(nth);
}

/** @param {FaultRule} rule
 * @returns {Fault} */
function faultOf(rule) {
  return {
    kind: rule.fault,
    applied: rule.applied ?? isHonest(rule.fault),
    late_ms: rule.late_ms ?? 0,
    delay_ms: rule.delay_ms ?? 0,
    retry_after: String(rule.retry_after ?? ''),
  };
}

/** A number in [0, 1) that depends on nothing but the words given.
 * @param {(string | number)[]} words
 * @returns {number} */
function chance(...words) {
  const digest = createHash('sha256').update(JSON.stringify(words)).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

export class Faults {
  /** @type {number[]} */
  hits = [];
  /** @type {Map<string, number>} */
  counts = new Map();

  /** @param {FaultOptions} options */
  constructor(options) {
    this.options = options;
    this.configure(options);
  }

  /** Replaces plan, seed and rates; counting starts anew.
   * @param {FaultOptions} options */
  configure(options) {
    for (const rule of options.plan ?? []) checkKind(rule.fault);
    Object.keys(options.rates ?? {}).forEach(checkKind);
    this.options = options;
    this.hits = (options.plan ?? []).map(() => 0);
    this.counts.clear();
  }

  /** The how-manieth request this is, per method, route and identity.
   * @param {Call} call
   * @returns {number} */
  count(call) {
    const name = `${call.method} ${call.route} ${call.identity}`;
    const nth = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, nth);
    return nth;
  }

  /** @param {Call} call
   * @param {number} nth
   * @returns {Fault} */
  decide(call, nth) {
    const plan = this.options.plan ?? [];
    const index = plan.findIndex((rule, at) =>
      matches(rule, call, nth) && this.hits[at] < (rule.times ?? Infinity));
    if (index < 0) return this.draw(call, nth);
    this.hits[index] += 1;
    return faultOf(plan[index]);
  }

  /** What the seed has in store for a request.
   * @param {Call} call
   * @param {number} nth
   * @returns {Fault} */
  draw(call, nth) {
    const { seed, rates, applied = 0.5, late, slow } = this.options;
    const most = this.options.max_per_request ?? Infinity;
    if (seed === undefined || nth > most) return NO_FAULT;
    // As text, for a command line knows no numbers.
    const dice = (/** @type {string} */ what) =>
      chance(String(seed), call.method, call.route, call.identity, nth, what);
    const lands = dice('applied') < applied;
    const delay = slow && dice('slow') < slow.rate ? Math.ceil(dice('slow by') * slow.max_ms) : 0;
    let left = dice('kind');
    const sorted = Object.entries(rates ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [kind, rate = 0] of sorted) {
      left -= rate;
      if (left >= 0) continue;
      const isLate = lands && late !== undefined && dice('late') < late.rate;
      const after = isLate ? Math.ceil(dice('late by') * late.max_ms) : 0;
      const fault = /** @type {FaultKind} */ (kind);
      return { kind: fault, applied: lands, late_ms: after, delay_ms: delay, retry_after: '' };
    }
    return { ...NO_FAULT, delay_ms: delay };
  }
}

// Who asked what and when: the log of requests, how many were under way at once, and what a
// client got wrong that an answer alone does not show.
import { sha256 } from './canonical.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Fault} Fault */
/** @typedef {import('./types.d.ts').RequestRecord} RequestRecord */
/** @typedef {import('./types.d.ts').Violation} Violation */

export class Recorder {
  /** @type {RequestRecord[]} */
  requests = [];
  /** @type {Violation[]} */
  violations = [];
  /** @type {Json[]} */
  changedBodies = [];
  /** @type {string[]} */
  bugs = [];
  total = 0;
  inFlight = 0;
  maxInFlight = 0;
  maxInFlightPerOrder = 0;
  /** @type {Map<string, number>} */
  perOrder = new Map();
  /** @type {Map<string, string>} */
  bodies = new Map();

  /** @param {{log: boolean}} options */
  constructor({ log }) {
    this.log = log;
  }

  /** Forgets what is over; what is under way stays counted, and what was wrong stays wrong. */
  clear() {
    this.requests = [];
    this.changedBodies = [];
    this.total = 0;
    this.maxInFlight = this.inFlight;
    this.maxInFlightPerOrder = Math.max(0, ...this.perOrder.values());
    this.bodies.clear();
  }

  /** @param {Violation[]} violations */
  accuse(violations) {
    this.violations.push(...violations);
  }

  /** What was wrong, once.
   * @returns {{bugs: string[], violations: Violation[]}} */
  take() {
    return { bugs: this.bugs.splice(0), violations: this.violations.splice(0) };
  }

  /** A request arrives. Returns what to call when it is over.
   * @returns {() => void} */
  arrive() {
    this.total += 1;
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    return () => {
      this.inFlight -= 1;
    };
  }

  /** A request that is for one order is under way; two at once is what must never be.
   * @param {string} identity
   * @returns {() => void} what to call when it is over */
  occupy(identity) {
    if (identity === '') return () => {};
    const now = (this.perOrder.get(identity) ?? 0) + 1;
    this.perOrder.set(identity, now);
    this.maxInFlightPerOrder = Math.max(this.maxInFlightPerOrder, now);
    return () => {
      const left = (this.perOrder.get(identity) ?? 1) - 1;
      if (left > 0) this.perOrder.set(identity, left);
      else this.perOrder.delete(identity);
    };
  }

  /** @param {Call} call
   * @param {Fault} fault
   * @param {number} nth
   * @param {number} startedMs
   * @param {Buffer} bytes
   * @returns {RequestRecord | null} */
  record(call, fault, nth, startedMs, bytes) {
    if (!this.log) return null;
    const digest = bytes.length === 0 ? '' : sha256(bytes);
    if (call.key !== '') this.compareBytes(call, digest);
    /** @type {RequestRecord} */
    const record = {
      n: call.n,
      method: call.method,
      path: call.path,
      route: call.route,
      key: call.key,
      identity: call.identity,
      merchant_id: call.merchant_id,
      nth,
      body_sha256: digest,
      started_ms: startedMs,
      landed_ms: null,
      ended_ms: null,
      status: null,
      fault: fault.kind,
      applied: false,
      replayed: false,
    };
    this.requests.push(record);
    return record;
  }

  /** The bytes sent under a key are to stay the same, even where their meaning would.
   * @param {Call} call
   * @param {string} digest */
  compareBytes({ method, route, key }, digest) {
    const name = `${method} ${route}\n${key}`;
    const first = this.bodies.get(name);
    if (first === undefined) this.bodies.set(name, digest);
    else if (first !== digest) this.changedBodies.push({ method, route, key });
  }

  /** @returns {Json} */
  state() {
    return {
      requests: this.requests,
      violations: this.violations,
      changed_bodies: this.changedBodies,
      bugs: this.bugs,
      request_count: this.total,
      in_flight: this.inFlight,
      max_in_flight: this.maxInFlight,
      max_in_flight_per_order: this.maxInFlightPerOrder,
    };
  }
}

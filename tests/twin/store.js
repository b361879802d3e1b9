// The books: orders, payments and remembered keys, and the journal that survives a kill.
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { sha256 } from './canonical.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Entry} Entry */
/** @typedef {import('./types.d.ts').AccessToken} AccessToken */
/** @typedef {import('./types.d.ts').KeyRecord} KeyRecord */
/** @typedef {import('./types.d.ts').RefreshToken} RefreshToken */

/** @param {string} scope
 * @param {string} key */
const keyOf = (scope, key) => `${scope}\n${key}`;

export class Store {
  /** @param {{stateFile?: string, seed?: number | string}} options */
  constructor({ stateFile, seed = 0 }) {
    /** @type {Map<string, Json>} */
    this.orders = new Map();
    /** @type {Map<string, Json>} */
    this.payments = new Map();
    /** @type {Map<string, KeyRecord>} */
    this.keys = new Map();
    /** @type {Map<string, AccessToken>} */
    this.accessTokens = new Map();
    /** @type {Map<string, RefreshToken>} */
    this.refreshTokens = new Map();
    /** How many tokens were ever issued here; forgetting does not make an old one good again. */
    this.issued = 0;
    this.seed = seed;
    /** Is told what one request changes, before it is booked.
     * @type {(entry: Entry) => void} */
    this.watcher = () => {};
    this.file = stateFile === undefined ? null : this.open(stateFile);
  }

  /** Reads a journal and leaves it open for more. Each line is all that one request changed; a
   * last line without its newline belongs to a request that was never answered, so it goes.
   * @param {string} path
   * @returns {number} */
  open(path) {
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = bytes.lastIndexOf(10) + 1;
    for (const line of bytes.subarray(0, whole).toString().split('\n')) {
      if (line !== '') this.remember(JSON.parse(line));
    }
    const file = openSync(path, 'a');
    if (whole < bytes.length) ftruncateSync(file, whole);
    return file;
  }

  /** Books what one request changed. A synchronous write hands the line to the kernel before the
   * reply leaves, which is all that it takes to survive a kill of this process.
   * @param {Entry} entry */
  append(entry) {
    this.watcher(entry);
    if (this.file !== null) writeSync(this.file, `${JSON.stringify(entry)}\n`);
    this.remember(entry);
  }

  /** @param {Entry} entry */
  remember({ order, payments = [], payment, key, access, refresh = [] }) {
    if (order) this.orders.set(order.id, order);
    if (payment) this.payments.set(payment.id, payment);
    for (const one of payments) this.payments.set(one.id, one);
    if (key) this.keys.set(keyOf(key.scope, key.key), key);
    if (access) {
      this.issued += 1;
      this.accessTokens.set(access.token, access);
    }
    for (const one of refresh) this.refreshTokens.set(one.token, one);
  }

  /** @param {string} scope
   * @param {string} key
   * @returns {KeyRecord | undefined} */
  keyRecord(scope, key) {
    return this.keys.get(keyOf(scope, key));
  }

  /** An id that nothing else has, the same one in every run with this seed.
   * @param {'order' | 'payment'} kind
   * @returns {string} */
  newId(kind) {
    const count = kind === 'order' ? this.orders.size : this.payments.size;
    const digest = sha256(`${this.seed}:${kind}:${count}`);
    const text = BigInt(`0x${digest.slice(0, 36)}`).toString(36).toUpperCase().padStart(28, '0');
    return kind === 'order' ? `${text.slice(0, 24)}4F` : `${text.slice(0, 24)}ZY`;
  }

  /** Forgets everything, in the journal too. */
  clear() {
    this.orders.clear();
    this.payments.clear();
    this.keys.clear();
    this.accessTokens.clear();
    this.refreshTokens.clear();
    if (this.file !== null) ftruncateSync(this.file, 0);
  }

  close() {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
  }
}

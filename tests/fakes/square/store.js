// The books: orders, payments, refunds, disputes and remembered keys, and the journal that survives a
// kill.
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { sha256 } from './canonical.js';
import { Timeline } from './timeline.js';

/** @typedef {import('./types.d.ts').Json} Json */
/** @typedef {import('./types.d.ts').Entry} Entry */
/** @typedef {import('./types.d.ts').AccessToken} AccessToken */
/** @typedef {import('./types.d.ts').KeyRecord} KeyRecord */
/** @typedef {import('./types.d.ts').RefreshToken} RefreshToken */

/** @param {string} scope
 * @param {string} key */
const keyOf = (scope, key) => `${scope}\n${key}`;

/** @param {Json | undefined} one
 * @param {Json[]} [others]
 * @returns {Json[]} */
const listOf = (one, others = []) => (one ? [one, ...others] : others);

/** @param {Map<string, Set<string>>} map
 * @param {string} name
 * @param {string} id */
function addTo(map, name, id) {
  const ids = map.get(name) ?? new Set();
  map.set(name, ids.add(id));
}

/** What ids of each kind end with.
 * @type {Record<Kind, string>} */
const ENDINGS = { order: '4F', payment: 'ZY', refund: 'RF', dispute: 'DP' };

/** @typedef {'order' | 'payment' | 'refund' | 'dispute'} Kind */

/** All things of one kind, by id and in time. */
export class Collection {
  /** @type {Map<string, Json>} */
  things = new Map();
  line = new Timeline();

  /** What changed things were before, the oldest version first.
   * @type {Map<string, Json[]>} */
  older = new Map();

  /** @param {Json} thing */
  put(thing) {
    const before = this.things.get(thing.id);
    if (before) this.older.set(thing.id, [...this.older.get(thing.id) ?? [], before]);
    else this.line.add(thing);
    this.things.set(thing.id, thing);
  }

  /** A thing as it was at a moment.
   * @param {string} id
   * @param {number} at
   * @returns {Json} */
  asOf(id, at) {
    const now = /** @type {Json} */ (this.things.get(id));
    const before = this.older.get(id);
    if (!before) return now;
    const all = [...before, now];
    return all.findLast((thing) => Date.parse(thing.updated_at) <= at) ?? all[0];
  }

  clear() {
    this.things.clear();
    this.older.clear();
    this.line.clear();
  }
}

export class Store {
  /** @param {{stateFile?: string, seed?: number | string}} options */
  constructor({ stateFile, seed = 0 }) {
    /** @type {Record<Kind, Collection>} */
    this.shelves = {
      order: new Collection(), payment: new Collection(), refund: new Collection(), dispute: new Collection(),
    };
    /** The refunds of each payment, in the order in which they came.
     * @type {Map<string, Set<string>>} */
    this.refundsOf = new Map();
    /** The disputes of each payment.
     * @type {Map<string, Set<string>>} */
    this.disputesOf = new Map();
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

  get orders() {
    return this.shelves.order.things;
  }

  get payments() {
    return this.shelves.payment.things;
  }

  get refunds() {
    return this.shelves.refund.things;
  }

  get disputes() {
    return this.shelves.dispute.things;
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

  /** Books what was there before anybody looked, in one write and without telling anybody: it
   * happened long ago.
   * @param {Entry} entry
   * @param {string[]} lines where its line of the journal goes */
  backfill(entry, lines) {
    if (this.file !== null) lines.push(`${JSON.stringify(entry)}\n`);
    this.remember(entry);
  }

  /** @param {string[]} lines of what was backfilled */
  writeLines(lines) {
    if (this.file !== null && lines.length > 0) writeSync(this.file, lines.join(''));
  }

  /** @param {Entry} entry */
  remember({ key, access, refresh = [], ...changed }) {
    for (const order of listOf(changed.order, changed.orders)) this.shelves.order.put(order);
    for (const one of listOf(changed.payment, changed.payments)) this.shelves.payment.put(one);
    for (const refund of listOf(changed.refund, changed.refunds)) {
      this.shelves.refund.put(refund);
      addTo(this.refundsOf, refund.payment_id, refund.id);
    }
    for (const dispute of listOf(changed.dispute, changed.disputes)) {
      this.shelves.dispute.put(dispute);
      addTo(this.disputesOf, dispute.disputed_payment.payment_id, dispute.id);
    }
    if (key) this.keys.set(keyOf(key.scope, key.key), key);
    if (access) {
      this.issued += 1;
      this.accessTokens.set(access.token, access);
    }
    for (const one of refresh) this.refreshTokens.set(one.token, one);
  }

  /** The refunds of a payment, whatever became of them.
   * @param {string} paymentId
   * @returns {Json[]} */
  refundsOfPayment(paymentId) {
    const ids = [...this.refundsOf.get(paymentId) ?? []];
    return ids.map((id) => /** @type {Json} */ (this.refunds.get(id)));
  }

  /** @param {string} scope
   * @param {string} key
   * @returns {KeyRecord | undefined} */
  keyRecord(scope, key) {
    return this.keys.get(keyOf(scope, key));
  }

  /** An id that nothing else has, the same one in every run with this seed.
   * @param {Kind} kind
   * @param {number} [ahead] how many of the kind come into being before it, in the same request
   * @returns {string} */
  newId(kind, ahead = 0) {
    const count = this.shelves[kind].things.size + ahead;
    const digest = sha256(`${this.seed}:${kind}:${count}`);
    const text = BigInt(`0x${digest.slice(0, 36)}`).toString(36).toUpperCase().padStart(28, '0');
    return text.slice(0, 24) + ENDINGS[kind];
  }

  /** Forgets everything, in the journal too. */
  clear() {
    for (const collection of Object.values(this.shelves)) collection.clear();
    this.refundsOf.clear();
    this.disputesOf.clear();
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

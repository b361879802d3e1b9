// Idempotency keys, as Square documents them: the same key with the same request answers with the
// first response, and the same key with a changed request is an error. A key that comes in a
// header is not looked at, for Square does not look at it either.
import { canonical, sha256 } from './canonical.js';

/** @typedef {import('./types.d.ts').Call} Call */
/** @typedef {import('./types.d.ts').Entry} Entry */
/** @typedef {import('./types.d.ts').KeyRecord} KeyRecord */
/** @typedef {import('./types.d.ts').Reply} Reply */
/** @typedef {import('./store.js').Store} Store */

/** @typedef {Pick<import('./types.d.ts').Rules, 'dedupe' | 'keyWindowMs' | 'overlap'>} KeyRules */

export class KeyMemory {
  /** @param {Store} store
   * @param {KeyRules} rules
   * @param {() => number} now */
  constructor(store, rules, now) {
    this.store = store;
    this.rules = rules;
    this.now = now;
    this.tick = 0;
    /** @type {Map<number, {began: number, ended: number}>} */
    this.spans = new Map();
    /** @type {Map<string, number>} */
    this.owners = new Map();
  }

  /** @param {number} n a request arrives */
  begin(n) {
    if (this.rules.overlap === 'double') {
      this.spans.set(n, { began: ++this.tick, ended: Infinity });
    }
  }

  /** @param {number} n a request is over, its late effect included */
  end(n) {
    const span = this.spans.get(n);
    if (span) span.ended = ++this.tick;
  }

  /** Whether the request that used a key first was still under way when this one arrived. Square
   * documents nothing for that, and two orders were seen.
   * @param {KeyRecord} record
   * @param {Call} call
   * @returns {boolean} */
  overlaps(record, call) {
    if (this.rules.overlap !== 'double') return false;
    const owner = this.spans.get(this.owners.get(`${record.scope}\n${record.key}`) ?? -1);
    const span = this.spans.get(call.n);
    return owner !== undefined && span !== undefined && owner.ended > span.began;
  }

  /** Answers from memory, or lets the effect happen and remembers its answer. An effect that
   * throws uses up no key.
   * @param {Call} call
   * @param {string} scope
   * @param {(record: KeyRecord) => Error} conflict
   * @param {() => {entry: Entry, reply: Reply}} effect
   * @returns {Reply} */
  once(call, scope, conflict, effect) {
    const keyed = call.key !== '' && this.rules.dedupe;
    const hash = keyed ? sha256(canonical(call.body)) : '';
    const known = keyed ? this.store.keyRecord(scope, call.key) : undefined;
    const window = this.rules.keyWindowMs ?? Infinity;
    if (known && this.now() - known.at < window && !this.overlaps(known, call)) {
      if (known.hash !== hash) throw conflict(known);
      call.replayed = true;
      return known.reply;
    }
    const { entry, reply } = effect();
    if (keyed) {
      entry.key = { scope, key: call.key, hash, at: this.now(), reply };
      this.owners.set(`${scope}\n${call.key}`, call.n);
    }
    this.store.append(entry);
    return reply;
  }
}

// The rules of wasm/audit/group/grouping.hpp in plain JavaScript, with maps, as a worker without a core
// would have them.

/**
 * @typedef {object} Order
 * @property {number} row
 * @property {number} at
 * @property {number} reference
 * @property {number} metadata
 * @property {boolean} synced
 * @property {number} content
 * @property {number} table
 */

/**
 * @typedef {object} References
 * @property {Map<number, {first: number, copies: number, several: boolean}>} of
 * @property {boolean} recycles whether they begin anew at this place, and identify nothing
 */

/** @typedef {{confidence: 'certain' | 'probable' | 'possible', rows: number[]}} Group */

const MOST_COPIES = 10;
const FEW_COPIES = 4;
const RULE_OF_RECYCLING = 10;
const RETRIED_WITHIN_MS = 12 * 3_600_000;

/** Sets of positions; the first of each is its root. */
class Sets {
  /** @param {number} size */
  constructor(size) {
    this.up = Uint32Array.from({ length: size }, (_, i) => i);
  }

  /** @param {number} i */
  root(i) {
    const { up } = this;
    while (up[i] !== i) i = up[i] = up[up[i]];
    return i;
  }

  /** @param {number} a
   * @param {number} b */
  unite(a, b) {
    const [one, other] = [this.root(a), this.root(b)];
    this.up[Math.max(one, other)] = Math.min(one, other);
  }

  copy() {
    const sets = new Sets(0);
    sets.up = this.up.slice();
    return sets;
  }
}

export class PlainGrouping {
  /** @type {Order[]} */
  orders = [];

  /** @param {number} windowMs */
  constructor(windowMs) {
    this.windowMs = windowMs;
  }

  /** @param {number[][]} rows */
  addRows(rows) {
    for (const [row, at, reference, metadata, synced, content, table] of rows) {
      // What is missing equals nothing, not even what is missing elsewhere.
      if (content === 0) continue;
      this.orders.push({ row, at, reference, metadata, synced: synced !== 0, content, table });
    }
  }

  /** @returns {Group[]} */
  finish() {
    const sure = new Sets(this.orders.length);
    this.#uniteByMetadata(sure);
    const references = this.#weighReferences();
    this.#uniteByReference(sure, references);
    const alike = sure.copy();
    this.#chain(alike, ({ content, table }) => table && `${content}:${table}`);
    const contrary = this.#findContrary(sure, alike);
    const groups = sure.copy();
    const byLook = new Set();
    for (let i = 0; i < this.orders.length; i += 1) {
      const root = alike.root(i);
      if (contrary.has(root) || sure.root(i) === root) continue;
      byLook.add(root);
      groups.unite(root, sure.root(i));
    }
    const listed = this.#listed(groups);
    const taken = new Set(listed.flatMap(({ members }) => members));
    const surer = listed.map(({ root, members }) => ({
      confidence: /** @type {Group['confidence']} */ (byLook.has(root) ? 'probable' : 'certain'),
      members,
    }));
    const possible = this.#listed(this.#findPossible(taken, references)).map(({ members }) => ({
      confidence: /** @type {Group['confidence']} */ ('possible'),
      members,
    }));
    return [...surer, ...possible]
      .sort((a, b) => a.members[0] - b.members[0])
      .map(({ confidence, members }) => ({
        confidence,
        rows: members.map((i) => this.orders[i].row),
      }));
  }

  /** @param {number} a
   * @param {number} b */
  #parted(a, b) {
    const [one, other] = [this.orders[a].metadata, this.orders[b].metadata];
    return one !== 0 && other !== 0 && one !== other;
  }

  /** @param {number} a
   * @param {number} b */
  #near(a, b) {
    return Math.abs(this.orders[a].at - this.orders[b].at) <= this.windowMs;
  }

  /** @param {Sets} sets */
  #uniteByMetadata(sets) {
    const ours = new Map();
    /** @type {Map<string, {members: number[], synced: boolean, late: boolean}>} */
    const all = new Map();
    this.orders.forEach(({ at, metadata, synced, content }, i) => {
      if (metadata === 0) return;
      if (synced) uniteWithFirst(sets, ours, metadata, i);
      const key = `${metadata}:${content}`;
      const of = all.get(key) ?? { members: [], synced: false, late: false };
      all.set(key, of);
      const last = of.members.at(-1);
      if (last !== undefined && at - this.orders[last].at > RETRIED_WITHIN_MS) of.late = true;
      of.members.push(i);
      of.synced ||= synced;
    });
    for (const { members, synced, late } of all.values()) {
      if (synced || !late) for (const i of members) sets.unite(members[0], i);
    }
  }

  /** @returns {References} */
  #weighReferences() {
    /** @type {References['of']} */
    const references = new Map();
    this.orders.forEach(({ reference, content }, i) => {
      if (reference === 0) return;
      const known = references.get(reference);
      if (!known) {
        references.set(reference, { first: i, copies: 1, several: false });
        return;
      }
      known.copies += 1;
      const other = this.orders[known.first].content !== content;
      if (other && !this.#parted(known.first, i)) known.several = true;
    });
    let [recycled, repeated] = [0, 0];
    for (const { copies, several } of references.values()) {
      if (copies > 1 && several) recycled += 1;
      else if (copies > 1) repeated += 1;
    }
    const recycles = recycled >= RULE_OF_RECYCLING && recycled > repeated;
    return { of: references, recycles };
  }

  /** @param {Sets} sets
   * @param {References} references */
  #uniteByReference(sets, references) {
    if (references.recycles) return;
    /** @type {Map<string, {members: number[], named: number, torn: boolean}>} */
    const copies = new Map();
    this.orders.forEach(({ at, reference, content, metadata }, i) => {
      const known = references.of.get(reference);
      if (!known || known.copies === 1 || known.several) return;
      const key = `${reference}:${content}`;
      const of = copies.get(key) ?? { members: [], named: 0, torn: false };
      copies.set(key, of);
      const last = of.members.at(-1);
      if (last !== undefined && at - this.orders[last].at > RETRIED_WITHIN_MS) of.torn = true;
      of.members.push(i);
      if (metadata !== 0 && of.named !== 0 && of.named !== metadata) of.torn = true;
      of.named ||= metadata;
    });
    for (const { members, torn } of copies.values()) {
      if (!torn) for (const i of members) sets.unite(members[0], i);
    }
  }

  /** Unites each with the one before that has the same key and is near.
   * @param {Sets} sets
   * @param {(order: Order, i: number) => string | number} keyOf
   * @param {(before: number, i: number) => boolean} [fits] */
  #chain(sets, keyOf, fits = (before, i) => this.#near(before, i)) {
    const last = new Map();
    this.orders.forEach((order, i) => {
      const key = keyOf(order, i);
      if (!key) return;
      const before = last.get(key);
      if (before !== undefined && fits(before, i)) sets.unite(before, i);
      last.set(key, i);
    });
  }

  /** @param {Sets} sure
   * @param {Sets} alike */
  #findContrary(sure, alike) {
    const contrary = new Set();
    /** @type {Map<number, {size: number, metadata: number, reference: number}>} */
    const known = new Map();
    const spoken = new Set();
    this.orders.forEach(({ metadata, reference }, i) => {
      const root = alike.root(i);
      const of = known.get(root) ?? { size: 0, metadata: 0, reference: 0 };
      known.set(root, of);
      of.size += 1;
      if (of.size > MOST_COPIES) contrary.add(root);
      if (metadata !== 0 && of.metadata !== 0 && of.metadata !== metadata) contrary.add(root);
      of.metadata ||= metadata;
      if (reference === 0 || spoken.has(sure.root(i))) return;
      spoken.add(sure.root(i));
      if (of.reference !== 0 && of.reference !== reference) contrary.add(root);
      of.reference ||= reference;
    });
    return contrary;
  }

  /** @param {Set<number>} taken
   * @param {References} references */
  #findPossible(taken, references) {
    const sets = new Sets(this.orders.length);
    const free = (/** @type {(order: Order) => string | number} */ keyOf) =>
      (/** @type {Order} */ order, /** @type {number} */ i) => (taken.has(i) ? 0 : keyOf(order));
    this.#chain(sets, free(({ content, table }) => table && `${content}:${table}`));
    this.#chain(sets, free(({ content, reference }) => reference && `${content}:${reference}`));
    this.#uniteVague(sets, taken);
    this.#chain(sets, free(({ reference }) => reference), (before, i) => {
      if (this.#parted(before, i)) return false;
      const few = (references.of.get(this.orders[i].reference)?.copies ?? 0) <= FEW_COPIES;
      return this.#near(before, i) || (few && !references.recycles);
    });
    this.#chain(sets, free(({ metadata }) => metadata), () => true);
    return sets;
  }

  /** @param {Sets} sets
   * @param {Set<number>} taken */
  #uniteVague(sets, taken) {
    for (const step of [1, -1]) {
      const last = new Map();
      const begin = step === 1 ? 0 : this.orders.length - 1;
      for (let i = begin; i >= 0 && i < this.orders.length; i += step) {
        if (taken.has(i)) continue;
        const { content, table, reference } = this.orders[i];
        const vague = last.get(content);
        if (vague !== undefined && this.#near(vague, i)) sets.unite(vague, i);
        if (table === 0 || reference === 0) last.set(content, i);
      }
    }
  }

  /** @param {Sets} sets */
  #listed(sets) {
    /** @type {Map<number, number[]>} */
    const groups = new Map();
    for (let i = 0; i < this.orders.length; i += 1) {
      const root = sets.root(i);
      if (root === i) continue;
      const members = groups.get(root);
      if (members) members.push(i);
      else groups.set(root, [root, i]);
    }
    return Array.from(groups, ([root, members]) => ({ root, members }));
  }
}

/** @param {Sets} sets
 * @param {Map<unknown, number>} firsts
 * @param {unknown} key
 * @param {number} i */
function uniteWithFirst(sets, firsts, key, i) {
  const first = firsts.get(key);
  if (first === undefined) firsts.set(key, i);
  else sets.unite(first, i);
}

// A location's past, as an audit has read it: orders by their time, some of them twice.

/**
 * @typedef {object} Past
 * @property {number} size
 * @property {(first: number, end: number) => number[][]} keys rows of audit.keys
 * @property {(row: number) => unknown[]} member a row of audit.members
 */

const PLACE = 'L1';
const FIRST_AT = 1_760_000_000_000;

/** How many different things are ordered, and at how many tables. */
const CONTENTS = 400_000;
const TABLES = 40;

/** One in so many orders repeats something of one before. */
const REPEATED = 150;

/** Numbers below an end, the same ones every time. */
function chance() {
  let state = 0x9e3779b9;
  return (/** @type {number} */ end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end;
  };
}

/** 52 bits for a small number; 0 stays 0.
 * @param {number} name
 * @param {number} kind */
function hashOf(name, kind) {
  if (name === 0) return 0;
  const half = (/** @type {number} */ seed) => {
    let mixed = Math.imul(name ^ seed, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 6;
  };
  return half(kind) * 2 ** 26 + half(kind + 0x51ed27) + 1;
}

/** What repeats, and how: duplicates of each kind, and what only looks like one. */
const REPEATS = /** @type {const} */ ([
  'reference',
  'look',
  'metadata',
  'revision',
  'round',
  'look',
  'edited',
]);

/**
 * @param {number} size
 * @returns {Past}
 */
export function makePast(size) {
  const at = new Float64Array(size);
  const each = () => new Uint32Array(size);
  const [reference, metadata, content, table] = [each(), each(), each(), each()];
  const synced = new Uint8Array(size);
  const below = chance();
  for (let i = 0, now = FIRST_AT; i < size; i += 1) {
    now += 1000 + Math.floor(below(59_000));
    at[i] = now;
    reference[i] = below(10) < 9 ? i + 1 : 0;
    metadata[i] = below(2) < 1 ? i + 1 : 0;
    synced[i] = metadata[i] > 0 && below(2) < 1 ? 1 : 0;
    content[i] = 1 + Math.floor(below(CONTENTS));
    table[i] = below(10) < 7 ? 1 + Math.floor(below(TABLES)) : 0;
    if (i % REPEATED !== REPEATED - 1) continue;
    const repeat = REPEATS[Math.floor(i / REPEATED) % REPEATS.length];
    const of = i - 1 - Math.floor(below(3));
    content[i] = content[of];
    table[i] = table[of] ||= 7;
    if (repeat === 'reference' || repeat === 'revision') reference[i] = reference[of] ||= of + 1;
    if (repeat === 'reference' || repeat === 'look') metadata[i] = synced[i] = 0;
    if (repeat === 'look') reference[i] = 0;
    if (repeat === 'metadata') metadata[i] = metadata[of] ||= of + 1;
    if (repeat === 'revision') [metadata[i], metadata[of]] = [i + 1, of + 1];
    if (repeat !== 'edited') continue;
    metadata[i] = synced[i] = 0;
    content[i] = CONTENTS + i;
    reference[i] = reference[of] ||= of + 1;
  }

  const hashes = (/** @type {number} */ i) => ({
    reference: hashOf(reference[i], 1),
    metadata: hashOf(metadata[i], 2),
    content: hashOf(content[i], 3),
    table: hashOf(table[i], 4),
  });
  const named = (/** @type {string} */ letter, /** @type {number} */ name) =>
    name === 0 ? '' : `${letter}${name}`;
  return {
    size,
    keys: (first, end) =>
      Array.from({ length: Math.max(0, Math.min(end, size) - first) }, (_, k) => {
        const i = first + k;
        const hash = hashes(i);
        return [i + 1, at[i], hash.reference, hash.metadata, synced[i], hash.content, hash.table];
      }),
    member: (row) => {
      const i = row - 1;
      const hash = hashes(i);
      const order = [idOf(row), PLACE, at[i], 'sale', 'COMPLETED', 1, named('r', reference[i])];
      const key = named('m', metadata[i]);
      const names = [synced[i] ? `posSync:${key}:square` : '', key, named('t', table[i])];
      const money = [1000, 0, 'TRY', '{"10":91}', named('c', content[i])];
      const whole = ['', `f${row}`];
      // Of what was paid with nothing is known, nor of who paid.
      const payment = [`P${row}`, at[i], 'COMPLETED', 'CARD', 1000, 'TRY', 0, 0, 0, 0, 0, '', '', 0];
      const numbers = [hash.reference, hash.metadata, hash.content, hash.table, 0, 0];
      const rest = ['[]', 0, JSON.stringify([payment]), 0, null, null, row, at[i] + 1000];
      return ['', ...order, ...names, ...money, ...whole, ...numbers, ...rest];
    },
  };
}

/** @param {number} row
 * @returns {string} the order's id at Square */
export const idOf = (row) => `O${row}`;

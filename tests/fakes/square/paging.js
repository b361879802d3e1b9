// Cursors: opaque, and good only for the query that they came from.
import { canonical, sha256 } from './canonical.js';
import { refusal } from './errors.js';

/** The last row given out, by id and time, and where the range ends on every page.
 * @typedef {{after: string, at: number, until: number}} Position */

const NOT_ITS = 'The cursor is not one of this query.';

/** @param {any} query */
const fingerprint = (query) => sha256(canonical(query)).slice(0, 16);

/** @param {Position} position
 * @param {any} query without its cursor
 * @returns {string} */
function encodeCursor(position, query) {
  const text = JSON.stringify({ ...position, query: fingerprint(query) });
  return Buffer.from(text).toString('base64url');
}

/** Where the next page goes on: behind the last row of this one; one that came empty leaves it where it
 * was, and a first one that did before all rows.
 * @param {{at: number, thing: {id?: string}}[]} rows
 * @param {Position | null} position
 * @param {number} until
 * @param {boolean} ascending
 * @param {any} query without its cursor
 * @returns {string} */
export function cursorBehind(rows, position, until, ascending, query) {
  const last = rows.at(-1);
  const first = ascending ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
  const place = last ? { after: String(last.thing.id), at: last.at, until } :
    position ?? { after: '', at: first, until };
  return encodeCursor(place, query);
}

/** A client that changes the query on its way through the pages misses rows.
 * @param {import('./validate.js').Checker} check
 * @param {unknown} cursor
 * @param {any} query without its cursor */
export function checkCursor(check, cursor, query) {
  if (readCursor(cursor, query) === undefined) check.add('INVALID_CURSOR', NOT_ITS, 'cursor');
}

/** Where a query goes on: null at its first page, undefined for a cursor of another query or of nobody.
 * @param {unknown} cursor
 * @param {any} query without its cursor
 * @returns {Position | null | undefined} */
function readCursor(cursor, query) {
  if (cursor === undefined || cursor === null || cursor === '') return null;
  try {
    const read = JSON.parse(Buffer.from(String(cursor), 'base64url').toString());
    if (read?.query !== fingerprint(query)) return undefined;
    return { after: read.after, at: read.at, until: read.until };
  } catch {
    return undefined;
  }
}

/** Throws INVALID_CURSOR for a cursor of another query, or for none of ours.
 * @param {unknown} cursor
 * @param {any} query without its cursor
 * @returns {Position | null} */
export function decodeCursor(cursor, query) {
  const position = readCursor(cursor, query);
  if (position === undefined) throw refusal('INVALID_CURSOR', NOT_ITS, 'cursor');
  return position;
}

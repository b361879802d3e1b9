// Cursors: opaque, and good only for the query that they came from.
import { canonical, sha256 } from './canonical.js';
import { refusal } from './errors.js';

/** The last row given out, by id and time, and where the range ends on every page.
 * @typedef {{after: string, at: number, until: number}} Position */

/** @param {any} query */
const fingerprint = (query) => sha256(canonical(query)).slice(0, 16);

/** @param {Position} position
 * @param {any} query without its cursor
 * @returns {string} */
export function encodeCursor(position, query) {
  const text = JSON.stringify({ ...position, query: fingerprint(query) });
  return Buffer.from(text).toString('base64url');
}

/** Throws INVALID_CURSOR for a cursor of another query, or for none of ours.
 * @param {unknown} cursor
 * @param {any} query without its cursor
 * @returns {Position | null} */
export function decodeCursor(cursor, query) {
  if (cursor === undefined || cursor === null || cursor === '') return null;
  const detail = 'The cursor is not one of this query.';
  let read;
  try {
    read = JSON.parse(Buffer.from(String(cursor), 'base64url').toString());
  } catch {
    throw refusal('INVALID_CURSOR', detail, 'cursor');
  }
  if (read?.query !== fingerprint(query)) throw refusal('INVALID_CURSOR', detail, 'cursor');
  return { after: read.after, at: read.at, until: read.until };
}
